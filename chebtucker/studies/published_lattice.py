"""The lattice of the paper, made from its sites: 24 x 24 x 4 positive and 23 x 23 x 4 negative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.studies.sinc import CellAverages
from chebtucker.tensors import CPTensor

Array = NDArray[np.float64]

HALF = 45.0
"""Half the side of the box."""

SCALE = 34.5**2 * 4.5 / 4 * 0.09375**3
"""By this, 1.1033, the published pictures of the lattice are larger than its potential in charge
per length."""

_SITES = {  # of one sign: coordinates along x and y, along z, and the charge
    "+": (np.arange(-34.5, 35, 3), np.arange(-4.5, 5, 3), 1.0),
    "-": (np.arange(-33.0, 34, 3), np.arange(-4.5, 5, 3), -1.0),
}


def lattice_vectors() -> CPTensor:
    """Return the long part on 960^3 cells as the published files have it."""
    return _sums(CellAverages.of_the_lattice().centres)


def lattice_series(points: int) -> CPTensor:
    """Return its Chebyshev coefficients, expanded without any grid."""
    values = _sums(HALF * chebyshev.points(points))
    return CPTensor(values.weights, tuple(map(chebyshev.coefficients, values.factors)))


def normalised(cp: CPTensor) -> CPTensor:
    """Return the same tensor with columns of unit length, as the published rule wants it."""
    lengths = [np.linalg.norm(u, axis=0) for u in cp.factors]
    weights = cp.weights * np.prod(lengths, axis=0)
    return CPTensor(weights, tuple(u / s for u, s in zip(cp.factors, lengths, strict=True)))


def _sums(x: Array) -> CPTensor:
    """Return sums over rows of sites of averages over the cells centred at x."""
    averages = CellAverages.of_the_lattice()
    columns = {
        sign: [averages.at(x[:, None] - row).sum(axis=1) for row in (across, across, along)]
        for sign, (across, along, _) in _SITES.items()
    }
    factors = tuple(np.hstack([columns[sign][k] for sign in _SITES]) for k in range(3))
    charges = [charge for _, _, charge in _SITES.values()]
    return CPTensor(np.repeat(charges, averages.terms), factors)
