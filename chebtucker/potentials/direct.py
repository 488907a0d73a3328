"""Exact sums over all pairs: the oracle."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _arrays, _checks
from chebtucker._device import current
from chebtucker.backends import numba_cpu
from chebtucker.backends.choosing import loops_for
from chebtucker.backends.reference_multipoles import COLUMNS, multipole_sums
from chebtucker.kernels import Newton, RadialKernel, Yukawa, radial_derivatives
from chebtucker.potentials.multipole.sources import packed
from chebtucker.systems import ParticleSystem
from chebtucker.systems.particles import check_particles

Array = NDArray[np.float64]
_PAIRS_AT_ONCE = 2**22


def direct_potential(
    system: ParticleSystem, points: ArrayLike, kernel: RadialKernel | None = None
) -> Array:
    """Return the potential at the points by summing over all particles.

    Parameters
    ----------
    system : ParticleSystem
        N particles, with dipoles and quadrupoles or without; with C charge sets the result has a
        leading axis C.
    points : array_like, shape (..., 3)
        Where to evaluate, in the length unit of the positions.
    kernel : RadialKernel, optional
        The interaction K; the Newton kernel by default.

    Returns
    -------
    ndarray, shape (...)
        sum_j (q_j - p_j . d + (1/2) Q_j : d d) K(|x - x_j|) in charge per length, d the
        derivatives with respect to x; inf at a charge, nan at a dipole or quadrupole.

    Notes
    -----
    Nothing is approximated. O(M N) for M points; about half a nanosecond a pair and core.

    Examples
    --------
    >>> import chebtucker as ct
    >>> pair = ct.ParticleSystem([[0, 0, 0], [0, 0, 1]], [1, -1])
    >>> float(ct.direct_potential(pair, [0, 0, 2]))
    -0.5
    """
    check_particles(system, "system")
    with current(system.device):
        return _values(system, points, Newton() if kernel is None else kernel)


def _values(system: ParticleSystem, points: ArrayLike, kernel: RadialKernel) -> Array:
    flat, shape = _flat(points, system)
    if system.multipole_order:
        return direct_fields(system, flat, kernel, 0)[:, 0].reshape(shape)
    if isinstance(kernel, Newton | Yukawa):
        if system.sets is not None:
            return numba_cpu.direct_values_of_sets(
                flat, system.positions, system.charges, kernel.screening
            ).reshape(-1, *shape)
        direct = loops_for(flat).direct_values
        values = direct(flat, system.positions, system.charges, kernel.screening)
    elif not _arrays.is_numpy(flat):
        raise TypeError(f"`kernel` must be Newton or Yukawa on a device, got {kernel!r}")
    else:
        values = np.empty((*system.charges.shape[:-1], len(flat)))
        step = max(_PAIRS_AT_ONCE // len(system), 1)
        for start in range(0, len(flat), step):
            away = flat[start : start + step, None] - system.positions
            r = np.linalg.norm(away, axis=-1)
            values[..., start : start + step] = system.charges @ kernel(r).T
    return values.reshape((*system.charges.shape[:-1], *shape))


def direct_gradient(
    system: ParticleSystem, points: ArrayLike, kernel: Newton | Yukawa | None = None
) -> Array:
    """Return the gradient (..., 3) of `direct_potential` for the Newton or Yukawa kernel."""
    check_particles(system, "system")
    with current(system.device):
        return _gradients(system, points, kernel)


def _gradients(system: ParticleSystem, points: ArrayLike, kernel: Newton | Yukawa | None) -> Array:
    flat, shape = _flat(points, system)
    if system.multipole_order:
        fields = direct_fields(system, flat, Newton() if kernel is None else kernel, 1)
        return fields[:, 1:4].reshape((*shape, 3))
    screening = 0.0 if kernel is None else kernel.screening
    direct = loops_for(flat).direct_gradients
    slopes = [
        direct(flat, system.positions, charges, screening)
        for charges in ([system.charges] if system.sets is None else system.charges)
    ]
    if system.sets is None:
        return slopes[0].reshape((*shape, 3))
    return np.reshape(slopes, (-1, *shape, 3))


def direct_fields(system: ParticleSystem, points: Array, kernel: RadialKernel, order: int) -> Array:
    """Return all derivatives up to `order` <= 3 of the potential of multipoles at points (M, 3).

    Columns as in `backends.reference_multipoles`.
    """
    moments = packed(system, kernel)
    if isinstance(kernel, Newton | Yukawa):
        return numba_cpu.direct_multipoles(
            points, system.positions, moments, kernel.screening, order
        )
    parts = []
    step = max(_PAIRS_AT_ONCE // (32 * len(moments)), 1)
    for start in range(0, len(points), step):
        away = points[start : start + step, None] - system.positions
        radial = radial_derivatives(kernel, np.linalg.norm(away, axis=-1), order + 2)
        parts.append(multipole_sums(away, radial, moments, order))
    return np.concatenate(parts) if parts else np.zeros((0, COLUMNS[order]))


def _flat(points: ArrayLike, system: ParticleSystem) -> tuple[Array, tuple[int, ...]]:
    array = _checks.points(_checks.carried(points, system.positions, "points"), 3)
    return array.reshape(-1, 3), array.shape[:-1]
