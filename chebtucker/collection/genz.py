"""The six families of Genz (1984) for multiple integrals, here in four dimensions."""

from __future__ import annotations

from itertools import product
from math import erf, factorial

import numpy as np
from numpy.typing import NDArray

from chebtucker.collection.entry import GalleryFunction

Array = NDArray[np.float64]

_RATES = np.array([9.0, 7.0, 5.0, 3.0])
_GENTLE = np.array([1.0, 0.7, 0.5, 0.3])
_WHERE = np.array([0.3, 0.6, 0.2, 0.7])
_D = len(_RATES)
UNIT = ((0.0, 1.0),) * _D


def _oscillatory(*x: Array) -> Array:
    return np.cos(2 * np.pi * 0.2 + _weighted(_RATES, x))


def _product_peak(*x: Array) -> Array:
    terms = [1 / (c**-2 + (t - w) ** 2) for c, t, w in zip(_RATES, x, _WHERE, strict=True)]
    result: Array = np.prod(np.broadcast_arrays(*terms), axis=0)
    return result


def _corner_peak(*x: Array) -> Array:
    return (1 + _weighted(_GENTLE, x)) ** -(_D + 1.0)


def _gaussian(*x: Array) -> Array:
    return np.exp(-_weighted(_RATES**2, [(t - w) ** 2 for t, w in zip(x, _WHERE, strict=True)]))


def _continuous(*x: Array) -> Array:
    return np.exp(-_weighted(_RATES, [np.abs(t - w) for t, w in zip(x, _WHERE, strict=True)]))


def _discontinuous(*x: Array) -> Array:
    inside = (x[0] <= _WHERE[0]) & (x[1] <= _WHERE[1])
    return np.where(inside, np.exp(_weighted(_GENTLE, x)), 0.0)


def _weighted(weights: Array, x: tuple[Array, ...] | list[Array]) -> Array:
    total: Array = sum(c * t for c, t in zip(weights, x, strict=True))
    return total


def _oscillatory_integral() -> float:
    return float((np.exp(0.4j * np.pi) * np.prod((np.exp(1j * _RATES) - 1) / (1j * _RATES))).real)


def _product_peak_integral() -> float:
    sides = _RATES * (np.arctan(_RATES * (1 - _WHERE)) + np.arctan(_RATES * _WHERE))
    return float(np.prod(sides))


def _corner_peak_integral() -> float:
    corners = np.array(list(product((0, 1), repeat=_D)))
    signs = (-1.0) ** corners.sum(axis=1)
    return float(np.sum(signs / (1 + corners @ _GENTLE)) / (factorial(_D) * np.prod(_GENTLE)))


def _gaussian_integral() -> float:
    sides = [erf(c * (1 - w)) + erf(c * w) for c, w in zip(_RATES, _WHERE, strict=True)]
    return float(np.prod(np.array(sides) * np.sqrt(np.pi) / (2 * _RATES)))


def _continuous_integral() -> float:
    return float(np.prod((2 - np.exp(-_RATES * _WHERE) - np.exp(-_RATES * (1 - _WHERE))) / _RATES))


def _discontinuous_integral() -> float:
    ends = np.array([_WHERE[0], _WHERE[1], 1.0, 1.0])
    return float(np.prod(np.expm1(_GENTLE * ends) / _GENTLE))


ENTRIES = (
    GalleryFunction(
        "Genz oscillatory", _oscillatory, UNIT,
        "cos(2 pi u + c.x)", _oscillatory_integral(), (2,) * _D,
    ),
    GalleryFunction(
        "Genz product peak", _product_peak, UNIT,
        "the product of 1 / (c^-2 + (x - w)^2)", _product_peak_integral(), (1,) * _D,
    ),
    GalleryFunction(
        "Genz corner peak", _corner_peak, UNIT, "(1 + c.x)^-5", _corner_peak_integral(),
    ),
    GalleryFunction(
        "Genz Gaussian", _gaussian, UNIT,
        "exp(-sum of (c (x - w))^2)", _gaussian_integral(), (1,) * _D,
    ),
    GalleryFunction(
        "Genz continuous", _continuous, UNIT,
        "exp(-sum of c |x - w|): a kink on every axis", _continuous_integral(), (1,) * _D,
        smooth=False,
    ),
    GalleryFunction(
        "Genz discontinuous", _discontinuous, UNIT,
        "exp(c.x) where x1 <= w1 and x2 <= w2, else 0", _discontinuous_integral(), (1,) * _D,
        smooth=False,
    ),
)  # fmt: skip
