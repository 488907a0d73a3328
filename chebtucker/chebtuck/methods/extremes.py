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

        From all local maxima on a grid of Chebyshev points Newton's method goes uphill, until
        only the highest is left. The grid has two points for every degree (sixteen in one
        dimension), or four million: where that is fewer, a narrow peak may be missed, and the best
        points are moved along the axes too. Where a step from all local maxima would take more
        than some 0.3 s (thousands of them, or tens of thousands for low ranks), those are taken
        that are highest by the grid's slopes and curvatures: of peaks whose heights differ by a
        few percent of the range, the highest may then be missed.

        The grid takes 2 m r flops for m points and the least rank r, and at most some 150 MB; all
        in all it is 10 to 50 ms for degrees below 100, at most a few seconds.

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
