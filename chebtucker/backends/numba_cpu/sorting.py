"""Counting sort of points into cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker._checks import read_only
from chebtucker.backends.cells import Cells
from chebtucker.backends.numba_cpu.compiling import compiled
from chebtucker.backends.threads import for_ranges


def sort_into_cells(
    positions: NDArray[np.float64],
    low: NDArray[np.float64],
    width: NDArray[np.float64],
    shape: NDArray[np.int64],
) -> Cells:
    """Sort points (N, 3) into a box of cells; points outside go to the nearest cell."""
    flat = np.empty(len(positions), dtype=np.int64)
    where = read_only(positions), np.ascontiguousarray(low), 1.0 / width, shape
    for_ranges(lambda a, b: _cell_of(*where, flat, a, b), len(positions), least=20_000)
    order, starts = counting_sort(flat, int(np.prod(shape)))
    return Cells(np.take(positions, order, axis=0), order, starts, low, width, shape)


@compiled
def _cell_of(positions, low, inverse_width, shape, flat, start, stop):
    for j in range(start, stop):
        cell = 0
        for k in range(3):
            i = int(np.floor((positions[j, k] - low[k]) * inverse_width[k]))
            cell = cell * shape[k] + min(max(i, 0), shape[k] - 1)
        flat[j] = cell


@compiled
def counting_sort(flat, cells):
    """Return an order in which points of equal cells are together, and where each cell starts."""
    starts = np.zeros(cells + 1, dtype=np.int64)
    for c in flat:
        starts[c + 1] += 1
    for c in range(cells):
        starts[c + 1] += starts[c]
    place = starts[:-1].copy()
    order = np.empty_like(flat)
    for j in range(len(flat)):
        order[place[flat[j]]] = j
        place[flat[j]] += 1
    return order, starts
