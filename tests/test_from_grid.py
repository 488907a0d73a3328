"""Functions from values on uniform grids, and whether their stated error is honest."""

import warnings

import numpy as np
import pytest

import chebtucker as ct
from chebtucker.construct.splines import uniform

BOX = np.array([(-1.0, 1.0), (0.0, 1.0), (-0.5, 2.0)])

FUNCTIONS = {
    "exponential": lambda *x: np.exp(x[0] - 0.5 * x[-1]),
    "Runge": lambda *x: 1 / (1 + 10 * sum(t**2 for t in x)),
    "sharp Runge": lambda *x: 1 / (1 + 60 * sum(t**2 for t in x)),
    "Gaussian": lambda *x: np.exp(-8 * sum((t - 0.2) ** 2 for t in x)),
    "wave": lambda *x: np.cos(10 * x[0] + 7 * x[-1] + 1),
    "kink": lambda *x: np.abs(x[0] - 0.123) + x[-1],
    "cone": lambda *x: np.sqrt(sum((t - 0.1) ** 2 for t in x)),
    "front": lambda *x: np.tanh(40 * (x[0] + 0.5 * x[-1])),
    "charge outside": lambda *x: 1 / np.sqrt(sum((t - 1.15) ** 2 for t in x)),
    "root": lambda *x: np.sqrt(sum(x) + len(x) + 0.01),
}


def sampled(f, sizes, grid, noise=0.0):
    box = BOX[: len(sizes)]
    axes = [
        lo + (hi - lo) * (1 + uniform(n, grid)) / 2 for n, (lo, hi) in zip(sizes, box, strict=True)
    ]
    values = f(*np.ix_(*axes)) + np.zeros(sizes)
    return values + noise * np.random.default_rng(0).standard_normal(sizes)


def true_error(g, f, count=1500):
    rng = np.random.default_rng(1)
    t = np.concatenate(
        [
            rng.uniform(-1, 1, (count, g.ndim)),
            np.cos(rng.uniform(0, np.pi, (count, g.ndim))),
            rng.choice([-1.0, 1.0], (count // 4, g.ndim)),
        ]
    )
    points = g.domain[:, 0] + (g.domain[:, 1] - g.domain[:, 0]) * (1 + t) / 2
    return np.abs(g(*points.T) - f(*points.T)).max()


@pytest.mark.parametrize("grid", ["cells", "nodes"])
@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.filterwarnings("ignore:the values along axis")
def test_the_stated_error_is_within_a_factor_of_the_true_one(name, d, grid):
    f = FUNCTIONS[name]
    ratios = []
    for n in (8, 13, 20, 34):
        sizes = (n, n + 3, n + 1)[:d]
        g = ct.from_grid(sampled(f, sizes, grid), BOX[:d], grid=grid, rtol=1e-10)
        ratios.append(g.error / max(true_error(g, f), 1e-12))
    assert min(ratios) >= 0.1
    assert sorted(ratios)[-2] <= 100


@pytest.mark.parametrize("grid", ["cells", "nodes"])
@pytest.mark.filterwarnings("ignore:the values along axis")
def test_the_stated_error_covers_noise(grid):
    f = FUNCTIONS["exponential"]
    for d, noise, degree in ((1, 1e-3, 7), (2, 1e-6, 7), (3, 1e-4, 3), (2, 1e-2, 1)):
        values = sampled(f, (25, 22, 24)[:d], grid, noise)
        g = ct.from_grid(values, BOX[:d], grid=grid, rtol=1e-8, spline_degree=degree)
        error = true_error(g, f)
        assert error >= 0.5 * noise
        assert 0.1 <= g.error / error <= 300


def test_noise_that_splines_amplify_is_said():
    values = sampled(FUNCTIONS["exponential"], (25, 22), "cells", 1e-3)
    with pytest.warns(UserWarning, match="noisy or too few for splines of degree 7, .*; lower"):
        rough = ct.from_grid(values, BOX[:2])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        better = ct.from_grid(values, BOX[:2], spline_degree=1)
        ct.from_grid(sampled(FUNCTIONS["exponential"], (25, 22), "cells"), BOX[:2])
    assert better.error < 0.1 * rough.error


@pytest.mark.parametrize(("degree", "order"), [(1, 2), (3, 4), (5, 6), (7, 8)])
def test_errors_fall_with_the_order_of_the_splines_and_so_do_the_stated_ones(degree, order):
    f = FUNCTIONS["Runge"]
    found = []
    for n in (20, 160):
        sizes = (n, n + 4)
        g = ct.from_grid(
            sampled(f, sizes, "nodes"), BOX[:2], grid="nodes", rtol=1e-13, spline_degree=degree
        )
        found.append((true_error(g, f), g.error))
    rates = np.log2(np.array(found[0]) / found[1]) / 3
    assert (rates > order - 0.5).all()


def test_axes_of_few_points_get_one_polynomial():
    x, y = np.array([0.0, 1.0, 2.0])[:, None], np.linspace(0, 1, 30)
    f = ct.from_grid((x**2 - x) * np.exp(y), [(0, 2), (0, 1)], grid="nodes", rtol=1e-12)
    assert f.degree[0] == 2
    points = np.random.default_rng(0).uniform(0, 1, (50, 2)) * [2, 1]
    exact = (points[:, 0] ** 2 - points[:, 0]) * np.exp(points[:, 1])
    np.testing.assert_allclose(f(points), exact, atol=1e-10)
    assert f.error > 0.1  # three points cannot show that they are enough


@pytest.mark.parametrize("grid", ["cells", "nodes"])
def test_an_axis_of_one_point_is_constant(grid):
    y = 2 * uniform(40, grid)
    values = np.exp(-(y**2)).reshape(1, 40, 1)
    f = ct.from_grid(values, [(3, 9), (-2, 2), (0, 1)], grid=grid)
    assert (f.degree[0], f.degree[2]) == (0, 0)
    np.testing.assert_allclose(f([3, 9], [0.3, 0.3], [0.2, 0.9]), np.exp(-0.09), atol=1e-6)
    assert f.error < 1e-5
    single = ct.from_grid(np.full((1, 1), 5.0))
    assert single(0.3, -1) == 5
    two = ct.from_grid([1.0, 3.0], [(0, 1)], grid="nodes")
    np.testing.assert_allclose(two([0.0, 0.25, 1.0]), [1, 1.5, 3], atol=1e-14)
    assert two.error >= 1  # nothing says that the function is straight


@pytest.mark.parametrize("scale", [1e-200, 1e-6, 1e6, 1e200])
def test_scaling_the_values_scales_the_function(scale):
    values = sampled(FUNCTIONS["Runge"], (40, 44), "cells")
    plain = ct.from_grid(values, BOX[:2], rtol=1e-6)
    scaled = ct.from_grid(scale * values, BOX[:2], rtol=1e-6)
    assert (scaled.rank, scaled.degree) == (plain.rank, plain.degree)
    assert scaled.error / scale == pytest.approx(plain.error, rel=1e-3)
    np.testing.assert_allclose(scaled(0.3, 0.4) / scale, plain(0.3, 0.4), rtol=1e-10)
    nodal = ct.from_values(scale * values, BOX[:2], rtol=1e-6)
    assert nodal.rank == ct.from_values(values, BOX[:2], rtol=1e-6).rank


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int32, np.uint8, bool])
def test_other_numbers_are_taken_for_what_they_are(dtype):
    values = (10 * sampled(FUNCTIONS["Runge"], (12, 15), "nodes")).astype(dtype)
    for make in (ct.from_values, lambda v: ct.from_grid(v, grid="nodes", spline_degree=1)):
        f, expected = make(values), make(values.astype(float))
        np.testing.assert_array_equal(f(0.3, 0.4), expected(0.3, 0.4))
    f = ct.from_values(values, rtol=1e-13)
    np.testing.assert_allclose(f(1.0, 1.0), float(values[-1, -1]), atol=1e-11)


