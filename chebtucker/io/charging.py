"""Charges for structures that have none: hydrogens, charges and radii by pdb2pqr."""

from __future__ import annotations

import logging
import string
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chebtucker import _checks
from chebtucker.io.structures import Atom, Polymers, read_polymers
from chebtucker.io.text import counted
from chebtucker.systems import ParticleSystem

FORCE_FIELDS = ("AMBER", "CHARMM", "PARSE", "PEOEPB", "SWANSON", "TYL06")
MOST_ATOMS = 99_999
"""What the columns of a PDB file can number, which is what pdb2pqr reads."""
_LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits
_NUCLEOTIDES = ("A", "C", "G", "U")


def read_structure(
    path: Path, force_field: str = "AMBER", ph: float | None = None
) -> ParticleSystem:
    """Return the particles of a PDB or mmCIF file, charged by pdb2pqr.

    Parameters
    ----------
    path : Path
        ``.pdb``, ``.ent``, ``.cif`` or ``.mmcif``, which may be compressed (``.gz``).
    force_field : str
        One of `FORCE_FIELDS`.
    ph : float, optional
        Titration states at this pH by PROPKA; by default the usual ones of a neutral solution.

    Returns
    -------
    ParticleSystem
        Positions in Angstrom, charges in e, radii in Angstrom. Missing atoms of residues are
        built, hydrogens too, and placed for the best hydrogen bonds.

    Raises
    ------
    ImportError
        Where pdb2pqr is not installed.
    ValueError
        If the file is no whole structure, or pdb2pqr cannot charge it.

    Warns
    -----
    UserWarning
        Once, with all that was left out or built: waters, ligands, ions, further models and
        alternate locations, atoms that the force field does not know.

    Notes
    -----
    A structure of more than `MOST_ATOMS` atoms or 62 chains is charged in parts of whole chains;
    hydrogen bonds and disulfide bridges between parts are then not seen.
    """
    name = str(force_field).upper()
    if name not in FORCE_FIELDS:
        raise ValueError(
            f"`force_field` must be one of {', '.join(FORCE_FIELDS)}, got {force_field}"
        )
    options = [f"--ff={name}"]
    if ph is not None:
        ph = _checks.number(ph, "ph")
        if not 0 <= ph <= 14:
            raise ValueError(f"`ph` must be between 0 and 14, got {ph:g}")
        options += ["--titration-state-method=propka", f"--with-ph={ph}"]
    run, known = _pdb2pqr()
    polymers = read_polymers(path, known)
    with _quiet():
        charged = [_charge(run, part, options, path) for part in _parts(polymers.chains)]
    _say(path, polymers, charged)
    return ParticleSystem(
        np.concatenate([part.positions for part in charged]),
        np.concatenate([part.charges for part in charged]),
        radii=np.concatenate([part.radii for part in charged]),
        names=[name for part in charged for name in part.names],
    )


@dataclass(frozen=True)
class _Charged:
    """What pdb2pqr made of one part, and how it differs from the file."""

    positions: Any
    charges: Any
    radii: Any
    names: list[str]
    built: int
    moved: int
    unknown: list[str]


