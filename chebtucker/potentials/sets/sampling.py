"""Points at which potentials of several charge sets are compared with direct sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.kernels import RadialKernel
from chebtucker.potentials.direct import direct_potential
from chebtucker.potentials.sampling import Sample, sample_points, sample_size
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]

_DEARER = 4
"""So many charge sets add as much to a direct sum as the distances of the pairs."""


@dataclass(frozen=True, eq=False)
class SampleOfSets(Sample):
    """As `Sample`, with values (C, m): the same points for all charge sets."""

    def of(self, index: int) -> Sample:
        """Return the sample of one charge set."""
        return Sample(self.uniform, self.near, self.at_uniform[index], self.at_near[index])

    @property
    def rms(self) -> Any:
        """Root mean square of each potential, (C,)."""
        return np.array([self.of(c).rms for c in range(len(self.at_uniform))])

    def errors_of_sets(self, at_uniform: Array, at_near: Array) -> Array:
        """Return the relative l2 errors of values (C, m), uniform and near particles: (C, 2)."""
        pairs = zip(at_uniform, at_near, strict=True)
        return np.array([self.of(c).relative_errors(*pair) for c, pair in enumerate(pairs)])


def points_for(system: ParticleSystem, domain: Array, share: float = 1.0) -> tuple[Array, Array]:
    """Return points uniform in the domain and points near particles; see `sampling.sample`.

    Their number keeps direct sums for all charge sets below `share` times those of one.
    """
    dearer = 1 + (system.sets or 1) // _DEARER
    count = max(int(share * sample_size(len(system) * dearer)), 20)
    return sample_points(system, domain, count)


def sample_at(
    system: ParticleSystem, kernel: RadialKernel, points: tuple[Array, Array]
) -> SampleOfSets:
    """Return direct sums at given points for a system of C charge sets."""
    if len(system.charges) == 1:  # the loop for one is faster
        system = ParticleSystem(system.positions, system.charges[0])
    both = np.atleast_2d(direct_potential(system, np.concatenate(points), kernel))
    count = len(points[0])
    return SampleOfSets(*points, both[:, :count], both[:, count:])
