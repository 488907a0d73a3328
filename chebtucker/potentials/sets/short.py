"""The short parts of several charge sets: each pair is evaluated once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from chebtucker.kernels import RangeSplit
from chebtucker.potentials.short_range import ShortRange, short_range

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ShortRangeSets(ShortRange):
    """As `ShortRange` with charges (C, N); results have a leading C."""

    loops: ClassVar[str] = "_of_sets"

    def of(self, index: int, positions: Array) -> ShortRange:
        """Return the short part of one set."""
        charges = self.charges[index]
        if charges.all():
            return ShortRange(self.split, self.cells, charges, self.rows)
        own = np.zeros(len(self.rows))
        own[self.rows >= 0] = charges[self.rows[self.rows >= 0]]
        return short_range(self.split, positions, own)


def sorted_for(split: RangeSplit, positions: Array, charges: Array) -> ShortRange:
    """Return the cells of the particles that have a charge in any set (C, N)."""
    return short_range(split, positions, np.abs(charges).max(axis=0))


def short_range_sets(layout: ShortRange, charges: Array) -> ShortRangeSets:
    """Return the short part of charges (C, N) in the cells of a layout."""
    return ShortRangeSets(layout.split, layout.cells, in_cells(layout, charges), layout.rows)


def in_cells(layout: ShortRange, charges: Array) -> Array:
    """Return charges (..., N) in the order of the cells of a layout."""
    inside = np.flatnonzero(layout.rows >= 0)
    result = np.empty((*charges.shape[:-1], len(inside)))
    result[..., layout.rows[inside]] = charges[..., inside]
    return result
