"""Fewer degrees, smaller boxes, fewer dimensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, chebyshev
from chebtucker.chebtuck.evaluation import basis_on
from chebtucker.decompositions import rank_for_tolerance
from chebtucker.decompositions.range_finders import small_unfolding
from chebtucker.tensors import TuckerTensor, multi_mode_dot
from chebtucker.tensors.modes import as_three, triangle

Array = NDArray[np.float64]


def slices(coefficients: TuckerTensor, axis: int) -> Array:
    """Return a matrix (n, s) with the singular values of the unfolding along an axis.

    Row i has the Frobenius norm of all coefficients of degree i on that axis.
    """
    core, factors = coefficients
    others = [k for k in range(core.ndim) if k != axis]
    scaled = multi_mode_dot(core, [triangle(factors[k]) for k in others], others)
    return factors[axis] @ small_unfolding(as_three(scaled, axis))  # (n, r) @ (r, s)


def degree_sizes(coefficients: TuckerTensor) -> list[Array]:
    """Return for each axis the Frobenius norm of all coefficients of degree 0, 1, .. there."""
    return [_arrays.row_norms(slices(coefficients, axis)) for axis in range(coefficients.ndim)]


def trimmed(coefficients: TuckerTensor, rtol: float) -> TuckerTensor:
    """Return the tensor without the highest degrees, as far as the Frobenius norm allows."""
    return shortened(coefficients, rtol * coefficients.norm())


def shortened(coefficients: TuckerTensor, atol: float) -> TuckerTensor:
    """Return what `trimmed` does, for an absolute tolerance."""
    share = atol / np.sqrt(coefficients.ndim)
    lengths = [rank_for_tolerance(size, share) for size in degree_sizes(coefficients)]
    factors = [factor[:n, :] for factor, n in zip(coefficients.factors, lengths, strict=True)]
    return TuckerTensor(coefficients.core, tuple(factors))


def restricted(coefficients: TuckerTensor, domain: Array, smaller: Array) -> TuckerTensor:
    """Return the coefficients on a smaller box: the same polynomial, sampled there."""
    factors = []
    for factor, interval, part in zip(coefficients.factors, domain, smaller, strict=True):
        nodes = chebyshev.from_reference(chebyshev.points(factor.shape[0]), part[0], part[1])
        nodes = _arrays.like(nodes, factor)
        factors.append(chebyshev.coefficients(basis_on(nodes, factor, interval)))
    return TuckerTensor(coefficients.core, tuple(factors))
