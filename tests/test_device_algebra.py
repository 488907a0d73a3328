"""Code for devices without a device: arrays of the standard alone, on a device of their own.

`array_api_strict` has nothing but the array API standard and refuses to mix its devices, so
a call of NumPy on such an array, or an array left on the CPU, raises.
"""

from functools import cache

import array_api_strict as xp
import numpy as np
import pytest
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker import _arrays, chebyshev
from chebtucker.decompositions import round_tucker
from chebtucker.decompositions.range_finders import FINDERS
from chebtucker.potentials import device_moments
from chebtucker.potentials.moments import gaussian_sizes, translated

DEVICE = xp.Device("device1")
BOXES = {1: [(-1, 2)], 2: [(0, 3), (-2, -1)], 3: [(-1, 1), (0, 2), (-3, 1)], 4: [(0, 1)] * 4}


def there(array):
    return xp.asarray(array, device=DEVICE)


def here(array):
    assert array.device == DEVICE
    return _arrays.to_host(array)


def moved(f):
    coefficients = ct.TuckerTensor(there(f.core), tuple(map(there, f.factors)))
    return ct.ChebTuck(coefficients, f.domain, f.error, f.evaluations)


@cache
def function(d, seed=0):
    """A function of d variables with a degree of its own for each."""
    rates = np.array([0.9, 1.7, 0.4, 1.2])[:d] + 0.1 * seed

    def value(*x):
        return 1 / (2 + np.cos(sum(a * t for a, t in zip(rates, x, strict=True)))) + seed * x[0]

    return ct.from_function(value, BOXES[d], rtol=1e-9)


@pytest.fixture(params=sorted(BOXES))
def pair(request):
    f = function(request.param)
    return f, moved(f)


def points_in(f, count, rng):
    return rng.uniform(f.domain[:, 0], f.domain[:, 1], size=(count, f.ndim))


def assert_same(ours, theirs, tolerance=1e-12):
    """Two functions agree at points, each where it is."""
    points = np.random.default_rng(3).uniform(*theirs.domain.T, size=(40, theirs.ndim))
    wanted = theirs(points)
    assert_allclose(here(ours(there(points))), wanted, atol=tolerance * np.abs(wanted).max())
    assert ours.degree == theirs.degree


def test_a_function_says_where_it_is(pair):
    f, g = pair
    assert f.device == "cpu"
    assert "device1" in g.device
    assert (g.rank, g.degree, g.nbytes) == (f.rank, f.degree, f.nbytes)
    assert repr(g) == repr(f)


@pytest.mark.parametrize("count", [0, 1, 50])
def test_points(pair, rng, count):
    f, g = pair
    points = points_in(f, count, rng)
    assert_allclose(here(g(there(points))), f(points), rtol=1e-12, atol=1e-12)
    assert_allclose(here(g(*map(there, points.T))), f(*points.T), rtol=1e-12, atol=1e-12)
    values, slopes = g.value_and_gradient(there(points))
    wanted = f.value_and_gradient(points)
    assert_allclose(here(values), wanted[0], rtol=1e-12, atol=1e-12)
    assert_allclose(here(slopes), wanted[1], rtol=1e-10, atol=1e-9)


def test_many_points_in_several_blocks(rng, monkeypatch):
    f = function(3)
    monkeypatch.setattr("chebtucker.chebtuck.device_points._BLOCK", 2**10)
    points = points_in(f, 300, rng)
    assert_allclose(here(moved(f)(there(points))), f(points), rtol=1e-12, atol=1e-12)


def test_numbers_and_lists_are_carried_along():
    f = function(2)
    assert float(moved(f)(1.0, -1.5)) == pytest.approx(f(1.0, -1.5), rel=1e-13)
    assert_allclose(here(moved(f)([[1.0, -1.5], [2.0, -1.2]])), f([[1, -1.5], [2, -1.2]]))


def test_an_open_grid_of_arrays(rng):
    f = function(2)
    x, y = np.linspace(0, 3, 4)[:, None], np.linspace(-2, -1, 7)[None]
    assert_allclose(here(moved(f)(there(x), there(y))), f(x, y), rtol=1e-12)


@pytest.mark.parametrize(("dtype", "error"), [("float64", 1e-12), ("float32", 1e-5)])
def test_grids(pair, dtype, error):
    f, g = pair
    axes = [3 + 2 * k if k else np.linspace(lo, hi, 6) for k, (lo, hi) in enumerate(f.domain)]
    wanted = f.on_grid(*axes)
    values = g.on_grid(*axes, dtype=dtype)
    assert values.dtype == getattr(xp, dtype)
    assert_allclose(here(values), wanted, atol=error * np.abs(wanted).max())
    out = there(np.full(wanted.shape, np.nan, dtype))
    assert g.on_grid(*axes, out=out) is out
    assert_allclose(here(out), wanted, atol=error * np.abs(wanted).max())


def test_a_grid_with_an_axis_on_the_device_and_an_empty_one():
    f = function(3)
    x = np.linspace(-1, 1, 5)
    assert_allclose(here(moved(f).on_grid(there(x), 4, 3)), f.on_grid(x, 4, 3), atol=1e-12)
    assert moved(f).on_grid(np.empty(0), 4, 3).shape == (0, 4, 3)


