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
    """A function on every block of a box.

    Parameters
    ----------
    box : ndarray, shape (d, 2)
        The whole box, d at most 3.
    coefficients : Ragged or array, shape (B_1, .., B_d, p_1, .., p_d)
        Chebyshev coefficients on each block: without those that do not matter, or on a device all.
    """

    box: Array
    coefficients: Ragged | Array

    @property
    def nbytes(self) -> int:
        """Bytes of the coefficients."""
        if isinstance(self.coefficients, Ragged):
            return self.coefficients.nbytes
        return _arrays.nbytes(self.coefficients)

    def values(self, points: Array) -> Array:
        """Return values (M,) at points (M, d): 2 flops for each coefficient of a point's block."""
        values = _arrays.empty(points.shape[:1], points)
        self._evaluate(points, values)
        return values

    def values_and_gradients(self, points: Array) -> tuple[Array, Array]:
        """Return values (M,) and gradients (M, d) at points (M, d): 4 flops for each."""
        values = _arrays.empty(points.shape[:1], points)
        slopes = _arrays.empty(points.shape, points)
        self._evaluate(points, values, slopes)
        return values, slopes

    def _evaluate(self, points: Array, *results: Array) -> None:
        loops = loops_for(points)
        ragged = isinstance(self.coefficients, Ragged)
        evaluate = loops.ragged_values if ragged else loops.local_values
        evaluate(points, self.box, self.coefficients, *results)
