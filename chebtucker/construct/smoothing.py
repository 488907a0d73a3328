"""From a Tucker tensor of values on a uniform grid to a smooth function."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.chebtuck.changing import trimmed
from chebtucker.construct.resolution import approximation_error, places_on, spline_errors
from chebtucker.construct.splines import Splines, resolving
from chebtucker.decompositions import round_tucker
from chebtucker.decompositions.sweeps import chosen_truncation
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

_VISIBLE = 1e-3  # of the largest value: errors that a user should hear of
_FIRST = 0.01  # of the tolerance: for a compression on the grid, where norms are others
_DEGREES = 0.1  # of the tolerance: for the degrees


@dataclass(frozen=True)
class Options:
    """What `from_grid` and `from_cp` have in common."""

    rtol: float
    rank: Any
    degree: Any
    splines: Splines
    truncation: str

    @classmethod
    def checked(
        cls, rtol: Any, rank: Any, degree: Any, grid: Any, spline_degree: Any, truncation: Any
    ) -> Options:
        """Return the options; ranks that are given are reached by Tucker-ALS unless told not to."""
        return cls(
            _checks.tolerance(rtol, "rtol"), rank, degree, Splines.checked(grid, spline_degree),
            chosen_truncation(truncation, rank),
        )  # fmt: skip

    @property
    def first(self) -> float:
        """The tolerance of a first compression on the grid."""
        return _FIRST * self.rtol


def series_of(values: TuckerTensor, options: Options) -> TuckerTensor:
    """Return the coefficients of the polynomials through the splines through values."""
    if options.degree is None:
        sizes = [resolving(n) for n in values.shape]
    else:
        degrees = _checks.per_axis(options.degree, "degree", values.ndim, minimum=0)
        sizes = [n + 1 for n in degrees]
    factors = [
        options.splines.coefficients(u, size) for u, size in zip(values.factors, sizes, strict=True)
    ]
    series = TuckerTensor(values.core, tuple(factors))
    return trimmed(series, _DEGREES * options.rtol) if options.degree is None else series


def compressed(series: TuckerTensor, options: Options) -> TuckerTensor:
    """Return the series with the ranks that are wanted.

    What the degrees took is in other directions, so it is subtracted in squares; the same is
    left for what the compression on the grid took.
    """
    if options.rank is not None:
        return round_tucker(series, rank=options.rank, truncation=options.truncation)
    left = math.sqrt(1 - 2 * _DEGREES**2) * options.rtol
    return round_tucker(series, rtol=left, truncation=options.truncation)


def error_between(values: TuckerTensor, series: TuckerTensor, options: Options) -> float:
    """Return about the largest error of a series for values known on a grid only.

    Warns where a lower degree of the splines would be better.
    """
    places = [places_on(values, options.splines, k) for k in range(values.ndim)]
    seen = [options.splines.at(t, u) for t, u in zip(places, values.factors, strict=True)]
    between = spline_errors(values, options.splines, seen)
    moved, largest = approximation_error(values.core, seen, series, places)
    rough = [k for k, axis in enumerate(between) if axis.harmful]
    rough = [k for k in rough if between[k].error > _VISIBLE * largest]
    if rough and options.splines.degree > 1:
        axes = ", ".join(map(str, rough))
        warnings.warn(
            f"the values along axis {axes} are noisy or too few for splines of degree "
            f"{options.splines.degree}, which may be wrong by "
            f"{max(between[k].error for k in rough) / largest:.1e} of the largest value between "
            "and beyond the points; lower `spline_degree`",
            UserWarning, stacklevel=3,
        )  # fmt: skip
    return sum(axis.error for axis in between) + moved
