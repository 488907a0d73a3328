"""One way to compile every loop: no GIL, cached on disk, sums may be reordered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

_REORDER = {"reassoc", "contract", "nsz", "arcp"}
"""Vectorise sums, fuse multiply-adds; NaN and inf keep their meaning."""


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a loop over plain arrays that runs without the GIL; division by zero gives inf."""
    return numba.njit(nogil=True, cache=True, fastmath=_REORDER, error_model="numpy")(function)


def merged(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a piece that LLVM inlines: for pieces too large for `inlined`, called very often."""
    return numba.njit(nogil=True, forceinline=True, fastmath=_REORDER, error_model="numpy")(
        function
    )


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a small piece that is inlined into `compiled` loops."""
    return numba.njit(inline="always", fastmath=_REORDER, error_model="numpy")(function)
