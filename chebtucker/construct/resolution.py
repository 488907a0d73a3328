"""How wrong are splines between the points of a grid? The data themselves tell."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck.evaluation import basis_on
from chebtucker.construct.splines import Splines, through, uniform
from chebtucker.tensors import TuckerTensor, multi_mode_dot
from chebtucker.tensors.modes import as_three

Array = NDArray[np.float64]

_SAFETY = 2.0
_ROWS = 24  # places on an axis, where its splines seem worst
_VALUES = 2**18  # at which a difference is looked at
_INTERVAL = np.array([-1.0, 1.0])


class AxisError(NamedTuple):
    """About the largest error of the splines of an axis; whether a lower degree does better."""

    error: float
    harmful: bool = False


def spline_errors(values: TuckerTensor, splines: Splines, seen: list[Array]) -> list[AxisError]:
    """Return for each axis about the largest error that its splines make between the points.

    Splines are compared with those of the next odd degree. Where that changes hardly less than
    the step before (noise, kinks, too few points), the grid is also thinned: every second value
    left out is predicted by the others, and what that gains over leaving out three of four is
    what the whole grid gains again, though only its root is counted on. The errors of the axes
    add up. `seen` holds the factors at some places of each axis.
    """
    return [_spline_error(values, splines, k, seen) for k in range(values.ndim)]


def approximation_error(
    core: Array, seen: list[Array], series: TuckerTensor, places: list[Array]
) -> tuple[float, float]:
    """Return about the largest difference between a series and splines, and the largest value."""
    exact = multi_mode_dot(core, seen)
    columns = [basis_on(t, u, _INTERVAL) for t, u in zip(places, series.factors, strict=True)]
    difference = exact - multi_mode_dot(series.core, columns)
    return _SAFETY * float(np.abs(difference).max()), float(np.abs(exact).max())


def _spline_error(
    values: TuckerTensor, splines: Splines, axis: int, seen: list[Array]
) -> AxisError:
    factor = values.factors[axis]
    n = len(factor)
    if n == 1:
        return AxisError(0.0)
    t = _between(n, splines.grid)
    here = splines.at(t, factor)
    below = _largest(values.core, here - splines.lower(t, factor), axis, seen)
    finer = splines.higher(t, factor)
    if finer is None:
        return AxisError(_SAFETY * below)
    above = _largest(values.core, here - finer, axis, seen)
    gain = above / below if below > 0 else 1.0
    rest = 1 / (1 - gain) if gain < 0.8 else 1.0  # of a sum over all higher degrees
    found = _SAFETY * rest * above
    if gain <= 0.2:  # it converges
        return AxisError(found)
    if gain < 3:
        return AxisError(max(found, _thinned_error(values, splines, axis, seen)))
    fewer = replace(splines, degree=max(splines.degree - 2, 1))
    before = _largest(values.core, fewer.at(t, factor) - fewer.lower(t, factor), axis, seen)
    return AxisError(found, harmful=splines.degree == 3 or before < below)


def _thinned_error(values: TuckerTensor, splines: Splines, axis: int, seen: list[Array]) -> float:
    """Return what leaving out values says of the error, from the errors at half and at a quarter.

    Where there are too few points for a quarter, a tenth is taken for the gain.
    """
    half, quarter = (
        _largest(values.core, _left_out(values.factors[axis], splines, step), axis, seen)
        for step in (2, 4)
    )
    gain = half / quarter if quarter > 0 else 0.1
    return half * min(1.0, gain) ** 0.5


def _left_out(factor: Array, splines: Splines, step: int) -> Array:
    """Return errors of splines through every step-th point of a grid at the points of it."""
    n = len(factor)
    x = uniform(n, splines.grid)
    errors = [np.zeros((1, factor.shape[1]))]
    for start in range(step):
        kept = slice(start, None, step)
        if len(x[kept]) <= splines.degree:
            continue
        reach = (0.5 if splines.grid == "nodes" else step + 0.5) / n  # cells: as far as their ends
        inside = (x >= x[kept][0] - reach) & (x <= x[kept][-1] + reach)
        errors.append(through(x[kept], factor[kept], splines.degree, x[inside]) - factor[inside])
    return np.concatenate(errors)


def _between(n: int, grid: str) -> Array:
    """Return the places where splines are worst: between the points, and up to both ends."""
    x = uniform(n, grid)
    middle = (x[:-1] + x[1:]) / 2
    first = x[0] + (x[1] - x[0]) * np.array([0.15, 0.3, 0.7, 0.85])
    ends = np.array([-1.0, (x[0] - 1) / 2, (x[-1] + 1) / 2, 1.0])
    return np.concatenate([ends, first, middle, -first])


def places_on(values: TuckerTensor, splines: Splines, axis: int) -> Array:
    """Return places on an axis where the function is looked at: ends, large values, and evenly."""
    most = max(2, int(_VALUES ** (1 / values.ndim)) // 3)
    n = values.shape[axis]
    x = uniform(n, splines.grid)
    large = x[_heaviest(values.core, values.factors[axis], axis, most)]
    grid = x[np.unique(np.linspace(0, n - 1, most).astype(int))]
    even = np.linspace(-1, 1, most)
    return np.unique(np.concatenate([large, grid, even]))


def _heaviest(core: Array, rows: Array, axis: int, count: int) -> NDArray[np.int64]:
    """Return which rows of a factor (n, r) are large in the tensor, by the sizes of its slices."""
    three = as_three(core, axis)
    sizes = np.linalg.norm(rows * np.linalg.norm(three, axis=(0, 2)), axis=1)
    return np.argsort(sizes)[::-1][:count]


def _largest(core: Array, rows: Array, axis: int, seen: list[Array]) -> float:
    """Return the largest entry of the tensor with one factor replaced by rows (n, r)."""
    worst = rows[_heaviest(core, rows, axis, _ROWS)]
    factors = [worst if k == axis else u for k, u in enumerate(seen)]
    return float(np.abs(multi_mode_dot(core, factors)).max())
