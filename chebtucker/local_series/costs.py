"""What local series cost: bytes, and CPU seconds for formation and for points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.blocks import BlockGrid

Array = NDArray[np.float64]

MOST_BYTES = 2**27
"""Local series that are larger than about 128 MiB are never held as a whole."""

_MOST_DEVICE_BYTES = 2**32

_TOGETHER = 2**18  # points that are sorted by block at once

# CPU seconds, measured on one core: a multiply-add and a point of the local series, and a flop
# and a coefficient of their formation. A visit to a block, whose coefficients are to be loaded,
# takes as long as so many points.
_MULTIPLY_ADD, _POINT, _VISIT = 5.7e-11, 2.2e-8, 32
_FLOP, _COEFFICIENT = 4.0e-11, 1.2e-9


@dataclass(frozen=True, eq=False)
class Plan:
    """Blocks, and about how many coefficients each keeps on average."""

    blocks: BlockGrid
    kept: float


def stored_bytes(plan: Plan) -> int:
    """Return about how many bytes local series have."""
    return math.ceil(8 * math.prod(plan.blocks.counts) * plan.kept)


def fits(plan: Plan, array: Array) -> bool:
    """Say whether local series may be held as a whole where `array` is."""
    return stored_bytes(plan) <= (MOST_BYTES if _arrays.is_numpy(array) else _MOST_DEVICE_BYTES)


def formation(core: Array, plan: Plan) -> float:
    """Return about how many CPU seconds it takes to form local series."""
    m = [c * p for c, p in zip(plan.blocks.counts, plan.blocks.sizes, strict=True)]
    flops = sum(2 * math.prod(core.shape[: k + 1]) * math.prod(m[k:]) for k in range(core.ndim))
    return flops * _FLOP + math.prod(m) * _COEFFICIENT


def evaluation(plan: Plan, points: int, *, slopes: bool = False) -> float:
    """Return about how many CPU seconds local series take at points, spread evenly."""
    sums = 2.2 if slopes else 1.0
    visits = min(points, math.prod(plan.blocks.counts) * math.ceil(points / _TOGETHER))
    multiply_adds = (points + _VISIT * visits) * plan.kept
    return points * _POINT + sums * multiply_adds * _MULTIPLY_ADD
