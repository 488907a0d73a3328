"""From values on a uniform grid to Chebyshev coefficients, one axis at a time, by splines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks, chebyshev

Array = NDArray[np.float64]


def uniform(n: int, grid: str) -> Array:
    """Return n uniform points in [-1, 1]: centres of cells, or nodes with both ends."""
    if grid == "nodes":
        return np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
    return (2 * np.arange(n) + 1 - n) / n


@dataclass(frozen=True)
class Splines:
    """Not-a-knot splines through the columns of a matrix of values on a uniform grid.

    Parameters
    ----------
    grid : {"cells", "nodes"}
        Where the values are.
    degree : int
        Of the splines, odd; n points allow at most n - 1, one polynomial through all.
    """

    grid: str
    degree: int

    @classmethod
    def checked(cls, grid: Any, degree: Any) -> Splines:
        """Return splines of an odd degree."""
        _checks.choice(grid, "grid", ("cells", "nodes"))
        order = _checks.integer(degree, "spline_degree", minimum=1)
        if order % 2 == 0:
            raise ValueError(f"`spline_degree` must be odd, got {order}")
        return cls(grid, order)

    def at(self, t: Array, columns: Array) -> Array:
        """Return splines through columns (n, r) at points t of [-1, 1], (M, r).

        Beyond the outermost points they are continued.
        """
        return self._of_degree(min(self.degree, len(columns) - 1), t, columns)

    def higher(self, t: Array, columns: Array) -> Array | None:
        """Return splines of the next odd degree; None where there are too few points for them."""
        if len(columns) <= self.degree + 2:
            return None
        return self._of_degree(self.degree + 2, t, columns)

    def lower(self, t: Array, columns: Array) -> Array:
        """Return splines of two degrees less, at least straight lines; steps for two points."""
        degree = min(self.degree, len(columns) - 1)
        return self._of_degree(max(degree - 2, 1 if degree > 1 else 0), t, columns)

    def _of_degree(self, degree: int, t: Array, columns: Array) -> Array:
        return through(uniform(len(columns), self.grid), columns, degree, t)

    def coefficients(self, columns: Array, size: int) -> Array:
        """Return the coefficients of the polynomials through splines at `size` points."""
        return chebyshev.coefficients(self.at(chebyshev.points(size), columns))


def through(points: Array, columns: Array, degree: int, t: Array) -> Array:
    """Return splines through columns (n, r) at points, evaluated at t, (M, r)."""
    from scipy.interpolate import make_interp_spline

    if degree == 0:
        return columns[np.abs(t[:, None] - points).argmin(axis=1)]
    return np.asarray(make_interp_spline(points, columns, k=degree)(t))


def resolving(n: int) -> int:
    """Return how many Chebyshev points resolve what n uniform points do: spacing for spacing."""
    return 1 if n == 1 else math.ceil(math.pi / 2 * n) + 1
