"""Results that are larger than the memory of a device, slab by slab to the host."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from chebtucker._device import cupy


def to_host_by_slabs(fill: Callable[[int, int, Any], None], out: NDArray[Any], rows: int) -> None:
    """Call `fill(start, stop, slab)` for slabs of rows of `out`, and copy them there.

    Two streams take turns, each with a slab on the device and one of pinned memory: while one
    computes, the other copies to the host, and the host copies to `out`, which may be a file.
    Bound by the slowest of the three: the bus carries about 25 to 50 GB/s, a file less.
    """
    cp = cupy()
    rows = min(rows, len(out))
    turns = [_Turn(cp, (rows, *out.shape[1:]), out) for _ in range(2 if rows < len(out) else 1)]
    ready = cp.cuda.get_current_stream().record()  # what slabs are computed from
    for turn in turns:
        turn.stream.wait_event(ready)
    for number, start in enumerate(range(0, len(out), rows)):
        turn = turns[number % len(turns)]
        turn.finish()
        turn.begin(fill, start, min(start + rows, len(out)))
    for turn in turns:
        turn.finish()


class _Turn:
    """A stream with a slab on the device, one of pinned memory, and the rows under way."""

    def __init__(self, cp: Any, shape: tuple[int, ...], out: NDArray[Any]) -> None:
        self.stream = cp.cuda.Stream(non_blocking=True)
        self.slab = cp.empty(shape, dtype=out.dtype)
        self.pinned = importlib.import_module("cupyx").empty_pinned(shape, dtype=out.dtype)
        self.out = out
        self.rows: tuple[int, int] | None = None

    def begin(self, fill: Callable[[int, int, Any], None], start: int, stop: int) -> None:
        """Queue the computation of some rows and their copy to pinned memory."""
        count = stop - start
        with self.stream:
            fill(start, stop, self.slab[:count])
            self.slab[:count].get(out=self.pinned[:count], blocking=False)
        self.rows = start, stop

    def finish(self) -> None:
        """Wait for the rows under way and write them to the output."""
        if self.rows is None:
            return
        self.stream.synchronize()
        start, stop = self.rows
        self.out[start:stop] = self.pinned[: stop - start]
        self.rows = None
