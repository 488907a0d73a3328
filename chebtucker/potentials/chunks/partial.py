"""Sums over particles in pieces: workers form partial sums of groups, which are merged here.

Pieces and their groups depend on the particles only, and sums are added in their order, so the
result does not depend on who computed what, nor on how many they were.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, _checks
from chebtucker._device import carrier
from chebtucker.backends.devices import DeviceExecutor
from chebtucker.backends.executors import in_order
from chebtucker.blocks import BlockGrid
from chebtucker.kernels import RadialKernel, RangeSplit
from chebtucker.potentials import device_moments
from chebtucker.potentials.direct import direct_potential
from chebtucker.potentials.moments import Sizes, moment_tensor
from chebtucker.potentials.short_range import ShortRange, short_range
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Totals:
    """What one reading of the particles tells.

    Parameters
    ----------
    count : int
        Number of particles.
    box : ndarray, shape (3, 2)
        Their bounding box.
    charge : float
        Sum of the charges.
    boxes : ndarray, shape (pieces, 3, 2)
        Bounding boxes of the pieces.
    direct : ndarray, shape (M,)
        Direct sums at the points that were asked for.
    """

    count: int
    box: Array
    charge: float
    boxes: Array
    direct: Array

    def __add__(self, other: Totals) -> Totals:
        low = np.minimum(self.box[:, 0], other.box[:, 0])
        high = np.maximum(self.box[:, 1], other.box[:, 1])
        return Totals(
            self.count + other.count,
            np.stack([low, high], axis=1),
            self.charge + other.charge,
            np.concatenate([self.boxes, other.boxes]),
            self.direct + other.direct,
        )


@dataclass(frozen=True, eq=False)
class Counting:
    """The task that reads pieces once: sizes, boxes, direct sums at a few points.

    `device` is where a worker forms the sums: "cpu", or "cuda" for its own device.
    """

    points: Array
    kernel: RadialKernel
    device: str = "cpu"

    def __call__(self, group: Iterable[Any]) -> Totals:
        """Return the totals of a group of pieces."""
        return functools.reduce(operator.add, map(self._of, group))

    def _of(self, piece: Any) -> Totals:
        positions, charges = sound(piece)
        box = np.stack(_arrays.bounds(positions), axis=1)
        direct = np.zeros(len(self.points))
        if len(direct):
            system = ParticleSystem(positions, charges).to_device(self.device)
            points = carrier(self.device)(self.points)
            direct = _arrays.to_host(direct_potential(system, points, self.kernel))
        return Totals(len(charges), box, float(charges.sum()), box[None], direct)


@dataclass(frozen=True, eq=False)
class Accumulating:
    """The task that forms moments, and the short part at a few points; `device` as above."""

    blocks: BlockGrid
    sizes: Sizes
    prefactor: float = 1.0
    split: RangeSplit | None = None
    points: Array | None = None
    device: str = "cpu"

    def __call__(self, group: Iterable[Any]) -> tuple[Array, Array]:
        """Return the moments of a group of pieces, shape `sizes`, and its short part (M,)."""
        parts = map(self._of, group)
        moments, short = next(parts)
        for some, at_points in parts:
            moments += some
            short += at_points
        return _arrays.to_host(moments), short

    def _of(self, piece: Any) -> tuple[Any, Array]:
        carry = carrier(self.device)
        positions, charges = map(carry, sound(piece))
        charges = self.prefactor * charges
        form = moment_tensor if self.device == "cpu" else device_moments.moment_tensor
        moments = form(positions, charges, self.blocks, self.sizes)
        if self.split is None or self.points is None:
            return moments, np.zeros(0)
        low, high = _arrays.bounds(self.points)
        near = short_in_reach(self.split, positions, charges, low, high)
        if near is None:
            return moments, np.zeros(len(self.points))
        return moments, _arrays.to_host(near(carry(self.points)))


def short_in_reach(
    split: RangeSplit, positions: Array, charges: Array, low: Array, high: Array
) -> ShortRange | None:
    """Return the short part of the particles that are in reach of a box, if there are any."""
    near = _arrays.between(positions, low - split.cutoff, high + split.cutoff) & (charges != 0)
    return short_range(split, positions[near], charges[near]) if near.any() else None


def sound(piece: Any) -> tuple[Array, Array]:
    """Return positions and charges of a piece; NaN or inf among them is an error that says where.

    The sum of all numbers is finite only if all are, unless it overflows: then they are looked at.
    """
    positions, charges = piece.read()
    for name, array in (("positions", positions), ("charges", charges)):
        with np.errstate(invalid="ignore", over="ignore"):
            total = array.sum()
        if not np.isfinite(total) and not np.isfinite(array).all():
            row = int(np.argwhere(~np.isfinite(array))[0, 0])
            raise ValueError(
                f"`{name}` must be finite, got {array[row]} at particle {piece.first + row:,} "
                f"({piece})"
            )
    return positions, charges


def total_moments(
    groups: Iterable[Any], task: Accumulating, executor: Executor | None
) -> tuple[Array, Array]:
    """Return the sums over all groups of what `task` gives, added in the order of the groups."""
    task = replace(task, device=device_of_workers(executor))
    moments: Array = np.zeros(task.sizes)
    short: Array = np.zeros(0 if task.points is None else len(task.points))
    for group, (some, at_points) in in_order(executor, task, groups):
        check_result(some, "moments", group)
        check_result(at_points, "values of the short part", group)
        moments += some
        short = short + at_points
    return moments, short


def device_of_workers(executor: Executor | None) -> str:
    """Return where the workers of an executor form sums: those of a DeviceExecutor on "cuda"."""
    return "cuda" if isinstance(executor, DeviceExecutor) else "cpu"


def check_result(values: Array, what: str, item: object) -> None:
    """Refuse a NaN that a worker sent although all that it read was finite."""
    if _checks.has_nan(values):
        raise BrokenExecutor(f"`executor` must return no NaN, got one in the {what} from {item}")


def total_counts(groups: Iterable[Any], task: Counting, executor: Executor | None) -> Totals:
    """Return the totals over all groups."""
    task = replace(task, device=device_of_workers(executor))
    total: Totals | None = None
    for group, some in in_order(executor, task, groups):
        check_result(some.direct, "direct sums", group)
        total = some if total is None else total + some
    if total is None:
        raise ValueError("`system` must hold at least one particle, got none")
    return total
