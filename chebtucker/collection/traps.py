"""Smooth functions that mislead those who look at too few points or coefficients."""

from __future__ import annotations

from math import erf

import numpy as np
from numpy.typing import NDArray

from chebtucker.collection.entry import GalleryFunction

Array = NDArray[np.float64]

CUBE = ((-1.0, 1.0),) * 3
BOX = ((-1.0, 1.0), (0.0, 2.0), (-3.0, 3.0))


def _high_degree(x: Array, y: Array, z: Array) -> Array:
    return np.sin(1300 * x) * np.exp(y) + np.cos(1300 * x) * z + x * y * z


def _high_degree_integral() -> float:
    a = 1300.0
    return float((1 - np.cos(a)) / a * (np.e - 1) * 2 + np.sin(a) / a * 2 + 0.5)


def _even(x: Array, y: Array, z: Array) -> Array:
    return np.cos(20 * x * x) + y**2 + z**4


def _linear_edges(x: Array, y: Array, z: Array) -> Array:
    return x + y * (1 - x * x) * np.sin(9 * z)


def _vanishing_edges(x: Array, y: Array, z: Array) -> Array:
    return np.sin(np.pi * x) * y * (2 - y) * (9 - z**2)


def _one_variable(x: Array, y: Array, z: Array) -> Array:
    return np.exp(np.sin(3 * y)) + 0 * (x + z)


def _needle(x: Array, y: Array) -> Array:
    return np.exp(-4000 * ((x - 0.123) ** 2 + (y - 1.456) ** 2))


def _two_needles(x: Array, y: Array, z: Array) -> Array:
    return np.exp(-300 * ((x - 0.4) ** 2 + (y - 1.3) ** 2 + (z / 3) ** 2)) + 0.5 * np.exp(
        -300 * ((x + 0.6) ** 2 + (y - 0.4) ** 2 + (z / 3 - 0.5) ** 2)
    )


def _two_needles_integral() -> float:
    s = np.sqrt(300.0)
    side = np.sqrt(np.pi) / (2 * s)
    first = (erf(s * 0.6) + erf(s * 1.4)) * (erf(s * 0.7) + erf(s * 1.3)) * 2 * erf(s)
    second = (erf(s * 1.6) + erf(s * 0.4)) * (erf(s * 1.6) + erf(s * 0.4))
    second *= erf(s * 0.5) + erf(s * 1.5)
    return float((first + 0.5 * second) * side**3 * 3)


def _many_scales(x: Array, y: Array, z: Array) -> Array:
    return np.exp(12 * (x - 1)) * np.cos(5 * y) + 1e-3 * np.sin(40 * x * y) * z


def _swirl(x: Array, y: Array) -> Array:
    return 1 / (1.5 + np.sin(3 * x * y))


ENTRIES = (
    GalleryFunction(
        "high degree", _high_degree, ((0.0, 1.0), (0.0, 1.0), (0.0, 2.0)),
        "degree 700 on one axis with ranks 3, 3, 2", _high_degree_integral(), (3, 3, 2),
    ),
    GalleryFunction(
        "even", _even, BOX, "even in every variable: odd coefficients are zero",
        424.703690108219, (2, 2, 2),
    ),
    GalleryFunction(
        "linear edges", _linear_edges, BOX,
        "x + y (1 - x^2) sin(9 z): linear on the faces, not inside", 0.0, (2, 2, 2),
    ),
    GalleryFunction(
        "vanishing edges", _vanishing_edges, BOX, "zero on every face", 0.0, (1, 1, 1),
    ),
    GalleryFunction(
        "one variable", _one_variable, CUBE, "depends on y only", 10.2277304288303, (1, 1, 1),
    ),
    GalleryFunction(
        "needle", _needle, BOX[:2], "one peak of width 0.01, zero elsewhere",
        float(np.pi / 4000), (1, 1),
    ),
    GalleryFunction(
        "two needles", _two_needles, BOX, "two peaks apart from each other",
        _two_needles_integral(), (2, 2, 2),
    ),
    GalleryFunction(
        "many scales", _many_scales, BOX,
        "large and dull at one face, small and busy elsewhere", -0.0544021110888835,
    ),
    GalleryFunction(
        "swirl", _swirl, ((0.0, 2.0), (-1.0, 1.0)), "1 / (1.5 + sin(3 x y))",
        3.45577158108144,
    ),
)  # fmt: skip
