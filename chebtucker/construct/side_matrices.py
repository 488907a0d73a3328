"""The reduced HOSVD as it was first published: each side matrix is truncated by itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.construct.splines import Splines
from chebtucker.decompositions import rank_for_tolerance
from chebtucker.tensors import CPTensor, TuckerTensor

Array = NDArray[np.float64]


def by_side_matrices(
    terms: CPTensor, sizes: tuple[int, ...], splines: Splines, tolerance: float
) -> TuckerTensor:
    """Return coefficients (n_k = sizes) whose ranks follow from the singular values of each side.

    Of each matrix of coefficients (n_k, R) as many singular values are kept as leave less than
    tolerance/d, root of the sum of their squares, whatever the weights and the size of the
    columns. So the ranks depend on how the terms are scaled, and the error is not bounded by the
    tolerance: the weights may enlarge it.

    References
    ----------
    .. [1] P. Benner, B. N. Khoromskij, V. Khoromskaia and B. Sun, arXiv:2503.01696, Algorithm 4.
    """
    bases, inside = [], []
    for factor, size in zip(terms.factors, sizes, strict=True):
        u, s, vt = np.linalg.svd(splines.coefficients(factor, size), full_matrices=False)
        rank = rank_for_tolerance(s, tolerance / terms.ndim)
        bases.append(u[:, :rank])
        inside.append(s[:rank, None] * vt[:rank])  # (r_k, R)
    return TuckerTensor(CPTensor(terms.weights, tuple(inside)).to_array(), tuple(bases))
