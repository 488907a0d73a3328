"""Which cells are near: shared by the loops over particles within a cutoff."""

from __future__ import annotations

import numpy as np

from chebtucker.backends.numba_cpu.compiling import inlined


@inlined
def cell_range(lowest, highest, reach, low, width, count):
    """Return the first and the last cell of an axis within reach of an interval."""
    first = int(np.floor((lowest - reach - low) / width))
    last = int(np.floor((highest + reach - low) / width))
    return min(max(first, 0), count - 1), min(max(last, 0), count - 1)


@inlined
def gap(lowest, highest, index, low, width, count):
    """Return the distance from an interval to a cell; cells at the rim hold what is beyond."""
    below = low + index * width - highest if index > 0 else 0.0
    above = lowest - (low + (index + 1) * width) if index < count - 1 else 0.0
    return max(below, above, 0.0)
