"""Sparse bilinear maps for many samples at once: out_k = sum over entries of value a_i b_j."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.numba_cpu.compiling import compiled
from chebtucker.backends.threads import for_ranges

Array = NDArray[np.float64]

LANES = 64
"""Samples side by side in the innermost loop; a constant, so that it is vectorised well."""

_FEW = 6
"""So many samples are faster one at a time than in lanes that are mostly empty."""

_WORK = 2**21
"""Multiply-adds below which a second thread does not pay."""


def sparse_bilinear(
    a: Array,
    b: Array,
    pairs: NDArray[np.int32],
    mirrored: NDArray[np.bool_],
    starts: NDArray[np.int64],
    where: NDArray[np.int32],
    values: Array,
    size: int,
) -> Array:
    """Return the sums at k = 0..size - 1 for each sample, shape (B, size).

    See `reference.sparse_bilinear`. Entries are read once for `LANES` samples.
    """
    count = len(a)
    table = pairs, mirrored, starts, where, values
    if count <= _FEW:
        out = np.zeros((count, size))
        for row in range(count):
            _one(a[row], b[row], *table, out[row])
        return out
    out = np.empty((count, size))

    def some(start: int, stop: int) -> None:
        for block in range(start, stop):
            rows = slice(block * LANES, (block + 1) * LANES)
            sums = np.zeros((size, LANES))
            _lanes(_side_by_side(a[rows]), _side_by_side(b[rows]), *table, np.empty(LANES), sums)
            out[rows] = sums[:, : len(out[rows])].T

    blocks = -(-count // LANES)
    for_ranges(some, blocks, least=1 if count * len(values) > _WORK else blocks)
    return out


def _side_by_side(rows: Array) -> Array:
    """Return samples as columns, (n, LANES), filled up with zeros."""
    if len(rows) == LANES:
        return np.ascontiguousarray(rows.T)
    columns = np.zeros((rows.shape[1], LANES))
    columns[:, : len(rows)] = rows.T
    return columns


@compiled
def _one(a, b, pairs, mirrored, starts, where, values, out):
    for p in range(len(pairs)):
        i, j = pairs[p, 0], pairs[p, 1]
        product = a[i] * b[j]
        if mirrored[p]:
            product += a[j] * b[i]
        for e in range(starts[p], starts[p + 1]):
            out[where[e]] += values[e] * product


@compiled
def _lanes(a, b, pairs, mirrored, starts, where, values, product, out):
    for p in range(len(pairs)):
        i, j = pairs[p, 0], pairs[p, 1]
        if mirrored[p]:
            for w in range(LANES):
                product[w] = a[i, w] * b[j, w] + a[j, w] * b[i, w]
        else:
            for w in range(LANES):
                product[w] = a[i, w] * b[j, w]
        for e in range(starts[p], starts[p + 1]):
            value, k = values[e], where[e]
            for w in range(LANES):
                out[k, w] += value * product[w]
