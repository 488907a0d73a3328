"""The largest and the smallest value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck import extrema, operators
from chebtucker.chebtuck.methods.state import State

Array = NDArray[np.float64]


class Extremes(State):
    """Where a function is largest and smallest."""

    def max(self) -> tuple[float, Array]:
        """Return the largest value over the domain and where it is, shape (d,).

        The best of the local maxima on a grid of Chebyshev points, polished by a local search.
        The grid has two points for every degree, or four million; where that is fewer, its best
        points are moved along the axes first. A peak narrower than such a grid may be missed.

        Examples
        --------
        >>> import chebtucker as ct
        >>> f = ct.from_function(lambda x, y: y - x**2, [(-1, 2), (0, 3)])
        >>> value, where = f.max()
        >>> round(value, 8), (where.round(6) + 0.0).tolist()
        (3.0, [0.0, 3.0])
        """
        operators.on_cpu(self, "max")
        return extrema.maximum(self.coefficients, self.domain)

    def min(self) -> tuple[float, Array]:
        """Return the smallest value over the domain and where it is, shape (d,)."""
        operators.on_cpu(self, "min")
        value, where = extrema.maximum(-self.coefficients, self.domain)
        return -value, where
