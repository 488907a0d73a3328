"""The global maximum of a function: a grid, lines through its best points, then a local search."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.chebtuck import calculus
from chebtucker.chebtuck.evaluation import at_points, reference
from chebtucker.chebtuck.grids import on_axes
from chebtucker.tensors import TuckerTensor, multi_mode_dot

Array = NDArray[np.float64]

_GRID = 2**22  # points looked at
_PEAKS = 2000  # local maxima on the grid whose true height is estimated, at most
_FLOPS = 2e8  # for these estimates
_BEST = 24  # points that lines are drawn through
_STARTS = 8  # local searches
_NEARLY = 0.05  # of the range of values: how far below the best a search may start
_SWEEPS = 10  # rounds along the axes
_HALVINGS = 60


def maximum(coefficients: TuckerTensor, domain: Array) -> tuple[float, Array]:
    """Return the largest value and where it is, shape (d,)."""
    search = Search(coefficients)
    best, where = -np.inf, np.zeros(coefficients.ndim)
    for start in search.starts():
        for t in (start, search.climbed(start)):
            value = search.value(t)
            if value > best:
                best, where = value, t
    return best, chebyshev.from_reference(where, domain[:, 0], domain[:, 1])


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
        self.slopes = self._derivatives(1)

    def _derivatives(self, order: int) -> list[TuckerTensor]:
        d = self.coefficients.ndim
        units = (tuple(order * int(k == j) for j in range(d)) for k in range(d))
        return [calculus.derivative(self.coefficients, self.box, unit) for unit in units]

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
        points, lowest, complete = self._grid()
        heights = self._heights(points)
        if not complete:
            best = points[np.argsort(-heights, kind="stable")[:_BEST]]
            points = np.unique([self._along_axes(t) for t in best], axis=0)
            heights = at_points(self.coefficients, self.box, points)
        order = np.argsort(-heights, kind="stable")[:_STARTS]
        top = heights[order[0]]
        return points[order[heights[order] >= top - _NEARLY * (top - lowest)]]

    def _heights(self, points: Array) -> Array:
        """Return about the heights of the peaks near points (s, d): a parabola along each axis.

        Peaks of nearly one height cannot be told apart by the values on a grid.
        """
        heights = at_points(self.coefficients, self.box, points)
        for k, (slope, bend) in enumerate(zip(self.slopes, self._derivatives(2), strict=True)):
            first = at_points(slope, self.box, points)
            second = at_points(bend, self.box, points)
            with np.errstate(divide="ignore", invalid="ignore"):
                step = np.where(second < 0, -first / second, np.sign(first))
            reach = np.sqrt(1 - points[:, k] ** 2) / len(self.axes[k]) + len(self.axes[k]) ** -2.0
            step = np.clip(step, -3 * reach, 3 * reach)
            step = np.clip(points[:, k] + step, -1, 1) - points[:, k]
            heights = heights + first * step + second * step**2 / 2
        return heights

    def _grid(self) -> tuple[Array, float, bool]:
        """Return the largest local maxima of a grid, its smallest value, and whether it is fine."""
        most = max(3, int(_GRID ** (1 / len(self.axes))))
        axes = [x if len(x) <= most else chebyshev.points(most) for x in self.axes]
        shape = [len(x) for x in axes]
        values = on_axes(self.coefficients, self.box, axes, np.empty(shape))
        peaks = np.flatnonzero(_peaks(values))
        heights = values.ravel()[peaks]
        d = len(axes)
        affordable = int(_FLOPS / ((2 * d + 1) * 2 * self.coefficients.core.size))
        count = min(max(_BEST, min(affordable, _PEAKS)), len(peaks))
        chosen = peaks[np.argpartition(-heights, count - 1)[:count]]
        places = np.unravel_index(chosen, shape)
        points = np.stack([x[i] for x, i in zip(axes, places, strict=True)], axis=1)
        return points, float(values.min()), all(map(np.array_equal, axes, self.axes))

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


def _peaks(values: Array) -> NDArray[np.bool_]:
    """Say where no neighbour along an axis is larger."""
    is_peak = np.ones(values.shape, dtype=bool)
    for axis in range(values.ndim):
        ahead = [slice(None)] * values.ndim
        behind = [slice(None)] * values.ndim
        ahead[axis], behind[axis] = slice(None, -1), slice(1, None)
        step = np.diff(values, axis=axis)
        is_peak[tuple(ahead)] &= step <= 0
        is_peak[tuple(behind)] &= step >= 0
    return is_peak


def crossing(coefficients: TuckerTensor, domain: Array, low: Array, high: Array) -> Array:
    """Return a zero between a point (d,) where the function is negative and one where not."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = at_points(coefficients, domain, middle[None])[0] < 0
        low, high = (middle, high) if below else (low, middle)
    return high
