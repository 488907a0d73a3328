"""Values and gradients at points: by contraction of the core, or by local series where it pays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker import local_series
from chebtucker.blocks import BlockGrid
from chebtucker.chebtuck import calculus, evaluation
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

_WORTH_PLANNING = 3e-3
"""Seconds of contraction below which local series are not considered."""


def values(coefficients: TuckerTensor, domain: Array, points: Array, error: float) -> Array:
    """Return values at points (M, d), shape (M,); local series add at most a tenth of `error`."""
    blocks = _blocks(coefficients, domain, len(points), error)
    if blocks is None:
        return evaluation.at_points(coefficients, domain, points)
    core, factors = coefficients
    return local_series.evaluate(core, factors, blocks, points)


def value_and_gradient(
    coefficients: TuckerTensor, domain: Array, points: Array, error: float
) -> tuple[Array, Array]:
    """Return values (M,) and gradients (M, d) at points (M, d)."""
    d = coefficients.ndim
    blocks = _blocks(coefficients, domain, (d + 1) * len(points), error)
    if blocks is not None:
        core, factors = coefficients
        both = local_series.evaluate(core, factors, blocks, points, gradient=True)
        return both[:, 0], both[:, 1:]
    slopes = [
        calculus.derivative(coefficients, domain, tuple(int(k == axis) for k in range(d)))
        for axis in range(d)
    ]
    gradient = [evaluation.at_points(slope, domain, points) for slope in slopes]
    return evaluation.at_points(coefficients, domain, points), np.stack(gradient, axis=-1)


def _blocks(
    coefficients: TuckerTensor, domain: Array, count: int, error: float
) -> BlockGrid | None:
    core, factors = coefficients
    if core.ndim != 3 or 2 * core.size * count * local_series.FLOP < _WORTH_PLANNING:
        return None
    atol = max(0.1 * error, 1e-14 * float(np.linalg.norm(core)))
    blocks = local_series.plan_blocks(core, factors, domain, atol)
    if blocks is None or not local_series.pays_off(core, blocks, count):
        return None
    return blocks
