"""Chebyshev points of the second kind, and the way to other intervals and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays

Array = NDArray[np.float64]


def points(n: int) -> Array:
    """Return the n Chebyshev points of the second kind, ascending, shape (n,).

    Examples
    --------
    >>> from chebtucker import chebyshev
    >>> [float(x) for x in chebyshev.points(3)]
    [-1.0, 0.0, 1.0]
    """
    if n == 1:
        return np.zeros(1)
    return np.sin(np.pi * np.arange(1 - n, n, 2) / (2 * (n - 1)))


def to_reference(x: Array, lo: float | Array, hi: float | Array) -> Array:
    """Return x in [lo, hi] carried to [-1, 1]; both ends are exact.

    By the distance from the nearer end: T_n changes n^2 times as fast there as in the middle.
    """
    scale = 2 / (hi - lo)
    upper = x > 0.5 * (lo + hi)
    return _arrays.namespace(x).where(upper, 1 - (hi - x) * scale, (x - lo) * scale - 1)


def from_reference(t: Array, lo: float | Array, hi: float | Array) -> Array:
    """Return t in [-1, 1] carried to [lo, hi]; both ends are exact. As `to_reference`."""
    half = 0.5 * (hi - lo)
    return _arrays.namespace(t).where(t > 0, hi - (1 - t) * half, lo + (1 + t) * half)
