"""Four points at once and the particles near them, as vectors: what the loops at points share."""

from __future__ import annotations

import numpy as np

from chebtucker.backends.numba_cpu import vectors
from chebtucker.backends.numba_cpu.compiling import merged

PADDING = 8
"""Numbers behind the end of an array that a vector may read."""


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
def away_from(xyz, j, point, like):
    """Return the differences along x, y and z of the particles from j on to a point, as vectors."""
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
    """Return the values where a pair is neither too close nor out of range, else zero."""
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
