"""OpenDX, as APBS writes it and VMD, PyMOL and ChimeraX read it."""

from __future__ import annotations

import os
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker.io.atomic import whole_file
from chebtucker.io.grids import checked_grid, finite_slabs, formatted


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
        _write(file, grid, origin, spacing, " ".join(comment.split()))


def _write(
    file: IO[bytes], grid: NDArray[Any], origin: NDArray[Any], spacing: NDArray[Any], comment: str
) -> None:
    counts = " ".join(map(str, grid.shape))
    head = [f"# {comment}", f"object 1 class gridpositions counts {counts}"]
    head.append("origin " + " ".join(f"{x:.12e}" for x in origin))
    head += ["delta " + " ".join(f"{x:.12e}" for x in row) for row in np.diag(spacing)]
    head.append(f"object 2 class gridconnections counts {counts}")
    head.append(f"object 3 class array type double rank 0 items {grid.size} data follows")
    file.write(("\n".join(head) + "\n").encode())
    left = np.empty(0)
    for plane in finite_slabs(grid):
        numbers = np.concatenate([left, plane.ravel()])
        full = len(numbers) - len(numbers) % 3
        file.write(formatted(numbers[:full], "%.6e", 3).encode())
        left = numbers[full:]
    file.write(formatted(left, "%.6e", 3).encode())
    tail = [
        'attribute "dep" string "positions"',
        'object "regular positions regular connections" class field',
        'component "positions" value 1',
        'component "connections" value 2',
        'component "data" value 3',
    ]
    file.write(("\n".join(tail) + "\n").encode())
