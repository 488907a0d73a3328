"""Which cells are near: shared by the loops over particles within a cutoff."""

from __future__ import annotations

import numpy as np

from chebtucker.backends.numba_cpu.compiling import merged


@merged
def cell_range(lowest, highest, reach, low, width, count):
    """Return the first and the last cell of an axis within reach of an interval."""
    first = int(np.floor((lowest - reach - low) / width))
    last = int(np.floor((highest + reach - low) / width))
    return min(max(first, 0), count - 1), min(max(last, 0), count - 1)


@merged
def gap(lowest, highest, index, low, width, count):
    """Return the distance from an interval to a cell; cells at the rim hold what is beyond."""
    below = low + index * width - highest if index > 0 else 0.0
    above = lowest - (low + (index + 1) * width) if index < count - 1 else 0.0
    return max(below, above, 0.0)


@merged
def column_run(cx, cy, lows, highs, box, cutoff):
    """Return the run of rows of a column that may be within the cutoff of a box of points."""
    starts, low, width, shape = box
    gap_x = gap(lows[0], highs[0], cx, low[0], width[0], shape[0])
    gap_y = gap(lows[1], highs[1], cy, low[1], width[1], shape[1])
    left = cutoff * cutoff - gap_x * gap_x - gap_y * gap_y
    if left <= 0.0:
        return 0, 0
    z0, z1 = cell_range(lows[2], highs[2], np.sqrt(left), low[2], width[2], shape[2])
    row = (cx * shape[1] + cy) * shape[2]
    return starts[row + z0], starts[row + z1 + 1]
