"""How many coefficients does a function need along each axis? Lines show it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.construct.lines import Lines, Stars, missed, refine_all
from chebtucker.construct.sampling import Sampler
from chebtucker.construct.tails import last_size, length_needed, plateau_start

Array = NDArray[np.float64]

FIRST = 17
"""Points on a line at first."""

NOISE_FROM = 1025
"""Points on a line before noise is told from features that are not resolved."""

_LINES = 2  # that go on where more than 2 FIRST points are needed
_AS_NOISE = 3.0  # of sqrt(n) times its last coefficients: how far noise is from its interpolant


class Length(NamedTuple):
    """Points that an axis needs, and how sure that is.

    `abrupt`: coefficients end there suddenly, as those of a polynomial do. `noisy`: more points
    would resolve noise. `open`: more points than the limit would be needed.
    """

    size: int
    abrupt: bool = False
    noisy: bool = False
    open: bool = False


def sizes_on_lines(
    sampler: Sampler, domain: Array, stars: Stars, rtol: float, largest_size: int
) -> list[Length]:
    """Return for each axis how many coefficients the lines along it need.

    Parameters
    ----------
    stars : Stars
        Values at the first few points of all lines; they get more until they show it.
    rtol : float
        Relative to the largest value seen anywhere.
    largest_size : int
        Where to give up.
    """
    axes = [_Lines(k, stars.centers, values, stars.known) for k, values in enumerate(stars.values)]
    while True:
        for one in axes:
            if one.found is None:
                one.found = one.length(rtol, sampler.largest, largest_size)
        left = [one for one in axes if one.found is None]
        if not left:
            return [one.found for one in axes if one.found is not None]
        refine_all(sampler, domain, left)


class _Lines(Lines):
    """Lines along one axis through points (s, d), until they are resolved.

    `values` (n, s) are those at n points of each line. `known` (s,) are those at the points that
    the lines go through: a narrow peak may lie between all points of a line, so its interpolant
    must pass there too.
    """

    def __init__(self, axis: int, starts: Array, values: Array, known: Array) -> None:
        super().__init__(axis, starts, values)
        self.known = known
        self.tails: list[float] = []
        self.found: Length | None = None

    def length(self, rtol: float, largest: float, largest_size: int) -> Length | None:
        """Return the length for the axis, or None where it takes more points to tell."""
        n = self.size
        coefficients = chebyshev.coefficients(self.values)
        needed = length_needed(coefficients, rtol, largest)
        off = missed(coefficients, self.axis, self.places, self.known)  # (s,)
        if needed is not None and bool((off <= (10 * rtol + n * 1e-16) * largest).all()):
            end = float(np.abs(coefficients[max(needed - 2, 0) : needed]).max())
            return Length(needed, abrupt=end > 10 * rtol * largest)
        ends = last_size(coefficients)  # (s,)
        self.tails.append(float(ends.max()))
        passing = off.max() <= _AS_NOISE * np.sqrt(n) * self.tails[-1]
        plateau = plateau_start(coefficients, self.tails) if n >= NOISE_FROM and passing else None
        if plateau is not None:
            return Length(plateau, noisy=True)
        if self.next_size > largest_size:
            return Length(largest_size, open=True)
        if n > FIRST and len(self.places) > _LINES:
            self._keep(np.argsort(-(ends + off), kind="stable")[:_LINES])
        return None

    def _keep(self, which: NDArray[np.intp]) -> None:
        self.places, self.known = self.places[which], self.known[which]
        self.values = self.values[:, which]
