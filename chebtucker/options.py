"""Checks of what was asked for on the command line, before anything is computed."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

Shape = tuple[int, int, int]


def grid_shape(numbers: Sequence[int]) -> Shape:
    """Return the points of the three axes of a grid."""
    if len(numbers) not in (1, 3):
        raise ValueError(f"a grid must be one number of points or three, got {len(numbers)}")
    if min(numbers) < 1:
        raise ValueError(f"a grid must have at least 1 point an axis, got {min(numbers)}")
    a, b, c = numbers if len(numbers) == 3 else tuple(numbers) * 3
    return a, b, c


def size_in_memory(shape: Shape, path: str) -> str:
    """Say what a grid takes, and refuse what does not fit in memory."""
    from chebtucker.potentials.cost import available_bytes

    points = shape[0] * shape[1] * shape[2]
    text = f"grid {' x '.join(map(str, shape))}: {points:,} points"
    needed, free = 8 * points, available_bytes()
    if needed > 0.9 * free:
        raise ValueError(
            f"{text} would take {needed / 1e9:,.1f} GB of memory, {free / 1e9:,.1f} GB are free"
        )
    return f"{text}, {_bytes(needed)} in memory, about {_on_disk(points, path)} on disk"


def size_in_slabs(shape: Shape, path: str) -> str:
    """Say what a grid takes that is never in memory as a whole."""
    points = shape[0] * shape[1] * shape[2]
    text = f"grid {' x '.join(map(str, shape))}: {points:,} points"
    return f"{text}, about {_on_disk(points, path)} on disk"


def _on_disk(points: int, path: str) -> str:
    return _bytes((14 if path.lower().endswith((".dx", ".cube")) else 8) * points)


def _bytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count < 1e9 else f"{count / 1e9:,.1f} GB"


def check_targets(arguments: argparse.Namespace, in_slabs: tuple[str, ...] = ()) -> None:
    """Refuse files whose ending is not known, or that cannot be written."""
    endings = {
        "output": (".dx", ".cube", ".vti", *in_slabs),
        "save": (".npz",),
        "plot": (".png", ".pdf", ".svg"),
    }
    for name, allowed in endings.items():
        path = getattr(arguments, name, None)
        if path is None:
            continue
        if Path(path).suffix.lower() not in allowed:
            raise ValueError(f"`--{name}` must end in {', '.join(allowed)}, got {path}")
        check_folder(path)
    output = getattr(arguments, "output", None) or ""
    if output.lower().endswith(".cube") and arguments.units.lower() != "e/a":
        raise ValueError("cube files are in Hartree/e by definition: leave out --units")


def check_folder(path: str) -> None:
    """Refuse a file in a folder that is not there or not ours."""
    folder = Path(path).resolve().parent
    if not folder.is_dir():
        raise ValueError(f"{path}: the folder {folder} does not exist")
    if not os.access(folder, os.W_OK):
        raise ValueError(f"{path}: the folder {folder} is not writable")
