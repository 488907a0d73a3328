"""From the canonical format to the Tucker format without the dense tensor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.decompositions.scaling import balanced, term_sizes
from chebtucker.decompositions.sketching import Need, core_of_terms
from chebtucker.decompositions.sweeps import cut
from chebtucker.decompositions.truncation import ROUNDING, target
from chebtucker.tensors import CPTensor, TuckerTensor
from chebtucker.tensors.modes import triangle

Array = NDArray[np.float64]


def rhosvd(
    cp: CPTensor,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    rank: int | tuple[int, ...] | None = None,
    max_rank: int | tuple[int, ...] | None = None,
    truncation: str = "hosvd",
    seed: int = 0,
) -> TuckerTensor:
    """Return a Tucker approximation of a canonical tensor (reduced higher-order SVD).

    Parameters
    ----------
    cp : CPTensor
        Its canonical rank R may exceed the sizes of the modes by thousands.
    rtol, atol, rank, max_rank
        As for `st_hosvd`: tolerances are Frobenius norms of the error of the whole.
    truncation : {"hosvd", "hooi"}
        As for `round_tucker`.
    seed : int
        For the random sketches that are used where the core would be large.

    Returns
    -------
    TuckerTensor
        Orthonormal factors, and the ranks that `st_hosvd` finds for the dense tensor. Scaling
        the input scales the core and changes nothing else.

    Raises
    ------
    ValueError
        Where the core would need more than 1 GiB: the ranks that the tolerance asks for are too
        large for the Tucker format in that many dimensions.

    Notes
    -----
    The factors are orthonormalised with the sizes of the terms inside, the small core is formed,
    and that is truncated: R n^2 flops for each factor, 2 R s^d for the core, s being the rank of
    the factors to rounding. Where R s^d is more than 10^9, sketches of the unfoldings by random
    vectors find bases of fewer columns s for a tolerance well below the wanted one,
    2 d R s p flops for p vectors.

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
    columns, sizes = zip(*map(_normalised, cp.factors), strict=True)
    terms, scale = term_sizes(cp.weights, list(sizes))
    bases = [_basis(u * terms) for u in columns]
    inside = [basis.T @ u for basis, u in zip(bases, columns, strict=True)]  # (s, n) @ (n, R)
    asked = target(0.0, cp.shape, rtol=rtol, atol=atol, rank=rank, max_rank=max_rank, scale=scale)
    need = Need(rtol or 0.0, asked.atol, asked.rank or asked.max_rank)
    core, narrow = core_of_terms(np.sign(cp.weights) * terms, inside, need, seed)
    norm = float(np.linalg.norm(core))
    wanted = target(norm, cp.shape, rtol=rtol, atol=atol, rank=rank, max_rank=max_rank, scale=scale)
    small = cut(core, wanted.within(core.shape), norm, truncation)
    factors = zip(bases, narrow, small.factors, strict=True)
    return TuckerTensor(
        scale * small.core, tuple(q @ (u if p is None else p @ u) for q, p, u in factors)
    )


def _normalised(factor: Array) -> tuple[Array, Array]:
    """Return the columns of unit length and their lengths."""
    factor, scale = balanced(factor)
    size = np.linalg.norm(factor, axis=0)
    return factor / np.where(size > 0, size, 1), scale * size


def _basis(columns: Array) -> Array:
    """Return an orthonormal basis of what the columns (n, R) span to rounding, (n, s).

    By QR with pivoting, after an unpivoted one where there are far more columns than rows.
    """
    from scipy.linalg import qr

    n, terms = columns.shape
    if not columns.any():
        return np.eye(n, 1)
    if terms > 2 * n:
        columns = triangle(columns.T).T
    basis, rest, _ = qr(columns, mode="economic", pivoting=True, check_finite=False)
    size = np.abs(np.diag(rest))
    kept = int(np.count_nonzero(size > ROUNDING * size[0]))
    return np.ascontiguousarray(basis[:, :kept])
