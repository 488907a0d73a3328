"""The way to a device: CuPy, imported here and nowhere else, when a device is first wanted."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from chebtucker import _arrays


def cupy() -> Any:
    """Return the module CuPy with a device that works, or say what is missing."""
    try:
        module = importlib.import_module("cupy")
    except ImportError as error:
        raise ImportError(
            "CuPy is needed for device \"cuda\"; pip install 'chebtucker[cuda12]' or "
            f"'chebtucker[cuda13]' ({error})"
        ) from error
    _check_device(module)
    return module


def _check_device(module: Any) -> None:
    """Refuse with a reason where CUDA finds no device or cannot use it."""
    runtime = module.cuda.runtime
    try:
        count = runtime.getDeviceCount()
    except runtime.CUDARuntimeError as error:
        raise RuntimeError(_reason(runtime, error)) from error
    if count == 0:
        raise RuntimeError('device "cuda" must be there, got a driver that shows no device')


def _reason(runtime: Any, error: Exception) -> str:
    """Return which of the two it is: no driver and no device, or a driver that is too old."""
    driver, needed = runtime.driverGetVersion(), runtime.runtimeGetVersion()
    if driver == 0:
        return f'device "cuda" must be there, got no NVIDIA driver and so no device ({error})'
    if driver < needed:
        return (
            f"the NVIDIA driver must support CUDA {_version(needed)}, got one for CUDA "
            f"{_version(driver)}; update it, or install the CuPy of an older CUDA ({error})"
        )
    return f'device "cuda" must be there, got none ({error})'


def _version(number: int) -> str:
    return f"{number // 1000}.{number % 1000 // 10}"


def carrier(device: str) -> Callable[[Any], Any]:
    """Return what carries an array to "cpu" or, as one of CuPy on the current device, to "cuda"."""
    if device == "cpu":
        return _arrays.to_host
    module = cupy()
    return lambda array: array if _arrays.library(array) == "cupy" else module.asarray(array)
