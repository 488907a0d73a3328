"""An executor whose workers are the CUDA devices of this machine.

A thread for each device, not a process: CuPy's current device and stream belong to a thread, its
memory and its compiled kernels to a device, so threads that never change their device do not meet.
They share the arrays of the host, which processes would have to send, and wait for their devices
without holding the interpreter.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

from chebtucker import _checks
from chebtucker._device import cupy, numbered


class DeviceExecutor(ThreadPoolExecutor):
    """An executor with one worker for each CUDA device of this machine.

    For ``executor=`` of `chebtucker.potential` and `chebtucker.write_grid`, and for
    `chebtucker.OnDevices`. A context, as any executor of `concurrent.futures`.

    Parameters
    ----------
    devices : sequence of int, optional
        Numbers of the devices, each once; by default all that CUDA shows.

    Attributes
    ----------
    devices : tuple of str
        Their names, "cuda:0", "cuda:1", ..

    Raises
    ------
    ImportError
        Without CuPy.
    RuntimeError
        Without a device, without one of those that are asked for, or where one cannot be used.

    Examples
    --------
    >>> import chebtucker as ct
    >>> system = ct.ParticleFile("ions.npy")  # doctest: +SKIP
    >>> with ct.DeviceExecutor() as gpus:  # doctest: +SKIP
    ...     V = ct.potential(system, rtol=1e-6, executor=gpus)
    """

    def __init__(self, devices: Iterable[int] | None = None) -> None:
        module = cupy()
        if devices is None:
            devices = range(module.cuda.runtime.getDeviceCount())
        numbers = [_checks.integer(number, "devices") for number in devices]
        if not numbers or len(set(numbers)) < len(numbers):
            raise ValueError(f"`devices` must be at least one, each once, got {numbers}")
        self.devices = tuple(f"cuda:{number}" for number in numbers)
        free: SimpleQueue[Any] = SimpleQueue()
        for name in self.devices:
            free.put(_opened(module, name))
        super().__init__(len(numbers), "chebtucker-device", _take, (free,))


def _opened(module: Any, name: str) -> Any:
    """Return a device that answers: others are refused here, where they can be named."""
    device = numbered(module, name)
    try:
        device.synchronize()
    except module.cuda.runtime.CUDARuntimeError as error:
        raise RuntimeError(f'device "{name}" must be usable, got {error}') from error
    return device


def _take(free: SimpleQueue[Any]) -> None:
    """Make a device that no other worker has the current one of this thread, for good."""
    free.get_nowait().use()
