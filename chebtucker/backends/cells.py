"""Points sorted into the cells of a box: the data layout of every hot loop."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Cells(NamedTuple):
    """Points in the order of their cells (C order: z fastest).

    Attributes
    ----------
    positions : ndarray, shape (N, 3)
        The points, sorted.
    order : ndarray of int64, shape (N,)
        `positions == original[order]`.
    starts : ndarray of int64, shape (cells + 1,)
        Cell c holds rows starts[c]:starts[c + 1].
    low, width : ndarray, shape (3,)
        Lower corner of the first cell and the side lengths of all.
    shape : ndarray of int64, shape (3,)
        Number of cells per axis.
    """

    positions: NDArray[np.float64]
    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    low: NDArray[np.float64]
    width: NDArray[np.float64]
    shape: NDArray[np.int64]
