"""Potentials of crystals: as those of particles, and energies without listing any site."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker._device import is_there, works_there
from chebtucker.chebtuck.evaluation import basis_on
from chebtucker.potentials.crystals.lattice_sum import cell_content
from chebtucker.potentials.crystals.short import LatticeShortRange
from chebtucker.potentials.range_separated import HINT, Potential
from chebtucker.potentials.short_range import short_range
from chebtucker.systems import Lattice
from chebtucker.tensors import multi_mode_dot

Array = NDArray[np.float64]

_BLOCK = 2**22  # entries of a table of sites and degrees


@works_there("listed", "at_particles", "forces")
@dataclass(frozen=True, eq=False, repr=False)
class CrystalPotential(Potential):
    """The range-separated potential of a crystal; see `Potential`.

    Made by `chebtucker.potential` from a `chebtucker.Lattice`. `at_particles` and `forces` list
    the sites (at most 20 million) inside the domain; all else, `energy` too, does not.

    Examples
    --------
    >>> import chebtucker as ct
    >>> V = ct.potential(ct.Lattice.rock_salt((50, 60, 70)), rtol=1e-6)
    >>> round(2 * V.energy() / len(V.system), 2)  # minus Madelung's constant, and the surface
    -1.74
    """

    short: LatticeShortRange  # type: ignore[assignment]
    system: Lattice  # type: ignore[assignment]

    def listed(self) -> Potential:
        """Return the same potential as that of a list of particles."""
        particles = self.system.to_particles().to_device(self.device)
        short = short_range(
            self.short.split, particles.positions, self.prefactor * particles.charges
        )
        return Potential(self.long, short, self.kernel, particles, self.prefactor, self.summary)

    def to_device(self, device: str) -> Self:
        """Return the potential with values on "cpu", "cuda" or "cuda:K"; see `Potential`.

        There it is evaluated at points and on grids; `energy` is a sum on the CPU.
        """
        long = self.long.to_device(device)
        if is_there(device, self.device):
            return self
        return replace(self, long=long, short=replace(self.short, device=long.device))

    def at_particles(self) -> Array:
        """Return the potential (N,) at each particle from all others, as `to_particles` lists them.

        inf where two charged particles coincide.
        """
        return self.listed().at_particles()

    def forces(self) -> Array:
        """Return the force (N, 3) on each particle: minus charge times the gradient at it."""
        return self.listed().forces()

    def energy(self) -> float:
        """Return half the sum of charge times potential over all particles, without listing them.

        In charge^2 per length. The domain must hold all of the crystal. About n operations for
        each degree and each cell along an axis, and the short part of a few cells.
        """
        if self.device != "cpu":
            raise TypeError(
                f'`energy` of a crystal must be asked for on "cpu", got "{self.device}"; '
                'call V.to_device("cpu").energy()'
            )
        _checks.inside(self.system.bounding_box.T, self.domain, "sites of the crystal", HINT)
        return 0.5 * (self._long_sum() + self._short_sum())

    def energy_per_cell(self) -> float:
        """Return the energy divided by the number of cells."""
        return self.energy() / self.system.cells

    @property
    def nbytes(self) -> int:
        """Bytes of the long part and of the few cells that are listed."""
        few = self.short.few
        return int(self.long.nbytes + few.positions.nbytes + few.charges.nbytes)

    def __repr__(self) -> str:
        """Return one line: particles, degree, rank, cutoff, error."""
        return (
            f"CrystalPotential({len(self.system):,} particles, {self.kernel!r}, "
            f"degree={self.degree}, rank={self.rank}, cutoff={self.cutoff:.4g}, "
            f"error={self.summary.error:.1e})"
        )

    # Energies -------------------------------------------------------------------------------------

    def _long_sum(self) -> float:
        """Return the sum of charge times long part over all particles, without their own."""
        crystal = self.system
        core, factors = self.long.coefficients
        fractions, content = cell_content(crystal)
        sums = [
            np.stack([self._row_sums(k, f, factors[k]) for f in fractions[k]]) for k in range(3)
        ]  # (m_k, r_k)
        total = float(np.vdot(content, multi_mode_dot(core, sums)))
        positions, charges = crystal.defects
        if len(charges):
            total += float(charges @ np.asarray(self.long(positions)))
        own = self.short.split.long.at_zero() * self.prefactor
        return total - own * _sum_of_squares(crystal)

    def _row_sums(self, axis: int, fraction: float, factor: Array) -> Array:
        """Return the sums of the columns of a factor, as functions, over a row of sites, (r,)."""
        crystal = self.system
        total = np.zeros(factor.shape[1])
        step = max(_BLOCK // len(factor), 1)
        for start in range(0, crystal.repeats[axis], step):
            cells = np.arange(start, min(start + step, crystal.repeats[axis]))
            x = crystal.origin[axis] + (cells + fraction) * crystal.cell[axis]
            total += basis_on(x, factor, self.domain[axis]).sum(axis=0)
        return total

    def _short_sum(self) -> float:
        """Return the sum of charge times short part over all particles, without their own."""
        short, crystal = self.short, self.system
        reduced, few = short.reduced, short.few
        shape = (*reduced.repeats, len(reduced.basis))
        perfect = few.charges * short.periodic.at_particles(few.positions)
        perfect = perfect.reshape(shape)
        total = float(np.einsum("ijks,i,j,k->", perfect, *map(short.copies, range(3))))
        if len(crystal.defects[1]) == 0:
            return total
        sites = short.disturbed[short.is_disturbed(crystal.positions_of(short.disturbed))]
        folded = [short.folded_cells(sites[:, k], k) for k in range(3)]
        total -= float(perfect[(*folded, sites[:, 3])].sum())
        return total + self._sum_near_defects()

    def _sum_near_defects(self) -> float:
        positions, charges = self.short.particles_near_defects
        counted = self.short.is_disturbed(positions) & (charges != 0)
        at_particles = self.short.near_defects.at_particles(positions)
        return float(charges[counted] @ at_particles[counted])


def _sum_of_squares(crystal: Lattice) -> float:
    """Return the sum of the squared charges of all particles."""
    total = crystal.cells * float(crystal.charges @ crystal.charges)
    gone = crystal.charges[crystal.missing[:, 3]]
    changed, new = crystal.changed_sites
    old = crystal.charges[changed[:, 3]]
    total += float(new @ new - old @ old - gone @ gone)
    if crystal.extra is not None:
        total += float(crystal.extra.charges @ crystal.extra.charges)
    return total
