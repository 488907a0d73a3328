"""Several devices as workers: the same numbers for any of them, each worker on its own device."""

import threading
import time
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import chebtucker as ct
from chebtucker.potentials import device_moments

pytestmark = pytest.mark.filterwarnings("error:The device where the array resides")  # CuPy warns

SHAPE = (9, 5, 7)


@pytest.fixture(scope="module")
def system():
    rng = np.random.default_rng(5)
    return ct.ParticleSystem(rng.uniform(size=(600, 3)) * [3.0, 5.0, 4.0], rng.normal(size=600))


@pytest.fixture(scope="module")
def V(system):
    return ct.potential(system, rtol=1e-8, cutoff=0.9)


@pytest.fixture(scope="module")
def f():
    return ct.from_function(
        lambda x, y: np.sin(x + 2 * y) / (1 + x**2), [(0, 1), (-1, 1)], rtol=1e-9
    )


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr("chebtucker.systems.chunks.FEW", 50)


@pytest.fixture
def pools(several):
    """Executors of one device, of two, and of all there are."""
    count = several.cuda.runtime.getDeviceCount()
    chosen = [[0], [1, 0], range(count)]
    made = [ct.DeviceExecutor(numbers) for numbers in chosen]
    yield made
    for pool in made:
        pool.shutdown()


def coefficients(V):
    return V.long.to_device("cpu").coefficients.to_array()


def points_in(domain, count, rng):
    return rng.uniform(*np.asarray(domain).T, size=(count, len(domain)))


# The executor -------------------------------------------------------------------------------------


def test_each_worker_has_a_device_of_its_own_for_good(several):
    with ct.DeviceExecutor() as pool:
        count = several.cuda.runtime.getDeviceCount()
        assert pool.devices == tuple(f"cuda:{k}" for k in range(count))
        together = threading.Barrier(count)

        def task(_):
            together.wait(30)
            return threading.get_ident(), several.cuda.Device().id

        rounds = [set(pool.map(task, range(count))) for _ in range(3)]
    assert rounds[0] == rounds[1] == rounds[2]
    assert {number for _, number in rounds[0]} == set(range(count))
    assert several.cuda.Device().id == 0


def test_wrong_devices(several):
    count = several.cuda.runtime.getDeviceCount()
    for wrong in ([], [0, 0]):
        with pytest.raises(ValueError, match=r"`devices` must be at least one, each once, got \["):
            ct.DeviceExecutor(wrong)
    with pytest.raises(RuntimeError, match=f'"cuda:{count}" must be there, got {count}, "cuda:0"'):
        ct.DeviceExecutor([0, count])
    with pytest.raises(TypeError, match="`devices` must be an integer, got 'cuda:1' of type str"):
        ct.DeviceExecutor(["cuda:1"])
    with pytest.raises(ValueError, match="`devices` must be an integer of at least 0, got -1"):
        ct.DeviceExecutor([-1])


# Building -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["cpu", "cuda:1", "file"])
def test_coefficients_are_the_same_for_any_number_of_devices(
    several, pools, system, where, tmp_path, rng
):
    if where == "file":
        np.save(tmp_path / "ions.npy", np.column_stack([system.positions, system.charges]))
        particles = ct.ParticleFile(tmp_path / "ions.npy", size=70)
    else:
        particles = system.to_device(where)
    built = [ct.potential(particles, rtol=1e-6, cutoff=0.9, executor=pool) for pool in pools]
    for other in built[1:]:
        assert_array_equal(coefficients(other), coefficients(built[0]))
    assert built[0].device == ("cpu" if where == "file" else where)
    single = ct.potential(particles, rtol=1e-6, cutoff=0.9)
    scale = np.abs(coefficients(single)).max()
    assert_allclose(coefficients(built[0]), coefficients(single), rtol=0, atol=1e-11 * scale)
    points = points_in(single.domain, 50, rng)
    exact = ct.direct_potential(system, points)
    with several.cuda.Device(1):
        values = built[0](several.asarray(points) if where == "cuda:1" else points)
    values = values.get() if where == "cuda:1" else values
    assert np.linalg.norm(values - exact) <= 1e-6 * np.linalg.norm(exact)


