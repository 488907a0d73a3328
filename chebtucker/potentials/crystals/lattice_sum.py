"""The long part of a crystal's potential from sums over rows of sites, whatever their number.

A Gaussian summed over the sites of an orthogonal lattice is a product of three sums over rows,

    sum over sites of q exp(-a |x - x_i|^2) = sum_jkl Q_jkl F_j(x) G_k(y) H_l(z),

with one function an axis for each distinct coordinate in the cell, and Q the charges. The first
function of an axis is the sum over a row, the others are differences from it: in a crystal they
are small, and what is large has the total charge, which is zero, as its factor. Defects are terms
of the same form. So the canonical rank is the number of Gaussians times the entries of Q that
are left (one for rock salt), whatever the number of cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.backends.threads import one_blas_thread
from chebtucker.blocks import gaussian_size
from chebtucker.chebtuck import ChebTuck
from chebtucker.chebtuck.changing import shortened
from chebtucker.decompositions import rhosvd
from chebtucker.kernels import GaussianSum
from chebtucker.potentials.crystals.rows import Row, row_difference, row_sum
from chebtucker.potentials.long_range import zero
from chebtucker.systems import Lattice
from chebtucker.tensors import CPTensor, TuckerTensor

Array = NDArray[np.float64]

_ROUNDING = 1e-16
_SAME = 1e-9
"""Coordinates in a cell that differ by less, in edges, are one."""


@dataclass(frozen=True, eq=False)
class AxisTerms:
    """The functions of one coordinate whose products a Gaussian sum over a crystal consists of.

    Parameters
    ----------
    row : Row
        The sites of the first function.
    shifts : ndarray, shape (m - 1,)
        How far the rows of the others are from it.
    points : ndarray, shape (d,)
        Coordinates of defects: one more function for each.
    """

    row: Row
    shifts: Array
    points: Array

    def __len__(self) -> int:
        return 1 + len(self.shifts) + len(self.points)

    def values(self, x: Array, exponent: float) -> Array:
        """Return all functions at x (M,) for one Gaussian, (M, m + d)."""
        columns = [row_sum(x, exponent, self.row)]
        columns += [row_difference(x, exponent, self.row, shift) for shift in self.shifts]
        columns += [np.exp(-exponent * np.square(x - point)) for point in self.points]
        return np.stack(columns, axis=1)


@dataclass(frozen=True, eq=False)
class LatticeTerms:
    """A crystal as products of functions of one coordinate.

    Parameters
    ----------
    axes : tuple of AxisTerms
        The functions of each coordinate.
    indices : ndarray of int, shape (T, 3)
        Which of them each product consists of.
    weights : ndarray, shape (T,)
        The charges that go with the products.
    """

    axes: tuple[AxisTerms, ...]
    indices: NDArray[np.int64]
    weights: Array

    def values(self, points: Array, gaussians: GaussianSum) -> Array:
        """Return sum_j q_j g(|x - x_j|) at points (M, 3), without any expansion."""
        total = np.zeros(len(points))
        for weight, exponent in zip(gaussians.weights, gaussians.exponents, strict=True):
            product = np.ones((len(points), len(self.weights)))
            for k, axis in enumerate(self.axes):
                product *= axis.values(points[:, k], exponent)[:, self.indices[:, k]]
            total += weight * (product @ self.weights)
        return total


def lattice_terms(crystal: Lattice, prefactor: float = 1.0) -> LatticeTerms:
    """Return the products whose sum is the crystal's."""
    positions, charges = crystal.defects
    charged = charges != 0
    positions, charges = positions[charged], charges[charged]
    fractions, content = cell_content(crystal)
    for k in range(3):  # S_j = S_1 + (S_j - S_1)
        leading = np.moveaxis(content, k, 0)
        leading[0] = leading.sum(axis=0)
    content[np.abs(content) <= 1e-14 * np.abs(crystal.charges).sum()] = 0
    axes, defects = [], []
    for k, places in enumerate(fractions):
        edge = float(crystal.cell[k])
        points, of_defects = np.unique(positions[:, k], return_inverse=True)
        row = Row(float(crystal.origin[k] + edge * places[0]), edge, crystal.repeats[k])
        axes.append(AxisTerms(row, edge * (places[1:] - places[0]), points))
        defects.append(of_defects + len(places))
    indices = np.concatenate([np.argwhere(content), np.stack(defects, axis=1)])
    weights = np.concatenate([content[content != 0], charges])
    return LatticeTerms(tuple(axes), indices.astype(np.int64), prefactor * weights)


