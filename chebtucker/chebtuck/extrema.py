"""The global maximum of a function: a grid, Newton's method from its peaks, a local search."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.chebtuck import calculus, climbing
from chebtucker.chebtuck.evaluation import at_points
from chebtucker.chebtuck.grids import on_axes
from chebtucker.chebtuck.points import reference
from chebtucker.decompositions.scaling import balanced
from chebtucker.tensors import TuckerTensor, multi_mode_dot

Array = NDArray[np.float64]

_GRID = 2**22  # points looked at
_FINE = 16  # points a degree in one dimension, two in others
_SECONDS = 0.3  # CPU time of a step from all peaks, at most
_FEWEST, _RANKED = 24, 200_000  # peaks that are climbed, and that are ranked for it
_CLOSE = 1e-3  # of the range: how wrong a parabola through the points of the fine grid may be
_LINES = 24  # points that lines are drawn through
_STARTS = 3  # local searches at the end
_SWEEPS = 10  # rounds along the axes
_HALVINGS = 60


def maximum(coefficients: TuckerTensor, domain: Array) -> tuple[float, Array]:
    """Return the largest value and where it is, shape (d,)."""
    core, size = balanced(coefficients.core)
    search = Search(TuckerTensor(core, coefficients.factors))
    best, where = -np.inf, np.zeros(coefficients.ndim)
    for start in search.starts():
        for t in (start, search.climbed(start)):
            value = search.value(t)
            if value > best:
                best, where = value, t
    return size * best, chebyshev.from_reference(where, domain[:, 0], domain[:, 1])


class Search:
    """Ways to look for large values on [-1, 1]^d.

    Parameters
    ----------
    coefficients : TuckerTensor
        Of the function.
    """

    def __init__(self, coefficients: TuckerTensor) -> None:
        d = coefficients.ndim
        self.coefficients = coefficients
        self.box = reference(d)
        self.axes = [chebyshev.points(2 * n + 1) for n in coefficients.shape]
        self.spacing = np.array([np.pi / (len(axis) - 1) for axis in self.axes])
        units = np.eye(d, dtype=int).tolist()
        self.slopes = [calculus.derivative(coefficients, self.box, tuple(unit)) for unit in units]

    def value(self, t: Array) -> float:
        """Return the value at one point (d,)."""
        return float(at_points(self.coefficients, self.box, t[None])[0])

    def slope(self, t: Array) -> Array:
        """Return the gradient at one point (d,)."""
        return np.array([at_points(slope, self.box, t[None])[0] for slope in self.slopes])

    def starts(self) -> Array:
        """Return points (s, d) to search from, best first.

        Where the grid cannot have two points for every degree, its best points are moved along
        the axes, each with all the points that its degree needs, until that gains nothing.
        """
        peaks, complete = self._peaks()
        points = self._best(np.concatenate([peaks, self._uphill(peaks)]), _LINES)
        if not complete:
            moved = np.unique([self._along_axes(t) for t in points], axis=0)
            points = np.concatenate([points, moved, self._uphill(moved)])
        return self._best(points, _STARTS)

    def _best(self, points: Array, count: int) -> Array:
        """Return the points of the largest values, best first, each once."""
        heights = at_points(self.coefficients, self.box, points)
        first = np.argsort(-heights, kind="stable")[: 2 * count]
        unlike = np.unique(points[first].round(9), axis=0, return_index=True)[1]
        return points[first[np.sort(unlike)][:count]]

    def _uphill(self, points: Array) -> Array:
        angles = np.clip(np.arccos(points), 0.05 * self.spacing, np.pi - 0.05 * self.spacing)
        return np.cos(climbing.climb(self.coefficients, angles, self.spacing)[0])

    def _peaks(self) -> tuple[Array, bool]:
        """Return local maxima (p, d) of a grid, and whether it has two points for every degree.

        Those that are highest by what the grid says of slopes and curvatures, as many as can be
        climbed in bounded time.
        """
        shape = _grid_shape([len(x) for x in self.axes])
        axes = [chebyshev.points(m) for m in shape]
        values = self._on_grid(axes)
        peaks = np.flatnonzero(_is_peak(values))
        peaks = peaks[np.argsort(-values.ravel()[peaks], kind="stable")[:_RANKED]]
        places = list(np.unravel_index(peaks, values.shape))
        heights = _heights(values, places)
        affordable = int(_SECONDS / climbing.seconds(self.coefficients))
        count = min(max(_FEWEST, affordable), len(peaks))
        chosen = np.argpartition(-heights, count - 1)[:count]
        if len(shape) == 1 and shape[0] > 2 * len(self.axes[0]):
            lowest = heights.max() - _CLOSE * (heights.max() - values.min())
            chosen = chosen[heights[chosen] >= lowest]
        points = np.stack([x[i[chosen]] for x, i in zip(axes, places, strict=True)], axis=1)
        return points, all(m >= len(x) for m, x in zip(shape, self.axes, strict=True))

    def _on_grid(self, axes: list[Array]) -> Array:
        if len(axes) > 1:
            return on_axes(self.coefficients, self.box, axes, np.empty([len(x) for x in axes]))
        series = self.coefficients.to_array()
        return chebyshev.values(np.pad(series, (0, len(axes[0]) - len(series))))

    def _along_axes(self, t: Array) -> Array:
        """Return a point that no move along one axis improves."""
        best, t = self.value(t), t.copy()
        core, factors = self.coefficients
        for _ in range(_SWEEPS):
            before = best
            for k, axis in enumerate(self.axes):
                others = [j for j in range(len(t)) if j != k]
                rows = [chebyshev.basis(t[j : j + 1], len(factors[j])) @ factors[j] for j in others]
                line = factors[k] @ multi_mode_dot(core, rows, others).ravel()  # (n,)
                values = chebyshev.values(np.pad(line, (0, len(axis) - len(line))))
                top = int(values.argmax())
                if values[top] > best:
                    best, t[k] = float(values[top]), axis[top]
            if best <= before + 1e-12 * abs(before):
                break
        return t

    def climbed(self, start: Array) -> Array:
        """Return where a local search within the box ends."""
        from scipy.optimize import minimize

        size = max(abs(self.value(start)), np.finfo(float).tiny)

        def downhill(t: Any) -> tuple[float, Any]:
            return -self.value(t) / size, -self.slope(t) / size

        found = minimize(
            downhill,
            start,
            jac=True,
            bounds=[(-1.0, 1.0)] * len(start),
            method="L-BFGS-B",
            options={"ftol": 1e-16, "gtol": 1e-12},
        )
        return np.clip(found.x, -1, 1)


def _grid_shape(lengths: list[int]) -> list[int]:
    """Return how many points a grid has on each axis: all, or the longest axes are cut."""
    if len(lengths) == 1:
        return [max(min(_FINE * (lengths[0] // 2) + 1, _GRID), lengths[0])]
    low, high = 3, max(lengths)
    while low < high:
        middle = (low + high + 1) // 2
        fits = np.prod([min(n, middle) for n in lengths], dtype=float) <= _GRID
        low, high = (middle, high) if fits else (low, middle - 1)
    return [min(n, low) for n in lengths]


def _is_peak(values: Array) -> NDArray[np.bool_]:
    """Say where none of the 3^d - 1 neighbours is larger."""
    largest = values.copy()
    for axis in range(values.ndim):
        ahead = [slice(None)] * values.ndim
        behind = [slice(None)] * values.ndim
        ahead[axis], behind[axis] = slice(None, -1), slice(1, None)
        before, here = largest.copy(), largest
        np.maximum(here[tuple(ahead)], before[tuple(behind)], out=here[tuple(ahead)])
        np.maximum(here[tuple(behind)], before[tuple(ahead)], out=here[tuple(behind)])
    return np.asarray(values >= largest)


def _heights(values: Array, places: list[NDArray[np.intp]]) -> Array:
    """Return about the heights of the peaks near places of a grid, by differences there.

    The grid is uniform in the angles, and even about both ends.
    """
    last = [m - 1 for m in values.shape]

    def beside(*moves: tuple[int, int]) -> Array:
        index = list(places)
        for axis, move in moves:
            index[axis] = last[axis] - np.abs(last[axis] - np.abs(index[axis] + move))
        return values[tuple(index)]

    d, here = values.ndim, values[tuple(places)]
    slopes, bends = np.empty((len(here), d)), np.empty((len(here), d, d))
    for j in range(d):
        above, below = beside((j, 1)), beside((j, -1))
        slopes[:, j], bends[:, j, j] = (above - below) / 2, above + below - 2 * here
        for k in range(j):
            even = beside((j, 1), (k, 1)) + beside((j, -1), (k, -1))
            odd = beside((j, 1), (k, -1)) + beside((j, -1), (k, 1))
            bends[:, j, k] = bends[:, k, j] = (even - odd) / 4
    return here + climbing.steps(slopes, bends, np.ones(len(here)))[1]


def crossing(coefficients: TuckerTensor, domain: Array, low: Array, high: Array) -> Array:
    """Return a zero between a point (d,) where the function is negative and one where not."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = at_points(coefficients, domain, middle[None])[0] < 0
        low, high = (middle, high) if below else (low, middle)
    return high
