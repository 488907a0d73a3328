"""Surfaces of equal value as triangles: marching through tetrahedra."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# The cube is cut into the six tetrahedra of paths from corner 000 to corner 111.
_PATHS = np.array(
    [
        np.cumsum([[0, 0, 0], *np.eye(3, dtype=int)[list(order)]], axis=0)
        for order in itertools.permutations(range(3))
    ]
)
# With corners sorted by value: the edges that the surface cuts, by how many corners are below.
_CUTS = {
    1: [[(0, 1), (0, 2), (0, 3)]],
    2: [[(0, 2), (0, 3), (1, 3)], [(0, 2), (1, 3), (1, 2)]],
    3: [[(0, 3), (1, 3), (2, 3)]],
}


def isosurface(values: Array, domain: Array, level: float) -> Array:
    """Return the triangles of the surface on which linear interpolation has a value.

    Parameters
    ----------
    values : ndarray, shape (nx, ny, nz)
        Finite values on a uniform grid with both ends included, at least two points an axis.
    domain : ndarray, shape (3, 2)
        The box.
    level : float
        The value.

    Returns
    -------
    ndarray, shape (T, 3, 3)
        Corners of triangles, in an order that has their normals point to smaller values.

    Notes
    -----
    Six tetrahedra a cell, each with one triangle or two: O(n^2) of them for n points an axis.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 30)
    >>> r = np.sqrt(x[:, None, None] ** 2 + x[:, None] ** 2 + x**2)
    >>> triangles = isosurface(r, np.array([[-1, 1]] * 3), 0.5)
    >>> bool(np.abs(np.linalg.norm(triangles, axis=-1) - 0.5).max() < 4e-3)
    True
    """
    cells = _cut_cells(values, level)
    step = (domain[:, 1] - domain[:, 0]) / (np.array(values.shape) - 1)
    parts = []
    for path in _PATHS:
        index = cells[:, None] + path  # (n, 4, 3)
        heights = values[tuple(np.moveaxis(index, -1, 0))]
        order = np.argsort(heights, axis=1, kind="stable")
        heights = np.take_along_axis(heights, order, axis=1)
        corners = domain[:, 0] + step * np.take_along_axis(index, order[..., None], axis=1)
        below = (heights < level).sum(axis=1)
        for count, triangles in _CUTS.items():
            chosen = below == count
            for edges in triangles:
                parts.append(_triangles(corners[chosen], heights[chosen], edges, level))
    return np.concatenate(parts)


def _cut_cells(values: Array, level: float) -> NDArray[np.intp]:
    """Return the first corners (n, 3) of the cells with values on both sides of the level."""
    low = high = None
    for corner in itertools.product((0, 1), repeat=3):
        part = values[tuple(slice(c, n - 1 + c) for c, n in zip(corner, values.shape, strict=True))]
        low = part if low is None else np.minimum(low, part)
        high = part if high is None else np.maximum(high, part)
    assert low is not None
    assert high is not None
    return np.argwhere((low < level) & (high >= level))


def _triangles(corners: Array, heights: Array, edges: list[tuple[int, int]], level: float) -> Array:
    """Return triangles (n, 3, 3) with one corner on each of three edges."""
    points = []
    for a, b in edges:
        share = (level - heights[:, a]) / (heights[:, b] - heights[:, a])
        points.append(corners[:, a] + share[:, None] * (corners[:, b] - corners[:, a]))
    triangles = np.stack(points, axis=1)
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    uphill = corners[:, 3] - corners[:, 0]
    wrong = (normals * uphill).sum(axis=1) > 0
    triangles[wrong] = triangles[wrong, ::-1]
    return triangles
