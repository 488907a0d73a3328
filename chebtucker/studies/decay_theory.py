"""How fast Chebyshev coefficients must decay: nearest singularities, entire functions, kinks.

Theory: L. N. Trefethen, Approximation Theory and Approximation Practice (2013), chapters 7 and 8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Singularity:
    """Where a function of the gallery is singular nearest to its box, along one axis.

    Parameters
    ----------
    function : str
        Name in the gallery.
    axis : int
        The variable that leaves the real line; all others are in their intervals.
    point : tuple of complex
        The singular point.
    power : float
        Coefficients of degree n along the axis have the norm n^-power rho^-n: 1 - s for a single
        singularity like (x - x0)^-s, and for each other variable 1/4 more, since singularities
        next to the nearest one fade (inside the box and at its faces alike).
    interval : tuple of float
        Of the axis.

    Examples
    --------
    >>> round(Singularity("Runge", 0, (0.2j, 0.0, 0.0), 0.5).rho, 4)
    1.2198
    """

    function: str
    axis: int
    point: tuple[complex, ...]
    power: float
    interval: tuple[float, float] = (-1.0, 1.0)

    @property
    def rho(self) -> float:
        """Sum of the half axes of the Bernstein ellipse through the point."""
        lo, hi = self.interval
        z = (2 * complex(self.point[self.axis]) - lo - hi) / (hi - lo)
        root = np.sqrt(z - 1) * np.sqrt(z + 1)
        return float(abs(z + root))


_UNIT = (0.0, 1.0)
_PEAKS = ((0.3, 9.0), (0.6, 7.0), (0.2, 5.0), (0.7, 3.0))  # centre and rate, Genz product peak
_CORNER = (1.0, 0.7, 0.5, 0.3)  # rates, Genz corner peak
_SLOPE = math.acosh(1.5)  # sin(w) = -1.5 at w = -pi/2 + i acosh(1.5)


def _peak(axis: int) -> Singularity:
    point = [complex(0.5)] * 4
    centre, rate = _PEAKS[axis]
    point[axis] = complex(centre, 1 / rate)
    return Singularity("Genz product peak", axis, tuple(point), 0.0, _UNIT)


def _corner_peak(axis: int) -> Singularity:
    point = [0j] * 4
    point[axis] = complex(-1 / _CORNER[axis])
    return Singularity("Genz corner peak", axis, tuple(point), -4 + 0.75, _UNIT)


SINGULARITIES = (
    Singularity("Runge", 0, (0.2j, 0, 0), 0.5),
    Singularity("narrow Runge", 0, (1j / math.sqrt(1000), 0), 0.25),
    Singularity("Runge product", 1, (0, 0.2j, 0), 0.0),
    Singularity("tanh", 0, (0.1j * math.pi, 0, 0), 0.25),
    Singularity("ridge", 0, (0.1j * math.pi, 0, 0), 0.25),
    Singularity("sech squared", 2, (0, 0, 0.1j * math.pi), -0.75),
    Singularity("outside charge", 0, (-1.1 + 0.1j * math.sqrt(2), -1, -1), 1.0),
    Singularity("nested logarithm", 0, (math.exp(-2) - 1.2, -1, -1), 1.5),
    Singularity("Hilbert", 0, (-1, 0, 0, 0, 0), 1.0, _UNIT),
    Singularity("swirl", 0, (complex(math.pi / 2, _SLOPE) / 3, -1), 0.25, (0.0, 2.0)),
    Singularity("swirl", 1, (2, complex(-math.pi / 2, _SLOPE) / 6), 0.25),
    *(_peak(axis) for axis in range(4)),
    *(_corner_peak(axis) for axis in range(4)),
)


@dataclass(frozen=True)
class Wave:
    """A function of the gallery that is exp(z u) along an axis, u in [-1, 1], or a part of it.

    Its coefficients are 2 I_n(z) times a factor that does not depend on n, but for its parity.
    """

    function: str
    axis: int
    rate: complex

    def sizes(self, count: int) -> Array:
        """Return |2 I_n(z)|, n = 0, 1, .., count - 1, the first one halved."""
        from scipy.special import iv

        sizes = 2 * np.abs(iv(np.arange(count), self.rate))
        sizes[0] /= 2
        return np.asarray(sizes, dtype=np.float64)


WAVES = (
    *(Wave("plane wave", axis, 1j * rate) for axis, rate in enumerate((150, 140, 130))),
    Wave("damped wave", 0, 1.5 * (-1 + 50j)),
    *(Wave("Genz oscillatory", axis, 0.5j * rate) for axis, rate in enumerate((9, 7, 5, 3))),
)
"""Entire functions: the coefficients fall faster than any rho^-n."""


@dataclass(frozen=True)
class Kink:
    """A function of the gallery that is not smooth: coefficients fall like n^-power.

    |x| has n^-2 and (x + 1)^(1/2) at an end too. Where the singularity moves out of the interval
    with m other variables, the norm falls by n^-1/2 more for each.
    """

    function: str
    axis: int
    degree: tuple[int, ...]
    power: float


KINKS = (
    Kink("kink", 0, (1024, 2), 2.0),
    Kink("cone", 1, (512, 512), 2.5),
    Kink("corner root", 2, (128, 128, 128), 3.0),
)


def fitted_rho(sizes: Array, power: float, *, largest: float, least: float) -> tuple[float, int]:
    """Return rho of n^-power rho^-n fitted to the norms of coefficients, and how many were used.

    Those between `least` and `largest` of the greatest, and none that a later one exceeds.
    """
    n, kept = _outermost(sizes)
    top = sizes.max()
    kept &= (sizes < largest * top) & (sizes > least * top) & (n > 0)
    slope = np.polyfit(n[kept], np.log(sizes[kept]) + power * np.log(n[kept]), 1)[0]
    return float(np.exp(-slope)), int(kept.sum())


def fitted_power(sizes: Array) -> float:
    """Return p of n^-p fitted to the norms of coefficients, without the last ones."""
    n, kept = _outermost(sizes)
    kept &= (n > 8) & (n < 0.4 * len(n))
    return float(-np.polyfit(np.log(n[kept]), np.log(sizes[kept]), 1)[0])


def resolved(sizes: Array, least: float) -> int:
    """Return the last degree with a coefficient above `least` of the greatest."""
    return int(np.flatnonzero(sizes > least * sizes.max())[-1])


def _outermost(sizes: Array) -> tuple[Array, NDArray[np.bool_]]:
    later = np.maximum.accumulate(sizes[::-1])[::-1]
    return np.arange(len(sizes), dtype=np.float64), sizes >= later
