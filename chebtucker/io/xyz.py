"""XYZ: a count, a comment, then lines with element, position and charge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from chebtucker.io.text import fail, lines, to_float
from chebtucker.systems import ParticleSystem

_PROPERTIES = re.compile(r'Properties=("?)([A-Za-z0-9_:]+)\1')
_CHARGES = ("q", "charge", "charges", "initial_charges")


def read_xyz(path: Path) -> ParticleSystem:
    """Return the particles of the first frame of an XYZ file with charges.

    The charge is the fifth column, or the one that an extended comment (Properties=...) names
    q, charge, charges or initial_charges.
    """
    source = lines(path)
    count = _count(source, path)
    _, comment = next(source, (2, ""))
    columns = _columns(comment, path)
    names: list[str] = []
    rows: list[list[float]] = []
    for _ in range(count):
        number, line = next(source, (0, ""))
        if number == 0:
            raise ValueError(
                f"{path}: the file says {count} atoms and has {len(rows)}; it was cut short"
            )
        name, values = _atom(line, columns, path, number)
        names.append(name)
        rows.append(values)
    table = np.array(rows)
    return ParticleSystem(table[:, :3], table[:, 3], names=names)


def _count(source: Iterator[tuple[int, str]], path: Path) -> int:
    number, line = next(source)
    try:
        count = int(line)
    except ValueError:
        fail(path, number, f"the number of atoms must be an integer, got {line.strip()[:40]!r}")
    if count < 1:
        fail(path, number, f"the number of atoms must be at least 1, got {count}")
    return count


def _columns(comment: str, path: Path) -> tuple[int, int, int]:
    """Return the columns of the element, of x and of the charge."""
    match = _PROPERTIES.search(comment)
    if match is None:
        return 0, 1, 4
    parts = match.group(2).split(":")
    start, found = 0, {}
    for name, width in zip(parts[::3], parts[2::3], strict=False):
        found[name.lower()] = start
        if not width.isdigit():
            fail(path, 2, f"Properties must be name:type:width, got {match.group(2)[:60]!r}")
        start += int(width)
    charge = next((found[name] for name in _CHARGES if name in found), None)
    if charge is None or "pos" not in found:
        fail(path, 2, f"Properties must have pos and a charge, got {match.group(2)[:60]!r}")
    return found.get("species", 0), found["pos"], charge


def _atom(
    line: str, columns: tuple[int, int, int], path: Path, number: int
) -> tuple[str, list[float]]:
    fields = line.split()
    name, x, charge = columns
    if len(fields) <= max(x + 2, charge):
        fail(
            path, number,
            "an atom needs element, x, y, z and a charge (fifth column), "
            f"got {len(fields)} columns",
        )  # fmt: skip
    labels = zip(("x", "y", "z", "the charge"), (x, x + 1, x + 2, charge), strict=True)
    return fields[name], [to_float(fields[k], label, path, number) for label, k in labels]
