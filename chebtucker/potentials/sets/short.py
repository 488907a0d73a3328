"""The short parts of several charge sets: each pair is evaluated once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends import numba_cpu
from chebtucker.kernels import RangeSplit
from chebtucker.potentials.short_range import ShortRange, short_range

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ShortRangeSets(ShortRange):
    """As `ShortRange` with charges (C, N); results have a leading C."""

    def __call__(self, points: Array) -> Array:
        """Return the short parts (C, ...) at points (..., 3); inf at a particle of the set."""
        flat = np.ascontiguousarray(points.reshape(-1, 3))
        values = self._sums(numba_cpu.short_values_of_sets, flat, np.full(len(flat), -1))
        return values.reshape(-1, *points.shape[:-1])

    def gradient(self, points: Array) -> Array:
        """Return the gradients (C, ..., 3) at points (..., 3)."""
        flat = np.ascontiguousarray(points.reshape(-1, 3))
        slopes = self._sums(numba_cpu.short_gradients_of_sets, flat, np.full(len(flat), -1))
        return slopes.reshape(-1, *points.shape)

    def at_particles(self, positions: Array) -> Array:
        """Return the short parts (C, N) at the system's particles without their own."""
        return self._sums(numba_cpu.short_values_of_sets, positions, self.rows)

    def gradient_at_particles(self, positions: Array) -> Array:
        """Return their gradients (C, N, 3) at the system's particles without their own."""
        return self._sums(numba_cpu.short_gradients_of_sets, positions, self.rows)

    def add_on_grid(self, axes: tuple[Array, Array, Array], out: Array) -> None:
        """Add the short parts on the product of three axes to `out`, (C, n1, n2, n3)."""
        s = self.split
        numba_cpu.add_short_on_grid_of_sets(
            axes, self.cells, self.charges, s.cutoff, s.coefficients, s.is_even, out
        )

    def of(self, index: int, positions: Array) -> ShortRange:
        """Return the short part of one set."""
        charges = self.charges[index]
        if charges.all():
            return ShortRange(self.split, self.cells, charges, self.rows)
        own = np.zeros(len(self.rows))
        own[self.rows >= 0] = charges[self.rows[self.rows >= 0]]
        return short_range(self.split, positions, own)

    def _sums(self, loop: object, points: Array, skip: NDArray[np.int64]) -> Array:
        # Points in the order of the cells find their neighbours in the cache.
        s, cells = self.split, self.cells
        visit = numba_cpu.sort_into_cells(points, cells.low, cells.width, cells.shape).order
        result = loop(  # type: ignore[operator]
            points[visit], cells, self.charges, s.cutoff, s.coefficients, s.is_even, skip[visit]
        )
        values = np.empty_like(result)
        values[:, visit] = result
        return values


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
