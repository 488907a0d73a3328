"""The compiled loops compute what the reference defines."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import chebtucker as ct
from chebtucker.backends import numba_cpu, reference
from chebtucker.backends.threads import for_ranges, thread_count
from chebtucker.kernels import split_kernel

SIDES = np.array([1.0, 2.0, 0.5])


@pytest.fixture
def particles(rng):
    positions = rng.uniform(size=(300, 3)) * SIDES
    charges = rng.normal(size=300)
    shape = np.array([4, 7, 3])
    cells = numba_cpu.sort_into_cells(positions, np.zeros(3), SIDES / shape, shape)
    return positions, charges, cells


def test_sorting(particles):
    positions, _, cells = particles
    expected = reference.sort_into_cells(positions, cells.low, cells.width, cells.shape)
    for ours, theirs in zip(cells, expected, strict=True):
        assert_array_equal(ours, theirs)
    assert_array_equal(cells.positions, positions[cells.order])
    assert_array_equal(np.sort(cells.order), np.arange(300))


@pytest.mark.parametrize("screening", [0.0, 3.0])
def test_direct_sums(particles, rng, screening):
    positions, charges, _ = particles
    points = rng.uniform(-0.5, 1.5, size=(40, 3))
    for name in ("direct_values", "direct_gradients"):
        ours = getattr(numba_cpu, name)(points, positions, charges, screening)
        theirs = getattr(reference, name)(points, positions, charges, screening)
        assert_allclose(ours, theirs, rtol=1e-11)


PRECISIONS = [(1e-8, np.float64, 1e-11), (1e-6, np.float32, 2e-6)]


@pytest.mark.parametrize("kernel", [ct.Newton(), ct.Yukawa(2.0)], ids=repr)
@pytest.mark.parametrize("cutoff", [0.05, 0.3, 5.0])
@pytest.mark.parametrize(("rtol", "dtype", "error"), PRECISIONS)
def test_short_range_at_points(particles, rng, kernel, cutoff, rtol, dtype, error):
    _, charges, cells = particles
    split = split_kernel(kernel, cutoff, 6.0, rtol)
    assert split.coefficients.dtype == dtype
    points = np.concatenate([cells.positions[:20], rng.uniform(-0.2, 1.2, (60, 3)) * SIDES])
    skip = np.where(np.arange(80) < 20, np.arange(80), -1)
    more = (cells, charges, cutoff, split.coefficients, split.is_even, skip)
    for name in ("short_values", "short_gradients"):
        ours = getattr(numba_cpu, name)(points, *more)
        theirs = getattr(reference, name)(points, *more)
        scale = max(np.abs(theirs).max(), np.abs(charges).max() / cutoff**2)
        assert_allclose(ours, theirs, rtol=error, atol=error * scale)
        assert np.isfinite(ours).all()


AXES = {
    "odd sizes": (np.linspace(-0.1, 1, 6), np.array([1.9]), np.linspace(0, 0.5, 35)),
    "more than a tile": (np.linspace(0, 1, 19), np.linspace(0, 2, 71), np.linspace(0, 0.5, 9)),
    "not uniform": (np.geomspace(0.1, 1, 9), np.geomspace(0.2, 2, 7), np.geomspace(0.1, 0.5, 11)),
    "not ascending": (np.array([0.9, 0.1]), np.linspace(2, 0, 9), np.array([0.4, 0.1, 0.2])),
    "a number twice": (np.array([0.5, 0.5]), np.linspace(0, 2, 9), np.array([0.1, 0.1, 0.1])),
}


@pytest.mark.parametrize("kernel", [ct.Newton(), ct.Yukawa(2.0)], ids=repr)
@pytest.mark.parametrize("axes", AXES.values(), ids=AXES)
@pytest.mark.parametrize(("rtol", "dtype", "error"), PRECISIONS)
def test_short_range_on_a_grid(particles, kernel, axes, rtol, dtype, error):
    _, charges, cells = particles
    split = split_kernel(kernel, 0.2, 6.0, rtol)
    assert split.coefficients.dtype == dtype
    ours = np.ones([len(axis) for axis in axes])
    theirs = ours.copy()
    for backend, out in ((numba_cpu, ours), (reference, theirs)):
        backend.add_short_on_grid(axes, cells, charges, 0.2, split.coefficients, split.is_even, out)
    assert np.abs(ours - 1).max() > 1
    assert_allclose(ours, theirs, rtol=error, atol=error * np.abs(theirs).max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_grid_point_on_a_charge_is_infinite_and_close_ones_are_exact(particles, dtype):
    _, charges, cells = particles
    split = split_kernel(ct.Newton(), 0.2, 6.0, 1e-6)
    x, y, z = cells.positions[17]
    axes = (np.array([x, x + 1e-12]), np.array([y]), np.array([z, z + 0.01]))
    out = np.zeros((2, 1, 2))
    numba_cpu.add_short_on_grid(
        axes, cells, charges, 0.2, split.coefficients.astype(dtype), True, out
    )
    assert out[0, 0, 0] == np.inf * charges[17]
    assert np.isfinite(out[1:]).all()
    assert out[1, 0, 0] == pytest.approx(charges[17] / abs(axes[0][1] - x), rel=1e-6)


def test_one_cell_with_very_many_neighbours(rng):
    positions = rng.uniform(size=(3000, 3))
    one_cell = numba_cpu.sort_into_cells(positions, np.zeros(3), np.ones(3), np.ones(3, int))
    split = split_kernel(ct.Newton(), 5.0, 6.0, 1e-8)
    more = (one_cell, np.ones(3000), 5.0, split.coefficients, True, np.array([-1, 7]))
    points = np.array([[0.5, 0.5, 2.0], one_cell.positions[7]])
    assert_allclose(
        numba_cpu.short_values(points, *more), reference.short_values(points, *more), rtol=1e-12
    )


def test_a_point_on_a_charge_is_infinite(particles):
    _, charges, cells = particles
    for kernel in (ct.Newton(), ct.Yukawa(2.0)):
        split = split_kernel(kernel, 0.2, 6.0, 1e-6)
        more = (cells, np.abs(charges), 0.2, split.coefficients, split.is_even, np.array([-1]))
        assert numba_cpu.short_values(cells.positions[:1], *more)[0] == np.inf


@pytest.mark.parametrize("slab", [(0, 4), (1, 3)])
def test_local_moments_and_their_transpose(particles, rng, slab):
    positions, charges, cells = particles
    sizes = (3, 5, 4)
    moments = numba_cpu.local_moments(cells, charges, sizes, slab)
    assert_allclose(moments, reference.local_moments(cells, charges, sizes, slab), atol=1e-13)
    blocks = (slab[1] - slab[0], 7, 3)
    series = rng.normal(size=(*blocks, *sizes))
    box = np.stack([np.zeros(3), SIDES], axis=1)
    box[0] = np.array(slab) / 4
    inside = (positions[:, 0] >= box[0, 0]) & (positions[:, 0] < box[0, 1])
    values = np.full(inside.sum(), np.nan)
    reference.local_values(positions[inside], box, series, values)
    # <moments(q), series> = <q, values(series)>
    q = charges[np.argsort(cells.order)][inside]
    by_block = moments.reshape(blocks[0], 3, blocks[1], 5, blocks[2], 4).transpose(0, 2, 4, 1, 3, 5)
    assert np.sum(by_block * series) == pytest.approx(values @ q, rel=1e-11)


def test_ranges_cover_everything_once(monkeypatch):
    for threads in ("1", "3"):
        monkeypatch.setenv("NUMBA_NUM_THREADS", threads)
        assert thread_count() == int(threads)
        for count in (0, 1, 7, 100):
            seen = np.zeros(count, int)

            def mark(a, b, seen=seen):
                seen[a:b] += 1

            for_ranges(mark, count, least=3)
            assert (seen == 1).all()


def test_an_error_in_a_thread_is_raised(monkeypatch):
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")

    def fail(a, b):
        raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"):
        for_ranges(fail, 100)
