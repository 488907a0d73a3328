"""Potentials of multipoles: as those of charges, with energies, forces and torques of moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker.potentials.multipole import sources as multipoles
from chebtucker.potentials.multipole.fields import long_fields
from chebtucker.potentials.multipole.short import MultipoleShortRange
from chebtucker.potentials.range_separated import Potential

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class MultipolePotential(Potential):
    """The range-separated potential of particles with dipoles or quadrupoles; see `Potential`.

    Made by `chebtucker.potential`. With phi the potential of all others and d its derivatives,
    a particle has the energy U = q phi + p_a d_a phi + (1/2) Q_ab d_a d_b phi.

    Examples
    --------
    >>> import chebtucker as ct
    >>> pair = ct.ParticleSystem([[0, 0, 0], [0, 0, 2]], [0, 0], dipoles=[[0, 0, 1], [0, 0, 1]])
    >>> V = ct.potential(pair, rtol=1e-8)
    >>> round(V.energy(), 6)  # -2 p p / r^3
    -0.25
    >>> (V.forces().round(4)[0] + 0.0).tolist()  # they attract each other
    [0.0, 0.0, 0.375]
    """

    short: MultipoleShortRange  # type: ignore[assignment]

    def at_particles(self) -> Array:
        """Return the potential (N,) at each particle from all others."""
        return self._fields(self._moments(), 0)[:, 0]

    def energy(self) -> float:
        """Return half the sum of the energies U of all particles, in charge^2 per length."""
        moments = self._moments()
        fields = self._fields(moments, multipoles.source_order(moments))
        return 0.5 * float(multipoles.energies(moments, fields).sum())

    def forces(self) -> Array:
        """Return the force (N, 3) on each particle: minus the gradient of its energy U."""
        moments = self._moments()
        fields = self._fields(moments, multipoles.source_order(moments) + 1)
        return multipoles.forces(moments, fields)

    def torques(self) -> Array:
        """Return the torque (N, 3) on each particle's moments, in charge^2 per length.

        p x E for a dipole, E = -grad phi, and what turns a quadrupole; the sum of these and of
        x_j x F_j over all particles is zero.
        """
        moments = self._moments()
        fields = self._fields(moments, multipoles.source_order(moments))
        return multipoles.torques(moments, fields)

    def _moments(self) -> Array:
        return multipoles.packed(self.system, self.kernel)

    def _fields(self, moments: Array, order: int) -> Array:
        """Return the derivatives up to an order of the potential of all others, (N, columns)."""
        positions = self._inside()
        fields = long_fields(self.long, positions, order)
        fields -= multipoles.own_fields(self.prefactor * moments, self.short.split.long, order)
        fields += self.short.fields_at_particles(positions, order)
        return fields
