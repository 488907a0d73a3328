"""What is known of a function before its degrees: its largest value, and values on lines."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chebtucker import chebyshev
from chebtucker.construct.lengths import FIRST, sizes_on_lines
from chebtucker.construct.lines import Stars
from chebtucker.construct.sampling import Sampler
from chebtucker.construct.scouting import first_look
from chebtucker.construct.tails import length_needed


def boxes(d):
    return np.array([[-1.0, 1.0]] * d)


@pytest.mark.parametrize("d", [2, 3, 4])
@pytest.mark.parametrize("width", [0.2, 0.03])
def test_a_narrow_peak_anywhere_is_climbed(d, width):
    """The narrow one is below 1e-100 at almost every point; it is a product of functions."""
    for seed in range(15):
        peak = np.random.default_rng(seed).uniform(-1, 1, d)

        def f(*x, peak=peak):
            return np.exp(-sum((a - b) ** 2 for a, b in zip(x, peak, strict=True)) / width**2)

        sampler = Sampler(f)
        _, stars = first_look(sampler, boxes(d), seed, FIRST)
        assert sampler.largest >= 0.4  # of a height of 1
        assert stars.known[0] >= 0.5 * sampler.largest
        assert sampler.evaluations <= 250 * d


def test_climbing_gets_over_a_diagonal_ridge():
    """There the largest values on two lines lie past the ridge when they are put together."""

    def f(x, y):
        return np.exp(-100 * (x + y - 0.4) ** 2) / (1 + (x - y) ** 2)

    for seed in range(15):
        sampler = Sampler(f)
        first_look(sampler, boxes(2), seed, FIRST)
        assert sampler.largest >= 0.6  # of 1, at one point of the ridge


def test_lines_have_the_values_of_the_function_and_are_not_sampled_twice():
    called = []

    def f(x, y, z):
        called.append(np.stack([x, y, z], axis=1))
        return np.exp(-4 * ((x - 0.3) ** 2 + (y + 0.5) ** 2 + z**2)) + 0.01 * x

    sampler = Sampler(f)
    checks, stars = first_look(sampler, boxes(3), 0, FIRST)
    assert len(checks.t) == sampler.evaluations
    before = np.concatenate(called)
    assert_allclose(before, checks.t, rtol=0, atol=1e-15)
    nodes = chebyshev.points(FIRST)
    for k in range(3):
        for place, on_line in zip(stars.centers, stars.values[k].T, strict=True):
            points = np.tile(place, (FIRST, 1))
            points[:, k] = nodes
            assert_allclose(on_line, f(*points.T), rtol=1e-12)
    assert_allclose(stars.known, f(*stars.centers.T), rtol=1e-12)
    called.clear()
    lengths = sizes_on_lines(sampler, boxes(3), stars, 1e-9, 4097)
    assert len(called) >= 1
    again = {tuple(x) for x in np.concatenate(called).round(12).tolist()}
    assert len(again) >= 48
    assert not again & {tuple(x) for x in before.round(12).tolist()}
    for one, c in zip(lengths, (0.3, -0.5, 0.0), strict=True):
        series = np.polynomial.chebyshev.chebinterpolate(
            lambda x, c=c: np.exp(-4 * (x - c) ** 2), 60
        )
        least, most = (np.flatnonzero(np.abs(series) > atol)[-1] + 1 for atol in (1e-8, 1e-12))
        assert least <= one.size <= most


def test_stars_are_lines_through_each_center():
    centers = np.array([[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]])
    nodes = np.array([-1.0, 0.0, 1.0])
    points = Stars.points(centers, nodes)
    stars = Stars.of(centers, points @ [1.0, 10.0])
    assert_allclose(stars.known, centers @ [1.0, 10.0])
    assert_allclose(stars.values[0], nodes[:, None] + 10 * centers[:, 1])
    assert_allclose(stars.values[1], 10 * nodes[:, None] + centers[:, 0])
    moved = stars.with_first(Stars.of(centers[2:], Stars.points(centers[2:], nodes) @ [1.0, 10.0]))
    assert_array_equal(moved.centers, centers[[2, 1, 2]])
    assert_allclose(moved.values, stars.values[:, :, [2, 1, 2]])


@pytest.mark.parametrize("n", [17, 65, 129])
def test_the_end_of_a_polynomial_shows_at_few_more_points_than_it_has(n):
    most = n - max(4, n // 6)
    for degree in (most - 1, most // 2, 1):
        assert length_needed(_series(degree, n), 1e-9, 1.0) == degree + 1
    assert length_needed(_series(n - 2, n), 1e-9, 1.0) is None


def _series(degree, n):
    return chebyshev.coefficients(np.cos(degree * np.arccos(chebyshev.points(n))))[:, None]


def test_an_end_that_is_just_below_the_tolerance_takes_more_points():
    """Coefficients 10^-k: those at the end are small, but not so small that few would do."""
    decaying = 10.0 ** -np.arange(17.0)[:, None]
    assert length_needed(decaying, 1e-14, 1.0) is None
    assert length_needed(decaying, 1e-10, 1.0) in (10, 11, 12)
