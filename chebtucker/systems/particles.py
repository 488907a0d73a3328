"""Charged particles in free space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, _checks
from chebtucker._device import carrier, checked_device, current, is_there


@dataclass(frozen=True, eq=False, repr=False)
class ParticleSystem:
    """Point charges at given positions, and point dipoles and quadrupoles there.

    Parameters
    ----------
    positions : array_like, shape (N, 3)
        Positions in any length unit; files of molecules are in Angstrom.
    charges : array_like, shape (N,) or (C, N)
        Charges in any unit; files of molecules are in elementary charges. C rows are C charge
        sets on the same positions: what is made of them has a leading axis C.
    radii : array_like, shape (N,), optional
        Radii in the unit of the positions.
    names : sequence of str, optional
        N names, e.g. of atoms.
    dipoles : array_like, shape (N, 3), optional
        Dipole moments p, in charge times length.
    quadrupoles : array_like, shape (N, 3, 3), optional
        Second moments Q_ab, the sum of q x_a x_b over the charges that a particle stands for, in
        charge times length squared: the potential has (1/2) Q_ab d_a d_b K. Symmetric; a trace
        is welcome. From the traceless moments of Buckingham: (2/3) Theta_ab.

    Raises
    ------
    ValueError
        If there are no particles, lengths differ, a number is NaN or inf, or a quadrupole is not
        symmetric.

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
    dipoles: NDArray[np.float64] | None = None
    quadrupoles: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        with current(_arrays.place(self.positions)):
            self._check()

    def _check(self) -> None:
        positions = _checks.shaped(self.positions, "positions", (None, 3), anywhere=True)
        n = len(positions)
        if n == 0:
            raise ValueError("`positions` must hold at least one particle, got none")
        arrays = {"positions": positions}
        for name in ("charges", "radii"):
            _checks.on_no_other_device(getattr(self, name), positions, name)
        arrays["charges"] = checked_charges(self.charges, n)
        if self.radii is not None:
            arrays["radii"] = _checks.shaped(self.radii, "radii", (n,), anywhere=True)
        if self.dipoles is not None:
            arrays["dipoles"] = _checks.shaped(self.dipoles, "dipoles", (n, 3))
        if self.quadrupoles is not None:
            arrays["quadrupoles"] = _symmetric(self.quadrupoles, n)
        if self.multipole_order and arrays["charges"].ndim > 1:
            raise ValueError("`charges` must be one for each particle beside multipoles, got sets")
        if self.multipole_order and not _arrays.is_numpy(positions):
            raise TypeError(
                '`positions` must be on "cpu" beside dipoles and quadrupoles, '
                f'got an array on "{_arrays.place(positions)}"'
            )
        for name, array in arrays.items():
            own = _checks.there(array, positions, name).copy()
            object.__setattr__(self, name, _checks.read_only(own))
        if self.names is not None:
            names = tuple(str(name) for name in self.names)
            if len(names) != n:
                raise ValueError(f"`names` must be {n} strings, got {len(names)}")
            object.__setattr__(self, "names", names)

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def multipole_order(self) -> int:
        """Order of the highest moments that are given: 0 charges, 1 dipoles, 2 quadrupoles."""
        if self.quadrupoles is not None:
            return 2
        return 0 if self.dipoles is None else 1

    @property
    def sets(self) -> int | None:
        """Number C of charge sets; None where the charges are (N,)."""
        return None if self.charges.ndim == 1 else len(self.charges)

    @property
    def total_charge(self) -> Any:
        """Sum of the charges; of C charge sets an array (C,)."""
        if self.sets is not None:
            return self.charges.sum(axis=1)
        with current(self.device):
            return float(self.charges.sum())

    @property
    def bounding_box(self) -> NDArray[np.float64]:
        """Smallest box that holds all particles, shape (3, 2)."""
        with current(self.device):
            return np.stack(_arrays.bounds(self.positions), axis=1)

    def to_device(self, device: str) -> Self:
        """Return the system with its arrays on "cpu" or, as arrays of CuPy, on "cuda", "cuda:K".

        `chebtucker.potential` then works where the particles are. Errors as for
        `ChebTuck.to_device`.
        """
        if is_there(checked_device(device), self.device):
            return self
        move = carrier(device)
        radii = None if self.radii is None else move(self.radii)
        return replace(
            self, positions=move(self.positions), charges=move(self.charges), radii=radii
        )

    @property
    def device(self) -> str:
        """Where the arrays are: "cpu", or "cuda", "cuda:1", .. on a device."""
        return _arrays.place(self.positions)

    def __repr__(self) -> str:
        """Return the number of particles, their total charge and which moments there are."""
        if self.sets is not None:
            return f"ParticleSystem({len(self):,} particles, {self.sets} charge sets)"
        more = "".join(
            f", {name}" for name in ("dipoles", "quadrupoles") if getattr(self, name) is not None
        )
        return (
            f"ParticleSystem({len(self):,} particles, total charge {self.total_charge:+.3f}{more})"
        )


def _symmetric(value: object, n: int) -> NDArray[np.float64]:
    array = _checks.shaped(value, "quadrupoles", (n, 3, 3))
    mirrored = array.swapaxes(1, 2)
    wrong = np.abs(array - mirrored) > 1e-10 * np.abs(array).max(initial=0.0)
    if wrong.any():
        j, a, b = (int(k) for k in np.argwhere(wrong)[0])
        raise ValueError(
            f"`quadrupoles` must be symmetric, got {array[j, a, b]:g} at [{j}, {a}, {b}] and "
            f"{array[j, b, a]:g} at [{j}, {b}, {a}]"
        )
    return (array + mirrored) / 2


def checked_charges(charges: Any, particles: int) -> NDArray[np.float64]:
    """Return charges of shape (N,), or (C, N) with at least one row."""
    array = _checks.real_array(charges, "charges", anywhere=True)
    if array.ndim < 2:
        return _checks.shaped(array, "charges", (particles,), anywhere=True)
    if not _arrays.is_numpy(array):
        raise TypeError(
            f'`charges` must be on "cpu" where they are sets, got some on "{_arrays.place(array)}"'
        )
    if array.ndim > 2 or array.shape[1] != particles or len(array) == 0:
        raise ValueError(
            f"`charges` must be an array of shape ({particles}), or (C, {particles}) for C charge "
            f"sets, got shape {array.shape}"
        )
    return array


def check_particles(system: object, name: str) -> None:
    """Refuse what is no ParticleSystem."""
    if not isinstance(system, ParticleSystem):
        raise TypeError(f"`{name}` must be a ParticleSystem, got {type(system).__name__}")


def check_one_set(system: ParticleSystem, name: str) -> None:
    """Refuse what is no ParticleSystem, or one with several charge sets."""
    check_particles(system, name)
    if system.sets is not None:
        raise ValueError(
            f"`{name}` must have one charge for each particle, got {system.sets} charge sets"
        )
