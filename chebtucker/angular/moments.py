"""Multipole moments of the density of orbitals on one centre."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.angular.couplings import gaunt_coefficients

Array = NDArray[np.float64]


def density_moments(density_matrix: Any, degrees: Sequence[int], radial_moments: Any) -> Array:
    """Return the multipole moments of a density made of orbitals on one centre.

    The orbitals of shell s are R_s(r) Y_lm(n), l = degrees[s], m = -l..l, one shell after the
    other, and the density is rho = sum_ij P_ij chi_i chi_j.

    Parameters
    ----------
    density_matrix : array_like, shape (..., n, n)
        P, n the sum of 2 l + 1 over the shells; only its symmetric part matters.
    degrees : sequence of int
        Degree l of each of S shells.
    radial_moments : array_like, shape (S, S, lmax + 1)
        Integrals of R_s R_t r^(l + 2) dr for l = 0..lmax; those that no pair of shells needs
        (triangle inequality, even sum of degrees) are not looked at.

    Returns
    -------
    ndarray, shape (..., (lmax + 1)^2)
        Q_lm, the integral of rho r^l Y_lm d^3r, in the order l^2 + l + m. The unit is that of
        the charge of the density times length^l. Q_00 is the charge over sqrt(4 pi), the dipole
        in the order y, z, x is sqrt(4 pi/3) Q_1m.

    Examples
    --------
    A hydrogen atom in the hybrid (2s + 2p_z)/sqrt(2): <2s|r|2p> is -3 sqrt(3), so <z> is -3.

    >>> P = np.zeros((4, 4))
    >>> P[np.ix_([0, 2], [0, 2])] = 0.5
    >>> radial = np.zeros((2, 2, 2))
    >>> radial[:, :, 0] = np.eye(2)
    >>> radial[0, 1, 1] = radial[1, 0, 1] = -3 * np.sqrt(3)
    >>> Q = density_moments(P, [0, 1], radial)
    >>> (np.sqrt(4 * np.pi / 3) * Q[1:]).round(12) + 0.0
    array([ 0., -3.,  0.])
    """
    shells = [_checks.integer(l, "degrees") for l in degrees]
    ends = np.cumsum([0] + [2 * l + 1 for l in shells])
    P = _checks.real_array(density_matrix, "density_matrix")
    if P.shape[-2:] != (ends[-1], ends[-1]):
        raise ValueError(
            f"`density_matrix` must be of shape (..., {ends[-1]}, {ends[-1]}) for these degrees, "
            f"got shape {P.shape}"
        )
    radial = _checks.shaped(radial_moments, "radial_moments", (len(shells), len(shells), None))
    lmax = radial.shape[2] - 1
    moments = np.zeros((*P.shape[:-2], (lmax + 1) ** 2))
    for s, l1 in enumerate(shells):
        for t, l2 in enumerate(shells):
            block = P[..., ends[s] : ends[s + 1], ends[t] : ends[t + 1]]
            for l in range(abs(l1 - l2), min(l1 + l2, lmax) + 1, 2):
                part = np.tensordot(block, gaunt_coefficients(l1, l2, l), axes=2)
                moments[..., l * l : (l + 1) ** 2] += radial[s, t, l] * part
    return moments


def cartesian_moments(moments: Any) -> tuple[Array, Array, Array]:
    """Return charge, dipole and traceless quadrupole from spherical moments.

    Parameters
    ----------
    moments : array_like, shape (..., (lmax + 1)^2)
        Q_lm, the integral of rho r^l Y_lm, as of `density_moments`; lmax at least 2. Those with
        l > 2 are not looked at.

    Returns
    -------
    charge : ndarray, shape (...)
        Integral of rho.
    dipole : ndarray, shape (..., 3)
        Integral of rho x_a.
    quadrupole : ndarray, shape (..., 3, 3)
        Integral of rho (x_a x_b - r^2 delta_ab / 3): two thirds of Buckingham's moments, and
        what `ParticleSystem` takes. The trace, the integral of rho r^2, is no spherical moment;
        only screened kernels see it.

    Examples
    --------
    Of a unit charge at (0, 0, 2):

    >>> import numpy as np
    >>> from chebtucker.angular import cartesian_moments, real_sph_harm
    >>> powers = 2.0 ** np.repeat([0, 1, 2], [1, 3, 5])
    >>> charge, dipole, Q = cartesian_moments(powers * real_sph_harm(2, [0, 0, 1]))
    >>> float(charge.round(9)), dipole.round(9).tolist(), np.diag(Q).round(4).tolist()
    (1.0, [0.0, 0.0, 2.0], [-1.3333, -1.3333, 2.6667])
    """
    q = _checks.real_array(moments, "moments")
    if q.ndim == 0 or q.shape[-1] < 9:
        raise ValueError(
            f"`moments` must be an array of shape (..., 9) or more, got shape {q.shape}"
        )
    charge = np.sqrt(4 * np.pi) * q[..., 0]
    dipole = np.sqrt(4 * np.pi / 3) * q[..., [3, 1, 2]]
    xy, yz, zz, xz, plane = np.moveaxis(q[..., 4:9], -1, 0) * np.sqrt(4 * np.pi / 15)
    zz = zz * np.sqrt(4 / 3)  # the integral of rho (z^2 - r^2/3), times 1 for all others
    rows = [[plane - zz / 2, xy, xz], [xy, -plane - zz / 2, yz], [xz, yz, zz]]
    quadrupole = np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    return np.asarray(charge), dipole, quadrupole
