"""Moments of particles and the Gaussians that carry them, where the arrays are on a device.

The sums of `moments`, in the words of the array API standard, with loops of the device's backend.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, chebyshev
from chebtucker.backends.choosing import loops_for
from chebtucker.blocks import BlockGrid, local_matrix
from chebtucker.kernels import GaussianSum
from chebtucker.potentials.moments import Sizes, gaussian_sizes, needed_sizes, sharpest
from chebtucker.tensors import multi_mode_dot

Array = NDArray[np.float64]

_SLAB_BYTES = 2**30


def moment_tensor(positions: Any, charges: Any, blocks: BlockGrid, sizes: Sizes) -> Any:
    """Return the moments M, shape `sizes`; see `moments.moment_tensor`.

    2 N p^3 flops for N particles, and products that carry them up: bound by flops.
    """
    loops = loops_for(positions)
    low = np.ascontiguousarray(blocks.box[:, 0])
    cells = loops.sort_into_cells(positions, low, blocks.width, np.array(blocks.counts))
    sorted_charges = charges[cells.order]
    up = [
        _arrays.like(np.ascontiguousarray(local_matrix(n, count, p).T), positions)
        for n, count, p in zip(sizes, blocks.counts, blocks.sizes, strict=True)
    ]
    p1 = blocks.sizes[0]
    carried = _arrays.zeros(sizes, positions)
    group = max(_SLAB_BYTES // (8 * p1 * up[1].shape[1] * up[2].shape[1]), 1)
    for first in range(0, blocks.counts[0], group):
        last = min(first + group, blocks.counts[0])
        local = loops.local_moments(cells, sorted_charges, blocks.sizes, (first, last))
        rows = up[0][:, first * p1 : last * p1]
        carried = carried + multi_mode_dot(local, [rows, up[1], up[2]])
    return carried


def translated(
    moments: Any, gaussians: GaussianSum, source: Array, target: Array, atol: float
) -> Any:
    """Return the Chebyshev coefficients on `target` of the potential of moments on `source`.

    See `moments.translated`. The matrices of all Gaussians are made at once, by two Fourier
    transforms an axis; then three products a Gaussian.
    """
    shape = gaussian_sizes(target, sharpest(gaussians), atol)
    matrices = [
        interaction_matrices(
            gaussians.exponents, target[k], source[k], (shape[k], moments.shape[k]), moments
        )
        for k in range(3)
    ]
    result = _arrays.zeros(shape, moments)
    sizes = needed_sizes(gaussians, target, source, (shape, moments.shape), atol)
    for number, (weight, (rows, columns)) in enumerate(
        zip(gaussians.weights.tolist(), sizes, strict=True)
    ):
        small = [matrices[k][number, : rows[k], : columns[k]] for k in range(3)]
        leading = tuple(slice(n) for n in columns)
        place = tuple(slice(n) for n in rows)
        result[place] = result[place] + weight * multi_mode_dot(moments[leading], small)
    return result


def interaction_matrices(
    exponents: Array, target: Array, source: Array, shape: tuple[int, int], like: Any
) -> Any:
    """Return G (K, n, m) with exp(-a_k (x - c)^2) = sum_ij G_kij T_i(x) T_j(c)."""
    xp = _arrays.namespace(like)
    x = chebyshev.from_reference(chebyshev.points(shape[0]), *target)
    c = chebyshev.from_reference(chebyshev.points(shape[1]), *source)
    squares = _arrays.like(np.square(x[:, None] - c), like)
    rates = _arrays.like(exponents, like)
    samples = xp.exp(-rates[:, None, None] * squares[None, :, :])
    return chebyshev.coefficients(chebyshev.coefficients(samples, axis=1), axis=2)
