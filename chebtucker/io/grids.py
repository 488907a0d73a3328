"""What all writers of grids need: checked values, origin, spacing, and slabs of text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _checks

Array = NDArray[np.float64]


def checked_grid(
    path: str | os.PathLike[str], values: ArrayLike, domain: ArrayLike, ending: str
) -> tuple[NDArray[Any], Array, Array]:
    """Return values (nx, ny, nz), the first grid point and the spacings, all checked."""
    if Path(path).suffix.lower() != ending:
        raise ValueError(f"`path` must end in {ending}, got {path}")
    grid = np.asarray(values)
    if grid.ndim != 3 or grid.size == 0:
        raise ValueError(f"`values` must be a non-empty array of 3 dimensions, got {grid.shape}")
    if grid.dtype.kind not in "fiu":
        raise TypeError(f"`values` must be an array of real numbers, got dtype {grid.dtype}")
    return grid, *origin_and_spacing(grid.shape, _checks.domain(domain, ndim=3))


def origin_and_spacing(shape: tuple[int, ...], box: Array) -> tuple[Array, Array]:
    """Return the first point and the spacings of a grid whose ends are those of a box (d, 2)."""
    counts = np.array(shape)
    spacing = (box[:, 1] - box[:, 0]) / np.maximum(counts - 1, 1)
    return np.where(counts > 1, box[:, 0], box.mean(axis=1)), spacing


def finite_slabs(grid: NDArray[Any]) -> Iterator[Array]:
    """Yield the planes x = const as float64, finite."""
    for plane in grid:
        yield finite(np.asarray(plane, dtype=np.float64))


def finite(values: Array) -> Array:
    """Return values for text: an infinite one (a grid point on a charge) is cut.

    Text formats have no infinity that their readers agree on: the largest float32 stands for it.
    """
    most = float(np.finfo(np.float32).max)
    return np.nan_to_num(values, nan=0.0, posinf=most, neginf=-most)


def formatted(numbers: Array, width: str, per_line: int) -> str:
    """Return numbers as text, `per_line` on a line; the last line may be shorter."""
    full = len(numbers) - len(numbers) % per_line
    line = " ".join([width] * per_line) + "\n"
    text = (line * (full // per_line)) % tuple(numbers[:full].tolist())
    rest = numbers[full:].tolist()
    return text + (" ".join([width] * len(rest)) % tuple(rest) + "\n" if rest else "")
