"""Where functions are looked at before and after they are approximated."""

import warnings

import numpy as np
import pytest

import chebtucker as ct
from chebtucker.chebtuck.points import all_corners, sample_points, spread
from chebtucker.construct.places import hard_points, where_short
from chebtucker.construct.products import blocks_on
from chebtucker.construct.sampling import Sampler

CUBE = np.array([[-1.0, 1.0]] * 3)


def test_gaps_between_spread_points_have_three_lengths_at_most():
    """The three-gap theorem; independent points would have as many lengths as there are gaps."""
    for count in (5, 34, 100, 377):
        x = np.sort(spread(count, 1, np.random.default_rng(count))[:, 0])
        gaps = np.diff(np.append(x, x[0] + 1))
        assert len(np.unique(gaps.round(9))) <= 3
        assert gaps.max() <= 2.7 * gaps.min()  # the golden ratio and one, at most


@pytest.mark.parametrize(("d", "parts", "count"), [(2, 8, 170), (3, 4, 180), (3, 5, 450)])
def test_spread_points_leave_no_box_of_a_grid_empty(d, parts, count):
    """As many independent points leave four of them empty, on average."""
    for seed in range(20):
        points = spread(count, d, np.random.default_rng(seed))
        assert points.min() >= 0
        assert points.max() < 1
        boxes = np.ravel_multi_index((points * parts).astype(int).T, (parts,) * d)
        assert len(np.unique(boxes)) == parts**d


def test_points_for_checks_lie_in_the_box_and_end_with_its_corners():
    box = np.array([(0.0, 2.0), (5.0, 9.0)])
    points = sample_points(box, 50, seed=3)
    assert np.all((points >= box[:, 0]) & (points <= box[:, 1]))
    assert {tuple(x) for x in points[-4:].tolist()} == {(0, 5), (2, 5), (0, 9), (2, 9)}
    assert not np.array_equal(points, sample_points(box, 50, seed=4))


def test_hard_points_are_near_each_corner_and_the_peak():
    peak = np.array([0.3, -0.2, 0.9])
    points = hard_points(peak, 200, 0, corners=False)
    assert np.abs(points).max() <= 1
    for place, distance in [*((corner, 1e-2) for corner in all_corners(3)), (peak, 1e-2)]:
        nearest = np.abs(points - place).max(axis=1).min()
        assert 0 < nearest <= distance
    assert len(hard_points(peak, 200, 0, corners=True)) == len(points) + 8


def test_small_grids_are_one_call_and_those_of_large_ones_the_same():
    calls = []

    def f(x, y, z):
        calls.append(len(x))
        return x + 10 * y + 100 * z

    few = [
        [np.linspace(-1, 1, n), np.array([0.5]), np.linspace(0, 1, m)] for n, m in [(3, 4), (5, 2)]
    ]
    many = [[np.linspace(-1, 1, 41)] * 3, few[0]]
    for grids, expected in [(few, 1), (many, 3)]:
        calls.clear()
        for axes, block in zip(grids, blocks_on(Sampler(f), CUBE, grids), strict=True):
            x, y, z = np.meshgrid(*axes, indexing="ij")
            np.testing.assert_allclose(block.values, x + 10 * y + 100 * z, rtol=0, atol=1e-13)
        assert len(calls) == expected


@pytest.mark.parametrize("cusp", [(0.37, -0.81), (-0.05, 0.66)])
def test_series_of_different_lengths_show_where_a_cusp_is(cusp):
    f = ct.from_function(
        lambda x, y: np.hypot(x - cusp[0], y - cusp[1]), [(-1, 1)] * 2, degree=128, rtol=1e-10
    )
    rng = np.random.default_rng(0)
    known = rng.uniform(-1, 1, (200, 2))
    distances = [np.abs(x - cusp).max() for _, x in where_short(f.coefficients, known, rng)]
    assert len(distances) == 5  # 8, 16, .. 128
    assert distances[-2] <= 0.03
    assert distances[-2] < 0.3 * np.abs(known - cusp).max(axis=1).min()


def test_errors_at_cusps_anywhere_in_a_square_are_not_far_too_low():
    """The error peaks within 1/degree of the cusp, where hardly a point for checks is."""
    ratios = []
    for seed in range(25):
        rng = np.random.default_rng([seed, 5])
        c = rng.uniform(-1, 1, 2)

        def cone(x, y, c=c):
            return np.hypot(x - c[0], y - c[1])

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            f = ct.from_function(cone, [(-1, 1)] * 2, rtol=1e-3, max_degree=300, seed=seed)
        steps = rng.normal(size=(300, 2)) * 10 ** rng.uniform(-4, -1, (300, 1))
        points = np.clip(c + steps, -1, 1)
        ratios.append(f.error / np.abs(f(*points.T) - cone(*points.T)).max())
    assert min(ratios) >= 0.1
    assert np.median(ratios) >= 1
