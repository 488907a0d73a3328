"""The long part of a potential as a ChebTuck, from moments, without any grid."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.backends.devices import DeviceExecutor
from chebtucker.backends.threads import one_blas_thread
from chebtucker.blocks import BlockGrid
from chebtucker.chebtuck import ChebTuck
from chebtucker.decompositions import st_hosvd
from chebtucker.kernels import GaussianSum
from chebtucker.potentials import device_moments
from chebtucker.potentials.chunks.partial import Accumulating, total_moments
from chebtucker.potentials.moments import (
    Sizes,
    gaussian_sizes,
    moment_blocks,
    moment_tensor,
    sharpest,
    translated,
)
from chebtucker.systems.chunks import array_groups
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

PEAK = 40.0
"""Largest error of a long part over `atol`, which the ranks alone may take of it in the mean.

What the pairs may be wrong by is some times as much; on molecules and random ions the largest
error was 17 to 60 times `atol`. Local series may add a tenth of it.
"""


def long_range(
    positions: Array,
    charges: Array,
    gaussians: GaussianSum,
    domain: Array,
    *,
    rtol: float,
    atol: float,
    executor: Executor | None = None,
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
    executor : Executor, optional
        Forms the moments of pieces of the particles.

    Notes
    -----
    Degrees follow from the sharpest Gaussian. 2 N p^3 flops for the local moments, p about 12;
    all the rest depends on the degrees only.
    """
    if len(gaussians) == 0 or not charges.any():
        return zero(domain).to_device(_arrays.place(positions))
    source = source_box(positions)
    blocks, sizes = moment_plan(source, gaussians, rtol, len(charges))
    on_host = _arrays.is_numpy(positions)
    if executor is not None:
        moments = _moments_by(executor, positions, charges, blocks, sizes)
    else:
        form = moment_tensor if on_host else device_moments.moment_tensor
        moments = form(positions, charges, blocks, sizes)
    translate = translated if on_host else device_moments.translated
    coefficients = translate(moments, gaussians, source, domain, rtol)
    del moments
    return compressed(coefficients, domain, atol)


def _moments_by(
    executor: Executor, positions: Array, charges: Array, blocks: BlockGrid, sizes: Sizes
) -> Array:
    """Return the moments, formed by the workers of an executor, where the particles are."""
    if not _arrays.is_numpy(positions) and not isinstance(executor, DeviceExecutor):
        raise TypeError(
            f"`executor` must be None or a DeviceExecutor for particles on a device, got {executor}"
        )
    host = _arrays.to_host(positions), _arrays.to_host(charges)
    task = Accumulating(blocks, sizes)
    moments, _ = total_moments(array_groups(*host, "the system"), task, executor)
    return _arrays.like(moments, positions)


def zero(domain: Array) -> ChebTuck:
    """Return the function 0 on a domain."""
    nothing = TuckerTensor(np.zeros((1, 1, 1)), tuple(np.ones((1, 1)) for _ in range(3)))
    return ChebTuck(nothing, domain)


def moment_plan(
    source: Array, gaussians: GaussianSum, rtol: float, particles: int
) -> tuple[BlockGrid, Sizes]:
    """Return the blocks and the number of moments per axis that the sharpest Gaussian needs."""
    exponent = sharpest(gaussians)
    sizes = gaussian_sizes(source, exponent, rtol)
    return moment_blocks(source, exponent, sizes, rtol, particles), sizes


def compressed(coefficients: Array, domain: Array, atol: float) -> ChebTuck:
    """Return the long part with the given coefficients, of ranks as low as `atol` allows."""
    with one_blas_thread():
        small = st_hosvd(coefficients, atol=atol)
    return ChebTuck(small, domain, error=PEAK * atol)


def source_box(positions: Array) -> Array:
    """Return the bounding box (3, 2) of the particles, widened where it has no extent."""
    return widened(np.stack(_arrays.bounds(positions), axis=1))


def widened(box: Array) -> Array:
    """Return a box (3, 2) with some extent on every axis."""
    box = box.copy()
    least = 1e-9 * max(float((box[:, 1] - box[:, 0]).max()), 1e-3 * float(np.abs(box).max()), 1e-9)
    thin = box[:, 1] - box[:, 0] < least
    box[thin] += np.array([-least, least]) / 2
    return box
