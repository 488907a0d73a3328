"""Local Chebyshev series of blocks at scattered points, many points of a block at once.

Points are sorted by block in chunks that stay in the caches, and taken in batches of 16 from
one block. A series is summed along its last axis first, four rows at a time, for all points of
the batch side by side: a small matrix product whose sums stay in vector registers.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.numba_cpu import vectors
from chebtucker.backends.numba_cpu.compiling import called, compiled, merged
from chebtucker.backends.numba_cpu.sorting import counting_sort
from chebtucker.backends.ragged import Ragged, groups_of
from chebtucker.backends.threads import for_ranges, thread_count

Array = NDArray[np.float64]

LANES = 16
"""Points of a batch: four vectors, and two longer ones where the machine has them."""

_PER_BLOCK, _LEAST, _MOST = 64, 2**13, 2**18
"""Points of a chunk: so many for each block, that few batches are half empty; at least; at most."""


def ragged_values(
    points: Array, box: Array, series: Ragged, values: Array, slopes: Array | None = None
) -> None:
    """Write local series at points (M, d) to `values` (M,), and gradients to `slopes` (M, d).

    As `reference.local_values` for the coefficients that are there: 2 flops for each and a point,
    twice as many with gradients.
    """
    count, d = points.shape
    missing = 3 - d  # leading axes without extent stand for those that are missing
    low, inverse_width = np.zeros(3), np.zeros(3)
    low[missing:] = box[:, 0]
    inverse_width[missing:] = np.array(series.counts) / (box[:, 1] - box[:, 0])
    counts, (p1, p2, p3) = (1,) * missing + series.counts, (1,) * missing + series.sizes
    sizes = p1, math.prod(groups_of(p2)), p3  # with rows that fill the last group
    where = points, low, inverse_width, counts, sizes
    rows = series.coefficients, series.lengths, series.starts
    chunk = min(max(_PER_BLOCK * len(series.starts), _LEAST), _MOST)
    chunk = max(min(chunk, -(-count // thread_count())), _LEAST)
    if slopes is None:
        for_ranges(lambda a, b: _values(*where, *rows, values, a, b), count, least=chunk)
    else:
        for_ranges(lambda a, b: _gradients(*where, *rows, values, slopes, a, b), count, least=chunk)


@called
def _by_block(points, low, inverse_width, blocks, start, stop):
    """Return points start..stop-1 in an order in which those of a block are together.

    Returns the order, the block of each, and the coordinates in [-1, 1] across the block,
    (3, count + 16): a batch is read as a whole vector, also the last one. Few points in very many
    blocks stay in their own order: a sort would cost more than it saves.
    """
    count, missing = stop - start, 3 - points.shape[1]
    many = blocks[0] * blocks[1] * blocks[2]
    block = np.zeros(count, dtype=np.int32)
    for k in range(missing, 3):
        column, layers = points[start:stop, k - missing], blocks[k]
        for j in range(count):
            scaled = (column[j] - low[k]) * inverse_width[k]
            block[j] = block[j] * layers + _layer(scaled, layers)
    order = np.arange(count).astype(np.int32)
    if many <= 8 * count:
        order, _ = counting_sort(block, many)
    x = np.zeros((3, count + LANES))
    for k in range(missing, 3):
        column, layers, across = points[start:stop, k - missing], blocks[k], x[k]
        for j in range(count):
            scaled = (column[order[j]] - low[k]) * inverse_width[k]
            across[j] = 2.0 * (scaled - _layer(scaled, layers)) - 1.0
    return order, block[order], x


@merged
def _layer(scaled, layers):
    return min(max(np.int32(scaled), 0), layers - 1)


@merged
def _of_one_block(blocks_of, first):
    """Return how many points from position `first` on share a block, at most one batch."""
    stop = first + 1
    last = min(first + LANES, len(blocks_of))
    while stop < last and blocks_of[stop] == blocks_of[first]:
        stop += 1
    return stop - first


@merged
def _sixteen(number, like):
    return vectors.stack((number, number, number, number), like)


@merged
def _polynomials(x, first, t, count):
    """Write T_0 .. T_{count-1} at 16 coordinates, a row for each."""
    now, last = _sixteen(1.0, x), vectors.load_as(x, first, _sixteen(0.0, x))
    twice = vectors.add(last, last)
    for i in range(0, count * LANES, LANES):  # T_{-1} = x, so T_1 is no case of its own
        vectors.store(t, i, now)
        now, last = vectors.subtract(vectors.multiply(twice, now), last), now


@merged
def _slopes(x, first, t, s, count, scale):
    """Write `scale` times T_0' .. T_{count-1}' at 16 coordinates; `t` has the polynomials."""
    now, last = _sixteen(0.0, x), _sixteen(scale, x)  # T_{-1}' = 1
    once, double = vectors.load_as(x, first, now), vectors.add(last, last)
    twice = vectors.add(once, once)
    for i in range(0, count * LANES, LANES):  # T_i' = 2 T_{i-1} + 2 x T_{i-1}' - T_{i-2}'
        vectors.store(s, i, now)
        ahead = vectors.fma(double, vectors.load_as(t, i, now), vectors.multiply(twice, now))
        now, last = vectors.subtract(ahead, last), now


@merged
def _four_rows(series, at, count, t):
    """Return the sums of four rows of `count` coefficients times polynomials."""
    zero = _sixteen(0.0, t)
    a, b, c, d = zero, zero, zero, zero
    for k in range(count):
        row, i = vectors.load_as(t, k * LANES, zero), at + 4 * k
        a = vectors.fma(vectors.broadcast(series, i, zero), row, a)
        b = vectors.fma(vectors.broadcast(series, i + 1, zero), row, b)
        c = vectors.fma(vectors.broadcast(series, i + 2, zero), row, c)
        d = vectors.fma(vectors.broadcast(series, i + 3, zero), row, d)
    return a, b, c, d


@merged
def _one_row(series, at, count, t):
    total = _sixteen(0.0, t)
    for k in range(count):
        row = vectors.load_as(t, k * LANES, total)
        total = vectors.fma(vectors.broadcast(series, at + k, total), row, total)
    return total


@merged
def _weighted(total, rows, t, first):
    """Return `total` plus four rows times four polynomials."""
    for k in range(4):
        total = vectors.fma(vectors.load_as(t, (first + k) * LANES, total), rows[k], total)
    return total


@called
def _sum(series, lengths, at, tx, ty, tz, alone, out):
    """Write the sum of a block's series at 16 points to `out`."""
    total = _sixteen(0.0, tx)
    for a in range(lengths.shape[0]):
        line = _sixteen(0.0, tx)
        for g in range(lengths.shape[1]):
            count = int(lengths[a, g])
            if alone:
                line = _one_row(series, at, count, tz)
                at += count
            elif count > 0:
                line = _weighted(line, _four_rows(series, at, count, tz), ty, 4 * g)
                at += 4 * count
        total = vectors.fma(vectors.load_as(tx, a * LANES, total), line, total)
    vectors.store(out, 0, total)


