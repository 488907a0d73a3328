"""Alternating least squares on a small dense tensor, to improve ranks or errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, _checks
from chebtucker.decompositions.range_finders import Limits, by_lq, singular_values
from chebtucker.decompositions.sequential import truncate
from chebtucker.decompositions.truncation import Target
from chebtucker.tensors import TuckerTensor, multi_mode_dot
from chebtucker.tensors.modes import as_three

Array = NDArray[np.float64]

TRUNCATIONS = ("hosvd", "hooi")
GROWTH = 1e-10  # of the norm of the core in a round; sweeps that gain less are the last
ROUNDS = 50


def chosen_truncation(truncation: str | None, rank: object) -> str:
    """Return "hooi" where ranks are given and nothing else is said."""
    if truncation is None:
        return "hosvd" if rank is None else "hooi"
    return _checks.choice(truncation, "truncation", TRUNCATIONS)


def cut(
    array: Array, wanted: Target, norm: float, truncation: str = "hosvd",
    growth: float = GROWTH, rounds: int = ROUNDS,
) -> TuckerTensor:  # fmt: skip
    """Return the array at the ranks or at the tolerance that are wanted.

    "hosvd" truncates mode after mode. "hooi" then sweeps at the ranks so found and, where there
    is a tolerance, takes ranks away for as long as sweeps keep within it.
    """
    _checks.choice(truncation, "truncation", TRUNCATIONS)
    tensor = truncate(array, wanted, norm)
    if truncation == "hosvd" or norm == 0 or array.ndim == 1:
        return tensor
    tensor = swept(array, tensor, norm, growth, rounds)
    return tensor if wanted.rank is not None else _lowered(array, tensor, wanted.atol, norm)


def swept(
    array: Array, tensor: TuckerTensor, norm: float, growth: float, rounds: int
) -> TuckerTensor:
    """Return a better approximation of the same ranks; it is never worse."""
    core, factors = tensor.core, list(tensor.factors)
    fit = _arrays.norm(core)
    for _ in range(rounds):
        core, factors = _improve(array, factors)
        before, fit = fit, _arrays.norm(core)
        if fit - before <= growth * norm:
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


def _lowered(array: Array, tensor: TuckerTensor, atol: float, norm: float) -> TuckerTensor:
    """Return the tensor with fewer ranks, one after another, while the error stays below atol.

    What the singular values of a mode leave out bounds the error from below, so most candidates
    are refused without a sweep.
    """
    tails = []
    for mode in range(array.ndim):
        squares = np.square(singular_values(as_three(array, mode)))
        tails.append(np.sqrt(np.append(np.cumsum(squares[::-1])[::-1], 0.0)))
    growth = max(GROWTH, 0.1 * min(atol / norm, 1.0) ** 2)
    lower = True
    while lower:
        lower = False
        for mode in np.argsort(tensor.rank)[::-1]:
            rank = list(tensor.rank)
            rank[mode] -= 1
            if rank[mode] == 0 or tails[mode][rank[mode]] > atol:
                continue
            start = truncate(array, Target(atol, tuple(rank), (None,) * array.ndim), norm)
            found = swept(array, start, norm, growth, ROUNDS)
            if _arrays.norm(array - found.to_array()) <= atol:
                tensor, lower = found, True
    return tensor
