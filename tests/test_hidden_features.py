"""Peaks between all points of a line, kinks at loose tolerances, functions at any scale."""

import numpy as np
import pytest

import chebtucker as ct
from chebtucker import chebyshev
from chebtucker.construct.lines import Lines, lines_through
from chebtucker.construct.tails import length_needed

CENTER = np.array([0.37, -0.61, 0.2, -0.8])


def bump(sharpness, x):
    return np.exp(-sharpness * sum((a - c) ** 2 for a, c in zip(x, CENTER, strict=False)))


def largest_error(f, g, d):
    """Return it at points anywhere and around the center of the bump."""
    rng = np.random.default_rng(5)
    steps = rng.normal(size=(2000, d)) * 10 ** rng.uniform(-3, 0, (2000, 1))
    near = np.clip(CENTER[:d] + steps, -1, 1)
    points = np.concatenate([rng.uniform(-1, 1, (2000, d)), near])
    return np.abs(f(*points.T) - g(*points.T)).max()


@pytest.mark.parametrize("method", ["auto", "cross"])
@pytest.mark.parametrize(
    ("sharpness", "d", "rtol", "rank", "values"),
    [(100, 3, 1e-6, 2, 10_000), (300, 3, 1e-8, 2, 25_000), (1000, 2, 1e-6, 2, 20_000),
     (60, 4, 1e-8, 2, 15_000)],
)  # fmt: skip
def test_a_bump_on_a_plane_takes_as_few_values_as_its_rank_says(
    method, sharpness, d, rtol, rank, values
):
    """The full grids have up to 20 million values; lines at first see degree one only."""

    def f(*x):
        return 2 * bump(sharpness, x) + 0.5 * x[0]

    found = ct.from_function(f, [(-1, 1)] * d, rtol=rtol, method=method)
    assert found.rank == (rank,) * d
    assert largest_error(found, f, d) <= rtol * 2
    assert found.evaluations <= values


def bump_on_a_plane(seed):
    """Return a function whose bump is near a corner or anywhere, and the place of it, (4,)."""
    rng = np.random.default_rng(seed)
    near_corner = rng.choice([-1, 1], 4) * rng.uniform(0.95, 1.1, 4)
    center = np.where(rng.random(4) < 0.5, near_corner, rng.uniform(-1, 1, 4))
    sharpness = 10 ** rng.uniform(0.5, 1.8)

    def f(*x):
        square = sum((a - c) ** 2 for a, c in zip(x, center, strict=True))
        return 1 + 0.3 * sum(x) + np.exp(-sharpness * square)

    return f, np.clip(center, -1, 1)


def test_the_tail_of_a_bump_leads_to_it():
    """Of these, 16 of 100 got an error that was ten times too low when all errors were alike."""
    low = 0
    for seed in range(100):
        f, center = bump_on_a_plane(seed)
        found = ct.from_function(f, [(-1, 1)] * 4, rtol=1e-2, seed=seed)
        steps = 0.2 * np.random.default_rng(1).uniform(-1, 1, (500, 4))
        points = np.clip(center + steps, -1, 1)
        points[0] = center
        low += np.abs(f(*points.T) - found(*points.T)).max() > 10 * found.error + 1e-13
    assert low <= 2


@pytest.mark.parametrize(
    ("name", "rtol", "least"),
    [("monomials", 1e-4, 168), ("monomials", 1e-12, 192), ("linear edges", 1e-4, 240),
     ("linear edges", 1e-12, 336), ("Chebyshev", 1e-8, 404), ("even", 1e-4, 465)],
)  # fmt: skip
def test_small_grids_take_three_times_their_values_at_most(name, rtol, least):
    """`least` is the smallest product grid whose interpolant meets the tolerance."""
    f = ct.gallery[name]
    assert ct.from_function(f, f.domain, rtol=rtol).evaluations <= 3 * least


@pytest.mark.parametrize("rtol", [0.1, 0.01])
@pytest.mark.parametrize(
    "f", [lambda x: 1 / (1 + 1e5 * (x - 0.3141) ** 2), lambda x: np.exp(-1e5 * (x - 0.3141) ** 2)]
)
def test_a_needle_is_resolved_at_loose_tolerances_too(f, rtol):
    """All its coefficients are below the tolerance, their sum is not; it looks like noise."""
    found = ct.from_function(f, [(-1, 2)], rtol=rtol)
    x = np.concatenate([np.linspace(-1, 2, 4001), 0.3141 + np.linspace(-0.02, 0.02, 2001)])
    assert np.abs(found(x) - f(x)).max() <= rtol


@pytest.mark.parametrize(
    ("f", "box"),
    [(np.sqrt, [(0, 2)]), (lambda x, y: np.abs(x - y), [(-1, 1)] * 2),
     (lambda x, y: np.hypot(x - 0.1, y + 0.3), [(-1, 1)] * 2)],
)  # fmt: skip
@pytest.mark.parametrize("rtol", [0.1, 0.01, 0.005])
def test_a_kink_is_met_where_doubling_the_degree_is_enough(f, box, rtol):
    found = ct.from_function(f, box, rtol=rtol)
    axes = [np.linspace(a, b, 301) for a, b in box]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(box))
    values = f(*points.T)
    assert np.abs(found(*points.T) - values).max() <= rtol * np.abs(values).max()


