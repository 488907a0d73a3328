"""Argument checks with one sentence form: `` `name` must be <what>, got <what came> ``."""

from __future__ import annotations

import errno
import math
import operator
import os
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays


def _refuse(error: type[Exception], name: str, what: str, got: object) -> NoReturn:
    raise error(f"`{name}` must be {what}, got {got}")


def integer(value: Any, name: str, *, minimum: int = 0) -> int:
    """Return `value` as an int that is at least `minimum`."""
    if isinstance(value, (bool, np.bool_)):
        _refuse(TypeError, name, "an integer", repr(value))
    try:
        number = operator.index(value)
    except TypeError:
        _refuse(TypeError, name, "an integer", f"{value!r} of type {type(value).__name__}")
    if number < minimum:
        _refuse(ValueError, name, f"an integer of at least {minimum}", number)
    return number


def number(value: Any, name: str) -> float:
    """Return `value` as a finite float."""
    try:
        result = float(value)
    except (TypeError, ValueError):
        _refuse(TypeError, name, "a real number", f"{value!r} of type {type(value).__name__}")
    if not math.isfinite(result):
        _refuse(ValueError, name, "finite", result)
    return result


def positive(value: Any, name: str) -> float:
    """Return `value` as a finite float above zero."""
    result = number(value, name)
    if result <= 0:
        _refuse(ValueError, name, "positive", result)
    return result


def tolerance(value: Any, name: str, *, minimum: float = 0.0) -> float:
    """Return `value` as a float in [`minimum`, 1)."""
    result = number(value, name)
    if not minimum <= result < 1:
        _refuse(ValueError, name, f"in [{minimum:g}, 1)", result)
    return result


def real_array(value: Any, name: str, *, anywhere: bool = False) -> NDArray[np.float64]:
    """Return `value` as a float64 array without NaN or inf; its dtype must be real.

    Arrays on a device stay there, and are refused unless `anywhere`.
    """
    if is_function(value):
        _refuse(TypeError, name, "an array of real numbers", f"a {type(value).__name__}")
    if not _arrays.is_numpy(value) and not anywhere:
        _refuse(TypeError, name, 'an array on "cpu"', f'one on "{_arrays.place(value)}"')
    if not _arrays.is_numpy(value):
        return _real_device_array(value, name)
    try:
        array = np.asarray(value)
    except ValueError:  # ragged nesting
        _refuse(ValueError, name, "a rectangular array", "rows of unequal lengths")
    if array.dtype.kind not in "biuf":
        _refuse(TypeError, name, "an array of real numbers", f"dtype {array.dtype}")
    array = np.ascontiguousarray(array, dtype=np.float64) if array.ndim else array.astype(float)
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        _refuse(ValueError, name, "finite", f"{array[where]} at index {list(where)}")
    return array


def _real_device_array(value: Any, name: str) -> Any:
    xp = _arrays.namespace(value)
    if not xp.isdtype(value.dtype, ("bool", "integral", "real floating")):
        _refuse(TypeError, name, "an array of real numbers", f"dtype {value.dtype}")
    array = xp.astype(value, xp.float64, copy=False)
    # the sum of all is finite only if all are, unless it overflows: then they are looked at
    if not math.isfinite(float(xp.sum(array))) and not bool(xp.all(xp.isfinite(array))):
        return real_array(_arrays.to_host(array), name)  # says which entry
    return array


def there(array: Any, other: Any, name: str) -> Any:
    """Return `array` where `other` is; an array of NumPy is not carried to a device unasked."""
    if _arrays.place(array) != _arrays.place(other) and (array.ndim or not _arrays.is_numpy(array)):
        _refuse_place(array, other, name)
    return _arrays.like(array, other)


def on_no_other_device(value: Any, other: Any, name: str) -> Any:
    """Return `value`, to be looked at where `other` is; an array on another device is refused."""
    if not _arrays.is_numpy(value) and _arrays.place(value) != _arrays.place(other):
        _refuse_place(value, other, name)
    return value


def _refuse_place(array: Any, other: Any, name: str) -> NoReturn:
    where = _arrays.place(other)
    _refuse(TypeError, name, f'arrays on "{where}"', f'an array on "{_arrays.place(array)}"')


def carried(value: Any, other: Any, name: str) -> Any:
    """Return a real array where `other` is; lists and numbers are carried there."""
    array = real_array(on_no_other_device(value, other, name), name, anywhere=True)
    if _arrays.is_numpy(other) and _arrays.is_numpy(array):
        return array
    if isinstance(value, np.ndarray) or not _arrays.is_numpy(value):
        return there(array, other, name)
    return _arrays.like(array, other)


def array_to_write(value: Any, name: str, what: str) -> Any:
    """Return `value` if it is an array of a library; lists and numbers cannot be written to."""
    if not (hasattr(value, "shape") and hasattr(value, "dtype")):
        _refuse(TypeError, name, what, f"one of type {type(value).__name__}")
    return value


def has_nan(array: NDArray[np.float64]) -> bool:
    """Say whether a number is NaN; without a copy unless the sum of all is (inf - inf is)."""
    with np.errstate(invalid="ignore", over="ignore"):
        return bool(np.isnan(array.sum())) and bool(np.isnan(array).any())


