"""Functions and potentials on a device give the CPU's values, through all that leads there.

On a machine without a device a stand-in for CuPy runs the kernels on the CPU (see `conftest.cp`).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker import chebyshev, plotting
from chebtucker.potentials.device_moments import moment_tensor, translated
from chebtucker.potentials.long_range import long_range

DOMAINS = {1: [(-1, 2)], 2: [(0, 3), (-2, -1)], 3: [(-1, 1), (0, 2), (-3, 1)]}


@pytest.fixture(scope="module")
def functions():
    def value(*x):
        return 1 / (2.5 + np.cos(sum((0.6 * k + 0.9) * t for k, t in enumerate(x))))

    return {d: ct.from_function(value, box, rtol=1e-10) for d, box in DOMAINS.items()}


@pytest.fixture(scope="module")
def system():
    rng = np.random.default_rng(5)
    positions = rng.uniform(size=(400, 3)) * [3.0, 5.0, 4.0]
    charges = rng.normal(size=400)
    charges[::9] = 0.0  # some are not charged
    return ct.ParticleSystem(positions, charges)


@pytest.fixture(scope="module", params=[ct.Newton(), ct.Yukawa(0.7)], ids=repr)
def on_cpu(request, system):
    return ct.potential(system, kernel=request.param, rtol=1e-8, cutoff=1.2)


def points_in(domain, count, rng):
    return rng.uniform(*np.asarray(domain, dtype=float).T, size=(count, len(domain)))


# Functions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", DOMAINS)
def test_there_and_back(cp, functions, d):
    f = functions[d]
    g = f.to_device("cuda")
    assert (g.device, g.rank, g.degree, g.error) == ("cuda", f.rank, f.degree, f.error)
    assert isinstance(g.core, cp.ndarray)
    assert g.to_device("cuda") is g
    back = g.to_device("cpu")
    assert back.device == "cpu"
    assert_allclose(back.core, f.core)


@pytest.mark.parametrize("count", [0, 1, 30, 8_000])
@pytest.mark.parametrize("d", DOMAINS)
def test_points(cp, functions, rng, d, count):
    f = functions[d]
    g = f.to_device("cuda")
    points = points_in(f.domain, count, rng)
    values, slopes = g.value_and_gradient(cp.asarray(points))
    wanted = f.value_and_gradient(points)
    assert_allclose(g(cp.asarray(points)).get(), f(points), atol=1e-11)
    assert_allclose(values.get(), wanted[0], atol=1e-11)
    assert_allclose(slopes.get(), wanted[1], atol=1e-8)
    if count == 8_000 and d == 3:
        assert len(g._kept.series) == 2  # by local series, which the kernels evaluate


def test_pictures_of_what_is_on_a_device(cp, functions, on_cpu):
    f, there = functions[2], functions[2].to_device("cuda")
    drawn = [plotting.plot_slice(g, points=30).images[0].get_array() for g in (f, there)]
    assert_allclose(drawn[1], drawn[0], atol=1e-11)
    assert len(plotting.plot_spectrum(there)) == 2
    potential = on_cpu.to_device("cuda")
    assert plotting.plot_potential(potential, points=30).get_xlabel() == "x"


def test_points_of_any_shape_and_numbers(cp, functions, rng):
    f = functions[3]
    g = f.to_device("cuda")
    points = points_in(f.domain, 24, rng).reshape(2, 3, 4, 3)
    assert_allclose(g(cp.asarray(points)).get(), f(points), atol=1e-11)
    turned = cp.asarray(np.ascontiguousarray(points.reshape(24, 3).T)).T  # not contiguous
    assert_allclose(g(turned).get(), f(points).ravel(), atol=1e-11)
    assert float(g(0.5, 1.0, -2.0)) == pytest.approx(f(0.5, 1.0, -2.0), rel=1e-12)


@pytest.mark.parametrize(("dtype", "error"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("d", DOMAINS)
def test_grids(cp, functions, d, dtype, error):
    f = functions[d]
    g = f.to_device("cuda")
    shape = (7, 6, 9)[:d]
    wanted = f.on_grid(*shape)
    scale = np.abs(wanted).max()
    values = g.on_grid(*shape, dtype=dtype)
    assert values.dtype == dtype
    assert_allclose(values.get(), wanted, atol=error * scale)
    out = cp.empty(shape, dtype=dtype)
    assert g.on_grid(*shape, out=out) is out
    assert_allclose(out.get(), wanted, atol=error * scale)
    strided = cp.empty((*shape[:-1], 2 * shape[-1]), dtype=dtype)[..., ::2]
    g.on_grid(*shape, out=strided)
    assert_allclose(strided.get(), wanted, atol=error * scale)


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_grids_that_do_not_fit_go_to_the_host_slab_by_slab(
    cp, functions, tmp_path, monkeypatch, rows
):
    f = functions[3]
    shape = (11, 6, 5)
    monkeypatch.setattr("chebtucker.chebtuck.device_grids._SLAB_BYTES", rows * 8 * 30)
    out = np.lib.format.open_memmap(tmp_path / "f.npy", mode="w+", dtype=float, shape=shape)
    out[:] = np.nan
    f.to_device("cuda").on_grid(*shape, out=out)
    assert_allclose(out, f.on_grid(*shape), atol=1e-12)


def test_algebra(cp, functions):
    f = functions[2]
    g = f.to_device("cuda")
    points = points_in(f.domain, 50, np.random.default_rng(1))
    for ours, theirs, error in (
        (g + g, f + f, 1e-11), (2 - g, 2 - f, 1e-11), (g * g, f * f, 1e-10),
        (g.derivative((1, 2)), f.derivative((1, 2)), 1e-7),
        (g.round(1e-4), f.round(1e-4), 1e-9), (g.trim(1e-4), f.trim(1e-4), 1e-9),
        (g.integrate(axis=1), f.integrate(axis=1), 1e-11),
    ):  # fmt: skip
        where = points if theirs.ndim == 2 else points[:, 0]
        assert ours.rank == theirs.rank
        assert_allclose(ours(cp.asarray(where)).get(), theirs(where), atol=error)
    assert g.norm() == pytest.approx(f.norm(), rel=1e-12)


def test_values_at_chebyshev_points(cp):
    x, y = np.ix_(chebyshev.points(40), chebyshev.points(30))
    values = np.exp(np.sin(2 * x - y))
    ours, theirs = ct.from_values(cp.asarray(values)), ct.from_values(values)
    assert (ours.device, ours.rank) == ("cuda", theirs.rank)
    assert_allclose(ours.on_grid(7, 9).get(), theirs.on_grid(7, 9), atol=1e-12)
    assert ours.error < 1e-11
    with pytest.raises(TypeError, match='`values` must be an array on "cpu", got one on "cuda"'):
        ct.from_grid(cp.asarray(values))
    with pytest.raises(TypeError, match='`weights` must be an array on "cpu", got one on "cuda"'):
        ct.CPTensor(cp.asarray(np.ones(1)), (np.ones((3, 1)), np.ones((4, 1))))


@pytest.mark.parametrize("method", ["gram", "lq", "randomized"])
def test_hosvd(cp, method):
    x, y, z = np.ogrid[0:1:31j, 0:1:40j, 0:1:25j]
    tensor = 1 / (0.1 + x + y * y + np.sin(z))
    ours = ct.st_hosvd(cp.asarray(tensor), rtol=1e-7, method=method)
    assert ours.rank == ct.st_hosvd(tensor, rtol=1e-7, method=method).rank
    assert np.linalg.norm(ours.to_array().get() - tensor) <= 1e-7 * np.linalg.norm(tensor)


# Particles ----------------------------------------------------------------------------------------


def test_moments_and_gaussians(cp, system, on_cpu, monkeypatch):
    from chebtucker.potentials import moments
    from chebtucker.potentials.long_range import moment_plan, source_box

    monkeypatch.setattr("chebtucker.potentials.device_moments._SLAB_BYTES", 2**20)
    box = source_box(system.positions)
    gaussians = on_cpu.short.split.long
    blocks, sizes = moment_plan(box, gaussians, 1e-9, 400)
    theirs = moments.moment_tensor(system.positions, system.charges, blocks, sizes)
    there = system.to_device("cuda")
    assert_allclose(source_box(there.positions), box)
    ours = moment_tensor(there.positions, there.charges, blocks, sizes)
    assert_allclose(ours.get(), theirs, atol=1e-10)
    target = box + np.array([-0.3, 0.2])  # not concentric
    coefficients = translated(ours, gaussians, box, target, 1e-9)
    wanted = moments.translated(theirs, gaussians, box, target, 1e-9)
    assert_allclose(coefficients.get(), wanted, atol=1e-7 * np.abs(wanted).max())


def test_long_range(cp, system, on_cpu, rng):
    split = on_cpu.short.split
    more = {"rtol": 1e-10, "atol": 1e-9}
    there = system.to_device("cuda")
    ours = long_range(there.positions, there.charges, split.long, on_cpu.domain, **more)
    assert ours.device == "cuda"
    points = points_in(on_cpu.domain, 40, rng)
    r = np.linalg.norm(points[:, None] - system.positions, axis=-1)
    exact = split.long(r) @ system.charges
    assert_allclose(ours(cp.asarray(points)).get(), exact, atol=1e-6)
    nothing = long_range(there.positions, 0 * there.charges, split.long, on_cpu.domain, **more)
    assert nothing.device == "cuda"
    assert float(abs(nothing(cp.asarray(points))).max()) == 0


def assert_same_potential(cp, ours, theirs, rng, error):
    points = points_in(theirs.domain, 60, rng)
    wanted = theirs(points)
    scale = np.abs(wanted).max()
    assert_allclose(ours(cp.asarray(points)).get(), wanted, atol=error * scale)
    slopes = theirs.gradient(points)
    ours_slopes = ours.gradient(cp.asarray(points)).get()
    assert_allclose(ours_slopes, slopes, atol=100 * error * np.abs(slopes).max())
    axes = tuple(
        np.linspace(lo, hi, n) for (lo, hi), n in zip(theirs.domain, (9, 5, 7), strict=True)
    )
    grid = theirs.on_grid(*axes)
    assert_allclose(ours.on_grid(*axes).get(), grid, atol=error * np.abs(grid).max())
    assert_allclose(ours.on_grid(9, 5, 7).get(), grid, atol=error * np.abs(grid).max())
    at = theirs.at_particles()
    assert_allclose(ours.at_particles().get(), at, atol=error * np.abs(at).max())
    assert ours.energy() == pytest.approx(theirs.energy(), rel=1e3 * error)
    forces = theirs.forces()
    assert_allclose(ours.forces().get(), forces, atol=100 * error * np.abs(forces).max())


def test_a_potential_goes_there_and_back(cp, on_cpu, rng):
    there = on_cpu.to_device("cuda")
    assert there.device == "cuda"
    assert there.to_device("cuda") is there
    assert there.nbytes == on_cpu.nbytes
    assert_same_potential(cp, there, on_cpu, rng, 1e-11)
    back = there.to_device("cpu")
    points = points_in(on_cpu.domain, 20, rng)
    assert_allclose(back(points), on_cpu(points), rtol=1e-12)
    assert float(there(*on_cpu.domain.mean(axis=1))) == pytest.approx(
        float(on_cpu(*on_cpu.domain.mean(axis=1))), rel=1e-10
    )


def test_a_potential_is_built_where_the_particles_are(cp, system, rng):
    there = ct.ParticleSystem(cp.asarray(system.positions), cp.asarray(system.charges))
    assert there.device == "cuda"
    assert_allclose(there.bounding_box, system.bounding_box)
    ours = ct.potential(there, rtol=1e-6, targets=(20, 20, 20))
    assert ours.device == "cuda"
    assert ours.report().error <= 1e-6
    points = points_in(ours.domain, 50, rng)
    exact = ct.direct_potential(system, points)
    assert_allclose(ct.direct_potential(there, cp.asarray(points)).get(), exact, rtol=1e-12)
    error = np.linalg.norm(ours(cp.asarray(points)).get() - exact)
    assert error <= 1e-6 * np.linalg.norm(exact)
    theirs = ct.potential(system, rtol=1e-6, cutoff=ours.cutoff)
    assert_same_potential(cp, ours, theirs, rng, 3e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_potentials_on_grids_in_every_kind_of_output(cp, on_cpu, tmp_path, monkeypatch, dtype):
    there = on_cpu.to_device("cuda")
    shape = (9, 5, 7)
    wanted = on_cpu.on_grid(*shape)
    error = (1e-11 if dtype == np.float64 else 1e-6) * np.abs(wanted).max()
    assert_allclose(there.on_grid(*shape, dtype=dtype).get(), wanted, atol=error)
    out = cp.empty(shape, dtype=dtype)
    assert there.on_grid(*shape, out=out) is out
    assert_allclose(out.get(), wanted, atol=error)
    monkeypatch.setattr("chebtucker.chebtuck.device_grids._SLAB_BYTES", 2 * 8 * 35)
    kept = np.lib.format.open_memmap(tmp_path / "v.npy", mode="w+", dtype=dtype, shape=shape)
    there.on_grid(*shape, out=kept)
    assert_allclose(kept, wanted, atol=error)


def test_files_hold_the_same(cp, on_cpu, tmp_path):
    on_cpu.to_device("cuda").save(tmp_path / "v.npz")
    points = on_cpu.domain.mean(axis=1)[None]
    assert_allclose(ct.load(tmp_path / "v.npz")(points), on_cpu(points), rtol=1e-12)


@pytest.mark.parametrize("missing", [[], [(1, 2, 0, 3)]])
def test_crystals(cp, rng, missing):
    crystal = ct.Lattice.rock_salt((6, 5, 4), 2.8, missing=missing)
    V = ct.potential(crystal, rtol=1e-6)
    there = V.to_device("cuda")
    assert there.device == "cuda"
    assert there.to_device("cuda") is there
    points = points_in(V.domain, 80, rng)
    points[:3] = crystal.to_particles().positions[:3]
    wanted = V(points)
    assert np.isinf(wanted[:3]).all()
    assert_allclose(there(cp.asarray(points)).get(), wanted, rtol=1e-5, atol=1e-6)
    slopes = V.gradient(points[3:])
    assert_allclose(there.gradient(cp.asarray(points[3:])).get(), slopes, rtol=1e-4, atol=1e-4)
    grid = V.on_grid(9, 7, 11)
    assert_allclose(there.on_grid(9, 7, 11).get(), grid, rtol=1e-5, atol=1e-6)
    host = np.full(grid.shape, np.nan)
    there.on_grid(9, 7, 11, out=host)
    assert_allclose(host, grid, rtol=1e-5, atol=1e-6)
    assert_allclose(there.at_particles().get(), V.at_particles(), rtol=1e-5, atol=1e-6)
    assert there.to_device("cpu").energy() == V.energy()
    with pytest.raises(TypeError, match='`energy` of a crystal must be asked for on "cpu"'):
        there.energy()


# Refusals -----------------------------------------------------------------------------------------


def test_arrays_of_two_places_are_not_mixed(cp, on_cpu, system, functions):
    there = on_cpu.to_device("cuda")
    points = on_cpu.domain.mean(axis=1)[None]
    with pytest.raises(TypeError, match='`points` must be arrays on "cuda", got an array on "cpu"'):
        there(points)
    with pytest.raises(TypeError, match='`points` must be arrays on "cpu", got an array on "cuda"'):
        on_cpu(cp.asarray(points))
    with pytest.raises(TypeError, match='`out` must be arrays on "cpu", got an array on "cuda"'):
        on_cpu.on_grid(2, 2, 2, out=cp.empty((2, 2, 2)))
    with pytest.raises(TypeError, match='`charges` must be arrays on "cuda"'):
        ct.ParticleSystem(cp.asarray(system.positions), system.charges)
    with pytest.raises(TypeError, match='`points` must be arrays on "cuda"'):
        ct.direct_potential(system.to_device("cuda"), points)
    f = functions[2]
    with pytest.raises(TypeError, match='`other` must be on "cuda" too, got a function on "cpu"'):
        _ = f.to_device("cuda") + f


def test_what_has_no_kernels_says_so(cp, system):
    class Soft:
        screening = 0.0

        def __call__(self, r):
            return 1 / (1 + r)

    there = system.to_device("cuda")
    with pytest.raises(TypeError, match="`kernel` must be Newton or Yukawa on a device, got"):
        ct.direct_potential(there, there.positions[:2], Soft())
    dipoles = np.ones((len(system), 3))
    polar = ct.ParticleSystem(system.positions, system.charges, dipoles=dipoles)
    with pytest.raises(TypeError, match='`positions` must be on "cpu" beside dipoles and quad'):
        polar.to_device("cuda")
    V = ct.potential(polar, rtol=1e-2)
    assert V.to_device("cpu") is V
    with pytest.raises(TypeError, match='`device` must be "cpu" for a MultipolePotential, got'):
        V.to_device("cuda")
    sets = ct.ParticleSystem(system.positions, [system.charges, 2 * system.charges])
    with pytest.raises(TypeError, match='`charges` must be on "cpu" where they are sets'):
        sets.to_device("cuda")
    with ThreadPoolExecutor(1) as pool, pytest.raises(TypeError, match="`executor` must be None"):
        ct.potential(there, rtol=1e-3, executor=pool)
    cells = replace(ct.potential(system, rtol=1e-3), short=None)
    with pytest.raises(TypeError, match='`device` must be "cpu" for a Potential, got "cuda"'):
        cells.to_device("cuda")


@pytest.mark.parametrize("name", ["gpu0", "cuda:x", "cuda1", ""])
def test_unknown_devices(system, functions, on_cpu, name):
    for thing in (system, functions[2], on_cpu):
        with pytest.raises(
            ValueError, match="`device` must be one of 'cpu', 'cuda', 'cuda:K', got"
        ):
            thing.to_device(name)
