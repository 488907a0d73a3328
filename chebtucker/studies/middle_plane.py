"""Errors on the plane of cells just below the middle of z, the measure of the paper."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.construct.splines import uniform
from chebtucker.tensors import CPTensor, TuckerTensor

Array = NDArray[np.float64]

_BLOCK = 512  # points for which all polynomials are formed at once


@dataclass(frozen=True, eq=False)
class MiddlePlane:
    """Values (n_x, n_y) of a canonical tensor of values on cells, on the plane z = -h/2.

    Parameters
    ----------
    cp : CPTensor
        Values on n_x x n_y x n_z cells.
    """

    cp: CPTensor

    @cached_property
    def data(self) -> Array:
        """The values."""
        u, v, w = self.cp.factors
        return (u * (self.cp.weights * w[self.cp.shape[2] // 2 - 1])) @ v.T

    @cached_property
    def largest(self) -> float:
        """The largest absolute value."""
        return float(np.abs(self.data).max())

    def values(self, series: TuckerTensor | CPTensor) -> Array:
        """Return the values of a series with given Chebyshev coefficients at the cells."""
        places = [uniform(n, "cells") for n in self.cp.shape]
        places[2] = places[2][self.cp.shape[2] // 2 - 1 :][:1]
        u, v, w = (columns_at(x, c) for x, c in zip(places, series.factors, strict=True))
        if isinstance(series, CPTensor):
            return (u * (series.weights * w[0])) @ v.T
        return u @ (series.core @ w[0]) @ v.T

    def error(self, series: TuckerTensor | CPTensor) -> float:
        """Return the largest absolute error of a series at the cells."""
        return float(np.abs(self.values(series) - self.data).max())


def columns_at(t: Array, coefficients: Array) -> Array:
    """Return series with coefficients (m, r) at points t of [-1, 1], (M, r): 2 M m r flops."""
    parts = [t[k : k + _BLOCK] for k in range(0, len(t), _BLOCK)]
    return np.concatenate([
        chebyshev.basis(part, len(coefficients)) @ coefficients for part in parts
    ])  # fmt: skip
