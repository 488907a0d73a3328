"""The largest and the smallest value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck import extrema
from chebtucker.chebtuck.methods.algebra import Algebra
from chebtucker.chebtuck.methods.analysis import Analysis
from chebtucker.chebtuck.methods.values import Values

Array = NDArray[np.float64]


class Extremes(Values, Analysis, Algebra):
    """Where a function is largest and smallest."""

    def max(self) -> tuple[float, Array]:
        """Return the largest value over the domain and where it is, shape (d,).

        The best of a grid of Chebyshev points at twice the degree, polished by a local search.
        """
        slopes = self.gradient()

        def value(x: Array) -> float:
            return float(self._evaluate_points(x[None])[0])

        def slope(x: Array) -> Array:
            return np.array([g._evaluate_points(x[None])[0] for g in slopes])

        return extrema.maximum(self.coefficients, self.domain, value, slope)

    def min(self) -> tuple[float, Array]:
        """Return the smallest value over the domain and where it is, shape (d,)."""
        value, where = (-self).max()
        return -value, where
