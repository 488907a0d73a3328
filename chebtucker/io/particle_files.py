"""Particles in .npy files, of which a few rows at a time are read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _checks
from chebtucker.io.atomic import whole_file
from chebtucker.systems.chunks import (
    Chunk,
    Group,
    ParticleChunks,
    checked_chunk,
    piece_ranges,
    span,
)

GROUPS = 512
"""Most results that are added up, which takes some hundredths of a second each."""


@dataclass(frozen=True, eq=False)
class FilePiece:
    """Rows of one or two .npy files, which the worker reads itself."""

    paths: tuple[str, ...]
    first: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.first

    def read(self) -> Chunk:
        """Return positions (n, 3) and charges (n,)."""
        return _rows(self.paths, slice(self.first, self.stop))

    @property
    def source(self) -> str:
        """The file, for messages."""
        return self.paths[0]

    def __str__(self) -> str:
        return span(self.first, self.stop, self.source)


class ParticleFile(ParticleChunks):
    """Particles in one or two .npy files, of which only what is needed is read.

    Parameters
    ----------
    path : path_like
        An array (N, 4) of x, y, z and charge; or, with `charges`, an array (N, 3) of positions.
    charges : path_like, optional
        An array (N,).
    size : int, optional
        Particles that are handed to a worker at a time; at most two million by default.

    Raises
    ------
    OSError
        If a file cannot be opened.
    ValueError
        If a file is not a sound .npy file, or its shape is another.

    Notes
    -----
    Workers of an executor open the files by their absolute paths: on several machines they must
    be on a file system that all of them see.

    Examples
    --------
    >>> import tempfile, pathlib, numpy as np, chebtucker as ct
    >>> rng = np.random.default_rng(0)
    >>> chunks = ((rng.uniform(size=(50, 3)), rng.choice([-1.0, 1.0], 50)) for _ in range(4))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     particles = ct.ParticleFile.write(pathlib.Path(folder, "ions.npy"), chunks)
    ...     len(particles)
    200
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        charges: str | os.PathLike[str] | None = None,
        *,
        size: int | None = None,
    ) -> None:
        wanted: dict[str, tuple[str | os.PathLike[str], tuple[int, ...]]]
        wanted = {"path": (path, (4,) if charges is None else (3,))}
        if charges is not None:
            wanted["charges"] = (charges, ())
        counts = {}
        for name, (file, columns) in wanted.items():
            table = _mapped(str(file))
            if table.ndim != 1 + len(columns) or table.shape[1:] != columns:
                shape = ", ".join(["N", *map(str, columns)]) + ("" if columns else ",")
                raise ValueError(f"`{name}` must hold an array ({shape}), got shape {table.shape}")
            if table.dtype.kind not in "fiu":
                raise TypeError(f"`{name}` must hold real numbers, got dtype {table.dtype}")
            counts[name] = len(table)
        if len(set(counts.values())) > 1:
            raise ValueError(
                f"`charges` must have {counts['path']:,} numbers, got {counts['charges']:,}"
            )
        if counts["path"] == 0:
            raise ValueError("`path` must hold at least one particle, got none")
        self._paths = tuple(str(Path(file).resolve()) for file, _ in wanted.values())
        self._count = counts["path"]
        self._ranges = piece_ranges(
            self._count, None if size is None else _checks.integer(size, "size", minimum=1)
        )

    @classmethod
    def write(
        cls, path: str | os.PathLike[str], chunks: Iterable[tuple[ArrayLike, ArrayLike]]
    ) -> ParticleFile:
        """Write chunks, which are read once, to an .npy file (N, 4), and return it.

        The file is whole or absent.
        """
        count = 0
        with whole_file(path) as file:
            _write_header(file, count)
            for k, chunk in enumerate(chunks):
                rows = np.column_stack(checked_chunk(*chunk, f"chunk {k}: "))
                file.write(np.ascontiguousarray(rows, dtype="<f8").data)
                count += len(rows)
            file.seek(0)
            _write_header(file, count)
        return cls(path)

    def __len__(self) -> int:
        return self._count

    @property
    def count(self) -> int:
        """Number of particles."""
        return self._count

    def pieces(self) -> Iterator[FilePiece]:
        """Yield pieces of about equal size, in order; each has ``read()``."""
        for first, stop in self._ranges:
            yield FilePiece(self._paths, first, stop)

    def groups(self) -> Iterator[Group]:
        """Yield the pieces in at most 512 groups, for each of which a worker sends one result."""
        pieces = list(self.pieces())
        each = -(-len(pieces) // GROUPS)
        return (Group(tuple(pieces[a : a + each])) for a in range(0, len(pieces), each))

    def subset(self, count: int) -> Chunk | None:
        """Return about `count` particles spread evenly over all, or None where all must be read."""
        rows = np.unique(np.linspace(0, self._count - 1, count).astype(np.int64))
        return _split([_scattered(path, rows) for path in self._paths])

    def __repr__(self) -> str:
        """Return the number of particles and the file."""
        return f"ParticleFile({self._count:,} particles in {Path(self._paths[0]).name})"


def _rows(paths: tuple[str, ...], rows: Any) -> Chunk:
    """Return positions and charges of some rows; the files are closed again."""
    return _split([np.array(_mapped(path)[rows], np.float64) for path in paths])


def _split(tables: list[NDArray[np.float64]]) -> Chunk:
    """Return positions and charges, which are one table (n, 4) or two."""
    if len(tables) == 1:
        return np.ascontiguousarray(tables[0][:, :3]), tables[0][:, 3].copy()
    return tables[0], tables[1]


def _scattered(path: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return rows that are far apart; mapped ones would count as memory with what is between."""
    table: Any = _mapped(path)
    if not table.flags.c_contiguous:
        return np.array(table[rows], np.float64)
    width = table.strides[0]
    with open(path, "rb", buffering=0) as file:
        found = []
        for row in rows.tolist():
            file.seek(table.offset + row * width)
            found.append(file.read(width))
    picked = np.frombuffer(b"".join(found), table.dtype).reshape(len(rows), *table.shape[1:])
    return np.array(picked, np.float64)


def _mapped(path: str) -> NDArray[Any]:
    """Return an .npy file as an array of which nothing is read yet."""
    if Path(path).suffix.lower() != ".npy":
        raise ValueError(f"`path` must end in .npy, got {path}")
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        text = " ".join(str(error).split())[:150]
        raise ValueError(f"{path}: not a sound .npy file ({text})") from None


def _write_header(file: IO[bytes], count: int) -> None:
    """Write the header of an array (count, 4); its length does not depend on the count."""
    np.lib.format.write_array_header_1_0(
        file, {"descr": "<f8", "fortran_order": False, "shape": (count, 4)}
    )
