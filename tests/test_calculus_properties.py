"""Theorems of calculus for random functions in one to four variables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chebtucker as ct

SIDES = np.array([(-1.0, 2.0), (0.5, 1.25), (-3.0, 1.0), (2.0, 5.0)])
DEGREES = (4, 6, 3, 5)
SEEDS = st.integers(0, 2**31)
HERE = settings(max_examples=12, deadline=None, derandomize=True)
FEWER = settings(HERE, max_examples=5)


def function(seed, d, shift=0):
    """Random coefficients that decay a little; degrees, ranks and sides all differ."""
    rng = np.random.default_rng(seed)
    degree = np.roll(DEGREES, shift)[:d]
    rank = [min(n + 1, 2 + k) for k, n in enumerate(degree)] if d > 1 else [1]
    factors = [
        rng.standard_normal((n + 1, r)) / (1 + np.arange(n + 1.0))[:, None] ** 2
        for n, r in zip(degree, rank, strict=True)
    ]
    return ct.ChebTuck(ct.TuckerTensor(rng.standard_normal(rank), factors), SIDES[:d])


def along(d, axis, order=1):
    return tuple(order * int(k == axis) for k in range(d))


def size(*functions):
    """About the largest values: the scale that rounding is compared with."""
    total = 1.0
    for f in functions:
        total *= 1 + np.abs(f.core).sum()
    return total


def assert_same(f, g, scale):
    points = SIDES[: f.ndim, 0] + np.random.default_rng(0).uniform(0, 1, (40, f.ndim)) * (
        f.domain[:, 1] - f.domain[:, 0]
    )
    points = np.clip(points, f.domain[:, 0], f.domain[:, 1])
    if f.ndim == 1:
        points = points[:, 0]
    np.testing.assert_allclose(f(points), g(points), rtol=0, atol=1e-11 * scale)


def gauss(f, weight=lambda v: v):
    """The integral of weight(f) by a product of Gauss-Legendre rules."""
    t, w = np.polynomial.legendre.leggauss(12)
    half = (f.domain[:, 1] - f.domain[:, 0]) / 2
    axes = [side.mean() + h * t for side, h in zip(f.domain, half, strict=True)]
    total = weight(f.on_grid(*axes))
    for h in half[::-1]:
        total = total @ (h * w)
    return float(total)


@given(SEEDS, st.integers(1, 4), st.data())
@HERE
def test_product_rule(seed, d, data):
    f, g = function(seed, d), function(seed + 1, d, shift=1)
    orders = along(d, data.draw(st.integers(0, d - 1)))
    left = (f * g).derivative(orders)
    right = f.derivative(orders) * g + f * g.derivative(orders)
    assert_same(left, right, 100 * size(f, g))


@given(SEEDS, st.integers(1, 4), st.data())
@HERE
def test_fundamental_theorem(seed, d, data):
    f = function(seed, d)
    axis = data.draw(st.integers(0, d - 1))
    assert_same(f.antiderivative(axis).derivative(along(d, axis)), f, size(f))
    back = f.derivative(along(d, axis)).antiderivative(axis)
    if d == 1:
        assert_same(back, f - f(f.domain[0, 0]), 10 * size(f))
        assert f.derivative(1).integrate() == pytest.approx(
            f(f.domain[0, 1]) - f(f.domain[0, 0]), abs=1e-11 * size(f)
        )
    else:
        ends = [f.slice(axis, x) for x in f.domain[axis]]
        change = f.derivative(along(d, axis)).integrate(axis)
        assert_same(change, ends[1] - ends[0], 10 * size(f))
        assert_same(back.slice(axis, f.domain[axis, 1]), ends[1] - ends[0], 10 * size(f))


@given(SEEDS, st.integers(2, 4), st.data())
@HERE
def test_integration_by_parts(seed, d, data):
    f, g = function(seed, d), function(seed + 1, d, shift=2)
    axis = data.draw(st.integers(0, d - 1))
    orders = along(d, axis)
    lo, hi = ((f * g).slice(axis, x).integrate() for x in f.domain[axis])
    inside = f.derivative(orders).inner(g) + f.inner(g.derivative(orders))
    assert inside == pytest.approx(hi - lo, abs=1e-9 * size(f, g))


@given(SEEDS, st.integers(1, 4), st.floats(-3, 3), st.data())
@HERE
def test_linearity(seed, d, a, data):
    f, g = function(seed, d), function(seed + 1, d, shift=1)
    axis = data.draw(st.integers(0, d - 1))
    orders = along(d, axis, 2)
    total, scale = f + a * g, 10 * size(f, g)
    assert_same(total.derivative(orders), f.derivative(orders) + a * g.derivative(orders), scale)
    assert_same(
        total.antiderivative(axis), f.antiderivative(axis) + a * g.antiderivative(axis), scale
    )
    assert total.integrate() == pytest.approx(f.integrate() + a * g.integrate(), abs=1e-10 * scale)
    assert total.mean() == pytest.approx(f.mean() + a * g.mean(), abs=1e-10 * scale)


@given(SEEDS, st.integers(1, 4))
@HERE
def test_associativity_and_distributivity(seed, d):
    f, g, h = (function(seed + k, d, shift=k) for k in range(3))
    scale = size(f, g, h)
    assert_same((f + g) + h, f + (g + h), scale)
    assert_same(f * (g + h), f * g + f * h, scale)
    if d < 3:
        assert_same((f * g) * h, f * (g * h), scale)


@given(SEEDS, st.integers(1, 4), st.data())
@HERE
def test_derivatives_commute_with_each_other_and_with_restriction(seed, d, data):
    f = function(seed, d)
    axis, other = data.draw(st.integers(0, d - 1)), data.draw(st.integers(0, d - 1))
    one, two = along(d, axis), along(d, other)
    assert_same(f.derivative(one).derivative(two), f.derivative(two).derivative(one), 100 * size(f))
    low, high = f.domain.T
    box = np.stack([low + 0.2 * (high - low), low + 0.9 * (high - low)], axis=1)
    assert_same(f.derivative(one).restrict(box), f.restrict(box).derivative(one), 100 * size(f))


@given(SEEDS, st.integers(2, 4))
@HERE
def test_divergence_theorem_on_the_box(seed, d):
    field = [function(seed + k, d, shift=k) for k in range(d)]
    flux = 0.0
    for axis, f in enumerate(field):
        lo, hi = (f.slice(axis, x).integrate() for x in f.domain[axis])
        flux += hi - lo
    assert ct.divergence(field).integrate() == pytest.approx(
        flux, abs=1e-10 * sum(map(size, field))
    )


@given(SEEDS)
@FEWER
def test_curl_of_gradient_and_divergence_of_curl_vanish(seed):
    f = function(seed, 3)
    for part in ct.curl(f.gradient()):
        assert part.norm() <= 1e-11 * size(f)
    field = tuple(function(seed + k, 3, shift=k) for k in range(3))
    assert ct.divergence(ct.curl(field)).norm() <= 1e-11 * sum(map(size, field))
    plane = function(seed, 2)
    assert ct.curl(plane.gradient()).norm() <= 1e-11 * size(plane)


@given(SEEDS)
@FEWER
def test_laplacian_is_divergence_of_gradient_and_gradient_minus_curl_curl(seed):
    f = function(seed, 3)
    assert_same(f.laplacian(), ct.divergence(f.gradient()), 10 * size(f))
    field = tuple(function(seed + k, 3, shift=k) for k in range(3))
    scale = 1e3 * sum(map(size, field))
    twice = ct.curl(ct.curl(field))
    for left, slope, right in zip(
        ct.laplacian(field), ct.divergence(field).gradient(), twice, strict=True
    ):
        assert_same(left, slope - right, scale)


@given(SEEDS, st.integers(1, 4))
@HERE
def test_inner_products_norms_and_means_are_those_of_quadrature(seed, d):
    f, g = function(seed, d), function(seed + 1, d, shift=1)
    total = gauss(f)
    assert f.integrate() == pytest.approx(total, rel=1e-11, abs=1e-11 * size(f))
    volume = np.prod(f.domain[:, 1] - f.domain[:, 0])
    assert f.mean() == pytest.approx(total / volume, rel=1e-11, abs=1e-11 * size(f))
    assert f.norm() == pytest.approx(np.sqrt(gauss(f, np.square)), rel=1e-11)
    expected = (gauss(f + g, np.square) - gauss(f - g, np.square)) / 4
    assert f.inner(g) == pytest.approx(expected, abs=1e-11 * size(f, g))
    assert abs(f.inner(g)) <= f.norm() * g.norm() * (1 + 1e-12)


@given(SEEDS, st.integers(1, 4), st.data())
@FEWER
def test_extremes_are_bounds_and_are_attained(seed, d, data):
    f = function(seed, d)
    (top, high), (bottom, low) = f.max(), f.min()
    assert f(*high) == pytest.approx(top, abs=1e-12 * size(f))
    assert f(*low) == pytest.approx(bottom, abs=1e-12 * size(f))
    values = f.on_grid(*[9 + k for k in range(d)])
    assert bottom - 1e-12 * size(f) <= values.min()
    assert values.max() <= top + 1e-12 * size(f)
