"""The potentials of several charge sets on the same positions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chebtucker.potentials.range_separated import Potential
from chebtucker.potentials.sets.short import ShortRangeSets

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class ChargeSetsPotential(Potential):
    """The range-separated potentials of C charge sets on the same positions.

    Made by `chebtucker.potential` for a system with charges (C, N), and by `with_charges`. All
    results have a leading axis C: values (C, ...), gradients (C, ..., 3), grids (C, n1, n2, n3),
    energies (C,). It is a sequence as well: `V[c]` is the `Potential` of one set.

    Parameters
    ----------
    long : LongSets
        The smooth parts, which share their factors.
    short : ShortRangeSets
        The sums over the particles within the cutoff.
    kernel, system, prefactor, summary
        As those of `Potential`; `system.charges` is (C, N).

    Examples
    --------
    >>> import chebtucker as ct
    >>> pair = ct.ParticleSystem([[0, 0, 0], [0, 0, 1]], [[1, -1], [1, 1]])
    >>> V = ct.potential(pair, rtol=1e-8, domain=[(-2, 2)] * 3)
    >>> V([0, 0, 2]).round(6)
    array([-0.5,  1.5])
    >>> V.energy().round(6)
    array([-1.,  1.])
    """

    long: Any
    short: ShortRangeSets

    def __len__(self) -> int:
        return len(self.long)

    def __getitem__(self, index: int) -> Potential:
        """Return the potential of one charge set."""
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"`index` must be in [-{count}, {count}), got {index}")
        index %= count
        own = self.summary.error_of_sets[index]
        system = replace(self.system, charges=self.system.charges[index])
        summary = replace(
            self.summary, total_charge=system.total_charge, error=max(own), error_uniform=own[0],
            error_near=own[1], error_of_sets=(),
        )  # fmt: skip
        short = self.short.of(index, system.positions)
        return Potential(self.long[index], short, self.kernel, system, self.prefactor, summary)

    def __iter__(self) -> Iterator[Potential]:
        """Iterate over the potentials of the sets."""
        return (self[c] for c in range(len(self)))

    def energy(self) -> Any:
        """Return the energies (C,): half the sum of charge times `at_particles` of each set."""
        charges = self.system.charges
        felt = np.where(charges != 0, self.at_particles(), 0.0)
        return 0.5 * np.einsum("cn,cn->c", charges, felt)

    def to_device(self, device: str) -> Self:
        """Return the potentials themselves: those of charge sets are on "cpu" only."""
        if device != "cpu":
            raise ValueError(
                f'`device` must be "cpu" for charge sets, got {device!r}; V[c] can be moved'
            )
        return self

    @property
    def _sets(self) -> tuple[int, ...]:
        return (len(self),)

    def _one_at_a_time(self, *arguments: Any, **options: Any) -> Any:
        """Refuse to draw several potentials at once."""
        raise TypeError("`V` must be one potential to be drawn, got charge sets; draw V[c]")

    plot_slice = plot_isosurface = plot_error = _one_at_a_time

    def __repr__(self) -> str:
        """Return one line: sets, particles, degree, rank, cutoff, error."""
        return super().__repr__().replace("Potential(", f"ChargeSetsPotential({len(self)} sets, ")
