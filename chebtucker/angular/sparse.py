"""Products by tables of the nonzero couplings."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chebtucker.angular.couplings import Entries, coupling_entries
from chebtucker.backends import numba_cpu

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Path = tuple[int, int, int]


class SparseTable(NamedTuple):
    """A bilinear map out_k = sum value a_i b_j, its entries grouped by (i, j).

    Where entries of (i, j) and (j, i) are equal they are stored once, for i < j, and marked.
    """

    pairs: NDArray[np.int32]  # (P, 2): i and j
    mirrored: NDArray[np.bool_]  # (P,): the entries are those of (j, i) too
    starts: Integers  # (P + 1,): entries of pair p are starts[p]:starts[p + 1]
    where: NDArray[np.int32]  # (n,): k
    values: Array  # (n,)
    blocks: Integers  # (n + 1, 2): first pair and first k of parts with k of their own

    def __call__(self, a: Array, b: Array) -> Array:
        """Apply to (B, n_a) and (B, n_b); returns (B, size of k)."""
        return numba_cpu.sparse_bilinear(a, b, *self)

    @property
    def multiplications(self) -> int:
        """Multiplications for one sample."""
        return len(self.pairs) + int(self.mirrored.sum()) + len(self.values)


@lru_cache(maxsize=8)
def gaunt_table(la: int, lb: int, lo: int) -> SparseTable:
    """Return the table of the product of functions of degrees la and lb, up to degree lo."""
    entries = coupling_entries(la, lb, lo)
    i, j = _index(entries, 0), _index(entries, 1)
    both = (la + 1) ** 2 if la < lb else (lb + 1) ** 2  # (i, j) and (j, i) both exist below
    mirror = np.maximum(i, j) < both
    keep = ~mirror | (i <= j)
    table = _grouped(
        i[keep], j[keep], _index(entries, 2)[keep], entries.values[keep], (lo + 1) ** 2
    )
    i, j = table.pairs.T
    return table._replace(mirrored=(i < j) & (j < both))


@lru_cache(maxsize=8)
def clebsch_gordan_table(la: int, lb: int, lo: int) -> tuple[SparseTable, dict[Path, int]]:
    """Return the table of all paths one after the other, and {path: first place}."""
    both = [coupling_entries(la, lb, lo, odd=odd) for odd in (False, True)]
    degrees, orders, values = (np.concatenate(x, axis=-1) for x in zip(*both, strict=True))
    entries = Entries(degrees, orders, values)
    paths, of_path = np.unique(entries.degrees, axis=1, return_inverse=True)
    widths = 2 * paths[2] + 1
    first = np.cumsum(widths) - widths
    norms = np.sqrt(np.bincount(of_path, entries.values**2) / widths)
    where = first[of_path] + entries.degrees[2] + entries.orders[2]
    i, j = _index(entries, 0), _index(entries, 1)
    block = degrees[0] * (lb + 1) + degrees[1]  # its sums lie together, and stay in cache
    table = _grouped(i, j, where, entries.values / norms[of_path], int(widths.sum()), block)
    places = {(int(a), int(b), int(c)): int(k) for (a, b, c), k in zip(paths.T, first, strict=True)}
    return table, places


def _index(entries: Entries, factor: int) -> Integers:
    l = entries.degrees[factor]
    return l * l + l + entries.orders[factor]


def _grouped(
    i: Integers, j: Integers, where: Integers, values: Array, size: int, block: Any = 0
) -> SparseTable:
    """Return a table of entries sorted by (block, i, j, where), none of them mirrored.

    Entries of different blocks have different `where`, lower in lower blocks.
    """
    order = np.argsort(((block * (i.max() + 1) + i) * (j.max() + 1) + j) * size + where)
    i, j = i[order], j[order]
    new = np.flatnonzero((np.diff(i, prepend=-1) != 0) | (np.diff(j, prepend=-1) != 0))
    where, of_pair = where[order], np.broadcast_to(block, order.shape)[order][new]
    change = np.flatnonzero(np.diff(of_pair, prepend=-1))
    lowest = np.minimum.reduceat(where, new[change])
    lowest[0] = 0
    ends = [[len(new), size]]
    return SparseTable(
        np.stack([i[new], j[new]], axis=1).astype(np.int32),
        np.zeros(len(new), dtype=bool),
        np.append(new, len(i)),
        where.astype(np.int32),
        values[order],
        np.concatenate([np.stack([change, lowest], axis=1), ends]),
    )
