"""Sparse bilinear maps for many samples at once: out_k = sum over entries of value a_i b_j."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.numba_cpu.compiling import compiled, merged
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
    blocks: NDArray[np.int64],
) -> Array:
    """Return the sums at each k for each sample, shape (B, blocks[-1, 1]).

    See `reference.sparse_bilinear`. Entries are read once for `LANES` samples, and the sums of
    one block are kept in cache.
    """
    count = len(a)
    table = pairs, mirrored, starts, where, values
    out = np.empty((count, blocks[-1, 1]))
    if count <= _FEW:
        out[:] = 0
        for row in range(count):
            _one(a[row], b[row], *table, out[row])
        return out
    widest = int(np.diff(blocks[:, 1]).max())

    def some(start: int, stop: int) -> None:
        product, sums = np.empty(LANES), np.empty((widest, LANES))
        for group in range(start, stop):
            rows = slice(group * LANES, (group + 1) * LANES)
            x, y = _side_by_side(a[rows]), _side_by_side(b[rows])
            _lanes(x, y, *table, blocks, product, sums, out[rows])

    groups = -(-count // LANES)
    for_ranges(some, groups, least=1 if count * len(values) > _WORK else groups)
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
def _lanes(a, b, pairs, mirrored, starts, where, values, blocks, product, sums, out):
    for block in range(len(blocks) - 1):
        first, last = blocks[block, 1], blocks[block + 1, 1]
        sums[: last - first] = 0.0
        for p in range(blocks[block, 0], blocks[block + 1, 0]):
            _products(a, b, pairs[p, 0], pairs[p, 1], mirrored[p], product)
            for e in range(starts[p], starts[p + 1]):
                value, k = values[e], where[e] - first
                for w in range(LANES):
                    sums[k, w] += value * product[w]
        _transpose(sums, out[:, first:last])


@merged
def _products(a, b, i, j, mirrored, product):
    if mirrored:
        for w in range(LANES):
            product[w] = a[i, w] * b[j, w] + a[j, w] * b[i, w]
    else:
        for w in range(LANES):
            product[w] = a[i, w] * b[j, w]


@merged
def _transpose(columns, out):
    for first in range(0, out.shape[1], 8):  # a line of cache at a time
        last = min(first + 8, out.shape[1])
        for w in range(out.shape[0]):
            for k in range(first, last):
                out[w, k] = columns[k, w]
