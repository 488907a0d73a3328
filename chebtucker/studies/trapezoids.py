"""The fewest nodes with which a plain trapezoidal (sinc) rule reaches an accuracy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from chebtucker.kernels import GaussianSum, RadialKernel

Array = NDArray[np.float64]

_STEPS = np.linspace(0.75, 1.15, 9)  # of the step that the error of the rule allows
_SHIFTS = np.arange(6) / 6  # of the nodes, in steps
_SCALES = np.geomspace(0.3, 3.0, 7)  # of the nodes s sinh(u), in 1/r_max
_POINTS = 400


def exponential_rule(kernel: RadialKernel, ratio: float, rtol: float) -> GaussianSum | None:
    """Return the shortest rule with nodes t = exp(u), or None where none was found.

    Gaussians for a kernel on [1, ratio] with error `rtol`/r at most, from

        exp(-k r)/r = 2/sqrt(pi) * int exp(u) exp(-exp(2u) r^2 - k^2 exp(-2u)/4) du

    with equal steps in u. Steps and shifts of the nodes are tried in turn, and nodes are left out
    at both ends for as long as the measured error allows it.
    """

    def rules() -> Iterator[tuple[Array, Array]]:
        longest = math.log(3 * math.sqrt(math.log(10 / rtol)) * 40 * ratio / rtol)
        for step in _usual_step(rtol) * _STEPS:
            count = math.ceil(longest / step)
            for shift in _SHIFTS:
                top = math.log(3 * math.sqrt(math.log(10 / rtol)))
                t = np.exp(top - step * (np.arange(count) + shift))
                yield t, 2 / math.sqrt(math.pi) * step * t

    return _shortest(kernel, ratio, rtol, rules())


def hyperbolic_rule(kernel: RadialKernel, ratio: float, rtol: float) -> GaussianSum | None:
    """Return the shortest rule with nodes t = s sinh(u), u >= 0, or None where none was found.

    The integrand is even in u, so one half of the nodes is enough; s is chosen.
    """

    def rules() -> Iterator[tuple[Array, Array]]:
        for scale in _SCALES / ratio:
            top = math.asinh(3 * math.sqrt(math.log(10 / rtol)) / scale)
            for step in _usual_step(rtol) * _STEPS:
                u = step * np.arange(math.ceil(top / step))[::-1]
                weights = 2 / math.sqrt(math.pi) * step * scale * np.cosh(u)
                weights[-1] /= 2
                yield scale * np.sinh(u), weights

    return _shortest(kernel, ratio, rtol, rules())


def _usual_step(rtol: float) -> float:
    """Return the step of a rule whose error, 2 sqrt(2) exp(-pi^2/(2h)), is half of `rtol`."""
    return math.pi**2 / (2 * math.log(4 * math.sqrt(2) / rtol))


def _shortest(
    kernel: RadialKernel, ratio: float, rtol: float, rules: Iterator[tuple[Array, Array]]
) -> GaussianSum | None:
    r = np.geomspace(1, ratio, _POINTS)
    wanted = r * kernel(r)
    best: tuple[Array, Array] | None = None
    for t, weights in rules:
        kept = _kept(t, _screened(weights, t, kernel.screening), r, wanted, rtol)
        if kept is not None and (best is None or kept.stop - kept.start < len(best[0])):
            best = t[kept], _screened(weights, t, kernel.screening)[kept]
    return None if best is None else GaussianSum(best[1], np.square(best[0]))


def _screened(weights: Array, t: Array, screening: float) -> Array:
    """Return weights of the kernel exp(-screening r)/r from those of 1/r."""
    if screening == 0:
        return weights
    with np.errstate(divide="ignore"):
        return weights * np.exp(-np.square(screening / (2 * t)))


def _kept(t: Array, weights: Array, r: Array, wanted: Array, rtol: float) -> slice | None:
    """Return the nodes, in descending order, without those at the ends that are not needed."""
    terms = r[:, None] * np.exp(-np.square(np.outer(r, t))) * weights  # (r, t)

    def good(start: int, stop: int) -> bool:
        return bool(np.abs(terms[:, start:stop].sum(axis=1) - wanted).max() <= rtol)

    start, stop = 0, len(t)
    if not good(start, stop):
        return None
    start = _last(lambda k: good(k, stop), 0, stop - 1)
    stop = -_last(lambda k: good(start, -k), -stop, -start - 1)
    return slice(start, stop)


def _last(good: Callable[[int], bool], low: int, high: int) -> int:
    """Return the last k for which all of low..k are good, by bisection; `low` is."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if good(middle) else (low, middle - 1)
    return low
