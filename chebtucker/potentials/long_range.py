"""The long part of a potential as a ChebTuck, from moments, without any grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.threads import one_blas_thread
from chebtucker.chebtuck import ChebTuck
from chebtucker.decompositions import st_hosvd
from chebtucker.kernels import GaussianSum
from chebtucker.potentials.moments import gaussian_sizes, moment_blocks, moment_tensor, translated
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]


def long_range(
    positions: Array,
    charges: Array,
    gaussians: GaussianSum,
    domain: Array,
    *,
    rtol: float,
    atol: float,
) -> ChebTuck:
    """Return sum_j q_j g(|x - x_j|) on a domain as a ChebTuck.

    Parameters
    ----------
    positions : ndarray, shape (N, 3)
        Where the charges are; inside the domain or not.
    charges : ndarray, shape (N,)
        The charges q_j.
    gaussians : GaussianSum
        The smooth function g.
    domain : ndarray, shape (3, 2)
        Where the potential is wanted.
    rtol : float
        Largest error of each Gaussian, relative to its height.
    atol : float
        Frobenius norm of the coefficients that the ranks may cut off. The root mean square of
        the values that go with them is at most that.

    Notes
    -----
    Degrees follow from the sharpest Gaussian. 2 N p^3 flops for the local moments, p about 12;
    all the rest depends on the degrees only.
    """
    if len(gaussians) == 0 or not charges.any():
        zero = TuckerTensor(np.zeros((1, 1, 1)), tuple(np.ones((1, 1)) for _ in range(3)))
        return ChebTuck(zero, domain)
    source = source_box(positions)
    sharpest = float(gaussians.exponents.max())
    sizes = gaussian_sizes(source, sharpest, rtol)
    blocks = moment_blocks(source, sharpest, sizes, rtol, len(charges))
    moments = moment_tensor(positions, charges, blocks, sizes)
    coefficients = translated(moments, gaussians, source, domain, rtol)
    del moments
    with one_blas_thread():
        small = st_hosvd(coefficients, atol=atol)
    return ChebTuck(small, domain, error=8 * atol)


def source_box(positions: Array) -> Array:
    """Return the bounding box (3, 2) of the particles, widened where it has no extent."""
    box = np.stack([positions.min(axis=0), positions.max(axis=0)], axis=1)
    least = 1e-9 * max(float((box[:, 1] - box[:, 0]).max()), 1e-3 * float(np.abs(box).max()), 1e-9)
    thin = box[:, 1] - box[:, 0] < least
    box[thin] += np.array([-least, least]) / 2
    return box
