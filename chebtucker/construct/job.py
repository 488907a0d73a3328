"""What a method is asked for, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.construct.lengths import FIRST, Length, sizes_on_lines
from chebtucker.construct.lines import Stars
from chebtucker.construct.sampling import Sampler
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

EXACT = 1e-15  # coefficients below that, relative, are rounding
_LINES = 0.1  # of the tolerance: where coefficients on a line are small


@dataclass(frozen=True)
class Job:
    """A function on a box, a relative tolerance, the most points on an axis, a seed."""

    sampler: Sampler
    domain: Array
    rtol: float
    largest_size: int
    seed: int

    @property
    def atol(self) -> float:
        """The tolerance, absolute, as far as the largest value is known."""
        return self.rtol * self.sampler.largest

    def small(self, share: float) -> float:
        """Return a share of the tolerance, absolute, but nothing that rounding hides."""
        return max(share * self.atol, EXACT * self.sampler.largest)

    @property
    def first_size(self) -> int:
        """Points on a line at first."""
        return min(FIRST, self.largest_size)

    def lengths(self, places: Array) -> list[Length]:
        """Return the points that lines through places (s, d) need."""
        points = Stars.points(places, chebyshev.points(self.first_size))
        values = self.sampler.at(chebyshev.from_reference(points, *self.domain.T))
        return self.lengths_of(Stars.of(places, values))

    def lengths_of(self, stars: Stars) -> list[Length]:
        """Return the points that lines need which are known at `first_size` points."""
        return sizes_on_lines(
            self.sampler, self.domain, stars, max(_LINES * self.rtol, EXACT), self.largest_size
        )

    def limits(self, lengths: list[Length]) -> list[int]:
        """Return the points allowed on each axis: no more where they would resolve noise."""
        return [one.size if one.noisy else self.largest_size for one in lengths]


@dataclass(frozen=True)
class Result:
    """Coefficients, the estimated largest error, and the axes that would need more points.

    `full`: a core of more values than memory allows would be needed.
    """

    coefficients: TuckerTensor
    error: float
    short: tuple[int, ...] = ()
    noisy: tuple[int, ...] = ()
    full: bool = False