def test_sums_are_added_in_the_order_of_the_pieces_whoever_is_first(
    several, pools, system, monkeypatch
):
    expected = coefficients(ct.potential(system, rtol=1e-4, executor=pools[0]))
    form, used = device_moments.moment_tensor, []

    def delayed(positions, *more):
        number = several.cuda.Device().id
        used.append(number)
        time.sleep(0.05 if number == 0 else 0.001)  # the first device is the last to be done
        assert positions.device.id == number
        return form(positions, *more)

    monkeypatch.setattr(device_moments, "moment_tensor", delayed)
    with monkeypatch.context() as patch:
        patch.setattr("chebtucker.potentials.chunks.partial.moment_tensor", None)  # not on the CPU
        found = coefficients(ct.potential(system, rtol=1e-4, executor=pools[-1]))
    assert set(used) == set(range(several.cuda.runtime.getDeviceCount()))
    assert_array_equal(found, expected)


# Evaluation ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["cpu", "cuda", "cuda:1"])
def test_points_in_ranges(several, pools, V, start, rng):
    points = points_in(V.domain, 240, rng).reshape(2, 120, 3)
    spread = [ct.OnDevices(V.to_device(start), pool) for pool in pools]
    for method, wanted, error in (
        ("__call__", V(points), 1e-11), ("gradient", V.gradient(points), 1e-8),
    ):  # fmt: skip
        found = [getattr(one, method)(points) for one in spread]
        assert_allclose(found[0], wanted, rtol=0, atol=error * np.abs(wanted).max())
        for other in found[1:]:
            assert_array_equal(other, found[0])
    assert spread[-1](points[:0]).shape == (0, 120)
    assert spread[-1](points[0, 0]) == pytest.approx(float(V(points[0, 0])), rel=1e-9)


def test_functions_in_any_dimension(several, pools, f, rng):
    spread = ct.OnDevices(f, pools[-1])
    points = points_in(f.domain, 300, rng)
    assert_allclose(spread(points), f(points), atol=1e-12)
    assert_allclose(spread.gradient(points), f.value_and_gradient(points)[1], atol=1e-9)
    x = np.linspace(0, 1, 70) ** 2
    assert_allclose(spread.on_grid(x, 6), f.on_grid(x, 6), atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_grids_in_slabs(several, pools, V, tmp_path, dtype):
    shape = (67, 5, 7)  # slabs of three planes
    wanted = V.on_grid(*shape)
    error = (1e-11 if dtype == np.float64 else 1e-6) * np.abs(wanted).max()
    path = tmp_path / "v.npy"
    out = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    out[:] = np.nan
    for pool in pools:
        spread = ct.OnDevices(V, pool)
        assert spread.on_grid(*shape, out=out) is out
        assert_allclose(np.load(path), wanted, rtol=0, atol=error)
        values = spread.on_grid(*shape, dtype=dtype)
        assert values.dtype == dtype
        assert_array_equal(values, out)
    assert spread.on_grid(np.empty(0), 5, 7, dtype=dtype).shape == (0, 5, 7)


@pytest.mark.parametrize("start", ["cpu", "cuda:1"])
@pytest.mark.parametrize("ending", ["npy", "vti"])
def test_files(several, pools, V, tmp_path, start, ending):
    exact = V.on_grid(*SHAPE)
    for k, pool in enumerate(pools):
        path = tmp_path / f"v{k}.{ending}"
        ct.write_grid(path, V.to_device(start), SHAPE, executor=pool, memory=2000, factor=-2.0)
        if ending == "npy":
            assert_allclose(np.load(path), -2 * exact, rtol=0, atol=1e-11 * np.abs(exact).max())
        else:
            assert path.stat().st_size > 8 * exact.size
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"v{k}.{ending}" for k in range(3)]


def test_crystals(several, pools, tmp_path):
    V = ct.potential(ct.Lattice.rock_salt((4, 5, 3), 2.8, missing=[(1, 2, 0, 3)]), rtol=1e-5)
    ct.write_grid(tmp_path / "v.npy", V, (6, 5, 4), executor=pools[1])
    assert_allclose(np.load(tmp_path / "v.npy"), V.on_grid(6, 5, 4), rtol=1e-5, atol=1e-6)


