"""From a Tucker tensor of values on a uniform grid to a smooth function."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.chebtuck.changing import trimmed
from chebtucker.construct.resolution import approximation_error, spline_errors
from chebtucker.construct.splines import Splines, resolving
from chebtucker.decompositions import round_tucker
from chebtucker.decompositions.sweeps import TRUNCATIONS
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

SHARE = 0.1  # of the tolerance: for a first compression, and for the degrees


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
        return SHARE * self.rtol


def chosen_truncation(truncation: Any, rank: Any) -> str:
    """Return "hooi" where ranks are given and nothing else is said."""
    if truncation is None:
        return "hosvd" if rank is None else "hooi"
    return _checks.choice(truncation, "truncation", TRUNCATIONS)


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
    return trimmed(series, SHARE * options.rtol) if options.degree is None else series


def compressed(series: TuckerTensor, options: Options) -> TuckerTensor:
    """Return the series with the ranks that are wanted.

    What the compression on the grid and the degrees took is in other directions, so it is
    subtracted in squares.
    """
    if options.rank is not None:
        return round_tucker(series, rank=options.rank, truncation=options.truncation)
    left = math.sqrt(1 - 2 * SHARE**2) * options.rtol
    return round_tucker(series, rtol=left, truncation=options.truncation)


def error_between(values: TuckerTensor, series: TuckerTensor, options: Options) -> float:
    """Return about the largest error of a series for values known on a grid only."""
    between = sum(spline_errors(values, options.splines))
    return between + approximation_error(values, options.splines, series)
