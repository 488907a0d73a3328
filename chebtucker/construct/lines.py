"""Lines along one axis, refined until the function on them is resolved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.construct.products import at_each
from chebtucker.construct.sampling import Sampler

Array = NDArray[np.float64]


class Lines:
    """Values (n, m) at n Chebyshev points of the m lines along an axis through `places` (m, d)."""

    def __init__(self, axis: int, places: Array, values: Array) -> None:
        self.axis, self.places, self.values = axis, places, values

    @property
    def size(self) -> int:
        """Points on a line."""
        return len(self.values)

    @property
    def next_size(self) -> int:
        """Points on a line when it is refined: the least for which those here are among them."""
        return max(2 * self.size - 1, 3)

    def between(self) -> Array:
        """Return the points between those of the lines, (.., d)."""
        nodes = chebyshev.points(self.next_size)[self.size > 1 :: 2]
        return lines_through(self.places, self.axis, nodes)

    def refine(self, values: Array) -> None:
        """Take the values `between`."""
        finer = np.empty((self.next_size, len(self.places)))
        first = int(self.size > 1)  # one point is the middle of three
        finer[1 - first :: 2], finer[first::2] = self.values, values.reshape(-1, len(self.places))
        self.values = finer


@dataclass(frozen=True)
class Stars:
    """Values on the lines along all d axes through some points, the same nodes on each line.

    `centers` (s, d), `known` (s,) the values there, `values` (d, n, s) those on the lines.
    """

    centers: Array
    known: Array
    values: Array

    @staticmethod
    def points(centers: Array, nodes: Array) -> Array:
        """Return the centers (s, d) and the points at nodes (n,) on all lines, (s + d n s, d)."""
        axes = range(centers.shape[1])
        return np.concatenate([centers, *(lines_through(centers, k, nodes) for k in axes)])

    @classmethod
    def of(cls, centers: Array, values: Array) -> Stars:
        """Return them from the values at their `points`."""
        s, d = centers.shape
        return cls(centers, values[:s], values[s:].reshape(d, -1, s))

    def in_units(self, unit: float) -> Stars:
        """Return them with all values divided by a unit."""
        return Stars(self.centers, self.known / unit, self.values / unit)

    def with_first(self, one: Stars) -> Stars:
        """Return them with another first one."""
        return Stars(
            np.concatenate([one.centers, self.centers[1:]]),
            np.concatenate([one.known, self.known[1:]]),
            np.concatenate([one.values, self.values[:, :, 1:]], axis=2),
        )


def lines_through(places: Array, axis: int, nodes: Array) -> Array:
    """Return the points at nodes (n,) on the lines along an axis through places, (n m, d)."""
    points = np.repeat(places[None], len(nodes), axis=0)  # (n, m, d)
    points[:, :, axis] = nodes[:, None]
    return points.reshape(-1, places.shape[1])


def missed(series: Array, axis: int, places: Array, known: Array) -> Array:
    """Return how far series (n, m) along an axis are from values (m,) known at places (m, d)."""
    seen = (chebyshev.basis(places[:, axis], len(series)) * series.T).sum(axis=1)
    return np.asarray(np.abs(seen - known))


def refine_all(sampler: Sampler, domain: Array, sets: Sequence[Lines]) -> None:
    """Double the points on all lines, by one call."""
    values = at_each(sampler, domain, [one.between() for one in sets])
    for one, some in zip(sets, values, strict=True):
        one.refine(some)
