"""Leave out the coefficients of local series that do not matter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.numba_cpu.compiling import called, compiled, merged

Array = NDArray[np.float64]


@compiled
def shorten(dense, atol, weights, rows, lengths, packed):
    """Pack the coefficients of some blocks into `packed`, and return how many numbers that are.

    `dense` (p_1, C, p_2, D, p_3) holds those of C times D blocks, `lengths` (C D, p_1, groups)
    is filled, a group has `rows` rows. Those that are left out of a block have a sum of at most
    `atol`, each times the largest of 1, w_1 a^2, w_2 b^2 and w_3 k^2.
    """
    used, sums = 0, np.empty((dense.shape[0], dense.shape[2]))
    for c in range(dense.shape[1]):
        for d in range(dense.shape[3]):
            _sum_rows(dense, c, d, weights, sums)
            small = _threshold(dense, c, d, atol, weights, sums)
            mine = lengths[c * dense.shape[3] + d]
            for a in range(dense.shape[0]):
                for g in range(mine.shape[1]):
                    first, last = g * rows, min((g + 1) * rows, dense.shape[2])
                    count = 0
                    for b in range(first, last):
                        if sums[a, b] <= small:
                            continue
                        heavy = _weight(weights, a, b)
                        count = _length(dense[a, c, b, d], small, heavy, weights[2], count)
                    mine[a, g] = count
                    _pack(dense[a, c, first:last, d], count, rows, packed, used)
                    used += count * rows
    return used


@merged
def _weight(weights, a, b):
    """Return how often coefficients of a row count, whatever their place in it."""
    return max(1.0, weights[0] * a * a, weights[1] * b * b)


@called
def _sum_rows(dense, c, d, weights, sums):
    """Write the sums of the weighted coefficients of a block along its last axis."""
    for a in range(dense.shape[0]):
        for b in range(dense.shape[2]):
            heavy, row = _weight(weights, a, b), dense[a, c, b, d]
            total = 0.0
            for k in range(len(row)):
                total += abs(row[k]) * max(heavy, weights[2] * k * k)
            sums[a, b] = total


@called
def _threshold(dense, c, d, atol, weights, sums):
    """Return below what weighted coefficients may be left out: all of those sum up to `atol`.

    One of a few fractions of `atol`; else what would do if all coefficients were as large. Most
    rows of sharp functions are small as a whole: of these the `sums` are enough.
    """
    one, two, three, four = atol / 6, atol / 30, atol / 150, atol / 750
    rest, ones, twos, threes, fours = 0.0, 0.0, 0.0, 0.0, 0.0
    for a in range(dense.shape[0]):
        for b in range(dense.shape[2]):
            if sums[a, b] <= four:
                rest += sums[a, b]
                continue
            heavy, row = _weight(weights, a, b), dense[a, c, b, d]
            for k in range(len(row)):
                size = abs(row[k]) * max(heavy, weights[2] * k * k)
                ones += size if size <= one else 0.0
                twos += size if size <= two else 0.0
                threes += size if size <= three else 0.0
                fours += size if size <= four else 0.0
    if rest + ones <= atol:
        return one
    if rest + twos <= atol:
        return two
    if rest + threes <= atol:
        return three
    count = dense.shape[0] * dense.shape[2] * dense.shape[4]
    return four if rest + fours <= atol else atol / count


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
