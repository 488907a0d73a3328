"""Leave out the coefficients of local series that do not matter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.numba_cpu.compiling import called, compiled

Array = NDArray[np.float64]


@compiled
def shorten(dense, atol, weights, rows, lengths, packed):
    """Pack the coefficients of some blocks into `packed`, and return how many numbers that are.

    `dense` (p_1, C, p_2, D, p_3) holds those of C times D blocks, `lengths` (C D, p_1, groups)
    is filled, a group has `rows` rows. Those that are left out of a block have a sum of at most
    `atol`, each times the largest of 1, w_1 a^2, w_2 b^2 and w_3 k^2.
    """
    used = 0
    for c in range(dense.shape[1]):
        for d in range(dense.shape[3]):
            block = dense[:, c, :, d, :]
            small = _threshold(block, atol, weights)
            mine = lengths[c * dense.shape[3] + d]
            for a in range(block.shape[0]):
                for g in range(mine.shape[1]):
                    first, last = g * rows, min((g + 1) * rows, block.shape[1])
                    count = 0
                    for b in range(first, last):
                        heavy = max(1.0, weights[0] * a * a, weights[1] * b * b)
                        count = _length(block[a, b], small, heavy, weights[2], count)
                    mine[a, g] = count
                    _pack(block[a, first:last], count, rows, packed, used)
                    used += count * rows
    return used


@called
def _threshold(block, atol, weights):
    """Return below what weighted coefficients may be left out: all of those sum up to `atol`.

    One of a few fractions of `atol`; else what would do if all coefficients were as large.
    """
    one, two, three, four = atol / 6, atol / 30, atol / 150, atol / 750
    ones, twos, threes, fours = 0.0, 0.0, 0.0, 0.0
    for a in range(block.shape[0]):
        for b in range(block.shape[1]):
            heavy = max(1.0, weights[0] * a * a, weights[1] * b * b)
            for k in range(block.shape[2]):
                size = abs(block[a, b, k]) * max(heavy, weights[2] * k * k)
                ones += size if size <= one else 0.0
                twos += size if size <= two else 0.0
                threes += size if size <= three else 0.0
                fours += size if size <= four else 0.0
    if ones <= atol:
        return one
    if twos <= atol:
        return two
    if threes <= atol:
        return three
    return four if fours <= atol else atol / block.size


@called
def _length(row, small, heavy, weight, least):
    """Return how many leading coefficients leave none above `small`; at least `least`."""
    k = len(row)
    while k > least and abs(row[k - 1]) * max(heavy, weight * (k - 1) * (k - 1)) <= small:
        k -= 1
    return k


@called
def _pack(block, count, rows, packed, at):
    for r in range(rows):
        for k in range(count):
            packed[at + k * rows + r] = block[r, k] if r < block.shape[0] else 0.0
