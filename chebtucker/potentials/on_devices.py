"""A function or a potential with a copy on every device: ranges of points and slabs of grids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from chebtucker import _arrays, _checks
from chebtucker._device import cupy, numbered
from chebtucker.backends.devices import DeviceExecutor
from chebtucker.backends.executors import in_order
from chebtucker.chebtuck import ChebTuck
from chebtucker.chebtuck.grids import grid_axes
from chebtucker.potentials.range_separated import Potential
from chebtucker.systems.chunks import piece_ranges

Array = NDArray[np.float64]

_SLABS = 32  # of a grid, for any number of devices


class Rows(NamedTuple):
    """Some points, or planes of a grid."""

    what: str
    first: int
    stop: int

    def __str__(self) -> str:
        return f"{self.what} {self.first:,} to {self.stop - 1:,}"


class OnDevices:
    """A function or a potential with a copy on each device of an executor.

    Arrays of NumPy in, arrays of NumPy out: points in ranges and grids in slabs go to whichever
    device is free. Ranges and slabs do not depend on the devices, hence the values neither, where
    these are of one kind.

    Parameters
    ----------
    function : ChebTuck or Potential
        What to evaluate, on the CPU or on a device. Copies keep what they form for points.
    executor : DeviceExecutor
        The devices.

    Examples
    --------
    >>> import chebtucker as ct
    >>> f = ct.from_function(lambda x, y, z: x + y * z)
    >>> with ct.DeviceExecutor() as gpus:  # doctest: +SKIP
    ...     everywhere = ct.OnDevices(f, gpus)
    ...     values = everywhere.on_grid(2048, 2048, 2048)
    """

    def __init__(self, function: ChebTuck | Potential, executor: DeviceExecutor) -> None:
        if not isinstance(function, ChebTuck | Potential):
            got = type(function).__name__
            raise TypeError(f"`function` must be a Potential or a ChebTuck, got {got}")
        if not isinstance(executor, DeviceExecutor):
            raise TypeError(f"`executor` must be a DeviceExecutor, got {executor!r}")
        self._executor = executor
        self._domain = np.asarray(function.domain)
        self._copies = {name: function.to_device(name) for name in executor.devices}
        for name in executor.devices:  # other threads, and so other streams, will read them
            numbered(cupy(), name).synchronize()

    def here(self) -> Any:
        """Return the copy on the current device, which is that of the worker who asks."""
        name = f"cuda:{cupy().cuda.Device().id}"
        if name not in self._copies:
            raise RuntimeError(f"a worker must have one of {sorted(self._copies)}, got {name}")
        return self._copies[name]

    def __call__(self, points: ArrayLike) -> Array:
        """Return values (...) at points (..., d); a device takes up to two million at a time."""
        return self._at_points(points, (), lambda copy, some: copy(some))

    def gradient(self, points: ArrayLike) -> Array:
        """Return gradients (..., d) at points (..., d)."""

        def slopes(copy: Any, some: Any) -> Any:
            if isinstance(copy, ChebTuck):
                return copy.value_and_gradient(some)[1]
            return copy.gradient(some)

        return self._at_points(points, (len(self._domain),), slopes)

    def on_grid(
        self, *axes: Any, out: NDArray[Any] | None = None, dtype: DTypeLike | None = None
    ) -> NDArray[Any]:
        """Return values on a product grid; see `ChebTuck.on_grid`.

        `out` is an array of NumPy or a memory-mapped file. A device takes a thirty-second of the
        first axis at a time, and carries its values to the host 256 MB at a time.
        """
        arrays = grid_axes(axes, self._domain)
        shape = tuple(len(x) for x in arrays)
        if out is None:
            out = np.empty(shape, dtype=np.float64 if dtype is None else dtype)
        _checks.array_to_write(out, "out", f'an array on "cpu" of shape {shape}')
        if not _arrays.is_numpy(out) or out.shape != shape:
            where = _arrays.place(out)
            raise ValueError(
                f'`out` must be an array on "cpu" of shape {shape}, got one on "{where}" of shape '
                f"{out.shape}"
            )

        def fill(rows: Rows) -> None:
            a, b = rows.first, rows.stop
            self.here().on_grid(arrays[0][a:b], *arrays[1:], out=out[a:b])

        if out.size:
            self._run(fill, "planes", shape[0], -(-shape[0] // _SLABS))
        return out

    def _at_points(
        self, points: ArrayLike, more: tuple[int, ...], of: Callable[[Any, Any], Any]
    ) -> Array:
        d = len(self._domain)
        array = _checks.points(_checks.real_array(points, "points"), d)
        flat = array.reshape(-1, d)
        values = np.empty((len(flat), *more))

        def some(rows: Rows) -> None:
            chosen = slice(rows.first, rows.stop)
            values[chosen] = _arrays.to_host(of(self.here(), cupy().asarray(flat[chosen])))

        if len(flat):
            self._run(some, "points", len(flat))
        return values.reshape((*array.shape[:-1], *more))

    def _run(
        self, task: Callable[[Rows], None], what: str, count: int, size: int | None = None
    ) -> None:
        ranges = (Rows(what, *ends) for ends in piece_ranges(count, size))
        for _ in in_order(self._executor, task, ranges, ordered=False):
            pass
