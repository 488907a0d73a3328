"""The lowest ranks and degrees that keep the errors at known points below a bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck.evaluation import combined, on_rows, tables
from chebtucker.decompositions import rank_for_tolerance
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

_SHARES = tuple(2 * 0.7**k for k in range(23))  # of the room: what may be cut off, 2 to 8e-4
_RANKS = 0.95  # of the room: what may be seen at the points when ranks are cut
_LINES = 200  # through the worst points, for the degrees


def shortest(whole: TuckerTensor, t: Array, values: Array, room: float) -> TuckerTensor:
    """Return the tensor with the lowest ranks and degrees whose errors are below `room`.

    First ranks, by the Frobenius norm of what goes; then degrees, by the sum of what goes on
    lines through the points. How much may go is found by bisection.

    Parameters
    ----------
    whole : TuckerTensor
        Chebyshev coefficients, with orthonormal factors and the core of an HOSVD, as
        `round_tucker` returns them.
    t, values : ndarray
        Points in [-1, 1]^d, (M, d), and the values there that are to be met, (M,).
    room : float
        The largest error at the points, absolute.
    """
    bases = tables(t, whole.shape)  # (n_k, M)
    rows = combined(whole.factors, bases)  # (r_k, M)
    slices = _slices(whole.core)

    def error(core: Array, rows: list[Array]) -> float:
        return float(np.abs(values - on_rows(core, rows)).max())

    def ranks(share: float) -> list[int]:
        atol = share * room / np.sqrt(t.shape[1])
        return [rank_for_tolerance(sizes, atol) for sizes in slices]

    def with_ranks(r: list[int]) -> float:
        core = whole.core[tuple(slice(n) for n in r)]
        return error(core, [row[:n] for row, n in zip(rows, r, strict=True)])

    share = _largest(_SHARES, lambda one: with_ranks(ranks(one)) <= _RANKS * room)
    r = list(whole.rank) if share is None else ranks(share)
    core = whole.core[tuple(slice(n) for n in r)]
    factors = [u[:, :n] for u, n in zip(whole.factors, r, strict=True)]
    sums = _sums_on_lines(core, factors, [row[:n] for row, n in zip(rows, r, strict=True)], values)

    def shorter(share: float) -> list[Array]:
        kept = [max(int(np.count_nonzero(one > share * room)), 1) for one in sums]
        return [u[:n] for u, n in zip(factors, kept, strict=True)]

    def with_degrees(factors: list[Array]) -> float:
        return error(core, combined(factors, bases))

    share = _largest(_SHARES, lambda one: with_degrees(shorter(one)) <= room)
    return TuckerTensor(core, tuple(factors if share is None else shorter(share)))


def _slices(core: Array) -> list[Array]:
    """Return the Frobenius norms of the slices along each mode."""
    squares = np.square(core)
    modes = range(core.ndim)
    return [np.sqrt(squares.sum(axis=tuple(j for j in modes if j != k))) for k in modes]


def _sums_on_lines(
    core: Array, factors: list[Array], rows: list[Array], values: Array
) -> list[Array]:
    """Return for each axis the largest sums of coefficients of degree n and above, (n_k,).

    On the lines through those points where the approximation is worst.
    """
    worst = np.argsort(-np.abs(values - on_rows(core, rows)))[:_LINES]
    result = []
    for k, factor in enumerate(factors):
        partial = np.moveaxis(core, k, -1)[..., None]  # (r_j .., r_k, 1)
        for row in (one[:, worst] for j, one in enumerate(rows) if j != k):
            partial = np.einsum("a...m,am->...m", partial, row)
        sizes = np.abs(factor @ partial)  # (n_k, r_k) @ (r_k, m)
        result.append(np.cumsum(sizes[::-1], axis=0)[::-1].max(axis=1))
    return result


def _largest(candidates: Sequence[float], fits: Callable[[float], bool]) -> float | None:
    """Return the first of descending candidates that fits, by bisection; None where none does."""
    low, high = 0, len(candidates)
    while low < high:
        middle = (low + high) // 2
        if fits(candidates[middle]):
            high = middle
        else:
            low = middle + 1
    return candidates[low] if low < len(candidates) else None
