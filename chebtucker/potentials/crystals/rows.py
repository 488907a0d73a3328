"""Gaussians summed over rows of sites: what a crystal is made of on each axis.

    S(x) = sum over i < n of exp(-a (x - c - h i)^2)

Sharp Gaussians are summed over the sites within reach. Flat ones are an integral and corrections
at the two ends (Euler and Maclaurin), so that neither n nor the reach matters. Differences of two
rows, one moved by a part of h, are formed without cancellation: inside a crystal they are far
smaller than S.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, eval_hermite

Array = NDArray[np.float64]

_FLAT = 0.1
"""Largest sqrt(a) h at which the corrections at the ends are used."""

_FEW = 128
"""Rows of so many sites are summed in any case."""

_REACH = 6.3
"""exp(-_REACH^2) is below rounding."""

_MOST = 2**22  # entries of a table of points and sites

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)  # B_2, B_4, ..
_MIDPOINT = tuple(
    -(1 - 2.0 ** (1 - 2 * k)) * b / math.factorial(2 * k) for k, b in enumerate(_BERNOULLI, 1)
)
"""B_2k(1/2) / (2k)!"""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


@dataclass(frozen=True)
class Row:
    """Sites at first + step i for i = 0, .., count - 1."""

    first: float
    step: float
    count: int


def row_sum(x: Array, exponent: float, row: Row) -> Array:
    """Return S at x (M,); the absolute error is that of rounding the largest S."""
    if exponent == 0:
        return np.full(len(x), float(row.count))
    if _is_flat(exponent, row):
        low, high = _ends(x, exponent, row)
        return _antiderivative(high, exponent, row) - _antiderivative(low, exponent, row)
    return _over_sites(x, exponent, row, 0.0)


def row_difference(x: Array, exponent: float, row: Row, shift: float) -> Array:
    """Return S of the row moved by `shift` (less than a step) minus S, at x (M,).

    The error is that of rounding terms of size sqrt(a) shift, not S.
    """
    if exponent == 0:
        return np.zeros(len(x))
    if _is_flat(exponent, row):
        low, high = _ends(x, exponent, row)
        return _increment(high, exponent, row, shift) - _increment(low, exponent, row, shift)
    return _over_sites(x, exponent, row, shift)


def _is_flat(exponent: float, row: Row) -> bool:
    return row.count > _FEW and math.sqrt(exponent) * row.step <= _FLAT


# Over sites ---------------------------------------------------------------------------------------


def _over_sites(x: Array, exponent: float, row: Row, shift: float) -> Array:
    """Return the sum over the sites within reach; with a shift the difference."""
    reach = _REACH / math.sqrt(exponent) + abs(shift)
    width = min(2 * reach / row.step + 2, row.count)
    sites = np.arange(int(width))
    result = np.empty(len(x))
    block = max(_MOST // len(sites), 1)
    for start in range(0, len(x), block):
        part = x[start : start + block]
        begin = np.zeros(len(part))
        if len(sites) < row.count:
            begin = np.ceil((part - row.first - reach) / row.step)
            begin = np.clip(begin, 0, row.count - len(sites))
        away = (part - row.first - row.step * begin)[:, None] - row.step * sites
        result[start : start + block] = _terms(away, exponent, shift).sum(axis=1)
    return result


def _terms(away: Array, exponent: float, shift: float) -> Array:
    """Return exp(-a d^2); with a shift u exp(-a (d - u)^2) - exp(-a d^2)."""
    own = np.exp(-exponent * np.square(away))
    if shift == 0:
        return own
    gain = exponent * shift * (2 * away - shift)
    small = own * np.expm1(np.clip(gain, -1.0, 1.0))
    return np.where(np.abs(gain) < 1, small, np.exp(-exponent * np.square(away - shift)) - own)


# By integrals -------------------------------------------------------------------------------------


def _ends(x: Array, exponent: float, row: Row) -> tuple[Array, Array]:
    """Return where the row begins and ends as seen from x, in units of 1/sqrt(a)."""
    root = math.sqrt(exponent)
    begin = row.first - row.step / 2
    return root * (begin - x), root * (begin + row.step * row.count - x)


def _antiderivative(y: Array, exponent: float, row: Row) -> Array:
    """Return F with S = F(end) - F(begin): the integral of the Gaussian / h and its corrections."""
    length = math.sqrt(exponent) * row.step
    return math.sqrt(math.pi) / (2 * length) * erf(y) + _corrections(y, length)


def _increment(y: Array, exponent: float, row: Row, shift: float) -> Array:
    """Return F(y + sqrt(a) shift) - F(y)."""
    length = math.sqrt(exponent) * row.step
    by = math.sqrt(exponent) * shift
    nodes = y[:, None] + by * (_NODES + 1) / 2
    integral = by / 2 * np.exp(-np.square(nodes)) @ _WEIGHTS
    return integral / length + _corrections(y + by, length) - _corrections(y, length)


def _corrections(y: Array, length: float) -> Array:
    """Return sum over k of B_2k(1/2)/(2k)! times length^(2k - 1) times derivative 2k - 1."""
    y = np.clip(y, -30.0, 30.0)
    total = np.zeros(len(y))
    for k, c in enumerate(_MIDPOINT, 1):
        order = 2 * k - 1
        total -= c * length**order * eval_hermite(order, y)
    return total * np.exp(-np.square(y))
