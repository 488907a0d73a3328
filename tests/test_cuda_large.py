"""On a device only: sizes that the CPU would take minutes for, checked at some of the points."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import chebtucker as ct

pytestmark = pytest.mark.gpu


@pytest.fixture
def device():
    from chebtucker._device import cupy

    try:
        return cupy()
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"no CUDA device: {error}")


@pytest.fixture
def fresh():
    """Random numbers that differ from run to run; the seed is in the message of a failure."""
    seed = np.random.SeedSequence().entropy
    print(f"seed {seed}")  # noqa: T201
    return np.random.default_rng(seed)


@pytest.fixture
def function():
    return ct.from_function(
        lambda x, y, z: np.exp(-x * y) / (1 + x * x + 2 * y * y + z * z),
        [(-1, 2), (0, 3), (-4, -1)], rtol=1e-8,
    )  # fmt: skip


def test_a_hundred_million_points(device, fresh, function):
    count = 10**8
    low, high = function.domain.T
    unit = device.random.default_rng(int(fresh.integers(2**31))).random((count, 3))
    points = device.asarray(low) + unit * device.asarray(high - low)
    del unit
    values = function.to_device("cuda")(points)
    chosen = device.asarray(fresh.integers(0, count, 20_000))
    wanted = function(points[chosen].get())
    assert bool(device.isfinite(values).all())
    assert_allclose(values[chosen].get(), wanted, atol=1e-12 + 2 * function.error)


def test_a_grid_of_half_a_billion_values(device, fresh, function):
    shape = (800, 801, 799)
    values = function.to_device("cuda").on_grid(*shape)
    rows = [np.sort(fresh.choice(n, 9, replace=False)) for n in shape]
    axes = [np.linspace(*d, n)[r] for d, n, r in zip(function.domain, shape, rows, strict=True)]
    some = values[device.asarray(rows[0])[:, None, None], device.asarray(rows[1])[:, None],
                  device.asarray(rows[2])]  # fmt: skip
    assert_allclose(some.get(), function.on_grid(*axes), rtol=1e-12, atol=1e-13)


def test_a_million_charges(device, fresh):
    positions = fresh.uniform(size=(10**6, 3)) * [1.0, 2.0, 1.5]
    system = ct.ParticleSystem(positions, fresh.normal(size=10**6))
    there = system.to_device("cuda")
    potential = ct.potential(there, rtol=1e-6, targets=(128, 128, 128))
    assert potential.report().error <= 1e-6
    points = fresh.uniform(*potential.domain.T, size=(100, 3))
    exact = ct.direct_potential(system, points)
    error = np.linalg.norm(potential(device.asarray(points)).get() - exact)
    assert error <= 3e-6 * np.linalg.norm(exact)


def test_several_devices_share_charges_points_and_planes(device, fresh):
    count = device.cuda.runtime.getDeviceCount()
    if count < 2:
        pytest.skip(f"several CUDA devices are needed, got {count}")
    positions = fresh.uniform(size=(4 * 10**6, 3)) * [1.0, 2.0, 1.5]
    system = ct.ParticleSystem(positions, fresh.normal(size=len(positions)))
    built = []
    for number in (1, count):
        with ct.DeviceExecutor(range(number)) as gpus:
            built.append(ct.potential(system, rtol=1e-5, executor=gpus))
            everywhere = ct.OnDevices(built[-1], gpus)
            points = fresh.uniform(*built[-1].domain.T, size=(5 * 10**6, 3))
            some = slice(0, None, 10**5)
            values = everywhere(points)
            planes = everywhere.on_grid(200, 201, 199)[::50, ::50, ::50]
        wanted = built[-1](points[some])
        assert_allclose(values[some], wanted, rtol=0, atol=1e-5 * np.abs(wanted).max())
        wanted = built[-1].on_grid(200, 201, 199)[::50, ::50, ::50]
        assert_allclose(planes, wanted, rtol=0, atol=1e-5 * np.abs(wanted).max())
    one, all_of_them = (V.long.coefficients for V in built)
    np.testing.assert_array_equal(all_of_them.core, one.core)
    for ours, theirs in zip(all_of_them.factors, one.factors, strict=True):
        np.testing.assert_array_equal(ours, theirs)
