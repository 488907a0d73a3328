"""Grids from text files: what their readers return and share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.io.text import fail, to_float
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]
Rows = Iterator[tuple[int, str]]

_CHUNK = 2**16  # numbers that are converted at once
_HEAVY = 2  # bytes of the shortest number with its space


@dataclass(frozen=True, eq=False, repr=False)
class GridData:
    """Values at the nodes of a uniform grid, as read from a file.

    It unpacks as ``values, domain``, so ``ct.from_grid(*grid, grid="nodes")`` makes a function.

    Parameters
    ----------
    values : array_like, shape (n_1, .., n_d)
        One value for each node; both ends of every axis are nodes.
    domain : array_like, shape (d, 2)
        Lower and upper end on every axis. An axis with a single node has it in the middle.
    comment : str
        What the file says of itself.
    system : ParticleSystem, optional
        Atoms that the file lists.

    Examples
    --------
    >>> import numpy as np
    >>> from chebtucker.io import GridData
    >>> values, domain = GridData(np.zeros((2, 3)), [(0, 1), (0, 2)])
    >>> values.shape
    (2, 3)
    """

    values: Array
    domain: Array
    comment: str = ""
    system: ParticleSystem | None = None

    def __post_init__(self) -> None:
        values = _checks.real_array(self.values, "values")
        box = _checks.domain(self.domain, ndim=values.ndim)
        object.__setattr__(self, "values", _checks.read_only(values))
        object.__setattr__(self, "domain", _checks.read_only(box))

    def __iter__(self) -> Iterator[Any]:
        yield self.values
        yield self.domain

    def __repr__(self) -> str:
        box = " x ".join(f"[{lo:.6g}, {hi:.6g}]" for lo, hi in self.domain)
        return f"GridData(shape={self.values.shape}, domain={box})"


def next_row(rows: Rows, path: Path, what: str) -> tuple[int, str]:
    """Return the next line; ValueError where the file ends before it."""
    try:
        return next(rows)
    except StopIteration:
        raise ValueError(f"{path}: the file ends before {what}; it was cut short") from None


def to_count(text: str, what: str, path: Path, number: int, *, minimum: int = 1) -> int:
    """Return an integer of at least `minimum` from text."""
    try:
        value = int(text)
    except ValueError:
        fail(path, number, f"{what} must be an integer, got {text[:40]!r}")
    if value < minimum:
        fail(path, number, f"{what} must be at least {minimum}, got {text[:40]}")
    return value


def triple(fields: list[str], what: str, path: Path, number: int) -> Array:
    """Return three numbers."""
    if len(fields) != 3:
        fail(path, number, f"{what} must be three numbers, got {' '.join(fields)[:60]!r}")
    return np.array([to_float(text, what, path, number) for text in fields])


def check_size(path: Path, number: int, shape: tuple[int, ...]) -> int:
    """Return how many values a grid has; ValueError where the file is too small to hold them."""
    count = 1
    for n in shape:
        count *= n
    size = path.stat().st_size
    if _HEAVY * count > size + 1:
        sizes = " x ".join(map(str, shape))
        fail(path, number, f"a grid of {sizes} values does not fit into a file of {size} bytes")
    return count


def box_of(
    origin: Array, steps: list[Array], shape: tuple[int, ...], path: Path, number: int
) -> Array:
    """Return the domain of a grid whose steps are along x, y and z and point upwards."""
    matrix = np.array(steps)
    diagonal = np.diag(matrix)
    if np.abs(matrix - np.diag(diagonal)).max() > 1e-6 * np.abs(matrix).max():
        fail(path, number, "the axes of the grid must be along x, y and z; these are not")
    spread = np.array(shape) - 1
    if (diagonal < 0).any() or ((diagonal == 0) & (spread > 0)).any():
        fail(path, number, f"the steps of the grid must be positive, got {diagonal.tolist()}")
    width = np.where(diagonal > 0, diagonal, 1.0)
    low = np.where(spread > 0, origin, origin - width / 2)
    with np.errstate(over="ignore"):
        high = np.where(spread > 0, origin + spread * diagonal, origin + width / 2)
    box = np.stack([low, high], axis=1)
    if not np.isfinite(box).all():
        fail(path, number, f"the grid must end within the range of floats, got {box.tolist()}")
    if not (low < high).all():  # steps below the rounding of the origin
        fail(path, number, f"the steps of the grid vanish beside its origin, got {box.tolist()}")
    return box


def read_values(rows: Rows, path: Path, count: int) -> Array:
    """Return the next `count` numbers; they may be broken into lines in any way."""
    values = np.empty(count)
    filled = 0
    texts: list[str] = []
    taken: list[tuple[int, str]] = []
    for number, line in rows:
        texts += line.split()
        taken.append((number, line))
        if filled + len(texts) < count and len(texts) < _CHUNK:
            continue
        numbers = _converted(texts, taken, path, filled, count)
        if filled + len(numbers) > count:
            fail(path, number, f"there are more than the {count} values that the grid has")
        values[filled : filled + len(numbers)] = numbers
        filled += len(numbers)
        texts, taken = [], []
        if filled == count:
            return values
    filled += len(_converted(texts, taken, path, filled, count))
    raise ValueError(f"{path}: the file has {filled} of {count} values; it was cut short")


def _converted(
    texts: list[str], taken: list[tuple[int, str]], path: Path, before: int, count: int
) -> Array:
    """Return texts as finite numbers, or name the line where one is not."""
    try:
        numbers = np.array(texts, dtype=np.float64)
    except ValueError:
        numbers = np.array([np.nan])
    if np.isfinite(numbers).all():
        return numbers
    for number, line in taken:
        fields = line.split()
        if fields and fields[0].lower() in ("attribute", "object", "component"):
            fail(path, number, f"the data end after {before} of {count} values")
        for text in fields:
            to_float(text, "a value", path, number)
            before += 1
    return numbers
