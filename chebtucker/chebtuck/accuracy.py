"""How far errors grow: what `error` of a result says, from those of what went in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, chebyshev
from chebtucker.chebtuck.changing import slices
from chebtucker.chebtuck.evaluation import at_points
from chebtucker.chebtuck.points import reference, sample_points
from chebtucker.decompositions import rank_for_tolerance
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

CUT = 0.01  # of the error that a result has anyway: what its compression may cut off (Frobenius)
_POINTS = 300
_LAST = 3  # coefficients that stand for those that are not there
_PERIOD, _LONGEST = 4, 4096  # of coefficients that continue a series
_FEW = 8  # coefficients that say little of their decay
_TAIL = 3.0  # how much larger all that are not there can be than the last that are


def moved(
    parts: list[TuckerTensor], result: TuckerTensor, combine: Callable[[Iterable[Any]], Any]
) -> float:
    """Return about the largest difference of a result to what it should be, given the parts.

    Twice the largest that is seen at random points; `combine` makes the values of the whole from
    those of the parts.
    """
    box = reference(result.ndim)
    points = _arrays.like(sample_points(box, _POINTS), result.core)
    exact = combine(at_points(part, box, points) for part in parts)
    return 2 * _arrays.largest(at_points(result, box, points) - exact)


@dataclass(frozen=True)
class AlongAxis:
    """A function seen along one axis: what it holds just above its error.

    Parameters
    ----------
    smallest : ndarray, shape (n, s)
        The part with the smallest singular values: a sample of what lower ranks have cut off.
    last : ndarray, shape (n + m, s)
        The part with the highest degrees, moved up by m = 2 degrees and those in which the
        coefficients fall to 1/e: a sample of what is not there.
    tail : ndarray, shape (n + m, s)
        Only where a derivative takes half the degrees or more, which leaves little of the other
        two: the last coefficients continued as they decay.
    error : float
        The stated error, absolute.
    """

    smallest: Array
    last: Array
    tail: Array | None
    error: float

    def grown(self, act: Callable[[Array], Array]) -> float:
        """Return the error after a linear map of the coefficients along the axis, (n, s).

        The error has two parts. What ranks have cut off has at most the size of the error, and
        grows like the smallest singular vectors that were kept. What the degree has cut off is
        at most about as large as the last coefficients, and grows like the next ones.
        """
        last = _height(self.last)
        beyond = min(self.error, _TAIL * last) if last else self.error
        growth = _growth(self.last, act)
        if self.tail is not None:
            growth = max(growth, _growth(self.tail, act))
        grown = self.error * _growth(self.smallest, act) + beyond * growth
        return min(grown, float(np.finfo(float).max))


def along(coefficients: TuckerTensor, axis: int, error: float, order: int = 0) -> AlongAxis:
    """Return what the estimates along one axis need: a QR of each factor and a small SVD.

    A matrix of a few hundred rows, which is looked at on the CPU wherever the function is. For a
    derivative its order is wanted.
    """
    rows = _arrays.to_host(slices(coefficients, axis))
    left, sizes, right = np.linalg.svd(rows, full_matrices=False)
    error = max(error, float(np.finfo(float).eps * sizes[0]))
    kept = min(rank_for_tolerance(sizes, error), len(sizes) - 1)
    smallest = (left[:, kept:] * sizes[kept:]) @ right[kept:]
    norms = _arrays.row_norms(rows)
    ahead = 2 + _decay_length(norms)
    last = np.pad(rows[-_LAST:], ((max(len(rows) - _LAST, 0) + ahead, 0), (0, 0)))
    tail = _continued(rows, norms, order) if order and 2 * order >= len(rows) - 1 else None
    return AlongAxis(smallest, last, tail, error)


def _continued(rows: Array, norms: Array, order: int) -> Array:
    """Return the coefficients (n + m, s) that come after rows (n, s), as their norms (n,) decay.

    The last four are repeated, each time smaller: so signs that alternate keep doing so. Terms of
    the derivative are largest near degree 2 order / rate.
    """
    n, rate = len(rows), _decay_rate(norms)
    period = min(_PERIOD, n)
    m = min(int((4 * order + 40) / rate) + period, _LONGEST)
    repeated = rows[n - period + np.arange(m) % period]
    if not repeated.any():
        repeated = np.ones((m, 1))
    sizes = np.exp(-rate * period * (1 + np.arange(m) // period))
    return np.pad(sizes[:, None] * repeated, ((n, 0), (0, 0)))


def _decay_rate(sizes: Array) -> float:
    """Return the logarithm by which the last coefficients fall from one degree to the next.

    Between 4 / n and 2; where little is known it is taken small. Over an even number of degrees,
    for a parity may be missing. Of few coefficients some of the fall may be like 1 / degree, as
    for a logarithm, and will not last.
    """
    n = len(sizes)
    reach = min(2 * max(1, n // 8), n - 1)
    envelope = np.maximum.accumulate(sizes[::-1])[::-1]
    if reach == 0 or envelope[-1] == 0:
        return 1.0
    fall = np.log(envelope[-1 - reach] / envelope[-1])
    if n <= _FEW:
        fall -= np.log(n / (n - reach))
    return float(np.clip(fall / reach, min(4 / n, 1.0), 2.0))


def _decay_length(sizes: Array) -> int:
    """Return in how many degrees the last quarter of coefficients falls to 1/e, at most n / 4."""
    reach = len(sizes) // 4
    if reach == 0:
        return 0
    envelope = np.maximum.accumulate(sizes[::-1])[::-1]
    if envelope[-1] == 0:
        return 0
    fall = np.log(envelope[-1 - reach] / envelope[-1])
    return int(min(reach / max(fall, 1.0), reach))


def _growth(rows: Array, act: Callable[[Array], Array]) -> float:
    before = _height(rows)
    with np.errstate(over="ignore", invalid="ignore"):  # of very high derivatives
        after = _height(act(rows))
    return (after if np.isfinite(after) else np.inf) / before if before else 0.0


def _height(rows: Array) -> float:
    """Return the largest norm over the other axes at any point of this one."""
    values = chebyshev.values(np.pad(rows, ((0, len(rows)), (0, 0))))
    return float(_arrays.row_norms(values).max())
