"""Values on product grids: matrix products, the last of which is as large as the grid."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, _checks, chebyshev
from chebtucker.backends.threads import for_ranges, one_blas_thread
from chebtucker.chebtuck.evaluation import basis_on
from chebtucker.chebtuck.points import reference
from chebtucker.tensors import TuckerTensor, multi_mode_dot
from chebtucker.tensors.modes import as_three

Array = NDArray[np.float64]
Tile = tuple[slice, slice, slice]

_TILE = 2**16  # entries of the output that are formed at once: half of an L2 cache
_FLAT = 16  # rows of a tile that is not contiguous
_SLAB = 2**21  # entries formed at once where the output is contiguous in no order


def grid_axes(axes: Sequence[Any], domain: Array) -> list[Array]:
    """Return 1-D arrays of points; an integer count means uniform with both ends included."""
    if len(axes) != len(domain):
        raise ValueError(
            f"`axes` must be {len(domain)} arrays or counts, one for each dimension, "
            f"got {len(axes)}"
        )
    result = []
    for k, axis in enumerate(axes):
        if np.ndim(axis) == 0:
            count = _checks.integer(axis, f"axes[{k}]", minimum=1)
            lo, hi = domain[k]
            points = np.linspace(lo, hi, count) if count > 1 else np.array([(lo + hi) / 2])
        else:
            points = _checks.shaped(axis, f"axes[{k}]", (None,), anywhere=True)
            points = _arrays.to_host(points)  # short, and wanted on both sides
            points = _checks.onto_faces(points, axis, domain[k])
            _checks.inside(points[:, None], domain[k : k + 1], f"axes[{k}]")
        result.append(points)
    return result


def is_open_grid(arrays: Sequence[NDArray[Any]]) -> bool:
    """Say whether array k has points along axis k only, as those of `numpy.ogrid` do."""
    d = len(arrays)
    return d > 1 and all(
        x.ndim == d and all(n == 1 for j, n in enumerate(x.shape) if j != k)
        for k, x in enumerate(arrays)
    )


def on_axes(
    coefficients: TuckerTensor, domain: Array, axes: list[Array], out: NDArray[Any]
) -> NDArray[Any]:
    """Write the values on the product of the axes to `out`, which is returned.

    2 m^d r flops for m points an axis and the least rank r, in tiles that fit a cache: memory is
    written once, and each thread is the first to touch its pages.
    """
    if not out.flags.c_contiguous and out.flags.f_contiguous:
        swapped = TuckerTensor(coefficients.core.T, coefficients.factors[::-1])
        on_axes(swapped, domain[::-1], axes[::-1], out.T)
        return out
    if not out.flags.c_contiguous:
        return _by_slabs(coefficients, domain, axes, out)
    if out.size == 0:
        return out
    core, factors = coefficients
    sampled = [basis_on(x, u, box) for x, u, box in zip(axes, factors, domain, strict=True)]
    last = _last_mode(core.shape, out.shape)
    view = as_three(out, last)  # (before, m, after)
    tiles = _tiles(*view.shape)
    with one_blas_thread() if len(tiles) > 1 else nullcontext():
        others = [k for k in range(core.ndim) if k != last]
        partial = multi_mode_dot(core, [sampled[k] for k in others], others)
        three = as_three(partial, last)  # (before, r, after)

        def some(start: int, stop: int) -> None:
            for i, j, k in tiles[start:stop]:
                _product(sampled[last][j], three[i, :, k], view[i, j, k])

        for_ranges(some, len(tiles))
    return out


def _by_slabs(
    coefficients: TuckerTensor, domain: Array, axes: list[Array], out: NDArray[Any]
) -> NDArray[Any]:
    rows = max(1, _SLAB * len(out) // max(1, out.size))
    for start in range(0, len(out), rows):
        part = out[start : start + rows]
        slab = np.empty(part.shape)
        part[...] = on_axes(coefficients, domain, [axes[0][start : start + rows], *axes[1:]], slab)
    return out


def _last_mode(rank: tuple[int, ...], shape: tuple[int, ...]) -> int:
    """Return the mode whose product comes last: of least rank.

    The first mode only where that saves much, for its tiles are not contiguous; and no mode of
    few points, for what goes before would be larger than the output.
    """
    dearer = (1.5,) + (1.0,) * (len(rank) - 1)
    least = min(rank)
    return min(range(len(rank)), key=lambda k: (rank[k] * (dearer[k] + least / shape[k]), -k))


def _tiles(before: int, m: int, after: int) -> list[Tile]:
    """Cut an array (before, m, after) into tiles, contiguous ones where that can be."""
    i = max(1, _TILE // max(1, m * after))
    j = m if i > 1 else min(m, max(_TILE // max(1, after), _FLAT))
    k = max(1, min(after, _TILE // max(1, j)))
    return [
        (slice(a, a + i), slice(b, b + j), slice(c, c + k))
        for a in range(0, before, i)
        for c in range(0, after, k)
        for b in range(0, m, j)
    ]


def _product(factor: Array, partial: Array, out: NDArray[Any]) -> None:
    """Write factor (m, r) times partial (before, r, after) to out (before, m, after)."""
    exact = out if out.dtype == np.float64 else np.empty(out.shape)
    if factor.shape[1] == 1:
        np.multiply(factor, partial, out=exact)
    elif partial.shape[2] == 1:
        np.matmul(partial[:, :, 0], factor.T, out=exact[:, :, 0])  # (before, r) @ (r, m)
    else:
        np.matmul(factor, partial, out=exact)  # (m, r) @ (before, r, after)
    if exact is not out:
        out[...] = exact


def magnitude(coefficients: TuckerTensor) -> float:
    """Return about the largest absolute value, seen on a coarse Chebyshev grid."""
    d = coefficients.ndim
    most = max(3, int(300_000 ** (1 / d)))
    axes = [chebyshev.points(min(2 * n + 1, most)) for n in coefficients.shape]
    box = reference(d)
    shape = [len(x) for x in axes]
    if not _arrays.is_numpy(coefficients.core):
        core, factors = coefficients
        rows = [basis_on(_arrays.like(x, u), u, box[0]) for x, u in zip(axes, factors, strict=True)]
        return _arrays.largest(multi_mode_dot(core, rows))
    return _arrays.largest(on_axes(coefficients, box, axes, np.empty(shape)))
