"""Functions that polynomials cannot resolve: the error must be honest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.collection.entry import GalleryFunction

Array = NDArray[np.float64]

CUBE = ((-1.0, 1.0),) * 3


def _kink(x: Array, y: Array) -> Array:
    return np.abs(x - 0.3) + y


def _corner_root(x: Array, y: Array, z: Array) -> Array:
    return np.sqrt(x + y + z + 3)


def _corner_root_integral() -> float:
    """Return the integral over the cube of side 2, by three antiderivatives of the root."""
    return float((6**3.5 - 3 * 4**3.5 + 3 * 2**3.5) * 8 / 105)


def _cone(x: Array, y: Array) -> Array:
    return np.sqrt((x - 0.2) ** 2 + (y + 0.4) ** 2)


def _step(x: Array, y: Array) -> Array:
    return np.where(x + y > 0.3, 1.0, 0.0)


ENTRIES = (
    GalleryFunction(
        "kink", _kink, ((-1.0, 1.0), (0.0, 1.0)), "|x - 0.3| + y", (0.845 + 0.245) + 1.0, (2, 2),
        smooth=False,
    ),
    GalleryFunction(
        "corner root", _corner_root, CUBE, "sqrt(x + y + z + 3): singular at a corner",
        _corner_root_integral(), smooth=False,
    ),
    GalleryFunction(
        "cone", _cone, ((-1.0, 1.0),) * 2, "distance from a point inside", smooth=False,
    ),
    GalleryFunction(
        "step", _step, ((-1.0, 1.0),) * 2, "1 where x + y > 0.3, else 0", 1.7**2 / 2, smooth=False,
    ),
)  # fmt: skip
