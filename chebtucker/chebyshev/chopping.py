"""Where a Chebyshev series may end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def chop(coefficients: Array, rtol: float) -> int:
    """Return how many coefficients to keep: where they have reached a plateau.

    Parameters
    ----------
    coefficients : ndarray, shape (n,) or (n, m)
        One series, or m of them that are chopped together.
    rtol : float
        What counts as small, relative to the largest coefficient.

    Returns
    -------
    int
        The length to keep, at least 1. The whole length n says that there is no plateau: more
        points are needed. Below 17 coefficients a plateau cannot be told, so it is n also then.

    References
    ----------
    .. [1] J. L. Aurentz and L. N. Trefethen, Chopping a Chebyshev series, ACM Trans. Math.
       Softw. 43 (2017), 33.

    Examples
    --------
    >>> import numpy as np
    >>> from chebtucker import chebyshev
    >>> chebyshev.chop(np.exp(-2.0 * np.arange(40)), 1e-10)
    14
    """
    n = len(coefficients)
    size = np.abs(coefficients).reshape(n, -1).max(axis=1)
    envelope = np.maximum.accumulate(size[::-1])[::-1]
    if envelope[0] == 0:
        return 1
    if n < 17 or rtol >= 1:
        return n if rtol < 1 else 1
    envelope = envelope / envelope[0]
    plateau = _plateau(envelope, rtol)
    if plateau is None:
        return n
    start, end = plateau
    if envelope[start - 1] == 0:
        return start
    floor = rtol ** (7 / 6)
    last = int(np.count_nonzero(envelope >= floor))
    if last < end:
        end = last + 1
        envelope = np.concatenate([envelope[: end - 1], [floor]])
    tilt = np.linspace(0, -np.log10(rtol) / 3, end)
    return max(int(np.argmin(np.log10(envelope[:end]) + tilt)), 1)


def _plateau(envelope: Array, rtol: float) -> tuple[int, int] | None:
    """Return where a plateau of a monotone envelope starts and ends, counted from 1."""
    n = len(envelope)
    start = np.arange(2, n + 1)
    end = np.floor(1.25 * start + 5.5).astype(int)
    start, end = start[end <= n], end[end <= n]
    left, right = envelope[start - 1], envelope[end - 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = (left == 0) | (right > 3 * (1 - np.log(left) / np.log(rtol)) * left)
    if not flat.any():
        return None
    found = int(np.argmax(flat))
    return int(start[found]) - 1, int(end[found])
