"""How far errors grow: what `error` of a result says, from those of what went in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, chebyshev
from chebtucker.chebtuck.changing import slices
from chebtucker.chebtuck.evaluation import at_points, reference, sample_points
from chebtucker.decompositions import rank_for_tolerance
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

CUT = 0.01  # of the error that a result has anyway: what its compression may cut off (Frobenius)
_POINTS = 300
_LAST = 3  # coefficients that stand for those that are not there
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
    error : float
        The stated error, absolute.
    """

    smallest: Array
    last: Array
    error: float

    def grown(self, act: Callable[[Array], Array]) -> float:
        """Return the error after a linear map of the coefficients along the axis, (n, s).

        The error has two parts. What ranks have cut off has at most the size of the error, and
        grows like the smallest singular vectors that were kept. What the degree has cut off is
        at most about as large as the last coefficients, and grows like the next ones.
        """
        beyond = min(self.error, _TAIL * _height(self.last))
        return self.error * _growth(self.smallest, act) + beyond * _growth(self.last, act)


def along(coefficients: TuckerTensor, axis: int, error: float) -> AlongAxis:
    """Return what the estimates along one axis need: a QR of each factor and a small SVD.

    A matrix of a few hundred rows, which is looked at on the CPU wherever the function is.
    """
    rows = _arrays.to_host(slices(coefficients, axis))
    left, sizes, right = np.linalg.svd(rows, full_matrices=False)
    error = max(error, float(np.finfo(float).eps * sizes[0]))
    kept = min(rank_for_tolerance(sizes, error), len(sizes) - 1)
    smallest = (left[:, kept:] * sizes[kept:]) @ right[kept:]
    ahead = 2 + _decay_length(_arrays.row_norms(rows))
    last = np.pad(rows[-_LAST:], ((max(len(rows) - _LAST, 0) + ahead, 0), (0, 0)))
    return AlongAxis(smallest, last, error)


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
    return _height(act(rows)) / before if before else 0.0


def _height(rows: Array) -> float:
    """Return the largest norm over the other axes at any point of this one."""
    values = chebyshev.values(np.pad(rows, ((0, len(rows)), (0, 0))))
    return float(_arrays.row_norms(values).max())
