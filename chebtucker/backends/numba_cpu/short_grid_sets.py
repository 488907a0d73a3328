"""The short part on a grid for several charge vectors: each pair is evaluated once.

A tile is 4 rows of 8 grid points. The values of a batch of particles there go to a table; the
table times the charges of the batch is a matrix product whose sums stay in registers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.cells import Cells
from chebtucker.backends.numba_cpu import vectors
from chebtucker.backends.numba_cpu.columns import cell_range, column_run
from chebtucker.backends.numba_cpu.compiling import called, compiled, merged
from chebtucker.backends.numba_cpu.pairs import TINY, exact_value, values
from chebtucker.backends.numba_cpu.short_grid import add_on_sorted, are_ascending
from chebtucker.backends.numba_cpu.short_sets import side_by_side
from chebtucker.backends.threads import for_ranges

Array = NDArray[np.float64]

PLANES, ROWS, DEPTH = 4, 4, 8
"""Grid points of a block along x, y and z; each two of its planes are a tile."""

TILE = 2 * ROWS * DEPTH

BATCH = 16
"""Particles in a table."""


def add_short_on_grid_of_sets(
    axes: tuple[Array, Array, Array],
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: NDArray[Any],
    is_even: bool,
    out: Array,
) -> None:
    """Add the short part for charges (C, N) on the product of three axes to `out` (C, ..).

    As `add_short_on_grid`.
    """
    if not are_ascending(axes):
        add_on_sorted(
            axes, out,
            lambda some, sums: add_short_on_grid_of_sets(
                some, cells, charges, cutoff, coefficients, is_even, sums
            ),
        )  # fmt: skip
        return
    across = tuple(
        -(-n // each) for n, each in zip(out.shape[1:], (PLANES, ROWS, DEPTH), strict=True)
    )
    scaled = coefficients * coefficients.dtype.type(cutoff if is_even else 1.0)
    rows = side_by_side(charges / cutoff, coefficients.dtype)
    plan = (*axes, cells, rows, cutoff, scaled, is_even, across)
    for_ranges(lambda a, b: _blocks(*plan, out, a, b), across[0] * across[1] * across[2])


@compiled
def _blocks(xs, ys, zs, cells, charges, cutoff, coefficients, is_even, across, out, start, stop):
    side, tiles, kind = charges.shape[1], PLANES // 2, coefficients.dtype
    block = np.empty(PLANES), np.empty(ROWS), np.empty(DEPTH)
    work = (
        np.empty(tiles * BATCH * TILE, kind), np.empty(tiles * BATCH * side, kind),
        np.zeros(tiles, np.int64),
    )  # fmt: skip
    sums = np.empty(tiles * TILE * side, kind)
    for index in range(start, stop):
        i0 = index // (across[1] * across[2]) * PLANES
        j0, k0 = index // across[2] % across[1] * ROWS, index % across[2] * DEPTH
        _part(xs, i0, cutoff, block[0])
        _part(ys, j0, cutoff, block[1])
        _part(zs, k0, cutoff, block[2])
        sums[:] = 0.0
        if _one_block(block, cells, charges, cutoff, coefficients, is_even, work, sums):
            _add_block(sums, side, out[:, i0 : i0 + PLANES, j0 : j0 + ROWS, k0 : k0 + DEPTH])


@merged
def _part(axis, first, cutoff, part):
    """Write coordinates from `first` on; those beyond the end are out of reach."""
    for i in range(len(part)):
        at = min(first + i, len(axis) - 1)
        part[i] = axis[at] + (3.0 * cutoff if at < first + i else 0.0)


@called
def _add_block(sums, side, out):
    for c in range(out.shape[0]):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                first = (i * ROWS + j) * DEPTH
                for k in range(out.shape[3]):
                    out[c, i, j, k] += sums[(first + k) * side + c]


@called
def _one_block(block, cells, charges, cutoff, coefficients, is_even, work, sums):
    """Sum over the particles near a block; return whether there are any."""
    xs, ys, zs = block
    positions, _, starts, low, width, shape = cells
    box = (starts, low, width, shape)
    lows, highs = (xs[0], ys[0], zs[0]), (xs[-1], ys[-1], zs[-1])
    found = False
    x0, x1 = cell_range(xs[0], xs[-1], cutoff, low[0], width[0], shape[0])
    y0, y1 = cell_range(ys[0], ys[-1], cutoff, low[1], width[1], shape[1])
    for cx in range(x0, x1 + 1):
        for cy in range(y0, y1 + 1):
            first, last = column_run(cx, cy, lows, highs, box, cutoff)
            for n in range(first, last):
                place = (positions[n, 0], positions[n, 1], positions[n, 2])
                found |= _one_particle(
                    block, place, charges, n, cutoff, coefficients, is_even, work, sums
                )
    if found:
        for tile in range(PLANES // 2):
            _flush(tile, charges.shape[1], work, sums)
    return found


@merged
def _beyond(first, last, at, inverse):
    """Return the square of the distance from an interval, in cutoffs."""
    away = max(max(first - at, at - last), 0.0) * inverse
    return away * away


@merged
def _square(at, other, inverse):
    away = (at - other) * inverse
    return away * away


@merged
def _one_particle(block, place, charges, n, cutoff, coefficients, is_even, work, sums):
    """Put a particle in the tables of the tiles that it reaches; all lengths in cutoffs."""
    xs, ys, zs = block
    table, copies, counts = work
    inverse, side = 1.0 / cutoff, charges.shape[1]
    near_y = _beyond(ys[0], ys[ROWS - 1], place[1], inverse)
    left = 1.0 - near_y - _beyond(zs[0], zs[DEPTH - 1], place[2], inverse)
    if _beyond(xs[0], xs[PLANES - 1], place[0], inverse) >= left:
        return False
    y = (
        _square(ys[0], place[1], inverse), _square(ys[1], place[1], inverse),
        _square(ys[2], place[1], inverse), _square(ys[3], place[1], inverse),
    )  # fmt: skip
    for tile in range(PLANES // 2):
        near_x = _beyond(xs[2 * tile], xs[2 * tile + 1], place[0], inverse)
        if near_x >= left:
            continue
        at = tile * BATCH + counts[tile]
        x = (
            _square(xs[2 * tile], place[0], inverse), _square(xs[2 * tile + 1], place[0], inverse)
        )  # fmt: skip
        least = min(x[0], x[1]) + min(min(y[0], y[1]), min(y[2], y[3]))
        if least > TINY:
            _tabulate(x, y, zs, place[2], inverse, coefficients, is_even, table, at * TILE)
        else:
            _tabulate_exactly(
                x, y, zs, place[2], inverse, charges[n], coefficients, is_even, table, at * TILE,
                sums, tile * TILE,
            )  # fmt: skip
        for c in range(0, side, vectors.lanes(table)):
            vectors.store(copies, at * side + c, vectors.load(charges, n * side + c))
        counts[tile] += 1
        if counts[tile] == BATCH:
            _flush(tile, side, work, sums)
    return True


@merged
def _tabulate(x, y, zs, z, inverse, coefficients, is_even, table, at):
    """Write the values on eight rows, 0 beyond the cutoff."""
    rows = (
        x[0] + y[0], x[0] + y[1], x[0] + y[2], x[0] + y[3],
        x[1] + y[0], x[1] + y[1], x[1] + y[2], x[1] + y[3],
    )  # fmt: skip
    row = vectors.stack(rows, table)
    zero, one = vectors.splat(0.0, row), vectors.splat(1.0, row)
    for k in range(0, DEPTH, vectors.lanes(table)):
        away = vectors.differences(zs, k, (z,), table)
        away = vectors.repeat(vectors.multiply(away, vectors.splat(inverse, away)), row)
        s = vectors.fma(away, away, row)
        value = vectors.where_less(s, one, values(s, 1.0, coefficients, is_even), zero)
        a, b, c, d, e, f, g, h = vectors.groups(value)
        _store_four(table, at + k, a, b, c, d)
        _store_four(table, at + k + TILE // 2, e, f, g, h)


@merged
def _store_four(table, at, a, b, c, d):
    vectors.store(table, at, a)
    vectors.store(table, at + DEPTH, b)
    vectors.store(table, at + 2 * DEPTH, c)
    vectors.store(table, at + 3 * DEPTH, d)


@called
def _tabulate_exactly(
    x, y, zs, z, inverse, charges, coefficients, is_even, table, at, sums, first
):  # fmt: skip
    """As `_tabulate` for two planes where the particle may be on a row.

    At the particle the sums are inf, but for charge vectors in which it has no charge.
    """
    for m in range(TILE):
        plane, row, k = m // (ROWS * DEPTH), m // DEPTH % ROWS, m % DEPTH
        table[at + m] = 0.0
        s = x[plane] + y[row] + _square(zs[k], z, inverse)
        if s >= 1.0:
            continue
        value = exact_value(s, 1.0, coefficients, is_even)
        if np.isfinite(value):
            table[at + m] = value
            continue
        for c in range(len(charges)):
            if charges[c] != 0.0:
                sums[(first + m) * len(charges) + c] += charges[c] * value


@merged
def _flush(tile, side, work, sums):
    """Add the table of a tile times the charges of its particles to the sums; empty the table."""
    table, copies, counts = work
    first = tile * BATCH
    for c in range(0, side, vectors.lanes(table)):
        for m in range(0, TILE, 8):
            _eight(
                table, first * TILE + m, copies, first * side + c, counts[tile], side, sums,
                (tile * TILE + m) * side + c,
            )  # fmt: skip
    counts[tile] = 0


@merged
def _eight(table, at, copies, q, count, side, sums, place):
    """Add to the sums of eight grid points, for as many charge vectors as a vector holds."""
    a, b = vectors.load(sums, place), vectors.load(sums, place + side)
    c, d = vectors.load(sums, place + 2 * side), vectors.load(sums, place + 3 * side)
    e, f = vectors.load(sums, place + 4 * side), vectors.load(sums, place + 5 * side)
    g, h = vectors.load(sums, place + 6 * side), vectors.load(sums, place + 7 * side)
    for n in range(count):
        charge = vectors.load(copies, q + n * side)
        i = at + n * TILE
        a = vectors.fma(vectors.broadcast(table, i, table), charge, a)
        b = vectors.fma(vectors.broadcast(table, i + 1, table), charge, b)
        c = vectors.fma(vectors.broadcast(table, i + 2, table), charge, c)
        d = vectors.fma(vectors.broadcast(table, i + 3, table), charge, d)
        e = vectors.fma(vectors.broadcast(table, i + 4, table), charge, e)
        f = vectors.fma(vectors.broadcast(table, i + 5, table), charge, f)
        g = vectors.fma(vectors.broadcast(table, i + 6, table), charge, g)
        h = vectors.fma(vectors.broadcast(table, i + 7, table), charge, h)
    vectors.store(sums, place, a)
    vectors.store(sums, place + side, b)
    vectors.store(sums, place + 2 * side, c)
    vectors.store(sums, place + 3 * side, d)
    vectors.store(sums, place + 4 * side, e)
    vectors.store(sums, place + 5 * side, f)
    vectors.store(sums, place + 6 * side, g)
    vectors.store(sums, place + 7 * side, h)
