"""Potentials of particles that are read a chunk at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.kernels import RangeSplit
from chebtucker.potentials.chunks.partial import short_in_reach, sound
from chebtucker.potentials.range_separated import Potential
from chebtucker.potentials.short_range import ShortRange
from chebtucker.systems import ParticleChunks

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ChunkedShortRange:
    """Sum over particles of charge times kernel minus its long part, zero beyond the cutoff.

    Every evaluation reads the pieces that are within the cutoff of the box of its points.

    Parameters
    ----------
    split : RangeSplit
        The short-range function of the distance.
    particles : ParticleChunks
        The particles.
    boxes : ndarray, shape (pieces, 3, 2)
        Bounding boxes of the pieces.
    prefactor : float
        Factor of the charges.
    """

    split: RangeSplit
    particles: ParticleChunks
    boxes: Array
    prefactor: float

    def __call__(self, points: Array) -> Array:
        """Return the short part at points (..., 3); inf at a particle."""
        return self._sum(points, np.zeros(points.shape[:-1]), lambda some: some(points))

    def gradient(self, points: Array) -> Array:
        """Return the gradient (..., 3) of the short part at points (..., 3)."""
        return self._sum(points, np.zeros(points.shape), lambda some: some.gradient(points))

    def add_on_grid(self, axes: tuple[Array, Array, Array], out: Array) -> None:
        """Add the short part on the product of three axes to `out`, shape (n1, n2, n3)."""
        if out.size:
            low, high = (np.array([f(axis) for axis in axes]) for f in (np.min, np.max))
            for some in self._near(low, high):
                some.add_on_grid(axes, out)

    def _sum(self, points: Array, total: Array, of: Callable[[ShortRange], Array]) -> Array:
        if points.size:
            flat = points.reshape(-1, 3)
            for some in self._near(*_arrays.bounds(flat)):
                total += of(some)
        return total

    def _near(self, low: Array, high: Array) -> Iterator[ShortRange]:
        """Yield the short parts of the pieces, of what is in reach of a box."""
        cutoff = self.split.cutoff
        for piece, box in zip(self.particles.pieces(), self.boxes, strict=True):
            if (box[:, 1] < low - cutoff).any() or (box[:, 0] > high + cutoff).any():
                continue
            positions, charges = sound(piece)
            some = short_in_reach(self.split, positions, self.prefactor * charges, low, high)
            if some is not None:
                yield some


@dataclass(frozen=True, eq=False, repr=False)
class ChunkedPotential(Potential):
    """The range-separated potential of particles in chunks; see `Potential`.

    Made by `chebtucker.potential` from `chebtucker.ParticleChunks` or a
    `chebtucker.ParticleFile`. The long part holds nothing of them; every evaluation of the short
    part reads those pieces that are near. What needs the potential at all of the particles
    (`at_particles`, `energy`, `forces`) is refused, and `save`: ``V.long.save`` keeps the long
    part.

    Examples
    --------
    >>> import chebtucker as ct
    >>> chunks = [([[0, 0, 0]], [1]), ([[0, 0, 1]], [-1])]
    >>> V = ct.potential(ct.ParticleChunks(chunks), rtol=1e-8, domain=[(-2, 2)] * 3)
    >>> round(float(V([0, 0, 2])), 6)
    -0.5
    """

    short: ChunkedShortRange  # type: ignore[assignment]
    system: ParticleChunks  # type: ignore[assignment]

    @property
    def nbytes(self) -> int:
        """Bytes of the long part."""
        return self.long.nbytes

    def at_particles(self) -> Array:
        """Raise TypeError: the particles are not in memory."""
        self._refuse("at_particles")

    def energy(self) -> float:
        """Raise TypeError: the particles are not in memory."""
        self._refuse("energy")

    def forces(self) -> Array:
        """Raise TypeError: the particles are not in memory."""
        self._refuse("forces")

    def _refuse(self, method: str) -> NoReturn:
        raise TypeError(
            f"`system` must be a ParticleSystem or a Lattice for {method}, got {self.system!r}"
        )

    def __repr__(self) -> str:
        """Return one line: particles, degree, rank, cutoff, error."""
        return (
            f"ChunkedPotential({self.summary.particles:,} particles, {self.kernel!r}, "
            f"degree={self.degree}, rank={self.rank}, cutoff={self.cutoff:.4g}, "
            f"error={self.summary.error:.1e})"
        )
