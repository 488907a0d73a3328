"""The split of a radial kernel into a smooth long part and a short part of finite range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker.kernels.gaussians import GaussianSum
from chebtucker.kernels.radial import RadialKernel

LONGEST = 48
"""Most coefficients of the polynomial in the short part."""

SINGLE = 2e-7
"""Tolerance of a pair from which on single precision is enough: it is exact to 6e-8."""


@dataclass(frozen=True, eq=False)
class RangeSplit:
    """kernel = long + short, with short neglected beyond `cutoff`.

    Short is *defined* as kernel minus long, so the split is exact within the cutoff. There it
    is evaluated without exponentials: for the Newton kernel as 1/r + p(y), y = 2 (r/cutoff)^2 - 1,
    otherwise as p(y)/r, y = 2 r/cutoff - 1, where p is a polynomial.

    Parameters
    ----------
    kernel : RadialKernel
        The full interaction.
    long : GaussianSum
        The smooth part.
    cutoff : float
        Radius beyond which short is taken as zero.
    rtol : float
        Bound of |kernel - long| relative to 1/r beyond the cutoff.
    coefficients : ndarray of float32 or float64, shape (m,)
        Monomial coefficients of p, the highest power first. Their precision is that in which
        compiled loops evaluate the short part.
    is_even : bool
        Whether p is a polynomial in r^2 added to 1/r.
    """

    kernel: RadialKernel
    long: GaussianSum
    cutoff: float
    rtol: float
    coefficients: NDArray[Any]
    is_even: bool

    def short(self, r: ArrayLike) -> NDArray[np.float64]:
        """Return kernel(r) - long(r) within the cutoff and 0 beyond, from its definition."""
        r = np.asarray(r, dtype=np.float64)
        return np.where(r < self.cutoff, self.kernel(r) - self.long(r), 0.0)


def split_kernel(kernel: RadialKernel, cutoff: float, r_max: float, rtol: float) -> RangeSplit:
    """Return the split whose long part is as smooth as `rtol` allows.

    Parameters
    ----------
    kernel : RadialKernel
        The interaction.
    cutoff : float
        Radius beyond which the short part is neglected.
    r_max : float
        Largest distance that occurs.
    rtol : float
        Largest error beyond the cutoff, relative to 1/r.
    """
    long = kernel.gaussians(cutoff, max(r_max, 1.01 * cutoff), rtol)
    is_even = kernel.screening == 0
    coefficients = _short_polynomial(kernel, long, cutoff, is_even, 0.2 * rtol)
    if rtol >= SINGLE:
        coefficients = coefficients.astype(np.float32)
    return RangeSplit(kernel, long, cutoff, rtol, coefficients, is_even)


def _short_polynomial(
    kernel: RadialKernel, long: GaussianSum, cutoff: float, is_even: bool, rtol: float
) -> NDArray[np.float64]:
    def samples(y: NDArray[np.float64]) -> NDArray[np.float64]:
        if is_even:
            return -long(cutoff * np.sqrt((y + 1) / 2))
        r = cutoff * (y + 1) / 2
        return r * (kernel(r) - long(r))

    interpolate: Any = np.polynomial.chebyshev.chebinterpolate
    series: NDArray[np.float64] = interpolate(samples, LONGEST - 1)
    tails = np.append(np.cumsum(np.abs(series[::-1]))[::-1], 0.0)
    floor = max(rtol / cutoff if is_even else rtol, 2e-14 * np.abs(series).max())
    length = max(int(np.argmax(tails <= floor)), 2)
    monomial = np.polynomial.chebyshev.cheb2poly(series[:length])
    padded = np.zeros(length)
    padded[length - len(monomial) :] = monomial[::-1]
    return padded
