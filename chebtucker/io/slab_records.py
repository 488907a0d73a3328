"""What of a large file is written: a record beside it, so that an interrupted run can go on."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chebtucker.io.slab_layouts import Layout

Range = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Part:
    """A file that is being written, under another name, and the record of its slabs.

    Parameters
    ----------
    target : Path
        The name that the file gets when it is whole.
    slabs : list of (int, int)
        First plane and last + 1 of each slab.
    done : set of (int, int)
        Those that are written.
    """

    target: Path
    slabs: list[Range]
    done: set[Range]

    @property
    def path(self) -> Path:
        """The file that is being written."""
        return part_path(self.target)

    def add(self, slab: Range) -> None:
        """Record that a slab is written."""
        self.done.add(slab)
        with open(_record_path(self.target), "a", encoding="ascii") as record:
            record.write(f"{slab[0]} {slab[1]}\n")

    def finish(self) -> None:
        """Give the file its name."""
        os.replace(self.path, self.target)
        _record_path(self.target).unlink()

    def remove(self) -> None:
        """Remove what was written."""
        self.path.unlink(missing_ok=True)
        _record_path(self.target).unlink(missing_ok=True)


def begin(target: Path, layout: Layout, fingerprint: str, thickness: int) -> Part:
    """Create the file with its head and its tail, and a record without slabs."""
    free = shutil.disk_usage(target.parent).free
    if layout.nbytes > free:
        text = f"no room for {layout.nbytes / 1e9:,.1f} GB, {free / 1e9:,.1f} GB are free"
        raise OSError(errno.ENOSPC, text, str(target))
    planes = layout.shape[layout.axis]
    slabs = [(a, min(a + thickness, planes)) for a in range(0, planes, thickness)]
    part = Part(target, slabs, set())
    part.remove()
    try:
        with open(part.path, "wb") as file:
            file.write(layout.head)
            file.truncate(layout.nbytes - len(layout.tail))
            file.seek(0, os.SEEK_END)
            file.write(layout.tail)
        header = {"fingerprint": fingerprint, "slabs": slabs}
        _record_path(target).write_text(json.dumps(header) + "\n", encoding="ascii")
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(target)) from None
    return part


def resumed(target: Path, layout: Layout, fingerprint: str) -> Part | None:
    """Return what an earlier run has left, or None if there is nothing.

    Raises
    ------
    ValueError
        If it is a part of another file, or damaged.
    """
    record, path = _record_path(target), part_path(target)
    if not record.exists() or not path.exists():
        return None
    first, *lines = record.read_text(encoding="ascii", errors="replace").split("\n")
    try:
        header = json.loads(first)
        slabs = [(int(a), int(b)) for a, b in header["slabs"]]
        found = header["fingerprint"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"`resume` must find a sound record, got {record}; remove it") from None
    if found != fingerprint or path.stat().st_size != layout.nbytes:
        raise ValueError(
            f"`resume` must go on with what was begun, got {path}, which is a part of something "
            "else; leave out resume to begin anew"
        )
    known = {f"{a} {b}": (a, b) for a, b in slabs}
    return Part(target, slabs, {known[line] for line in lines if line in known})


def part_path(target: Path) -> Path:
    """Return the name of a file while it is being written."""
    return target.with_name(f".{target.name}.part")


def _record_path(target: Path) -> Path:
    return target.with_name(f".{target.name}.slabs")


def fingerprint(*things: object) -> str:
    """Return a digest of arrays, numbers, texts, and of objects by their fields.

    Fields named `summary` hold times, and objects that are no dataclasses count by their type.
    """
    digest = hashlib.sha256()
    for thing in things:
        _add(digest, thing)
    return digest.hexdigest()


def _add(digest: Any, thing: object) -> None:
    if isinstance(thing, np.ndarray):
        digest.update(f"{thing.dtype.str}{thing.shape}".encode())
        digest.update(np.ascontiguousarray(thing).data)
    elif isinstance(thing, bytes):
        digest.update(thing)
    elif isinstance(thing, tuple | list):
        digest.update(f"({len(thing)}".encode())
        for entry in thing:
            _add(digest, entry)
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        digest.update(type(thing).__qualname__.encode())
        for field in dataclasses.fields(thing):
            if field.name != "summary":
                _add(digest, getattr(thing, field.name))
    elif thing is None or isinstance(thing, str | bool | int | float | np.generic):
        digest.update(repr(thing).encode())
    else:
        digest.update(type(thing).__qualname__.encode())
