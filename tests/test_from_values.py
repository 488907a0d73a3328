import numpy as np
import pytest

from chebtucker import chebyshev
from chebtucker.construct import from_cp, from_grid, from_values
from chebtucker.tensors import CPTensor

BOX = [(-1, 2), (0.5, 1), (-3, 1), (0, 2)]


def function(*x):
    return np.exp(-x[0] - 0.3 * sum(t**2 for t in x)) + x[-1]


def on(axes):
    return function(*np.ix_(*axes))


def scaled(t, k):
    return chebyshev.from_reference(t, *BOX[k])


def inner_points(d):
    box = np.array(BOX[:d])
    return np.random.default_rng(d).uniform(box[:, 0], box[:, 1], (300, d)).T


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_values_are_interpolated(d):
    sizes = (25, 14, 31, 17)[:d]
    axes = [scaled(chebyshev.points(n), k) for k, n in enumerate(sizes)]
    values = on(axes)
    f = from_values(values, BOX[:d], rtol=1e-13)
    np.testing.assert_allclose(f.on_grid(*axes), values, atol=1e-11)
    points = inner_points(d)
    np.testing.assert_allclose(f(*points), function(*points), atol=1e-8)
    assert f.degree == tuple(n - 1 for n in sizes)


def test_compression_is_bounded_and_its_error_said():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((9, 8, 7))
    axes = [scaled(chebyshev.points(n), k) for k, n in enumerate(values.shape)]
    f = from_values(values, BOX[:3], rtol=0.3)
    exact = from_values(values, BOX[:3], rtol=0)
    moved = f.coefficients.to_array() - exact.coefficients.to_array()
    assert np.linalg.norm(moved) <= 0.3 * exact.coefficients.norm()
    assert np.abs(f.on_grid(*axes) - values).max() == pytest.approx(f.error, rel=1e-8)
    assert from_values(values, rank=(2, 3, 4)).rank == (2, 3, 4)
    assert from_values(values, max_rank=3).rank == (3, 3, 3)


@pytest.mark.parametrize("grid", ["cells", "nodes"])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_uniform_grids_converge_with_the_order_of_the_splines(grid, d):
    points = inner_points(d)
    errors = []
    for n in (20, 40):
        sizes = [n, n + 4, n + 8][:d]
        uniform = [
            np.linspace(-1, 1, m) if grid == "nodes" else (2 * np.arange(m) + 1 - m) / m
            for m in sizes
        ]
        values = on([scaled(t, k) for k, t in enumerate(uniform)])
        f = from_grid(values, BOX[:d], grid=grid, rtol=1e-12)
        errors.append(np.abs(f(*points) - function(*points)).max())
        assert f.error <= 1e-5
    assert errors[1] < errors[0] / 30


@pytest.mark.parametrize("method", ["rhosvd", "dense"])
def test_canonical_tensors_become_their_functions(method):
    exponents = np.array([0.3, 0.8, 2.0])
    weights = np.array([1.0, -0.5, 2.0])
    sizes = (40, 30, 50)
    axes = [scaled((2 * np.arange(n) + 1 - n) / n, k)[:, None] for k, n in enumerate(sizes)]
    cp = CPTensor(weights, [np.exp(-exponents * x**2) for x in axes])
    points = inner_points(3)
    expected = np.exp(-np.outer((points**2).sum(axis=0), exponents)) @ weights
    f = from_cp(cp, BOX[:3], rtol=1e-7, method=method)
    size = np.abs(expected).max()
    assert np.abs(f(*points) - expected).max() <= 1e-6 * size
    assert max(f.rank) <= 3
    scaled_up = from_cp(1e9 * cp, BOX[:3], rtol=1e-7, method=method)
    assert scaled_up.rank == f.rank
    given = from_cp(cp, BOX[:3], rtol=1e-3, degree=(12, 10, 14), method=method)
    assert given.degree == (12, 10, 14)
    np.testing.assert_allclose(given(*points), expected, atol=max(3 * given.error, 1e-2))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda v: from_values(3.0), ValueError, "`values` must be an array with entries"),
        (lambda v: from_values(v, BOX[:3]), ValueError, r"`domain` must be .* shape \(2, 2\)"),
        (lambda v: from_values(v / 0), ValueError, "`values` must be finite"),
        (lambda v: from_values(v, rtol=2), ValueError, "`rtol` must be in"),
        (lambda v: from_values(v, rank=2, max_rank=2), ValueError, "`rank` must be alone"),
        (lambda v: from_grid(v, spline_degree=4), ValueError, "`spline_degree` must be odd"),
        (lambda v: from_grid(v, grid="faces"), ValueError, "`grid` must be one of"),
        (lambda v: from_grid(v, degree=(1, 2, 3)), ValueError, "one for each of 2 axes"),
        (lambda v: from_cp(v), TypeError, "`cp` must be a CPTensor"),
        (lambda v: from_cp(CPTensor([1.0], (v[:, :1],)), method="x"), ValueError, "`method`"),
    ],
)
def test_errors(call, error, message):
    with np.errstate(all="ignore"), pytest.raises(error, match=message):
        call(np.ones((12, 12)))


def test_more_than_six_variables():
    """Values may have any number of axes; what samples a function is for one to six variables."""
    d = 7
    axes = np.ix_(*[chebyshev.points(2 + k % 2) for k in range(d)])
    f = from_values(1 + sum((k + 1) * x for k, x in enumerate(axes)) + axes[0] * axes[6])
    point = np.linspace(-0.9, 0.7, d)
    value = 1 + np.arange(1, d + 1) @ point + point[0] * point[6]
    assert f(*point) == pytest.approx(value, abs=1e-12)
    assert (f * f)(*point) == pytest.approx(value**2, abs=1e-10)
    assert f.derivative((0,) * 6 + (1,))(*point) == pytest.approx(7 + point[0], abs=1e-11)
    assert f.mean() == pytest.approx(1, abs=1e-12)
    assert f.max()[0] == pytest.approx(1 + 28 + 1, abs=1e-10)
    with pytest.raises(ValueError, match="`domain` must be a box of 1 to 6 dimensions, got 7"):
        np.exp(f)
