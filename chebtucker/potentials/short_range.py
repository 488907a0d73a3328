"""The short part of a potential: a sum over the particles within the cutoff."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends import numba_cpu
from chebtucker.backends.cells import Cells
from chebtucker.kernels import RangeSplit

Array = NDArray[np.float64]

_CELLS_PER_PARTICLE = 4


@dataclass(frozen=True, eq=False)
class ShortRange:
    """Sum over particles of charge times kernel minus its long part, zero beyond the cutoff.

    Parameters
    ----------
    split : RangeSplit
        The short-range function of the distance.
    cells : Cells
        The charged particles, sorted into cells.
    charges : ndarray, shape (N,)
        Charges in the order of the cells.
    rows : ndarray of int64, shape (N,)
        Row in `cells` of each particle of the system; -1 for particles without charge.
    """

    split: RangeSplit
    cells: Cells
    charges: Array
    rows: NDArray[np.int64]

    def __call__(self, points: Array) -> Array:
        """Return the short part at points (..., 3); inf at a particle."""
        flat = np.ascontiguousarray(points.reshape(-1, 3))
        return self._sum(numba_cpu.short_values, flat, np.full(len(flat), -1)).reshape(
            points.shape[:-1]
        )

    def gradient(self, points: Array) -> Array:
        """Return the gradient (..., 3) of the short part at points (..., 3)."""
        flat = np.ascontiguousarray(points.reshape(-1, 3))
        slopes = self._sum(numba_cpu.short_gradients, flat, np.full(len(flat), -1))
        return slopes.reshape(points.shape)

    def at_particles(self, positions: Array) -> Array:
        """Return the short part (N,) at the system's particles without their own."""
        return self._sum(numba_cpu.short_values, positions, self.rows)

    def gradient_at_particles(self, positions: Array) -> Array:
        """Return its gradient (N, 3) at the system's particles without their own."""
        return self._sum(numba_cpu.short_gradients, positions, self.rows)

    def add_on_grid(self, axes: tuple[Array, Array, Array], out: Array) -> None:
        """Add the short part on the product of three axes to `out`, shape (n1, n2, n3)."""
        s = self.split
        numba_cpu.add_short_on_grid(
            axes, self.cells, self.charges, s.cutoff, s.coefficients, s.is_even, out
        )

    def _sum(self, loop: object, points: Array, skip: NDArray[np.int64]) -> Array:
        # Points in the order of the cells find their neighbours in the cache.
        s, cells = self.split, self.cells
        visit = numba_cpu.sort_into_cells(points, cells.low, cells.width, cells.shape).order
        result = loop(  # type: ignore[operator]
            points[visit], cells, self.charges, s.cutoff, s.coefficients, s.is_even, skip[visit]
        )
        values = np.empty_like(result)
        values[visit] = result
        return values


def short_range(split: RangeSplit, positions: Array, charges: Array) -> ShortRange:
    """Sort the charged particles into columns of cells, the narrower the more neighbours."""
    charged = np.flatnonzero(charges)
    cells = numba_cpu.sort_into_cells(positions[charged], *_cell_box(positions, split.cutoff))
    rows = np.full(len(positions), -1)
    rows[charged[cells.order]] = np.arange(len(charged))
    return ShortRange(split, cells, charges[charged][cells.order], rows)


def _cell_box(positions: Array, cutoff: float) -> tuple[Array, Array, NDArray[np.int64]]:
    """Return corner, widths and numbers of cells: columns along z, and cuts across them.

    Columns should be thin beside the cutoff, and yet give a point runs of some dozen particles.
    """
    low = positions.min(axis=0)
    length = positions.max(axis=0) - low
    volume = float(np.prod(np.maximum(length, cutoff)))
    neighbours = len(positions) * 4.2 * cutoff**3 / volume
    thin = np.clip(0.5 * (300 / neighbours) ** (1 / 3), 1 / 3, 0.7)
    width = cutoff * thin * np.array([1.0, 1.0, 0.25])
    limit = 64 + _CELLS_PER_PARTICLE * len(positions)
    while np.prod(np.floor(length / width) + 1) > limit:
        width *= 1.2
    shape = (np.floor(length / width) + 1).astype(np.int64)
    return low, width, shape
