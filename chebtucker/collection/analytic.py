"""Analytic functions from the literature: Runge, waves, ridges, potentials, engineering."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.collection.entry import GalleryFunction

Array = NDArray[np.float64]

CUBE = ((-1.0, 1.0),) * 3


def _square(*x: Array) -> Array:
    total: Array = sum(c * c for c in x)  # type: ignore[assignment]
    return total


def _runge(x: Array, y: Array, z: Array) -> Array:
    return 1 / (1 + 25 * _square(x, y, z))


def _narrow_runge(x: Array, y: Array) -> Array:
    return 1 / (1 + 1000 * _square(x, y))


def _runge_product(x: Array, y: Array, z: Array) -> Array:
    return 1 / ((1 + 25 * x * x) * (1 + 25 * y * y) * (1 + 25 * z * z))


def _plane_wave(x: Array, y: Array, z: Array) -> Array:
    return np.cos(150 * x + 140 * y + 130 * z)


def _plane_wave_integral() -> float:
    return float(np.prod([2 * np.sin(k) / k for k in (150, 140, 130)]))


_CENTRES = np.random.default_rng(0).uniform(-1, 1, (50, 3))
_HEIGHTS = np.random.default_rng(1).uniform(-1, 1, 50)
_WIDTH = 0.3


def _gaussians(x: Array, y: Array, z: Array) -> Array:
    result = np.zeros(np.shape(x))
    for height, (a, b, c) in zip(_HEIGHTS, _CENTRES, strict=True):
        result += height * np.exp(-_square(x - a, y - b, z - c) / (2 * _WIDTH**2))
    return result


def _gaussians_integral() -> float:
    from math import erf

    s = _WIDTH * np.sqrt(2)
    sides = [[erf((1 - c) / s) + erf((1 + c) / s) for c in centre] for centre in _CENTRES]
    return float(_HEIGHTS @ np.prod(np.array(sides) * s * np.sqrt(np.pi) / 2, axis=1))


def _ridge(x: Array, y: Array, z: Array) -> Array:
    return np.tanh(5 * (x + z)) * np.exp(y)


def _smeared_charge(x: Array, y: Array, z: Array) -> Any:
    from scipy.special import erf

    r = np.sqrt(_square(x, y, z))
    small = r < 1e-9
    return np.where(small, 8 / np.sqrt(np.pi), erf(4 * r) / np.where(small, 1, r))


def _tanh(x: Array, y: Array, z: Array) -> Array:
    return np.tanh(5 * (x + y + z))


def _sech_squared(x: Array, y: Array, z: Array) -> Array:
    return np.cosh(5 * (x + y + z)) ** -2


def _quotient(x: Array, y: Array, z: Array) -> Array:
    return np.exp(-_square(x, y, z)) / (1 + x * y * z / 2)


def _nested_logarithm(x: Array, y: Array, z: Array) -> Array:
    return np.log(2 + np.log(3.2 + x + y + z))


def _outside_charge(x: Array, y: Array, z: Array) -> Array:
    return 1 / np.sqrt(_square(x + 1.1, y + 1.1, z + 1.1))


def _helix(x: Array, y: Array, z: Array) -> Array:
    return np.exp(-_square(x - np.cos(z), y - np.sin(z)) / 0.8)


def _franke(x: Array, y: Array) -> Array:
    p, q = 9 * x, 9 * y
    return (
        0.75 * np.exp(-((p - 2) ** 2 + (q - 2) ** 2) / 4)
        + 0.75 * np.exp(-((p + 1) ** 2) / 49 - (q + 1) / 10)
        + 0.5 * np.exp(-((p - 7) ** 2 + (q - 3) ** 2) / 4)
        - 0.2 * np.exp(-((p - 4) ** 2) - (q - 7) ** 2)
    )


def _hilbert(*x: Array) -> Array:
    return 1 / (1 + np.sum(x, axis=0))


def _rastrigin(*x: Array) -> Array:
    total: Array = sum(c * c - 10 * np.cos(2 * np.pi * c) + 10 for c in x)
    return total


def _transformerless(
    b1: Array, b2: Array, f: Array, c1: Array, c2: Array, beta: Array
) -> Array:  # resistances in kilo-ohm and a current gain, midpoint voltage
    gain = beta * (c2 + 9)
    below = gain + f
    voltage = 12 * b2 / (b1 + b2)
    return (voltage + 0.74) * gain / below + 11.35 * f / below + 0.74 * f * gain / (below * c1)


def _heat_kernel(x: Array, y: Array, z: Array, t: Array) -> Array:
    return np.exp(-_square(x, y, z) / (4 * t)) / (4 * np.pi * t) ** 1.5


def _damped_wave(x: Array) -> Array:
    return np.exp(-x) * np.sin(50 * x)


def _damped_wave_integral() -> float:
    return float((50 - np.exp(-3) * (np.sin(150) + 50 * np.cos(150))) / 2501)


ENTRIES = (
    GalleryFunction(
        "Runge", _runge, CUBE, "1 / (1 + 25 r^2): poles near the centre",
        0.472570583345185,
    ),
    GalleryFunction(
        "narrow Runge", _narrow_runge, ((-1.0, 1.0),) * 2,
        "1 / (1 + 1000 r^2) in two dimensions: degrees in the hundreds", 0.022395232749055,
    ),
    GalleryFunction(
        "Runge product", _runge_product, CUBE,
        "the product of three functions of Runge's", float((0.4 * np.arctan(5)) ** 3), (1, 1, 1),
    ),
    GalleryFunction(
        "plane wave", _plane_wave, CUBE,
        "cos(150 x + 140 y + 130 z): 200 coefficients an axis, rank two",
        _plane_wave_integral(), (2, 2, 2),
    ),
    GalleryFunction(
        "Gaussians", _gaussians, CUBE,
        "50 Gaussians of width 0.3 at random places", _gaussians_integral(),
    ),
    GalleryFunction("ridge", _ridge, CUBE, "tanh(5 (x + z)) e^y: ranks half the degrees", 0.0),
    GalleryFunction(
        "smeared charge", _smeared_charge, CUBE,
        "erf(4 r) / r: the potential of a Gaussian charge", 9.32395991556373,
    ),
    GalleryFunction("tanh", _tanh, CUBE, "tanh(5 (x + y + z)): a step across the diagonal", 0.0),
    GalleryFunction(
        "sech squared", _sech_squared, CUBE, "cosh(5 (x + y + z))^-2, a ridge", 1.18684161705116,
    ),
    GalleryFunction(
        "quotient", _quotient, CUBE, "exp(-r^2) / (1 + x y z / 2)", 3.34645667875974,
    ),
    GalleryFunction(
        "nested logarithm", _nested_logarithm, CUBE,
        "log(2 + log(3.2 + x + y + z)): nearly singular at a corner", 9.00539399899024,
    ),
    GalleryFunction(
        "outside charge", _outside_charge, CUBE,
        "1/r from a point just outside a corner", 4.27204706869335,
    ),
    GalleryFunction(
        "helix", _helix, ((-2.0, 2.0), (-2.0, 2.0), (0.0, 15.0)),
        "a Gaussian tube around a helix in a long box", 35.8345002593341,
    ),
    GalleryFunction(
        "Franke", _franke, ((0.0, 1.0),) * 2, "Franke (1979), for scattered data",
        0.406969589491556, (4, 4),
    ),
    GalleryFunction(
        "Hilbert", _hilbert, ((0.0, 1.0),) * 5, "1 / (1 + x1 + .. + x5), a Hilbert tensor",
        0.296507535564265,
    ),
    GalleryFunction(
        "Rastrigin", _rastrigin, ((-1.0, 1.0),) * 6,
        "a sum over six axes: full grids have 10^8 points and more",
        (1 / 3 + 10) * 6 * 64, (2,) * 6,
    ),
    GalleryFunction(
        "OTL circuit", _transformerless,
        ((50.0, 150.0), (25.0, 70.0), (0.5, 3.0), (1.2, 2.5), (0.25, 1.2), (50.0, 300.0)),
        "voltage of an output-transformerless circuit (Ben-Ari and Steinberg 2007)",
    ),
    GalleryFunction(
        "heat kernel", _heat_kernel, (*CUBE, (0.05, 1.0)),
        "four variables, sharp at early times", 0.375777562074726,
    ),
    GalleryFunction(
        "damped wave", _damped_wave, ((0.0, 3.0),), "exp(-x) sin(50 x)", _damped_wave_integral(),
        (1,),
    ),
)  # fmt: skip
