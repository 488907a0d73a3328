"""Sites of a lattice as rows of whole numbers (i, j, k, s): cell and place in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]

MOST_LISTED = 2 * 10**7
"""Sites that are listed at most: about a gigabyte."""


def indices_of(value: Any, name: str) -> Indices:
    """Return sites as an array (n, 4) of whole numbers."""
    array = np.asarray(value)
    if array.size == 0:
        return np.empty((0, 4), dtype=np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(f"`{name}` must be whole numbers (i, j, k, s), got dtype {array.dtype}")
    if array.ndim != 2 or array.shape[1] != 4:
        raise ValueError(f"`{name}` must be an array of shape (n, 4), got shape {array.shape}")
    return array.astype(np.int64)


def find(among: Indices, wanted: Indices) -> tuple[Indices, Indices]:
    """Return the rows of `among` that are in `wanted`, and where there."""
    if len(wanted) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    order = np.argsort(wanted)
    place = np.searchsorted(wanted, among, sorter=order)
    place = order[np.minimum(place, len(wanted) - 1)]
    rows = np.flatnonzero(wanted[place] == among)
    return rows, place[rows]


def check_listed(count: int) -> None:
    """Refuse to list more sites than fit in a gigabyte."""
    if count > MOST_LISTED:
        raise ValueError(
            f"the sites must be at most {MOST_LISTED:,} to be listed, got {count:,}, which would "
            f"take {count * 60 / 1e9:,.1f} GB; choose a smaller box"
        )
