"""Grids too large for memory: evaluated and written slab by slab, here or by an executor."""

from __future__ import annotations

import errno
import os
import pickle
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from chebtucker import _arrays, _checks
from chebtucker.backends.devices import DeviceExecutor
from chebtucker.backends.executors import checked_executor, in_order, worker_count
from chebtucker.chebtuck import ChebTuck
from chebtucker.io.slab_layouts import Layout, layout
from chebtucker.io.slab_records import Part, begin, fingerprint, resumed
from chebtucker.potentials import ChargeSetsPotential, OnDevices, Potential

Array = NDArray[np.float64]

MEMORY = 2**28
"""Bytes that a worker may use for a slab."""

_COPIES = 3  # of a slab: values, what goes before them, bytes for the file


def write_grid(
    path: str | os.PathLike[str],
    function: Potential | ChebTuck,
    shape: int | Sequence[int],
    *,
    executor: Executor | None = None,
    resume: bool = False,
    memory: int = MEMORY,
    dtype: DTypeLike | None = None,
    factor: float = 1.0,
    name: str = "potential",
    progress: bool = False,
) -> None:
    """Evaluate a potential or a function on a uniform grid and write it, slab by slab.

    Parameters
    ----------
    path : path_like
        Must end in ``.npy`` (an array, for `numpy.load`, also with ``mmap_mode``), ``.dx`` or
        ``.vti``, the last two in three dimensions.
    function : Potential or ChebTuck
        What to evaluate.
    shape : int or tuple of int
        Points per axis, uniform over the domain, ends included; an int stands for all axes.
    executor : concurrent.futures.Executor, optional
        Its workers evaluate the slabs and write them into the file, which they must see under
        the same absolute path. Those of a `chebtucker.DeviceExecutor` evaluate on their devices,
        of which each gets a copy of the function.
    resume : bool
        Whether to go on with what an interrupted run has left; without that, begin.
    memory : int
        Bytes that a worker may use for a slab, 256 MB by default; at least one plane is done.
    dtype : dtype, optional
        float64 (the default) or float32; in ``.dx`` files seven digits in any case.
    factor : float
        Factor of the values, for units.
    name : str
        Name of the data in ``.vti`` files, comment in ``.dx`` files.
    progress : bool
        Whether to draw a progress bar on standard error.

    Raises
    ------
    ValueError
        If a value is NaN, or if what is to be resumed is a part of something else.
    OSError
        If there is not enough room for the file, or it cannot be written.
    RuntimeError
        If a worker dies or fails.

    Notes
    -----
    Until it is whole the file is called ``.NAME.part``; ``.NAME.slabs`` beside it lists the slabs
    that are written. They stay when a run is interrupted after the first slab.

    Examples
    --------
    >>> import pathlib, tempfile, numpy as np, chebtucker as ct
    >>> f = ct.from_function(lambda x, y, z: x + 2 * y + 4 * z, [(0, 1)] * 3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "f.npy")
    ...     ct.write_grid(path, f, (2, 3, 5))
    ...     values = np.load(path)
    >>> values.shape, float(round(values[1, 2, 4], 12))
    ((2, 3, 5), 7.0)
    """
    target = Path(path).absolute()
    checked_executor(executor)
    if isinstance(executor, DeviceExecutor) and isinstance(function, ChebTuck | Potential):
        function = function.to_device("cpu")
    grid = _grid(target, function, shape, dtype, name)
    factor = _checks.number(factor, "factor")
    memory = _checks.integer(memory, "memory", minimum=1)
    mark = fingerprint(function, grid.layout.head, grid.layout.dtype is None, factor)
    part = resumed(target, grid.layout, mark) if resume else None
    if part is None:
        workers = 1 if executor is None else worker_count(executor)
        part = begin(target, grid.layout, mark, grid.thickness(memory, workers))
    with (
        _kept_if_begun(part),
        _shared(function, part, executor) as source,
        _bar(progress, part) as advance,
    ):
        writer = _Writer(source, str(part.path), grid, factor)
        slabs = [Slab(a, b, str(target)) for a, b in part.slabs if (a, b) not in part.done]
        for slab, _ in in_order(executor, writer, slabs, ordered=False):
            part.add((slab.first, slab.stop))
            advance()
        part.finish()


@dataclass(frozen=True)
class Slab:
    """Some planes of a file."""

    first: int
    stop: int
    path: str

    def __str__(self) -> str:
        return f"planes {self.first} to {self.stop - 1} of {self.path}"


