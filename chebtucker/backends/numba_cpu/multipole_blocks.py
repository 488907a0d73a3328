"""Chebyshev moments of multipoles in blocks: derivatives of the local polynomials."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.cells import Cells
from chebtucker.backends.numba_cpu.compiling import called, compiled
from chebtucker.backends.threads import for_ranges

Array = NDArray[np.float64]


def local_multipole_moments(
    cells: Cells, moments: Array, degrees: tuple[int, int, int], slab: tuple[int, int]
) -> Array:
    """Return the Chebyshev moments of multipoles in each cell of the x-slabs.

    See `reference_multipoles.local_multipole_moments`. 6 p^3 flops a particle.
    """
    p1, p2, p3 = degrees
    columns = (slab[1] - slab[0]) * int(cells.shape[1])
    out = np.zeros(((slab[1] - slab[0]) * p1, cells.shape[1] * p2, cells.shape[2] * p3))
    for_ranges(lambda a, b: _moments(cells, moments, p1, p2, p3, slab[0], out, a, b), columns)
    return out


@called
def _basis(x, step, t):
    """Write T_i and its first and second derivatives to t (3, n), with the chain factor `step`."""
    n = t.shape[1]
    t[0, 0], t[1, 0], t[2, 0] = 1.0, 0.0, 0.0
    if n > 1:
        t[0, 1], t[1, 1], t[2, 1] = x, step, 0.0
    for i in range(2, n):
        t[0, i] = 2.0 * x * t[0, i - 1] - t[0, i - 2]
        t[1, i] = 2.0 * (step * t[0, i - 1] + x * t[1, i - 1]) - t[1, i - 2]
        t[2, i] = 4.0 * step * t[1, i - 1] + 2.0 * x * t[2, i - 1] - t[2, i - 2]


@called
def _add(row, x, y, z, local):
    """Add (q + p . d + (1/2) Q : d d) T_a(x) T_b(y) T_c(z), derivatives in rows 1 and 2."""
    for a in range(x.shape[1]):
        for b in range(y.shape[1]):
            both = x[0, a] * y[0, b]
            dx, dy = x[1, a] * y[0, b], x[0, a] * y[1, b]
            none = row[0] * both + row[1] * dx + row[2] * dy + row[7] * x[1, a] * y[1, b]
            none += 0.5 * (row[4] * x[2, a] * y[0, b] + row[5] * x[0, a] * y[2, b])
            once = row[3] * both + row[8] * dx + row[9] * dy
            twice = 0.5 * row[6] * both
            line = local[a, b]
            for c in range(z.shape[1]):
                line[c] += none * z[0, c] + once * z[1, c] + twice * z[2, c]


@compiled
def _moments(cells, moments, p1, p2, p3, first, out, start, stop):
    positions, _, starts, low, width, shape = cells
    x, y, z = np.empty((3, p1)), np.empty((3, p2)), np.empty((3, p3))
    local = np.empty((p1, p2, p3))
    for column in range(start, stop):
        bx, by = first + column // shape[1], column % shape[1]
        for bz in range(shape[2]):
            cell = (bx * shape[1] + by) * shape[2] + bz
            if starts[cell] == starts[cell + 1]:
                continue
            local[:] = 0.0
            for j in range(starts[cell], starts[cell + 1]):
                sx, sy, sz = 2.0 / width[0], 2.0 / width[1], 2.0 / width[2]
                _basis(sx * (positions[j, 0] - low[0]) - 2.0 * bx - 1.0, sx, x)
                _basis(sy * (positions[j, 1] - low[1]) - 2.0 * by - 1.0, sy, y)
                _basis(sz * (positions[j, 2] - low[2]) - 2.0 * bz - 1.0, sz, z)
                _add(moments[j], x, y, z, local)
            for a in range(p1):
                for b in range(p2):
                    for c in range(p3):
                        out[(bx - first) * p1 + a, by * p2 + b, bz * p3 + c] = local[a, b, c]
