"""Charged particles in free space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks


@dataclass(frozen=True, eq=False, repr=False)
class ParticleSystem:
    """Point charges at given positions.

    Parameters
    ----------
    positions : array_like, shape (N, 3)
        Positions in any length unit; files of molecules are in Angstrom.
    charges : array_like, shape (N,)
        Charges in any unit; files of molecules are in elementary charges.
    radii : array_like, shape (N,), optional
        Radii in the unit of the positions.
    names : sequence of str, optional
        N names, e.g. of atoms.

    Raises
    ------
    ValueError
        If there are no particles, lengths differ, or a number is NaN or inf.

    Examples
    --------
    >>> from chebtucker import ParticleSystem
    >>> ParticleSystem([[0, 0, 0], [0, 0, 1.5]], [1, -1])
    ParticleSystem(2 particles, total charge +0.000)
    """

    positions: NDArray[np.float64]
    charges: NDArray[np.float64]
    radii: NDArray[np.float64] | None = None
    names: Sequence[str] | None = None

    def __post_init__(self) -> None:
        positions = _checks.shaped(self.positions, "positions", (None, 3))
        n = len(positions)
        if n == 0:
            raise ValueError("`positions` must hold at least one particle, got none")
        arrays = {"positions": positions}
        arrays["charges"] = _checks.shaped(self.charges, "charges", (n,))
        if self.radii is not None:
            arrays["radii"] = _checks.shaped(self.radii, "radii", (n,))
        for name, array in arrays.items():
            own = array.copy()
            own.flags.writeable = False
            object.__setattr__(self, name, own)
        if self.names is not None:
            names = tuple(str(name) for name in self.names)
            if len(names) != n:
                raise ValueError(f"`names` must be {n} strings, got {len(names)}")
            object.__setattr__(self, "names", names)

    def __len__(self) -> int:
        return len(self.charges)

    @property
    def total_charge(self) -> float:
        """Sum of the charges."""
        return float(self.charges.sum())

    @property
    def bounding_box(self) -> NDArray[np.float64]:
        """Smallest box that holds all particles, shape (3, 2)."""
        return np.stack([self.positions.min(axis=0), self.positions.max(axis=0)], axis=1)

    def __repr__(self) -> str:
        """Return the number of particles and their total charge."""
        return f"ParticleSystem({len(self):,} particles, total charge {self.total_charge:+.3f})"
