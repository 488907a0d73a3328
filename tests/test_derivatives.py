"""Derivatives of orders one to four are as accurate as they can be, and say how accurate."""

import warnings

import numpy as np
import pytest
from taylor import derivatives

import chebtucker as ct
from chebtucker import chebyshev
from chebtucker.chebtuck.points import sample_points

SPLIT = [(-1, 2), (0.5, 3)]
BOX = [(-1, 2), (0.5, 1), (-3, 1)]
CASES = {
    "exponential of a product": (lambda x, y: np.exp(x * y), SPLIT),
    "three variables": (lambda x, y, z: np.exp(x * y) * np.cos(3 * z), BOX),
    "one variable": (lambda x: np.exp(-x) * np.sin(20 * x), [(0, 3)]),
    "Runge off centre": (lambda x, y: 1 / (1 + 9 * (x * x + y * y)), [(-1, 2), (-1, 1)]),
    "small and sharp": (
        lambda x, y: np.exp(x + y) + 1e-9 * np.cos(40 * x) * np.cos(3 * y),
        [(-1, 1), (-1, 2)],
    ),
}
NAMES = (
    "monomials", "Legendre", "power", "Chebyshev", "Runge product", "quotient", "nested logarithm",
    "outside charge", "Franke", "damped wave", "Genz oscillatory", "even", "vanishing edges",
    "many scales", "swirl",
)  # fmt: skip


def points_of(box):
    points = sample_points(np.array(box, dtype=float), 400, seed=5)
    edges = sample_points(np.array(box, dtype=float), 200, seed=6)
    rng = np.random.default_rng(7)
    axis = rng.integers(0, len(box), len(edges))
    rows = np.arange(len(edges))
    edges[rows, axis] = np.array(box, dtype=float)[axis, rng.integers(0, 2, len(edges))]
    return np.concatenate([points, edges])


def seen(f, points):
    return f(points[:, 0]) if f.ndim == 1 else f(points)


def slopes_of(f, axis):
    """The derivatives along an axis, of orders 1 to 4."""
    return [
        f.derivative(tuple(order * (k == axis) for k in range(f.ndim))) for order in range(1, 5)
    ]


def dense_derivative(function, f, order, points):
    """Derivatives along the first axis of the interpolant on the full grid."""
    axes = [
        chebyshev.from_reference(chebyshev.points(n + 1), *side)
        for n, side in zip(f.degree, f.domain, strict=True)
    ]
    values = function(*np.meshgrid(*axes, indexing="ij"))
    for axis in range(f.ndim):
        values = chebyshev.coefficients(values, axis)
    for _ in range(order):
        values = chebyshev.derivative(values) * (2 / (f.domain[0, 1] - f.domain[0, 0]))
    t = chebyshev.to_reference(points, f.domain[:, 0], f.domain[:, 1])
    result = np.tensordot(chebyshev.basis(t[:, 0], len(values)), values, 1)
    for k in range(1, f.ndim):
        rows = chebyshev.basis(t[:, k], result.shape[1])
        result = np.einsum("mi...,mi->m...", result, rows)
    return result


@pytest.mark.parametrize("name", [name for name in CASES if name != "Runge off centre"])
def test_the_format_costs_no_digits(name):
    """At full accuracy the factors lose nothing against the dense tensor of coefficients."""
    function, box = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 1e-15 is not always met
        f = ct.from_function(function, box, rtol=1e-15)
    points = points_of(box)
    exact = derivatives(function, points, 0, 4)
    for order, slope in enumerate(slopes_of(f, 0), 1):
        error = np.abs(seen(slope, points) - exact[order]).max()
        dense = np.abs(dense_derivative(function, f, order, points) - exact[order]).max()
        assert error <= 10 * dense + 1e-15 * np.abs(exact[order]).max()


@pytest.mark.parametrize("rtol", [1e-4, 1e-11])
@pytest.mark.parametrize("name", [*CASES, *NAMES])
def test_errors_of_derivatives_are_neither_too_low_nor_useless(name, rtol):
    function, box = CASES[name] if name in CASES else (ct.gallery[name], ct.gallery[name].domain)
    function = getattr(function, "function", function)
    f = ct.from_function(function, box, rtol=rtol)
    points = points_of(box)
    exact = derivatives(function, points, 0, 4)
    for order, slope in enumerate(slopes_of(f, 0), 1):
        error = np.abs(seen(slope, points) - exact[order]).max()
        size = np.abs(exact[order]).max()
        assert error <= 4 * slope.error + 1e-15 * size
        rounding = f.error < 1e-12 * np.abs(exact[0]).max()
        if f.degree[0] > 8 and not rounding:
            assert slope.error <= 100 * error


LOW = {
    "exponential": (np.exp, [(-1, 1)]),
    "cosine": (np.cos, [(-1, 1)]),
    "wave": (lambda x: np.sin(5 * x), [(-1, 1)]),
    "pole": (lambda x: 1 / (2 + x), [(-1, 3)]),
    "logarithm": (lambda x: np.log(1.5 + x), [(-1, 3)]),
    "two variables": (lambda x, y: 1 / (3 + x + y), [(-1, 1), (0, 2)]),
    "wave of two": (lambda x, y: np.sin(2 * x + y) * np.exp(x), [(-1, 1), (0, 1)]),
}


