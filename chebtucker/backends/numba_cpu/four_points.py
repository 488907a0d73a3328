"""Four points at once and the particles near them, as vectors: what the loops at points share."""

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

PADDING = 8
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
def limits(cutoff, like):
    """Return vectors of 0 and 1, and of the squares of too short and of too long distances."""
    return (
        vectors.splat(0.0, like), vectors.splat(1.0, like),
        vectors.splat(TINY * cutoff * cutoff, like), vectors.splat(cutoff * cutoff, like),
    )  # fmt: skip


@merged
def differences(xyz, j, four, like):
    """Return the differences along x, y and z of the particles from j on to each of four points."""
    return (
        _away_from(xyz, j, four[0], like), _away_from(xyz, j, four[1], like),
        _away_from(xyz, j, four[2], like), _away_from(xyz, j, four[3], like),
    )  # fmt: skip


@merged
def _away_from(xyz, j, point, like):
    return (
        vectors.difference(xyz[0], j, point[0], like),
        vectors.difference(xyz[1], j, point[1], like),
        vectors.difference(xyz[2], j, point[2], like),
    )


@merged
def _square(away, start):
    s = vectors.fma(away[2], away[2], start)
    return vectors.fma(away[0], away[0], vectors.fma(away[1], away[1], s))


@merged
def in_range(s, value, tiny, far, zero):
    """Return four vectors of values where a pair is neither too close nor too far, else zero."""
    return (
        _in_range(s[0], value[0], tiny, far, zero), _in_range(s[1], value[1], tiny, far, zero),
        _in_range(s[2], value[2], tiny, far, zero), _in_range(s[3], value[3], tiny, far, zero),
    )  # fmt: skip


@merged
def _in_range(s, value, tiny, far, zero):
    return vectors.where_less(s, far, vectors.where_less(tiny, s, value, zero), zero)


@merged
def squares(away, start):
    """Return the squared distances of four points, four vectors."""
    return (
        _square(away[0], start), _square(away[1], start),
        _square(away[2], start), _square(away[3], start),
    )  # fmt: skip


@merged
def too_close(s, tiny, one, zero):
    """Return, lane by lane, how many of the four pairs are too close."""
    a, b = vectors.where_less(s[0], tiny, one, zero), vectors.where_less(s[1], tiny, one, zero)
    c, d = vectors.where_less(s[2], tiny, one, zero), vectors.where_less(s[3], tiny, one, zero)
    return vectors.add(vectors.add(a, b), vectors.add(c, d))


@merged
def four_places(points, m, count):
    """Return the places of four points from row m on; the last is repeated."""
    a, b = points[m], points[m + min(1, count - 1)]
    c, d = points[m + min(2, count - 1)], points[m + min(3, count - 1)]
    return (
        (a[0], a[1], a[2]), (b[0], b[1], b[2]), (c[0], c[1], c[2]), (d[0], d[1], d[2]),
    )  # fmt: skip


@merged
def others_are_close(close, skip, m, count):
    """Return whether there are more pairs too close than particles left out."""
    skipped = 0
    for i in range(4):
        skipped += skip[m + min(i, count - 1)] >= 0
    return vectors.total(close) > skipped + 0.5
