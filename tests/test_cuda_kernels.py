"""The CUDA kernels compute what the reference defines: on the CPU here, on a device with one."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import chebtucker as ct
from chebtucker.backends import reference
from chebtucker.backends.cuda import compiling
from chebtucker.kernels import split_kernel

SIDES = np.array([1.0, 2.0, 0.5])


@pytest.fixture
def cuda(cp):
    from chebtucker.backends import cuda

    return cuda


@pytest.fixture
def particles(rng):
    """Positions, charges and cells of particles, on the host."""
    positions = rng.uniform(size=(300, 3)) * SIDES
    charges = rng.normal(size=300)
    shape = np.array([4, 7, 3])
    cells = reference.sort_into_cells(positions, np.zeros(3), SIDES / shape, shape)
    return positions, charges, cells


def carried(cp, cells):
    return cells._replace(**{n: cp.asarray(getattr(cells, n)) for n in ("positions", "starts")})


@pytest.mark.parametrize("count", [0, 1, 300])
def test_sorting(cp, cuda, particles, count):
    positions, _, cells = particles
    positions = positions[:count] + np.array([0.0, -0.1, 0.3])  # some are outside
    place = cells.low, cells.width, cells.shape
    ours = cuda.sort_into_cells(cp.asarray(positions), *place)
    theirs = reference.sort_into_cells(positions, *place)
    assert_array_equal(ours.starts.get(), theirs.starts)
    assert_array_equal(positions[ours.order.get()], ours.positions.get())
    assert_array_equal(np.sort(ours.order.get()), np.arange(count))
    cell = np.repeat(np.arange(len(theirs.starts) - 1), np.diff(theirs.starts))
    assert_array_equal(cell[np.argsort(ours.order.get())], cell[np.argsort(theirs.order)])


@pytest.mark.parametrize(
    "shape", [(3, 5), (1, 17), (4, 7, 3, 5), (2, 3, 1, 1), (4, 7, 3, 3, 5, 4), (1, 2, 30, 2, 1, 20)]
)
@pytest.mark.parametrize("count", [0, 1, 300])
def test_local_values_and_slopes(cp, cuda, rng, shape, count):
    d = len(shape) // 2
    box = np.array([[-1.0, 2.0], [0.5, 1.5], [3.0, 5.0]])[:d]
    points = rng.uniform(*box.T, size=(count, d))
    points[:2] = box.T[: len(points[:2])]
    series = rng.normal(size=shape)
    ours = cp.empty(count), cp.empty((count, d))
    theirs = np.empty(count), np.empty((count, d))
    cuda.local_values(cp.asarray(points), box, cp.asarray(series), *ours)
    reference.local_values(points, box, series, *theirs)
    assert_allclose(ours[0].get(), theirs[0], atol=1e-12)
    assert_allclose(ours[1].get(), theirs[1], atol=1e-9)
    only = cp.empty(count)
    cuda.local_values(cp.asarray(points), box, cp.asarray(series), only)
    assert_allclose(only.get(), theirs[0], atol=1e-12)


PRECISIONS = [(1e-8, np.float64, 1e-12), (1e-6, np.float32, 2e-6)]


@pytest.mark.parametrize("kernel", [ct.Newton(), ct.Yukawa(2.0)], ids=repr)
@pytest.mark.parametrize("cutoff", [0.05, 0.3, 5.0])
@pytest.mark.parametrize(("rtol", "dtype", "error"), PRECISIONS)
def test_short_range_at_points(cp, cuda, particles, rng, kernel, cutoff, rtol, dtype, error):
    _, charges, cells = particles
    split = split_kernel(kernel, cutoff, 6.0, rtol)
    assert split.coefficients.dtype == dtype
    points = np.concatenate([cells.positions[:20], rng.uniform(-0.2, 1.2, (60, 3)) * SIDES])
    skip = np.where(np.arange(80) < 20, np.arange(80), -1)
    for count in (80, 1, 0):
        for name in ("short_values", "short_gradients"):
            ours = getattr(cuda, name)(
                cp.asarray(points[:count]), carried(cp, cells), cp.asarray(charges), cutoff,
                split.coefficients, split.is_even, cp.asarray(skip[:count]),
            ).get()  # fmt: skip
            theirs = getattr(reference, name)(
                points[:count], cells, charges, cutoff, split.coefficients.astype(float),
                split.is_even, skip[:count],
            )  # fmt: skip
            assert ours.shape == theirs.shape
            scale = max(np.abs(theirs).max(initial=0), np.abs(charges).max() / cutoff**2)
            assert_allclose(ours, theirs, rtol=error, atol=error * scale)


AXES = {
    "odd sizes": (np.linspace(-0.1, 1, 6), np.array([1.9]), np.linspace(0, 0.5, 35)),
    "more than a tile": (np.linspace(0, 1, 9), np.linspace(0, 2, 21), np.linspace(0, 0.5, 9)),
    "not uniform": (np.geomspace(0.1, 1, 9), np.geomspace(0.2, 2, 7), np.geomspace(0.1, 0.5, 11)),
    "not ascending": (np.array([0.9, 0.1]), np.linspace(2, 0, 9), np.array([0.4, 0.1, 0.2])),
    "empty": (np.empty(0), np.linspace(0, 2, 3), np.linspace(0, 1, 3)),
}


@pytest.mark.parametrize("kernel", [ct.Newton(), ct.Yukawa(2.0)], ids=repr)
@pytest.mark.parametrize("axes", AXES.values(), ids=AXES)
@pytest.mark.parametrize(("rtol", "dtype", "error"), PRECISIONS)
def test_short_range_on_a_grid(cp, cuda, particles, kernel, axes, rtol, dtype, error):
    _, charges, cells = particles
    split = split_kernel(kernel, 0.2, 6.0, rtol)
    ours = cp.empty([len(axis) for axis in axes])
    ours[...] = 1.0
    theirs = np.ones(ours.shape)
    more = 0.2, split.coefficients, split.is_even
    device_axes = tuple(map(cp.asarray, axes))
    cuda.add_short_on_grid(device_axes, carried(cp, cells), cp.asarray(charges), *more, ours)
    reference.add_short_on_grid(axes, cells, charges, 0.2, more[1].astype(float), more[2], theirs)
    assert theirs.size == 0 or np.abs(theirs - 1).max() > 1
    assert_allclose(ours.get(), theirs, rtol=error, atol=error * np.abs(theirs).max(initial=0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kernel", [ct.Newton(), ct.Yukawa(2.0)], ids=repr)
def test_a_grid_point_on_a_charge_is_infinite_and_close_ones_are_exact(
    cp, cuda, particles, dtype, kernel
):
    _, charges, cells = particles
    split = split_kernel(kernel, 0.2, 6.0, 1e-6)
    x, y, z = cells.positions[17]
    axes = (np.array([x, x + 1e-12]), np.array([y]), np.array([z, z + 0.01]))
    out = cp.asarray(np.zeros((2, 1, 2)))
    cuda.add_short_on_grid(
        tuple(map(cp.asarray, axes)), carried(cp, cells), cp.asarray(charges), 0.2,
        split.coefficients.astype(dtype), split.is_even, out,
    )  # fmt: skip
    values = out.get()
    assert values[0, 0, 0] == np.inf * charges[17]
    assert np.isfinite(values[1:]).all()
    assert values[1, 0, 0] == pytest.approx(charges[17] / abs(axes[0][1] - x), rel=1e-6)


@pytest.mark.parametrize("slab", [(0, 4), (1, 3), (2, 2)])
@pytest.mark.parametrize("sizes", [(3, 5, 4), (9, 1, 17)])
def test_local_moments(cp, cuda, particles, slab, sizes):
    _, charges, cells = particles
    sorted_charges = charges[cells.order]
    ours = cuda.local_moments(carried(cp, cells), cp.asarray(sorted_charges), sizes, slab)
    assert_allclose(
        ours.get(), reference.local_moments(cells, sorted_charges, sizes, slab), atol=1e-12
    )


@pytest.mark.parametrize("screening", [0.0, 3.0])
@pytest.mark.parametrize("count", [0, 1, 40])
def test_direct_sums(cp, cuda, rng, particles, screening, count, monkeypatch):
    monkeypatch.setattr("chebtucker.backends.cuda.direct._LEAST", 64)  # several shares
    positions, charges, _ = particles
    points = rng.uniform(-0.5, 1.5, size=(count, 3))
    for name in ("direct_values", "direct_gradients"):
        arrays = (points, positions, charges)
        ours = getattr(cuda, name)(*map(cp.asarray, arrays), screening).get()
        assert_allclose(ours, getattr(reference, name)(*arrays, screening), rtol=1e-11)


def test_a_direct_sum_at_a_charge_is_infinite(cp, cuda):
    origin = cp.asarray(np.zeros((1, 3)))
    assert cuda.direct_values(origin, origin, cp.asarray(np.array([-2.0])), 0.0).get() == [-np.inf]


def test_each_kernel_says_what_it_reads_and_computes():
    for path in Path(compiling.__file__).parent.glob("*.cu"):
        parts = path.read_text().split('extern "C" __global__')
        for before in parts[:-1]:
            comment = before.rstrip("\n").split("\n\n")[-1].split("}\n")[-1]
            for unit in ("byte", "flop"):
                assert f" {unit}" in comment, (path.name, comment)
