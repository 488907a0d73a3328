"""What a method is asked for, and what it returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker.construct.sampling import Sampler
from chebtucker.construct.scouting import Length, sizes_on_lines
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

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

    def lengths(self, starts: Array, lines: Sequence[Array | None] = ()) -> list[Length]:
        """Return the points that lines through some points need; some may be known already."""
        return sizes_on_lines(
            self.sampler, self.domain, starts, _LINES * self.rtol, self.largest_size, lines
        )

    def limits(self, lengths: list[Length]) -> list[int]:
        """Return the points allowed on each axis: no more where they would resolve noise."""
        return [one.size if one.noisy else self.largest_size for one in lengths]


@dataclass(frozen=True)
class Result:
    """Coefficients, the estimated largest error, and the axes that would need more points."""

    coefficients: TuckerTensor
    error: float
    short: tuple[int, ...] = ()
    noisy: tuple[int, ...] = ()
