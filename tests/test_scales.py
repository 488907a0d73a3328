"""Nothing depends on the scale of functions and tensors, up to the range of floats."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chebtucker as ct
from chebtucker import _arrays
from chebtucker.decompositions import hooi, rank_for_tolerance, rhosvd, round_tucker, st_hosvd

SCALES = [1e-250, 1e-160, 1e-100, 1e100, 1e160, 1e250]
BOXES = {
    1: [(-1, 2)],
    2: [(-1, 1), (0, 2)],
    3: [(-1, 1), (0, 2), (1, 1.5)],
    4: [(-1, 1), (0, 2), (1, 1.5), (-2, 1)],
}


@pytest.fixture(scope="module")
def functions():
    """Pairs of functions in one to four dimensions, of the size 1."""

    def first(*x):
        return np.exp(sum((k + 1) * t for k, t in enumerate(x)) / 8) + 0.3 * np.cos(3 * x[0])

    def second(*x):
        return 1 / (3 + x[0] * x[-1]) + x[0] ** 2

    return {
        d: tuple(ct.from_function(f, box, rtol=1e-9) for f in (first, second))
        for d, box in BOXES.items()
    }


def relative(value, expected):
    """The largest difference, relative to the largest of what is expected."""
    expected = np.asarray(expected)
    return np.abs(np.asarray(value) - expected).max() / np.abs(expected).max()


def places(f):
    """Points in the domain of a function, (40, d)."""
    box = f.domain
    return np.random.default_rng(3).uniform(box[:, 0], box[:, 1], (40, f.ndim))


def assert_scaled(large, plain, scale):
    """The same function times a number: ranks, degrees, values, and the error that is stated."""
    assert large.rank == plain.rank
    assert large.degree == plain.degree
    points = places(plain)
    assert relative(large(points) / scale, plain(points)) < 1e-13
    assert large.error / scale == pytest.approx(plain.error, rel=1e-3, abs=1e-14)


CHANGES = {
    "derivative": lambda f: f.derivative(1),
    "antiderivative": lambda f: f.antiderivative(0),
    "laplacian": lambda f: f.laplacian(),
    "restrict": lambda f: f.restrict([(0.8 * a + 0.2 * b, b) for a, b in f.domain]),
    "round": lambda f: f.round(1e-4),
    "round to ranks": lambda f: f.round(rank=2),
    "hooi": lambda f: f.round(1e-4, truncation="hooi"),
    "trim": lambda f: f.trim(1e-5),
    "double": lambda f: f + f,
    "half": lambda f: f - f / 2,
}


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("d", BOXES)
@pytest.mark.parametrize("change", CHANGES)
def test_changes_of_a_function_scale(functions, change, d, scale):
    f = functions[d][0]
    assert_scaled(CHANGES[change](f * scale), CHANGES[change](f), scale)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("d", BOXES)
def test_errors_of_derivatives_above_the_degree_scale(functions, d, scale):
    f = functions[d][0]
    orders = (f.degree[0] + 1, *(0,) * (d - 1))
    plain = f.derivative(orders).error
    assert plain > 0
    assert (f * scale).derivative(orders).error / scale == pytest.approx(plain, rel=1e-3)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("d", [2, 3])
def test_fewer_variables_scale(functions, d, scale):
    f = functions[d][0]
    assert_scaled((f * scale).slice(0, 0.3), f.slice(0, 0.3), scale)
    assert_scaled((f * scale).integrate(axis=1), f.integrate(axis=1), scale)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("d", BOXES)
def test_numbers_scale(functions, d, scale):
    f, g = functions[d]
    h = f * scale
    assert h.norm() / scale == pytest.approx(f.norm(), rel=1e-14)
    assert h.coefficients.norm() / scale == pytest.approx(f.coefficients.norm(), rel=1e-14)
    assert h.integrate() / scale == pytest.approx(f.integrate(), rel=1e-14)
    assert h.inner(g) / scale == pytest.approx(f.inner(g), rel=1e-14)
    assert h.inner(g / scale) == pytest.approx(f.inner(g), rel=1e-14)
    inner = f.coefficients.inner(f.coefficients)
    assert h.coefficients.inner(f.coefficients * (1 / scale)) == (pytest.approx(inner, rel=1e-14))


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("d", BOXES)
def test_sums_and_products_scale(functions, d, scale):
    f, g = functions[d]
    assert_scaled(f * scale + g * scale, f + g, scale)
    assert_scaled(f * scale - g * scale, f - g, scale)
    assert_scaled((f * scale) * g, f * g, scale)
    assert_scaled((f * scale) * (g / scale), f * g, 1.0)
    constant = f * scale + scale
    assert_scaled(constant, f + 1.0, scale)


@pytest.fixture(scope="module")
def canonical():
    """Forty terms on three modes of different sizes, whose sum has decaying singular values."""
    exponents = np.geomspace(0.1, 20, 40)
    axes = (np.linspace(-1, 1, 12), np.linspace(0, 1, 15), np.linspace(-0.5, 2, 18))
    factors = tuple(np.exp(-exponents * x[:, None] ** 2) for x in axes)
    return ct.CPTensor(np.cos(np.arange(40.0)), factors)


DECOMPOSITIONS = {
    "st_hosvd": lambda cp, size: st_hosvd(cp.to_array(), rtol=1e-5),
    "lq": lambda cp, size: st_hosvd(cp.to_array(), rtol=1e-5, method="lq"),
    "randomized": lambda cp, size: st_hosvd(cp.to_array(), rtol=1e-5, method="randomized"),
    "absolute": lambda cp, size: st_hosvd(cp.to_array(), atol=1e-5 * size),
    "rhosvd": lambda cp, size: rhosvd(cp, rtol=1e-5),
    "rhosvd absolute": lambda cp, size: rhosvd(cp, atol=1e-5 * size),
    "round_tucker": lambda cp, size: round_tucker(rhosvd(cp), rtol=1e-5),
    "round absolute": lambda cp, size: round_tucker(rhosvd(cp), atol=1e-5 * size),
    "hooi": lambda cp, size: hooi(rhosvd(cp), rtol=1e-5),
    "hooi absolute": lambda cp, size: hooi(cp, atol=1e-5 * size),
    "hooi at ranks": lambda cp, size: hooi(cp.to_array(), (3, 2, 4)),
}


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", DECOMPOSITIONS)
def test_decompositions_scale(canonical, name, scale):
    plain = DECOMPOSITIONS[name](canonical, 1.0)
    large = DECOMPOSITIONS[name](scale * canonical, scale)
    assert large.rank == plain.rank
    assert relative(large.to_array() / scale, plain.to_array()) < 1e-11


@pytest.mark.parametrize("scale", SCALES)
def test_norms_of_canonical_tensors_scale(canonical, scale):
    cp, dense = canonical, canonical.to_array()
    outside = scale * cp
    inside = ct.CPTensor(cp.weights, (cp.factors[0], scale * cp.factors[1], cp.factors[2]))
    for scaled in (outside, inside):
        assert scaled.norm() / scale == pytest.approx(np.linalg.norm(dense), rel=1e-10)
        assert scaled.inner(cp) / scale == pytest.approx(np.vdot(dense, dense), rel=1e-10)
        assert scaled.inner(cp * (1 / scale)) == pytest.approx(np.vdot(dense, dense), rel=1e-10)


@pytest.mark.parametrize("scale", SCALES)
def test_from_cp_scales(canonical, scale):
    plain = ct.from_cp(canonical, BOXES[3], rtol=1e-5)
    assert_scaled(ct.from_cp(scale * canonical, BOXES[3], rtol=1e-5), plain, scale)


@pytest.mark.parametrize("scale", SCALES)
def test_rank_for_tolerance_scales(scale):
    values = scale * np.array([3.0, 2.0, 1.0, 0.5])
    assert rank_for_tolerance(values, 1.2 * scale) == 2
    assert rank_for_tolerance(values, 1.0 * scale) == 3
    assert rank_for_tolerance(values, 0.0) == 4


@pytest.mark.parametrize("method", ["auto", "randomized"])
@pytest.mark.parametrize("scale", [5e-324, 1e-250, 1e-160])
def test_a_tolerance_far_above_the_norm_leaves_one_rank(canonical, scale, method):
    array = scale * np.ones((20, 21, 22))
    assert st_hosvd(array, atol=1e300, method=method).rank == (1, 1, 1)
    assert hooi(array, atol=1e300).rank == (1, 1, 1)
    assert rhosvd(scale * canonical, atol=1e300).rank == (1, 1, 1)


@given(st.integers(-900, 900), st.integers(-900, 900))
@settings(deadline=None)
def test_norms_and_inner_products_times_powers_of_two_are_exact(first, second):
    a, b = np.random.default_rng(1).standard_normal((2, 5, 4))
    p, q = 2.0**first, 2.0**second
    assert _arrays.norm(p * a) == p * _arrays.norm(a)
    np.testing.assert_array_equal(_arrays.row_norms(p * a), p * _arrays.row_norms(a))
    if abs(first + second) < 1000:
        assert _arrays.dot(p * a, q * b) == p * (q * _arrays.dot(a, b))


@pytest.mark.parametrize("number", [0.0, 5e-324, 1e-320, 1e-310])
def test_numbers_without_all_their_digits_are_used_as_they_are(functions, number):
    f, g = functions[3]
    h = f * number
    allowed = 500 * np.finfo(float).smallest_subnormal + 1e-3 * number
    for change in CHANGES.values():
        points = places(change(f))
        assert np.abs(change(h)(points) - number * change(f)(points)).max() <= allowed
    points = places(f)
    assert np.abs((h * g)(points) - number * (f * g)(points)).max() <= allowed
    assert h.norm() == pytest.approx(number * f.norm(), abs=allowed)
    many = np.tile(points, (2000, 1))
    _, slopes = h.value_and_gradient(many)
    assert np.abs(slopes - number * f.value_and_gradient(many)[1]).max() <= allowed


@pytest.mark.parametrize("d", BOXES)
@pytest.mark.parametrize(("scale", "power"), [(1e-150, 2), (1e150, 2), (1e-75, 4), (1e60, 5)])
def test_powers_within_the_range_of_floats(functions, d, scale, power):
    f = functions[d][1]
    points = places(f)
    assert relative(((f * scale) ** power / scale**power)(points), f(points) ** power) < 1e-7


@pytest.mark.parametrize(
    "product",
    [
        lambda f: f * f,
        lambda f: f**3,
        lambda f: f * 1e200,
        lambda f: f / 1e-200,
        lambda f: f / 5e-324,
    ],
)
def test_products_beyond_the_range_of_floats_are_refused(functions, product):
    with pytest.raises(ValueError, match="the product must be in the range of floats, got"):
        product(functions[2][0] * 1e160)


@pytest.mark.parametrize("scale", [1e-50, 1e-160, 1e-250])
def test_potentials_of_small_charges_are_checked_and_right(scale):
    rng = np.random.default_rng(5)
    charges = rng.normal(size=60)
    system = ct.ParticleSystem(rng.random((60, 3)), charges)
    scaled = ct.potential(ct.ParticleSystem(system.positions, scale * charges), rtol=1e-5)
    points = rng.random((50, 3))
    exact = ct.direct_potential(system, points, ct.Newton())
    assert np.linalg.norm(scaled(points) / scale - exact) < 1e-5 * np.linalg.norm(exact)
    assert 0 < scaled.summary.error <= 1e-5
