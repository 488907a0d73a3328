"""Short-range sums: a reciprocal square root and a polynomial a pair, no exp, no erfc.

The polynomial's coefficients are passed as a tuple, so their number is known to the compiler,
the evaluation is unrolled and the loop over pairs is vectorised.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

from chebtucker.backends.cells import Cells
from chebtucker.backends.numba_cpu.compiling import compiled, inlined
from chebtucker.backends.threads import for_ranges

Array = NDArray[np.float64]

LANES = 16
"""Grid points along z that are done together."""

ROWS = 4
"""Grid points along x and along y in a tile."""

BUFFER = 512
"""Pairs that are gathered for a point before they are evaluated; doubled where needed."""


def short_values(
    points: Array,
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: Array,
    is_even: bool,
    skip: NDArray[np.int64],
) -> Array:
    """Return sum over j of q_j short(|x - x_j|) at points (M, 3); see `reference`."""
    out = np.empty(len(points))
    plan = (points, cells, charges, cutoff, tuple(coefficients), is_even, skip, out)
    for_ranges(lambda a, b: _values(*plan, a, b), len(points), least=64)
    return out


def short_gradients(
    points: Array,
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: Array,
    is_even: bool,
    skip: NDArray[np.int64],
) -> Array:
    """Return the gradient (M, 3) of `short_values`; see `reference`."""
    out = np.empty((len(points), 3))
    slope = np.append(0.0, np.polyder(coefficients))  # same length: no further compilation
    both = (tuple(coefficients), tuple(slope))
    plan = (points, cells, charges, cutoff, *both, is_even, skip, out)
    for_ranges(lambda a, b: _gradients(*plan, a, b), len(points), least=64)
    return out


def add_short_on_grid(
    axes: tuple[Array, Array, Array],
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: Array,
    is_even: bool,
    out: Array,
) -> None:
    """Add sum over j of q_j short(|x - x_j|) on the product of three axes to `out`."""
    tiles = tuple(-(-n // size) for n, size in zip(out.shape, (ROWS, ROWS, LANES), strict=True))
    plan: tuple[Any, ...] = (*axes, cells, charges, cutoff, tuple(coefficients), is_even, tiles)
    for_ranges(lambda a, b: _tiles(*plan, out, a, b), tiles[0] * tiles[1])


@inlined
def _cell_range(lowest, highest, reach, low, width, count):
    first = int(np.floor((lowest - reach - low) / width))
    last = int(np.floor((highest + reach - low) / width))
    return min(max(first, 0), count - 1), min(max(last, 0), count - 1)


@inlined
def _gap(lowest, highest, index, low, width, count):
    # distance from an interval to a cell; cells at the rim also hold what lies beyond them
    below = low + index * width - highest if index > 0 else 0.0
    above = lowest - (low + (index + 1) * width) if index < count - 1 else 0.0
    return max(below, above, 0.0)


def _power_sum(coefficients, y):
    """Return the polynomial in y; `coefficients` is a tuple, the highest power first."""
    return functools.reduce(lambda p, c: p * y + c, coefficients)


@overload(_power_sum, inline="always")
def _unrolled(coefficients, y):
    # A loop over a tuple stays a loop with loads; an expression becomes fused multiply-adds.
    powers = range(1, len(coefficients))
    horner = functools.reduce(
        lambda p, i: f"({p}) * y + coefficients[{i}]", powers, "coefficients[0]"
    )
    return eval(f"lambda coefficients, y: {horner}")


@compiled
def _gather(x, y, z, cells, charges, cutoff, skip, pairs):
    """Collect offsets and charges of the particles in cells near a point; -1 if too many."""
    positions, _, starts, low, width, shape = cells
    count = 0
    cutoff2 = cutoff * cutoff
    x0, x1 = _cell_range(x, x, cutoff, low[0], width[0], shape[0])
    y0, y1 = _cell_range(y, y, cutoff, low[1], width[1], shape[1])
    for cx in range(x0, x1 + 1):
        gap_x = _gap(x, x, cx, low[0], width[0], shape[0])
        for cy in range(y0, y1 + 1):
            gap_y = _gap(y, y, cy, low[1], width[1], shape[1])
            left = cutoff2 - gap_x * gap_x - gap_y * gap_y
            if left <= 0.0:
                continue
            z0, z1 = _cell_range(z, z, np.sqrt(left), low[2], width[2], shape[2])
            row = (cx * shape[1] + cy) * shape[2]
            first, last = starts[row + z0], starts[row + z1 + 1]
            if count + (last - first) > pairs.shape[1]:
                return -1
            for j in range(first, last):
                i = count + j - first
                pairs[0, i] = x - positions[j, 0]
                pairs[1, i] = y - positions[j, 1]
                pairs[2, i] = z - positions[j, 2]
                pairs[3, i] = charges[j]
            if first <= skip < last:
                pairs[0, count + skip - first] = 2.0 * cutoff
            count += last - first
    return count


@compiled
def _neighbours(x, y, z, cells, charges, cutoff, skip, pairs):
    """Return the number of particles near a point, and the buffer, longer if need be."""
    count = _gather(x, y, z, cells, charges, cutoff, skip, pairs)
    while count < 0:
        pairs = np.empty((4, 2 * pairs.shape[1]))
        count = _gather(x, y, z, cells, charges, cutoff, skip, pairs)
    return count, pairs


@compiled
def _values(points, cells, charges, cutoff, coefficients, is_even, skip, out, start, stop):
    pairs = np.empty((4, BUFFER))
    cutoff2 = cutoff * cutoff
    scale = 2.0 / cutoff2 if is_even else 2.0 / cutoff
    for m in range(start, stop):
        x, y, z = points[m, 0], points[m, 1], points[m, 2]
        count, pairs = _neighbours(x, y, z, cells, charges, cutoff, skip[m], pairs)
        dx, dy, dz, charge = pairs[0], pairs[1], pairs[2], pairs[3]
        total = 0.0
        for i in range(count):
            s = dx[i] * dx[i] + dy[i] * dy[i] + dz[i] * dz[i]
            r = np.sqrt(s)
            inverse = 1.0 / r
            p = _power_sum(coefficients, scale * (s if is_even else r) - 1.0)
            value = inverse + p if is_even else inverse * p
            total += charge[i] * value if s < cutoff2 else 0.0
        out[m] = total


@compiled
def _gradients(
    points, cells, charges, cutoff, coefficients, slope, is_even, skip, out, start, stop
):
    pairs = np.empty((4, BUFFER))
    cutoff2 = cutoff * cutoff
    scale = 2.0 / cutoff2 if is_even else 2.0 / cutoff
    for m in range(start, stop):
        x, y, z = points[m, 0], points[m, 1], points[m, 2]
        count, pairs = _neighbours(x, y, z, cells, charges, cutoff, skip[m], pairs)
        dx, dy, dz, charge = pairs[0], pairs[1], pairs[2], pairs[3]
        sx, sy, sz = 0.0, 0.0, 0.0
        for i in range(count):
            s = dx[i] * dx[i] + dy[i] * dy[i] + dz[i] * dz[i]
            r = np.sqrt(s)
            inverse = 1.0 / r
            at = scale * (s if is_even else r) - 1.0
            dp = scale * _power_sum(slope, at)
            p = _power_sum(coefficients, at)
            even = 2.0 * dp - inverse * inverse * inverse  # short = 1/r + p(y(r^2))
            other = inverse * inverse * (dp - inverse * p)  # short = p(y(r))/r
            over_r = charge[i] * (even if is_even else other) if s < cutoff2 else 0.0
            sx += over_r * dx[i]
            sy += over_r * dy[i]
            sz += over_r * dz[i]
        out[m, 0], out[m, 1], out[m, 2] = sx, sy, sz


@compiled
def _tiles(xs, ys, zs, cells, charges, cutoff, coefficients, is_even, tiles, out, start, stop):
    z_lanes, sums = np.empty(LANES), np.empty((ROWS, ROWS, LANES))
    for tile in range(start, stop):
        i0, j0 = (tile // tiles[1]) * ROWS, (tile % tiles[1]) * ROWS
        i1, j1 = min(i0 + ROWS, len(xs)), min(j0 + ROWS, len(ys))
        for k0 in range(0, len(zs), LANES):
            k1 = min(k0 + LANES, len(zs))
            for k in range(LANES):
                z_lanes[k] = zs[min(k0 + k, len(zs) - 1)]
            found = _one_tile(
                xs[i0:i1], ys[j0:j1], z_lanes, cells, charges, cutoff, coefficients, is_even, sums
            )
            if found:
                for i in range(i0, i1):
                    for j in range(j0, j1):
                        for k in range(k0, k1):
                            out[i, j, k] += sums[i - i0, j - j0, k - k0]


@compiled
def _one_tile(xs, ys, zs, cells, charges, cutoff, coefficients, is_even, sums):
    """Sum over the particles near a tile, one after the other, accumulators in the cache."""
    positions, _, starts, low, width, shape = cells
    cutoff2 = cutoff * cutoff
    sums[:] = 0.0
    found = False
    lows, highs = (xs.min(), ys.min(), zs.min()), (xs.max(), ys.max(), zs.max())
    x0, x1 = _cell_range(lows[0], highs[0], cutoff, low[0], width[0], shape[0])
    y0, y1 = _cell_range(lows[1], highs[1], cutoff, low[1], width[1], shape[1])
    for cx in range(x0, x1 + 1):
        gap_x = _gap(lows[0], highs[0], cx, low[0], width[0], shape[0])
        for cy in range(y0, y1 + 1):
            gap_y = _gap(lows[1], highs[1], cy, low[1], width[1], shape[1])
            left = cutoff2 - gap_x * gap_x - gap_y * gap_y
            if left <= 0.0:
                continue
            z0, z1 = _cell_range(lows[2], highs[2], np.sqrt(left), low[2], width[2], shape[2])
            row = (cx * shape[1] + cy) * shape[2]
            for n in range(starts[row + z0], starts[row + z1 + 1]):
                away_z = max(zs[0] - positions[n, 2], positions[n, 2] - zs[-1], 0.0)
                for i in range(len(xs)):
                    dx = xs[i] - positions[n, 0]
                    for j in range(len(ys)):
                        dy = ys[j] - positions[n, 1]
                        plane = dx * dx + dy * dy
                        if plane + away_z * away_z < cutoff2:
                            found = True
                            _add_line(
                                plane, positions[n, 2], zs, charges[n], cutoff2,
                                coefficients, is_even, sums[i, j],
                            )  # fmt: skip
    return found


@inlined
def _add_line(plane, z, zs, charge, cutoff2, coefficients, is_even, line):
    scale = 2.0 / cutoff2 if is_even else 2.0 / np.sqrt(cutoff2)
    for k in range(LANES):
        dz = zs[k] - z
        s = plane + dz * dz
        r = np.sqrt(s)
        inverse = 1.0 / r
        p = _power_sum(coefficients, scale * (s if is_even else r) - 1.0)
        value = inverse + p if is_even else inverse * p
        line[k] += charge * value if s < cutoff2 else 0.0
