"""Short-range sums at points: a reciprocal square root and a polynomial a pair, no exp, no erfc.

The particles of a column of cells lie one after the other in memory, in the order of z. A point
sees of each column one run, whose ends the cells know, and takes it vector by vector.
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


def short_values(
    points: Array,
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: NDArray[Any],
    is_even: bool,
    skip: NDArray[np.int64],
) -> Array:
    """Return sum over j of q_j short(|x - x_j|) at points (M, 3); see `reference`.

    In the precision of `coefficients`; distances are differences in double precision.
    """
    out = np.empty(len(points))
    _run(_values, points, cells, charges, cutoff, coefficients, is_even, skip, out)
    return out


def short_gradients(
    points: Array,
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: NDArray[Any],
    is_even: bool,
    skip: NDArray[np.int64],
) -> Array:
    """Return the gradient (M, 3) of `short_values`; see `reference`."""
    out = np.empty((len(points), 3))
    _run(_gradients, points, cells, charges, cutoff, coefficients, is_even, skip, out)
    out *= scale_for(cutoff)
    return out


def _run(
    loop: Any,
    points: Array,
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: NDArray[Any],
    is_even: bool,
    skip: NDArray[np.int64],
    out: Array,
) -> None:
    scale = scale_for(cutoff)
    padded = np.zeros(len(charges) + PADDING, coefficients.dtype)
    padded[: len(charges)] = charges * scale
    plan = scaled(points, cells, padded, cutoff, coefficients, is_even, skip)
    for_ranges(lambda a, b: loop(*plan, out, a, b), len(points), least=64)


@merged
def _add_values(four, first, last, xyz, charges, cutoff, coefficients, is_even, tail, sums):
    """Add the rows first:last to the sums at four points and to the count of close pairs."""
    total, close = sums
    zero, one, tiny, far = limits(cutoff, total)
    count = vectors.lanes(charges)
    for j in range(first, last, count):
        away = differences(xyz, j, four, charges)
        s = squares(away, vectors.load(tail, max(j + count - last, 0)))
        value = in_range(s, values(s, cutoff, coefficients, is_even), tiny, far, zero)
        q = vectors.repeat(vectors.load(charges, j), total)
        total = vectors.fma(q, value, total)
        close = vectors.add(close, vectors.where_less(s, tiny, one, zero))
    return total, close


@compiled
def _values(
    points, box, xyz, charges, cutoff, coefficients, slope, is_even, skip, out, start, stop
):
    _, low, width, shape = box
    tail = tail_of(charges)
    m = start
    while m < stop:
        count, lows, highs = close_group(points, m, stop, cutoff / 2)
        four = four_places(points, m, count)
        x0, x1 = cell_range(lows[0], highs[0], cutoff, low[0], width[0], shape[0])
        y0, y1 = cell_range(lows[1], highs[1], cutoff, low[1], width[1], shape[1])
        zero = vectors.stack((0.0, 0.0, 0.0, 0.0), charges)
        sums = (zero, zero)
        for cx in range(x0, x1 + 1):
            for cy in range(y0, y1 + 1):
                first, last = column_run(cx, cy, lows, highs, box, cutoff)
                sums = _add_values(
                    four, first, last, xyz, charges, cutoff, coefficients, is_even, tail, sums
                )
        total = vectors.totals(sums[0])
        for i in range(count):
            out[m + i] = total[i]
        if others_are_close(sums[1], skip, m, count):
            for i in range(m, m + count):
                out[i] = _exact_value(
                    points[i], box, xyz, charges, cutoff, coefficients, is_even, skip[i]
                )
        m += count


@called
def _exact_value(point, box, xyz, charges, cutoff, coefficients, is_even, skip):
    """Return the value at a point that is almost on a particle; inf on it."""
    _, low, width, shape = box
    place = (point[0], point[1], point[2])
    x0, x1 = cell_range(place[0], place[0], cutoff, low[0], width[0], shape[0])
    y0, y1 = cell_range(place[1], place[1], cutoff, low[1], width[1], shape[1])
    total = 0.0
    for cx in range(x0, x1 + 1):
        for cy in range(y0, y1 + 1):
            first, last = column_run(cx, cy, place, place, box, cutoff)
            for j in range(first, last):
                dx, dy, dz = xyz[0][j] - point[0], xyz[1][j] - point[1], xyz[2][j] - point[2]
                s = dx * dx + dy * dy + dz * dz
                if s < cutoff * cutoff and j != skip:
                    total += charges[j] * exact_value(s, cutoff, coefficients, is_even)
    return total


@merged
def _add_gradients(
    four, first, last, xyz, charges, cutoff, coefficients, slope, is_even, tail, sums
):
    """Add the rows first:last to the gradients at four points and to the count of close pairs."""
    x, y, z, close = sums
    zero, one, tiny, far = limits(cutoff, close)
    count = vectors.lanes(charges)
    for j in range(first, last, count):
        away = differences(xyz, j, four, charges)
        s = squares(away, vectors.load(tail, max(j + count - last, 0)))
        over_r = slopes(s, cutoff, coefficients, slope, is_even)
        weight = in_range(s, over_r, tiny, far, zero)
        weight = vectors.multiply(vectors.repeat(vectors.load(charges, j), weight), weight)
        x = vectors.fma(weight, away[0], x)
        y = vectors.fma(weight, away[1], y)
        z = vectors.fma(weight, away[2], z)
        close = vectors.add(close, vectors.where_less(s, tiny, one, zero))
    return x, y, z, close


@compiled
def _gradients(
    points, box, xyz, charges, cutoff, coefficients, slope, is_even, skip, out, start, stop
):
    _, low, width, shape = box
    tail = tail_of(charges)
    m = start
    while m < stop:
        count, lows, highs = close_group(points, m, stop, cutoff / 2)
        four = four_places(points, m, count)
        x0, x1 = cell_range(lows[0], highs[0], cutoff, low[0], width[0], shape[0])
        y0, y1 = cell_range(lows[1], highs[1], cutoff, low[1], width[1], shape[1])
        zero = vectors.stack((0.0, 0.0, 0.0, 0.0), charges)
        sums = (zero, zero, zero, zero)
        for cx in range(x0, x1 + 1):
            for cy in range(y0, y1 + 1):
                first, last = column_run(cx, cy, lows, highs, box, cutoff)
                sums = _add_gradients(
                    four, first, last, xyz, charges, cutoff, coefficients, slope, is_even, tail,
                    sums,
                )  # fmt: skip
        x, y, z = vectors.totals(sums[0]), vectors.totals(sums[1]), vectors.totals(sums[2])
        for i in range(count):  # distances point from the point to the particle: minus
            out[m + i, 0], out[m + i, 1], out[m + i, 2] = -x[i], -y[i], -z[i]
        if others_are_close(sums[3], skip, m, count):
            for i in range(m, m + count):
                out[i] = 0.0
                _exact_gradient(
                    points[i], box, xyz, charges, cutoff, coefficients, slope, is_even, skip[i],
                    out[i],
                )  # fmt: skip
        m += count


@called
def _exact_gradient(point, box, xyz, charges, cutoff, coefficients, slope, is_even, skip, out):
    """Add up the gradient at a point that is almost on a particle."""
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
                if s < cutoff * cutoff and j != skip:
                    over_r = exact_slope(s, cutoff, coefficients, slope, is_even)
                    out[0] += charges[j] * over_r * dx
                    out[1] += charges[j] * over_r * dy
                    out[2] += charges[j] * over_r * dz
