"""What must be known of particles in chunks before their moments are formed."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker.kernels import RadialKernel
from chebtucker.potentials.chunks.partial import Counting, Totals, sound, total_counts
from chebtucker.potentials.sampling import (
    Sample,
    enlarged,
    sample_points,
    sample_size,
    spacing,
)
from chebtucker.systems import ParticleChunks, ParticleSystem
from chebtucker.systems.chunks import Chunk

Array = NDArray[np.float64]

SUBSET = 20_000
"""Particles that stand for all in estimates of neighbours and distances."""


@dataclass(frozen=True, eq=False)
class Survey:
    """Particles in chunks with what one reading of them told.

    Parameters
    ----------
    particles : ParticleChunks
        The particles.
    totals : Totals
        Their number, their box, their charge.
    positions, charges : ndarray, shape (n, 3) and (n,)
        Some of them, spread evenly over all.
    reference : Sample
        Direct sums at some points.
    """

    particles: ParticleChunks
    totals: Totals
    positions: Array
    charges: Array
    reference: Sample

    def __len__(self) -> int:
        return self.totals.count

    @property
    def weight(self) -> float:
        """How many particles each of `positions` stands for."""
        return self.totals.count / len(self.charges)

    @property
    def bounding_box(self) -> Array:
        """Smallest box that holds all particles, shape (3, 2)."""
        return self.totals.box

    @property
    def total_charge(self) -> float:
        """Sum of the charges."""
        return self.totals.charge


def surveyed(
    particles: ParticleChunks,
    kernel: RadialKernel,
    domain: Array | None,
    executor: Executor | None,
) -> Survey:
    """Read the particles once, or twice where they cannot be looked up.

    The points of the direct sums are chosen before that reading, from a subset: uniform in the
    domain, or in the enlarged box of the subset, which is hardly smaller.
    """
    subset, count = _subset(particles)
    few = ParticleSystem(*subset)
    box = enlarged(few.bounding_box) if domain is None else domain
    uniform, near = _points(few, box, count)
    task = Counting(np.concatenate([uniform, near]), kernel)
    totals = total_counts(particles.groups(), task, executor)
    exact = totals.direct
    reference = Sample(uniform, near, exact[: len(uniform)], exact[len(uniform) :])
    return Survey(particles, totals, few.positions, few.charges, reference)


def _subset(particles: ParticleChunks) -> tuple[Chunk, int]:
    """Return some particles, evenly spread, and the number of all.

    Where they cannot be looked up all are read: every s-th is kept, and s is doubled when there
    are too many.
    """
    found = particles.subset(SUBSET)
    if found is not None:
        sound_rows = np.isfinite(found[0]).all(axis=1) & np.isfinite(found[1])
        if sound_rows.any():  # else the reading of all finds what is wrong, and where
            return (found[0][sound_rows], found[1][sound_rows]), particles.count
    positions, charges, stride, count = np.empty((0, 3)), np.empty(0), 1, 0
    for piece in particles.pieces():
        x, q = sound(piece)
        start = -count % stride
        positions = np.concatenate([positions, x[start::stride]])
        charges = np.concatenate([charges, q[start::stride]])
        count += len(q)
        while len(charges) > SUBSET:
            positions, charges, stride = positions[::2], charges[::2], 2 * stride
    if count == 0:
        raise ValueError("`system` must hold at least one particle, got none")
    return (positions, charges), count


def _points(few: ParticleSystem, box: Array, count: int) -> Chunk:
    """Return points uniform in the box and points about as far from particles as neighbours are."""
    distance = (len(few) / count) ** (1 / 3) * spacing(few.positions, box)
    return sample_points(few, box, sample_size(count), distance)
