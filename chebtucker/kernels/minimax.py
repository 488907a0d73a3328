"""The best sums of Gaussians: none with as many terms has a smaller largest error."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker.kernels.gaussians import GaussianSum

Array = NDArray[np.float64]
Wanted = Callable[[Array], Array]

_FLAT = 0.99  # least over largest extremum: what counts as a level error
_EXCHANGES = 30
_STEPS = 40
_LARGEST_STEP = 0.7  # of the logarithms of weights and rates
_SEEN = 60  # points of the range for each extremum
_EASY = 3.0  # r_max over r_min where two terms are found from those of 1/r
_TWO = np.array([-0.485, -0.001, -1.335, -0.067])  # the logarithms for 1/r on [1, 3]
_WIDENING = 1.5
_LENGTHENING = 1.07
_LONGEST = 1e6


@dataclass(frozen=True, eq=False)
class MinimaxSum:
    """Gaussians with the smallest largest error, and the proof of it.

    Parameters
    ----------
    gaussians : GaussianSum
        K terms, weights positive.
    error : float
        Largest error on the range, relative to 1/r.
    bound : float
        No K Gaussians have a smaller largest error than this: the least of 2K + 1 extrema of
        alternating sign (de la Vallee-Poussin). Within a percent of `error`.
    """

    gaussians: GaussianSum
    error: float
    bound: float


def minimax_sequence(
    kernel: Callable[[Array], Array], r_min: float, r_max: float, *, most: int = 60
) -> Iterator[MinimaxSum]:
    """Yield the best sums of 2, 3, .. Gaussians for a kernel on [r_min, r_max].

    The error that is made small is max |r K(r) - r g(r)|. K must be an integral of Gaussians with
    a positive weight, as 1/r and exp(-k r)/r are: then a best sum has positive weights, and it is
    the one whose error has 2K + 1 extrema of equal size and alternating sign. Those are found by
    Remez' exchange: Newton's method for the error at 2K + 1 points, then its extrema as points.
    The start for K + 1 terms are those for K, drawn out evenly; that for two are those of a
    shorter range.

    Parameters
    ----------
    kernel : callable
        K, vectorised.
    r_min, r_max : float
        The range, 0 < r_min < r_max.
    most : int
        The largest number of terms.

    Yields
    ------
    MinimaxSum
        Ends earlier where rounding hides the error, near 1e-11.

    Notes
    -----
    Some milliseconds for each.

    References
    ----------
    .. [1] W. Hackbusch, Computation of best L-infinity exponential sums for 1/x by Remez'
       algorithm, Comput. Vis. Sci. 20 (2019), 1-11.
    .. [2] D. Braess, Nonlinear Approximation Theory, Springer 1986.

    Examples
    --------
    >>> from chebtucker import Newton
    >>> [f"{best.error:.1e}" for best in minimax_sequence(Newton(), 1.0, 10.0, most=3)]
    ['9.1e-02', '1.8e-02']
    """
    wanted, ratio = _unit(kernel, r_min, r_max)
    for state in _states(wanted, ratio, most):
        yield _sum(state, r_min)


def minimax_gaussians(
    kernel: Callable[[Array], Array], r_min: float, r_max: float, rtol: float, *, most: int = 60
) -> MinimaxSum | None:
    """Return the fewest Gaussians with |K(r) - g(r)| <= `rtol`/r on the range, or None.

    See `minimax_sequence`.

    Examples
    --------
    >>> from chebtucker import Newton
    >>> best = minimax_gaussians(Newton(), 1.0, 100.0, 1e-6)
    >>> len(best.gaussians), bool(best.error < 1e-6)
    (16, True)
    """
    for best in minimax_sequence(kernel, r_min, r_max, most=most):
        if best.error <= rtol:
            return best
    return None


def smoothest_gaussians(
    kernel: Callable[[Array], Array], r_min: float, r_max: float, rtol: float, *, most: int = 60
) -> MinimaxSum | None:
    """Return as many Gaussians as `minimax_gaussians`, as smooth as the tolerance allows, or None.

    The largest exponent depends on the error and hardly on the range. So the range is made longer
    until the error of as many terms is near `rtol`: then it is smaller by up to a quarter.

    Examples
    --------
    >>> from chebtucker import Newton
    >>> best = minimax_gaussians(Newton(), 1.0, 12.0, 1e-3).gaussians
    >>> smooth = smoothest_gaussians(Newton(), 1.0, 12.0, 1e-3).gaussians
    >>> len(best) == len(smooth), bool(smooth.exponents.max() < 0.8 * best.exponents.max())
    (True, True)
    """
    wanted, ratio = _unit(kernel, r_min, r_max)
    for state in _states(wanted, ratio, most):
        if state.sizes.max() <= rtol:
            break
    else:
        return None
    while ratio < _LONGEST:
        wider = min(_LENGTHENING * ratio, ratio**_LENGTHENING)
        longer = _widened(state, ratio, wider, wanted)
        if longer is None or longer.sizes.max() > rtol:
            break
        state, ratio = longer, wider
    return _sum(state, r_min)


def _unit(kernel: Callable[[Array], Array], r_min: float, r_max: float) -> tuple[Wanted, float]:
    """Return r K(r) for r in units of r_min, and r_max in that unit."""
    if not 0 < r_min < r_max:
        raise ValueError(f"`r_min` must be in (0, r_max), got {r_min:g} with r_max {r_max:g}")

    def wanted(r: Array) -> Array:
        return np.asarray(r * r_min * kernel(r * r_min), dtype=np.float64)

    return wanted, r_max / r_min


def _states(wanted: Wanted, ratio: float, most: int) -> Iterator[_State]:
    """Yield the best sums of 2, 3, .. terms on [1, ratio]."""
    state = _widened(_first(min(_EASY, ratio), wanted), min(_EASY, ratio), ratio, wanted)
    while state is not None:
        yield state
        terms = len(state.logs) // 2
        state = _remez(_one_more(state, ratio), ratio, wanted) if terms < most else None


def _sum(state: _State, r_min: float) -> MinimaxSum:
    weights, rates = np.exp(state.logs.reshape(2, -1))
    gaussians = GaussianSum(weights / r_min, np.square(rates / r_min))
    return MinimaxSum(gaussians, float(state.sizes.max()), float(state.sizes.min()))


@dataclass(frozen=True, eq=False)
class _State:
    """Logarithms of K weights and K rates t, the signed level, 2K + 1 points, errors there."""

    logs: Array
    level: float
    points: Array
    sizes: Array


def _errors(logs: Array, r: Array, wanted: Wanted) -> Array:
    weights, rates = np.exp(logs.reshape(2, -1))
    return r * (np.exp(-np.square(np.outer(r, rates))) @ weights) - wanted(r)


def _slopes(logs: Array, r: Array) -> Array:
    """Return the derivatives of the errors by the logarithms, (points, 2K)."""
    weights, rates = np.exp(logs.reshape(2, -1))
    square = np.square(np.outer(r, rates))
    terms = r[:, None] * np.exp(-square) * weights
    return np.hstack([terms, -2 * square * terms])


def _first(ratio: float, wanted: Wanted) -> _State | None:
    """Return the best two terms on a short range."""
    r = ratio ** ((1 - np.cos(np.pi * np.arange(5) / 4)) / 2)
    start = _State(_TWO, float(_errors(_TWO, r, wanted)[0]), r, np.empty(0))
    return _remez(start, ratio, wanted)


def _widened(state: _State | None, ratio: float, wide: float, wanted: Wanted) -> _State | None:
    """Return the best sum on [1, wide] of as many terms as that on [1, ratio], in small steps."""
    while state is not None and ratio < wide:
        larger = min(_WIDENING * ratio, wide)
        share = np.linspace(0, 1, len(state.logs) // 2) * math.log(larger / ratio)
        moved = state.logs - np.tile(share[:: _order(state)], 2)
        points = state.points ** (math.log(larger) / math.log(ratio))
        guesses = [_State(moved, state.level, points, state.sizes), state]
        tried = (_remez(guess, larger, wanted) for guess in guesses)
        state, ratio = next((found for found in tried if found is not None), None), larger
    return state


def _order(state: _State) -> int:
    """Return -1 where the rates ascend: the flattest term moves with the end of the range."""
    rates = state.logs.reshape(2, -1)[1]
    return -1 if rates[0] < rates[-1] else 1


def _one_more(state: _State, ratio: float) -> _State:
    """Return a guess for one term more."""
    weights, rates = state.logs.reshape(2, -1)
    terms = len(rates) + 1
    logs = np.concatenate([_drawn_out(weights, terms), _drawn_out(rates, terms)])
    places = np.linspace(0, 1, 2 * terms - 1)
    points = np.exp(np.interp(np.linspace(0, 1, 2 * terms + 1), places, np.log(state.points)))
    level = state.level * math.exp(-(math.pi**2) / math.log(8 * ratio**2))
    return _State(logs, level, points, np.empty(0))


def _drawn_out(values: Array, count: int) -> Array:
    """Return `count` values that run as the given ones do, a little beyond both ends."""
    places = (np.arange(count) + 0.5) / count * len(values) - 0.5
    left = np.clip(np.floor(places).astype(int), 0, len(values) - 2)
    return np.asarray(values[left] + (places - left) * (values[left + 1] - values[left]))


def _remez(start: _State, ratio: float, wanted: Wanted) -> _State | None:
    """Return the level solution, or None where exchanges do not end at one."""
    logs, level, points = start.logs, start.level, start.points
    for _ in range(_EXCHANGES):
        solved = _level(logs, level, points, wanted)
        if solved is None:
            return None
        logs, level = solved
        r = ratio ** np.linspace(0, 1, _SEEN * len(points))
        points, errors = _extrema(r, _errors(logs, r, wanted))
        if len(points) != len(logs) + 1:
            return None
        sizes = np.abs(errors)
        if sizes.min() >= _FLAT * sizes.max():
            return _State(logs, level, points, sizes)
    return None


def _level(logs: Array, level: float, points: Array, wanted: Wanted) -> tuple[Array, float] | None:
    """Return terms whose errors at the points are +level, -level, .., by Newton's method."""
    signs = (-1.0) ** np.arange(len(points))
    for _ in range(_STEPS):
        matrix = np.column_stack([_slopes(logs, points), -signs])
        sizes = np.linalg.norm(matrix, axis=0)
        if not (np.isfinite(sizes).all() and sizes.all()):
            return None
        missing = signs * level - _errors(logs, points, wanted)
        try:
            step = np.linalg.solve(matrix / sizes, missing) / sizes
        except np.linalg.LinAlgError:
            return None
        largest = float(np.abs(step[:-1]).max())
        part = min(1.0, _LARGEST_STEP / largest) if largest > 0 else 1.0
        logs, level = logs + part * step[:-1], level + part * float(step[-1])
        if largest < 1e-5:
            break
    return logs, level


def _extrema(r: Array, errors: Array) -> tuple[Array, Array]:
    """Return place and value of the largest error between changes of its sign."""
    seen = errors != 0  # both underflow where a screened kernel has died away
    r, errors = r[seen], errors[seen]
    changes = np.flatnonzero(np.signbit(errors[1:]) != np.signbit(errors[:-1])) + 1
    parts = np.split(np.arange(len(r)), changes)
    best = np.array([part[np.argmax(np.abs(errors[part]))] for part in parts])
    return r[best], errors[best]
