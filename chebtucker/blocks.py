"""A box cut into blocks, each with a short Chebyshev series of its own.

A Chebyshev series on the whole box restricted to a block is a series of much lower degree. The
matrices here carry one to the other, axis by axis; their transposes carry moments of particles
from the blocks up to the box.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ive

from chebtucker import _arrays, chebyshev

Array = NDArray[np.float64]

_FLAT = 10.0
_PROBES = 97
_CENTRES = np.array([0.0, 0.5, 1.0, 1.5])


@dataclass(frozen=True, eq=False)
class BlockGrid:
    """Blocks of a box and the local degrees.

    Parameters
    ----------
    box : ndarray, shape (d, 2)
        The whole box.
    counts : tuple of int
        Blocks per axis.
    sizes : tuple of int
        Local Chebyshev coefficients per axis.
    """

    box: Array
    counts: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def width(self) -> Array:
        """Side lengths of a block, shape (d,)."""
        return (self.box[:, 1] - self.box[:, 0]) / np.array(self.counts)


def local_matrix(n: int, count: int, size: int) -> Array:
    """Return the matrix from n coefficients on [-1, 1] to `size` coefficients on each block.

    Row b * size + i holds coefficient i on block b of the interpolants of T_0..T_{n-1} at the
    block's Chebyshev points; shape (count * size, n).
    """
    samples = chebyshev.basis(_nodes(count, size), n)  # (count, size, n)
    return chebyshev.coefficients(samples, axis=1).reshape(count * size, n)


def restricted(series: Any, count: int, size: int) -> Any:
    """Return `local_matrix` @ series of coefficients (n, r): (count * size, r), where they are.

    Few columns are transformed instead of n.
    """
    n, r = series.shape
    rows = _arrays.like(chebyshev.basis(_nodes(count, size), n).reshape(-1, n), series)
    samples = _arrays.namespace(series).reshape(rows @ series, (count, size, r))
    local = chebyshev.coefficients(samples, axis=1)
    return _arrays.namespace(series).reshape(local, (count * size, r))


def _nodes(count: int, size: int) -> Array:
    """Return the Chebyshev points of each of `count` blocks of [-1, 1], (count, size)."""
    centres = -1 + (2 * np.arange(count) + 1) / count
    return np.asarray(centres[:, None] + chebyshev.points(size) / count)


def gaussian_size(exponent: float, length: float, atol: float) -> int:
    """Return how many Chebyshev coefficients exp(-exponent x^2) needs on a given length.

    Wherever its centre is, the sum of those left out is below `atol`. The series of exp(-a x^2)
    on [-1, 1] has the coefficients 2 exp(-a/2) I_k(a/2) at degree 2k; a sharp Gaussian with
    another centre needs no more, a flat one does, and is expanded.
    """
    a = exponent * (length / 2) ** 2
    if a <= 0.2 * atol:
        return 1
    if a < _FLAT:
        nodes = chebyshev.points(_PROBES)[:, None]
        series = np.abs(chebyshev.coefficients(np.exp(-a * (nodes - _CENTRES) ** 2)))
        return _length((series * (series > 1e-16)).max(axis=1), atol)
    most = math.ceil(math.sqrt(2 * a * math.log(4 / atol)) + math.log(4 / atol))
    halved = np.asarray(2 * ive(np.arange(2 * max(8, most)), a / 2), dtype=np.float64)
    return 2 * _length(halved, atol) - 1


def _length(sizes: Array, atol: float) -> int:
    """Return how many leading terms leave a sum below `atol`."""
    tails = np.append(np.cumsum(sizes[::-1])[::-1], 0.0)
    return max(int(np.argmax(tails < atol)), 1)