def test_the_axis_of_least_rank_comes_last():
    core = np.random.default_rng(0).normal(size=(4, 3, 2))
    factors = tuple(
        np.random.default_rng(k).normal(size=(5 + k, r)) for k, r in enumerate((4, 3, 2))
    )
    f = ct.ChebTuck(ct.TuckerTensor(core, factors), [(0, 1)] * 3)
    assert_allclose(here(moved(f).on_grid(4, 3, 6)), f.on_grid(4, 3, 6), atol=1e-12)


def test_slab_by_slab_to_the_host(tmp_path, monkeypatch):
    f = function(3)
    monkeypatch.setattr("chebtucker.chebtuck.device_grids._SLAB_BYTES", 3 * 8 * 5 * 6)
    out = np.lib.format.open_memmap(tmp_path / "v.npy", mode="w+", dtype=float, shape=(7, 5, 6))
    out[:] = np.nan
    assert moved(f).on_grid(7, 5, 6, out=out) is out
    assert_allclose(out, f.on_grid(7, 5, 6), rtol=1e-12, atol=1e-12)


def test_arithmetic(pair):
    f, g = pair
    h = function(f.ndim, seed=1)
    k = moved(h)
    if f.ndim == 4:  # products in four variables take seconds
        assert_same(g + k, f + h)
        return
    for ours, theirs in (
        (g + k, f + h), (g - k, f - h), (g * k, f * h), (2.5 * g, 2.5 * f), (-g, -f),
        (g / 4, f / 4), (1 + g, 1 + f), (g**2, f**2),
    ):  # fmt: skip
        assert_same(ours, theirs)
        assert ours.error == pytest.approx(theirs.error, rel=1e-2, abs=1e-15)


def test_products_by_columns_of_factors():
    f = ct.from_function(lambda x, y: np.sin(20 * x) * np.cos(13 * y), BOXES[2])
    assert_same(moved(f) * moved(f), f * f)


def test_calculus(pair):
    f, g = pair
    orders = (2,) + (1,) * (f.ndim - 1)
    assert_same(g.derivative(orders), f.derivative(orders), 1e-10)
    assert_same(g.antiderivative(0), f.antiderivative(0))
    assert_same(g.laplacian(), f.laplacian(), 1e-10)
    assert g.integrate() == pytest.approx(f.integrate(), rel=1e-12)
    assert g.norm() == pytest.approx(f.norm(), rel=1e-12)
    assert g.inner(g) == pytest.approx(f.norm() ** 2, rel=1e-12)
    if f.ndim > 1:
        assert_same(g.integrate(axis=0), f.integrate(axis=0))
        assert_same(g.slice(0, float(f.domain[0, 1])), f.slice(0, float(f.domain[0, 1])))


def test_shape(pair):
    f, g = pair
    assert_same(g.round(1e-4), f.round(1e-4), 1e-11)
    assert g.round(1e-4).rank == f.round(1e-4).rank
    assert_same(g.round(rank=2), f.round(rank=2), 1e-7)
    assert_same(g.trim(1e-4), f.trim(1e-4))
    smaller = [(lo + 0.3 * (hi - lo), hi) for lo, hi in f.domain]
    assert_same(g.restrict(smaller), f.restrict(smaller))
    tucker = g.to_tucker(*(5,) * f.ndim)
    assert_allclose(here(tucker.to_array()), f.on_grid(*(5,) * f.ndim), atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 12, 33])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_the_cosine_transform_by_a_fourier_transform(rng, n, axis):
    shape = [4, 5, 3]
    shape[axis] = n
    values = rng.normal(size=shape)
    series = chebyshev.coefficients(there(values), axis)
    assert_allclose(here(series), chebyshev.coefficients(values, axis), atol=5e-15)
    assert_allclose(here(chebyshev.values(series, axis)), values, atol=2e-14)
    for linear in (chebyshev.derivative, chebyshev.antiderivative):
        assert_allclose(here(linear(there(values), axis)), linear(values, axis), atol=1e-11)


def test_chebyshev_polynomials_by_cosines(rng):
    x = np.append(rng.uniform(-1, 1, 30), [-1, 1])
    assert_allclose(here(chebyshev.basis(there(x), 40)), chebyshev.basis(x, 40), atol=1e-13)


@pytest.mark.parametrize("method", FINDERS)
@pytest.mark.parametrize("rtol", [1e-2, 1e-6, 1e-9])
def test_hosvd(method, rtol):
    x, y, z = np.ogrid[0:1:31j, 0:1:40j, 0:1:25j]
    tensor = 1 / (0.1 + x + y * y + np.sin(z))
    ours = ct.st_hosvd(there(tensor), rtol=rtol, method=method)
    theirs = ct.st_hosvd(tensor, rtol=rtol, method=method)
    assert ours.rank == theirs.rank
    error = np.linalg.norm(here(ours.to_array()) - tensor)
    assert error <= rtol * np.linalg.norm(tensor)
    for factor in ours.factors:
        assert_allclose(here(factor.T @ factor), np.eye(factor.shape[1]), atol=1e-12)