def _pdb2pqr() -> tuple[Callable[[list[Any]], Any], Callable[[], frozenset[str]]]:
    """Return what charges a file, and what returns the residues that it knows."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pdb2pqr.io import get_definitions
            from pdb2pqr.main import run_pdb2pqr
    except ImportError:
        raise ImportError(
            "charges for .pdb and .cif files need pdb2pqr: pip install 'chebtucker[charges]'"
        ) from None
    return run_pdb2pqr, lambda: frozenset({*get_definitions().map, *_NUCLEOTIDES})


def _parts(chains: Sequence[Sequence[Atom]]) -> Iterator[list[Sequence[Atom]]]:
    """Yield lists of chains that pdb2pqr can take at once: all of them, if it can."""
    part: list[Sequence[Atom]] = []
    for chain in chains:
        atoms = sum(map(len, part)) + len(chain)
        if part and (atoms > MOST_ATOMS or len(part) == len(_LETTERS)):
            yield part
            part = []
        part.append(chain)
    yield part


def _charge(
    run: Callable[[list[Any]], Any], chains: list[Sequence[Atom]], options: list[str], path: Path
) -> _Charged:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "part.pdb")
        source.write_text("".join(_pdb_lines(chains)))
        try:
            left, _, made = run([*options, "--keep-chain", source, f"{folder}/part.pqr"])
        except (RuntimeError, ValueError, KeyError, AttributeError, TypeError, IndexError) as error:
            why = " ".join(str(error.__cause__ or error).split()) or type(error).__name__
            raise ValueError(f"{path}: pdb2pqr cannot charge it: {why}") from None
    missed = {id(atom) for atom in left}
    atoms = [atom for atom in made.atoms if id(atom) not in missed]
    if not atoms:
        raise ValueError(f"{path}: the force field knows none of the atoms")
    positions = np.array([[atom.x, atom.y, atom.z] for atom in atoms])
    built, moved = _changes(chains, atoms, positions)
    return _Charged(
        positions,
        np.array([atom.ffcharge for atom in atoms]),
        np.array([atom.radius for atom in atoms]),
        [atom.name for atom in atoms],
        built,
        moved,
        [f"{atom.res_name} {atom.name}" for atom in left],
    )


def _changes(chains: list[Sequence[Atom]], atoms: list[Any], positions: Any) -> tuple[int, int]:
    """Count the heavy atoms that are not in the file, and those that are elsewhere."""
    before = {
        (letter, atom.number, atom.insertion.strip(), atom.name): atom.position
        for letter, chain in zip(_LETTERS, chains, strict=False)
        for atom in chain
    }
    built = moved = 0
    for atom, position in zip(atoms, positions, strict=True):
        if atom.name.lstrip(string.digits).startswith("H"):
            continue
        old = before.get((atom.chain_id, atom.res_seq, atom.ins_code.strip(), atom.name))
        built += old is None
        moved += old is not None and bool(np.abs(position - old).max() > 0.01)
    return built, moved


def _pdb_lines(chains: list[Sequence[Atom]]) -> Iterator[str]:
    """Yield a PDB file of some chains; serial numbers that overflow begin anew."""
    serial = 0
    for letter, chain in zip(_LETTERS, chains, strict=False):
        for atom in chain:
            serial = serial % MOST_ATOMS + 1
            name = atom.name if len(atom.name) > 3 or len(atom.element) > 1 else f" {atom.name}"
            x, y, z = atom.position
            yield (
                f"ATOM  {serial:5d} {name:<4s} {atom.residue:>3s} {letter}{atom.number:4d}"
                f"{atom.insertion}   {x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00"
                f"          {atom.element.upper():>2s}\n"
            )
        yield "TER\n"
    yield "END\n"


def _say(path: Path, polymers: Polymers, parts: Sequence[_Charged]) -> None:
    """Warn once of all that is not as in the file."""
    notes = list(polymers.left_out)
    unknown = Counter(name for part in parts for name in part.unknown)
    if unknown:
        named = ", ".join(f"{n} {name}" for name, n in list(unknown.items())[:6])
        more = "" if len(unknown) <= 6 else ", .."
        notes.append(f"{counted(unknown.total(), 'atom')} without parameters ({named}{more})")
    text = [f"left out: {'; '.join(notes)}"] if notes else []
    built = sum(part.built for part in parts)
    if built:
        text.append(f"built: {counted(built, 'missing heavy atom')}")
    moved = sum(part.moved for part in parts)
    if moved:
        text.append(
            f"moved: {counted(moved, 'heavy atom')} of side chains that were flipped or bumped"
        )
    if len(parts) > 1:
        text.append(f"charged in {len(parts)} parts of whole chains")
    text += polymers.doubts
    if text:
        warnings.warn(f"{path}: {'. '.join(text)}", UserWarning, stacklevel=4)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pdb2pqr and PROPKA from writing to the log."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("PDB2PQR")]
    loggers = [logging.getLogger(name) for name in ("pdb2pqr", "propka", *names)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