# Refusals -----------------------------------------------------------------------------------------


def test_no_device_is_an_error_and_never_the_cpu(several, pools, system, V):
    with ThreadPoolExecutor(1) as threads:
        with pytest.raises(TypeError, match="`executor` must be None or a DeviceExecutor for part"):
            ct.potential(system.to_device("cuda:1"), rtol=1e-3, executor=threads)
        with pytest.raises(TypeError, match="`executor` must be a DeviceExecutor, got <concurrent"):
            ct.OnDevices(V, threads)
    spread = ct.OnDevices(V, pools[0])
    with several.cuda.Device(1), pytest.raises(RuntimeError, match=r"one of .*, got cuda:1"):
        spread.here()


class Taken:
    """A device that another process has, from the start or a little later."""

    def __init__(self, error):
        self.error = error

    def synchronize(self):
        if self.error is not None:
            raise self.error

    def use(self):
        raise RuntimeError("cudaErrorDevicesUnavailable")


def test_a_device_that_cannot_be_used(several, monkeypatch):
    taken = Taken(several.cuda.runtime.CUDARuntimeError(46))
    monkeypatch.setattr("chebtucker.backends.devices.numbered", lambda *_: taken)
    with pytest.raises(RuntimeError, match='device "cuda:1" must be usable, got .*46|cudaError'):
        ct.DeviceExecutor([1])


def test_a_worker_whose_device_fails(several, system, monkeypatch, caplog):
    monkeypatch.setattr("chebtucker.backends.devices.numbered", lambda *_: Taken(None))
    with (
        ct.DeviceExecutor([0]) as pool,
        pytest.raises(
            BrokenExecutor, match=r"from particles 0 to \d+ of the system: .* initializer failed"
        ),
    ):
        ct.potential(system, rtol=1e-3, executor=pool)
    assert "cudaErrorDevicesUnavailable" in caplog.text


def test_wrong_arguments(several, pools, system, V, f, tmp_path):
    pool = pools[-1]
    spread = ct.OnDevices(V, pool)
    charged = ct.potential(
        ct.ParticleSystem(system.positions, [system.charges, 2 * system.charges]), rtol=1e-2
    )
    chunked = ct.potential(ct.ParticleChunks([(system.positions, system.charges)]), rtol=1e-2)
    polar = ct.ParticleSystem(system.positions, system.charges, dipoles=system.positions)
    outside = V.domain[:, 1] + 1.0
    for error, message, call in [
        (TypeError, "`function` must be a Potential or a ChebTuck, got int",
         lambda: ct.OnDevices(1, pool)),
        (ValueError, '`device` must be "cpu" for charge sets', lambda: ct.OnDevices(charged, pool)),
        (TypeError, '`device` must be "cpu" for a ChunkedPotential, got "cuda:0"',
         lambda: ct.write_grid(tmp_path / "v.npy", chunked, 3, executor=pool)),
        (ValueError, "`executor` must be None for particles with dipoles",
         lambda: ct.potential(polar, executor=pool)),
        (ValueError, r"`points` must be an array of shape \(..., 3\), got shape \(2,\)",
         lambda: spread([1.0, 2.0])),
        (TypeError, '`points` must be an array on "cpu", got one on "cuda"',
         lambda: spread(several.asarray(np.zeros((2, 3))))),
        (ValueError, "`points` must be inside the domain", lambda: spread([outside])),
        (ValueError, "`points` must be finite, got nan", lambda: spread([[np.nan, 0, 0]])),
        (ValueError, r'`out` must be an array on "cpu" of shape \(2, 2, 2\), got one on "cuda" of',
         lambda: spread.on_grid(2, 2, 2, out=several.empty((2, 2, 2)))),
        (ValueError, r"`out` must be .* of shape \(2, 2, 2\), got one on \"cpu\" of shape \(2, 2\)",
         lambda: spread.on_grid(2, 2, 2, out=np.empty((2, 2)))),
        (TypeError, "`dtype` must be a real floating type, got int64",
         lambda: spread.on_grid(2, 2, 2, dtype=int)),
    ]:  # fmt: skip
        with pytest.raises(error, match=message):
            call()
    assert list(tmp_path.iterdir()) == []
