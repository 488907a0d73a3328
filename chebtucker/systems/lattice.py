"""Finite crystals whose sites are not listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _arrays, _checks
from chebtucker.systems.particles import ParticleSystem, check_one_set
from chebtucker.systems.sites import check_listed, find, indices_of
from chebtucker.systems.structures import STRUCTURES
from chebtucker.systems.supercell import check_distinct, orthogonal

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class Lattice:
    """A finite crystal: repeated cells of point charges, with defects.

    Site (i, j, k, s) is at origin + ((i, j, k) + basis[s]) * edges. The named structures,
    `rock_salt` and the others, give cell, basis and charges.

    Parameters
    ----------
    cell : array_like, shape (3,) or (3, 3)
        Edges of an orthogonal cell along x, y, z, or three cell vectors as rows. Vectors that
        are not along the axes are replaced by their smallest orthogonal supercell (for hexagonal
        ones the orthohexagonal cell), whose edges then lie along x, y, z; `repeats` counts
        supercells.
    basis : array_like, shape (B, 3)
        Sites in the cell, in fractions of the cell vectors; whole numbers are taken off.
    charges : array_like, shape (B,)
        Their charges.
    repeats : sequence of int
        Cells along each axis.
    missing : array_like of int, shape (n, 4)
        Vacancies: cell i, j, k and site s of each, from 0.
    substituted : mapping
        From (i, j, k, s) to the charge that is there instead.
    extra : ParticleSystem, optional
        Particles beside the lattice: interstitials, adsorbates.
    origin : array_like, shape (3,)
        Lower corner of the first cell.
    names : sequence of str, optional
        B names of the sites.

    Raises
    ------
    ValueError
        If the cell has no orthogonal supercell, two sites of the basis coincide, or a defect is
        not on a site of the crystal or is given twice.

    Examples
    --------
    >>> import chebtucker as ct
    >>> crystal = ct.Lattice.rock_salt(repeats=(1000, 1000, 1000), spacing=2.8)
    >>> crystal
    Lattice(1000 x 1000 x 1000 cells of 8 sites, 8,000,000,000 particles, total charge +0.000)
    >>> len(crystal.remove([(0, 0, 0, 0)]))
    7999999999
    """

    cell: Array
    basis: Array
    charges: Array
    repeats: tuple[int, int, int]
    missing: Indices = ()  # type: ignore[assignment]
    substituted: Mapping[tuple[int, int, int, int], float] | None = None
    extra: ParticleSystem | None = None
    origin: Array = (0.0, 0.0, 0.0)  # type: ignore[assignment]
    names: Sequence[str] | None = None

    def __post_init__(self) -> None:
        self._check_cell()
        missing = indices_of(self.missing, "missing")
        self._check_sites(missing, "missing")
        changed = dict(self.substituted or {})
        keys = indices_of(list(changed), "substituted")
        self._check_sites(np.concatenate([missing, keys]), "substituted")
        new = [_checks.number(charge, "substituted") for charge in changed.values()]
        mapping = dict(zip(map(tuple, keys.tolist()), new, strict=True))
        if self.extra is not None:
            check_one_set(self.extra, "extra")
            if self.extra.multipole_order:
                raise ValueError(f"`extra` must hold charges only in a crystal, got {self.extra!r}")
        object.__setattr__(self, "missing", _frozen(missing))
        object.__setattr__(self, "substituted", mapping)

    def _check_cell(self) -> None:
        basis = _checks.shaped(self.basis, "basis", (None, 3))
        if len(basis) == 0:
            raise ValueError("`basis` must hold at least one site, got none")
        charges = _checks.shaped(self.charges, "charges", (len(basis),))
        names = None if self.names is None else tuple(map(str, self.names))
        if names is not None and len(names) != len(basis):
            raise ValueError(f"`names` must be {len(basis)} strings, got {len(names)}")
        edges, basis, rows = orthogonal(self.cell, basis)
        check_distinct(basis * edges)
        object.__setattr__(self, "cell", _frozen(edges))
        object.__setattr__(self, "basis", _frozen(basis))
        object.__setattr__(self, "charges", _frozen(charges[rows]))
        object.__setattr__(self, "repeats", _checks.per_axis(self.repeats, "repeats", 3))
        object.__setattr__(self, "origin", _frozen(_checks.shaped(self.origin, "origin", (3,))))
        object.__setattr__(self, "names", names and tuple(names[row] for row in rows))

    def _check_sites(self, indices: Indices, name: str) -> None:
        outside = ((indices < 0) | (indices >= (*self.repeats, len(self.basis)))).any(axis=1)
        if outside.any():
            got = tuple(indices[int(np.argmax(outside))].tolist())
            shape = ", ".join(map(str, (*self.repeats, len(self.basis))))
            raise ValueError(f"`{name}` must be sites (i, j, k, s) below ({shape}), got {got}")
        unique, counts = np.unique(indices, axis=0, return_counts=True)
        if (counts > 1).any():
            got = tuple(unique[int(np.argmax(counts > 1))].tolist())
            raise ValueError(f"`{name}` must name every defect once, got {got} twice")

    # Named structures ---------------------------------------------------------------------------

    @classmethod
    def rock_salt(cls, repeats: Sequence[int], spacing: float = 1.0, **more: Any) -> Lattice:
        """Return NaCl: cubes of edge 2 `spacing`, +1 at sites 0..3, -1 at 4..7.

        Parameters
        ----------
        repeats : sequence of int
            Cells along each axis.
        spacing : float
            Distance of nearest neighbours, as in all named structures.
        **more
            `missing`, `substituted`, `extra`, `origin`, `charges`, `names`: see `Lattice`.

        Examples
        --------
        >>> import chebtucker as ct
        >>> len(ct.Lattice.rock_salt((2, 3, 4), missing=[(0, 0, 0, 0)]))
        191
        """
        return cls._named("rock salt", repeats, spacing, more)

    @classmethod
    def caesium_chloride(cls, repeats: Sequence[int], spacing: float = 1.0, **more: Any) -> Lattice:
        """Return CsCl: cubes of edge 2/sqrt(3) `spacing`, +1 at the corner, -1 in the middle."""
        return cls._named("caesium chloride", repeats, spacing, more)

    @classmethod
    def zincblende(cls, repeats: Sequence[int], spacing: float = 1.0, **more: Any) -> Lattice:
        """Return ZnS: cubes of edge 4/sqrt(3) `spacing`, +1 at sites 0..3, -1 at 4..7."""
        return cls._named("zincblende", repeats, spacing, more)

    @classmethod
    def fluorite(cls, repeats: Sequence[int], spacing: float = 1.0, **more: Any) -> Lattice:
        """Return CaF2: cubes of edge 4/sqrt(3) `spacing`, +2 at sites 0..3, -1 at 4..11."""
        return cls._named("fluorite", repeats, spacing, more)

    @classmethod
    def perovskite(cls, repeats: Sequence[int], spacing: float = 1.0, **more: Any) -> Lattice:
        """Return SrTiO3: cubes of edge 2 `spacing`; +2 corner, +4 middle, -2 faces (2..4)."""
        return cls._named("perovskite", repeats, spacing, more)

    @classmethod
    def wurtzite(cls, repeats: Sequence[int], spacing: float = 1.0, **more: Any) -> Lattice:
        """Return ideal hexagonal ZnS in orthohexagonal cells: +1 at sites 0..3, -1 at 4..7.

        The edges are a, a sqrt(3) and c with a = sqrt(8/3) `spacing`, c = 8/3 `spacing`.
        """
        return cls._named("wurtzite", repeats, spacing, more)

    @classmethod
    def _named(
        cls, name: str, repeats: Sequence[int], spacing: float, more: dict[str, Any]
    ) -> Lattice:
        found = STRUCTURES[name]
        cell = _checks.positive(spacing, "spacing") * np.array(found.cell)
        own: dict[str, Any] = {"charges": found.charges, "names": found.names, **more}
        return cls(cell, np.array(found.basis), repeats=repeats, **own)  # type: ignore[arg-type]

    @classmethod
    def from_cif(
        cls,
        path: str | PathLike[str],
        *,
        charges: Mapping[str, float] | None = None,
        repeats: Sequence[int] = (1, 1, 1),
        **more: Any,
    ) -> Lattice:
        """Return the crystal of a CIF file (small molecules and minerals), in Angstrom.

        Parameters
        ----------
        path : path_like
            The file; symmetry is applied to its sites.
        charges : mapping, optional
            From labels or elements to charges, e.g. {"Fe1": 3, "O": -2}. What is not there has the
            charge in the file's atom types (such as Na1+), or else the usual formal charge
            of the element (`chebtucker.systems.cif.FORMAL_CHARGES`).
        repeats : sequence of int
            Orthogonal cells along each axis.
        **more
            `missing`, `substituted`, `extra`, `origin`: see `Lattice`.

        Raises
        ------
        OSError
            If the file cannot be opened.
        ValueError
            If it holds no sites, sites that are partly occupied, or an element whose charge is
            not known; or if the cell has no orthogonal supercell.

        Warns
        -----
        UserWarning
            If the cell is charged.
        """
        from chebtucker.systems.cif import read_cell

        cell, basis, found, names = read_cell(path, charges or {})
        return cls(cell, basis, found, repeats, names=names, **more)  # type: ignore[arg-type]

    # What it is ---------------------------------------------------------------------------------

    def __len__(self) -> int:
        extra = 0 if self.extra is None else len(self.extra)
        return self.cells * len(self.basis) - len(self.missing) + extra

    @property
    def cells(self) -> int:
        """How many cells."""
        a, b, c = self.repeats
        return a * b * c

    @property
    def total_charge(self) -> float:
        """Sum of the charges."""
        defects = self.defects
        return self.cells * float(self.charges.sum()) + float(defects[1].sum())

    @property
    def bounding_box(self) -> Array:
        """Smallest box (3, 2) that holds all sites, vacancies too, and the extra particles."""
        low = self.origin + self.basis.min(axis=0) * self.cell
        high = self.origin + (self.basis.max(axis=0) + np.array(self.repeats) - 1) * self.cell
        box = np.stack([low, high], axis=1)
        if self.extra is not None:
            other = self.extra.bounding_box
            box[:, 0] = np.minimum(box[:, 0], other[:, 0])
            box[:, 1] = np.maximum(box[:, 1], other[:, 1])
        return box

    @property
    def defects(self) -> tuple[Array, Array]:
        """Positions (n, 3) and charges (n,) of what is to be added to the lattice without defects.

        A vacancy is minus the charge of its site, a substitution the change of the charge.
        """
        changed = self.changed_sites
        positions = [self.positions_of(self.missing), self.positions_of(changed[0])]
        charges = [-self.charges[self.missing[:, 3]], changed[1] - self.charges[changed[0][:, 3]]]
        if self.extra is not None:
            positions.append(self.extra.positions)
            charges.append(self.extra.charges)
        return np.concatenate(positions), np.concatenate(charges)

    @property
    def changed_sites(self) -> tuple[Indices, Array]:
        """Indices (n, 4) of the substituted sites, and the charges that are there."""
        found = self.substituted or {}
        return indices_of(list(found), "substituted"), np.array(list(found.values()), dtype=float)

    def positions_of(self, indices: Indices) -> Array:
        """Return the positions (n, 3) of sites (i, j, k, s), whether something is there or not."""
        return self.origin + (indices[:, :3] + self.basis[indices[:, 3]]) * self.cell

    def charges_at(self, indices: Indices) -> Array:
        """Return the charges (n,) at sites: 0 at vacancies."""
        charges = self.charges[indices[:, 3]]
        changed, new = self.changed_sites
        for defects, value in ((self.missing, np.zeros(len(self.missing))), (changed, new)):
            rows, which = find(self._flat(indices), self._flat(defects))
            charges[rows] = value[which]
        return charges

    def _flat(self, indices: Indices) -> Indices:
        """Return one whole number for each site."""
        _, b, c = self.repeats
        i, j, k, s = indices.T
        return ((i * b + j) * c + k) * len(self.basis) + s

    # Sites --------------------------------------------------------------------------------------

    def sites_in(self, box: ArrayLike) -> Indices:
        """Return the indices (n, 4) of the lattice's sites in a box (3, 2), vacancies included.

        Found by arithmetic; an error where there are more than `MOST_LISTED`.
        """
        low, high = _checks.shaped(box, "box", (3, 2)).T
        first = np.floor((low - self.origin) / self.cell).astype(np.int64)
        last = np.floor((high - self.origin) / self.cell).astype(np.int64)
        first = np.maximum(first, 0)
        counts = np.maximum(np.minimum(last + 1, self.repeats) - first, 0)
        check_listed(int(np.prod(counts.astype(float))) * len(self.basis))
        ranges = [np.arange(n) + start for n, start in zip(counts, first, strict=True)]
        axes = np.meshgrid(*ranges, np.arange(len(self.basis)), indexing="ij")
        indices = np.stack(axes, axis=-1).reshape(-1, 4)
        positions = self.positions_of(indices)
        return indices[_arrays.between(positions, low, high)]

    def to_particles(self, box: ArrayLike | None = None) -> ParticleSystem:
        """Return the crystal as a list of particles: its sites, then the extra ones.

        Parameters
        ----------
        box : array_like, shape (3, 2), optional
            Only what is in this box, which must hold at least one particle.

        Raises
        ------
        ValueError
            Where more than 20 million sites would be listed.
        """
        around = 0.25 * self.cell[:, None] * np.array([-1.0, 1.0])  # for rounding
        corners = self.bounding_box + around if box is None else _checks.shaped(box, "box", (3, 2))
        indices = self.occupied(self.sites_in(corners))
        positions, charges = self.positions_of(indices), self.charges_at(indices)
        names = [self.names[s] for s in indices[:, 3]] if self.names else None
        if self.extra is not None:
            at = self.extra.positions
            inside = _arrays.between(at, *corners.T)
            positions = np.concatenate([positions, at[inside]])
            charges = np.concatenate([charges, self.extra.charges[inside]])
            if names is not None:
                own = self.extra.names or ["X"] * len(at)
                names += [name for name, kept in zip(own, inside, strict=True) if kept]
        return ParticleSystem(positions, charges, names=names)

    def occupied(self, indices: Indices) -> Indices:
        """Return the given sites without the vacancies."""
        gone, _ = find(self._flat(indices), self._flat(self.missing))
        return np.delete(indices, gone, axis=0)

    # Changes ------------------------------------------------------------------------------------

    def remove(self, sites: ArrayLike) -> Lattice:
        """Return the crystal with more vacancies, at sites (i, j, k, s)."""
        more = indices_of(sites, "sites")
        return replace(self, missing=np.concatenate([self.missing, more]))

    def substitute(self, sites: Mapping[tuple[int, int, int, int], float]) -> Lattice:
        """Return the crystal with other charges at sites (i, j, k, s)."""
        return replace(self, substituted={**(self.substituted or {}), **sites})

    def perfect(self) -> Lattice:
        """Return the crystal without its defects."""
        return replace(self, missing=indices_of([], "missing"), substituted=None, extra=None)

    def __repr__(self) -> str:
        """Return the numbers of cells, sites and particles, and the total charge."""
        cells = " x ".join(map(str, self.repeats))
        return (
            f"Lattice({cells} cells of {len(self.basis)} sites, {len(self):,} particles, "
            f"total charge {self.total_charge:+.3f})"
        )


def _frozen(array: Any) -> Any:
    own = np.array(array)
    own.flags.writeable = False
    return own
