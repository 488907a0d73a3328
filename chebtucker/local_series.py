"""Fast evaluation of a three-dimensional Chebyshev-Tucker series at many points.

The series is restricted once to blocks of the domain, where a dozen coefficients per axis are
enough; a point then costs about p^3 multiply-adds whatever the ranks are. It is the transpose of
how the moments of particles are formed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends import numba_cpu
from chebtucker.backends.products import first_mode_product, last_modes_product
from chebtucker.blocks import BlockGrid, local_matrix

Array = NDArray[np.float64]

_SLAB_BYTES = 2**26
_PROBE = 24
_LARGEST = 18

FLOP = 2.0e-11
"""Seconds a floating-point operation in dense algebra."""

LOCAL_FLOP = 6.0e-11
"""Seconds a multiply-add in the local series."""


def plan_blocks(
    core: Array, factors: tuple[Array, ...], domain: Array, atol: float
) -> BlockGrid | None:
    """Return blocks on which short series reproduce the function to about `atol` (max norm).

    None where that takes more blocks than there are coefficients: the function is not resolved
    uniformly, and local series do not pay.
    """
    counts, sizes = [], []
    for axis, factor in enumerate(factors):
        slices = np.linalg.norm(np.moveaxis(core, axis, 0).reshape(core.shape[axis], -1), axis=1)
        found = _axis_blocks(factor * slices, atol)
        if found is None:
            return None
        counts.append(found[0])
        sizes.append(found[1])
    return BlockGrid(domain, tuple(counts), tuple(sizes))


def _axis_blocks(scaled: Array, atol: float) -> tuple[int, int] | None:
    """Return the number of blocks and of local coefficients for the columns of a factor."""
    n = len(scaled)
    if n <= _LARGEST:
        return 1, n
    count = math.ceil(n / 10)
    while count <= n:
        local = local_matrix(n, count, _PROBE) @ scaled  # (count probe, n) @ (n, r)
        rows = np.linalg.norm(local.reshape(count, _PROBE, -1), axis=2).max(axis=0)
        tails = np.append(np.cumsum(rows[::-1])[::-1], 0.0)
        size = int(np.argmax(tails <= atol))
        if size <= _LARGEST:
            return count, max(size, 1)
        count *= 2
    return None


def pays_off(core: Array, blocks: BlockGrid, points: int) -> bool:
    """Return whether the local series are faster than contracting the core at every point."""
    r1, r2, r3 = core.shape
    m1, m2, m3 = (c * p for c, p in zip(blocks.counts, blocks.sizes, strict=True))
    expansion = 2 * (r1 * r2 * r3 * m3 + r1 * r2 * m2 * m3 + m1 * m2 * m3 * r1)
    local = expansion * FLOP + points * math.prod(blocks.sizes) * LOCAL_FLOP
    return local < points * 2 * r1 * r2 * r3 * FLOP


def evaluate(
    core: Array,
    factors: tuple[Array, ...],
    blocks: BlockGrid,
    points: Array,
    *,
    gradient: bool = False,
) -> Array:
    """Return values (M,) at points (M, 3), or values and gradients (M, 4).

    Slab by slab, so that memory stays small; slabs without points cost nothing.
    """
    cells = numba_cpu.sort_into_cells(
        points, np.ascontiguousarray(blocks.box[:, 0]), blocks.width, np.array(blocks.counts)
    )
    p1, p2, p3 = blocks.sizes
    down = [
        local_matrix(len(factor), count, p) @ factor  # (m_k, n_k) @ (n_k, r_k)
        for factor, count, p in zip(factors, blocks.counts, blocks.sizes, strict=True)
    ]
    in_slab = cells.starts[:: blocks.counts[1] * blocks.counts[2]]
    group = max(_SLAB_BYTES // (8 * p1 * len(down[1]) * len(down[2])), 1)
    across = last_modes_product(core, down[1], down[2])  # (r1, m2, m3)
    result = np.empty((len(points), 4) if gradient else len(points))
    for first in range(0, blocks.counts[0], group):
        last = min(first + group, blocks.counts[0])
        if in_slab[first] == in_slab[last]:
            continue
        series = first_mode_product(across, down[0][first * p1 : last * p1])
        numba_cpu.add_local_values(cells, series, (p1, p2, p3), (first, last), result)
    unsorted = np.empty_like(result)
    unsorted[cells.order] = result
    return unsorted
