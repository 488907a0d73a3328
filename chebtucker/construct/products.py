"""Values on a product of points that grows: nothing is computed twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.construct.sampling import Sampler

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Block:
    """Values on a product of points in [-1, 1], one list of them for each axis."""

    axes: tuple[Array, ...]
    values: Array

    def places(self, axes: Sequence[Array]) -> list[Indices] | None:
        """Return where the points are among others, or None where some are not."""
        result = []
        for x, nodes in zip(self.axes, axes, strict=True):
            order = np.argsort(nodes)
            found = order[np.searchsorted(nodes[order], x).clip(max=len(nodes) - 1)]
            if not np.array_equal(nodes[found], x):
                return None
            result.append(found)
        return result


def grown(
    sampler: Sampler, domain: Array, axes: Sequence[Array], old: Array, places: Sequence[Indices]
) -> Array:
    """Return values on the product of axes, of which some are known.

    Parameters
    ----------
    axes : sequence of ndarray
        Points in [-1, 1] on each axis.
    old : ndarray
        The values that are known.
    places : sequence of ndarray of int
        For each axis, where its old points are among the new ones.

    Returns
    -------
    ndarray, shape (len(axes[0]), ..)
        The sampler is asked for one grid for every axis that has new points.
    """
    values = np.empty([len(x) for x in axes])
    if old.size:
        values[np.ix_(*places)] = old
    everything = [np.arange(len(x)) for x in axes]
    fresh = [np.setdiff1d(e, p) for e, p in zip(everything, places, strict=True)]
    parts: list[Any] = [  # all points on the axes before, old ones on those after
        [*everything[:k], new, *places[k + 1 :]] for k, new in enumerate(fresh)
    ]
    parts = [part for part in parts if all(map(len, part))]
    mapped = _mapped(axes, domain)
    grids = [[x[i] for x, i in zip(mapped, part, strict=True)] for part in parts]
    for part, found in zip(parts, sampler.on_grids(grids), strict=True):
        values[np.ix_(*part)] = found
    return values


def blocks_on(sampler: Sampler, domain: Array, grids: Sequence[Sequence[Array]]) -> list[Block]:
    """Return values on several products of points in [-1, 1]."""
    values = sampler.on_grids([_mapped(axes, domain) for axes in grids])
    return [Block(tuple(axes), some) for axes, some in zip(grids, values, strict=True)]


def _mapped(axes: Sequence[Array], domain: Array) -> list[Array]:
    return [chebyshev.from_reference(x, *box) for x, box in zip(axes, domain, strict=True)]


def at_each(sampler: Sampler, domain: Array, sets: Sequence[Array]) -> list[Array]:
    """Return the values (m,) at each of several sets of points (m, d) of [-1, 1]^d, by one call."""
    values = sampler.at(chebyshev.from_reference(np.concatenate(sets), *domain.T))
    return np.split(values, np.cumsum([len(points) for points in sets[:-1]]))


def nothing(ndim: int) -> tuple[Array, list[Indices]]:
    """Return what `grown` takes where no values are known yet."""
    return np.empty((0,) * ndim), [np.empty(0, dtype=np.intp)] * ndim