@pytest.mark.parametrize(
    ("f", "d"),
    [(lambda x, y: np.abs(x - 0.3) + y, 2), (lambda x, y: np.abs(x + 0.37) * (1 + y * y), 2),
     (lambda x, y: np.maximum(x - 0.1, 0) + np.sin(3 * y), 2),
     (lambda x, y: np.abs(x - 0.77) + np.exp(y), 2),
     (lambda x, y, z: np.abs(x - 0.2) * y + z**2, 3), (lambda x, y, z: np.sqrt(1 + x) + y + z, 3)],
)  # fmt: skip
@pytest.mark.parametrize("rtol", [0.01, 0.001])
def test_a_kink_along_one_axis_is_met_whatever_the_others_are(f, d, rtol):
    """Coefficients that end like those of a polynomial are large, but nothing is missing there."""
    found = ct.from_function(f, [(-1, 1)] * d, rtol=rtol)
    near = np.array([-1, -0.37, 0.1, 0.2, 0.3, 0.77])[:, None] + np.linspace(0, 0.02, 201)
    x = np.concatenate([np.linspace(-1, 1, 2001), near.ravel()])
    others = np.random.default_rng(3).uniform(-1, 1, (d - 1, len(x)))
    values = f(x, *others)
    assert np.abs(found(x, *others) - values).max() <= rtol * np.abs(values).max()
    assert max(found.degree[1:]) <= 12


@pytest.mark.parametrize("method", ["auto", "cross"])
@pytest.mark.parametrize("power", [-1000, -664, -400, 400, 664, 1000])
def test_functions_are_approximated_at_any_scale(power, method):
    """A power of two changes no digit, so the results are the same bits."""

    def f(x, y, z):
        return np.exp(x * y) * np.cos(3 * x + z) / (3 + z)

    scale = 2.0**power
    one, other = (
        ct.from_function(lambda *x, s=s: s * f(*x), rtol=1e-8, method=method) for s in (1.0, scale)
    )
    assert other.rank == one.rank
    assert other.degree == one.degree
    points = np.random.default_rng(1).uniform(-1, 1, (50, 3))
    np.testing.assert_allclose(other(*points.T) / scale, one(*points.T), rtol=1e-13)
    assert other.error / scale == pytest.approx(one.error, rel=1e-9)
    assert other.evaluations == one.evaluations


def test_rounding_is_not_resolved_where_the_least_tolerance_is_asked_for():
    with pytest.warns(UserWarning, match="was not met"):
        f = ct.from_function(lambda *x: bump(300, x), rtol=1e-15)
    assert max(f.degree) <= 400  # 3400 where rounding is taken for the function
    assert largest_error(f, lambda *x: bump(300, x), 3) <= 1e-14
    assert f.error <= 1e-12


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("rtol", [1e-5, 1e-9])
def test_noise_is_not_resolved(d, rtol):
    """Noise of 1e-4, the same whenever a point is asked for: the fraction of a large number."""

    def f(*x):
        place = sum((k + 1.3) * a for k, a in enumerate(x))
        return np.cos(sum(x)) + 1e-4 * np.modf(4e4 * np.sin(12345.678 * place))[0]

    with pytest.warns(UserWarning, match="look noisy along .*; raise rtol"):
        found = ct.from_function(f, [(-1, 1)] * d, rtol=rtol)
    assert max(found.degree) <= 20
    assert 0.5e-4 <= largest_error(found, f, d) <= found.error <= 5e-4


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.abs(x - 0.3),
        lambda x: np.sign(x - 0.3),
        lambda x: np.sqrt(np.abs(x - 0.3)),
        lambda x: np.sin(1 / (x + 1.0001)),
    ],
)
def test_what_is_rough_in_one_variable_is_not_taken_for_noise(f):
    with pytest.warns(UserWarning, match="axis 0 needs a higher degree"):
        found = ct.from_function(f, [(-1, 1)], rtol=1e-9)
    assert found.degree == (4096,)


@pytest.mark.parametrize("highest", [5, 15, 16])
def test_the_axis_that_needs_a_higher_degree_is_named(highest):
    def f(x, y):
        return np.cos(17 * np.arccos(np.clip(y, -1, 1))) * (1 + x)

    with pytest.warns(UserWarning, match="axis 1 needs a higher degree; raise max_degree"):
        ct.from_function(f, [(-1, 1)] * 2, max_degree=highest)


@pytest.mark.parametrize("n", [1, 2, 3, 17])
def test_lines_of_any_length_keep_their_points_when_they_are_refined(n):
    places = np.array([[0.3, -0.7], [0.1, 0.2]])

    def f(x, y):
        return np.exp(x) + y

    def on(nodes):
        return f(*lines_through(places, 0, nodes).T).reshape(-1, 2)

    lines = Lines(0, places, on(chebyshev.points(n)))
    lines.refine(f(*lines.between().T))
    assert lines.size == max(2 * n - 1, 3)
    np.testing.assert_allclose(lines.values, on(chebyshev.points(lines.size)), rtol=1e-14)


def test_many_small_coefficients_are_not_none():
    """Each is a fifth of the tolerance, their sum is twenty times that."""
    assert length_needed(np.full((101, 1), 0.2e-3), 1e-3, 1.0) >= 70
    assert length_needed(np.r_[1.0, np.full(100, 1e-9)][:, None], 1e-3, 1.0) in (1, 2)
