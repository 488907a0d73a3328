"""Lines of text files, and errors that name them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line number, line) of a text file; ValueError if it is empty or not text."""
    with path.open("rb") as file:
        start = file.read(4096)
    if not start:
        raise ValueError(f"{path}: the file is empty")
    if b"\0" in start:
        raise ValueError(f"{path}: the file is binary, not text")
    number = 0
    with path.open(encoding="utf-8-sig", errors="replace", newline=None) as text:
        for number, line in enumerate(text, start=1):
            yield number, line
    if number == 0:
        raise ValueError(f"{path}: the file is empty but for a mark of its encoding")


def fail(path: Path, number: int, problem: str) -> NoReturn:
    """Raise a ValueError that names the file and the line."""
    raise ValueError(f"{path}, line {number}: {problem}")


def to_float(text: str, what: str, path: Path, number: int) -> float:
    """Return a finite number from text."""
    try:
        value = float(text)
    except ValueError:
        fail(path, number, f"{what} must be a number, got {text.strip()[:40]!r}")
    if not math.isfinite(value):
        fail(path, number, f"{what} must be finite, got {text.strip()[:40]!r}")
    return value


def counted(count: int, what: str) -> str:
    """Return a number and a noun, as "1 atom" or "2 atoms"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