@called
def _sum_with_slopes(series, lengths, at, t, s, alone, out):
    """Write the sum of a block's series at 16 points and its three derivatives to `out`."""
    (tx, ty, tz), (sx, sy, sz) = t, s
    zero = _sixteen(0.0, tx)
    value, by_x, by_y, by_z = zero, zero, zero, zero
    for a in range(lengths.shape[0]):
        line, line_y, line_z = zero, zero, zero
        for g in range(lengths.shape[1]):
            count = int(lengths[a, g])
            if alone:
                line, line_z = _one_row(series, at, count, tz), _one_row(series, at, count, sz)
                at += count
            elif count > 0:
                rows = _four_rows(series, at, count, tz)
                line = _weighted(line, rows, ty, 4 * g)
                line_y = _weighted(line_y, rows, sy, 4 * g)
                line_z = _weighted(line_z, _four_rows(series, at, count, sz), ty, 4 * g)
                at += 4 * count
        factor = vectors.load_as(tx, a * LANES, zero)
        value = vectors.fma(factor, line, value)
        by_x = vectors.fma(vectors.load_as(sx, a * LANES, zero), line, by_x)
        by_y, by_z = vectors.fma(factor, line_y, by_y), vectors.fma(factor, line_z, by_z)
    vectors.store(out, 0, value)
    vectors.store(out, LANES, by_x)
    vectors.store(out, 2 * LANES, by_y)
    vectors.store(out, 3 * LANES, by_z)


@called
def _tables(sizes):
    return np.zeros(sizes[0] * LANES), np.zeros(sizes[1] * LANES), np.zeros(sizes[2] * LANES)


@compiled
def _values(
    points, low, inverse_width, blocks, sizes, series, lengths, starts, values, start, stop
):
    order, blocks_of, x = _by_block(points, low, inverse_width, blocks, start, stop)
    alone, t, out = sizes[1] == 1, _tables(sizes), np.empty(LANES)
    first = 0
    while first < stop - start:
        count, b = _of_one_block(blocks_of, first), blocks_of[first]
        for k in range(3):
            _polynomials(x[k], first, t[k], sizes[k])
        _sum(series, lengths[b], starts[b], t[0], t[1], t[2], alone, out)
        for j in range(count):
            values[start + order[first + j]] = out[j]
        first += count


@compiled
def _gradients(
    points, low, inverse_width, blocks, sizes, series, lengths, starts, values, slopes, start, stop
):
    order, blocks_of, x = _by_block(points, low, inverse_width, blocks, start, stop)
    alone, t, s, out = sizes[1] == 1, _tables(sizes), _tables(sizes), np.empty(4 * LANES)
    first, dim = 0, points.shape[1]
    while first < stop - start:
        count, b = _of_one_block(blocks_of, first), blocks_of[first]
        for k in range(3):
            _polynomials(x[k], first, t[k], sizes[k])
            _slopes(x[k], first, t[k], s[k], sizes[k], 2.0 * inverse_width[k])
        _sum_with_slopes(series, lengths[b], starts[b], t, s, alone, out)
        for j in range(count):
            row = start + order[first + j]
            values[row] = out[j]
            for k in range(dim):
                slopes[row, k] = out[(k + 4 - dim) * LANES + j]
        first += count
