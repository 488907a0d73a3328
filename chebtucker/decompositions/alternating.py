"""Tucker-ALS, the higher-order orthogonal iteration."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.decompositions.range_finders import Limits, by_lq
from chebtucker.decompositions.sequential import truncate
from chebtucker.decompositions.truncation import target
from chebtucker.tensors import TuckerTensor, multi_mode_dot
from chebtucker.tensors.modes import as_three

Array = NDArray[np.float64]


def hooi(
    tensor: Any,
    rank: int | tuple[int, ...],
    *,
    rtol: float = 1e-10,
    max_iterations: int = 50,
) -> TuckerTensor:
    """Return a Tucker approximation of given ranks, improved by alternating least squares.

    Parameters
    ----------
    tensor : array_like, shape (n_1, .., n_d)
        Real and finite.
    rank : int or tuple of int
        The ranks; those above the size of their mode are lowered to it.
    rtol : float
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
    A round costs 2 d r n^d flops. Worth it where the ranks are far below what the singular values
    ask for; where they decay fast the start is already within rounding of the best.

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
    array = _checks.real_array(tensor, "tensor")
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"`tensor` must be an array with entries, got shape {array.shape}")
    rtol = _checks.tolerance(rtol, "rtol")
    rounds = _checks.integer(max_iterations, "max_iterations")
    norm = float(np.linalg.norm(array))
    wanted = target(norm, array.shape, rank=rank)
    core, factors = truncate(array, wanted, norm)
    if norm == 0 or array.ndim == 1:
        return TuckerTensor(core, factors)
    factors = list(factors)
    fit = float(np.linalg.norm(core))
    for _ in range(rounds):
        core, factors = _improve(array, factors)
        before, fit = fit, float(np.linalg.norm(core))
        if fit - before <= rtol * norm:
            break
    return TuckerTensor(core, tuple(factors))


def _improve(array: Array, factors: list[Array]) -> tuple[Array, list[Array]]:
    """Return the core and factors after every factor was renewed once, the others fixed."""
    factors = list(factors)
    core = array
    for mode in range(array.ndim):
        others = [k for k in range(array.ndim) if k != mode]
        partial = multi_mode_dot(array, [factors[k].T for k in others], others)
        found = by_lq(as_three(partial, mode), Limits(0.0, factors[mode].shape[1], None), 0)
        if found.basis.shape[1] == factors[mode].shape[1]:
            factors[mode] = found.basis
        core = multi_mode_dot(partial, [factors[mode].T], [mode])
    return core, factors
