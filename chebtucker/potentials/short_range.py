"""The short part of a potential: a sum over the particles within the cutoff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker._device import carrier, is_there
from chebtucker.backends.cells import Cells
from chebtucker.backends.choosing import loops_for
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

    loops: ClassVar[str] = ""  # how the names of the backend's loops end

    def __call__(self, points: Array) -> Array:
        """Return the short part at points (..., 3); inf at a particle."""
        values = self._sum("short_values", points.reshape(-1, 3))
        return values.reshape((*self.charges.shape[:-1], *points.shape[:-1]))

    def gradient(self, points: Array) -> Array:
        """Return the gradient (..., 3) of the short part at points (..., 3)."""
        slopes = self._sum("short_gradients", points.reshape(-1, 3))
        return slopes.reshape((*self.charges.shape[:-1], *points.shape))

    def at_particles(self, positions: Array) -> Array:
        """Return the short part (N,) at the system's particles without their own."""
        return self._sum("short_values", positions, self.rows)

    def gradient_at_particles(self, positions: Array) -> Array:
        """Return its gradient (N, 3) at the system's particles without their own."""
        return self._sum("short_gradients", positions, self.rows)

    def add_on_grid(self, axes: tuple[Array, Array, Array], out: Array) -> None:
        """Add the short part on the product of three axes to `out`, shape (n1, n2, n3)."""
        s = self.split
        add = getattr(loops_for(out), "add_short_on_grid" + self.loops)
        add(axes, self.cells, self.charges, s.cutoff, s.coefficients, s.is_even, out)

    def to_device(self, device: str) -> ShortRange:
        """Return the same with its particles on a device or "cpu"; corner and widths stay here."""
        if is_there(device, _arrays.place(self.charges)):
            return self
        move = carrier(device)
        names = ("positions", "order", "starts")
        cells = self.cells._replace(**{name: move(getattr(self.cells, name)) for name in names})
        return replace(self, cells=cells, charges=move(self.charges), rows=move(self.rows))

    def _sum(self, name: str, points: Array, rows: NDArray[np.int64] | None = None) -> Array:
        s, loop = self.split, getattr(loops_for(points), name + self.loops)

        def of(points: Array, skip: NDArray[np.int64]) -> Array:
            return loop(points, self.cells, self.charges, s.cutoff, s.coefficients, s.is_even, skip)

        return in_order_of_cells(of, points, self.cells, rows, self.charges.ndim - 1)


def in_order_of_cells(
    of: Callable[[Array, NDArray[np.int64]], Array],
    points: Array,
    cells: Cells,
    rows: NDArray[np.int64] | None = None,
    axis: int = 0,
) -> Array:
    """Return of(points, skip) for points (M, 3) that are taken in the order of the cells.

    So they find their neighbours in the cache. `rows` are particles to skip, by default none; the
    points are along an axis of the result.
    """
    xp = _arrays.namespace(points)
    points = xp.ascontiguousarray(points)
    skip = xp.full(len(points), -1) if rows is None else rows
    sort = loops_for(points).sort_into_cells
    visit = sort(points, cells.low, cells.width, cells.shape).order
    # `take` of rows is three times as fast as indices, and writing to rows by indices as slow
    result = of(xp.take(points, visit, axis=0), xp.take(skip, visit))
    back = xp.empty(len(visit), dtype=xp.int64)
    back[visit] = xp.arange(len(visit))
    return xp.take(result, back, axis=axis)


def short_range(split: RangeSplit, positions: Array, charges: Array) -> ShortRange:
    """Sort the charged particles into columns of cells, the narrower the more neighbours."""
    xp, loops = _arrays.namespace(positions), loops_for(positions)
    charged = xp.nonzero(charges)[0]
    places = xp.take(positions, charged, axis=0)
    cells = loops.sort_into_cells(places, *_cell_box(positions, split.cutoff))
    rows = xp.full(len(positions), -1)
    rows[charged[cells.order]] = xp.arange(len(charged))
    return ShortRange(split, cells, charges[charged][cells.order], rows)


def _cell_box(positions: Array, cutoff: float) -> tuple[Array, Array, NDArray[np.int64]]:
    """Return corner, widths and numbers of cells: columns along z, and cuts across them.

    Columns should be thin beside the cutoff, and yet give a point runs of some dozen particles.
    """
    low, high = _arrays.bounds(positions)
    length = high - low
    volume = float(np.prod(np.maximum(length, cutoff)))
    neighbours = len(positions) * 4.2 * cutoff**3 / volume
    thin = np.clip(0.5 * (300 / neighbours) ** (1 / 3), 1 / 3, 0.7)
    width = cutoff * thin * np.array([1.0, 1.0, 0.25])
    limit = 64 + _CELLS_PER_PARTICLE * len(positions)
    while np.prod(np.floor(length / width) + 1) > limit:
        width *= 1.2
    shape = (np.floor(length / width) + 1).astype(np.int64)
    return low, width, shape
