"""Gaussians for any radial kernel by least squares: smoother than a quadrature rule allows."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from chebtucker.kernels.gaussians import GaussianSum

Array = NDArray[np.float64]

_SLOPE, _OFFSET = 1.57, 5.0
"""The error is near exp(-_OFFSET - _SLOPE t^2), t^2 the largest exponent times r_min^2."""

_GROWTH = 1.02
_ATTEMPTS = 40


def fit_gaussians(
    kernel: Callable[[Array], Array], r_min: float, r_max: float, rtol: float
) -> GaussianSum | None:
    """Return g with |K(r) - g(r)| <= `rtol` / r on [r_min, r_max], or None if none was found.

    The exponents are t^2 with t in geometric progression, of the step that the trapezoidal rule
    needs for `rtol`; the weights solve a least-squares problem for r K(r). The largest t is the
    least that reaches `rtol`, 12 to 15 % below that of the trapezoidal rule: the degree of a long
    part is proportional to it.

    Parameters
    ----------
    kernel : callable
        K, vectorised; r K(r) smooth and of order 1.
    r_min, r_max : float
        The range on which the error is bounded, 0 < r_min < r_max.
    rtol : float
        Largest error relative to 1/r.

    Notes
    -----
    A millisecond. Where the kernel decays within the range and only then, small weights may be
    negative; their absolute sum stays near g(0).

    Examples
    --------
    >>> import numpy as np
    >>> from chebtucker.kernels import fit_gaussians
    >>> g = fit_gaussians(lambda r: np.exp(-r) / r, 0.1, 2.0, 1e-6)
    >>> r = np.linspace(0.1, 2.0)
    >>> bool(np.max(np.abs(np.exp(-r) - r * g(r))) < 1e-6)
    True
    """
    if not 0 < r_min < r_max:
        raise ValueError(f"`r_min` must be in (0, r_max), got {r_min:g} with r_max {r_max:g}")
    ratio = r_max / r_min
    step = math.pi**2 / (2 * math.log(4 * math.sqrt(2) / rtol))
    count = 40 + math.ceil(6 * math.log(ratio) / step)
    angles = np.pi * (np.arange(count) + 0.5) / count
    r = np.exp(math.log(ratio) * (1 - np.cos(angles)) / 2)  # in units of r_min
    target = r * r_min * kernel(r * r_min)
    largest = math.sqrt(max((math.log(1 / rtol) - _OFFSET) / _SLOPE, 0.25))
    for _ in range(_ATTEMPTS):
        t = largest * np.exp(-step * np.arange(_terms(largest * ratio, step)))
        terms = r[:, None] * np.exp(-np.square(r[:, None] * t))  # (count, K)
        size = np.linalg.norm(terms, axis=0)
        solved = np.linalg.lstsq(terms / size, target, rcond=max(1e-3 * rtol, 2e-15))
        weights = solved[0] / size
        if np.abs(terms @ weights - target).max() <= 0.9 * rtol:
            return GaussianSum(weights / r_min, np.square(t / r_min))
        largest *= _GROWTH
    return None


def _terms(range_of_largest: float, step: float) -> int:
    """Return how many terms until t r_max is a half."""
    return max(math.ceil(math.log(2 * range_of_largest) / step), 1) + 1
