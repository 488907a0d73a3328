"""Particles from files, by the ending of their names."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from chebtucker import _checks
from chebtucker.io.archive import read_arrays
from chebtucker.io.charging import read_structure
from chebtucker.io.pqr import read_pqr
from chebtucker.io.structures import ENDINGS as STRUCTURES
from chebtucker.io.structures import kind
from chebtucker.io.tables import read_csv
from chebtucker.io.trajectories import TOPOLOGIES, read_frame
from chebtucker.io.xyz import read_xyz
from chebtucker.systems import ParticleSystem

_ARRAYS = {"positions": "x", "charges": "q", "radii": "r", "dipoles": "", "quadrupoles": ""}


def read_npz(path: Path) -> ParticleSystem:
    """Return the particles of an archive with x or positions, q or charges, and optional arrays.

    These are r or radii, dipoles, quadrupoles.
    """
    arrays = read_arrays(path)
    if "header" in arrays:
        raise ValueError(f"{path}: holds a saved function or potential; use chebtucker.load")
    found: dict[str, Any] = {}
    for name, other in _ARRAYS.items():
        key = name if name in arrays else other
        if key in arrays:
            found[name] = arrays[key]
        elif other in ("x", "q"):
            have = ", ".join(sorted(arrays)) or "nothing"
            raise ValueError(f"{path}: must hold {name} (or {other}), got {have}")
    return ParticleSystem(**found)


READERS: dict[str, Callable[[Path], ParticleSystem]] = {
    ".pqr": read_pqr,
    ".xyz": read_xyz,
    ".csv": read_csv,
    ".npz": read_npz,
}
ENDINGS = (*READERS, *STRUCTURES, *TOPOLOGIES)


def read_particles(
    path: str | os.PathLike[str],
    *,
    force_field: str | None = None,
    ph: float | None = None,
    coordinates: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    frame: int | None = None,
    select: str | None = None,
) -> ParticleSystem:
    """Return the particles of a file; its ending says how to read it.

    Parameters
    ----------
    path : path_like
        With charges: ``.pqr`` (free or fixed columns), ``.xyz`` (charge in the fifth column, or
        named by an extended comment), ``.csv`` (columns x, y, z, charge [, radius, name], with or
        without a header) or ``.npz`` (arrays x or positions, q or charges; dipoles, quadrupoles).
        Without: ``.pdb``, ``.ent``, ``.cif`` and ``.mmcif``, also with ``.gz``, are charged by
        pdb2pqr (extra ``charges``).
        Topologies: ``.psf``, ``.prmtop``, ``.parm7``, ``.tpr`` and ``.mol2`` (extra ``md``).
    force_field : str, optional
        For structures without charges: ``"AMBER"`` (default), ``"CHARMM"``, ``"PARSE"``,
        ``"PEOEPB"``, ``"SWANSON"`` or ``"TYL06"``.
    ph : float, optional
        For them too: titration states at this pH; by default the usual ones near pH 7.
    coordinates : path_like or sequence of path_like, optional
        The positions for a topology, or for a ``.pqr`` file: DCD, XTC, TRR, NetCDF, GRO, ..
    frame : int, optional
        Which frame of them, from 0, or from -1 at the end; the first by default.
    select : str, optional
        Some atoms of a topology, in MDAnalysis' language: ``"protein"``.

    Returns
    -------
    ParticleSystem
        In the units of the file: Angstrom and e for molecules.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ImportError
        Where the extra that reads this file is not installed; the message names it.
    ValueError
        If the file is not what its ending says, is cut short, has no charges, or holds NaN or
        inf; the message names file and line. Or if an option does not belong to the file.

    Warns
    -----
    UserWarning
        Once for a structure that is charged: what was left out, built or moved.

    Examples
    --------
    >>> import chebtucker as ct
    >>> from chebtucker.systems.examples import example_file
    >>> ct.read_particles(example_file())
    ParticleSystem(1,231 particles, total charge +0.000)
    """
    path = _checks.existing(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    suffix = kind(path)
    charging = _given(force_field=force_field, ph=ph)
    framing = _given(coordinates=coordinates, frame=frame, select=select)
    if suffix not in ENDINGS:
        raise ValueError(f"{path}: the ending must be one of {', '.join(ENDINGS)}")
    if suffix not in STRUCTURES:
        _refuse(charging, suffix, "a structure without charges", STRUCTURES)
    if suffix not in (*TOPOLOGIES, ".pqr"):
        _refuse(framing, suffix, "a topology", TOPOLOGIES)
    try:
        if suffix in STRUCTURES:
            return read_structure(path, **charging)
        if suffix in TOPOLOGIES or framing:
            return read_frame(path, **framing)
        return READERS[suffix](path)
    except (ValueError, TypeError) as error:
        message = str(error)
        if any(message.startswith(f"`{name}`") for name in (*charging, *framing)):
            raise
        named = message if str(path) in message else f"{path}: {message}"
        raise ValueError(named) from None


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _refuse(options: dict[str, Any], suffix: str, what: str, endings: Sequence[str]) -> None:
    for name in options:
        raise ValueError(
            f"`{name}` must be left out with {suffix} files: "
            f"it is for {what} ({', '.join(endings)})"
        )
