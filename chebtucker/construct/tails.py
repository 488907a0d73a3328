"""Are there enough coefficients? Rules that read it from how their sizes decay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev

Array = NDArray[np.float64]

_END = 0.95  # of the coefficients: where more of them matter, n points do not show it
_SUM = 5.0  # how many times a small coefficient all those after it may be
_ABRUPT = 0.1  # of the tolerance: what shows an end after few coefficients
_NOISY = 0.6  # twice as many points lower the last coefficients by less: noise, not a function


def length_needed(coefficients: Array, rtol: float, scale: float) -> int | None:
    """Return how many coefficients (n, m) matter, or None where n points do not show it.

    A plateau has been reached below rtol * scale, and what is cut off adds up to little more:
    the coefficients of functions with a kink fall so slowly that it would be much.
    """
    n = len(coefficients)
    rest = np.cumsum(np.abs(coefficients[::-1]), axis=0)[::-1].max(axis=1)  # (n,): sums of tails
    least = int(np.count_nonzero(rest > max(_SUM * rtol, n * 1e-16) * scale))
    if least >= _END * n:
        return None
    size = float(np.abs(coefficients).max())
    kept = chebyshev.chop(coefficients, rtol * scale / size) if size > rtol * scale else 1
    if kept >= _END * n:
        kept = _abrupt_end(coefficients, _ABRUPT * rtol * scale)
    kept = max(kept, least)
    return None if kept >= _END * n else kept


def _abrupt_end(coefficients: Array, atol: float) -> int:
    """Return the length n without small coefficients at the end, if they are a sixth of all."""
    n = len(coefficients)
    small = np.abs(coefficients).max(axis=1) <= atol
    count = n if small.all() else int(np.argmin(small[::-1]))
    return n - count if count >= max(4, n // 6) else n


def points_needed(size: Array, atol: float) -> int:
    """Return n where the first of the coefficients left out must be small, or more points.

    `size` has the largest absolute value for each of n degrees. An even function has every other
    coefficient zero, so more than one is looked at; and where they fall slowly, as those of a
    function with a kink do, they add up, so they must be smaller.
    """
    n = len(size)
    tail = max(2, n // 16)
    if n <= 2 * tail:
        return n if size[1:].max(initial=0) <= atol else 2 * n - 1
    decay = _decay(size, tail)
    expected = size[: -tail - 1 : -1] * decay ** np.arange(1, tail + 1)
    small = float(expected.max()) * max(1.0, 0.1 / max(1 - decay, 1e-9)) <= atol
    return n if small else min(_continued(size, atol, decay), 2 * n - 1)


def last_size(coefficients: Array) -> Array:
    """Return the largest of the last quarter of coefficients (n, m), absolute, (m,)."""
    return np.asarray(np.abs(coefficients[-(len(coefficients) // 4) :]).max(axis=0))


def plateau_start(coefficients: Array, tails: list[float]) -> int | None:
    """Return where n coefficients (n, m) fall into noise, None where they do not.

    `tails` are the largest of the last quarter of them so far, for n, (n + 1) / 2 and so on. Those
    of noise hardly fall when n is doubled, and they begin well before n.
    """
    if len(tails) < 3 or min(tails[-1] / tails[-2], tails[-2] / tails[-3]) < _NOISY:
        return None
    above = np.flatnonzero(np.abs(coefficients).max(axis=1) > 3 * tails[-1])
    early = bool(above.size) and above[-1] < len(coefficients) // 8
    return int(above[-1]) + 2 if early else None


def _decay(size: Array, tail: int) -> float:
    """Return the factor from one coefficient to the next, over the last half; at most 1."""
    n = len(size)
    middle, last = n // 2, n - tail
    envelope = np.maximum.accumulate(size[::-1])[::-1]
    if envelope[last] == 0 or last == middle:
        return 1.0
    return float((envelope[last] / envelope[middle]) ** (1 / (last - middle)))


def _continued(size: Array, atol: float, decay: float) -> int:
    """Return where coefficients of these sizes would fall below `atol` if they went on so."""
    n = len(size)
    if n < 8 or decay >= 1:
        return 2 * n - 1
    tail = max(2, n // 16)
    more = np.log(float(size[-tail:].max()) / atol) / -np.log(decay)
    return int(min(max(n + 1.1 * more + 1, 1.05 * n + 1), 2 * n - 1))
