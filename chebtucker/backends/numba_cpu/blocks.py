"""Moments of particles in blocks: the transpose of local Chebyshev series at points."""

from __future__ import annotations

import numpy as np
import scipy.linalg  # noqa: F401 - compiled products use its BLAS, whose threads are limited below
from numpy.typing import NDArray

from chebtucker.backends.cells import Cells
from chebtucker.backends.numba_cpu.compiling import compiled, merged
from chebtucker.backends.threads import for_ranges, one_blas_thread

Array = NDArray[np.float64]

BATCH = 64
"""Particles whose polynomials are multiplied at once: the operands stay in the second cache."""


def local_moments(
    cells: Cells, charges: Array, degrees: tuple[int, int, int], slab: tuple[int, int]
) -> Array:
    """Return the Chebyshev moments of the charges in each cell of the x-slabs.

    See `reference.local_moments`. 2 p^3 flops a particle, as matrix products.
    """
    p1, p2, p3 = degrees
    columns = (slab[1] - slab[0]) * int(cells.shape[1])
    moments = np.zeros(((slab[1] - slab[0]) * p1, cells.shape[1] * p2, cells.shape[2] * p3))

    def some(start: int, stop: int) -> None:
        _moments(cells, charges, p1, p2, p3, slab[0], moments, start, stop)

    with one_blas_thread():
        for_ranges(some, columns)
    return moments


@compiled
def _moments(cells, charges, p1, p2, p3, first, moments, start, stop):
    positions, _, starts, low, width, shape = cells
    tx, ty, tz = np.empty((BATCH, p1)), np.empty((BATCH, p2)), np.empty((BATCH, p3))
    both = np.empty((BATCH, p1 * p2))
    local = np.empty((p1 * p2, p3))
    for column in range(start, stop):
        bx, by = first + column // shape[1], column % shape[1]
        for bz in range(shape[2]):
            cell = (bx * shape[1] + by) * shape[2] + bz
            for a in range(starts[cell], starts[cell + 1], BATCH):
                n = min(starts[cell + 1] - a, BATCH)
                here = positions[a : a + n]
                _polynomials(here[:, 0], low[0] + bx * width[0], width[0], tx)
                _polynomials(here[:, 1], low[1] + by * width[1], width[1], ty)
                _polynomials(here[:, 2], low[2] + bz * width[2], width[2], tz)
                for j in range(n):
                    for i in range(p1):
                        weight = charges[a + j] * tx[j, i]
                        for k in range(p2):
                            both[j, i * p2 + k] = weight * ty[j, k]
                np.dot(both[:n].T, tz[:n], local)  # (p1 p2, n) @ (n, p3)
                for i in range(p1):
                    for k in range(p2):
                        row = moments[(bx - first) * p1 + i, by * p2 + k]
                        for c in range(p3):
                            row[bz * p3 + c] += local[i * p2 + k, c]


@merged
def _polynomials(coordinates, low, width, t):
    """Write T_i at a coordinate of each particle of a cell into t[j, i]."""
    count = len(coordinates)
    for j in range(count):
        t[j, 0] = 1.0
    if t.shape[1] > 1:
        for j in range(count):
            t[j, 1] = 2.0 * (coordinates[j] - low) / width - 1.0
    for i in range(2, t.shape[1]):
        for j in range(count):
            t[j, i] = 2.0 * t[j, 1] * t[j, i - 1] - t[j, i - 2]
