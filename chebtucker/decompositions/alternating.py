"""Tucker-ALS, the higher-order orthogonal iteration."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, _checks
from chebtucker._device import current
from chebtucker.decompositions.canonical import rhosvd
from chebtucker.decompositions.rounding import in_orthonormal_bases
from chebtucker.decompositions.scaling import balanced
from chebtucker.decompositions.sequential import truncate
from chebtucker.decompositions.sweeps import GROWTH, ROUNDS, cut
from chebtucker.decompositions.truncation import Target, target
from chebtucker.tensors import CPTensor, TuckerTensor

Array = NDArray[np.float64]

_REDUCTION = 1e-10  # of the norm: what the first pass over a dense tensor leaves out


def hooi(
    tensor: Any,
    rank: int | tuple[int, ...] | None = None,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    max_rank: int | tuple[int, ...] | None = None,
    growth: float = GROWTH,
    max_iterations: int = ROUNDS,
) -> TuckerTensor:
    """Return a Tucker approximation, improved by alternating least squares.

    Parameters
    ----------
    tensor : array_like of shape (n_1, .., n_d), TuckerTensor or CPTensor
        Real and finite. In the Tucker and the canonical format the dense tensor is not formed:
        all iterations are with the small core.
    rank : int or tuple of int, optional
        The ranks; those above the size of their mode, or above the product of the other ranks,
        are lowered to it.
    rtol, atol : float, optional
        Tolerances instead of ranks: Frobenius norm of the error of the whole, relative to the
        norm of the tensor and absolute. The ranks are those of `st_hosvd`, lowered one by one for
        as long as the iteration keeps the tolerance.
    max_rank : int or tuple of int, optional
        Limits that go before the tolerance.
    growth : float
        Stops when the norm of the core, relative to that of the tensor, grows by less than this
        in a round over all modes.
    max_iterations : int
        How many rounds at most; 0 leaves the starting point, `st_hosvd` at the same ranks.

    Returns
    -------
    TuckerTensor
        Orthonormal factors. The error in the Frobenius norm never grows from one round to the
        next, so it is at most that of `st_hosvd`.

    Notes
    -----
    A dense tensor is reduced to its core first, in one pass as of `st_hosvd`. A round costs
    2 d r s^d flops, s being the ranks to rounding. Worth it where the ranks are given and far
    below what the singular values ask for; at ranks that fit a tolerance the start is within a
    few percent of the best, and one rank in some modes is what can be saved.

    References
    ----------
    .. [1] L. De Lathauwer, B. De Moor and J. Vandewalle, On the best rank-1 and rank-(R1, .., RN)
       approximation of higher-order tensors, SIAM J. Matrix Anal. Appl. 21 (2000), 1324-1342.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> x, y, z = np.ogrid[0:1:8j, 0:1:9j, 0:1:10j]
    >>> ct.hooi(1 / (1 + x + y + z), (2, 2, 2)).shape
    (8, 9, 10)
    """
    growth = _checks.tolerance(growth, "growth")
    rounds = _checks.integer(max_iterations, "max_iterations")
    if rank is None and rtol is None and atol is None and max_rank is None:
        raise ValueError("`rank` must be given where there is no tolerance, got None")
    with current(_arrays.place(getattr(tensor, "core", tensor))):
        reduced = _reduced(tensor, rank)
        core, scale = balanced(reduced.core)
        norm = _arrays.norm(core)
        wanted = target(
            norm, reduced.shape, rtol=rtol, atol=atol, rank=rank, max_rank=max_rank, scale=scale
        )
        small = cut(core, wanted.within(core.shape), norm, "hooi", growth, rounds)
        factors = tuple(q @ u for q, u in zip(reduced.factors, small.factors, strict=True))
        return TuckerTensor(scale * small.core, factors)


def _reduced(tensor: Any, rank: Any) -> TuckerTensor:
    """Return the tensor with orthonormal factors and a core as small as rounding lets it be."""
    if isinstance(tensor, CPTensor):
        return rhosvd(tensor)
    if isinstance(tensor, TuckerTensor):
        return in_orthonormal_bases(tensor)
    array = _checks.real_array(tensor, "tensor", anywhere=True)
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"`tensor` must be an array with entries, got shape {array.shape}")
    array, scale = balanced(array)
    norm = _arrays.norm(array)
    tiny = Target(_REDUCTION * norm, None, (None,) * array.ndim)
    core, factors = truncate(array, tiny, norm)
    exact = target(norm, array.shape, rank=rank)
    if exact.rank is not None and (np.array(exact.rank) > core.shape).any():
        core, factors = truncate(array, exact, norm)  # more than 1e-10 needs: nothing to improve
    return TuckerTensor(scale * core, factors)
