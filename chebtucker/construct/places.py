"""Places where approximations go wrong: corners, peaks, kinks and cusps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck.evaluation import combined, on_rows, tables
from chebtucker.chebtuck.points import all_corners, reference, sample_points, spread
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

_EVEN = 200  # points where series of different lengths are compared at first
_WORK = 2**22  # entries of the core, times points at first: fewer of these for a large core
_ZOOMS = 3  # steps towards where series differ most
_ZOOM = np.logspace(-1.5, 0.7, 20)  # distances that are looked at, over 1/degree


def hard_points(peak: Array, count: int, seed: int, *, corners: bool) -> Array:
    """Return some `count` points, and as many that are near corners and a peak (d,).

    With `corners`, these are among them.
    """
    d = len(peak)
    even = sample_points(reference(d), count, seed + 1)
    rng = np.random.default_rng(seed + 2)
    near = np.repeat(all_corners(d), max(1, min(64, count) >> d), axis=0)
    near = near * (1 - 10 ** rng.uniform(-6, -1, near.shape))
    close = _around(peak, np.logspace(-3, 0, min(count // 5, 200)), rng)
    mixed = _mixed(peak, min(count // 3, 500), rng)
    return np.concatenate([even if corners else even[: -(2**d)], near, close, mixed])


def _around(point: Array, reach: Array, rng: np.random.Generator) -> Array:
    """Return points at given distances from a point, within the box."""
    steps = reach[:, None] * rng.uniform(-1, 1, (len(reach), len(point)))
    return np.clip(point + steps, -1, 1)


def _mixed(point: Array, count: int, rng: np.random.Generator) -> Array:
    """Return points with each coordinate near that of a point, near an end, or anywhere.

    Functions with one peak are hard to resolve on lines and planes through it, near the faces.
    """
    shape = (count, len(point))
    close = np.clip(point + 10 ** rng.uniform(-3, -0.5, shape) * rng.uniform(-1, 1, shape), -1, 1)
    ends = (1 - 10 ** rng.uniform(-6, -1, shape)) * rng.choice([-1.0, 1.0], shape)
    kinds = [close, ends, rng.uniform(-1, 1, shape)]
    return np.choose(rng.integers(0, 3, shape), kinds)


def near_points(point: Array, reach: Array, rng: np.random.Generator) -> Array:
    """Return points at given distances in any direction, and as many along the axes.

    Interpolation on a product of points spreads errors along the axes.
    """
    steps = np.zeros((len(reach), len(point)))
    axes = rng.integers(0, len(point), len(reach))
    steps[np.arange(len(reach)), axes] = reach * rng.choice([-1.0, 1.0], len(reach))
    return np.concatenate([_around(point, reach, rng), np.clip(point + steps, -1, 1)])


def where_short(
    tensor: TuckerTensor, suspects: Array, rng: np.random.Generator
) -> Iterator[tuple[int, Array]]:
    """Yield lengths 8, 16, .. and where a series of that length differs most from the next.

    That is near a kink or a cusp, the nearer the longer the series. It takes no values of the
    function: points spread evenly and some `suspects` (s, d) are a start, and each length begins
    where the one before has ended.
    """
    count = int(np.clip(_WORK // tensor.core.size, 20, _EVEN))
    start = np.concatenate([2 * spread(count, tensor.ndim, rng) - 1, suspects[:count]])
    bases = tables(start, tensor.shape)  # (n_k, M)
    places = np.empty((0, tensor.ndim))
    size = 8
    while size < max(tensor.shape):
        sizes = [min(n, 2 * size) for n in tensor.shape]
        where = start[np.argmax(_change(tensor, bases, size))]
        for _ in range(_ZOOMS):
            t = np.concatenate([where[None], places, near_points(where, _ZOOM / size, rng)])
            where = t[np.argmax(_change(tensor, tables(t, sizes), size))]
        places = np.concatenate([places, where[None]])
        yield size, where
        size *= 2


def _change(tensor: TuckerTensor, bases: list[Array], size: int) -> Array:
    """Return the differences of the series of a length and of twice that, absolute, (M,).

    `bases` are the polynomials at the points, (n_k, M).
    """

    def of_length(length: int) -> Array:
        return on_rows(tensor.core, combined([u[:length] for u in tensor.factors], bases))

    return np.abs(of_length(2 * size) - of_length(size))
