"""Canonical vectors of 1/r by sinc quadrature, as averages over the cells of a grid.

    1/r = 2/sqrt(pi) int_0^inf exp(-t^2 r^2) dt,  t = sinh(u), trapezoidal rule in u

gives one Gaussian for each node; averaged over a cell it is a product of three differences of
error functions, which are known between the centres of the cells too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PUBLISHED = {
    256: (26, 0.262121708848),
    512: (29, 0.265949096443),
    1024: (31, 0.265960736709),
    2048: (34, 0.266029024829),
    4096: (37, 0.262826361808),
    8192: (39, 0.266266734519),
}
"""From the number of cells to the number of terms and the step that the published vectors have:
with these the published files are reproduced to 1e-12."""


@dataclass(frozen=True)
class CellAverages:
    """The terms of 1/r on n cells of [-1, 1], smooth ones first.

    Parameters
    ----------
    n : int
        Cells.
    terms : int
        Terms R.
    step : float
        Of the trapezoidal rule.

    Examples
    --------
    >>> terms = CellAverages.published(256)
    >>> terms.at([0.0, 0.5]).shape, terms.long
    ((2, 26), 10)
    """

    n: int
    terms: int
    step: float

    @classmethod
    def published(cls, n: int) -> CellAverages:
        """Return the terms that were published for n cells."""
        return cls(n, *PUBLISHED[n])

    @property
    def long(self) -> int:
        """How many terms are the long part, as in the paper."""
        return math.ceil(self.terms / 2) - 3

    def at(self, x: object) -> Array:
        """Return averages over the cells centred at x (M,), cube roots of weights in, (M, R)."""
        from scipy.special import erf

        t, weights = self._nodes()
        h = 2 / self.n
        centres = np.asarray(x, dtype=float)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            difference = erf(t * (centres + h / 2)) - erf(t * (centres - h / 2))
            means = math.sqrt(math.pi) / 2 * difference / (t * h)
        return np.cbrt(weights) * np.where(t == 0, 1.0, means)

    def _nodes(self) -> tuple[Array, Array]:
        u = self.step * np.arange(self.terms)
        weights = 2 * self.step * np.cosh(u) / math.sqrt(math.pi)
        weights[[0, -1]] /= 2
        return np.sinh(u), weights
