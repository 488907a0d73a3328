"""Sequentially truncated higher-order SVD of a dense tensor."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, _checks
from chebtucker._device import current
from chebtucker.decompositions.range_finders import FINDERS, Limits
from chebtucker.decompositions.scaling import balanced
from chebtucker.decompositions.truncation import Budget, Target, target
from chebtucker.tensors import TuckerTensor
from chebtucker.tensors.modes import as_three

Array = NDArray[np.float64]

_GRAM_LIMIT = 1e-10  # by_gram knows what it discards to about 1e-12 of the norm


def st_hosvd(
    tensor: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    rank: int | tuple[int, ...] | None = None,
    max_rank: int | tuple[int, ...] | None = None,
    method: str = "auto",
    seed: int = 0,
) -> TuckerTensor:
    """Return a Tucker approximation by truncating one mode after another.

    Parameters
    ----------
    tensor : array_like, shape (n_1, .., n_d)
        Real and finite; any number of dimensions.
    rtol, atol : float, optional
        Frobenius norm of the error of the whole, relative to the norm of the tensor and absolute;
        where both are given the larger bound counts. Without a tolerance or a rank nothing but
        rounding is cut off.
    rank : int or tuple of int, optional
        Ranks to use instead of a tolerance; those above the size of their mode are lowered to it.
    max_rank : int or tuple of int, optional
        Limits that go before the tolerance.
    method : {"auto", "gram", "lq", "randomized"}
        How the bases are found. "gram" squares the tensor (in two steps, so it is good down to a
        relative tolerance of about 1e-11), "lq" loses no digits and costs three times as much,
        "randomized" pays when the ranks are far below the sizes of large modes. "auto" takes
        "gram" where it is safe and "lq" below.
    seed : int
        For "randomized".

    Returns
    -------
    TuckerTensor
        Orthonormal factors; the error is at most the tolerance (unless `max_rank` stops it) and
        at most sqrt(d) times that of the best approximation of the same ranks.

    Notes
    -----
    About 4 n^(d+1) flops in the first mode, less in each later one.

    References
    ----------
    .. [1] N. Vannieuwenhoven, R. Vandebril and K. Meerbergen, A new truncation strategy for the
       higher-order singular value decomposition, SIAM J. Sci. Comput. 34 (2012), A1027-A1052.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> x, y, z = np.ogrid[0:1:20j, 0:1:30j, 0:1:40j]
    >>> ct.st_hosvd(np.sin(x + y + z), rtol=1e-10).rank
    (2, 2, 2)
    """
    with current(_arrays.place(tensor)):
        array = _checks.real_array(tensor, "tensor", anywhere=True)
        if array.ndim == 0 or array.size == 0:
            raise ValueError(f"`tensor` must be an array with entries, got shape {array.shape}")
        _checks.choice(method, "method", ("auto", *FINDERS))
        array, scale = balanced(array)
        norm = _arrays.norm(array)
        wanted = target(
            norm, array.shape, rtol=rtol, atol=atol, rank=rank, max_rank=max_rank, scale=scale
        )
        small = truncate(array, wanted, norm, method=method, seed=seed)
        return small if scale == 1 else TuckerTensor(scale * small.core, small.factors)


def truncate(
    array: Array, wanted: Target, norm: float, *, method: str = "auto", seed: int = 0
) -> TuckerTensor:
    """Return what `st_hosvd` does, for options that are checked and a norm that is known."""
    if norm == 0:
        return _zero(array, wanted.rank)
    xp = _arrays.namespace(array)
    if method == "auto":
        safe = wanted.rank is not None or wanted.atol >= _GRAM_LIMIT * norm
        method = "gram" if safe else "lq"
    budget = Budget(wanted.atol, array.ndim)
    factors = []
    for mode in range(array.ndim):
        limits = Limits(
            budget.share(), None if wanted.rank is None else wanted.rank[mode],
            wanted.max_rank[mode],
        )  # fmt: skip
        tensor = as_three(array, mode)
        thin = tensor.size <= tensor.shape[1] ** 2  # fewer columns than rows: LQ is cheapest
        found = FINDERS["lq" if thin else method](tensor, limits, seed)
        factors.append(found.basis)
        shape = (*array.shape[:mode], -1, *array.shape[mode + 1 :])
        array = xp.reshape(found.projected, shape)
        budget.spend(found.discarded)
    return TuckerTensor(array, tuple(factors))


def _zero(array: Array, rank: tuple[int, ...] | None) -> TuckerTensor:
    rank = rank or (1,) * array.ndim
    factors = tuple(
        _arrays.like(np.eye(n, r), array) for n, r in zip(array.shape, rank, strict=True)
    )
    return TuckerTensor(_arrays.zeros(rank, array), factors)
