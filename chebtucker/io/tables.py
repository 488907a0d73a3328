"""Tables of numbers as text: particles, points, and results."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.io.atomic import whole_file
from chebtucker.io.text import fail, lines, to_float
from chebtucker.systems import ParticleSystem

_SEPARATOR = re.compile(r"\s*[,;\t]\s*|\s+")
_NAMES = {
    "q": "charge", "charges": "charge", "r": "radius", "radii": "radius",
    "element": "name", "atom": "name",
}  # fmt: skip
_OPTIONAL = {"charge": 3, "radius": 4, "name": 5}


def read_csv(path: Path) -> ParticleSystem:
    """Return the particles of a table with columns x, y, z, charge [, radius, name].

    A header may name the columns in any order (q for charge); without it that order is taken.
    Separators: comma, semicolon, tab or spaces. Lines that start with # are comments.
    """
    header, rows = _table(path)
    order = _order(header, path, needs=("x", "y", "z", "charge"))
    columns: dict[str, list[Any]] = {name: [] for name in order}
    for number, fields in rows:
        for name, k in order.items():
            if k >= len(fields):
                fail(path, number, f"column {name!r} is missing: {len(fields)} columns")
            value = fields[k] if name == "name" else to_float(fields[k], name, path, number)
            columns[name].append(value)
    return ParticleSystem(
        np.column_stack([columns[name] for name in "xyz"]),
        np.array(columns["charge"]),
        radii=np.array(columns["radius"]) if "radius" in columns else None,
        names=columns.get("name"),
    )


def read_points(path: str | Path) -> NDArray[np.float64]:
    """Return the points (M, 3) of a table with columns x, y, z, with or without a header."""
    path = Path(path)
    header, rows = _table(path)
    order = _order(header, path, needs=("x", "y", "z"))
    points = np.empty((len(rows), 3))
    for row, (number, fields) in enumerate(rows):
        for k, name in enumerate("xyz"):
            if order[name] >= len(fields):
                fail(path, number, f"column {name!r} is missing: {len(fields)} columns")
            points[row, k] = to_float(fields[order[name]], name, path, number)
    return points


def write_table(path: str | Path, columns: Mapping[str, NDArray[np.float64]]) -> None:
    """Write named columns of equal length as comma-separated text; the file is whole or absent."""
    values = np.column_stack([np.asarray(column) for column in columns.values()])
    with whole_file(path) as file:
        file.write((",".join(columns) + "\n").encode())
        np.savetxt(file, values, fmt="%.12g", delimiter=",")


def _table(path: Path) -> tuple[list[str] | None, list[tuple[int, list[str]]]]:
    """Return the header, if there is one, and the rows with their line numbers."""
    rows = []
    for number, line in lines(path):
        text = line.strip()
        if text and not text.startswith("#"):
            rows.append((number, _SEPARATOR.split(text)))
    if not rows:
        raise ValueError(f"{path}: no table in it")
    header = None
    if not _is_number(rows[0][1][0]):
        header = [name.strip("\"'").lower() for name in rows.pop(0)[1]]
        if not rows:
            raise ValueError(f"{path}: a header and no rows")
    elif len(rows[0][1]) < 3:
        fail(path, rows[0][0], f"a row needs at least x, y and z, got {len(rows[0][1])} columns")
    if header is None and len(rows[0][1]) > 6:
        fail(path, rows[0][0], "more than 6 columns need a header that names x, y, z, charge")
    return header or _default_header(len(rows[0][1])), rows


def _default_header(count: int) -> list[str]:
    return ["x", "y", "z", "charge", "radius", "name"][:count]


def _order(header: list[str] | None, path: Path, needs: tuple[str, ...]) -> dict[str, int]:
    """Return the column of each known name."""
    names = [_NAMES.get(name, name) for name in header or ()]
    known = (*needs, *_OPTIONAL)
    order = {name: k for k, name in enumerate(names) if name in known}
    missing = [name for name in needs if name not in order]
    if missing:
        raise ValueError(
            f"{path}: columns {', '.join(needs)} are needed, {', '.join(missing)} missing; "
            f"got {', '.join(names) or 'none'}"
        )
    return order


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
