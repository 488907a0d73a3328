"""Structures without charges (PDB, mmCIF): what of them can be charged, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chebtucker.io.atomic import ending
from chebtucker.io.text import counted, fail

_PDB = (".pdb", ".ent")
ENDINGS = (*_PDB, ".cif", ".mmcif")
_WATERS = frozenset({"HOH", "WAT", "DOD", "H2O", "TIP", "TP3", "TIP3", "SOL", "SPC"})
_LIMIT = 9999.0
"""Coordinates in Angstrom beyond this do not fit the columns of a PDB file."""


@dataclass(frozen=True)
class Atom:
    """One atom of a polymer, as a PDB file names it."""

    name: str
    element: str
    residue: str
    number: int
    insertion: str
    position: tuple[float, float, float]


@dataclass(frozen=True)
class Polymers:
    """The chains of a structure that a force field may know, what was left out, and doubts."""

    chains: tuple[tuple[Atom, ...], ...]
    left_out: tuple[str, ...]
    doubts: tuple[str, ...]


def kind(path: Path) -> str:
    """Return the ending of a path in lower case; that before .gz where structures may have it."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if suffixes[-1:] == [".gz"] and suffixes[0] in ENDINGS:
        return suffixes[0]
    return ending(path)


def read_polymers(path: Path, known: Callable[[], Collection[str]]) -> Polymers:
    """Return the first model of a structure without waters and unknown residues.

    Parameters
    ----------
    path : Path
        A PDB or mmCIF file, which may end in .gz too.
    known : callable
        Returns the names of the residues to keep; called when the file has been read.

    Raises
    ------
    ValueError
        If the file is no structure, was cut short or has nothing that is known.
    """
    doubts = _doubts(path)
    structure = _load(path)
    names = known()
    left_out = [] if len(structure) == 1 else [counted(len(structure) - 1, "further model")]
    alternate = sum(
        atom.altloc not in ("\0", "A") for chain in structure[0] for r in chain for atom in r
    )
    if alternate:
        left_out.append(f"all but the first of alternate locations ({counted(alternate, 'atom')})")
        structure.remove_alternative_conformations()
    counts = Counter[str]()
    chains = [tuple(_atoms(chain, names, counts)) for chain in structure[0]]
    left_out += _said(counts)
    if not any(chains):
        what = "; ".join(left_out) or "nothing"
        raise ValueError(f"{path}: has no residue of a protein or nucleic acid, only: {what}")
    return Polymers(tuple(filter(None, chains)), tuple(left_out), doubts)


def _said(counts: Counter[str]) -> Iterator[str]:
    """Say which residues and atoms were left out, and how many."""
    waters = sum(counts.pop(name, 0) for name in _WATERS)
    if waters:
        yield counted(waters, "water")
    deuterium = counts.pop("D", 0)
    if deuterium:
        yield f"{counted(deuterium, 'deuterium atom')}, for hydrogen"
    if counts:
        named = ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))
        yield f"residues that are not in the force field ({named})"


def _load(path: Path) -> Any:
    import gemmi

    try:
        if kind(path) in _PDB:
            # Chains without a name, as simulations write them, are told apart by TER only.
            structure = gemmi.read_pdb(str(path), split_chain_on_ter=True)
        else:
            structure = gemmi.read_structure(str(path), format=gemmi.CoorFormat.Mmcif)
    except (RuntimeError, ValueError, IndexError) as error:
        text = " ".join(str(error).replace(f"{path}:", "").split())
        raise ValueError(f"{path}: not a whole structure file ({text})") from None
    if len(structure) == 0 or structure[0].count_atom_sites() == 0:
        hint = " (a crystal: see Lattice.from_cif)" if kind(path) == ".cif" else ""
        raise ValueError(f"{path}: has no atoms of a molecule{hint}")
    return structure


def _doubts(path: Path) -> tuple[str, ...]:
    """Refuse a PDB file whose last atom is cut, and say where a file does not end with END."""
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: the file is empty")
    if ending(path) not in _PDB:
        return ()
    text = path.read_bytes()
    if b"\0" in text[:4096]:
        raise ValueError(f"{path}: the file is binary, not text")
    last = text[text.rfind(b"\n") + 1 :]
    if last.startswith((b"ATOM", b"HETATM")) and len(last.rstrip()) < 66:
        fail(path, text.count(b"\n") + 1, "an atom ends in the middle; the file was cut short")
    end = text.rstrip()[-100:].rsplit(b"\n", 1)[-1]
    whole = end.startswith((b"END", b"TER", b"MASTER", b"CONECT"))
    return () if whole else ("the last line is not END, so the file may be cut short",)


def _atoms(chain: Any, known: Collection[str], left: Counter[str]) -> Iterator[Atom]:
    """Yield the atoms of known residues; count the others in `left`."""
    for residue in chain:
        name = "MET" if residue.name == "MSE" else residue.name
        if name not in known or name in _WATERS:
            left[residue.name] += 1
            continue
        for atom in residue:
            if atom.element.name == "D":
                left["D"] += 1
                continue
            position = tuple(atom.pos.tolist())
            if not all(abs(x) < _LIMIT for x in position):
                raise ValueError(
                    f"coordinates must be below {_LIMIT:.0f} Angstrom, "
                    f"got {position} at {residue.name} {residue.seqid}"
                )
            selenium = residue.name == "MSE" and atom.element.name == "Se"
            yield Atom(
                name="SD" if selenium else atom.name,
                element="S" if selenium else atom.element.name,
                residue=name,
                number=residue.seqid.num,
                insertion=residue.seqid.icode,
                position=position,
            )
