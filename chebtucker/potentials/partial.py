"""Sums over particles in pieces: each worker forms a partial sum, partial sums are merged here.

The pieces depend on the particles only, and partial sums are added in the order of the pieces, so
the result does not depend on who computed what, nor on how many they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.executors import in_order
from chebtucker.blocks import BlockGrid
from chebtucker.kernels import RadialKernel, RangeSplit
from chebtucker.potentials.direct import direct_potential
from chebtucker.potentials.moments import Sizes, moment_tensor
from chebtucker.potentials.short_range import short_range
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]

NONE = np.empty((0, 3))


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
    """The task that reads a piece once: its size, its box, its direct sums at a few points."""

    points: Array
    kernel: RadialKernel

    def __call__(self, piece: Any) -> Totals:
        """Return the totals of one piece."""
        positions, charges = sound(piece)
        box = np.stack([positions.min(axis=0), positions.max(axis=0)], axis=1)
        direct = np.zeros(len(self.points))
        if len(direct):
            direct = direct_potential(ParticleSystem(positions, charges), self.points, self.kernel)
        return Totals(len(charges), box, float(charges.sum()), box[None], direct)


@dataclass(frozen=True, eq=False)
class Accumulating:
    """The task that forms moments: those of a piece, and its short part at a few points."""

    blocks: BlockGrid
    sizes: Sizes
    prefactor: float = 1.0
    split: RangeSplit | None = None
    points: Array | None = None

    def __call__(self, piece: Any) -> tuple[Array, Array]:
        """Return moments of shape `sizes`, and the short part (M,) at the points."""
        positions, charges = sound(piece)
        charges = self.prefactor * charges
        moments = moment_tensor(positions, charges, self.blocks, self.sizes)
        if self.split is None or self.points is None:
            return moments, np.zeros(0)
        return moments, short_sum(self.split, positions, charges, self.points)


def short_sum(split: RangeSplit, positions: Array, charges: Array, points: Array) -> Array:
    """Return the short part (M,) of some particles at points (M, 3)."""
    low, high = points.min(axis=0) - split.cutoff, points.max(axis=0) + split.cutoff
    near = ((positions >= low) & (positions <= high)).all(axis=1) & (charges != 0)
    if not near.any():
        return np.zeros(len(points))
    return short_range(split, positions[near], charges[near])(points)


def sound(piece: Any) -> tuple[Array, Array]:
    """Return positions and charges of a piece; NaN or inf among them is an error that says where.

    The sum of all numbers is finite only if all are, unless it overflows: then they are looked at.
    """
    positions, charges = piece.read()
    for name, array in (("positions", positions), ("charges", charges)):
        if not np.isfinite(array.sum()) and not np.isfinite(array).all():
            row = int(np.argwhere(~np.isfinite(array))[0, 0])
            raise ValueError(
                f"`{name}` must be finite, got {array[row]} at particle {piece.first + row:,} "
                f"({piece})"
            )
    return positions, charges


def total_moments(
    pieces: Iterable[Any], task: Accumulating, executor: Executor | None
) -> tuple[Array, Array]:
    """Return the sums over all pieces of what `task` gives, added in the order of the pieces."""
    moments: Array = np.zeros(task.sizes)
    short: Array = np.zeros(0 if task.points is None else len(task.points))
    for piece, (some, at_points) in in_order(executor, task, pieces):
        check_result(some, "moments", piece)
        check_result(at_points, "values of the short part", piece, infinite=True)
        moments += some
        short = short + at_points
    return moments, short


def check_result(values: Array, what: str, item: object, *, infinite: bool = False) -> None:
    """Refuse a NaN that a worker sent although all that it read was finite."""
    bad = np.isnan(values.sum()) if infinite else not np.isfinite(values.sum())
    if bad and (np.isnan(values).any() if infinite else not np.isfinite(values).all()):
        raise BrokenExecutor(f"`executor` must return finite {what}, got NaN or inf from {item}")


def total_counts(
    pieces: Iterable[Any],
    task: Counting,
    executor: Executor | None,
    advance: Callable[[int], object] = lambda count: None,
) -> Totals:
    """Return the totals over all pieces."""
    total: Totals | None = None
    for piece, some in in_order(executor, task, pieces):
        check_result(some.direct, "direct sums", piece, infinite=True)
        total = some if total is None else total + some
        advance(some.count)
    if total is None:
        raise ValueError("`system` must hold at least one particle, got none")
    return total
