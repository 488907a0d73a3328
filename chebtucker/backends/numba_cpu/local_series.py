"""Local Chebyshev series of blocks at scattered points, many points of a block at once.

Points are sorted by block in chunks that stay in the caches, and taken in batches of 16 from
one block. A series is summed along its last axis first, for all points of the batch side by side:
a small matrix product. The length of that axis is the length of a tuple, so the compiler knows
it: it unrolls the sum and fills whole vector registers.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.numba_cpu.compiling import compiled, inlined
from chebtucker.backends.numba_cpu.lanes import LANES, ROWS, row_sums, weighted_sum
from chebtucker.backends.threads import for_ranges, thread_count

Array = NDArray[np.float64]

_MANY, _ONE = (0,) * ROWS, (0,)
_LEAST, _MOST = 2**13, 2**18


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
    length = (0,) * sizes[-1]
    chunk = min(max(32 * math.prod(blocks), _LEAST), _MOST)
    chunk = max(min(chunk, -(-count // thread_count())), _LEAST)
    if slopes is None:
        for_ranges(lambda a, b: _values(*where, values, a, b, length), count, least=chunk)
    else:
        for_ranges(
            lambda a, b: _gradients(*where, values, slopes, a, b, length), count, least=chunk
        )


@compiled
def _by_cell(points, low, inverse_width, blocks, start, stop):
    """Return the cells of points start..stop-1 and an order in which equal cells are together.

    Few points in very many cells stay in their own order: a sort would cost more than it saves.
    """
    count, dim = stop - start, points.shape[1]
    cell = np.empty(count, dtype=np.int64)
    for j in range(count):
        index = 0
        for k in range(3 - dim, 3):
            i = int((points[start + j, k - 3 + dim] - low[k]) * inverse_width[k])
            index = index * blocks[k] + min(max(i, 0), blocks[k] - 1)
        cell[j] = index
    order = np.empty(count, dtype=np.int64)
    cells = blocks[0] * blocks[1] * blocks[2]
    if cells > 8 * count:
        for j in range(count):
            order[j] = j
        return cell, order
    place = np.zeros(cells + 1, dtype=np.int64)
    for c in cell:
        place[c + 1] += 1
    for c in range(cells):
        place[c + 1] += place[c]
    for j in range(count):
        order[place[cell[j]]] = j
        place[cell[j]] += 1
    return cell, order


@inlined
def _of_one_cell(cell, order, first):
    """Return how many points from position `first` of the order on share a cell."""
    stop = first + 1
    last = min(first + LANES, len(order))
    while stop < last and cell[order[stop]] == cell[order[first]]:
        stop += 1
    return stop - first


@compiled
def _coordinates(points, start, order, cell, low, inverse_width, blocks, x):
    """Write coordinates in [-1, 1] across the block, (3, lanes); lanes without a point get 0."""
    dim = points.shape[1]
    position = (
        cell // (blocks[2] * blocks[1]),
        cell // blocks[2] % blocks[1],
        cell % blocks[2],
    )
    for k in range(3 - dim, 3):
        column = k - 3 + dim
        for j in range(len(order)):
            there = points[start + order[j], column]
            x[k, j] = 2.0 * ((there - low[k]) * inverse_width[k] - position[k]) - 1.0
        for j in range(len(order), x.shape[1]):
            x[k, j] = 0.0


@compiled
def _basis(x, t):
    for j in range(LANES):
        t[j] = 1.0
    if len(t) > LANES:
        for j in range(LANES):
            t[LANES + j] = x[j]
    for i in range(2 * LANES, len(t), LANES):
        for j in range(LANES):
            t[i + j] = 2.0 * x[j] * t[i - LANES + j] - t[i - 2 * LANES + j]


@compiled
def _slope(x, t, s, scale):
    # T_i' = 2 T_{i-1} + 2 x T_{i-1}' - T_{i-2}', times the chain rule's scale
    for j in range(LANES):
        s[j] = 0.0
    if len(t) > LANES:
        for j in range(LANES):
            s[LANES + j] = scale
    for i in range(2 * LANES, len(t), LANES):
        for j in range(LANES):
            ahead = scale * t[i - LANES + j] + x[j] * s[i - LANES + j]
            s[i + j] = 2.0 * ahead - s[i - 2 * LANES + j]


@compiled
def _planes(series, a, tz, plane, p2, length):
    """Sum the rows a, 0..p2-1 of the series along their last axis: p2 vectors."""
    p3, b = len(length), 0
    while b + ROWS <= p2:
        row_sums(series, (a * p2 + b) * p3, tz, plane, b, length, _MANY)
        b += ROWS
    while b < p2:
        row_sums(series, (a * p2 + b) * p3, tz, plane, b, length, _ONE)
        b += 1


@compiled
def _sum(series, tx, ty, tz, work, out, place, length):
    p1, p2 = len(tx) // LANES, len(ty) // LANES
    plane, lines, _ = work
    for a in range(p1):
        _planes(series, a, tz, plane, p2, length)
        weighted_sum(ty, plane, p2, lines, a)
    weighted_sum(tx, lines, p1, out, place)


@compiled
def _sum_with_slopes(series, t, s, work, out, length):
    """Write the sum and its three derivatives."""
    (tx, ty, tz), (sx, sy, sz) = t, s
    p1, p2 = len(tx) // LANES, len(ty) // LANES
    plane, lines, lines_y = work
    for a in range(p1):
        _planes(series, a, tz, plane, p2, length)
        weighted_sum(ty, plane, p2, lines, a)
        weighted_sum(sy, plane, p2, lines_y, a)
    weighted_sum(tx, lines, p1, out, 0)
    weighted_sum(sx, lines, p1, out, 1)
    weighted_sum(tx, lines_y, p1, out, 2)
    _sum(series, tx, ty, sz, work, out, 3, length)


@compiled
def _tables(sizes):
    return np.zeros(sizes[0] * LANES), np.zeros(sizes[1] * LANES), np.zeros(sizes[2] * LANES)


@compiled
def _work(sizes):
    most = max(sizes[0], sizes[1]) * LANES
    return np.empty(most), np.empty(most), np.empty(most)


@compiled
def _values(points, low, inverse_width, blocks, sizes, series, values, start, stop, length):
    cell, order = _by_cell(points, low, inverse_width, blocks, start, stop)
    t, work, x, out = _tables(sizes), _work(sizes), np.zeros((3, LANES)), np.empty(LANES)
    first = 0
    while first < stop - start:
        part = order[first : first + _of_one_cell(cell, order, first)]
        here = cell[part[0]]
        _coordinates(points, start, part, here, low, inverse_width, blocks, x)
        for k in range(3):
            _basis(x[k], t[k])
        _sum(series[here], t[0], t[1], t[2], work, out, 0, length)
        for j in range(len(part)):
            values[start + part[j]] = out[j]
        first += len(part)


@compiled
def _gradients(
    points, low, inverse_width, blocks, sizes, series, values, slopes, start, stop, length
):
    cell, order = _by_cell(points, low, inverse_width, blocks, start, stop)
    t, s, work = _tables(sizes), _tables(sizes), _work(sizes)
    x, out = np.zeros((3, LANES)), np.empty(4 * LANES)
    first, dim = 0, points.shape[1]
    while first < stop - start:
        part = order[first : first + _of_one_cell(cell, order, first)]
        here = cell[part[0]]
        _coordinates(points, start, part, here, low, inverse_width, blocks, x)
        for k in range(3):
            _basis(x[k], t[k])
            _slope(x[k], t[k], s[k], 2.0 * inverse_width[k])
        _sum_with_slopes(series[here], t, s, work, out, length)
        for j in range(len(part)):
            row = start + part[j]
            values[row] = out[j]
            for k in range(dim):
                slopes[row, k] = out[(k + 4 - dim) * LANES + j]
        first += len(part)
