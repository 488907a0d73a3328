"""Sums over multipoles at points: exact ones over all pairs, and short-range ones.

Pairs are collected in a buffer, a few hundred at a time; radial functions and contractions then run
over the whole buffer, which the compiler turns into vectors. Everything is in double precision:
the highest radial function goes with the inverse eleventh power of the distance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.cells import Cells
from chebtucker.backends.numba_cpu.columns import cell_range, column_run
from chebtucker.backends.numba_cpu.compiling import called, compiled, merged
from chebtucker.backends.numba_cpu.multipole_terms import (
    add_gradients,
    add_hessians,
    add_thirds,
    add_values,
)
from chebtucker.backends.reference_multipoles import COLUMNS
from chebtucker.backends.threads import for_ranges

Array = NDArray[np.float64]

CHUNK = 256
"""Pairs in a buffer."""

RADIAL = 6
"""Radial functions: two for the source, one for each of up to three derivatives, and K."""

AWAY, SQUARE, MOMENT = 0, 3, 4
"""Rows of the buffer: three for the vector to the point, its square, ten moments, the functions."""

FUNCTION = 14


def direct_multipoles(
    points: Array, positions: Array, moments: Array, screening: float, order: int
) -> Array:
    """Return the derivatives up to an order of the potential at points, shape (M, COLUMNS[order]).

    For exp(-screening r)/r; see `reference_multipoles`, also for values at a particle.
    """
    out = np.zeros((len(points), COLUMNS[order]))
    plan = (points, positions, moments, screening, _source_order(moments), order)
    for_ranges(lambda a, b: _direct(*plan, out, a, b), len(points), least=16)
    return out


def short_multipoles(
    points: Array,
    cells: Cells,
    moments: Array,
    cutoff: float,
    tables: Array,
    is_even: bool,
    skip: NDArray[np.int64],
    order: int,
) -> Array:
    """Return the derivatives up to an order of the short part; see `reference_multipoles`."""
    out = np.zeros((len(points), COLUMNS[order]))
    box = (cells.starts, cells.low, cells.width, cells.shape)
    tables = np.ascontiguousarray(tables[: _source_order(moments) + order + 1])
    plan = (points, box, cells.positions, moments, cutoff, tables, is_even, skip, order)
    for_ranges(lambda a, b: _short(*plan, out, a, b), len(points), least=64)
    return out


def _source_order(moments: Array) -> int:
    return 2 if moments[:, 4:].any() else int(moments[:, 1:4].any())


@merged
def _collect(pairs, index, count, place, positions, first, last, far):
    """Write the pairs of a run that are nearer than `far` (squared); return their new count."""
    for j in range(first, last):
        dx, dy = place[0] - positions[j, 0], place[1] - positions[j, 1]
        dz = place[2] - positions[j, 2]
        square = dx * dx + dy * dy + dz * dz
        pairs[0, count], pairs[1, count], pairs[2, count] = dx, dy, dz
        pairs[SQUARE, count], index[count] = square, j
        count += square < far  # no branch to guess wrong
    return count


@called
def _load_moments(pairs, index, count, moments, skip, square):
    """Write the moments of the pairs; return the value that those at a distance of 0 have.

    They and the one to be left out stay in the buffer, without moments, at another distance.
    """
    singular = 0.0
    for j in range(count):
        at = index[j]
        for k in range(10):
            pairs[MOMENT + k, j] = moments[at, k]
        if pairs[SQUARE, j] == 0.0 or at == skip:
            if at != skip:
                singular += _singular(moments[at])
            pairs[SQUARE, j] = square
            pairs[MOMENT:FUNCTION, j] = 0.0
    return singular


@called
def _add(pairs, count, order, sums):
    add_values(pairs, count, sums)
    if order > 0:
        add_gradients(pairs, count, sums)
    if order > 1:
        add_hessians(pairs, count, sums)
    if order > 2:
        add_thirds(pairs, count, sums)


@called
def _exact_functions(pairs, count, screening, highest):
    """Write ((1/r) d/dr)^n of exp(-screening r)/r, by its three-term recurrence."""
    for j in range(count):
        s = pairs[SQUARE, j]
        inverse = 1.0 / np.sqrt(s)
        square = inverse * inverse
        x = screening * s * inverse
        a = np.exp(-x) * inverse if screening > 0.0 else inverse
        b = -(1.0 + x) * a * square
        pairs[FUNCTION, j], pairs[FUNCTION + 1, j] = a, b
        for n in range(2, highest + 1):
            a, b = b, (screening * screening * a - (2 * n - 1) * b) * square
            pairs[FUNCTION + n, j] = b


@merged
def _singular(row):
    """Return the value at a particle: charge times inf, nan if it has more than a charge."""
    more = 0.0
    for k in range(1, 10):
        more += abs(row[k])
    return np.nan if more > 0.0 else row[0] * np.inf


@merged
def _add_singular(out, m, singular):
    if singular != 0.0:
        out[m, 0] += singular
        out[m, 1:] = np.nan


@compiled
def _direct(points, positions, moments, screening, source, order, out, start, stop):
    pairs, index = np.zeros((FUNCTION + RADIAL, CHUNK)), np.empty(CHUNK, np.int64)
    for m in range(start, stop):
        place, singular = (points[m, 0], points[m, 1], points[m, 2]), 0.0
        for first in range(0, len(positions), CHUNK):
            last = min(first + CHUNK, len(positions))
            count = _collect(pairs, index, 0, place, positions, first, last, np.inf)
            singular += _load_moments(pairs, index, count, moments, -1, 1.0)
            _exact_functions(pairs, count, screening, source + order)
            _add(pairs, count, order, out[m])
        _add_singular(out, m, singular)


@called
def _short_functions(pairs, count, cutoff, tables, is_even, y, power):
    """Write ((1/r) d/dr)^n of the short part, by its polynomials."""
    for j in range(count):
        s = pairs[SQUARE, j]
        power[j] = 1.0 / np.sqrt(s)
        y[j] = 2.0 * (s / (cutoff * cutoff) if is_even else s * power[j] / cutoff) - 1.0
    factor = 1.0
    for n in range(len(tables)):
        values = pairs[FUNCTION + n]
        values[:count] = tables[n, 0]
        for m in range(1, tables.shape[1]):
            c = tables[n, m]
            for j in range(count):
                values[j] = values[j] * y[j] + c
        for j in range(count):
            values[j] = values[j] + factor * power[j] if is_even else values[j] * power[j]
            power[j] /= pairs[SQUARE, j]
        factor *= -(2 * n + 1)


@compiled
def _short(points, box, positions, moments, cutoff, tables, is_even, skip, order, out, start, stop):
    _, low, width, shape = box
    pairs, index = np.zeros((FUNCTION + RADIAL, CHUNK)), np.empty(CHUNK, np.int64)
    y, power = np.empty(CHUNK), np.empty(CHUNK)
    far = cutoff * cutoff
    for m in range(start, stop):
        place, singular, count = (points[m, 0], points[m, 1], points[m, 2]), 0.0, 0
        x0, x1 = cell_range(place[0], place[0], cutoff, low[0], width[0], shape[0])
        y0, y1 = cell_range(place[1], place[1], cutoff, low[1], width[1], shape[1])
        for cx in range(x0, x1 + 1):
            for cy in range(y0, y1 + 1):
                first, last = column_run(cx, cy, place, place, box, cutoff)
                while first < last:
                    end = min(last, first + CHUNK - count)
                    count = _collect(pairs, index, count, place, positions, first, end, far)
                    first = end
                    if count == CHUNK:
                        singular += _load_moments(pairs, index, count, moments, skip[m], far)
                        _short_functions(pairs, count, cutoff, tables, is_even, y, power)
                        _add(pairs, count, order, out[m])
                        count = 0
        singular += _load_moments(pairs, index, count, moments, skip[m], far)
        _short_functions(pairs, count, cutoff, tables, is_even, y, power)
        _add(pairs, count, order, out[m])
        _add_singular(out, m, singular)
