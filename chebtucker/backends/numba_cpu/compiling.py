"""One way to compile every loop: no GIL, cached on disk, sums may be reordered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

_REORDER = {"reassoc", "contract", "nsz", "arcp"}
"""Vectorise sums, fuse multiply-adds; NaN and inf keep their meaning."""

_OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": _REORDER, "error_model": "numpy"}
_ALONE: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a loop over plain arrays that runs without the GIL; division by zero gives inf."""
    return numba.njit(cache=True, **_OPTIONS)(function)


def called(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a piece that only `compiled` loops call: without wrappers it takes two thirds."""
    return numba.njit(**_OPTIONS, **_ALONE)(function)


def merged(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a piece as `called` does, inlined by LLVM wherever it is called."""
    return numba.njit(forceinline=True, **_OPTIONS, **_ALONE)(function)
