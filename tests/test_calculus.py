import numpy as np
import pytest

from chebtucker.chebtuck import ChebTuck
from chebtucker.construct import from_function
from chebtucker.tensors import TuckerTensor

BOX = [(-1, 2), (0.5, 1), (-3, 1)]


@pytest.fixture(scope="module")
def f():
    return from_function(lambda x, y, z: np.sin(2 * x) * np.exp(y) + z**3 * y, BOX, rtol=1e-13)


@pytest.fixture
def points(rng):
    box = np.array(BOX)
    return rng.uniform(box[:, 0], box[:, 1], (200, 3))


def test_derivatives_have_closed_forms(f, points):
    x, y, z = points.T
    cases = {
        (1, 0, 0): 2 * np.cos(2 * x) * np.exp(y),
        (0, 1, 0): np.sin(2 * x) * np.exp(y) + z**3,
        (0, 0, 2): 6 * z * y,
        (1, 1, 0): 2 * np.cos(2 * x) * np.exp(y),
        (0, 1, 3): np.full(len(x), 6.0),
        (0, 0, 4): np.zeros(len(x)),
    }
    for orders, expected in cases.items():
        slope = f.derivative(orders)
        error = np.abs(slope(points) - expected).max()
        assert error <= max(slope.error, 1e-8)
    for slope, orders in zip(f.gradient(), [(1, 0, 0), (0, 1, 0), (0, 0, 1)], strict=True):
        np.testing.assert_allclose(slope(points), f.derivative(orders)(points))
    expected = -3 * np.sin(2 * x) * np.exp(y) + 6 * z * y
    np.testing.assert_allclose(f.laplacian()(points), expected, atol=1e-8)


def test_antiderivatives_start_at_the_lower_end_and_undo_derivatives(f, points):
    for axis in range(3):
        integral = f.antiderivative(axis)
        orders = tuple(int(k == axis) for k in range(3))
        np.testing.assert_allclose(integral.derivative(orders)(points), f(points), atol=1e-10)
        start = points.copy()
        start[:, axis] = BOX[axis][0]
        np.testing.assert_allclose(integral(start), 0, atol=1e-12)
    integral = f.antiderivative(2)
    end = points.copy()
    end[:, 2] = 1
    over_z = f.integrate(axis=2)
    np.testing.assert_allclose(integral(end), over_z(points[:, :2]), atol=1e-11)


def test_integrals_have_closed_forms(f):
    sine = (np.cos(-2) - np.cos(4)) / 2
    exponential = np.e - np.exp(0.5)
    cubes = (1 - 81) / 4
    total = sine * exponential * 4 + 3 * cubes * (1 - 0.25) / 2
    assert f.integrate() == pytest.approx(total, rel=1e-12)
    assert f.mean() == pytest.approx(total / (3 * 0.5 * 4), rel=1e-12)
    of_y = f.integrate(axis=(0, 2))
    assert of_y.ndim == 1
    assert of_y(0.7) == pytest.approx(sine * np.exp(0.7) * 4 + 3 * 0.7 * cubes, rel=1e-12)
    np.testing.assert_array_equal(of_y.domain, [BOX[1]])
    assert f.integrate(axis=-1).ndim == 2
    assert of_y.integrate() == pytest.approx(total, rel=1e-12)


def test_inner_products_and_norms(f):
    g = from_function(lambda x, y, z: x * z + y, BOX)
    assert f.inner(g) == pytest.approx((f * g).integrate(), rel=1e-12)
    assert f.inner(g) == pytest.approx(g.inner(f), rel=1e-13)
    assert f.norm() ** 2 == pytest.approx(f.inner(f), rel=1e-12)
    one = f**0
    assert one.norm() == pytest.approx(np.sqrt(6))
    assert f.inner(one) == pytest.approx(f.integrate(), rel=1e-12)
    assert (1e-9 * f).norm() == pytest.approx(1e-9 * f.norm(), rel=1e-12)


def test_integration_by_parts(f):
    g = from_function(lambda x, y, z: np.cos(x + y) * z, BOX)
    product = f * g
    left = f.derivative((1, 0, 0)).inner(g) + f.inner(g.derivative((1, 0, 0)))
    ends = product.slice(0, 2) - product.slice(0, -1)
    assert left == pytest.approx(ends.integrate(), rel=1e-9)


@pytest.mark.parametrize("d", [1, 2, 4])
def test_other_dimensions(d):
    box = [(0, 1), (-1, 3), (2, 3), (0, 2)][:d]
    rng = np.random.default_rng(d)
    rank = (2, 3, 2, 1)[:d]
    sizes = (4, 5, 3, 2)[:d]
    factors = [rng.standard_normal((n, r)) for n, r in zip(sizes, rank, strict=True)]
    f = ChebTuck(TuckerTensor(rng.standard_normal(rank), factors), box)
    step = 1e-5
    box = np.array(box)
    point = box.mean(axis=1)
    for axis, slope in enumerate(f.gradient()):
        h = np.zeros(d)
        h[axis] = step
        central = (f(*(point + h)) - f(*(point - h))) / (2 * step)
        assert slope(*point) == pytest.approx(central, abs=1e-7)
    t, w = np.polynomial.legendre.leggauss(8)
    lengths = box[:, 1] - box[:, 0]
    axes = [lo + (t + 1) / 2 * size for lo, size in zip(box[:, 0], lengths, strict=True)]
    total = f.on_grid(*axes)
    for size in lengths[::-1]:
        total = total @ (w * size / 2)
    assert f.integrate() == pytest.approx(float(total), abs=1e-12)
