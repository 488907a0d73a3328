"""CUDA C compiled when it is first used; CuPy keeps what it compiled on disk."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from chebtucker._device import cupy

OPTIONS = ("--std=c++17",)


def source(file: str) -> str:
    """Return the text of a file of kernels with what all begin with."""
    folder = Path(__file__).parent
    return "\n".join((folder / f"{name}.cu").read_text() for name in ("common", file))


def definitions(macros: tuple[tuple[str, Any], ...]) -> tuple[str, ...]:
    """Return the compiler's options for names that stand for numbers and types."""
    return tuple(f"-D{name}={value}" for name, value in macros)


@lru_cache
def _module(file: str, macros: tuple[tuple[str, Any], ...]) -> Any:
    return cupy().RawModule(code=source(file), options=OPTIONS + definitions(macros))


def launch(
    file: str, name: str, grid: int | tuple[int, ...], block: int, *arguments: Any, **macros: Any
) -> None:
    """Run a kernel on the current stream; nothing where the grid is empty.

    Numbers of Python become 64-bit ones; the kernels' `int` must come as `numpy.int32`.
    """
    blocks = (grid,) if isinstance(grid, int) else grid
    if 0 in blocks:
        return
    function = _module(file, tuple(sorted(macros.items()))).get_function(name)
    function(blocks, (block,), tuple(map(_argument, arguments)))


def _argument(value: Any) -> Any:
    if isinstance(value, float):
        return np.float64(value)
    return np.int64(value) if isinstance(value, int) else value


def integers(*values: Any) -> tuple[np.int32, ...]:
    """Return arguments for parameters that are `int`."""
    return tuple(np.int32(int(value)) for value in values)


def numbers(*values: Any) -> tuple[np.float64, ...]:
    """Return arguments for parameters that are `double`."""
    return tuple(np.float64(float(value)) for value in values)
