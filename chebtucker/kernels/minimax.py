"""The best sums of Gaussians: none with as many terms has a smaller largest error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker.kernels.exchange import (
    State,
    Wanted,
    drawn_out,
    lengthened,
    raised,
    remez,
    two_terms,
)
from chebtucker.kernels.gaussians import GaussianSum

Array = NDArray[np.float64]


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
    until the error of as many terms is near `rtol`: then it is smaller by up to a quarter. Where a
    screened kernel has died away before the end, all extrema but the last are raised instead.

    Examples
    --------
    >>> from chebtucker import Newton
    >>> best = minimax_gaussians(Newton(), 1.0, 12.0, 1e-3).gaussians
    >>> smooth = smoothest_gaussians(Newton(), 1.0, 12.0, 1e-3).gaussians
    >>> len(best) == len(smooth), bool(smooth.exponents.max() < 0.8 * best.exponents.max())
    (True, True)
    """
    wanted, ratio = _unit(kernel, r_min, r_max)
    state = _fewest(wanted, ratio, rtol, most)
    if state is None:
        return None
    return _sum(raised(lengthened(state, ratio, wanted, rtol), ratio, wanted, rtol), r_min)


def _unit(kernel: Callable[[Array], Array], r_min: float, r_max: float) -> tuple[Wanted, float]:
    """Return r K(r) for r in units of r_min, and r_max in that unit."""
    if not 0 < r_min < r_max:
        raise ValueError(f"`r_min` must be in (0, r_max), got {r_min:g} with r_max {r_max:g}")

    def wanted(r: Array) -> Array:
        return np.asarray(r * r_min * kernel(r * r_min), dtype=np.float64)

    return wanted, r_max / r_min


def _states(wanted: Wanted, ratio: float, most: int, goal: float | None = None) -> Iterator[State]:
    """Yield the best sums of 2, 3, .. terms on [1, ratio], level or as `remez` with a goal."""
    state = two_terms(ratio, wanted)
    while state is not None:
        yield state
        terms = state.terms + 1
        guess = drawn_out(state, terms, ratio)
        state = remez(guess, ratio, wanted, goal) if terms <= most else None


def _fewest(wanted: Wanted, ratio: float, rtol: float, most: int) -> State | None:
    """Return the fewest terms that reach `rtol`; those before are made level where it must be."""
    for goal in (rtol, None):
        for state in _states(wanted, ratio, most, goal):
            if state.error <= rtol:
                return remez(state, ratio, wanted) or state
    return None


def _sum(state: State, r_min: float) -> MinimaxSum:
    weights, rates = np.exp(state.logs.reshape(2, -1))
    gaussians = GaussianSum(weights / r_min, np.square(rates / r_min))
    return MinimaxSum(gaussians, state.error, state.bound)
