"""Points sorted into the cells of a box on the device."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker._device import cupy
from chebtucker.backends.cells import Cells
from chebtucker.backends.cuda.compiling import integers, launch, numbers

_BLOCK = 256


def cells_of(points: Any, low: Any, width: Any, shape: Any) -> Any:
    """Return the number of the cell, int32, of points (M, d) in a box of d axes, d at most 3."""
    count, dim = points.shape
    missing = 3 - dim
    three_low = np.concatenate([np.zeros(missing), low])
    three_width = np.concatenate([np.ones(missing), width])
    three = np.concatenate([np.ones(missing, int), np.asarray(shape)])
    keys = cupy().empty(count, dtype=np.int32)
    launch(
        "cells", "cell_of", -(-count // _BLOCK), _BLOCK, points, *integers(dim), count,
        *numbers(*three_low, *three_width), *integers(*three), keys,
    )  # fmt: skip
    return keys


def sort_into_cells(
    positions: Any, low: NDArray[Any], width: NDArray[Any], shape: NDArray[np.int64]
) -> Cells:
    """Sort points (N, 3) into a box of cells; see `reference.sort_into_cells`.

    A radix sort of the numbers of the cells. Corner, widths and numbers of cells stay on the host.
    """
    cp = cupy()
    positions = cp.ascontiguousarray(positions)
    keys = cells_of(positions, low, width, shape)
    order = cp.argsort(keys).astype(np.int64, copy=False)
    every = cp.arange(int(np.prod(shape)) + 1, dtype=np.int32)
    starts = cp.searchsorted(keys[order], every).astype(np.int64, copy=False)
    return Cells(cp.take(positions, order, axis=0), order, starts, low, width, shape)
