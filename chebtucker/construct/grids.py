"""Values of a function on a product of Chebyshev points that grows axis by axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.construct.products import Block, grown, nothing
from chebtucker.construct.sampling import Sampler
from chebtucker.construct.tails import points_needed

Array = NDArray[np.float64]

LARGEST_TENSOR = 2**25  # values of the largest grid: 256 MiB, and a few times that in between
_LARGE = 0.1  # of the largest last coefficient: axes that get more points with that of it
_LARGEST_WORK = 2**34  # of that times its longest axis, what the decomposition costs


def affordable(shape: Sequence[int], most: int = LARGEST_TENSOR) -> bool:
    """Say whether a grid can be sampled and decomposed within the limits."""
    size = math.prod(shape)
    return size <= most and size * max(shape) <= _LARGEST_WORK


class Grid:
    """The values and coefficients so far.

    Parameters
    ----------
    sampler : Sampler
        The function.
    domain : ndarray, shape (d, 2)
        Its box.
    limits : sequence of int
        Points allowed on each axis.
    most : int
        Values allowed in all.
    start : Block, optional
        Values that are known, used where their points are among those of the first grid.
    """

    def __init__(
        self,
        sampler: Sampler,
        domain: Array,
        limits: Sequence[int],
        most: int = LARGEST_TENSOR,
        start: Block | None = None,
    ) -> None:
        self.sampler = sampler
        self.domain = domain
        self.limits = limits
        self.most = most
        self.start = start
        self.values = nothing(len(domain))[0]
        self.coefficients = self.values

    def sample(self, wanted: Sequence[int]) -> None:
        """Take at least the wanted points on each axis, as far as memory goes.

        Doubling an axis uses the old values again; where that takes more new values than a grid
        of just the wanted size, that is taken instead.
        """
        old = self.values.shape
        shape = [max(min(n, m), o) for n, m, o in zip(wanted, self.limits, old, strict=True)]
        doubled = [o if n <= o else 2 * o - 1 for n, o in zip(shape, old, strict=True)]
        nested = all(n <= m <= limit for n, m, limit in zip(
            shape, doubled, self.limits, strict=True))  # fmt: skip
        cheaper = math.prod(doubled) - self.values.size <= math.prod(shape)
        if self.values.size and nested and cheaper and affordable(doubled, self.most):
            self._take(doubled, old)
            return
        shape = self._fitting(shape)
        if math.prod(shape) > self.values.size:
            self._take(shape, (0,) * len(shape))

    def resolve(self, rtol: float, trusted: Sequence[int]) -> list[int]:
        """Add points until the last coefficients are small; return the points that are needed.

        Axes that have their `trusted` number of points are not asked.
        """
        while True:
            wanted = [
                n if n == trust else need
                for n, trust, need in zip(
                    self.values.shape, trusted, self._needed(rtol * self.sampler.largest),
                    strict=True,
                )
            ]  # fmt: skip
            before = self.values.shape
            self.sample(wanted)
            if self.values.shape == before:
                return wanted

    def covers(self, wanted: Sequence[int]) -> bool:
        """Say whether there are at least the wanted points on each axis."""
        return all(n <= m for n, m in zip(wanted, self.values.shape, strict=True))

    def doubled(self, trusted: Sequence[int]) -> list[int]:
        """Return twice as many points on the axes where the last coefficients are largest.

        Those that have their `trusted` number of points end with large ones, but nothing is
        missing there: they only get more where that is so on all axes.
        """
        shape = self.values.shape
        tails = []
        for axis, n in enumerate(shape):
            last = np.moveaxis(self.coefficients, axis, 0)[-max(2, n // 8) :]
            tails.append(float(np.abs(last).max()))
        if any(n != trust for n, trust in zip(shape, trusted, strict=True)):
            tails = [0.0 if n == trust else tail
                     for n, trust, tail in zip(shape, trusted, tails, strict=True)]  # fmt: skip
        return [
            2 * n - 1 if tail and tail >= _LARGE * max(tails) else n
            for n, tail in zip(shape, tails, strict=True)
        ]

    def short(self, wanted: Sequence[int]) -> list[int]:
        """Return the axes that have fewer points than they need."""
        return [k for k, n in enumerate(wanted) if n > self.values.shape[k]]

    def _needed(self, atol: float) -> list[int]:
        """Return the points for each axis; more than there are where the tail is not small."""
        result = []
        for axis in range(self.values.ndim):
            others = tuple(k for k in range(self.values.ndim) if k != axis)
            result.append(points_needed(np.abs(self.coefficients).max(axis=others), atol))
        return result

    def _take(self, shape: Sequence[int], old: Sequence[int]) -> None:
        """Sample a grid of some shape whose points of shape `old` are known, if any."""
        known, places = nothing(len(shape))
        if math.prod(old):
            known = self.values
            places = [np.arange(0, n, 1 if n == m else 2) for n, m in zip(shape, old, strict=True)]
        axes = [chebyshev.points(n) for n in shape]
        if self.start is not None and not math.prod(old):
            found = self.start.places(axes)
            if found is not None:
                known, places = self.start.values, found
        self.values = grown(self.sampler, self.domain, axes, known, places)
        coefficients = self.values
        for axis in range(len(shape)):
            coefficients = chebyshev.coefficients(coefficients, axis)
        self.coefficients = coefficients

    def _fitting(self, shape: list[int]) -> list[int]:
        """Return the shape with its longest axes cut until it fits."""
        shape = list(shape)
        while not affordable(shape, self.most):
            longest = max(range(len(shape)), key=shape.__getitem__)
            shape[longest] = shape[longest] * 4 // 5
        return shape
