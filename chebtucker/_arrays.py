"""Which array library holds an array, and the ways between it and NumPy.

The arrays decide where work runs: NumPy in, NumPy out; CuPy in, CuPy out. Code for both uses the
names of the array API standard, which NumPy and CuPy have, through `namespace`.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

LIBRARIES = ("cupy", "array_api_strict")
"""Libraries whose arrays stay what they are; all else becomes an array of NumPy.

The second one runs the code for devices where there is none: it knows two devices, refuses to mix
them, and has nothing but the standard.
"""

_NUMPY = (np.ndarray, float, int, np.generic, list, tuple)


def library(array: Any) -> str:
    """Return the library that an array is of: "numpy", also for numbers and lists, or another."""
    if isinstance(array, _NUMPY):
        return "numpy"
    root = type(array).__module__.partition(".")[0]
    return root if root in LIBRARIES else "numpy"


def is_numpy(array: Any) -> bool:
    """Say whether an array is of NumPy, or something that NumPy makes an array of."""
    return library(array) == "numpy"


def namespace(array: Any) -> Any:
    """Return the module whose functions take the array."""
    name = library(array)
    return np if name == "numpy" else sys.modules[name]


def place(array: Any) -> str:
    """Return where an array is: "cpu", "cuda" for device 0, "cuda:1", or as its library says."""
    name = library(array)
    if name == "cupy":
        number = array.device.id
        return f"cuda:{number}" if number else "cuda"
    return "cpu" if name == "numpy" else f"{array.device}"


def like(value: Any, array: Any) -> Any:
    """Return `value`, of NumPy or there already, as an array where `array` is."""
    if library(value) == library(array):
        return value
    xp = namespace(array)
    if xp is np:
        return to_host(value)
    if library(array) == "cupy":
        return xp.asarray(value)
    return xp.asarray(value, device=array.device)


def zeros(shape: Any, array: Any) -> Any:
    """Return float64 zeros where `array` is."""
    return like(np.zeros(shape), array)


def empty(shape: Any, array: Any, dtype: Any = np.float64) -> Any:
    """Return an array to be written, where `array` is."""
    if library(array) in ("numpy", "cupy"):
        return namespace(array).empty(shape, dtype=dtype)
    return like(np.empty(shape, dtype=dtype), array)


def to_host(array: Any) -> NDArray[Any]:
    """Return an array as one of NumPy."""
    name = library(array)
    if name == "numpy":
        return np.asarray(array)
    return np.asarray(array.get() if name == "cupy" else np.from_dlpack(array))


def is_real_floating(array: Any) -> bool:
    """Say whether the numbers of an array are real floating-point numbers."""
    if is_numpy(array):
        return bool(array.dtype.kind == "f")
    return bool(namespace(array).isdtype(array.dtype, "real floating"))


# Small things that the libraries spell differently ------------------------------------------------


def nbytes(array: Any) -> int:
    """Return the bytes of a float64 array."""
    return 8 * math.prod(array.shape)


_TOGETHER = 512
"""Points whose coordinates are compared as one row."""


def bounds(points: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the largest coordinates of points (M, d), M > 0, as arrays of NumPy.

    Over the short rows NumPy takes fifteen times as long as over long ones, so rows are taken many
    together; the last of them twice where they are not a multiple of that. CuPy reduces an axis
    that is not contiguous in few blocks, so there it is one column after the other.
    """
    if is_numpy(points):
        return _ends(points, np.minimum), _ends(points, np.maximum)
    xp = namespace(points)
    columns = [xp.asarray(points[:, k], copy=True) for k in range(points.shape[1])]
    ends = [[float(xp.min(column)), float(xp.max(column))] for column in columns]
    return np.array(ends)[:, 0], np.array(ends)[:, 1]


def _ends(points: NDArray[np.float64], end: np.ufunc) -> NDArray[np.float64]:
    """Return the minimum or maximum of the rows of points (M, d), M > 0."""
    count, d = points.shape
    if count < _TOGETHER:
        return np.asarray(end.reduce(points, axis=0))
    together = min(math.isqrt(count), _TOGETHER)
    rows = points[: count - count % together].reshape(-1, together * d)
    ends = end(end.reduce(rows, axis=0), points[-together:].reshape(-1))
    return np.asarray(end.reduce(ends.reshape(together, d), axis=0))


def between(
    points: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Say of each of the points (M, d) whether it lies in the box from `low` to `high`, ends too.

    Column by column: seven times as fast as `all(axis=1)`.
    """
    result = (points[:, 0] >= low[0]) & (points[:, 0] <= high[0])
    for k in range(1, points.shape[1]):
        result &= points[:, k] >= low[k]
        result &= points[:, k] <= high[k]
    return result


def squared_distances(points: Any, others: Any) -> Any:
    """Return the squares of the distances (M, N) of points (M, d) and others (N, d)."""
    xp = namespace(others)
    result = xp.square(points[:, :1] - others[:, 0])
    for k in range(1, others.shape[1]):
        result += xp.square(points[:, k : k + 1] - others[:, k])
    return result


def largest(array: Any) -> float:
    """Return the largest absolute value; 0 of nothing."""
    xp = namespace(array)
    return float(xp.max(xp.abs(array))) if math.prod(array.shape) else 0.0


def more_rows(matrix: Any, n: int) -> Any:
    """Return the matrix with rows of zeros behind its own, n in all."""
    missing = n - matrix.shape[0]
    if is_numpy(matrix):
        return np.pad(matrix, ((0, missing), (0, 0)))
    return namespace(matrix).concat([matrix, zeros((missing, matrix.shape[1]), matrix)])


# Sums of squares and products, at any scale -------------------------------------------------------

SAFE = 2.0**400  # about 1e120; squares of what is below can be summed


def unit_for(size: float) -> float:
    """Return a power of two near a largest entry, or 1 where squares can be summed as they are."""
    if size == 0 or 1 / SAFE < size < SAFE:
        return 1.0
    return 2.0 ** float(np.clip(np.frexp(size)[1], -1021, 1022))


def balanced(array: Any) -> tuple[Any, float]:
    """Return the array divided by a power of two, and that power.

    The power is 1 and the array itself is returned where squares of its entries can be summed as
    they are.
    """
    power = unit_for(largest(array))
    return (array if power == 1 else array / power), power


def norm(array: Any) -> float:
    """Return the Frobenius norm."""
    return float(_norms(array, None))


def row_norms(matrix: Any) -> NDArray[np.float64]:
    """Return the norms of the rows of a matrix, as an array of NumPy."""
    return _norms(matrix, 1)


def dot(a: Any, b: Any) -> float:
    """Return the sum of the products of all entries."""
    (a, p), (b, q) = balanced(a), balanced(b)
    value = float(np.vdot(a, b) if is_numpy(a) else namespace(a).sum(a * b))
    return max(p, q) * (min(p, q) * value)


def _norms(array: Any, axis: int | None) -> NDArray[np.float64]:
    """Return norms, of the balanced array where squares may have left the range of floats."""
    with np.errstate(over="ignore"):
        result = _roots_of_squares(array, axis)
    if 1 / SAFE < result.max(initial=0.0) < SAFE:
        return result
    array, power = balanced(array)
    return power * _roots_of_squares(array, axis)


def _roots_of_squares(array: Any, axis: int | None) -> NDArray[np.float64]:
    if is_numpy(array):
        return np.asarray(np.linalg.norm(array, axis=axis))
    xp = namespace(array)
    return to_host(xp.sqrt(xp.sum(array * array, axis=axis)))
