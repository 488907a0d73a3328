"""Moments of particles in blocks: the transpose of local Chebyshev series at points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.cells import Cells
from chebtucker.backends.numba_cpu.compiling import compiled, inlined
from chebtucker.backends.threads import for_ranges

Array = NDArray[np.float64]


def local_moments(
    cells: Cells, charges: Array, degrees: tuple[int, int, int], slab: tuple[int, int]
) -> Array:
    """Return the Chebyshev moments of the charges in each cell of the x-slabs.

    See `reference.local_moments`. 2 p^3 flops a particle.
    """
    p1, p2, p3 = degrees
    columns = (slab[1] - slab[0]) * int(cells.shape[1])
    moments = np.zeros(((slab[1] - slab[0]) * p1, cells.shape[1] * p2, cells.shape[2] * p3))
    for_ranges(lambda a, b: _moments(cells, charges, p1, p2, p3, slab[0], moments, a, b), columns)
    return moments


@inlined
def _basis(x, n, t):
    t[0] = 1.0
    if n > 1:
        t[1] = x
    for i in range(2, n):
        t[i] = 2.0 * x * t[i - 1] - t[i - 2]


@compiled
def _moments(cells, charges, p1, p2, p3, first, moments, start, stop):
    positions, _, starts, low, width, shape = cells
    tx, ty, tz = np.empty(p1), np.empty(p2), np.empty(p3)
    local = np.empty((p1, p2, p3))
    for column in range(start, stop):
        bx, by = first + column // shape[1], column % shape[1]
        for bz in range(shape[2]):
            cell = (bx * shape[1] + by) * shape[2] + bz
            if starts[cell] == starts[cell + 1]:
                continue
            local[:] = 0.0
            for j in range(starts[cell], starts[cell + 1]):
                _basis(2.0 * (positions[j, 0] - low[0]) / width[0] - 2.0 * bx - 1.0, p1, tx)
                _basis(2.0 * (positions[j, 1] - low[1]) / width[1] - 2.0 * by - 1.0, p2, ty)
                _basis(2.0 * (positions[j, 2] - low[2]) / width[2] - 2.0 * bz - 1.0, p3, tz)
                for a in range(p1):
                    qa = charges[j] * tx[a]
                    for b in range(p2):
                        qab = qa * ty[b]
                        row = local[a, b]
                        for c in range(p3):
                            row[c] += qab * tz[c]
            for a in range(p1):
                for b in range(p2):
                    for c in range(p3):
                        moments[(bx - first) * p1 + a, by * p2 + b, bz * p3 + c] = local[a, b, c]
