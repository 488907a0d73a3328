"""Gaussian cube files: lengths in Bohr, the potential in Hartree/e."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _checks
from chebtucker.io.atomic import whole_file
from chebtucker.io.grid_data import (
    GridData,
    Rows,
    box_of,
    check_size,
    next_row,
    read_values,
    to_count,
    triple,
)
from chebtucker.io.grids import checked_grid, finite_slabs, formatted
from chebtucker.io.text import fail, lines, to_float
from chebtucker.systems import ParticleSystem
from chebtucker.systems.particles import check_one_set
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
    if system is not None:
        check_one_set(system, "system")
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


def read_cube(path: str | os.PathLike[str], *, unit: str | None = None) -> GridData:
    """Return the values of a Gaussian cube file.

    Parameters
    ----------
    path : path_like
        Text, z fastest, one value for each voxel.
    unit : str, optional
        The unit of a potential in the file, as ``"Hartree/e"``: the values are converted to
        e/Angstrom. By default they stay as they are.

    Returns
    -------
    GridData
        Unpacks as ``values, domain``; the ends of the domain are grid points. Lengths are in
        Angstrom, converted from Bohr unless the file says that it has Angstrom (by negative
        counts). Its `system` holds the atoms that the file lists, with the charges given there.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If the file is cut short or too long, its axes are not along x, y and z, or it holds
        several values a voxel, NaN or inf; the message names file and line.

    Examples
    --------
    >>> import numpy as np, tempfile, pathlib
    >>> import chebtucker as ct
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "v.cube")
    ...     ct.write_cube(path, np.ones((2, 3, 4)), [(0, 1), (0, 2), (0, 3)])
    ...     values, domain = ct.read_cube(path, unit="Hartree/e")
    >>> values.max().round(7)
    np.float64(1.0)
    """
    path = _checks.existing(path)
    factor = 1.0 if unit is None else potential_factor(unit)
    rows = iter(lines(path))
    comments = [next_row(rows, path, "its second comment")[1].strip() for _ in range(2)]
    number, line = next_row(rows, path, "the number of atoms")
    atoms, origin = _head(line, path, number)
    shape, steps, length = [], [], ANGSTROM_PER_BOHR
    for axis in "xyz":
        number, line = next_row(rows, path, f"the grid along {axis}")
        fields = line.split()
        count = to_count(
            (fields or [""])[0], f"the count along {axis}", path, number, minimum=-(2**63)
        )
        length = 1.0 if count < 0 else length
        shape.append(to_count(str(abs(count)), f"the count along {axis}", path, number))
        steps.append(triple(fields[1:], f"the step along {axis}", path, number))
    sizes = tuple(shape)
    count = check_size(path, number, sizes)
    box = box_of(origin, steps, sizes, path, number) * length
    system = _listed(rows, path, abs(atoms), length)
    if atoms < 0:
        _skip_orbital(rows, path)
    values = read_values(rows, path, count).reshape(sizes)
    for number, line in rows:
        if line.strip():
            fail(path, number, f"there are more than the {count} values that the grid has")
    return GridData(values / factor, box, comments[0], system)


def _head(line: str, path: Path, number: int) -> tuple[int, NDArray[np.float64]]:
    """Return the number of atoms and the origin."""
    fields = line.split()
    atoms = to_count((fields or [""])[0], "the number of atoms", path, number, minimum=-(2**63))
    if len(fields) == 5 and fields[4] != "1":
        fail(path, number, f"the file must have one value a voxel, got {fields[4][:20]}")
    return atoms, triple(fields[1:4], "the origin", path, number)


def _listed(rows: Rows, path: Path, count: int, length: float) -> ParticleSystem | None:
    """Return the atoms that are listed: number, charge, x, y, z on each line."""
    import gemmi

    names, table = [], []
    for k in range(count):
        number, line = next_row(rows, path, f"atom {k + 1} of {count}")
        fields = line.split()
        if len(fields) != 5:
            fail(
                path, number, f"an atom needs number, charge, x, y and z, got {line.strip()[:60]!r}"
            )
        element = to_count(fields[0], "the atomic number", path, number, minimum=0)
        names.append(gemmi.Element(min(element, 119)).name)
        table.append([to_float(text, "a number of an atom", path, number) for text in fields[1:]])
    if not table:
        return None
    array = np.array(table)
    return ParticleSystem(array[:, 1:] * length, array[:, 0], names=names)


def _skip_orbital(rows: Rows, path: Path) -> None:
    """Skip the line that numbers the orbital; there must be one only."""
    number, line = next_row(rows, path, "the number of the orbital")
    if line.split()[:1] != ["1"]:
        fail(path, number, f"the file must hold one orbital, got {line.strip()[:40]!r}")
