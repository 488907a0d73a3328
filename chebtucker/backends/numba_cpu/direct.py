"""Direct sums over all pairs: one reciprocal square root a pair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker._checks import read_only
from chebtucker.backends.numba_cpu.compiling import compiled
from chebtucker.backends.threads import for_ranges

Array = NDArray[np.float64]


def direct_values(points: Array, positions: Array, charges: Array, screening: float) -> Array:
    """Return sum_j q_j exp(-screening r_j)/r_j at points (M, 3)."""
    out = np.empty(len(points))
    loop = _newton if screening == 0 else _yukawa
    pairs = _pairs(points, positions, charges)
    for_ranges(lambda a, b: loop(*pairs, screening, out, a, b), len(points))
    return out


def direct_gradients(points: Array, positions: Array, charges: Array, screening: float) -> Array:
    """Return the gradient (M, 3) of `direct_values`."""
    out = np.empty((len(points), 3))
    pairs = _pairs(points, positions, charges)
    for_ranges(lambda a, b: _slopes(*pairs, screening, out, a, b), len(points))
    return out


def _pairs(points: Array, positions: Array, charges: Array) -> tuple[Array, ...]:
    """Return points, x, y, z, charges, always read-only: loops are compiled for that apart."""
    return read_only(points), *np.ascontiguousarray(positions.T), read_only(charges)


@compiled
def _newton(points, x, y, z, charges, screening, out, start, stop):
    for m in range(start, stop):
        total = 0.0
        for j in range(len(x)):
            dx, dy, dz = points[m, 0] - x[j], points[m, 1] - y[j], points[m, 2] - z[j]
            total += charges[j] / np.sqrt(dx * dx + dy * dy + dz * dz)
        out[m] = total


@compiled
def _yukawa(points, x, y, z, charges, screening, out, start, stop):
    for m in range(start, stop):
        total = 0.0
        for j in range(len(x)):
            dx, dy, dz = points[m, 0] - x[j], points[m, 1] - y[j], points[m, 2] - z[j]
            r = np.sqrt(dx * dx + dy * dy + dz * dz)
            total += charges[j] * np.exp(-screening * r) / r
        out[m] = total


@compiled
def _slopes(points, x, y, z, charges, screening, out, start, stop):
    for m in range(start, stop):
        sx, sy, sz = 0.0, 0.0, 0.0
        for j in range(len(x)):
            dx, dy, dz = points[m, 0] - x[j], points[m, 1] - y[j], points[m, 2] - z[j]
            r2 = dx * dx + dy * dy + dz * dz
            r = np.sqrt(r2)
            slope = -charges[j] * np.exp(-screening * r) * (1 + screening * r) / (r2 * r)
            sx += slope * dx
            sy += slope * dy
            sz += slope * dz
        out[m, 0], out[m, 1], out[m, 2] = sx, sy, sz