@pytest.mark.parametrize("rtol", [1e-2, 1e-3, 1e-6])
@pytest.mark.parametrize("name", LOW)
def test_errors_of_orders_about_the_degree_and_above(name, rtol):
    """Little of the function is left, or nothing: all that is not there is the error."""
    function, box = LOW[name]
    f = ct.from_function(function, box, rtol=rtol)
    n, points = f.degree[0], points_of(box)
    exact = derivatives(function, points, 0, n + 3)
    for order in range(max(n - 2, 1), n + 4):
        slope = f.derivative((order,) + (0,) * (f.ndim - 1))
        error = np.abs(seen(slope, points) - exact[order]).max()
        assert error <= 10 * slope.error
        assert slope.error <= (1e3 if order <= n else 1e5) * error


def test_errors_of_derivatives_of_what_is_constant():
    f = ct.from_function(np.exp, [(-1, 1)], rtol=1e-3)
    flat = f.derivative((f.degree[0],))
    gone = f.derivative((7,))
    assert flat.degree == gone.degree == (0,)
    for steps in (gone, flat.derivative((7 - f.degree[0],)), gone.derivative((2,))):
        assert np.abs(steps(np.array([0.5, 1.0])) - np.exp([0.5, 1.0])).max() <= 10 * steps.error
    for order in (150, 400):  # the error stays a number
        assert np.e <= f.derivative((order,)).error < np.inf
    cubic = ct.from_function(lambda x: x**3 - x, [(-1, 2)])
    assert cubic.derivative((4,)).error <= 1e-9  # of a polynomial nothing is missing
    constant = ct.ChebTuck(ct.TuckerTensor([2.0], [[[1.0]]]), [(0, 1)])  # exact
    assert constant.derivative((3,)).error <= 1e-9


def test_errors_of_what_algebra_makes_are_carried_through_derivatives():
    function, box = CASES["exponential of a product"]
    f = ct.from_function(function, box, rtol=1e-10)
    smaller = [(-1, 0.4), (0.8, 1.7)]
    for g, exact, inside in [
        (f * f, lambda x, y: np.exp(2 * x * y), box),
        (f + np.tanh(f), lambda x, y: np.exp(x * y) + np.tanh(np.exp(x * y)), box),
        (f.restrict(smaller), function, smaller),
        (f.round(1e-5), function, box),
        (f.trim(1e-5), function, box),
    ]:
        points = points_of(inside)
        expected = derivatives(exact, points, 0, 4)
        for order, slope in enumerate(slopes_of(g, 0), 1):
            assert np.abs(slope(points) - expected[order]).max() <= 4 * slope.error


def test_mixed_derivatives_and_derivatives_of_derivatives():
    f = ct.from_function(lambda x, y, z: np.exp(x * y) * np.cos(3 * z), BOX, rtol=1e-11)
    points = points_of(BOX)
    x, y, z = points.T
    expected = -3 * (1 + x * y) * np.exp(x * y) * np.sin(3 * z)
    for slope in (
        f.derivative((1, 1, 1)),
        f.derivative((0, 0, 1)).derivative((1, 0, 0)).derivative((0, 1, 0)),
    ):
        error = np.abs(slope(points) - expected).max()
        assert error <= 4 * slope.error
        assert slope.error <= 1e4 * error
        assert error <= 1e-6


def test_errors_of_integrals():
    g = ct.gallery["Franke"]
    exact = ct.from_function(g, rtol=1e-13)
    for rtol in (1e-4, 1e-8):
        f = ct.from_function(g, rtol=rtol)
        for axis in (0, 1):
            integral, ref = f.antiderivative(axis), exact.antiderivative(axis)
            error = np.abs(integral.on_grid(60, 50) - ref.on_grid(60, 50)).max()
            assert error <= 4 * integral.error <= 4 * f.error
            assert integral.error <= 100 * error
            line, ref = f.integrate(axis), exact.integrate(axis)
            error = np.abs(line.on_grid(90) - ref.on_grid(90)).max()
            assert error <= 4 * line.error <= 4 * f.error


def test_products_do_not_carry_degrees_that_hold_only_rounding():
    f = ct.from_function(lambda x, y: 1 / (1 + 9 * (x * x + y * y)), [(-1, 2), (-1, 1)])
    square = f * f
    assert all(n < 1.5 * m for n, m in zip(square.degree, f.degree, strict=True))


@pytest.mark.parametrize("axis", [1])
def test_derivatives_at_many_points_are_those_on_grids(axis):
    """Many points are evaluated by local series, whose plan needs the true size of each part."""
    box = [(-1, 1), (-1, 1.5), (-2, 1)]
    f = ct.from_function(lambda x, y, z: np.tanh(4 * (x + y + z)), box, rtol=1e-6)
    slope = f.derivative(tuple(int(k == axis) for k in range(3)))
    points = points_of(box)
    x, y, z = points.T
    exact = 4 / np.cosh(4 * (x + y + z)) ** 2
    assert np.abs(slope(points) - exact).max() <= slope.error
    columns = slope.factors[axis]
    np.testing.assert_allclose(columns.T @ columns, np.eye(slope.rank[axis]), atol=1e-12)
