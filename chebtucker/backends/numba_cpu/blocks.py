"""Local Chebyshev series in blocks: moments of particles, and their transpose, evaluation."""

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


def add_local_values(
    cells: Cells,
    coefficients: Array,
    degrees: tuple[int, int, int],
    slab: tuple[int, int],
    out: Array,
) -> None:
    """Write the local Chebyshev series at the points of the x-slabs to their rows of `out`.

    See `reference.add_local_values`. 2 p^3 flops a point, three times that with gradients.
    """
    p1, p2, p3 = degrees
    loop = _values if out.ndim == 1 else _values_and_gradients
    columns = (slab[1] - slab[0]) * int(cells.shape[1])
    for_ranges(lambda a, b: loop(cells, coefficients, p1, p2, p3, slab[0], out, a, b), columns)


@inlined
def _basis(x, n, t):
    t[0] = 1.0
    if n > 1:
        t[1] = x
    for i in range(2, n):
        t[i] = 2.0 * x * t[i - 1] - t[i - 2]


@inlined
def _basis_slope(x, n, t, s, scale):
    # T_i' = 2 T_{i-1} + 2 x T_{i-1}' - T_{i-2}', times the chain rule's scale
    s[0] = 0.0
    if n > 1:
        s[1] = scale
    for i in range(2, n):
        s[i] = 2.0 * scale * t[i - 1] + 2.0 * x * s[i - 1] - s[i - 2]


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


@compiled
def _values(cells, coefficients, p1, p2, p3, first, out, start, stop):
    positions, _, starts, low, width, shape = cells
    tx, ty, tz = np.empty(p1), np.empty(p2), np.empty(p3)
    local, line = np.empty((p1, p2, p3)), np.empty(p3)
    for column in range(start, stop):
        bx, by = first + column // shape[1], column % shape[1]
        for bz in range(shape[2]):
            cell = (bx * shape[1] + by) * shape[2] + bz
            if starts[cell] == starts[cell + 1]:
                continue
            x0, y0, z0 = (bx - first) * p1, by * p2, bz * p3
            local[:] = coefficients[x0 : x0 + p1, y0 : y0 + p2, z0 : z0 + p3]
            for j in range(starts[cell], starts[cell + 1]):
                _basis(2.0 * (positions[j, 0] - low[0]) / width[0] - 2.0 * bx - 1.0, p1, tx)
                _basis(2.0 * (positions[j, 1] - low[1]) / width[1] - 2.0 * by - 1.0, p2, ty)
                _basis(2.0 * (positions[j, 2] - low[2]) / width[2] - 2.0 * bz - 1.0, p3, tz)
                line[:] = 0.0
                for a in range(p1):
                    for b in range(p2):
                        weight = tx[a] * ty[b]
                        row = local[a, b]
                        for c in range(p3):
                            line[c] += weight * row[c]
                total = 0.0
                for c in range(p3):
                    total += line[c] * tz[c]
                out[j] = total


@compiled
def _values_and_gradients(cells, coefficients, p1, p2, p3, first, out, start, stop):
    positions, _, starts, low, width, shape = cells
    tx, ty, tz = np.empty(p1), np.empty(p2), np.empty(p3)
    sx, sy, sz = np.empty(p1), np.empty(p2), np.empty(p3)
    local = np.empty((p1, p2, p3))
    line, line_x, line_y = np.empty(p3), np.empty(p3), np.empty(p3)
    for column in range(start, stop):
        bx, by = first + column // shape[1], column % shape[1]
        for bz in range(shape[2]):
            cell = (bx * shape[1] + by) * shape[2] + bz
            if starts[cell] == starts[cell + 1]:
                continue
            x0, y0, z0 = (bx - first) * p1, by * p2, bz * p3
            local[:] = coefficients[x0 : x0 + p1, y0 : y0 + p2, z0 : z0 + p3]
            for j in range(starts[cell], starts[cell + 1]):
                x = 2.0 * (positions[j, 0] - low[0]) / width[0] - 2.0 * bx - 1.0
                y = 2.0 * (positions[j, 1] - low[1]) / width[1] - 2.0 * by - 1.0
                z = 2.0 * (positions[j, 2] - low[2]) / width[2] - 2.0 * bz - 1.0
                _basis(x, p1, tx)
                _basis(y, p2, ty)
                _basis(z, p3, tz)
                _basis_slope(x, p1, tx, sx, 2.0 / width[0])
                _basis_slope(y, p2, ty, sy, 2.0 / width[1])
                _basis_slope(z, p3, tz, sz, 2.0 / width[2])
                line[:] = 0.0
                line_x[:] = 0.0
                line_y[:] = 0.0
                for a in range(p1):
                    for b in range(p2):
                        weight, weight_x, weight_y = tx[a] * ty[b], sx[a] * ty[b], tx[a] * sy[b]
                        row = local[a, b]
                        for c in range(p3):
                            line[c] += weight * row[c]
                            line_x[c] += weight_x * row[c]
                            line_y[c] += weight_y * row[c]
                value, gx, gy, gz = 0.0, 0.0, 0.0, 0.0
                for c in range(p3):
                    value += line[c] * tz[c]
                    gx += line_x[c] * tz[c]
                    gy += line_y[c] * tz[c]
                    gz += line[c] * sz[c]
                out[j, 0], out[j, 1], out[j, 2], out[j, 3] = value, gx, gy, gz
