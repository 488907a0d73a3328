"""Which loops run on an array: the arrays decide."""

from __future__ import annotations

from typing import Any

from chebtucker import _arrays


def has_loops(array: Any) -> bool:
    """Say whether there are compiled loops for arrays of this library."""
    return _arrays.library(array) in ("numpy", "cupy")


def loops_for(array: Any) -> Any:
    """Return the backend for an array: `numba_cpu` for NumPy's, `cuda` for CuPy's."""
    if _arrays.library(array) == "cupy":
        from chebtucker.backends import cuda

        return cuda
    if not has_loops(array):
        name = _arrays.library(array)
        raise TypeError(f"`array` must be an array of numpy or cupy, got one of {name}")
    from chebtucker.backends import numba_cpu

    return numba_cpu
