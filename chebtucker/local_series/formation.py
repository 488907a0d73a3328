"""Form local series: factors are carried down to the blocks, and the core is expanded there."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.backends.choosing import loops_for
from chebtucker.backends.products import last_modes_product
from chebtucker.backends.ragged import Ragged, groups_of
from chebtucker.backends.threads import for_ranges, one_blas_thread
from chebtucker.blocks import BlockGrid, restricted
from chebtucker.local_series import costs
from chebtucker.local_series.planning import Cut
from chebtucker.local_series.series import LocalSeries
from chebtucker.tensors import multi_mode_dot

Array = NDArray[np.float64]

_AT_ONCE = 2**15
"""Coefficients that are formed at once: they stay in the caches until they are packed."""


def form(core: Array, factors: tuple[Array, ...], blocks: BlockGrid, cut: Cut) -> LocalSeries:
    """Return the local series of a function on blocks of its domain.

    On a device all coefficients are kept; else `TooLargeError` is raised where those that are kept
    have more than `costs.MOST_BYTES`.
    """
    down = carried_down(factors, blocks)
    if not _arrays.is_numpy(core):
        return LocalSeries(blocks.box, _all_coefficients(core, down, blocks))
    lengths = [len(u) for u in factors]
    return form_from(core, down, blocks, cut, lengths, most_bytes=costs.MOST_BYTES)


def form_from(
    core: Array,
    down: Sequence[Array],
    blocks: BlockGrid,
    cut: Cut,
    lengths: Sequence[int],
    *,
    most_bytes: float = math.inf,
) -> LocalSeries:
    """Return the local series of a core and factors that are carried down to the blocks.

    `lengths` are those of the factors before.
    """
    weights = cut.weights(lengths, blocks.counts)
    return shortened(across(core, down), down[0], blocks, cut.left_out, weights, most_bytes)


def carried_down(factors: tuple[Array, ...], blocks: BlockGrid) -> list[Array]:
    """Return local coefficients (B_k p_k, r_k) of the columns of each factor."""
    return [
        _of_length(factor, p) if count == 1 else restricted(factor, count, p)
        for factor, count, p in zip(factors, blocks.counts, blocks.sizes, strict=True)
    ]


def _of_length(factor: Array, size: int) -> Array:
    """Return a factor (n, r) with its first rows only, or with rows of zeros: (size, r)."""
    n = factor.shape[0]
    return factor[:size, :] if size <= n else _arrays.more_rows(factor, size)


def across(core: Array, down: Sequence[Array]) -> Array:
    """Return the core carried down on all axes but the first, (r_1, m_2, .., m_d)."""
    if core.ndim == 3 and _arrays.is_numpy(core):
        return last_modes_product(core, down[1], down[2])
    with one_blas_thread():
        return multi_mode_dot(core, down[1:], range(1, core.ndim))


class TooLargeError(Exception):
    """Local series have more bytes than they may have."""


class _Held:
    """What threads hold together."""

    def __init__(self, most: float) -> None:
        self._left, self._lock = most, threading.Lock()

    def add(self, count: int) -> None:
        with self._lock:
            self._left -= count
            if self._left < 0:
                raise TooLargeError


def shortened(
    carried: Array,
    rows: Array,
    blocks: BlockGrid,
    atol: float,
    weights: Array,
    most_bytes: float = math.inf,
) -> LocalSeries:
    """Return local series without coefficients whose weighted sum on a block is below `atol`.

    `carried` is (r_1, m_2, .., m_d), `rows` (m_1, r_1). The coefficients of some blocks are
    formed, packed and forgotten: 2 r_1 flops each. `TooLargeError` is raised as soon as the packed
    ones have more than `most_bytes`.
    """
    pieces = _pieces(carried, rows, blocks)
    held, shorten = _Held(most_bytes), loops_for(carried).shorten
    p1, c, p2, d, p3 = pieces[0].shape  # no other is larger
    groups, in_group = groups_of(p2)
    kept = np.zeros((math.prod(blocks.counts), p1, groups), dtype=np.uint8)
    packed: list[Array] = [np.empty(0)] * len(pieces)

    def some(start: int, stop: int) -> None:
        room = np.empty(c * d * p1 * groups * in_group * p3)
        for index in range(start, stop):
            piece = pieces[index]
            dense = (piece.left @ piece.right).reshape(piece.shape)  # (., r_1) @ (r_1, .)
            used = shorten(dense, atol, weights, in_group, kept[piece.blocks], room)
            held.add(8 * used)
            packed[index] = room[:used].copy()

    with one_blas_thread():
        for_ranges(some, len(pieces))
    stored = kept.sum(axis=(1, 2), dtype=np.int64) * in_group
    starts = np.cumsum(stored) - stored
    series = Ragged(blocks.counts, blocks.sizes, np.concatenate(packed), kept, starts)
    return LocalSeries(blocks.box, series)


class _Piece(NamedTuple):
    """Blocks that are neighbours in the order of all: left @ right are their coefficients."""

    left: Array
    right: Array
    shape: tuple[int, int, int, int, int]  # p_1, C, p_2, D, p_3 of C times D blocks
    blocks: slice


def _pieces(carried: Array, rows: Array, blocks: BlockGrid) -> list[_Piece]:
    """Return all blocks by pieces: in one variable at once, in two a row of them.

    In three variables some rows, so many that their coefficients stay in the caches.
    """
    missing = (1,) * (3 - len(blocks.counts))
    (n1, n2, n3), (p1, p2, p3) = missing + blocks.counts, missing + blocks.sizes
    right = carried.reshape(len(carried), -1)
    if len(missing) == 2:
        return [_Piece(rows, right, (1, 1, 1, n3, p3), slice(0, n3))]
    if len(missing) == 1:
        return [
            _Piece(part, right, (1, 1, p2, n3, p3), slice(b * n3, (b + 1) * n3))
            for b, part in enumerate(rows.reshape(n2, p2, -1))
        ]
    group = min(max(_AT_ONCE // (p1 * p2 * n3 * p3), 1), n2)
    starts = range(0, n2, group)
    spans = [(a, min(a + group, n2)) for a in starts]
    columns = [right[:, a * p2 * n3 * p3 : z * p2 * n3 * p3] for a, z in spans]
    return [
        _Piece(part, some, (p1, z - a, p2, n3, p3), slice((b * n2 + a) * n3, (b * n2 + z) * n3))
        for b, part in enumerate(rows.reshape(n1, p1, -1))
        for (a, z), some in zip(spans, columns, strict=True)
    ]


def _all_coefficients(core: Array, down: Sequence[Array], blocks: BlockGrid) -> Array:
    """Return (B_1, .., B_d, p_1, .., p_d): a block's coefficients lie together."""
    carried, d = across(core, down), core.ndim
    flat = carried.reshape(carried.shape[0], -1)
    pairs = [n for pair in zip(blocks.counts, blocks.sizes, strict=True) for n in pair]
    whole = (down[0] @ flat).reshape(pairs)  # (m_1, r_1) @ (r_1, m_2 .. m_d)
    together = (*range(0, 2 * d, 2), *range(1, 2 * d, 2))
    return _arrays.namespace(flat).ascontiguousarray(whole.transpose(together))
