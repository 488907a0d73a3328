"""Moments of particles as rows, and what fields do to them: energies, forces, torques.

A row is q, p_x, p_y, p_z, Q_xx, Q_yy, Q_zz, Q_xy, Q_xz, Q_yz. Fields are columns of derivatives of
the potential in the order of `backends.reference_multipoles.AXES`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.reference_multipoles import AXES, COLUMNS, SECOND, THIRD
from chebtucker.kernels import GaussianSum, Newton, RadialKernel, gaussian_derivatives
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]

_WHERE = {axes: column for column, axes in enumerate(AXES)}


def packed(system: ParticleSystem, kernel: RadialKernel) -> Array:
    """Return the moments of all particles as rows, shape (N, 10).

    The trace of a quadrupole acts through the Laplacian of the kernel, which is zero for the
    Newton kernel outside the particle: it is taken off, so that it cannot cost digits.
    """
    rows = np.zeros((len(system), 10))
    rows[:, 0] = system.charges
    if system.dipoles is not None:
        rows[:, 1:4] = system.dipoles
    if system.quadrupoles is not None:
        for k, (a, b) in enumerate(SECOND):
            rows[:, 4 + k] = system.quadrupoles[:, a, b]
        if isinstance(kernel, Newton):
            rows[:, 4:7] -= rows[:, 4:7].mean(axis=1, keepdims=True)
    return rows


def strengths(moments: Array) -> Array:
    """Return the sizes of charge, dipole and quadrupole of each row, shape (N, 3)."""
    quadrupole = np.square(moments[:, 4:]) @ np.array([1.0, 1, 1, 2, 2, 2])
    dipole = np.square(moments[:, 1:4]).sum(axis=1)
    return np.stack([np.abs(moments[:, 0]), np.sqrt(dipole), np.sqrt(quadrupole)], axis=1)


def dipoles_of(moments: Array) -> Array:
    """Return the dipoles (N, 3) of rows."""
    return moments[:, 1:4]


def quadrupoles_of(moments: Array) -> Array:
    """Return the quadrupoles (N, 3, 3) of rows."""
    return moments[:, [[4, 7, 8], [7, 5, 9], [8, 9, 6]]]


def gradients_of(fields: Array) -> Array:
    """Return the gradients (N, 3) in columns of derivatives."""
    return fields[:, 1:4]


def hessians_of(fields: Array) -> Array:
    """Return the second derivatives (N, 3, 3) in columns of derivatives."""
    return _symmetric(fields, 2)


def _symmetric(fields: Array, order: int) -> Array:
    index = np.empty((3,) * order, dtype=np.intp)
    for axes in np.ndindex(index.shape):
        index[axes] = next(_WHERE[a] for a in AXES if sorted(a) == sorted(axes))
    return fields[:, index]


def energies(moments: Array, fields: Array) -> Array:
    """Return q phi + p . grad phi + (1/2) Q : grad grad phi of each row, shape (N,).

    Columns that are missing belong to moments that are zero.
    """
    order = source_order(moments)
    result = moments[:, 0] * fields[:, 0]
    if order > 0:
        result += np.einsum("na,na->n", dipoles_of(moments), gradients_of(fields))
    if order > 1:
        result += 0.5 * np.einsum("nab,nab->n", quadrupoles_of(moments), hessians_of(fields))
    return result


def forces(moments: Array, fields: Array) -> Array:
    """Return minus the gradients of `energies` with respect to the positions, shape (N, 3)."""
    order = source_order(moments)
    result = moments[:, :1] * gradients_of(fields)
    if order > 0:
        result += np.einsum("na,nab->nb", dipoles_of(moments), hessians_of(fields))
    if order > 1:
        thirds = _symmetric(fields, 3)
        result += 0.5 * np.einsum("nab,nabc->nc", quadrupoles_of(moments), thirds)
    return -result


def torques(moments: Array, fields: Array) -> Array:
    """Return minus the derivatives of `energies` with respect to rotations of the moments, (N, 3).

    -p x grad phi for a dipole, -eps_cab (Q H)_ab with H = grad grad phi for a quadrupole.
    """
    order = source_order(moments)
    if order == 0:
        return np.zeros((len(moments), 3))
    result = -np.cross(dipoles_of(moments), gradients_of(fields))
    if order > 1:
        turned = quadrupoles_of(moments) @ hessians_of(fields)
        for c in range(3):
            a, b = (c + 1) % 3, (c + 2) % 3
            result[:, c] -= turned[:, a, b] - turned[:, b, a]
    return result


def own_fields(moments: Array, gaussians: GaussianSum, order: int) -> Array:
    """Return the derivatives of a Gaussian sum's potential at its own sources, (N, columns).

    With g_n = ((1/r) d/dr)^n g at 0 and T the trace of Q: q g_0 + T g_1/2; -p_a g_1;
    delta_ab (q g_1 + T g_2/2) + Q_ab g_2; -(delta_ab p_c + delta_bc p_a + delta_ca p_b) g_2.
    """
    g = gaussian_derivatives(gaussians, 0.0, 3)
    charge, dipole = moments[:, 0], moments[:, 1:4]
    half = moments[:, 4:7].sum(axis=1) / 2
    fields = np.zeros((len(moments), 20))
    fields[:, 0] = charge * g[0] + half * g[1]
    fields[:, 1:4] = -dipole * g[1]
    fields[:, 4:10] = moments[:, 4:] * g[2]
    fields[:, 4:7] += (charge * g[1] + half * g[2])[:, None]
    for axes in THIRD:
        for k in range(3):
            a, b = (axes[m] for m in range(3) if m != k)
            if a == b:
                fields[:, _WHERE[axes]] -= dipole[:, axes[k]] * g[2]
    return fields[:, : COLUMNS[order]]


def source_order(moments: Array) -> int:
    """Return the order of the highest moments that are not all zero."""
    return 2 if moments[:, 4:].any() else int(moments[:, 1:4].any())
