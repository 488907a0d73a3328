"""Local Chebyshev series of blocks at scattered points, many points of a block at once.

Points are sorted by block in chunks that stay in the caches, and taken in batches of 16 from
one block. A series is summed along its last axis first, for all points of the batch side by side:
a small matrix product whose sums stay in vector registers.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.numba_cpu import vectors
from chebtucker.backends.numba_cpu.compiling import called, compiled, merged
from chebtucker.backends.numba_cpu.sorting import counting_sort
from chebtucker.backends.threads import for_ranges, thread_count

Array = NDArray[np.float64]

LANES = 16
"""Points of a batch: four vectors, and two longer ones where the machine has them."""

_PER_BLOCK, _LEAST, _MOST = 64, 2**13, 2**18
"""Points of a chunk: so many for each block, that few batches are half empty; at least; at most."""


def local_values(
    points: Array, box: Array, series: Array, values: Array, slopes: Array | None = None
) -> None:
    """Write the local series at points to `values`, and gradients to `slopes`.

    See `reference.local_values`. 2 p^3 flops a point, 4 p^3 with gradients.
    """
    count, d = points.shape
    missing = 3 - d  # leading axes without extent stand for those that are missing
    blocks, sizes = series.shape[:d], series.shape[d:]
    low, inverse_width = np.zeros(3), np.zeros(3)
    low[missing:] = box[:, 0]
    inverse_width[missing:] = np.array(blocks) / (box[:, 1] - box[:, 0])
    three = (1,) * missing + blocks, (1,) * missing + sizes
    where = points, low, inverse_width, *three, series.reshape(math.prod(blocks), -1)
    chunk = min(max(_PER_BLOCK * math.prod(blocks), _LEAST), _MOST)
    chunk = max(min(chunk, -(-count // thread_count())), _LEAST)
    if slopes is None:
        for_ranges(lambda a, b: _values(*where, values, a, b), count, least=chunk)
    else:
        for_ranges(lambda a, b: _gradients(*where, values, slopes, a, b), count, least=chunk)


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
def _weighted(weights, rows, count):
    """Return the sum of weights times rows, 16 numbers each."""
    total = _sixteen(0.0, rows)
    for i in range(0, count * LANES, LANES):
        total = vectors.fma(
            vectors.load_as(weights, i, total), vectors.load_as(rows, i, total), total
        )
    return total


@merged
def _four_rows(series, at, count, t, sums, place):
    """Sum four rows of the series times polynomials: sums that stay in registers."""
    zero = _sixteen(0.0, t)
    a, b, c, d = zero, zero, zero, zero
    for k in range(count):
        row, i = vectors.load_as(t, k * LANES, zero), at + k
        a = vectors.fma(vectors.broadcast(series, i, zero), row, a)
        b = vectors.fma(vectors.broadcast(series, i + count, zero), row, b)
        c = vectors.fma(vectors.broadcast(series, i + 2 * count, zero), row, c)
        d = vectors.fma(vectors.broadcast(series, i + 3 * count, zero), row, d)
    vectors.store(sums, place, a)
    vectors.store(sums, place + LANES, b)
    vectors.store(sums, place + 2 * LANES, c)
    vectors.store(sums, place + 3 * LANES, d)


@merged
def _one_row(series, at, count, t, sums, place):
    total = _sixteen(0.0, t)
    for k in range(count):
        row = vectors.load_as(t, k * LANES, total)
        total = vectors.fma(vectors.broadcast(series, at + k, total), row, total)
    vectors.store(sums, place, total)


@called
def _plane(series, a, tz, sums, sizes):
    """Sum the rows a, 0..p2-1 of the series along their last axis: p2 times 16 numbers."""
    _, p2, p3 = sizes
    b = 0
    while b + 4 <= p2:
        _four_rows(series, (a * p2 + b) * p3, p3, tz, sums, b * LANES)
        b += 4
    while b < p2:
        _one_row(series, (a * p2 + b) * p3, p3, tz, sums, b * LANES)
        b += 1


@called
def _sum(series, tx, ty, tz, work, out, place, sizes):
    plane, lines, _ = work
    for a in range(sizes[0]):
        _plane(series, a, tz, plane, sizes)
        vectors.store(lines, a * LANES, _weighted(ty, plane, sizes[1]))
    vectors.store(out, place * LANES, _weighted(tx, lines, sizes[0]))


@called
def _sum_with_slopes(series, t, s, work, out, sizes):
    """Write the sum and its three derivatives."""
    (tx, ty, tz), (sx, sy, sz) = t, s
    plane, lines, lines_y = work
    for a in range(sizes[0]):
        _plane(series, a, tz, plane, sizes)
        vectors.store(lines, a * LANES, _weighted(ty, plane, sizes[1]))
        vectors.store(lines_y, a * LANES, _weighted(sy, plane, sizes[1]))
    vectors.store(out, 0, _weighted(tx, lines, sizes[0]))
    vectors.store(out, LANES, _weighted(sx, lines, sizes[0]))
    vectors.store(out, 2 * LANES, _weighted(tx, lines_y, sizes[0]))
    _sum(series, tx, ty, sz, work, out, 3, sizes)


@called
def _tables(sizes):
    return np.zeros(sizes[0] * LANES), np.zeros(sizes[1] * LANES), np.zeros(sizes[2] * LANES)


@called
def _work(sizes):
    most = max(sizes[0], sizes[1]) * LANES
    return np.empty(most), np.empty(most), np.empty(most)


@compiled
def _values(points, low, inverse_width, blocks, sizes, series, values, start, stop):
    order, blocks_of, x = _by_block(points, low, inverse_width, blocks, start, stop)
    t, work, out = _tables(sizes), _work(sizes), np.empty(LANES)
    first = 0
    while first < stop - start:
        count = _of_one_block(blocks_of, first)
        for k in range(3):
            _polynomials(x[k], first, t[k], sizes[k])
        _sum(series[blocks_of[first]], t[0], t[1], t[2], work, out, 0, sizes)
        for j in range(count):
            values[start + order[first + j]] = out[j]
        first += count


@compiled
def _gradients(points, low, inverse_width, blocks, sizes, series, values, slopes, start, stop):
    order, blocks_of, x = _by_block(points, low, inverse_width, blocks, start, stop)
    t, s, work, out = _tables(sizes), _tables(sizes), _work(sizes), np.empty(4 * LANES)
    first, dim = 0, points.shape[1]
    while first < stop - start:
        count = _of_one_block(blocks_of, first)
        for k in range(3):
            _polynomials(x[k], first, t[k], sizes[k])
            _slopes(x[k], first, t[k], s[k], sizes[k], 2.0 * inverse_width[k])
        _sum_with_slopes(series[blocks_of[first]], t, s, work, out, sizes)
        for j in range(count):
            row = start + order[first + j]
            values[row] = out[j]
            for k in range(dim):
                slopes[row, k] = out[(k + 4 - dim) * LANES + j]
        first += count
