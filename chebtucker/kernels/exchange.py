"""Remez' exchange for sums of Gaussians on [1, ratio]: level errors, more terms, other ranges."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Wanted = Callable[[Array], Array]

_FLAT = 0.99  # least over largest extremum: what counts as a level error
_EXCHANGES = 30
_STEPS = 40
_LARGEST_STEP = 0.7  # of the logarithms of weights and rates
_SEEN = 60  # points of the range for each extremum
_EASY = 3.0  # r_max over r_min where two terms are found from those of 1/r
_TWO = np.array([-0.485, -0.001, -1.335, -0.067])  # the logarithms for 1/r on [1, 3]
_ALIVE = 3e-3
_WIDENING, _NARROWEST = 3.0, 1.1
_SECANTS = 4
_AIM, _ENOUGH = 0.97, 0.9  # of the error that is allowed
_LONGEST = 1e6
_HIGHER, _LOWEST = 1.5, 1.02  # factors of levels from one solution to the next


@dataclass(frozen=True, eq=False)
class State:
    """Logarithms of K weights and K rates t, the signed level, 2K + 1 points.

    And the largest error, and what no sum of as many terms is better than (de la Vallee-Poussin):
    of a guess neither is known.
    """

    logs: Array
    level: float
    points: Array
    error: float = math.inf
    bound: float = 0.0

    @property
    def terms(self) -> int:
        """K."""
        return len(self.logs) // 2


def two_terms(ratio: float, wanted: Wanted) -> State | None:
    """Return the best two terms, from those of a range on which the kernel hardly dies away."""
    easy = min(_EASY, ratio)
    first = float(wanted(np.ones(1))[0])
    while easy > 1.01 and not float(wanted(np.array([easy]))[0]) >= _ALIVE * first:
        easy = math.sqrt(easy)
    if not first > 0:
        return None
    r = easy ** ((1 - np.cos(np.pi * np.arange(5) / 4)) / 2)
    logs = _TWO + math.log(first) * np.array([1, 1, 0, 0])
    level = float((_terms(logs, r)[0].sum(axis=1) - wanted(r))[0])
    return _widened(remez(State(logs, level, r), easy, wanted), easy, ratio, wanted)


def _widened(state: State | None, ratio: float, wide: float, wanted: Wanted) -> State | None:
    """Return the best sum on [1, wide] of as many terms as that on [1, ratio], in some steps."""
    step = _WIDENING
    while state is not None and ratio < wide:
        larger = min(step * ratio, wide)
        share = np.linspace(0, 1, state.terms) * math.log(larger / ratio)
        moved = state.logs - np.tile(share[::-1], 2)  # the flattest term moves with the far end
        points = state.points ** (math.log(larger) / math.log(ratio))
        found = remez(State(moved, state.level, points), larger, wanted)
        found = found or remez(state, larger, wanted)
        if found is not None:
            state, ratio = found, larger
        elif step < _NARROWEST:
            return None
        else:
            step = math.sqrt(step)
    return state


def drawn_out(state: State, terms: int, ratio: float) -> State:
    """Return a guess for another number of terms."""
    logs = np.concatenate([_resampled(row, terms) for row in state.logs.reshape(2, -1)])
    places = np.linspace(0, 1, 2 * state.terms + 1)
    points = np.exp(np.interp(np.linspace(0, 1, 2 * terms + 1), places, np.log(state.points)))
    level = state.level * math.exp(-rate(ratio) * (terms - state.terms))
    return State(logs, level, points)


def rate(ratio: float) -> float:
    """Return how much the logarithm of the error of 1/r falls with each term, or a little less."""
    return math.pi**2 / math.log(8 * ratio**2)


def _resampled(values: Array, count: int) -> Array:
    """Return `count` values that run as the given ones do, a little beyond both ends."""
    places = (np.arange(count) + 0.5) / count * len(values) - 0.5
    left = np.clip(np.floor(places).astype(int), 0, len(values) - 2)
    return np.asarray(values[left] + (places - left) * (values[left + 1] - values[left]))


@np.errstate(over="ignore", invalid="ignore")
def remez(start: State, ratio: float, wanted: Wanted, goal: float | None = None) -> State | None:
    """Return the level solution, or None where exchanges do not end at one.

    With a `goal` also one that is not level yet but shows that as many terms reach it (its error
    is smaller) or that they cannot (its bound is larger).
    """
    logs, level, points = start.logs, start.level, start.points
    for _ in range(_EXCHANGES):
        solved = _level(logs, level, points, wanted)
        if solved is None:
            return None
        logs, level = solved
        points, errors = _extrema(logs, ratio, len(points), wanted)
        if len(points) != len(logs) + 1:
            return None
        sizes = np.abs(errors)
        found = State(_sorted(logs), level, points, float(sizes.max()), float(sizes.min()))
        decided = goal is not None and (found.error <= goal or found.bound > goal)
        if decided or found.bound >= _FLAT * found.error:
            return found
    return None


def _sorted(logs: Array) -> Array:
    """Return the terms from the flattest to the sharpest: Newton's steps may exchange them."""
    rows = logs.reshape(2, -1)
    return rows[:, np.argsort(rows[1])].ravel()


