"""Products of functions that are split into eight parts by their parities in x, y and z."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.numba_cpu.compiling import compiled, merged

Array = NDArray[np.float64]

_TILE = 64
"""Nodes that are worked on together; a constant, so that the loop over them is vectorised."""

_T1, _T2, _T3, _T4, _T5, _T6, _T7 = (np.uint64(_TILE * k) for k in range(1, 8))
# Unsigned, because Numba guards signed indices against negative ones and then gathers.


def multiply_parities(f: Array, g: Array) -> None:
    """Replace the parts f (8, S) by those of the sum over eight images of f g.

    See `reference.multiply_parities`. Ten operations an image.
    """
    _multiply(f, g, np.zeros(8 * _TILE), np.zeros(8 * _TILE))


def gather_columns(a: Array, index: NDArray[np.int64]) -> Array:
    """Return out[r, s, c] = a[s, index[r, c]]."""
    out = np.empty((len(index), len(a), index.shape[1]))
    _gather(a, index, out)
    return out


def scatter_columns(blocks: Array, row: NDArray[np.int64], column: NDArray[np.int64]) -> Array:
    """Return out[s, j] = blocks[row[j], s, column[j]]."""
    out = np.empty((blocks.shape[1], len(row)))
    _scatter(blocks, row, column, out)
    return out


@compiled
def _gather(a, index, out):
    for r in range(out.shape[0]):
        for s in range(out.shape[1]):
            for c in range(out.shape[2]):
                out[r, s, c] = a[s, index[r, c]]


@compiled
def _scatter(blocks, row, column, out):
    for s in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[s, j] = blocks[row[j], s, column[j]]


@merged
def _mix(a0, a1, a2, a3, a4, a5, a6, a7):
    """Return the sums over parts q with the sign of image r: minus where q & r has odd parity."""
    b0, b1, b2, b3 = a0 + a1, a0 - a1, a2 + a3, a2 - a3
    b4, b5, b6, b7 = a4 + a5, a4 - a5, a6 + a7, a6 - a7
    c0, c1, c2, c3 = b0 + b2, b1 + b3, b0 - b2, b1 - b3
    c4, c5, c6, c7 = b4 + b6, b5 + b7, b4 - b6, b5 - b7
    return c0 + c4, c1 + c5, c2 + c6, c3 + c7, c0 - c4, c1 - c5, c2 - c6, c3 - c7


@merged
def _images(t, w):
    """Return the values at the eight images of node w from the parts."""
    return _mix(
        t[w], t[w + _T1], t[w + _T2], t[w + _T3], t[w + _T4], t[w + _T5], t[w + _T6], t[w + _T7]
    )


@merged
def _copy(source, target):
    for w in range(len(target)):
        target[w] = source[w]


@compiled
def _multiply(f, g, x, y):
    for start in range(0, f.shape[1], _TILE):
        n = min(_TILE, f.shape[1] - start)
        for q in range(8):
            _copy(f[q, start : start + n], x[q * _TILE : q * _TILE + n])
            _copy(g[q, start : start + n], y[q * _TILE : q * _TILE + n])
        for k in range(_TILE):
            w = np.uint64(k)
            x0, x1, x2, x3, x4, x5, x6, x7 = _images(x, w)
            y0, y1, y2, y3, y4, y5, y6, y7 = _images(y, w)
            parts = _mix(x0 * y0, x1 * y1, x2 * y2, x3 * y3, x4 * y4, x5 * y5, x6 * y6, x7 * y7)
            x[w], x[w + _T1], x[w + _T2], x[w + _T3] = parts[:4]
            x[w + _T4], x[w + _T5], x[w + _T6], x[w + _T7] = parts[4:]
        for q in range(8):
            _copy(x[q * _TILE : q * _TILE + n], f[q, start : start + n])