def test_rank_and_truncation():
    values = sampled(lambda x, y, z: np.tanh(5 * (x + y - z)), (60, 50, 55), "nodes")
    tucker = {}
    for how in ("hosvd", "hooi", None):
        f = ct.from_grid(values, BOX, grid="nodes", rank=(3, 2, 4), truncation=how, degree=80)
        assert f.rank == (3, 2, 4)
        tucker[how] = f.coefficients
        assert ct.from_values(values, BOX, rank=(3, 2, 4), truncation=how).rank == (3, 2, 4)
    exact = ct.from_grid(values, BOX, grid="nodes", rtol=1e-12, degree=80).coefficients
    errors = {how: (t - exact).norm() for how, t in tucker.items()}
    assert errors["hooi"] < errors["hosvd"]
    assert errors[None] == errors["hooi"]
    low = ct.from_grid(values, BOX, grid="nodes", rtol=1e-2, truncation="hooi")
    assert sum(low.rank) <= sum(ct.from_grid(values, BOX, grid="nodes", rtol=1e-2).rank)


def test_round_to_given_ranks():
    f = ct.from_function(lambda x, y, z: np.tanh(3 * (x + y - z)), rtol=1e-8)
    best, plain = f.round(rank=(4, 3, 5)), f.round(rank=(4, 3, 5), truncation="hosvd")
    assert best.rank == plain.rank == (4, 3, 5)
    distance = [(g.coefficients - f.coefficients).norm() for g in (best, plain)]
    assert distance[0] < distance[1]
    points = np.random.default_rng(0).uniform(-1, 1, (2000, 3))
    assert np.abs(best(points) - f(points)).max() <= best.error
    given = ct.from_function(lambda x, y, z: np.tanh(3 * (x + y - z)), rank=(4, 3, 5), degree=60)
    assert given.rank == (4, 3, 5)
    with pytest.raises(ValueError, match="`rtol` must be given where `rank` is not"):
        f.round()
    with pytest.raises(ValueError, match="`rank` must be alone"):
        f.round(1e-3, rank=2)


def bad(values, index, what):
    values = np.array(values)
    values[index] = what
    return values


ONES = np.ones((12, 9))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ct.from_grid(bad(ONES, (3, 4), np.nan)), ValueError, r"nan at index \[3, 4\]"),
        (lambda: ct.from_grid(bad(ONES, (0, 8), -np.inf)), ValueError, r"-inf at index \[0, 8\]"),
        (lambda: ct.from_grid(np.ma.masked_equal(np.eye(9), 1)), ValueError, "got masked ones"),
        (lambda: ct.from_grid(ONES * 1j), TypeError, "real numbers, got dtype complex128"),
        (lambda: ct.from_grid([[1, 2], [3]]), ValueError, "rectangular array"),
        (lambda: ct.from_grid(ONES, truncation="svd"), ValueError, "`truncation` must be one of"),
        (lambda: ct.from_grid(ONES, spline_degree=0), ValueError, "`spline_degree` must"),
        (lambda: ct.from_grid(ONES, rank=0), ValueError, "`rank` must be an integer of at least 1"),
        (
            lambda: ct.from_grid(np.broadcast_to(1.0, (10**5,) * 3)),
            MemoryError,
            r"`values` must fit into memory, got shape .* need 22,351,741.8 GiB and the",
        ),
    ],
)  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()
