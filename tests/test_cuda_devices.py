"""Several devices: each by its number, whichever is the current one; arrays of two never meet."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker import chebyshev
from chebtucker.decompositions import round_tucker

pytestmark = pytest.mark.filterwarnings("error:The device where the array resides")  # CuPy warns

BOX = [(-1, 1), (0, 2), (-3, 1)]


@pytest.fixture(scope="module")
def f():
    return ct.from_function(lambda x, y, z: 1 / (4 + np.sin(x) + y * np.cos(z)), BOX, rtol=1e-9)


@pytest.fixture(scope="module")
def system():
    rng = np.random.default_rng(5)
    return ct.ParticleSystem(rng.uniform(size=(300, 3)) * [3.0, 5.0, 4.0], rng.normal(size=300))


@pytest.fixture
def points(f, rng):
    return rng.uniform(*f.domain.T, size=(60, 3))


def there(cp, array, number):
    with cp.cuda.Device(number):
        return cp.asarray(array)


def test_a_device_has_a_number(several, f, system):
    g = f.to_device("cuda:1")
    assert (g.device, g.core.device.id, g.factors[2].device.id) == ("cuda:1", 1, 1)
    assert g.to_device("cuda:1") is g
    assert g.to_device("cuda") is g  # it is on one
    assert g.to_device("cuda:0").device == f.to_device("cuda").device == "cuda"
    assert f.to_device("cuda").to_device("cuda:0").device == "cuda"
    with several.cuda.Device(1):
        assert f.to_device("cuda").device == "cuda:1"
    assert several.cuda.Device().id == 0
    particles = system.to_device("cuda:1")
    assert {array.device.id for array in (particles.positions, particles.charges)} == {1}
    assert particles.to_device("cuda").device == "cuda:1"
    assert particles.total_charge == pytest.approx(system.total_charge, rel=1e-12)
    assert_allclose(particles.bounding_box, system.bounding_box)
    assert_allclose(particles.to_device("cuda:0").to_device("cpu").charges, system.charges)


def test_a_device_that_is_not_there(several, f, system):
    count = several.cuda.runtime.getDeviceCount()
    message = f'device "cuda:{count}" must be there, got {count}, "cuda:0" to "cuda:{count - 1}"'
    for thing in (f, system, ct.potential(system, rtol=1e-2), f.to_device("cuda")):
        with pytest.raises(RuntimeError, match=re.escape(message)):
            thing.to_device(f"cuda:{count}")


def test_one_device(cp, f):
    count = cp.cuda.runtime.getDeviceCount()
    if count > 1:
        pytest.skip(f"there are {count} devices")
    with pytest.raises(RuntimeError, match='"cuda:1" must be there, got one device, "cuda:0"'):
        f.to_device("cuda:1")


def test_functions_work_on_their_device_whichever_is_current(several, f, points):
    g = f.to_device("cuda:1")
    where = there(several, points, 1)
    assert_allclose(g(where).get(), f(points), atol=1e-12)
    assert float(g(0.5, 1.0, -2.0)) == pytest.approx(float(f(0.5, 1.0, -2.0)), rel=1e-12)
    many = np.tile(points, (200, 1))
    assert_allclose(g(there(several, many, 1)).get(), f(many), atol=1e-11)  # by local series
    for ours, theirs in zip(g.value_and_gradient(where), f.value_and_gradient(points), strict=True):
        assert ours.device.id == 1
        assert_allclose(ours.get(), theirs, atol=1e-9)
    assert g.on_grid(4, 5, 6).device.id == 1
    assert_allclose(g.on_grid(4, 5, 6).get(), f.on_grid(4, 5, 6), atol=1e-12)
    assert_allclose(
        g.on_grid(4, 5, 6, out=np.full((4, 5, 6), np.nan)), f.on_grid(4, 5, 6), atol=1e-12
    )
    tensor, wanted = g.to_tucker(3, 4, 5), f.to_tucker(3, 4, 5)
    assert tensor.device == "cuda:1"
    assert_allclose((tensor + 2 * tensor).to_array().get(), 3 * wanted.to_array(), atol=1e-12)
    assert tensor.norm() == pytest.approx(wanted.norm(), rel=1e-12)


@pytest.mark.parametrize(
    "work",
    [
        lambda f: f + f, lambda f: 2 - f, lambda f: f * f, lambda f: -f / 3, lambda f: f**2,
        lambda f: np.float64(2) * f, lambda f: f.derivative((1, 0, 2)), lambda f: f.gradient()[1],
        lambda f: f.laplacian(), lambda f: f.antiderivative(1), lambda f: f.integrate(axis=0),
        lambda f: f.round(1e-4), lambda f: f.trim(1e-5), lambda f: f.slice(1, 0.7),
        lambda f: f.restrict([(0, 1), (0, 1), (-1, 0)]),
        lambda f: ct.laplacian([f, f, f])[0], lambda f: ct.divergence([f, f, f]),
    ],
)  # fmt: skip
def test_algebra_on_another_device(several, f, rng, work):
    ours, theirs = work(f.to_device("cuda:1")), work(f)
    assert ours.device == "cuda:1"
    points = rng.uniform(*theirs.domain.T, size=(30, theirs.ndim))
    scale = np.abs(theirs(points)).max()
    assert_allclose(ours(there(several, points, 1)).get(), theirs(points), atol=1e-8 * scale)


def test_decompositions_on_another_device(several):
    x, y, z = np.ogrid[0:1:13j, 0:1:9j, 0:1:11j]
    values = 1 / (0.3 + x + y * y + np.sin(z))
    tensor = there(several, values, 1)
    exact = ct.st_hosvd(tensor, rtol=1e-13)
    for small in (
        ct.st_hosvd(tensor, rtol=1e-7), ct.hooi(tensor, rtol=1e-7), ct.hooi(exact, rtol=1e-7),
        round_tucker(exact, rtol=1e-7), round_tucker(exact + exact, rtol=1e-7) * 0.5,
    ):  # fmt: skip
        assert small.device == "cuda:1"
        error = np.linalg.norm(small.to_array().get() - values)
        assert error <= 1.01e-7 * np.linalg.norm(values)
    f = ct.from_values(tensor, [(0, 1), (0, 2), (-1, 1)])
    assert f.device == "cuda:1"
    nodes = [chebyshev.points(n) for n in values.shape]
    axes = [chebyshev.from_reference(t, *ends) for t, ends in zip(nodes, f.domain, strict=True)]
    assert_allclose(f.on_grid(*axes).get(), values, atol=1e-10)


def test_files_hold_what_is_on_another_device(several, f, system, tmp_path):
    V = ct.potential(system, rtol=1e-3)
    for thing in (f, V):
        ct.save(tmp_path / "thing.npz", thing.to_device("cuda:1"))
        again = ct.load(tmp_path / "thing.npz")
        assert again.device == "cpu"
        assert_allclose(again.on_grid(3, 4, 2), thing.on_grid(3, 4, 2), rtol=1e-12)


def test_numbers_from_another_device(several, f):
    g = f.to_device("cuda:1")
    for ours, theirs in ((g.norm(), f.norm()), (g.mean(), f.mean()), (g.inner(g), f.inner(f))):
        assert ours == pytest.approx(theirs, rel=1e-10)
    assert g.integrate() == pytest.approx(f.integrate(), rel=1e-10)


def test_potentials_are_built_and_work_on_another_device(several, system, rng):
    V = ct.potential(system.to_device("cuda:1"), rtol=1e-6, cutoff=1.2)
    W = ct.potential(system, rtol=1e-6, cutoff=1.2)
    assert V.device == "cuda:1"
    points = rng.uniform(*W.domain.T, size=(40, 3))
    where = there(several, points, 1)
    exact = ct.direct_potential(system, points)
    assert np.linalg.norm(V(where).get() - exact) <= 1e-6 * np.linalg.norm(exact)
    assert_allclose(ct.direct_potential(system.to_device("cuda:1"), where).get(), exact, rtol=1e-11)
    for potential in (V, W.to_device("cuda:1"), V.to_device("cuda:0").to_device("cuda:1")):
        slopes = W.gradient(points)
        error = np.abs(potential.gradient(where).get() - slopes)
        assert error.max() <= 1e-4 * np.abs(slopes).max()
        assert_allclose(potential.on_grid(4, 3, 5).get(), W.on_grid(4, 3, 5), rtol=1e-4)
        assert potential.energy() == pytest.approx(W.energy(), rel=1e-4)
        forces = W.forces()
        assert np.abs(potential.forces().get() - forces).max() <= 1e-4 * np.abs(forces).max()
    nothing = ct.ParticleSystem(system.positions, 0 * system.charges).to_device("cuda:1")
    assert ct.potential(nothing, rtol=1e-3).device == "cuda:1"
    assert several.cuda.Device().id == 0


def test_crystals_on_another_device(several):
    V = ct.potential(ct.Lattice.rock_salt((4, 5, 3), 2.8, missing=[(1, 2, 0, 3)]), rtol=1e-5)
    W = V.to_device("cuda:1")
    assert W.device == "cuda:1"
    assert_allclose(W.on_grid(5, 6, 7).get(), V.on_grid(5, 6, 7), rtol=1e-5, atol=1e-6)
    assert_allclose(W.at_particles().get(), V.at_particles(), rtol=1e-5, atol=1e-6)


def test_arrays_of_two_devices_never_meet(several, f, system, points):
    g, h = f.to_device("cuda:1"), f.to_device("cuda")
    message = '`points` must be arrays on "cuda:1", got an array on "cuda"'
    with pytest.raises(TypeError, match=message):
        g(several.asarray(points))
    with pytest.raises(TypeError, match='`other` must be on "cuda:1" too, got .* on "cuda"'):
        _ = g + h
    with pytest.raises(TypeError, match='`out` must be arrays on "cuda:1", got an array on "cuda"'):
        g.on_grid(2, 2, 2, out=several.empty((2, 2, 2)))
    with pytest.raises(TypeError, match=r'`factors\[0\]` must be arrays on "cuda:1"'):
        ct.TuckerTensor(g.core, h.factors)
    x, q = system.positions, system.charges
    with pytest.raises(TypeError, match='`charges` must be arrays on "cuda:1", got'):
        ct.ParticleSystem(there(several, x, 1), several.asarray(q))
    V = ct.potential(system, rtol=1e-2).to_device("cuda:1")
    with pytest.raises(TypeError, match='`points` must be arrays on "cuda:1", got an array on "cu'):
        V(several.asarray(points))
    with pytest.raises(TypeError, match='`out` must be arrays on "cuda:1", got an array on "cuda"'):
        V.on_grid(2, 2, 2, out=several.empty((2, 2, 2)))
    with pytest.raises(TypeError, match='`points` must be arrays on "cuda:1", got an array on "cu'):
        ct.direct_potential(system.to_device("cuda:1"), several.asarray(points))
