"""Lines along one axis, refined until the function on them is resolved."""

from __future__ import annotations

from collections.abc import Sequence

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

    def between(self) -> Array:
        """Return the points between those of the lines, (.., d)."""
        nodes = chebyshev.points(2 * self.size - 1)[1::2]
        return lines_through(self.places, self.axis, nodes)

    def refine(self, values: Array) -> None:
        """Take the values `between`."""
        finer = np.empty((2 * self.size - 1, len(self.places)))
        finer[::2], finer[1::2] = self.values, values.reshape(-1, len(self.places))
        self.values = finer


def lines_through(places: Array, axis: int, nodes: Array) -> Array:
    """Return the points at nodes (n,) on the lines along an axis through places, (n m, d)."""
    points = np.repeat(places[None], len(nodes), axis=0)  # (n, m, d)
    points[:, :, axis] = nodes[:, None]
    return points.reshape(-1, places.shape[1])


def refine_all(sampler: Sampler, domain: Array, sets: Sequence[Lines]) -> None:
    """Double the points on all lines, by one call."""
    values = at_each(sampler, domain, [one.between() for one in sets])
    for one, some in zip(sets, values, strict=True):
        one.refine(some)
