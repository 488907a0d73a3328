"""Particles from files, by the ending of their names."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chebtucker.io.archive import read_arrays
from chebtucker.io.pqr import read_pqr
from chebtucker.io.tables import read_csv
from chebtucker.io.xyz import read_xyz
from chebtucker.systems import ParticleSystem


def read_npz(path: Path) -> ParticleSystem:
    """Return the particles of an archive with x or positions, q or charges, r or radii."""
    arrays = read_arrays(path)
    if "header" in arrays:
        raise ValueError(f"{path}: holds a saved function or potential; use chebtucker.load")
    found: dict[str, Any] = {}
    for name, other in (("positions", "x"), ("charges", "q"), ("radii", "r")):
        key = name if name in arrays else other
        if key in arrays:
            found[name] = arrays[key]
        elif name != "radii":
            have = ", ".join(sorted(arrays)) or "nothing"
            raise ValueError(f"{path}: must hold {name} (or {other}), got {have}")
    return ParticleSystem(**found)


READERS: dict[str, Callable[[Path], ParticleSystem]] = {
    ".pqr": read_pqr,
    ".xyz": read_xyz,
    ".csv": read_csv,
    ".npz": read_npz,
}


def read_particles(path: str | os.PathLike[str]) -> ParticleSystem:
    """Return the particles of a file; its ending says how to read it.

    Parameters
    ----------
    path : path_like
        ``.pqr`` (free or fixed columns), ``.xyz`` (charge in the fifth column, or named by an
        extended comment), ``.csv`` (columns x, y, z, charge [, radius, name], with or without a
        header) or ``.npz`` (arrays x or positions, q or charges).

    Returns
    -------
    ParticleSystem
        In the units of the file: Angstrom and e for molecules.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If the file is not what its ending says, is cut short, has no charges, or holds NaN or
        inf; the message names file and line.

    Examples
    --------
    >>> import chebtucker as ct
    >>> from chebtucker.demonstration import example_file
    >>> ct.read_particles(example_file())
    ParticleSystem(1,231 particles, total charge +0.000)
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    suffix = path.suffix.lower()
    if suffix in (".pdb", ".cif", ".ent", ".mmcif"):
        raise ValueError(
            f"{path}: {suffix} files have no charges; pdb2pqr makes a .pqr file from them"
        )
    if suffix not in READERS:
        raise ValueError(f"{path}: the ending must be one of {', '.join(READERS)}")
    try:
        return READERS[suffix](path)
    except (ValueError, TypeError) as error:
        message = str(error)
        named = message if str(path) in message else f"{path}: {message}"
        raise ValueError(named) from None
