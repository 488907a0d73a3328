"""Gaussian cube files: lengths in Bohr, the potential in Hartree/e."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from chebtucker.io.atomic import whole_file
from chebtucker.io.grids import checked_grid, finite_slabs, formatted
from chebtucker.systems import ParticleSystem
from chebtucker.units import ANGSTROM_PER_BOHR, potential_factor

_NUMBERS = {
    "H": 1, "B": 5, "C": 6, "N": 7, "O": 8, "F": 9, "NA": 11, "MG": 12, "P": 15, "S": 16,
    "CL": 17, "K": 19, "FE": 26, "ZN": 30, "SE": 34, "BR": 35, "I": 53,
}  # fmt: skip


def write_cube(
    path: str | os.PathLike[str],
    values: ArrayLike,
    domain: ArrayLike,
    *,
    system: ParticleSystem | None = None,
    comment: str = "potential",
) -> None:
    """Write a potential on a grid as a Gaussian cube file; the file is whole or absent.

    Parameters
    ----------
    path : path_like
        Must end in ``.cube``.
    values : array_like, shape (nx, ny, nz)
        Potential in e/Angstrom at the grid points. In the file: Hartree/e.
    domain : array_like, shape (3, 2)
        The box in Angstrom; its ends are grid points. In the file: Bohr.
    system : ParticleSystem, optional
        Atoms to list, in Angstrom. Elements are guessed from their names; 0 where that fails.
    comment : str
        First line of the file; the second says the units.

    Notes
    -----
    Text, z fastest, six numbers a line, a new line for each row along z. A value of inf (a grid
    point on a charge) is written as 3.4e38.
    """
    grid, origin, spacing = checked_grid(path, values, domain, ".cube")
    factor = potential_factor("Hartree/e")
    with whole_file(path) as file:
        head = [" ".join(comment.split()), "lengths in Bohr, potential in Hartree/e, z fastest"]
        count = 0 if system is None else len(system)
        head.append(_row(count, origin / ANGSTROM_PER_BOHR))
        rows = np.diag(spacing / ANGSTROM_PER_BOHR)
        head += [_row(n, row) for n, row in zip(grid.shape, rows, strict=True)]
        file.write(("\n".join([*head, *_atoms(system)]) + "\n").encode())
        for plane in finite_slabs(grid):
            for line in plane * factor:
                file.write(formatted(line, "%.8e", 6).encode())


def _row(count: int, numbers: ArrayLike) -> str:
    return f"{count:5d} " + " ".join(f"{x:16.10f}" for x in np.asarray(numbers))


def _atoms(system: ParticleSystem | None) -> Iterator[str]:
    if system is None:
        return
    names = system.names or ("",) * len(system)
    positions = system.positions / ANGSTROM_PER_BOHR
    for name, charge, position in zip(names, system.charges, positions, strict=True):
        yield _row(_element(name), [charge, *position])


def _element(name: str) -> int:
    """Return the atomic number that an atom's name in a protein suggests; 0 if none."""
    letters = re.sub(r"[^A-Za-z]", "", name).upper()
    if letters in ("NA", "CL", "MG", "ZN", "FE", "BR", "SE"):
        return _NUMBERS[letters]
    return _NUMBERS.get(letters[:1], 0)
