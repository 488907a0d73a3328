"""Polynomials: degrees and ranks are known exactly."""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.polynomial import chebyshev, legendre
from numpy.typing import NDArray

from chebtucker.collection.entry import GalleryFunction

Array = NDArray[np.float64]


def _monomials(x: Array, y: Array, z: Array) -> Array:
    return x**5 * y**3 * z**7 + 2


def _legendre(x: Array, y: Array, z: Array) -> Array:
    p40, p12, p3 = (np.eye(n + 1)[n] for n in (40, 12, 3))
    return legendre.legval(x, p40) * legendre.legval(y, p12) + legendre.legval(z, p3)


def _power(x: Array, y: Array, z: Array) -> Array:
    return (x + y + z) ** 20


def _power_integral() -> float:
    """Return the integral of (x + y + z)^20 over [-1, 1]^3, by three antiderivatives."""
    total = 3**23 - 3 * 1**23 + 3 * (-1) ** 23 - (-3) ** 23
    return total * factorial(20) / factorial(23)


def _chebyshev(x: Array, y: Array) -> Array:
    return chebyshev.chebval(x, np.eye(101)[100]) * chebyshev.chebval(y, np.eye(4)[3])


def _rosenbrock(x: Array, y: Array) -> Array:
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


def _square_of_sum(*x: Array) -> Array:
    total: Array = np.sum(x, axis=0)
    return total**2 * x[5]


CUBE = ((-1.0, 1.0),) * 3

ENTRIES = (
    GalleryFunction(
        "monomials", _monomials, ((0.0, 1.0),) * 3,
        "x^5 y^3 z^7 + 2", 1 / 192 + 2, (2, 2, 2),
    ),
    GalleryFunction(
        "Legendre", _legendre, CUBE,
        "P40(x) P12(y) + P3(z): degrees 40, 12, 3", 0.0, (2, 2, 2),
    ),
    GalleryFunction(
        "power", _power, CUBE,
        "(x + y + z)^20: every mixed term, values from 0 to 3^20", _power_integral(), (21, 21, 21),
    ),
    GalleryFunction(
        "Chebyshev", _chebyshev, ((-1.0, 1.0),) * 2,
        "T100(x) T3(y): one coefficient, which coarse grids alias to a low one", 0.0, (1, 1),
    ),
    GalleryFunction(
        "Rosenbrock", _rosenbrock, ((-2.0, 2.0), (-1.0, 3.0)),
        "(1 - x)^2 + 100 (y - x^2)^2, a curved valley", 4624.0, (3, 3),
    ),
    GalleryFunction(
        "square of a sum", _square_of_sum, ((0.0, 1.0),) * 6,
        "(x1 + .. + x6)^2 x6 in six dimensions", 21 / 4, (3, 3, 3, 3, 3, 3),
    ),
)  # fmt: skip