def shaped(
    value: Any, name: str, shape: tuple[int | None, ...], *, anywhere: bool = False
) -> NDArray[np.float64]:
    """Return a finite float64 array of the given shape; None stands for any length."""
    array = real_array(value, name, anywhere=anywhere)
    fits = array.ndim == len(shape) and all(
        want in (None, have) for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        _refuse(ValueError, name, f"an array of shape ({wanted})", f"shape {array.shape}")
    return array


def domain(value: Any, name: str = "domain", *, ndim: int | None = None) -> NDArray[np.float64]:
    """Return a box as an array of shape (d, 2) whose rows (lo, hi) satisfy lo < hi."""
    box = shaped(value, name, (ndim, 2))
    if len(box) == 0:
        _refuse(ValueError, name, "a box of at least one dimension", "none")
    if not (box[:, 0] < box[:, 1]).all():
        row = int(np.argmin(box[:, 0] < box[:, 1]))
        _refuse(
            ValueError, name, "a box with lo < hi on every axis",
            f"[{box[row, 0]:g}, {box[row, 1]:g}] on axis {row}",
        )  # fmt: skip
    return box


def per_axis(value: Any, name: str, ndim: int, *, minimum: int = 1) -> tuple[int, ...]:
    """Return `ndim` integers of at least `minimum`; a single one stands for all axes."""
    if np.ndim(value) == 0:
        return (integer(value, name, minimum=minimum),) * ndim
    if len(value) != ndim:
        _refuse(ValueError, name, f"one integer, or one for each of {ndim} axes", len(value))
    return tuple(integer(entry, name, minimum=minimum) for entry in value)


def is_function(value: object) -> bool:
    """Say whether a value is a ChebTuck, or another function in the format."""
    return hasattr(value, "coefficients")


def is_real_scalar(value: object) -> bool:
    """Say whether a value is a real number: of Python, of NumPy, or an array without axes."""
    if isinstance(value, (str, bytes, complex)):
        return False
    if is_function(value):
        return False
    if not _arrays.is_numpy(value):
        return _is_real_device_scalar(value)
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "biuf"  # type: ignore[arg-type]


def _is_real_device_scalar(value: Any) -> bool:
    kinds = ("bool", "integral", "real floating")
    return value.ndim == 0 and bool(_arrays.namespace(value).isdtype(value.dtype, kinds))


def read_only(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a view of the array through which nothing can be written; on a device, the array."""
    if not _arrays.is_numpy(array):
        return array
    view = array.view()
    view.flags.writeable = False
    return view


def choice(value: Any, name: str, options: tuple[str, ...]) -> str:
    """Return `value` if it is one of the strings in `options`."""
    if value not in options:
        _refuse(ValueError, name, "one of " + ", ".join(map(repr, options)), repr(value))
    return value


def existing(path: str | os.PathLike[str]) -> Path:
    """Return the path; FileNotFoundError that names it where nothing is there."""
    found = Path(path)
    if not found.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(found))
    return found


def points(array: Any, ndim: int) -> Any:
    """Return `array` if its last axis has the `ndim` coordinates of a point."""
    if array.ndim == 0 or array.shape[-1] != ndim:
        wanted = f"an array of shape (..., {ndim})"
        _refuse(ValueError, "points", wanted, f"shape {tuple(array.shape)}")
    return array


def onto_faces(array: Any, given: Any, box: NDArray[np.float64]) -> Any:
    """Return coordinates (..., d) or (...), those given as float32 moved onto the faces of a box.

    As far as rounding to float32 can have moved what was inside; the box is (d, 2) or (2,).
    """
    dtype = getattr(given, "dtype", array.dtype)
    if dtype is array.dtype or not str(dtype).endswith("float32"):
        return array
    xp = _arrays.namespace(array)
    low, high = (_arrays.like(box[..., k], array) for k in range(2))
    nearest = xp.minimum(xp.maximum(array, low), high)
    slack = _arrays.like(2.0**-23 * np.abs(box).max(axis=-1), array)
    return xp.where(xp.abs(nearest - array) <= slack, nearest, array)


def inside(
    points: NDArray[np.float64], box: NDArray[np.float64], name: str = "points", hint: str = ""
) -> None:
    """Refuse points `(..., d)` outside the box `(d, 2)`; rounding of the box's size is allowed."""
    if points.size == 0:
        return
    shape = (-1, points.shape[-1])
    if _arrays.is_numpy(points):
        low, high = _arrays.bounds(points.reshape(shape))
    else:
        low, high = _arrays.bounds(_arrays.namespace(points).reshape(points, shape))
    if (low >= box[:, 0]).all() and (high <= box[:, 1]).all():
        return
    slack = 1e-12 * (np.abs(box).max(axis=1) + (box[:, 1] - box[:, 0]))
    outside = (low < box[:, 0] - slack) | (high > box[:, 1] + slack)
    if outside.any():
        axis = int(np.argmax(outside))
        beyond = low[axis] if low[axis] < box[axis, 0] - slack[axis] else high[axis]
        sides = " x ".join(f"[{lo:.6g}, {hi:.6g}]" for lo, hi in box)
        got = f"{beyond:.6g} on axis {axis}{hint}"
        _refuse(ValueError, name, f"inside the domain {sides}", got)
