"""Multiplications of each way to multiply functions on the sphere, counted as they are done."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from chebtucker.angular.grid import octant_nodes

SECONDS_SPARSE = 2.2e-10
"""Seconds a multiplication in a sparse table, many samples side by side; measured."""

SECONDS_SPARSE_ONE = 1.4e-9
"""The same for one sample at a time."""

SECONDS_GRID = 7.0e-11
"""Seconds a multiplication in the transforms on a grid; measured."""

SECONDS_NODE = 1.2e-9
"""Seconds a node, for what is not a matrix product on a grid."""

SECONDS_CALL = 1.5e-5
"""Seconds a call on a grid takes whatever the number of samples."""


def dense(la: int, lb: int, lo: int) -> int:
    """Return the multiplications with the full table: a_i b_j, then each with every value."""
    pairs = (la + 1) ** 2 * (lb + 1) ** 2
    return pairs * (1 + (lo + 1) ** 2)


def sparse(la: int, lb: int, lo: int) -> int:
    """Return those with the table of nonzero Gaunt coefficients, equal ones used once.

    Like `clebsch_gordan`, exact for lo = la + lb; below it some a_i b_j are not needed.
    """
    least = min(la, lb)
    twice = count_entries(least, least, lo) - _count_diagonal(least, lo)
    return (la + 1) ** 2 * (lb + 1) ** 2 + count_entries(la, lb, lo) - twice // 2


def clebsch_gordan(la: int, lb: int, lo: int) -> int:
    """Return those with the table of nonzero Clebsch-Gordan coefficients of all paths."""
    entries = count_entries(la, lb, lo) + count_entries(la, lb, lo, odd=True)
    return (la + 1) ** 2 * (lb + 1) ** 2 + entries


def grid(degrees: Sequence[int], lmax: int) -> int:
    """Return those of transforms to an octant and back, padding included, and at the nodes."""
    nz, n_phi = octant_nodes(sum(degrees), lmax)
    halves = [l // 2 + 1 for l in (*degrees, lmax)]
    transforms = sum(8 * K * nz * (K + n_phi) for K in halves)
    return transforms + 8 * nz * n_phi * (len(degrees) - 1)


def fourier(degrees: Sequence[int], lmax: int) -> int:
    """Return those of series in both angles and of FFT, N log2 N for N nodes."""
    total = sum(degrees)
    into = sum((2 * l + 1) * (l + 1) ** 2 for l in degrees)
    back = (2 * lmax + 1) * (lmax + 1) * (total + 1)
    nodes = (2 * total + 1) * (total + lmax + 1)
    transforms = (len(degrees) + 1) * nodes * math.log2(nodes) if nodes > 1 else 0
    return int(into + back + transforms + nodes * (len(degrees) - 1))


@lru_cache(maxsize=256)
def is_sparse_faster(degrees: tuple[int, ...], lmax: int, count: int) -> bool:
    """Say whether tables are expected to be faster than a grid for `count` samples."""
    size = max(degrees)
    if size > 24:
        return False
    work, left = 0, degrees[0]
    for k, l in enumerate(degrees[1:], 2):
        out = lmax if k == len(degrees) else left + l
        work += sparse(left, l, out)
        left = out
    one = SECONDS_SPARSE_ONE * work * count
    lanes = SECONDS_SPARSE * work * 64 * -(-count // 64)
    nz, n_phi = octant_nodes(sum(degrees), lmax)
    node = SECONDS_NODE * 8 * nz * n_phi * len(degrees) / 2
    return min(one, lanes) < SECONDS_CALL + count * (SECONDS_GRID * grid(degrees, lmax) + node)


def count_entries(la: int, lb: int, lo: int, *, odd: bool = False) -> int:
    """Return the number of entries of `couplings.coupling_entries`, without making them."""
    l1, l2, l3 = np.ogrid[: la + 1, : lb + 1, : lo + 1]
    allowed = (np.abs(l1 - l2) <= l3) & (l3 <= l1 + l2) & ((l1 + l2 + l3) % 2 == int(odd))
    at_least = allowed.astype(np.int64)  # of degrees (l1, l2, l3) or more, each
    for axis in range(3):
        at_least = np.flip(np.cumsum(np.flip(at_least, axis), axis=axis), axis)
    linked = (l3 == l1 + l2) | (l3 == np.abs(l1 - l2))  # now as orders |m|
    nonzero = (l1 > 0).astype(int) + (l2 > 0) + (l3 > 0)
    signs = np.choose(nonzero, [0 if odd else 1, 0, 2, 4])  # how many sines and cosines fit
    return int((at_least * linked * signs).sum())


def _count_diagonal(lmax: int, lo: int) -> int:
    """Return the number of nonzero Gaunt coefficients with (l1, m1) = (l2, m2)."""
    total = 0
    for l in range(lmax + 1):
        top = min(2 * l, lo) // 2  # l3 = 0, 2, ..., 2 top
        total += (2 * l + 1) * (top + 1)  # m3 = 0
        total += 2 * sum(max(top - m + 1, 0) for m in range(1, l + 1))  # m3 = 2 m
    return total
