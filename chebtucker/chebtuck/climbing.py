"""Uphill from many points at once: Newton's method in the angles a, x_k = cos a_k.

There a box has no boundary (an end of an axis is an even point, a = 0 or pi), and one length
resolves the function everywhere: T_n is cos n a.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck.evaluation import longest_first, summed
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

_ROUNDS = 14  # steps at most
_ALL = 2  # steps that all points make
_MORE = 3.0  # how many times what a step is said to gain a point can still gain
_BLOCK = 2**18  # entries of the arrays that a block of points needs
_FLAT = 1e-15  # a gain that is rounding, of the largest value
_COSINE, _FLOP, _ELEMENT = 1.5e-8, 4e-11, 7e-10  # CPU seconds, measured on one core


def climb(coefficients: TuckerTensor, angles: Array, spacing: Array) -> tuple[Array, Array]:
    """Return angles (M, d) further uphill, and the values there (M,).

    Points that can no longer become the highest stop where they are.

    Parameters
    ----------
    coefficients : TuckerTensor
        Of the function.
    angles : ndarray, shape (M, d)
        Where to start.
    spacing : ndarray, shape (d,)
        Of a grid that resolves the function: no longer step is trusted at first.
    """
    angles = angles.copy()
    heights, slopes, bends = jets(coefficients, angles)
    reach = np.ones(len(angles))
    active = np.arange(len(angles))
    widest = np.pi / spacing.min()
    for round_ in range(_ROUNDS):
        scaled = slopes[active] * spacing, bends[active] * np.outer(spacing, spacing)
        step, gain, longest = steps(*scaled, reach[active])
        able = gain > _FLAT * np.abs(heights).max()
        if round_ >= _ALL:
            further = np.maximum(1, np.minimum(longest, widest) / reach[active])
            able &= heights[active] + _MORE * further * gain > heights.max()
        active = active[able]
        if not len(active):
            break
        there = angles[active] + step[able] * spacing
        found = jets(coefficients, there)
        better = found[0] > heights[active]
        reach[active] *= np.where(better, 2.0, 0.25)
        moved = active[better]
        angles[moved] = there[better]
        for old, new in zip((heights, slopes, bends), found, strict=True):
            old[moved] = new[better]
    return angles, heights


def steps(slopes: Array, bends: Array, reach: Array) -> tuple[Array, Array, Array]:
    """Return Newton steps uphill (M, d), no component beyond `reach` (M,), and what they gain (M,).

    Uphill also where the function is not concave: by the sizes of the eigenvalues. The last result
    is the longest component of each step before it was cut.
    """
    values, vectors = np.linalg.eigh(bends)
    sizes = np.abs(values)
    sizes = np.maximum(sizes, 1e-10 * sizes.max(axis=1, keepdims=True))
    along = np.einsum("mij,mi->mj", vectors, slopes)
    along = along / np.where(sizes > 0, sizes, 1.0)
    step = np.einsum("mij,mj->mi", vectors, along)
    longest = np.abs(step).max(axis=1)
    step *= np.minimum(1, reach / np.where(longest > 0, longest, 1.0))[:, None]
    curved = np.einsum("mi,mij,mj->m", step, bends, step)
    return step, np.einsum("mi,mi->m", slopes, step) + curved / 2, longest


def jets(coefficients: TuckerTensor, angles: Array) -> tuple[Array, Array, Array]:
    """Return values (M,), gradients (M, d) and Hessians (M, d, d) in the angles."""
    core, factors = coefficients
    count, d = angles.shape
    values, slopes, bends = np.empty(count), np.empty((count, d)), np.empty((count, d, d))
    others = core.size // max(core.shape)
    block = max(64, _BLOCK // max(3 * others, *coefficients.shape))
    for start in range(0, count, block):
        part = slice(start, start + block)
        rows = [_rows(angles[part, k], u) for k, u in enumerate(factors)]
        found = _contracted(core, rows)
        none = (0,) * d
        values[part] = found[none]
        for j in range(d):
            slopes[part, j] = found[_plus(none, j)]
            for k in range(d):
                bends[part, j, k] = found[_plus(_plus(none, j), k)]
    return values, slopes, bends


def seconds(coefficients: TuckerTensor) -> float:
    """Return about how many CPU seconds a step takes for each point."""
    ranks = sorted(coefficients.rank, reverse=True)
    waves = sum(
        n * (2 * _COSINE + 6 * r * _FLOP)
        for n, r in zip(coefficients.shape, coefficients.rank, strict=True)
    )
    others = coefficients.core.size // ranks[0]
    return waves + others * (6 * ranks[0] * _FLOP + 6 * _ELEMENT) + 2e-6 * len(ranks) ** 2


def _plus(orders: tuple[int, ...], k: int) -> tuple[int, ...]:
    return (*orders[:k], orders[k] + 1, *orders[k + 1 :])


def _rows(angles: Array, factor: Array) -> list[Array]:
    """Return the columns of a factor and their first two derivatives in the angle, (r, M) each."""
    degrees = np.arange(float(len(factor)))
    phases = np.outer(degrees, angles)  # (n, M)
    cosines = np.cos(phases)
    first = np.sin(phases, out=phases)
    weighted = factor * degrees[:, None]
    second = weighted * degrees[:, None]
    return [factor.T @ cosines, -weighted.T @ first, -second.T @ cosines]  # (r, n) @ (n, M)


def _contracted(core: Array, rows: Sequence[Sequence[Array]]) -> dict[tuple[int, ...], Array]:
    """Return sum over a of core[a] prod_k rows[k][o_k][a_k, m] for all orders o of sum two."""
    modes, leading = longest_first(core)
    partial: dict[tuple[int, ...], Array] = {
        (j,): leading @ row  # (others, r) @ (r, M)
        for j, row in enumerate(rows[modes[0]])
    }
    for k in modes[1:]:
        partial = {
            (*orders, j): summed(values.reshape(core.shape[k], -1, values.shape[1]), rows[k][j])
            for orders, values in partial.items()
            for j in range(3 - sum(orders))
        }
    places = np.argsort(modes)
    return {tuple(orders[p] for p in places): values[0] for orders, values in partial.items()}
