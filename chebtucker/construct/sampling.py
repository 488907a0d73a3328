"""Calls of a user's function: counted, checked, in chunks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays

Array = NDArray[np.float64]

_CHUNK = 2**16  # points a call


class UnitTooSmall(Exception):  # noqa: N818
    """The function is much larger somewhere than all that was known when the unit was taken."""


class Sampler:
    """A function of d variables that is called with arrays of points and says how often.

    Parameters
    ----------
    function : callable
        Takes d arrays (M,) and returns one, or d floats where `vectorized` is false. An object
        with a method ``on_grid(*axes)`` is asked for whole grids.
    vectorized : bool
        Whether it takes arrays.
    progress : bool
        Whether to show on stderr how many values were computed; used as a context, it is ended.
    """

    def __init__(
        self, function: Callable[..., Any], vectorized: bool = True, progress: bool = False
    ) -> None:
        self.function = function
        self.vectorized = vectorized
        self.evaluations = 0
        self.largest = 0.0  # absolute value seen
        self.peak: Array = np.zeros(1)  # where that was, (d,)
        self.single = False  # values came in single precision
        self.unit = 1.0  # values are given in units of this, a power of two
        self._plain = False  # no unit is taken
        self._bar = _bar() if progress else None

    def __enter__(self) -> Sampler:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def take_unit(self) -> float:
        """Give values in units near the largest one from now on, where squares of it overflow.

        Returns the unit, by which what is known is to be divided; 1 for most functions.
        """
        if not self._plain:
            self.unit = _arrays.unit_for(self.largest)
            self.largest /= self.unit
        return self.unit

    def drop_unit(self) -> None:
        """Give values as they are from now on."""
        self.largest *= self.unit
        self.unit, self._plain = 1.0, True

    def at(self, points: Array) -> Array:
        """Return values at points (M, d), shape (M,)."""
        result = np.empty(len(points))
        for start in range(0, len(points), _CHUNK):
            part = points[start : start + _CHUNK]
            result[start : start + _CHUNK] = self._call(part)
        return result

    def on_grid(self, axes: Sequence[Array]) -> Array:
        """Return values on a product grid, shape (m_1, .., m_d)."""
        shape = tuple(len(x) for x in axes)
        result = np.empty(shape)
        if hasattr(self.function, "on_grid"):
            result[...] = self.function.on_grid(*axes)
            result = self._in_units(result)
            self._note(result, lambda i: [x[j] for x, j in zip(axes, i, strict=True)])
            return result
        flat = result.reshape(-1)
        for start in range(0, flat.size, _CHUNK):
            index = np.unravel_index(np.arange(start, min(start + _CHUNK, flat.size)), shape)
            points = np.stack([x[i] for x, i in zip(axes, index, strict=True)])  # (d, M)
            flat[start : start + _CHUNK] = self._call(points.T)
        return result

    def on_grids(self, grids: Sequence[Sequence[Array]]) -> list[Array]:
        """Return values on several product grids; by one call where they are small."""
        sizes = [math.prod(map(len, axes)) for axes in grids]
        if not grids or sum(sizes) > _CHUNK or hasattr(self.function, "on_grid"):
            return [self.on_grid(axes) for axes in grids]
        points = [np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1) for axes in grids]
        values = self.at(np.concatenate([some.reshape(-1, some.shape[-1]) for some in points]))
        parts = np.split(values, np.cumsum(sizes[:-1]))
        return [one.reshape(some.shape[:-1]) for one, some in zip(parts, points, strict=True)]

    def _call(self, points: Array) -> Array:
        """Return values at points (M, d), checked."""
        if self.vectorized:
            values = self._called([np.ascontiguousarray(x) for x in points.T])
        else:
            values = np.asarray([self._one(x) for x in points.tolist()])
        values = self._checked(values, len(points))
        self._note(values, lambda i: points[i[0]])
        return values

    def _one(self, point: list[float]) -> Any:
        if self._bar is not None:
            self._bar.update()
        return self.function(*point)

    def _called(self, columns: list[Array]) -> NDArray[Any]:
        try:
            return np.asarray(self.function(*columns))
        except (TypeError, ValueError) as error:
            error.add_note("`f` is called with arrays; pass vectorized=False if it takes floats")
            raise

    def _checked(self, values: NDArray[Any], count: int) -> Array:
        if values.dtype.kind == "c":
            raise TypeError("`f` must return real numbers, got complex ones")
        if values.dtype.kind not in "biuf":
            raise TypeError(f"`f` must return real numbers, got dtype {values.dtype}")
        if values.shape not in ((), (count,)):
            raise ValueError(
                f"`f` must return an array of the shape of its arguments, ({count},), "
                f"got shape {values.shape}"
            )
        self.single = self.single or values.dtype in (np.float16, np.float32)
        return np.broadcast_to(self._in_units(values.astype(np.float64)), (count,))

    def _in_units(self, values: Array) -> Array:
        return values if self.unit == 1 else values / self.unit

    def _note(self, values: Array, where: Callable[[tuple[int, ...]], Any]) -> None:
        """Count values, remember the largest, refuse NaN and inf."""
        largest = float(np.abs(values).max(initial=0.0))
        if not np.isfinite(largest):
            first = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
            point = ", ".join(f"{float(x):.6g}" for x in where(first))
            raise ValueError(f"`f` must be finite on the domain, got {values[first]} at ({point})")
        if largest > _arrays.SAFE and self.unit < 1:
            self.evaluations += values.size
            raise UnitTooSmall
        if largest > self.largest or not self.evaluations:
            at = np.unravel_index(int(np.argmax(np.abs(values))), values.shape)
            self.largest, self.peak = largest, np.array(where(tuple(int(i) for i in at)))
        self.evaluations += values.size
        if self._bar is not None:
            self._bar.update(self.evaluations - self._bar.n)


def _bar() -> Any:
    from tqdm import tqdm

    return tqdm(desc="f", unit=" values", unit_scale=True)
