"""The short part on a grid: accumulators in the cache, particles in the order of their cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.cells import Cells
from chebtucker.backends.numba_cpu import vectors
from chebtucker.backends.numba_cpu.columns import cell_range, gap
from chebtucker.backends.numba_cpu.compiling import called, compiled, merged
from chebtucker.backends.numba_cpu.pairs import TINY, exact_value, values
from chebtucker.backends.threads import for_ranges

Array = NDArray[np.float64]

PLANES = 8
"""Grid planes along x in a tile."""

ROWS = 64
"""Grid rows along y in a tile."""

GROUP = 4
"""Neighbouring rows that are done together: independent chains of arithmetic."""


def add_short_on_grid(
    axes: tuple[Array, Array, Array],
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: NDArray[Any],
    is_even: bool,
    out: Array,
) -> None:
    """Add sum over j of q_j short(|x - x_j|) on the product of three axes to `out`.

    In the precision of `coefficients`; distances are differences in double precision.
    """
    if not are_ascending(axes):
        add_on_sorted(
            axes, out,
            lambda some, sums: add_short_on_grid(
                some, cells, charges, cutoff, coefficients, is_even, sums
            ),
        )  # fmt: skip
        return
    tiles = -(-out.shape[0] // PLANES), -(-out.shape[1] // ROWS)
    scaled = coefficients * coefficients.dtype.type(cutoff if is_even else 1.0)
    plan: tuple[Any, ...] = (
        *axes, tuple(inverse_step(axis) for axis in axes), cells, charges / cutoff, cutoff,
        scaled, is_even, tiles[1],
    )  # fmt: skip
    for_ranges(lambda a, b: _tiles(*plan, out, a, b), tiles[0] * tiles[1])


def are_ascending(axes: tuple[Array, Array, Array]) -> bool:
    """Return whether no coordinate of an axis is below the one before it."""
    return all((np.diff(axis) >= 0).all() for axis in axes)


def add_on_sorted(
    axes: tuple[Array, Array, Array],
    out: Array,
    add: Callable[[tuple[Array, Array, Array], Array], None],
) -> None:
    """Call `add(axes, sums)` with ascending axes, and add the sums to `out` (..., n1, n2, n3)."""
    orders = [np.argsort(axis, kind="stable") for axis in axes]
    x, y, z = (axis[order] for axis, order in zip(axes, orders, strict=True))
    sums = np.zeros(out.shape)
    add((x, y, z), sums)
    place: Any = (..., *np.ix_(*orders))
    out[place] += sums


def inverse_step(axis: Array) -> float:
    """Return 1/h for a uniform axis of step h, else 0."""
    if len(axis) < 2 or axis[-1] <= axis[0]:
        return 0.0
    step = (axis[-1] - axis[0]) / (len(axis) - 1)
    uniform = axis[0] + step * np.arange(len(axis))
    return 1.0 / step if np.abs(axis - uniform).max() <= 1e-8 * step else 0.0


@merged
def _first(axis, value, inverse):
    """Return how many numbers of an ascending axis are below a value."""
    if inverse > 0.0:
        guess = np.ceil((value - axis[0]) * inverse - 1e-7)
        return int(min(max(guess, 0.0), float(len(axis))))
    return np.searchsorted(axis, value)


@compiled
def _tiles(
    xs, ys, zs, inverses, cells, charges, cutoff, coefficients, is_even, across, out, start, stop
):
    stride = len(zs) + 2 * vectors.lanes(coefficients)
    sums = np.empty((PLANES, (ROWS + GROUP) * stride), coefficients.dtype)
    squares = (np.empty(PLANES), np.empty(ROWS + GROUP), np.empty(stride, coefficients.dtype))
    for tile in range(start, stop):
        i0, j0 = (tile // across) * PLANES, (tile % across) * ROWS
        i1, j1 = min(i0 + PLANES, len(xs)), min(j0 + ROWS, len(ys))
        sums[:] = 0.0
        found = _one_tile(
            xs[i0:i1], ys[j0:j1], zs, inverses, cells, charges, cutoff, coefficients, is_even,
            stride, squares, sums,
        )  # fmt: skip
        if found:
            for i in range(i0, i1):
                for j in range(j0, j1):
                    for k in range(len(zs)):
                        out[i, j, k] += sums[i - i0, (j - j0) * stride + k]


@called
def _one_tile(
    xs, ys, zs, inverses, cells, charges, cutoff, coefficients, is_even, stride, squares, sums
):
    """Sum over the particles near a tile; return whether there are any."""
    positions, _, starts, low, width, shape = cells
    found = False
    x0, x1 = cell_range(xs[0], xs[-1], cutoff, low[0], width[0], shape[0])
    y0, y1 = cell_range(ys[0], ys[-1], cutoff, low[1], width[1], shape[1])
    z0, z1 = cell_range(zs[0], zs[-1], cutoff, low[2], width[2], shape[2])
    for cx in range(x0, x1 + 1):
        gap_x = gap(xs[0], xs[-1], cx, low[0], width[0], shape[0])
        for cy in range(y0, y1 + 1):
            gap_y = gap(ys[0], ys[-1], cy, low[1], width[1], shape[1])
            if gap_x * gap_x + gap_y * gap_y >= cutoff * cutoff:
                continue
            column = (cx * shape[1] + cy) * shape[2]
            for n in range(starts[column + z0], starts[column + z1 + 1]):
                found |= _one_particle(
                    xs, ys, zs, inverses, positions[n], charges[n], cutoff, coefficients,
                    is_even, stride, squares, sums,
                )  # fmt: skip
    return found


@merged
def _squares(axis, first, stop, at, inverse_cutoff, squares):
    """Write the squared distances along an axis, in cutoffs; return the least."""
    least = np.inf
    for i in range(first, stop):
        away = (axis[i] - at) * inverse_cutoff
        squares[i - first] = away * away
        least = min(least, away * away)
    return least


@merged
def _one_particle(
    xs, ys, zs, inverses, position, charge, cutoff, coefficients, is_even, stride, squares, sums
):
    dx2, dy2, dz2 = squares
    x, y, z = position[0], position[1], position[2]
    inverse = 1.0 / cutoff
    near_x = _squares(xs, 0, len(xs), x, inverse, dx2)
    if near_x >= 1.0:
        return False
    j0 = _first(ys, y - np.sqrt(1.0 - near_x) * cutoff, inverses[1])
    j1 = _first(ys, y + np.sqrt(1.0 - near_x) * cutoff, inverses[1])
    near = near_x + _squares(ys, j0, j1, y, inverse, dy2)
    if near >= 1.0:
        return False
    dy2[j1 - j0 : j1 - j0 + GROUP] = 2.0
    k0 = _first(zs, z - np.sqrt(1.0 - near) * cutoff, inverses[2])
    k1 = _first(zs, z + np.sqrt(1.0 - near) * cutoff, inverses[2])
    if k1 <= k0:
        return False
    _squares(zs, k0, k1, z, inverse, dz2)
    dz2[k1 - k0 : k1 - k0 + vectors.lanes(coefficients)] = 2.0
    for i in range(len(xs)):
        for j in range(0, j1 - j0, GROUP):
            near = dx2[i] + min(min(dy2[j], dy2[j + 1]), min(dy2[j + 2], dy2[j + 3]))
            if near >= 1.0:
                continue
            first, stop = k0, k1
            if inverses[2] > 0.0:  # the chord of the sphere
                half = np.sqrt(1.0 - near) * cutoff
                first, stop = _first(zs, z - half, inverses[2]), _first(zs, z + half, inverses[2])
            rows = dx2[i] + dy2[j], dx2[i] + dy2[j + 1], dx2[i] + dy2[j + 2], dx2[i] + dy2[j + 3]
            at = (j0 + j) * stride + k0
            if near > TINY:
                _add_rows(
                    rows, dz2, first - k0, stop - k0, charge, coefficients, is_even, sums[i],
                    at, stride,
                )  # fmt: skip
            else:
                _add_rows_exactly(
                    rows, zs, k0, k1, z, inverse, charge, coefficients, is_even, sums[i], at, stride
                )
    return True


@merged
def _add_rows(rows, dz2, start, stop, charge, coefficients, is_even, sums, at, stride):
    """Add charge * short to four rows; all lengths in cutoffs."""
    row, q = vectors.stack(rows, sums), vectors.splat(charge, sums)
    zero, one = vectors.splat(0.0, row), vectors.splat(1.0, row)
    for k in range(start, stop, vectors.lanes(sums)):
        s = vectors.add(row, vectors.repeat(vectors.load(dz2, k), row))
        value = vectors.where_less(s, one, values(s, 1.0, coefficients, is_even), zero)
        a, b, c, d = vectors.groups(value)
        i = at + k
        vectors.store(sums, i, vectors.fma(q, a, vectors.load(sums, i)))
        i += stride
        vectors.store(sums, i, vectors.fma(q, b, vectors.load(sums, i)))
        i += stride
        vectors.store(sums, i, vectors.fma(q, c, vectors.load(sums, i)))
        i += stride
        vectors.store(sums, i, vectors.fma(q, d, vectors.load(sums, i)))


@called
def _add_rows_exactly(
    rows, zs, k0, k1, z, inverse, charge, coefficients, is_even, sums, at, stride
):
    """As `_add_rows` where the particle may be on the row: inf at the particle."""
    for row in range(GROUP):
        for k in range(k0, k1):
            s = rows[row] + ((zs[k] - z) * inverse) ** 2
            if s < 1.0:
                value = exact_value(s, 1.0, coefficients, is_even)
                sums[at + row * stride + k - k0] += charge * value
