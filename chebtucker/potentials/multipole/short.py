"""The short part of the potential of multipoles: a sum over the particles within the cutoff."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends import numba_cpu
from chebtucker.backends.cells import Cells
from chebtucker.kernels import RangeSplit, short_derivatives
from chebtucker.kernels.derivatives import is_even
from chebtucker.potentials.short_range import in_order_of_cells, short_range

Array = NDArray[np.float64]

HIGHEST = 5
"""Radial functions that a force on a quadrupole in the field of a quadrupole needs."""

_AT_ONCE = 2**18  # points of a grid


@dataclass(frozen=True, eq=False)
class MultipoleShortRange:
    """Sum over particles of moments times derivatives of kernel minus its long part.

    Zero beyond the cutoff.

    Parameters
    ----------
    split : RangeSplit
        The short-range function of the distance.
    tables : ndarray, shape (HIGHEST + 1, m)
        Polynomials for its derivatives, see `kernels.short_derivatives`.
    cells : Cells
        The particles that have moments, sorted into cells.
    moments : ndarray, shape (n, 10)
        Their moments in the order of the cells.
    rows : ndarray of int64, shape (N,)
        Row in `cells` of each particle of the system; -1 for particles without moments.
    """

    split: RangeSplit
    tables: Array
    cells: Cells
    moments: Array
    rows: NDArray[np.int64]

    def __call__(self, points: Array) -> Array:
        """Return the short part at points (..., 3).

        At a particle charge times inf; nan if it has more than a charge.
        """
        return self._fields(points, 0)[:, 0].reshape(points.shape[:-1])

    def gradient(self, points: Array) -> Array:
        """Return the gradient (..., 3) of the short part at points (..., 3)."""
        return self._fields(points, 1)[:, 1:4].reshape(points.shape)

    def fields_at_particles(self, positions: Array, order: int) -> Array:
        """Return the derivatives up to an order, without a particle's own, (N, columns)."""
        return self._fields(positions, order, self.rows)

    def add_on_grid(self, axes: tuple[Array, Array, Array], out: Array) -> None:
        """Add the short part on the product of three axes to `out`, shape (n1, n2, n3)."""
        planes = max(_AT_ONCE // max(out[0].size, 1), 1)
        for start in range(0, len(out), planes):
            part = axes[0][start : start + planes]
            points = np.stack(np.meshgrid(part, *axes[1:], indexing="ij"), axis=-1)
            out[start : start + planes] += self(points)

    def _fields(self, points: Array, order: int, rows: NDArray[np.int64] | None = None) -> Array:
        split = self.split

        def of(points: Array, skip: NDArray[np.int64]) -> Array:
            return numba_cpu.short_multipoles(
                points, self.cells, self.moments, split.cutoff, self.tables, is_even(split), skip,
                order,
            )  # fmt: skip

        return in_order_of_cells(of, points.reshape(-1, 3), self.cells, rows)


def multipole_short_range(
    split: RangeSplit, positions: Array, moments: Array
) -> MultipoleShortRange:
    """Sort the particles that have moments (N, 10) into columns of cells."""
    size = np.abs(moments).max(axis=1)
    alike = short_range(split, positions, size)  # as if these were charges
    own = moments[size > 0][alike.cells.order]
    return MultipoleShortRange(
        split, short_derivatives(split, HIGHEST), alike.cells, own, alike.rows
    )
