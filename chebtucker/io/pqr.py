"""PQR: the lines of a PDB file with charge and radius instead of occupancy and B-factor.

Files come in two kinds: fields separated by white space, and fixed columns in which neighbouring
fields may touch. Both may have serial numbers that overflow. A line is first read by white space;
where that does not give numbers, by columns.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np

from chebtucker.io.text import fail, lines, to_float
from chebtucker.systems import ParticleSystem

_ATOM = ("ATOM", "HETATM")
_NUMBER = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?\Z")
_GLUED = re.compile(r"[+-]?\d+\.\d{3}(?=[\d+-])")
_COLUMNS = (30, 38, 46, 54)


def read_pqr(path: Path) -> ParticleSystem:
    """Return the particles of a PQR file: positions and radii in Angstrom, charges in e."""
    names: list[str] = []
    rows: list[list[float]] = []
    radii: list[float] = []
    without_radius: list[int] = []
    number = 0
    for number, line in lines(path):
        if line.startswith(_ATOM):
            name, numbers = _atom(line, path, number)
            names.append(name)
            rows.append(numbers[:4])
            if len(numbers) == 5:
                radii.append(numbers[4])
            else:
                without_radius.append(number)
    if not rows:
        raise ValueError(f"{path}: no ATOM or HETATM line in {number} lines; is it a PQR file?")
    if radii and without_radius:
        fail(path, without_radius[0], "the radius is missing, and other atoms have one")
    table = np.array(rows)
    return ParticleSystem(
        table[:, :3], table[:, 3], radii=np.array(radii) if radii else None, names=names
    )


def _atom(line: str, path: Path, number: int) -> tuple[str, list[float]]:
    fields = _by_space(line) or _by_columns(line)
    if fields is None:
        fail(
            path, number,
            f"an atom needs x, y, z, charge and radius, got {' '.join(line.split())[:60]!r}",
        )  # fmt: skip
    name, texts = fields
    labels = zip(texts, ("x", "y", "z", "the charge", "the radius"), strict=False)
    return name, [to_float(text, label, path, number) for text, label in labels]


def _by_space(line: str) -> tuple[str, list[str]] | None:
    """Return name and numbers of a line whose fields are separate.

    Record, serial, name, residue, [chain], residue number, x, y, z, charge, [radius]: the
    numbers at the end are the coordinates if all but the residue number have a point.
    """
    fields = line.split()
    numbers: list[str] = []
    while fields and len(numbers) < 5 and _is_coordinate(fields[-1]):
        numbers.insert(0, fields.pop())
    if len(numbers) < 4 or len(fields) < 4 or len(fields[0]) > 16:
        return None
    if len(numbers) == 4 and _is_coordinate(fields[-1]):
        return None
    glued = len(fields[0]) > 6 or fields[0] not in _ATOM
    return fields[1 if glued else 2], numbers


def _is_coordinate(text: str) -> bool:
    return ("." in text and bool(_NUMBER.match(text))) or text.lower().lstrip("+-") in (
        "nan", "inf", "infinity",
    )  # fmt: skip


def _by_columns(line: str) -> tuple[str, list[str]] | None:
    """Return name and numbers of a line in which fields touch, by the columns of PDB files."""
    line = line.rstrip("\r\n")
    numbers = [line[a:b].strip() for a, b in itertools.pairwise(_COLUMNS)]
    rest = _apart(line[_COLUMNS[-1] :]).split()
    if len(rest) in (1, 2) and all(map(_NUMBER.match, numbers)):
        return line[12:16].strip(), [*numbers, *rest]
    # Fields of other widths that touch: a coordinate has three decimals.
    fields = _apart(line[20:]).split()
    numbers = [text for text in fields if "." in text and _NUMBER.match(text)]
    if len(numbers) in (4, 5) and fields[-len(numbers) :] == numbers:
        return line[12:16].strip(), numbers
    return None


def _apart(text: str) -> str:
    return _GLUED.sub(lambda match: match.group() + " ", text)
