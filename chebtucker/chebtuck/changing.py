"""Fewer degrees, smaller boxes, fewer dimensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.chebtuck.evaluation import basis_on
from chebtucker.decompositions import rank_for_tolerance
from chebtucker.decompositions.range_finders import small_unfolding
from chebtucker.tensors import TuckerTensor, multi_mode_dot
from chebtucker.tensors.modes import as_three, triangle

Array = NDArray[np.float64]


def degree_sizes(coefficients: TuckerTensor) -> list[Array]:
    """Return for each axis the Frobenius norm of all coefficients of degree 0, 1, .. there."""
    core, factors = coefficients
    triangles = [triangle(factor) for factor in factors]
    sizes = []
    for k, factor in enumerate(factors):
        others = [j for j in range(core.ndim) if j != k]
        scaled = multi_mode_dot(core, [triangles[j] for j in others], others)
        rows = factor @ small_unfolding(as_three(scaled, k))  # (n, r) @ (r, s)
        sizes.append(np.linalg.norm(rows, axis=1))
    return sizes


def trimmed(coefficients: TuckerTensor, rtol: float) -> TuckerTensor:
    """Return the tensor without the highest degrees, as far as the Frobenius norm allows."""
    sizes = degree_sizes(coefficients)
    atol = rtol * float(np.linalg.norm(sizes[0])) / np.sqrt(coefficients.ndim)
    lengths = [rank_for_tolerance(size, atol) for size in sizes]
    factors = [factor[:n] for factor, n in zip(coefficients.factors, lengths, strict=True)]
    return TuckerTensor(coefficients.core, tuple(factors))


def restricted(coefficients: TuckerTensor, domain: Array, smaller: Array) -> TuckerTensor:
    """Return the coefficients on a smaller box: the same polynomial, sampled there."""
    factors = []
    for factor, interval, part in zip(coefficients.factors, domain, smaller, strict=True):
        nodes = chebyshev.from_reference(chebyshev.points(len(factor)), part[0], part[1])
        factors.append(chebyshev.coefficients(basis_on(nodes, factor, interval)))
    return TuckerTensor(coefficients.core, tuple(factors))
