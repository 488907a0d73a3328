"""OpenDX, as APBS writes it and VMD, PyMOL and ChimeraX read it."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import IO, Any

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
from chebtucker.io.text import fail, lines


def write_dx(
    path: str | os.PathLike[str],
    values: ArrayLike,
    domain: ArrayLike,
    *,
    comment: str = "potential on a regular grid",
) -> None:
    """Write values on a grid as an OpenDX file; the file is whole or absent.

    Parameters
    ----------
    path : path_like
        Must end in ``.dx``.
    values : array_like, shape (nx, ny, nz)
        Values at the grid points, in whatever unit; the file does not say which.
    domain : array_like, shape (3, 2)
        The box; its ends are grid points. An axis with one point has it in the middle.
    comment : str
        First line of the file.

    Notes
    -----
    Text, z fastest, three numbers a line with seven digits: 14 bytes a value. A value of inf (a
    grid point on a charge) is written as 3.4e38.
    """
    grid, origin, spacing = checked_grid(path, values, domain, ".dx")
    with whole_file(path) as file:
        file.write(dx_head(grid.shape, origin, spacing, " ".join(comment.split())))
        _write_numbers(file, grid)
        file.write(DX_TAIL)


def dx_head(
    shape: tuple[int, ...], origin: NDArray[Any], spacing: NDArray[Any], comment: str
) -> bytes:
    """Return the lines of an OpenDX file before its numbers."""
    counts = " ".join(map(str, shape))
    head = [f"# {comment}", f"object 1 class gridpositions counts {counts}"]
    head.append("origin " + " ".join(f"{x:.12e}" for x in origin))
    head += ["delta " + " ".join(f"{x:.12e}" for x in row) for row in np.diag(spacing)]
    head.append(f"object 2 class gridconnections counts {counts}")
    items = math.prod(shape)
    head.append(f"object 3 class array type double rank 0 items {items} data follows")
    return ("\n".join(head) + "\n").encode()


DX_TAIL = b"""attribute "dep" string "positions"
object "regular positions regular connections" class field
component "positions" value 1
component "connections" value 2
component "data" value 3
"""
"""The lines of an OpenDX file after its numbers."""


def _write_numbers(file: IO[bytes], grid: NDArray[Any]) -> None:
    left = np.empty(0)
    for plane in finite_slabs(grid):
        numbers = np.concatenate([left, plane.ravel()])
        full = len(numbers) - len(numbers) % 3
        file.write(formatted(numbers[:full], "%.6e", 3).encode())
        left = numbers[full:]
    file.write(formatted(left, "%.6e", 3).encode())


def read_dx(path: str | os.PathLike[str]) -> GridData:
    """Return the values of an OpenDX file: a scalar on a regular grid, as APBS writes it.

    Parameters
    ----------
    path : path_like
        Text, z fastest; the data may be broken into lines in any way.

    Returns
    -------
    GridData
        Unpacks as ``values, domain``; the ends of the domain are grid points. Lengths and values
        are in the units of the file: Angstrom and kT/e for potentials of APBS.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If the file is cut short, its counts disagree, its axes are not along x, y and z, or its
        data are binary or not finite; the message names file and line.

    Examples
    --------
    >>> import numpy as np, tempfile, pathlib
    >>> import chebtucker as ct
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "v.dx")
    ...     ct.write_dx(path, np.ones((2, 3, 4)), [(0, 1), (0, 2), (0, 3)])
    ...     ct.read_dx(path)
    GridData(shape=(2, 3, 4), domain=[0, 1] x [0, 2] x [0, 3])
    """
    path = _checks.existing(path)
    rows = iter(lines(path))
    comments, number, fields = _skip(rows, path, "gridpositions")
    shape = _counts(fields, path, number)
    origin, steps = np.zeros(3), [np.zeros(3)] * 0
    while len(steps) < 3:
        number, line = next_row(rows, path, "the steps of the grid")
        fields = line.split()
        if fields[:1] == ["origin"]:
            origin = triple(fields[1:], "the origin", path, number)
        elif fields[:1] == ["delta"]:
            steps.append(triple(fields[1:], "a step", path, number))
        elif fields and not fields[0].startswith("#"):
            fail(path, number, f"`origin` or `delta` must be here, got {line.strip()[:60]!r}")
    count = check_size(path, number, shape)
    box = box_of(origin, steps, shape, path, number)
    _, number, fields = _skip(rows, path, "array", shape)
    _check_array(fields, count, path, number)
    values = read_values(rows, path, count).reshape(shape)
    _check_rest(rows, path, count)
    return GridData(values, box, " ".join(comments))


def _skip(
    rows: Rows, path: Path, kind: str, shape: tuple[int, ...] | None = None
) -> tuple[list[str], int, list[str]]:
    """Return comments, number and fields of the line that opens an object of the given class."""
    comments = []
    while True:
        number, line = next_row(rows, path, f"an object of class {kind}; is it an OpenDX file?")
        fields = line.split()
        if line.startswith("#"):
            comments.append(line[1:].strip())
        elif fields[:1] == ["object"] and kind in fields:
            return comments, number, fields
        elif fields[:1] == ["object"] and shape and "gridconnections" in fields:
            if _counts(fields, path, number) != shape:
                fail(path, number, f"the counts must be those of the positions, {shape}")
        elif fields and kind == "gridpositions":
            fail(path, number, f"an object of class gridpositions must be here, got {line[:40]!r}")


def _counts(fields: list[str], path: Path, number: int) -> tuple[int, ...]:
    texts = fields[fields.index("counts") + 1 :] if "counts" in fields else []
    if len(texts) != 3:
        fail(
            path, number, f"`counts` and three numbers must be here, got {' '.join(fields)[:60]!r}"
        )
    return tuple(to_count(text, "a count", path, number) for text in texts)


def _check_array(fields: list[str], count: int, path: Path, number: int) -> None:
    """Refuse arrays that are not plain text scalars, or not as many as the grid has."""
    options = dict(zip(fields[2::2], fields[3::2], strict=False))
    if "follows" not in fields or "ieee" in fields or "binary" in fields:
        fail(path, number, "the data must follow as text; data elsewhere or binary are not read")
    if options.get("rank", "0") != "0" and options.get("shape", "1") != "1":
        fail(path, number, f"the data must be scalars, got rank {options['rank']}")
    items = to_count(options.get("items", ""), "the number of items", path, number)
    if items != count:
        fail(path, number, f"the grid has {count} points and the array {items} items")


def _check_rest(rows: Rows, path: Path, count: int) -> None:
    """Refuse numbers after the data: the counts were wrong."""
    for number, line in rows:
        fields = line.split()
        if fields and fields[0][0] in "+-.0123456789":
            fail(path, number, f"there are more than the {count} values that the grid has")
        if fields:
            return
