"""Which loops run on an array, and what carries arrays to where a user wants them."""

from __future__ import annotations

from collections.abc import Callable
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


def carrier(device: str) -> Callable[[Any], Any]:
    """Return what carries an array to "cpu" or "cuda"."""
    if device == "cpu":
        return _arrays.to_host
    from chebtucker.backends.cuda.device import to_cuda

    return to_cuda
