"""Derivatives of radial kernels, and of their short part, for sources that are multipoles.

With D = (1/r) d/dr and x = |x| n, every derivative of a radial function is a polynomial in the
coordinates with the coefficients D^n K:

    d_a K = x_a D K,        d_a d_b K = x_a x_b D^2 K + delta_ab D K,        ...
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker.kernels.gaussians import GaussianSum
from chebtucker.kernels.radial import Newton, RadialKernel, Yukawa
from chebtucker.kernels.split import LONGEST, RangeSplit

Array = NDArray[np.float64]


def radial_derivatives(kernel: RadialKernel, r: ArrayLike, order: int) -> Array:
    """Return ((1/r) d/dr)^n K(r) for n = 0..order, shape (order + 1, ...).

    Kernels other than Newton and Yukawa bring a method ``radial_derivatives(r, order)``.

    Examples
    --------
    >>> from chebtucker import Newton
    >>> from chebtucker.kernels import radial_derivatives
    >>> radial_derivatives(Newton(), 2.0, 2)  # 1/r, -1/r^3, 3/r^5
    array([ 0.5    , -0.125  ,  0.09375])
    """
    r = np.asarray(r, dtype=np.float64)
    if not isinstance(kernel, Newton | Yukawa):
        own: Any = getattr(kernel, "radial_derivatives", None)
        if own is None:
            raise TypeError(
                "`kernel` must have a method radial_derivatives(r, order) for particles with "
                f"dipoles or quadrupoles, got {kernel!r}"
            )
        return np.asarray(own(r, order), dtype=np.float64)
    k = kernel.screening
    rows = [np.asarray(kernel(r), dtype=np.float64)]
    with np.errstate(divide="ignore", invalid="ignore"):
        square = 1 / r**2
        if order > 0:
            rows.append(-(1 + k * r) * rows[0] * square)
        for n in range(2, order + 1):  # the recurrence of the reverse Bessel polynomials
            rows.append((k * k * rows[n - 2] - (2 * n - 1) * rows[n - 1]) * square)
    return np.stack(rows)


def gaussian_derivatives(gaussians: GaussianSum, r: ArrayLike, order: int) -> Array:
    """Return ((1/r) d/dr)^n g(r) for n = 0..order, shape (order + 1, ...)."""
    weights, steps = gaussians.weights, -2 * gaussians.exponents
    return np.stack(
        [GaussianSum(weights * steps**n, gaussians.exponents)(r) for n in range(order + 1)]
    )


def short_derivatives(split: RangeSplit, order: int) -> Array:
    """Return polynomials p_n for ((1/r) d/dr)^n of the short part, n = 0..order.

    For the Newton kernel these are (-1)^n (2n - 1)!!/r^(2n + 1) + p_n(y), y = 2 (r/cutoff)^2 - 1,
    otherwise p_n(y)/r^(2n + 1), y = 2 r/cutoff - 1.

    Returns
    -------
    ndarray, shape (order + 1, m)
        Monomial coefficients, the highest power first. Each p_n is a fit of its own: derivatives
        of p_0 would lose the square of its degree every time.
    """
    rows = [_monomial(split, n) for n in range(order + 1)]
    length = max(len(row) for row in rows)
    return np.stack([np.append(np.zeros(length - len(row)), row) for row in rows])


def is_even(split: RangeSplit) -> bool:
    """Return which of the two forms of `short_derivatives` holds."""
    return isinstance(split.kernel, Newton)


def _monomial(split: RangeSplit, n: int) -> Array:
    cutoff, scale = split.cutoff, math.prod(range(1, 2 * n, 2)) / split.cutoff ** (2 * n + 1)

    def samples(y: Array) -> Array:
        if is_even(split):
            return -gaussian_derivatives(split.long, cutoff * np.sqrt((y + 1) / 2), n)[n]
        r = cutoff * (y + 1) / 2
        short = radial_derivatives(split.kernel, r, n)[n]
        short -= gaussian_derivatives(split.long, r, n)[n]
        return np.asarray(short * r ** (2 * n + 1))

    cheb: Any = np.polynomial.chebyshev
    series = cheb.chebinterpolate(samples, LONGEST - 1)
    unit = scale if is_even(split) else scale * cutoff ** (2 * n + 1)
    tails = np.append(np.cumsum(np.abs(series[::-1]))[::-1], 0.0)
    floor = max(0.2 * split.rtol * unit, 1e-13 * float(np.abs(series).max()))
    return np.asarray(cheb.cheb2poly(series[: max(int(np.argmax(tails <= floor)), 1)])[::-1])
