"""Local series: a Chebyshev-Tucker function of one to three variables, restricted to blocks.

On a block a dozen coefficients an axis are enough; a point then costs about p^d multiply-adds,
whatever degrees and ranks are. It is the transpose of how the moments of particles are formed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, chebyshev
from chebtucker.backends.choosing import loops_for
from chebtucker.backends.products import last_modes_product
from chebtucker.backends.threads import for_ranges, one_blas_thread
from chebtucker.blocks import BlockGrid, local_matrix
from chebtucker.tensors import multi_mode_dot

Array = NDArray[np.float64]

MOST_BYTES = 2**27
"""Local series that are larger than 128 MiB are never held as a whole."""

_MOST_DEVICE_BYTES = 2**32
_SAFETY = 2.0  # interpolation doubles what is cut off
_INNER = 0.5  # at the inner end of a block slopes may be off by less than at the outer one
_PROBE = 32
_LONGEST = 24
_PER_BLOCK = (14.0, 10.0, 7.0, 5.0, 3.5, 2.5)  # coefficients of the whole series for each block
_MORE_BLOCKS = (1.5, 0.8)  # in one and two variables, where memory does not matter
_NOMINAL_POINTS = 2**18

# CPU seconds, measured on one core: a multiply-add and a point of the local series, and a flop
# and a stored number of their formation. A visit to a block takes as long as so many points.
_MULTIPLY_ADD, _POINT, _VISIT = 5.7e-11, 2.2e-8, 16
_FLOP, _STORED = 4.0e-11, 3.0e-9


@dataclass(frozen=True, eq=False)
class LocalSeries:
    """The coefficients of a function on every block of a box.

    Parameters
    ----------
    box : ndarray, shape (d, 2)
        The whole box, d at most 3.
    coefficients : ndarray, shape (B_1, .., B_d, p_1, .., p_d)
        Chebyshev coefficients on each block.
    """

    box: Array
    coefficients: Array

    def values(self, points: Array) -> Array:
        """Return values (M,) at points (M, d): 2 p^d flops a point."""
        values = _arrays.empty(points.shape[:1], points)
        loops_for(points).local_values(points, self.box, self.coefficients, values)
        return values

    def values_and_gradients(self, points: Array) -> tuple[Array, Array]:
        """Return values (M,) and gradients (M, d) at points (M, d): 4 p^d flops a point."""
        values = _arrays.empty(points.shape[:1], points)
        slopes = _arrays.empty(points.shape, points)
        loops_for(points).local_values(points, self.box, self.coefficients, values, slopes)
        return values, slopes


def most_bytes(array: Array) -> int:
    """Return how large local series may be where `array` is."""
    return MOST_BYTES if _arrays.is_numpy(array) else _MOST_DEVICE_BYTES


# Which blocks -----------------------------------------------------------------------------------


def plan_blocks(
    core: Array, factors: tuple[Array, ...], domain: Array, atol: float, *, slopes: bool = False
) -> BlockGrid | None:
    """Return blocks on which short series reproduce the function to about `atol` (max norm).

    With `slopes` the derivative along an axis of n coefficients and length L is reproduced to
    about 2 n / L times `atol` in the middle and to more near the ends: the bounds of Bernstein
    and of Markov for the derivative of a polynomial that is at most `atol`. None where long
    series remain on blocks of any size: the function is rough everywhere, and it does not pay.
    """
    shares = _PER_BLOCK if core.ndim == 3 else _PER_BLOCK + _MORE_BLOCKS
    with one_blas_thread():
        choices = [
            _axis_choices(factor @ lines, shares, atol / _SAFETY, slopes)
            for factor, lines in zip(factors, _lines(core, factors), strict=True)
        ]
    if not all(choices):
        return None
    plans = [
        BlockGrid(domain, tuple(c for c, _ in chosen), tuple(p for _, p in chosen))
        for chosen in itertools.product(*choices)
    ]
    small = [plan for plan in plans if stored_bytes(plan) <= MOST_BYTES]
    return min(small or plans, key=lambda b: formation(core, b) + evaluation(b, _NOMINAL_POINTS))


def _lines(core: Array, factors: tuple[Array, ...]) -> list[Array]:
    """Return for every axis the coefficients (r, L) of the function on L lines along it.

    The lines go through a coarse Chebyshev grid in the other variables.
    """
    d = core.ndim
    count = 1 if d == 1 else 17 if d == 3 else 129
    samples = [chebyshev.basis(chebyshev.points(count), len(u)) @ u for u in factors]
    result = []
    for axis in range(d):
        others = [k for k in range(d) if k != axis]
        crossed = multi_mode_dot(core, [samples[k] for k in others], others)
        result.append(np.moveaxis(crossed, axis, 0).reshape(core.shape[axis], -1))
    return result


def _axis_choices(
    series: Array, shares: tuple[float, ...], atol: float, slopes: bool
) -> list[tuple[int, int]]:
    """Return numbers of blocks, and how many local coefficients each takes."""
    n = len(series)
    found = []
    for count in sorted({1, *(math.ceil(n / share) for share in shares)}):
        if count == 1:
            local = series[None]
        else:
            local = local_matrix(n, count, _PROBE) @ series  # (count probe, n) @ (n, L)
            local = local.reshape(count, _PROBE, -1)
        rows = np.abs(local).max(axis=2)  # (count, probe)
        size = _enough(rows.max(axis=0), atol)
        if slopes:  # |T_k'| <= k^2 on a block, which is `count` times shorter
            left = 2 * np.arange(count) / count - 1
            outer = np.maximum(np.abs(left), np.abs(left + 2 / count))
            allowed = atol * n / np.sqrt(np.maximum(1 - outer**2, 1 / n**2))
            allowed = np.maximum(_INNER * allowed, np.finfo(np.float64).smallest_subnormal)
            steep = rows * np.arange(rows.shape[1]) ** 2 * count / allowed[:, None]
            size = max(size, _enough(steep.max(axis=0), 1.0))
        if size <= _LONGEST:
            found.append((count, size))
    return found


def _enough(rows: Array, atol: float) -> int:
    """Return how many leading terms leave a sum of at most `atol`."""
    tails = np.append(np.cumsum(rows[::-1])[::-1], 0.0)
    return max(int(np.argmax(tails <= atol)), 1)


# What they cost ---------------------------------------------------------------------------------


def stored_bytes(blocks: BlockGrid) -> int:
    """Return the bytes of local series."""
    return 8 * math.prod(blocks.counts) * math.prod(blocks.sizes)


def formation(core: Array, blocks: BlockGrid) -> float:
    """Return about how many CPU seconds it takes to form local series."""
    m = [c * p for c, p in zip(blocks.counts, blocks.sizes, strict=True)]
    flops = sum(2 * math.prod(core.shape[: k + 1]) * math.prod(m[k:]) for k in range(core.ndim))
    return flops * _FLOP + math.prod(m) * _STORED


def evaluation(blocks: BlockGrid, points: int, *, slopes: bool = False) -> float:
    """Return about how many CPU seconds local series take at points, spread evenly."""
    sums = 2.2 if slopes else 1.0
    visits = min(points, math.prod(blocks.counts) * math.ceil(points / _NOMINAL_POINTS))
    multiply_adds = (points + _VISIT * visits) * math.prod(blocks.sizes)
    return points * _POINT + sums * multiply_adds * _MULTIPLY_ADD


# Formation --------------------------------------------------------------------------------------


def form(core: Array, factors: tuple[Array, ...], blocks: BlockGrid) -> LocalSeries:
    """Return the local series of a function on blocks of its domain."""
    return form_from(core, carried_down(factors, blocks), blocks)


def form_from(core: Array, down: Sequence[Array], blocks: BlockGrid) -> LocalSeries:
    """Return the local series of a core and factors that are carried down to the blocks."""
    return LocalSeries(blocks.box, _coefficients(_across(core, down), down[0], blocks))


def evaluate_by_slabs(
    core: Array,
    factors: tuple[Array, ...],
    blocks: BlockGrid,
    points: Array,
    *,
    slopes: bool = False,
) -> tuple[Array, Array | None]:
    """Return values (M,), and gradients (M, d) or None, without holding all local series.

    A slab is some layers of blocks along the first axis; its series are formed, used, forgotten.
    """
    down = carried_down(factors, blocks)
    across = _across(core, down)
    count, size = blocks.counts[0], blocks.sizes[0]
    group = max(count * (MOST_BYTES // 2) // stored_bytes(blocks), 1)
    layer = np.floor((points[:, 0] - blocks.box[0, 0]) / (group * blocks.width[0]))
    slabs = -(-count // group)
    slab = np.clip(layer, 0, slabs - 1).astype(np.int16)
    order = np.argsort(slab, kind="stable")
    starts = np.searchsorted(slab[order], np.arange(slabs + 1))
    values = np.empty(len(points))
    gradients = np.empty(points.shape) if slopes else None
    for s in np.flatnonzero(np.diff(starts)):
        first, last = int(s) * group, min((int(s) + 1) * group, count)
        part = _slab(blocks, first, last)
        rows = down[0][first * size : last * size]
        series = LocalSeries(part.box, _coefficients(across, rows, part))
        mine = order[starts[s] : starts[s + 1]]
        here = points.take(mine, axis=0)
        if gradients is None:
            values[mine] = series.values(here)
        else:
            values[mine], gradients[mine] = series.values_and_gradients(here)
    return values, gradients


def _slab(blocks: BlockGrid, first: int, last: int) -> BlockGrid:
    box = blocks.box.copy()
    box[0] = blocks.box[0, 0] + np.array([first, last]) * blocks.width[0]
    return BlockGrid(box, (last - first, *blocks.counts[1:]), blocks.sizes)


def carried_down(factors: tuple[Array, ...], blocks: BlockGrid) -> list[Array]:
    """Return local coefficients (B_k p_k, r_k) of the columns of each factor."""
    down = []
    for factor, count, p in zip(factors, blocks.counts, blocks.sizes, strict=True):
        n = factor.shape[0]
        matrix = np.eye(p, n) if count == 1 else local_matrix(n, count, p)
        down.append(_arrays.like(matrix, factor) @ factor)  # (count p, n) @ (n, r)
    return down


def _across(core: Array, down: Sequence[Array]) -> Array:
    """Return the core carried down on all axes but the first, (r_1, m_2, .., m_d)."""
    if core.ndim == 3 and _arrays.is_numpy(core):
        return last_modes_product(core, down[1], down[2])
    with one_blas_thread():
        return multi_mode_dot(core, down[1:], range(1, core.ndim))


def _coefficients(across: Array, rows: Array, blocks: BlockGrid) -> Array:
    """Return (B_1, .., B_d, p_1, .., p_d): a block's coefficients lie together."""
    counts, sizes = blocks.counts, blocks.sizes
    d, p = len(counts), sizes[0]
    pairs = [n for pair in zip(counts[1:], sizes[1:], strict=True) for n in pair]
    if not _arrays.is_numpy(across):
        flat = across.reshape(across.shape[0], -1)
        whole = (rows @ flat).reshape(counts[0], p, *pairs)  # (m_1, r_1) @ (r_1, m_2 .. m_d)
        together = (0, *range(2, 2 * d, 2), 1, *range(3, 2 * d, 2))
        return _arrays.namespace(flat).ascontiguousarray(whole.transpose(together))
    layers = counts[1] if d > 1 else 1
    columns = across.reshape(across.shape[0], layers, -1)
    shape = (p, *pairs[1:])  # p_1, p_2, B_3, p_3
    together = (*range(2, len(shape), 2), 0, *range(1, len(shape), 2))
    result = np.empty((*counts, *sizes))
    parts = result.reshape(counts[0], layers, *result.shape[min(d, 2) :])

    def some(start: int, stop: int) -> None:
        for b, layer in (divmod(index, layers) for index in range(start, stop)):
            part = rows[b * p : (b + 1) * p] @ columns[:, layer]  # (p_1, r_1) @ (r_1, p_2 m_3)
            parts[b, layer] = part.reshape(shape).transpose(together)

    with one_blas_thread():
        for_ranges(some, counts[0] * layers)
    return result
