"""The lowest ranks and degrees that a tolerance allows, and the error of what is left."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck.evaluation import at_points
from chebtucker.chebtuck.points import reference, sample_points
from chebtucker.construct.checking import Checks, largest
from chebtucker.construct.shortening import shortest
from chebtucker.decompositions import round_tucker
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

_ROOMS = (0.55, 0.45, 0.3)  # of the tolerance: what may be seen at the points after compression
_SOME = 100  # points by which ranks and degrees are cut: the worst, and as many others
_CLEAR = 0.03  # of the tolerance: errors that leave nothing but compression to be checked
_FEW = 700  # values of a tensor for which that is taken for granted
_EVEN = 400  # points at which what compression changes is looked at


def compressed(
    checks: Checks, tensor: TuckerTensor, errors: Array, atol: float, seed: int
) -> tuple[TuckerTensor, float, Checks]:
    """Return the tensor with the lowest ranks and degrees that `atol` allows, and its error.

    Where its `errors` at the checks, (M,), miss `atol` already, it is returned as it is. The
    checks are returned with the points that were added.
    """
    if float(errors.max()) > _ROOMS[0] * atol:
        return tensor, *checks.estimate(tensor, seed)
    whole = round_tucker(tensor)
    for room in _ROOMS:
        if float(errors.max()) > room * atol:
            break
        some = _some(checks, errors)
        small = shortest(whole, some.t, some.values, room * atol)
        if _clear(checks, tensor, errors, atol):
            error = checks.said(errors.max() + _changes(checks, whole, small, seed), small)
        else:
            error, checks = checks.estimate(small, seed)
        if error <= atol:
            return small, error, checks
        errors = checks.completed(errors, tensor)
    return tensor, *checks.estimate(tensor, seed)


def _some(checks: Checks, errors: Array) -> Checks:
    """Return checks at some of the points: those of the largest errors (M,), and others."""
    count = len(checks.t)
    if count <= 2 * _SOME:
        return checks
    others = np.arange(0, count, math.ceil(count / _SOME))
    return checks.at(np.concatenate([largest(errors, _SOME), others]))


def _clear(checks: Checks, tensor: TuckerTensor, errors: Array, atol: float) -> bool:
    """Say whether `errors` (M,) of a small tensor leave only its compression to be checked."""
    small = math.prod(tensor.shape) <= _FEW and float(errors.max()) <= _CLEAR * atol
    return small and not checks.peaked(errors, tensor)


def _changes(checks: Checks, whole: TuckerTensor, small: TuckerTensor, seed: int) -> Array:
    """Return what compression changes at the checks and at more points, absolute, (M,).

    It takes no values of the function.
    """
    box = reference(whole.ndim)
    t = np.concatenate([checks.t, sample_points(box, _EVEN, seed + 5)])
    return np.abs(at_points(whole, box, t) - at_points(small, box, t))
