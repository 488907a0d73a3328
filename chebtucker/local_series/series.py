"""The coefficients of a function on every block of a box, and its values from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.backends.choosing import loops_for
from chebtucker.backends.ragged import Ragged

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LocalSeries:
    """A function on every block of a box, without the coefficients that do not matter.

    Parameters
    ----------
    box : ndarray, shape (d, 2)
        The whole box, d at most 3.
    coefficients : Ragged
        Chebyshev coefficients on each block.
    """

    box: Array
    coefficients: Ragged

    @property
    def nbytes(self) -> int:
        """Bytes of the coefficients."""
        return self.coefficients.nbytes

    def values(self, points: Array) -> Array:
        """Return values (M,) at points (M, d): 2 flops for each coefficient of a point's block."""
        values = np.empty(len(points))
        loops_for(points).ragged_values(points, self.box, self.coefficients, values)
        return values

    def values_and_gradients(self, points: Array) -> tuple[Array, Array]:
        """Return values (M,) and gradients (M, d) at points (M, d): 4 flops for each."""
        values, slopes = np.empty(len(points)), np.empty(points.shape)
        loops_for(points).ragged_values(points, self.box, self.coefficients, values, slopes)
        return values, slopes


@dataclass(frozen=True, eq=False)
class DenseSeries:
    """A function on every block of a box, on a device: all coefficients of all blocks.

    Parameters
    ----------
    box : ndarray, shape (d, 2)
        The whole box, d at most 3.
    coefficients : array, shape (B_1, .., B_d, p_1, .., p_d)
        Chebyshev coefficients on each block.
    """

    box: Array
    coefficients: Array

    @property
    def nbytes(self) -> int:
        """Bytes of the coefficients."""
        return _arrays.nbytes(self.coefficients)

    def values(self, points: Array) -> Array:
        """Return values (M,) at points (M, d): 2 p^d flops a point."""
        values = _arrays.empty(points.shape[:1], points)
        loops_for(points).local_values(points, self.box, self.coefficients, values)
        return values

    def values_and_gradients(self, points: Array) -> tuple[Array, Array]:
        """Return values (M,) and gradients (M, d) at points (M, d): 4 p^d flops a point."""
        values = _arrays.empty(points.shape[:1], points)
        slopes = _arrays.empty(points.shape, points)
        loops_for(points).local_values(points, self.box, self.coefficients, values, slopes)
        return values, slopes
