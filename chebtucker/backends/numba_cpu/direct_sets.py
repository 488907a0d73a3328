"""Direct sums for several charge vectors: the kernel of a pair is evaluated once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.numba_cpu.compiling import compiled
from chebtucker.backends.threads import for_ranges

Array = NDArray[np.float64]

_RUN = 64


def direct_values_of_sets(
    points: Array, positions: Array, charges: Array, screening: float
) -> Array:
    """Return sum_j q_cj exp(-screening r_j)/r_j, (C, M), for charges (C, N) at points (M, 3)."""
    sums = np.zeros((len(points), len(charges)))
    x, y, z = np.ascontiguousarray(positions.T)
    rows = np.ascontiguousarray(charges.T)  # (N, C)
    for_ranges(lambda a, b: _sums(points, x, y, z, rows, screening, sums, a, b), len(points))
    return np.ascontiguousarray(sums.T)


@compiled
def _sums(points, x, y, z, charges, screening, out, start, stop):
    values = np.empty(_RUN)
    for m in range(start, stop):
        for first in range(0, len(x), _RUN):
            count = min(_RUN, len(x) - first)
            for k in range(count):
                j = first + k
                dx, dy, dz = points[m, 0] - x[j], points[m, 1] - y[j], points[m, 2] - z[j]
                values[k] = 1.0 / np.sqrt(dx * dx + dy * dy + dz * dz)
            if screening != 0.0:
                for k in range(count):
                    values[k] *= np.exp(-screening / values[k])
            for k in range(count):
                value, j = values[k], first + k
                if np.isfinite(value):
                    for c in range(out.shape[1]):
                        out[m, c] += value * charges[j, c]
                else:
                    for c in range(out.shape[1]):
                        if charges[j, c] != 0.0:
                            out[m, c] += value * charges[j, c]
