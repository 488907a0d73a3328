"""Four points at once, a vector for each, and the particles near them: what loops share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.cells import Cells
from chebtucker.backends.numba_cpu import vectors
from chebtucker.backends.numba_cpu.compiling import merged
from chebtucker.backends.numba_cpu.pairs import TINY

Array = NDArray[np.float64]

PADDING = vectors.BITS // 32
"""Numbers behind the end of an array that a vector may read."""


def scale_for(cutoff: float) -> float:
    """Return a factor for lengths: a power of two that brings the cutoff to 1..2.

    Exact, and single precision neither over- nor underflows.
    """
    return 2.0 ** -math.floor(math.log2(cutoff))


def scaled(
    points: Array,
    cells: Cells,
    charges: NDArray[Any],
    cutoff: float,
    coefficients: NDArray[Any],
    is_even: bool,
    skip: NDArray[np.int64],
) -> tuple[Any, ...]:
    """Return the arguments of a loop at points with all lengths times `scale_for(cutoff)`.

    The charges are scaled already, in the precision of the loop.
    """
    scale, kind = scale_for(cutoff), coefficients.dtype
    xyz = np.zeros((3, len(cells.positions) + PADDING))
    xyz[:, : len(cells.positions)] = cells.positions.T * scale
    p = coefficients.astype(np.float64) / (scale if is_even else 1.0)
    slope = np.polyder(p) if len(p) > 1 else np.zeros(1)
    box = (cells.starts, cells.low * scale, cells.width * scale, cells.shape)
    return (
        points * scale, box, tuple(xyz), charges, cutoff * scale, p.astype(kind),
        slope.astype(kind), is_even, skip,
    )  # fmt: skip


@merged
def close_group(points, m, stop, reach):
    """Return how many points, at most four, lie close together, and the box around them."""
    x0, y0, z0 = points[m, 0], points[m, 1], points[m, 2]
    x1, y1, z1 = x0, y0, z0
    count = 1
    while count < 4 and m + count < stop:
        x, y, z = points[m + count, 0], points[m + count, 1], points[m + count, 2]
        if max(x1, x) - min(x0, x) > reach or max(y1, y) - min(y0, y) > reach:
            break
        if max(z1, z) - min(z0, z) > reach:
            break
        x0, y0, z0 = min(x0, x), min(y0, y), min(z0, z)
        x1, y1, z1 = max(x1, x), max(y1, y), max(z1, z)
        count += 1
    return count, (x0, y0, z0), (x1, y1, z1)


@merged
def tail_of(like):
    """Return numbers to add to squared distances: none, then as many as put a pair out of range."""
    count = vectors.lanes(like)
    tail = np.zeros(2 * count, like.dtype)
    tail[count:] = 100.0
    return tail


@merged
def limits(cutoff, s):
    """Return vectors of 0 and 1, and of the squares of too short and of too long distances."""
    return (
        vectors.splat(0.0, s), vectors.splat(1.0, s), vectors.splat(TINY * cutoff * cutoff, s),
        vectors.splat(cutoff * cutoff, s),
    )  # fmt: skip


@merged
def differences(xyz, j, four, like):
    """Return the differences along x, y and z of the particles from j on to four points."""
    return (
        vectors.differences(xyz[0], j, four[0], like),
        vectors.differences(xyz[1], j, four[1], like),
        vectors.differences(xyz[2], j, four[2], like),
    )


@merged
def squares(away, start):
    """Return the squared distances, plus a vector `start` for each point."""
    s = vectors.fma(away[2], away[2], vectors.repeat(start, away[2]))
    return vectors.fma(away[0], away[0], vectors.fma(away[1], away[1], s))


@merged
def in_range(s, value, tiny, far, zero):
    """Return a value where a pair is neither too close nor too far, else zero."""
    return vectors.where_less(s, far, vectors.where_less(tiny, s, value, zero), zero)


@merged
def four_places(points, m, count):
    """Return the x, the y and the z of four points from row m on; the last is repeated."""
    a, b = points[m], points[m + min(1, count - 1)]
    c, d = points[m + min(2, count - 1)], points[m + min(3, count - 1)]
    return (
        (a[0], b[0], c[0], d[0]), (a[1], b[1], c[1], d[1]), (a[2], b[2], c[2], d[2])
    )  # fmt: skip


@merged
def others_are_close(close, skip, m, count):
    """Return whether there are more pairs too close than particles left out."""
    skipped = 0
    for i in range(4):
        skipped += skip[m + min(i, count - 1)] >= 0
    found = vectors.totals(close)
    return found[0] + found[1] + found[2] + found[3] > skipped + 0.5
