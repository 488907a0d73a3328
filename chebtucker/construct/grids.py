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
    trusted : sequence of int, optional
        For each axis a number of points with which nothing is missing there, however large the
        last coefficients are, as for a polynomial; 0 where it is not known.
    """

    def __init__(
        self,
        sampler: Sampler,
        domain: Array,
        limits: Sequence[int],
        most: int = LARGEST_TENSOR,
        start: Block | None = None,
        trusted: Sequence[int] = (),
    ) -> None:
        self.sampler = sampler
        self.domain = domain
        self.limits = limits
        self.most = most
        self.start = start
        self.trusted = trusted or (0,) * len(domain)
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

    def resolve(self, rtol: float) -> list[int]:
        """Add points until the last coefficients are small; return the points that are needed."""
        while True:
            wanted = list(self.values.shape)
            for k in self._asked():
                wanted[k] = points_needed(self._sizes(k), rtol * self.sampler.largest)
            before = self.values.shape
            self.sample(wanted)
            if self.values.shape == before:
                return wanted

    def covers(self, wanted: Sequence[int]) -> bool:
        """Say whether there are at least the wanted points on each axis."""
        return all(n <= m for n, m in zip(wanted, self.values.shape, strict=True))

    def doubled(self) -> list[int]:
        """Return twice as many points on the axes where the last coefficients are largest.

        Axes with their trusted number of points only get more where all axes have that.
        """
        shape = list(self.values.shape)
        axes = self._asked() or range(len(shape))
        tails = {k: self._sizes(k)[-max(2, shape[k] // 8) :].max() for k in axes}
        large = _LARGE * max(tails.values())
        return [2 * n - 1 if k in tails and tails[k] >= large else n for k, n in enumerate(shape)]

    def short(self, wanted: Sequence[int]) -> list[int]:
        """Return the axes that have fewer points than they need."""
        return [k for k, n in enumerate(wanted) if n > self.values.shape[k]]

    def _asked(self) -> list[int]:
        """Return the axes whose last coefficients say whether points are missing."""
        pairs = zip(self.values.shape, self.trusted, strict=True)
        return [k for k, (n, trust) in enumerate(pairs) if n != trust]

    def _sizes(self, axis: int) -> Array:
        """Return the largest absolute coefficient of each degree on an axis, (n,)."""
        others = tuple(k for k in range(self.values.ndim) if k != axis)
        return np.asarray(np.abs(self.coefficients).max(axis=others))

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