@dataclass(frozen=True, eq=False)
class _Grid:
    """Where to evaluate, and where the values go."""

    axes: list[Array]
    layout: Layout

    def thickness(self, memory: int, workers: int) -> int:
        """Return planes a slab: what memory allows, and some slabs for every worker."""
        allowed = memory // (8 * _COPIES * self.layout.plane)
        each = -(-self.layout.shape[self.layout.axis] // (4 * workers))
        return max(min(allowed, each), 1)

    def axes_of(self, slab: Slab) -> list[Array]:
        """Return the coordinates of a slab."""
        axes = list(self.axes)
        axes[self.layout.axis] = axes[self.layout.axis][slab.first : slab.stop]
        return axes


@dataclass(frozen=True, eq=False)
class _Writer:
    """The task that evaluates a slab and writes it; `source` is the function, or where it is."""

    source: Any
    path: str
    grid: _Grid
    factor: float

    def __call__(self, slab: Slab) -> None:
        function = self.source
        if isinstance(function, str):
            function = _loaded(function)
        elif isinstance(function, OnDevices):
            function = function.here()
        values = _arrays.to_host(function.on_grid(*self.grid.axes_of(slab)))
        if self.factor != 1:
            values *= self.factor
        if _checks.has_nan(values):
            raise ValueError(f"`function` must have no NaN, got one in {slab}")
        try:
            self._write(values, slab)
        except OSError as error:
            raise type(error)(error.errno, error.strerror, slab.path) from None

    def _write(self, values: Array, slab: Slab) -> None:
        with open(self.path, "r+b") as file:
            file.seek(self.grid.layout.offset(slab.first))
            for piece in self.grid.layout.encoded(values, slab.first):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())


def _grid(
    target: Path, function: Any, shape: int | Sequence[int], dtype: DTypeLike | None, name: str
) -> _Grid:
    """Return the grid and the layout of its file, all checked."""
    if not isinstance(function, Potential | ChebTuck):
        got = type(function).__name__
        raise TypeError(f"`function` must be a Potential or a ChebTuck, got {got}")
    if isinstance(function, ChargeSetsPotential):
        raise TypeError(
            f"`function` must have one value a point, got {len(function)} charge sets; write V[0]"
        )
    if function.device != "cpu":
        raise TypeError(
            f"`function` must be on the CPU, got one on {function.device}; use "
            'to_device("cpu") or a DeviceExecutor'
        )
    wanted = np.dtype(np.float64 if dtype is None else dtype)
    if wanted not in (np.dtype(np.float64), np.dtype(np.float32)):
        raise TypeError(f"`dtype` must be float64 or float32, got {wanted}")
    box = np.asarray(function.domain)
    counts = _checks.per_axis(shape, "shape", len(box), minimum=1)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "No such folder", str(target.parent))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    axes = [
        np.linspace(lo, hi, n) if n > 1 else np.array([(lo + hi) / 2])
        for n, (lo, hi) in zip(counts, box, strict=True)
    ]
    return _Grid(axes, layout(target, counts, box, wanted, " ".join(name.split())))


@contextmanager
def _kept_if_begun(part: Part) -> Iterator[None]:
    """Keep what was written for a later run, unless that is nothing."""
    try:
        yield
    except BaseException as error:
        if part.done:
            count = f"{len(part.done)} of {len(part.slabs)} slabs are written"
            error.add_note(f"({count}; resume goes on from there)")
        else:
            part.remove()
        raise


@contextmanager
def _shared(function: Any, part: Part, executor: Executor | None) -> Iterator[Any]:
    """Yield the function, its copies on devices, or a file that holds it for other workers."""
    if executor is None:
        yield function
        return
    if isinstance(executor, DeviceExecutor):
        yield OnDevices(function, executor)
        return
    path = part.path.with_name(f".{part.target.name}.{uuid.uuid4().hex}.source")
    try:
        with open(path, "xb") as file:
            try:
                pickle.dump(function, file, protocol=pickle.HIGHEST_PROTOCOL)
            except (pickle.PicklingError, AttributeError, TypeError) as error:
                raise TypeError(
                    f"`function` must be picklable, to be sent to workers, got {error}"
                ) from None
        yield str(path)
    finally:
        path.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def _loaded(path: str) -> Any:
    """Return what `_shared` wrote; a worker reads it once."""
    with open(path, "rb") as file:
        return pickle.load(file)


@contextmanager
def _bar(progress: bool, part: Part) -> Iterator[Any]:
    if not progress:
        yield lambda: None
        return
    from tqdm import tqdm

    with tqdm(total=len(part.slabs), initial=len(part.done), desc="slabs", leave=False) as bar:
        yield bar.update
