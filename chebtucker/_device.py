"""The way to a device: CuPy, imported here and nowhere else, when a device is first wanted.

"cuda" is CuPy's current device, "cuda:K" the device of number K. CuPy works on its current device,
one for each thread, and refuses arrays of another. So what we do with arrays is done while their
own device is the current one: `current` makes it so.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from chebtucker import _arrays

Class = TypeVar("Class", bound=type)

_NAME = re.compile(r"cuda(?::(\d+))?")
_NOTHING_TO_DO = nullcontext()


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


def checked_device(device: Any) -> str:
    """Return the name of a device if it can be one: "cpu", "cuda" or "cuda:K"."""
    if device == "cpu" or (isinstance(device, str) and _NAME.fullmatch(device)):
        return str(device)
    raise ValueError(f"`device` must be one of 'cpu', 'cuda', 'cuda:K', got {device!r}")


def is_there(device: str, place: str) -> bool:
    """Say whether what is at a place need not move to a device; to "cuda" nothing on one moves."""
    return place in (device, device.removesuffix(":0")) or (
        device == "cuda" and _NAME.fullmatch(place) is not None
    )


def carrier(device: str) -> Callable[[Any], Any]:
    """Return what carries an array to "cpu", to the current device "cuda", or to "cuda:K".

    From one device to another by way of the host, which waits until all is computed and copied.
    """
    if device == "cpu":
        return _arrays.to_host
    module = cupy()
    there = module.cuda.Device() if device == "cuda" else numbered(module, device)

    def carried(array: Any) -> Any:
        if _arrays.library(array) == "cupy" and device in ("cuda", f"cuda:{array.device.id}"):
            return array
        with there:
            return module.asarray(_arrays.to_host(array))

    return carried


def numbered(module: Any, device: str) -> Any:
    """Return the device "cuda:K" as an object of CuPy; one that is not there is refused."""
    number, count = int(device.removeprefix("cuda:")), module.cuda.runtime.getDeviceCount()
    if number >= count:
        found = 'one device, "cuda:0"' if count == 1 else f'{count}, "cuda:0" to "cuda:{count - 1}"'
        raise RuntimeError(f'device "{device}" must be there, got {found}')
    return module.cuda.Device(number)


def current(place: str) -> AbstractContextManager[Any]:
    """Return a context in which the device of arrays at a place is CuPy's current one."""
    found = _NAME.fullmatch(place)
    if found is None:
        return _NOTHING_TO_DO
    return cupy().cuda.Device(int(found[1] or 0))


def works_there(*names: str) -> Callable[[Class], Class]:
    """Let methods of a class run while the device that `self.device` names is the current one."""

    def decorated(cls: Class) -> Class:
        for name in names:
            setattr(cls, name, _there(getattr(cls, name)))
        return cls

    return decorated


def _there(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def there(self: Any, *arguments: Any, **options: Any) -> Any:
        place = self.device
        if place == "cpu":
            return method(self, *arguments, **options)
        with current(place):
            return method(self, *arguments, **options)

    return there
