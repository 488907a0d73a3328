"""Radial interactions that are integrals of Gaussians: Newton and Yukawa."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _checks
from chebtucker.kernels.fitting import fit_gaussians
from chebtucker.kernels.gaussians import GaussianSum, reduce_small_exponents
from chebtucker.kernels.minimax import smoothest_gaussians

_RANGES = 1.2
"""Ratio of the lengths of ranges for which sums are computed; others take the next longer one."""

_LENGTH = 10
"""Ranges of so many of those ratios are taken where an exchange fails on a shorter one."""

_ROUNDING = 5e-12
"""Best sums are not looked for below this tolerance."""


@runtime_checkable
class RadialKernel(Protocol):
    """What the potentials need from an interaction K(r) with r K(r) -> 1 as r -> 0."""

    @property
    def screening(self) -> float:
        """Inverse screening length; 0 for an unscreened kernel."""

    def __call__(self, r: ArrayLike) -> NDArray[np.float64]:
        """Return K at the distances `r`."""

    def gaussians(self, r_min: float, r_max: float, rtol: float) -> GaussianSum:
        """Return g with |K(r) - g(r)| <= rtol / r on [r_min, r_max]."""


@dataclass(frozen=True)
class Newton:
    """The kernel 1/r of gravitation and electrostatics.

    Examples
    --------
    >>> from chebtucker import Newton
    >>> float(Newton()(0.5))
    2.0
    """

    @property
    def screening(self) -> float:
        """Inverse screening length: none."""
        return 0.0

    def __call__(self, r: ArrayLike) -> NDArray[np.float64]:
        """Return 1/r; inf at r = 0."""
        with np.errstate(divide="ignore"):
            return 1.0 / np.asarray(r, dtype=np.float64)

    def gaussians(self, r_min: float, r_max: float, rtol: float) -> GaussianSum:
        """Return g with |1/r - g(r)| <= `rtol` / r on [`r_min`, `r_max`].

        The fewest that there are, as smooth as the tolerance allows (`smoothest_gaussians`); below
        some 1e-11, or on ranges beyond 10^6, `fit_gaussians`.
        """
        return _gaussians(self, r_min, r_max, rtol)


@dataclass(frozen=True)
class Yukawa:
    """The screened kernel exp(-screening * r) / r.

    Parameters
    ----------
    screening : float
        Inverse screening length (of Debye and Hueckel, in the unit 1/length); positive.

    Examples
    --------
    >>> from chebtucker import Yukawa
    >>> round(float(Yukawa(screening=2.0)(0.5)), 6)
    0.735759
    """

    screening: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "screening", _checks.positive(self.screening, "screening"))

    def __call__(self, r: ArrayLike) -> NDArray[np.float64]:
        """Return exp(-screening * r) / r; inf at r = 0."""
        r = np.asarray(r, dtype=np.float64)
        with np.errstate(divide="ignore"):
            return np.exp(-self.screening * r) / r

    def gaussians(self, r_min: float, r_max: float, rtol: float) -> GaussianSum:
        """Return g with |K(r) - g(r)| <= `rtol` / r on [`r_min`, `r_max`].

        Empty where the kernel itself is that small; else as those of `Newton`, and fewer.
        """
        if math.exp(-self.screening * r_min) <= rtol:
            return GaussianSum(np.empty(0), np.empty(0))
        return _gaussians(self, r_min, r_max, rtol)


def _gaussians(kernel: Newton | Yukawa, r_min: float, r_max: float, rtol: float) -> GaussianSum:
    """Return the best sum, else the fit, else the rule."""
    if 0 < r_min < r_max:
        steps = math.ceil(math.log(r_max / r_min) / math.log(_RANGES))
        unit = _unit(kernel.screening * r_min, max(steps, 1), rtol)
        if unit is not None:
            return GaussianSum(unit.weights / r_min, unit.exponents / r_min**2)
    fitted = fit_gaussians(kernel, r_min, r_max, rtol)
    return fitted or gaussian_quadrature(r_min, r_max, rtol, kernel.screening)


@lru_cache(maxsize=256)
def _unit(screening: float, steps: int, rtol: float) -> GaussianSum | None:
    """Return Gaussians for exp(-k r)/r on [1, _RANGES^steps]: ranges that are near share them."""
    kernel = Yukawa(screening) if screening > 0 else Newton()
    for length in (steps, max(steps + 2, _LENGTH)) if rtol > _ROUNDING else ():
        best = smoothest_gaussians(kernel, 1.0, _RANGES**length, 0.99 * rtol)
        if best is not None:
            return best.gaussians
    return None


def gaussian_quadrature(
    r_min: float, r_max: float, rtol: float, screening: float = 0.0
) -> GaussianSum:
    """Return Gaussians for exp(-screening r)/r with error at most `rtol`/r on [r_min, r_max].

    The trapezoidal rule of step h for

        exp(-k r)/r = 2/sqrt(pi) * int exp(u) exp(-exp(2u) r^2 - k^2 exp(-2u)/4) du

    has a relative error near 2 sqrt(2) exp(-pi^2/(2h)). The nodes t = exp(u) are placed so that
    the first one left out above contributes less than the tolerance at `r_min`: the sharpest
    kept Gaussian is as smooth as the rule allows. Small exponents are merged
    (`reduce_small_exponents`).

    Parameters
    ----------
    r_min, r_max : float
        The range on which the error is bounded, 0 < r_min < r_max.
    rtol : float
        Largest error relative to 1/r.
    screening : float
        Inverse length k.

    Returns
    -------
    GaussianSum
        About log(1/rtol) * log(r_max/r_min) / 3 terms, all weights positive.

    References
    ----------
    D. Braess and W. Hackbusch, "On the efficient computation of high-dimensional integrals and
    the approximation by exponential sums", in Multiscale, Nonlinear and Adaptive Approximation
    (2009).
    """
    if not 0 < r_min < r_max:
        raise ValueError(f"`r_min` must be in (0, r_max), got {r_min:g} with r_max {r_max:g}")
    step = math.pi**2 / (2 * math.log(4 * math.sqrt(2) / rtol))
    first_left_out = _first_left_out(step, rtol / 3) / r_min
    smallest = rtol / (20 * r_max)
    if screening > 0:
        smallest = max(smallest, screening / (2 * math.sqrt(math.log(40 * r_max / r_min / rtol))))
    count = max(math.ceil(math.log(first_left_out / smallest) / step), 1)
    t = first_left_out * np.exp(-step * np.arange(1, count + 1))
    weights = 2 / math.sqrt(math.pi) * step * t * np.exp(-((screening / (2 * t)) ** 2))
    kept = weights > 0
    raw = GaussianSum(weights[kept], t[kept] ** 2)
    return reduce_small_exponents(raw, r_max, 0.1 * rtol / r_max)


def _first_left_out(step: float, tail: float) -> float:
    """Return t * r_min at which the terms t, t e^step, ... add less than `tail` to r_min K."""
    t = 1.0
    for _ in range(100):
        series = t * np.exp(step * np.arange(40))
        missing = 2 / math.sqrt(math.pi) * step * (series * np.exp(-(series**2))).sum()
        if missing <= tail:
            break
        t *= 1.01 if missing < 10 * tail else 1.05
    return t
