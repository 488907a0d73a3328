"""The long part of the potential of multipoles: moments with derivatives of the polynomials.

    M_abc = sum_j (q_j + p_j . d + (1/2) Q_j : d d) T_a T_b T_c  at the positions

takes the place of the moments of charges; all that follows is the same, because every derivative
of a separable Gaussian is separable.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends import numba_cpu
from chebtucker.chebtuck import ChebTuck
from chebtucker.kernels import GaussianSum
from chebtucker.potentials.long_range import compressed, moment_plan, source_box, zero
from chebtucker.potentials.moments import moment_tensor, sharpest, translated
from chebtucker.potentials.multipole.sources import source_order

Array = NDArray[np.float64]


LOST = (1.0, 1e-1, 1e-2)
"""What a differentiated series loses, by order of the sources: tolerances are as much smaller.

The worst is n 2/L times the width of the sharpest Gaussian on the whole box, p^2 2/w in blocks, n
and p numbers of coefficients on lengths L and w; measured, smaller factors gain nothing.
"""

SMALLEST = 2e-15
"""Tolerances below this are lost in rounding."""


def multipole_long_range(
    positions: Array,
    moments: Array,
    gaussians: GaussianSum,
    domain: Array,
    *,
    rtol: float,
    atol: float,
) -> ChebTuck:
    """Return the potential of multipoles (N, 10) for a Gaussian sum as a ChebTuck.

    Parameters
    ----------
    positions, moments : ndarray, shapes (N, 3) and (N, 10)
        The multipoles, inside the domain or not.
    gaussians : GaussianSum
        The smooth function g.
    domain : ndarray, shape (3, 2)
        Where the potential is wanted.
    rtol : float
        Largest error of the highest derivative of each Gaussian, relative to its height.
    atol : float
        As in `long_range`.
    """
    if len(gaussians) == 0 or not moments.any():
        return zero(domain)
    source = _padded(source_box(positions), 1 / np.sqrt(sharpest(gaussians)))
    rtol = max(rtol * LOST[source_order(moments)], SMALLEST)
    blocks, sizes = moment_plan(source, gaussians, rtol, len(moments))
    tensor = moment_tensor(
        positions, moments, blocks, sizes, local=numba_cpu.local_multipole_moments
    )
    coefficients = translated(tensor, gaussians, source, domain, rtol)
    del tensor
    return compressed(coefficients, domain, atol)


def _padded(box: Array, width: float) -> Array:
    """Return the box enlarged: at the ends of a series its derivative loses n^2, not n."""
    return box + np.array([-width, width])
