"""Numbers so large or small that their squares leave the range of floats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker._arrays import SAFE, balanced

Array = NDArray[np.float64]

__all__ = ["balanced", "term_sizes"]


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
    if 1 / SAFE < 2.0**most < SAFE:
        most = 0
    return np.ldexp(mantissa, exponent - most), 2.0**most