def cell_content(crystal: Lattice) -> tuple[list[Array], Array]:
    """Return the distinct fractions (m_k,) of each axis, and the charges (m_1, m_2, m_3) there."""
    found = [_distinct(crystal.basis[:, k], _SAME) for k in range(3)]
    content = np.zeros([len(fractions) for fractions, _ in found])
    np.add.at(content, tuple(place for _, place in found), crystal.charges)
    return [fractions for fractions, _ in found], content


def _distinct(values: Array, tolerance: float) -> tuple[Array, NDArray[np.int64]]:
    """Return the distinct values, ascending, and which of them each value is."""
    order = np.argsort(values, kind="stable")
    new = np.diff(values[order], prepend=-np.inf) > tolerance
    which = np.empty(len(values), dtype=np.int64)
    which[order] = np.cumsum(new) - 1
    return values[order][new], which


def axis_sizes(gaussians: GaussianSum, domain: Array) -> tuple[int, int, int]:
    """Return how many Chebyshev coefficients an axis the sharpest Gaussian has to rounding."""
    sharpest = float(gaussians.exponents.max(initial=0.0))
    a, b, c = (gaussian_size(sharpest, float(hi - lo), _ROUNDING) for lo, hi in domain)
    return a, b, c


def lattice_long_range(
    terms: LatticeTerms, gaussians: GaussianSum, domain: Array, *, atol: float
) -> ChebTuck:
    """Return sum_j q_j g(|x - x_j|) over a crystal on a domain as a ChebTuck.

    Parameters
    ----------
    terms : LatticeTerms
        The crystal.
    gaussians : GaussianSum
        The smooth function g.
    domain : ndarray, shape (3, 2)
        Where the potential is wanted.
    atol : float
        Frobenius norm of the coefficients that ranks and degrees may cut off.

    Notes
    -----
    The functions of each axis are expanded in Chebyshev polynomials to rounding, the canonical
    tensor of K times T terms is truncated by `rhosvd` in a basis of what its columns span, and
    degrees are cut at the end. With n coefficients and K Gaussians 4 n (K m)^2 flops an axis.

    References
    ----------
    V. Khoromskaia and B. N. Khoromskij, "Grid-based lattice summation of electrostatic potentials
    by assembled rank-structured tensor approximation", Comput. Phys. Commun. 185 (2014),
    3162-3174.
    """
    if len(gaussians) == 0 or len(terms.weights) == 0:
        return zero(domain)
    with one_blas_thread():
        tucker = shortened(_assembled(terms, gaussians, domain, atol), atol)
    return ChebTuck(tucker, domain, error=8 * atol)


def _assembled(
    terms: LatticeTerms, gaussians: GaussianSum, domain: Array, atol: float
) -> TuckerTensor:
    bases, columns = [], []
    for axis, interval, n in zip(terms.axes, domain, axis_sizes(gaussians, domain), strict=True):
        basis, inside = np.linalg.qr(_coefficients(axis, gaussians, interval, n))
        bases.append(basis)
        columns.append(inside)
    chosen = [
        (np.arange(len(gaussians))[:, None] * len(axis) + terms.indices[:, k]).ravel()
        for k, axis in enumerate(terms.axes)
    ]
    weights = np.outer(gaussians.weights, terms.weights).ravel()
    factors = tuple(inside[:, c] for inside, c in zip(columns, chosen, strict=True))
    core, small = rhosvd(CPTensor(weights, factors), atol=atol)
    return TuckerTensor(core, tuple(q @ u for q, u in zip(bases, small, strict=True)))


def _coefficients(axis: AxisTerms, gaussians: GaussianSum, interval: Array, n: int) -> Array:
    """Return Chebyshev coefficients of all functions of an axis, (n, K (m + d))."""
    lo, hi = float(interval[0]), float(interval[1])
    result = np.zeros((n, len(gaussians), len(axis)))
    for k, exponent in enumerate(gaussians.exponents):
        size = min(gaussian_size(exponent, hi - lo, _ROUNDING), n)
        x = chebyshev.from_reference(chebyshev.points(size), lo, hi)
        result[:size, k] = chebyshev.coefficients(axis.values(x, float(exponent)))
    return result.reshape(n, -1)
