"""Infinite crystals by direct sums over finite blocks whose faces fade."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _checks
from chebtucker.potentials.direct import direct_potential
from chebtucker.systems import Lattice, ParticleSystem

Array = NDArray[np.float64]

_ORDER = 16
"""Order of the spline along each axis: so many moments of a faded cell vanish."""

_INSIDE = 8
"""Cells with full charges on each side along the longest edge, fading ones included by half."""


def bulk_potential(crystal: Lattice, points: ArrayLike) -> Array:
    """Return the potential of the infinite crystal of the same cells at points (..., 3).

    Parameters
    ----------
    crystal : Lattice
        Its cell, basis, charges and origin are used; repeats and defects are not.
    points : array_like, shape (..., 3)
        Where, in the length unit of the cell.

    Returns
    -------
    ndarray, shape (...)
        In charge per length, with zero mean over a cell; inf at an ion.

    Raises
    ------
    ValueError
        If the cell is not neutral.

    Notes
    -----
    A direct sum over a block of some 30 cells an axis. Each charge of a cell is spread over cells
    with the weights of a cardinal B-spline, so the first 16 multipole moments of a spread cell
    along each axis vanish, and so does, nearly, what lies outside the block. The sum
    is a block with full charges inside that fade over several cells. Errors are
    below 1e-11 charges per edge in cells of which no edge is much longer than the others. Some
    36,000 terms a point for each site of the cell.

    References
    ----------
    A. Gelle and M.-B. Lepetit, "Fast calculation of the electrostatic potential in ionic crystals
    by direct summation method", J. Chem. Phys. 128 (2008), 244716; for weights of 1/2, 1/4 and
    1/8 on the faces H. M. Evjen, Phys. Rev. 39 (1932), 675.

    Examples
    --------
    >>> import chebtucker as ct
    >>> from chebtucker.potentials import bulk_potential
    >>> abs(float(bulk_potential(ct.Lattice.rock_salt((1, 1, 1)), [0.5, 0.5, 0.5]))) < 1e-10
    True
    """
    where = _checks.points(_checks.real_array(points, "points"), 3)
    block, _ = _faded_block(crystal)
    cell = np.floor((where - crystal.origin) / crystal.cell)
    return direct_potential(block, where - cell * crystal.cell)


def madelung_constant(crystal: Lattice) -> float:
    """Return Madelung's constant: minus the energy of a formula unit times the shortest distance.

    For charges of +-1 at a distance of 1 the attraction of a pair is 1. A formula unit holds the
    least whole numbers of each charge: Na Cl, Ca F2.

    Examples
    --------
    >>> import chebtucker as ct
    >>> from chebtucker.potentials import madelung_constant
    >>> round(madelung_constant(ct.Lattice.rock_salt((1, 1, 1), 2.8)), 10)
    1.7475645946
    """
    block, own = _faded_block(crystal)
    energy, shortest = 0.0, math.inf
    for row, charge in zip(own, crystal.charges, strict=True):
        others = ParticleSystem(
            np.delete(block.positions, row, axis=0), np.delete(block.charges, row)
        )
        at = block.positions[row]
        energy += 0.5 * float(charge) * float(direct_potential(others, at))
        shortest = min(shortest, float(np.linalg.norm(others.positions - at, axis=1).min()))
    _, counts = np.unique(crystal.charges.round(9), return_counts=True)
    return -energy * shortest / math.gcd(*counts.tolist())


def _faded_block(crystal: Lattice) -> tuple[ParticleSystem, NDArray[np.int64]]:
    """Return the sites of the block with their weighted charges, and the rows of the first cell."""
    if not isinstance(crystal, Lattice):
        raise TypeError(f"`crystal` must be a Lattice, got {type(crystal).__name__}")
    charges = crystal.charges
    if abs(charges.sum()) > 1e-12 * np.abs(charges).sum():
        raise ValueError(f"`crystal` must have neutral cells, got a charge of {charges.sum():g}")
    inside = np.ceil(_INSIDE * crystal.cell.max() / crystal.cell).astype(int)
    axes = [_axis_weights(crystal.basis[:, k], int(inside[k])) for k in range(3)]
    (x, wx), (y, wy), (z, wz) = axes  # (cells, B) each
    shape = (len(x), len(y), len(z), len(charges))
    weights = wx[:, None, None] * wy[:, None] * wz * charges
    places = np.broadcast_arrays(x[:, None, None], y[:, None], z)
    positions = crystal.origin + np.stack(places, axis=-1) * crystal.cell
    middle = tuple(n // 2 for n in shape[:3])
    own = np.ravel_multi_index((*middle, 0), shape) + np.arange(len(charges))
    return ParticleSystem(positions.reshape(-1, 3), weights.ravel()), own


def _axis_weights(fractions: Array, inside: int) -> tuple[Array, Array]:
    """Return coordinates in edges, and weights, of sites (B,) in the cells of an axis, (cells, B).

    Splines of unit cells around the middle of the first cell, added up.
    """
    from scipy.interpolate import BSpline

    spline = BSpline.basis_element(np.arange(_ORDER + 1) - _ORDER / 2, extrapolate=False)
    reach = inside + _ORDER // 2
    x = np.arange(-reach, reach + 1)[:, None] + fractions
    shifts = np.arange(-inside, inside + 1) + 0.5
    return x, np.nan_to_num(spline(x[..., None] - shifts)).sum(axis=-1)
