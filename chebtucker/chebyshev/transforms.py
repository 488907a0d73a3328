"""From values at Chebyshev points to coefficients, and back."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.tensors.modes import mode_dot

Array = NDArray[np.float64]

_BY_MATRIX = 112
"""Points up to which a product with a matrix takes no longer than a cosine transform.

A third to a tenth of it for small n and where n - 1 has large prime factors.
"""


def coefficients(values: Array, axis: int = 0) -> Array:
    """Return the Chebyshev coefficients of the interpolant of values at `points(n)`.

    Parameters
    ----------
    values : ndarray
        Values, ascending in the point along `axis`.
    axis : int
        The axis that is transformed; the others are carried along.

    Returns
    -------
    ndarray
        The same shape. A matrix product for up to 112 points; a cosine transform of type 1,
        O(n log n) along the axis, for more.

    Examples
    --------
    >>> from chebtucker import chebyshev
    >>> chebyshev.coefficients(chebyshev.points(4) ** 2).round(12) + 0.0
    array([0.5, 0. , 0.5, 0. ])
    """
    n = values.shape[axis]
    if n == 1:
        return _copied(values)
    if n <= _BY_MATRIX and _arrays.is_numpy(values):
        return mode_dot(values, _to_coefficients(n), axis)
    scale = np.full(n, 1 / (n - 1))
    scale[[0, -1]] /= 2
    scale[1::2] *= -1
    return _cosine_transform(values, axis) * _along(scale, values, axis)


def values(coefficients: Array, axis: int = 0) -> Array:
    """Return the values at `points(n)` of series with n coefficients; inverts `coefficients`."""
    n = coefficients.shape[axis]
    if n == 1:
        return _copied(coefficients)
    if n <= _BY_MATRIX and _arrays.is_numpy(coefficients):
        return mode_dot(coefficients, _to_values(n), axis)
    scale = np.full(n, 0.5)
    scale[[0, -1]] = 1
    scale[1::2] *= -1
    return _cosine_transform(coefficients * _along(scale, coefficients, axis), axis)


@lru_cache(maxsize=_BY_MATRIX)
def _to_values(n: int) -> Array:
    """Return T_k(x_j), shape (n, n); `basis` at the points loses two digits for n = 100."""
    j = np.arange(n)
    angle = np.pi / (n - 1) * (np.multiply.outer(n - 1 - j, j) % (2 * (n - 1)))
    matrix = np.cos(angle)
    matrix.flags.writeable = False
    return np.asarray(matrix)


@lru_cache(maxsize=_BY_MATRIX)
def _to_coefficients(n: int) -> Array:
    """Return the inverse of `_to_values(n)`."""
    ends = np.ones(n)
    ends[[0, -1]] = 0.5
    matrix = 2 / (n - 1) * ends[:, None] * _to_values(n).T * ends
    matrix.flags.writeable = False
    return np.asarray(matrix)


def _along(vector: Array, array: Any, axis: int) -> Any:
    """Return a vector that broadcasts along an axis of an array, where that is."""
    missing = array.ndim - 1 - axis % array.ndim
    return _arrays.like(vector.reshape(vector.shape + (1,) * missing), array)


def _copied(array: Any) -> Any:
    xp = _arrays.namespace(array)
    return xp.asarray(array, dtype=xp.float64, copy=True)


def _cosine_transform(values: Any, axis: int) -> Any:
    """Return the cosine transform of type 1; on a device by a Fourier transform."""
    if not _arrays.is_numpy(values):
        return _dct_by_fft(values, axis)
    from scipy.fft import dct

    return dct(values, type=1, axis=axis)


def _dct_by_fft(values: Any, axis: int) -> Any:
    """Return the cosine transform of type 1: the Fourier transform of the even extension."""
    xp = _arrays.namespace(values)
    inner = tuple(
        slice(1, -1) if k == axis % values.ndim else slice(None) for k in range(values.ndim)
    )
    even = xp.concat([values, xp.flip(values[inner], axis=axis)], axis=axis)
    return xp.real(xp.fft.rfft(even, axis=axis))
