"""From a tolerance to a rank: the one place where that is decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, _checks

Array = NDArray[np.float64]

ROUNDING = 1e-15  # relative; nothing below it can be told from rounding


def rank_for_tolerance(singular_values: Array, atol: float, max_rank: int | None = None) -> int:
    """Return the smallest rank whose discarded singular values have a 2-norm of at most `atol`.

    Parameters
    ----------
    singular_values : ndarray, shape (n,)
        Descending.
    atol : float
        The Frobenius norm that may be left out.
    max_rank : int, optional
        A limit that goes before the tolerance.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> import numpy as np
    >>> from chebtucker.decompositions import rank_for_tolerance
    >>> rank_for_tolerance(np.array([1.0, 0.1, 0.01, 0.001]), 0.02)
    2
    """
    values, scale = _arrays.balanced(singular_values)
    tails = scale * np.sqrt(np.cumsum(np.square(values[::-1]))[::-1])
    rank = max(int(np.count_nonzero(tails > atol)), 1)
    return rank if max_rank is None else min(rank, max_rank)


@dataclass
class Budget:
    """What may still be cut off while the modes of a tensor are truncated one after another.

    Projections of one mode after another are orthogonal, so their errors add in squares. Each
    mode may use an equal share of what is left, and what it does not use goes to the next ones.
    """

    atol: float
    modes: int
    used: float = 0.0

    def share(self) -> float:
        """Return the Frobenius norm that the next mode may cut off."""
        left = max((self.atol - self.used) * (self.atol + self.used), 0.0)
        return float(np.sqrt(left / self.modes))

    def spend(self, amount: float) -> None:
        """Take what a mode has cut off, a Frobenius norm."""
        self.used = float(np.hypot(self.used, amount))
        self.modes -= 1


@dataclass(frozen=True)
class Target:
    """What a decomposition has to reach: ranks, or a tolerance with limits on the ranks."""

    atol: float
    rank: tuple[int, ...] | None
    max_rank: tuple[int | None, ...]

    def within(self, shape: tuple[int, ...]) -> Target:
        """Return the same for a core of the given shape: ranks cannot exceed it."""
        if self.rank is None:
            return self
        rank = tuple(min(r, n) for r, n in zip(self.rank, shape, strict=True))
        return replace(self, rank=rank)


def target(
    norm: float,
    shape: tuple[int, ...],
    *,
    scale: float = 1.0,
    rtol: Any = None,
    atol: Any = None,
    rank: Any = None,
    max_rank: Any = None,
) -> Target:
    """Check the options that all decompositions share; rtol and atol: the larger one counts.

    The tensor, and `norm`, were divided by `scale`; what is asked for was not.
    """
    if rank is not None and not (rtol is None and atol is None and max_rank is None):
        raise ValueError("`rank` must be alone, got a tolerance or `max_rank` beside it")
    allowed = 0.0
    if rtol is not None:
        allowed = _checks.tolerance(rtol, "rtol") * norm
    if atol is not None:
        absolute = _checks.number(atol, "atol")
        if absolute < 0:
            raise ValueError(f"`atol` must be at least 0, got {absolute}")
        allowed = max(allowed, absolute / scale)
    limits: tuple[int | None, ...] = (None,) * len(shape)
    if max_rank is not None:
        limits = _checks.per_axis(max_rank, "max_rank", len(shape))
    fixed = None
    if rank is not None:
        wanted = _checks.per_axis(rank, "rank", len(shape))
        fixed = tuple(min(r, n) for r, n in zip(wanted, shape, strict=True))
    return Target(max(allowed, ROUNDING * norm), fixed, limits)
