"""From the canonical format to the Tucker format without the dense tensor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.decompositions.sequential import truncate
from chebtucker.decompositions.truncation import ROUNDING, target
from chebtucker.tensors import CPTensor, TuckerTensor
from chebtucker.tensors.canonical import sum_of_products
from chebtucker.tensors.modes import triangle

Array = NDArray[np.float64]


def rhosvd(
    cp: CPTensor,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    rank: int | tuple[int, ...] | None = None,
    max_rank: int | tuple[int, ...] | None = None,
) -> TuckerTensor:
    """Return a Tucker approximation of a canonical tensor (reduced higher-order SVD).

    Parameters
    ----------
    cp : CPTensor
        Its canonical rank R may exceed the sizes of the modes by thousands.
    rtol, atol, rank, max_rank
        As for `st_hosvd`: tolerances are Frobenius norms of the error of the whole.

    Returns
    -------
    TuckerTensor
        Orthonormal factors, and the ranks that `st_hosvd` finds for the dense tensor. Scaling
        the input scales the core and changes nothing else.

    Notes
    -----
    The factors are orthonormalised with the sizes of the terms inside, the small core is formed,
    and that is truncated: R n^2 flops for each factor, 2 R s^d for the core, s being the rank of
    the factors to rounding.

    References
    ----------
    .. [1] B. N. Khoromskij and V. Khoromskaia, Multigrid accelerated tensor approximation of
       function related multidimensional arrays, SIAM J. Sci. Comput. 31 (2009), 3002-3026.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> x = np.linspace(-1, 1, 30)[:, None]
    >>> gaussians = np.exp(-np.array([1.0, 1.1, 1.2]) * x**2)
    >>> ct.rhosvd(ct.CPTensor(np.ones(3), (gaussians,) * 3), rtol=1e-6).rank
    (2, 2, 2)
    """
    if not isinstance(cp, CPTensor):
        raise TypeError(f"`cp` must be a CPTensor, got {type(cp).__name__}")
    sizes = [np.linalg.norm(factor, axis=0) for factor in cp.factors]
    terms = np.abs(cp.weights) * np.prod(sizes, axis=0)  # (R,): the norm of each term
    bases, inside = [], []
    for factor, size in zip(cp.factors, sizes, strict=True):
        columns = factor / np.where(size > 0, size, 1)
        basis = _basis(columns * terms)
        bases.append(basis)
        inside.append(basis.T @ columns)  # (s, n) @ (n, R)
    core = sum_of_products(np.sign(cp.weights) * terms, tuple(inside))
    norm = float(np.linalg.norm(core))
    wanted = target(norm, cp.shape, rtol=rtol, atol=atol, rank=rank, max_rank=max_rank)
    small = truncate(core, wanted, norm)
    return TuckerTensor(small.core, tuple(q @ u for q, u in zip(bases, small.factors, strict=True)))


def _basis(columns: Array) -> Array:
    """Return an orthonormal basis of what the columns (n, R) span to rounding, (n, s)."""
    n, terms = columns.shape
    if terms > n:
        columns = triangle(columns.T).T
    left, size, _ = np.linalg.svd(columns, full_matrices=False)
    kept = max(int(np.count_nonzero(size > ROUNDING * size[0])), 1) if size.size else 0
    return left[:, :kept] if kept else np.eye(n, 1)
