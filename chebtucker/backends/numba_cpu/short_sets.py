"""Short-range sums at points for several charge vectors: each pair is evaluated once.

The values of pairs go to a small table, 4 points by a run of particles; the table times the
charges of the run, a matrix product in registers, adds to the sums of all charge vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.cells import Cells
from chebtucker.backends.numba_cpu import vectors
from chebtucker.backends.numba_cpu.columns import cell_range, column_run
from chebtucker.backends.numba_cpu.compiling import called, compiled, merged
from chebtucker.backends.numba_cpu.four_points import (
    PADDING,
    close_group,
    differences,
    four_places,
    in_range,
    limits,
    others_are_close,
    scale_for,
    scaled,
    squares,
    tail_of,
)
from chebtucker.backends.numba_cpu.pairs import (
    exact_slope,
    exact_value,
    slopes,
    values,
)
from chebtucker.backends.threads import for_ranges

Array = NDArray[np.float64]

RUN = 64
"""Particles in a table."""

WIDTH = RUN + PADDING


def short_values_of_sets(
    points: Array,
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: NDArray[Any],
    is_even: bool,
    skip: NDArray[np.int64],
) -> Array:
    """Return `short_values` (C, M) for charges (C, N) in the order of the cells."""
    sums = _run(_values, 1, points, cells, charges, cutoff, coefficients, is_even, skip)
    return np.ascontiguousarray(sums[:, 0].T)


def short_gradients_of_sets(
    points: Array,
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: NDArray[Any],
    is_even: bool,
    skip: NDArray[np.int64],
) -> Array:
    """Return `short_gradients` (C, M, 3) for charges (C, N) in the order of the cells."""
    sums = _run(_gradients, 3, points, cells, charges, cutoff, coefficients, is_even, skip)
    return np.ascontiguousarray(sums.transpose(2, 0, 1))


def _run(
    loop: Any,
    kinds: int,
    points: Array,
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: NDArray[Any],
    is_even: bool,
    skip: NDArray[np.int64],
) -> Array:
    """Return sums (M, kinds, C)."""
    scale = scale_for(cutoff)
    rows = side_by_side(charges * scale, coefficients.dtype)
    plan = scaled(points, cells, rows, cutoff, coefficients, is_even, skip)
    out = np.empty((len(points), kinds, len(charges)))
    for_ranges(lambda a, b: loop(*plan, out, a, b), len(points), least=64)
    return out if kinds == 1 else out * scale


def side_by_side(charges: Array, kind: Any) -> NDArray[Any]:
    """Return charges (C, N) as rows (N + PADDING, S), S a multiple of the length of a vector."""
    lanes = vectors.BITS // (8 * np.dtype(kind).itemsize)
    sets, count = charges.shape
    rows = np.zeros((count + PADDING, -(-sets // lanes) * lanes), kind)
    rows[:count, :sets] = charges.T
    return rows


@merged
def _store_four(table, first, value):
    a, b, c, d = vectors.groups(value)
    vectors.store(table, first, a)
    vectors.store(table, first + WIDTH, b)
    vectors.store(table, first + 2 * WIDTH, c)
    vectors.store(table, first + 3 * WIDTH, d)


@merged
def _tabulate_values(four, first, last, xyz, cutoff, coefficients, is_even, tail, table, close):
    """Write the values of the pairs of four points with the rows first:last; count close pairs."""
    zero, one, tiny, far = limits(cutoff, close)
    count = vectors.lanes(table)
    for j in range(first, last, count):
        away = differences(xyz, j, four, table)
        s = squares(away, vectors.load(tail, max(j + count - last, 0)))
        value = values(s, cutoff, coefficients, is_even)
        _store_four(table, j - first, in_range(s, value, tiny, far, zero))
        close = vectors.add(close, vectors.where_less(s, tiny, one, zero))
    return close


@merged
def _tabulate_slopes(
    four, first, last, xyz, cutoff, coefficients, slope, is_even, tail, table, close
):
    """Write the three components of the slopes of the pairs: three tables one after the other."""
    zero, one, tiny, far = limits(cutoff, close)
    count = vectors.lanes(table)
    for j in range(first, last, count):
        away = differences(xyz, j, four, table)
        s = squares(away, vectors.load(tail, max(j + count - last, 0)))
        over_r = slopes(s, cutoff, coefficients, slope, is_even)
        kept = in_range(s, over_r, tiny, far, zero)
        _store_four(table, j - first, vectors.multiply(kept, away[0]))
        _store_four(table, j - first + 4 * WIDTH, vectors.multiply(kept, away[1]))
        _store_four(table, j - first + 8 * WIDTH, vectors.multiply(kept, away[2]))
        close = vectors.add(close, vectors.where_less(s, tiny, one, zero))
    return close


@merged
def _multiply(table, first, flat, row, count, stride, sums, place):
    """Add table (4, count) times charges (count, S) to four rows of sums, (4, S) from place."""
    for c in range(0, stride, vectors.lanes(table)):
        at = place + c
        a, b = vectors.load(sums, at), vectors.load(sums, at + stride)
        d, e = vectors.load(sums, at + 2 * stride), vectors.load(sums, at + 3 * stride)
        zero = vectors.splat(0.0, table)
        a2, b2, d2, e2 = zero, zero, zero, zero
        q = row * stride + c
        for j in range(first, first + count, 2):  # two chains; the table ends with a zero
            q0, q1 = vectors.load(flat, q), vectors.load(flat, q + stride)
            q += 2 * stride
            a = vectors.fma(vectors.broadcast(table, j, table), q0, a)
            b = vectors.fma(vectors.broadcast(table, j + WIDTH, table), q0, b)
            d = vectors.fma(vectors.broadcast(table, j + 2 * WIDTH, table), q0, d)
            e = vectors.fma(vectors.broadcast(table, j + 3 * WIDTH, table), q0, e)
            a2 = vectors.fma(vectors.broadcast(table, j + 1, table), q1, a2)
            b2 = vectors.fma(vectors.broadcast(table, j + 1 + WIDTH, table), q1, b2)
            d2 = vectors.fma(vectors.broadcast(table, j + 1 + 2 * WIDTH, table), q1, d2)
            e2 = vectors.fma(vectors.broadcast(table, j + 1 + 3 * WIDTH, table), q1, e2)
        vectors.store(sums, at, vectors.add(a, a2))
        vectors.store(sums, at + stride, vectors.add(b, b2))
        vectors.store(sums, at + 2 * stride, vectors.add(d, d2))
        vectors.store(sums, at + 3 * stride, vectors.add(e, e2))


@compiled
def _values(
    points, box, xyz, charges, cutoff, coefficients, slope, is_even, skip, out, start, stop
):
    _, low, width, shape = box
    stride, sets = charges.shape[1], out.shape[2]
    flat = charges.reshape(-1)
    tail = tail_of(charges)
    table, sums = np.zeros(4 * WIDTH, charges.dtype), np.empty(4 * stride, charges.dtype)
    m = start
    while m < stop:
        count, lows, highs = close_group(points, m, stop, cutoff / 2)
        four = four_places(points, m, count)
        x0, x1 = cell_range(lows[0], highs[0], cutoff, low[0], width[0], shape[0])
        y0, y1 = cell_range(lows[1], highs[1], cutoff, low[1], width[1], shape[1])
        sums[:] = 0.0
        close = vectors.stack((0.0, 0.0, 0.0, 0.0), charges)
        for cx in range(x0, x1 + 1):
            for cy in range(y0, y1 + 1):
                begin, end = column_run(cx, cy, lows, highs, box, cutoff)
                for first in range(begin, end, RUN):
                    last = min(first + RUN, end)
                    close = _tabulate_values(
                        four, first, last, xyz, cutoff, coefficients, is_even, tail, table, close
                    )
                    _multiply(table, 0, flat, first, last - first, stride, sums, 0)
        for i in range(count):
            for c in range(sets):
                out[m + i, 0, c] = sums[i * stride + c]
        if others_are_close(close, skip, m, count):
            for i in range(m, m + count):
                out[i] = 0.0
                _exact(
                    points[i], box, xyz, charges, cutoff, coefficients, slope, is_even, skip[i],
                    out[i],
                )  # fmt: skip
        m += count


@compiled
def _gradients(
    points, box, xyz, charges, cutoff, coefficients, slope, is_even, skip, out, start, stop
):
    _, low, width, shape = box
    stride, sets = charges.shape[1], out.shape[2]
    flat = charges.reshape(-1)
    tail = tail_of(charges)
    table, sums = np.zeros(12 * WIDTH, charges.dtype), np.empty(12 * stride, charges.dtype)
    m = start
    while m < stop:
        count, lows, highs = close_group(points, m, stop, cutoff / 2)
        four = four_places(points, m, count)
        x0, x1 = cell_range(lows[0], highs[0], cutoff, low[0], width[0], shape[0])
        y0, y1 = cell_range(lows[1], highs[1], cutoff, low[1], width[1], shape[1])
        sums[:] = 0.0
        close = vectors.stack((0.0, 0.0, 0.0, 0.0), charges)
        for cx in range(x0, x1 + 1):
            for cy in range(y0, y1 + 1):
                begin, end = column_run(cx, cy, lows, highs, box, cutoff)
                for first in range(begin, end, RUN):
                    last = min(first + RUN, end)
                    close = _tabulate_slopes(
                        four, first, last, xyz, cutoff, coefficients, slope, is_even, tail, table,
                        close,
                    )  # fmt: skip
                    for k in range(3):
                        _multiply(
                            table, 4 * k * WIDTH, flat, first, last - first, stride, sums,
                            4 * k * stride,
                        )  # fmt: skip
        for i in range(count):  # distances point from the point to the particle: minus
            for k in range(3):
                for c in range(sets):
                    out[m + i, k, c] = -sums[(4 * k + i) * stride + c]
        if others_are_close(close, skip, m, count):
            for i in range(m, m + count):
                out[i] = 0.0
                _exact(
                    points[i], box, xyz, charges, cutoff, coefficients, slope, is_even, skip[i],
                    out[i],
                )  # fmt: skip
        m += count


@called
def _exact(point, box, xyz, charges, cutoff, coefficients, slope, is_even, skip, out):
    """Add up values or slopes (kinds, C) at a point that is almost on a particle."""
    _, low, width, shape = box
    place = (point[0], point[1], point[2])
    x0, x1 = cell_range(place[0], place[0], cutoff, low[0], width[0], shape[0])
    y0, y1 = cell_range(place[1], place[1], cutoff, low[1], width[1], shape[1])
    for cx in range(x0, x1 + 1):
        for cy in range(y0, y1 + 1):
            first, last = column_run(cx, cy, place, place, box, cutoff)
            for j in range(first, last):
                dx, dy, dz = point[0] - xyz[0][j], point[1] - xyz[1][j], point[2] - xyz[2][j]
                s = dx * dx + dy * dy + dz * dz
                if s >= cutoff * cutoff or j == skip:
                    continue
                if len(out) == 1:
                    _add_exact(out[0], charges[j], exact_value(s, cutoff, coefficients, is_even))
                else:
                    over_r = exact_slope(s, cutoff, coefficients, slope, is_even)
                    _add_exact(out[0], charges[j], over_r * dx)
                    _add_exact(out[1], charges[j], over_r * dy)
                    _add_exact(out[2], charges[j], over_r * dz)


@merged
def _add_exact(out, charges, value):
    """Add charge times value for every set; a charge of zero feels nothing at its own place."""
    for c in range(len(out)):
        if charges[c] != 0.0:
            out[c] += charges[c] * value