def test_rounding_and_tucker_als(rng):
    x, y, z = np.ogrid[0:1:11j, 0:1:14j, 0:1:9j]
    tensor = np.exp(-((x + 2 * y - z) ** 2))
    exact = ct.st_hosvd(there(tensor), rtol=1e-13)
    for truncation in ("hosvd", "hooi"):
        small = round_tucker(exact, rtol=1e-4, truncation=truncation)
        error = np.linalg.norm(here(small.to_array()) - tensor)
        assert error <= 1e-4 * np.linalg.norm(tensor)
    assert ct.hooi(there(tensor), (2, 3, 2)).rank == (2, 3, 2)
    total = exact + 2 * exact
    assert total.norm() == pytest.approx(3 * np.linalg.norm(tensor), rel=1e-12)
    assert exact.inner(total) == pytest.approx(3 * np.sum(tensor**2), rel=1e-12)


def test_zero_and_huge_tensors():
    zero = ct.st_hosvd(there(np.zeros((4, 3, 2))), rtol=1e-6)
    assert (zero.rank, zero.norm()) == ((1, 1, 1), 0.0)
    huge = ct.st_hosvd(there(np.full((4, 3), 1e200)), rtol=1e-6)
    assert_allclose(here(huge.to_array()), 1e200)


def test_gaussians_carry_moments(rng):
    gaussians = ct.GaussianSum([2.0, -0.3, 1.0], [9.0, 0.4, 30.0])
    source, target = np.array([[0, 1.0], [0, 2], [1, 2]]), np.array([[-1, 1], [0, 2], [0, 3.0]])
    more = gaussians, source, target, 1e-9
    m = rng.normal(size=gaussian_sizes(source, 30.0, 1e-9))
    wanted = translated(m, *more)
    ours = device_moments.translated(there(m), *more)
    assert_allclose(here(ours), wanted, atol=1e-8 * np.abs(wanted).max())


# Refusals -----------------------------------------------------------------------------------------


def test_arrays_of_two_places_are_not_mixed():
    f = function(2)
    g = moved(f)
    with pytest.raises(
        TypeError, match=r'`points` must be arrays on ".*device1.*", got an array on "cpu"'
    ):
        g(np.zeros((3, 2)))
    with pytest.raises(
        TypeError, match=r'`points` must be arrays on "cpu", got an array on ".*device1'
    ):
        f(there(np.full((3, 2), -1.0)))
    with pytest.raises(TypeError, match=r'`out` must be arrays on "cpu"'):
        f.on_grid(3, 4, out=there(np.zeros((3, 4))))
    with pytest.raises(TypeError, match=r'`other` must be on "cpu" too, got a function on'):
        _ = f + g
    with pytest.raises(TypeError, match=r"`factors\[0\]` must be arrays on"):
        ct.TuckerTensor(there(f.core), f.factors)


def test_values_on_a_device_are_checked():
    g = moved(function(2))
    with pytest.raises(ValueError, match=r"`points` must be finite, got nan at index \[1, 0\]"):
        g(there(np.array([[1.0, -1.5], [np.nan, -1.5]])))
    with pytest.raises(ValueError, match="`points` must be inside the domain"):
        g(there(np.array([[1.0, 5.0]])))
    with pytest.raises(TypeError, match="`points` must be an array of real numbers, got dtype"):
        g(there(np.zeros((1, 2), complex)))
    with pytest.raises(ValueError, match=r"`out` must be an array of floats of shape \(3, 4\)"):
        g.on_grid(3, 4, out=there(np.zeros((3, 5))))


def test_ends_of_the_domain_in_single_precision_on_a_device():
    f = ct.ChebTuck(ct.TuckerTensor([[1.0]], [[[2.0], [1.0]], [[0.0], [1.0]]]), [(0, 1e-3), (0, 1)])
    g = moved(f)
    points = there(np.array([[1e-3, 0.75], [0.0, 1.0]], dtype=np.float32))
    assert float(here(points)[0, 0]) > 1e-3
    assert_allclose(here(g(points)), [1.5, 1.0], rtol=1e-12)


@pytest.mark.parametrize("name", ["gpu0", "cuda:", "cuda:-1", "cuda:1 ", "GPU", None, 1])
def test_unknown_devices(name):
    with pytest.raises(ValueError, match="`device` must be one of 'cpu', 'cuda', 'cuda:K', got"):
        function(2).to_device(name)


def test_work_that_runs_on_the_cpu_only_says_so():
    g = moved(function(2))
    for call in (lambda: np.exp(g), lambda: 1 / g, g.max, g.min):
        with pytest.raises(TypeError, match=r'must be of functions on "cpu", got one on'):
            call()


def test_back_to_the_cpu(tmp_path):
    f = function(3)
    g = moved(f)
    back = g.to_device("cpu")
    assert back.device == "cpu"
    assert_allclose(back.core, f.core)
    g.save(tmp_path / "f.npz")
    assert_allclose(ct.load(tmp_path / "f.npz").core, f.core)
