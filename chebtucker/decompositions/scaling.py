"""Numbers so large or small that their squares leave the range of floats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays

Array = NDArray[np.float64]

_SAFE = 2.0**400  # about 1e120


def balanced(array: Array) -> tuple[Array, float]:
    """Return the array divided by a power of two, and that power.

    The power is 1 and the array itself is returned where squares of its entries can be summed as
    they are.
    """
    largest = _arrays.largest(array)
    if largest == 0 or 1 / _SAFE < largest < _SAFE:
        return array, 1.0
    power = 2.0 ** float(np.clip(np.frexp(largest)[1], -1021, 1022))
    return array / power, power


def term_sizes(weights: Array, sizes: list[Array]) -> tuple[Array, float]:
    """Return abs(weights) times the products of sizes, divided by a power of two, and that power.

    Exact where the products themselves would overflow or underflow.
    """
    mantissa, exponent = np.frexp(np.abs(weights))
    for size in sizes:
        more, shift = np.frexp(size)
        mantissa, exponent = mantissa * more, exponent + shift
    if not mantissa.any():
        return np.zeros(len(weights)), 1.0
    most = int(np.clip(exponent[mantissa > 0].max(), -1021, 1022))
    if 1 / _SAFE < 2.0**most < _SAFE:
        most = 0
    return np.ldexp(mantissa, exponent - most), 2.0**most