def lengthened(state: State, ratio: float, wanted: Wanted, goal: float) -> State:
    """Return as many terms on a longer range, so long that their error is all but `goal`.

    The least logarithm of the error is taken as linear in log log ratio: secants from the shorter
    range, where a screened kernel has not died away before.
    """
    depth = math.log(ratio)
    slope = state.terms * min(2.0, 2 * (math.pi / (math.log(4) + 2 * depth)) ** 2 * depth)
    best, wide = state, ratio
    for _ in range(_SECANTS):
        missing = math.log(_AIM * goal / best.error)
        longer = wide ** math.exp(min(missing / slope, 2.0))
        if best.error >= _ENOUGH * goal or longer > _LONGEST:
            break
        found = _widened(best, wide, longer, wanted)
        if found is None:
            break
        change = math.log(found.error / best.error)
        if found.error <= goal:
            best, wide = found, longer
            if change < 0.2 * missing:  # nothing is left to approximate there
                break
        slope *= max(change / missing, 0.3)
    return best


@np.errstate(over="ignore", invalid="ignore")
def raised(state: State, ratio: float, wanted: Wanted, goal: float) -> State:
    """Return as many terms whose first 2K extrema are all but `goal`: no longer a best sum.

    This is for a kernel that has died away before the end of the range, where a longer one
    changes nothing: the level is given, in small steps, and the last extremum is free.
    """
    ratio = max(ratio, float(state.points[-1]))
    logs, points, level, factor = state.logs, state.points[:-1], state.level, _HIGHER
    for _ in range(_EXCHANGES):
        higher = math.copysign(min(factor * abs(level), _AIM * goal), level)
        solved = _level(logs, higher, points, wanted) if state.error < _ENOUGH * goal else None
        if solved is None:
            moved = errors = points[:0]
        else:
            moved, errors = _extrema(solved[0], ratio, len(state.points), wanted)
        if solved is None or len(moved) < len(points):
            factor = math.sqrt(factor)
            if factor < _LOWEST:
                break
            continue
        logs, points, level = _sorted(solved[0]), moved[: len(points)], higher
        error = float(np.abs(errors).max())
        if _ENOUGH * goal < error <= goal and abs(level) >= _ENOUGH * goal:
            return State(logs, level, moved, error, state.bound)
    return state


def _terms(logs: Array, r: Array) -> tuple[Array, Array]:
    """Return r w exp(-t^2 r^2) and t^2 r^2, shapes (len(r), K)."""
    weights, rates = np.exp(logs.reshape(2, -1))
    square = np.square(np.outer(r, rates))
    return r[:, None] * np.exp(-square) * weights, square


def _level(logs: Array, level: float, points: Array, wanted: Wanted) -> tuple[Array, float] | None:
    """Return terms whose errors at the points are +level, -level, .., by Newton's method.

    At 2K + 1 points the level is an unknown too, at 2K points it is given.
    """
    signs, values = (-1.0) ** np.arange(len(points)), wanted(points)
    count = len(logs) // 2
    width = len(points)
    matrix = np.empty((width, len(logs) + 1))
    matrix[:, -1] = -signs
    for _ in range(_STEPS):
        terms, square = _terms(logs, points)
        matrix[:, :count] = terms
        np.multiply(square, -2 * terms, out=matrix[:, count:-1])
        sizes = np.sqrt(np.einsum("ij,ij->j", matrix, matrix))[:width]
        if not (np.isfinite(sizes).all() and sizes.all()):
            return None
        missing = signs * level - terms.sum(axis=1) + values
        try:
            step = np.linalg.solve(matrix[:, :width] / sizes, missing) / sizes
        except np.linalg.LinAlgError:
            return None
        largest = float(np.abs(step[: len(logs)]).max())
        part = min(1.0, _LARGEST_STEP / largest) if largest > 0 else 1.0
        logs = logs + part * step[: len(logs)]
        level += part * float(step[-1]) if width > len(logs) else 0.0
        if largest < max(1e-5, min(0.1 * math.sqrt(abs(level)), 1e-2)):
            break
    return logs, level


def _extrema(logs: Array, ratio: float, count: int, wanted: Wanted) -> tuple[Array, Array]:
    """Return place and value of the largest error between changes of its sign, `count` or so."""
    r = ratio ** np.linspace(0, 1, _SEEN * count)
    errors = _terms(logs, r)[0].sum(axis=1) - wanted(r)
    seen = errors != 0  # both underflow where a screened kernel has died away
    r, errors = r[seen], errors[seen]
    changes = np.flatnonzero(np.signbit(errors[1:]) != np.signbit(errors[:-1])) + 1
    sizes = np.abs(errors)
    starts = np.concatenate([[0], changes, [len(r)]])
    best = [a + int(sizes[a:b].argmax()) for a, b in pairwise(starts)]
    return r[best], errors[best]
