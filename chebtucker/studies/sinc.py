"""Canonical vectors of 1/r by sinc quadrature, as averages over the cells of a grid.

    1/r = 2/sqrt(pi) int_0^inf exp(-t^2 r^2) dt,  t = c sinh(u), trapezoidal rule in u

gives one Gaussian for each node; averaged over a cell it is a product of three differences of
error functions, which are known between the centres of the cells too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker.construct.splines import uniform

Array = NDArray[np.float64]

PUBLISHED = {
    256: (26, 0.262121708848, 2.4514540138845),
    512: (29, 0.265949096443, 2.4241803746390),
    1024: (31, 0.265960736709, 2.4243314996007),
    2048: (34, 0.266029024829, 2.4236530979495),
    4096: (37, 0.262826361808, 2.4460369020590),
    8192: (39, 0.266266734519, 2.4220616115340),
}
"""From the number of cells of [-1, 1] to the number of terms, the step and the factor in the two
middle cells of the last term that the published vectors have: with these the published files are
reproduced to 1e-11. The factor stands for all terms that were left out, which are seen in the
middle only."""


@dataclass(frozen=True)
class CellAverages:
    """The terms of 1/r on n cells of [-half, half], smooth ones first.

    Parameters
    ----------
    n : int
        Cells.
    terms : int
        Terms R.
    step : float
        Of the trapezoidal rule.
    half : float
        Half the side of the box.
    scale : float
        The factor c.
    middle : float
        Factor of the last term in the two middle cells.

    Examples
    --------
    >>> terms = CellAverages.published(256)
    >>> terms.at([0.0, 0.5]).shape, terms.long
    ((2, 26), 10)
    """

    n: int
    terms: int
    step: float
    half: float = 1.0
    scale: float = 1.0
    middle: float = 1.0

    @classmethod
    def published(cls, n: int, half: float = 1.0) -> CellAverages:
        """Return the terms that were published for n cells, for a box of any size."""
        terms, step, middle = PUBLISHED[n]
        return cls(n, terms, step, half=half, scale=1 / half, middle=middle)

    @property
    def long(self) -> int:
        """How many terms are the long part, as in the paper."""
        return math.ceil(self.terms / 2) - 3

    @property
    def centres(self) -> Array:
        """Centres of the cells, (n,)."""
        return self.half * uniform(self.n, "cells")

    @property
    def nodes(self) -> tuple[Array, Array]:
        """Nodes t (R,) and weights (R,)."""
        u = self.step * np.arange(self.terms)
        weights = 2 * self.scale * self.step * np.cosh(u) / math.sqrt(math.pi)
        weights[0] /= 2
        return self.scale * np.sinh(u), weights

    @classmethod
    def of_the_lattice(cls) -> CellAverages:
        """Return the terms of the published lattice: 960 cells of [-45, 45], 14 smooth terms."""
        return cls(960, 14, 0.3446134256582855, half=45.0, scale=1 / 79.5)

    @property
    def vectors(self) -> Array:
        """The canonical vectors, averages over the cells of the grid, (n, R)."""
        values = self.at(self.centres)
        values[self.n // 2 - 1 : self.n // 2 + 1, -1] *= math.cbrt(self.middle)
        return values

    def at(self, x: ArrayLike) -> Array:
        """Return averages over the cells centred at x, x.shape + (R,), cube roots of weights in."""
        from scipy.special import erf

        t, weights = self.nodes
        h = 2 * self.half / self.n
        centres = np.asarray(x, dtype=float)[..., None]
        with np.errstate(divide="ignore", invalid="ignore"):
            difference = erf(t * (centres + h / 2)) - erf(t * (centres - h / 2))
            means = math.sqrt(math.pi) / 2 * difference / (t * h)
        return np.cbrt(weights) * np.where(t == 0, 1.0, means)
