"""Chebyshev series: values anywhere, derivatives, integrals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.tensors.modes import mode_dot

Array = NDArray[np.float64]

_FEW = 200  # points for which powers are faster than a loop over degrees


def basis(x: Any, n: int) -> Array:
    """Return T_0..T_{n-1} at x, shape x.shape + (n,).

    The recurrence T_{k+1} = 2 x T_k - T_{k-1} over all points at once, or powers of e^{it},
    cos t = x, for few points. Meant for x in [-1, 1]. The degree varies slowest in memory.

    Examples
    --------
    >>> from chebtucker import chebyshev
    >>> chebyshev.basis(0.5, 4)
    array([ 1. ,  0.5, -0.5, -1. ])
    """
    if not _arrays.is_numpy(x):  # one kernel instead of n
        xp = _arrays.namespace(x)
        angle = xp.acos(xp.clip(x, -1.0, 1.0))
        return xp.cos(angle[..., None] * _arrays.like(np.arange(float(n)), x))
    x = np.asarray(x, dtype=np.float64)
    if x.size <= _FEW:
        return np.moveaxis(_powers(x, n), 0, -1)
    rows = np.empty((n, *x.shape))
    rows[0] = 1
    if n > 1:
        rows[1] = x
    twice = 2 * x
    for k in range(2, n):
        np.multiply(twice, rows[k - 1], out=rows[k, ...])
        rows[k] -= rows[k - 2]
    return np.moveaxis(rows, 0, -1)


def _powers(x: Array, n: int) -> Array:
    """Return T_0..T_{n-1} at x, (n,) + x.shape: real parts of powers, by one call of NumPy."""
    rows = np.empty((n, *x.shape), dtype=complex)
    size = np.minimum(np.abs(x), 1.0)
    rows[0], rows[1:] = 1, x + 1j * np.sqrt((1 - size) * (1 + size))
    return np.ascontiguousarray(np.multiply.accumulate(rows, axis=0).real)


def evaluate(x: Any, coefficients: Array) -> Array:
    """Return series with coefficients (n, ...) at x, shape x.shape + (...), by Clenshaw's rule.

    Examples
    --------
    >>> import numpy as np
    >>> from chebtucker import chebyshev
    >>> float(chebyshev.evaluate(0.5, np.array([1.0, 2.0, 3.0])))
    0.5
    """
    x = np.asarray(x, dtype=np.float64)
    x = x.reshape(x.shape + (1,) * (coefficients.ndim - 1))
    ahead = np.zeros(np.broadcast_shapes(x.shape, coefficients.shape[1:]))
    here = ahead
    for c in coefficients[:0:-1]:
        here, ahead = c + 2 * x * here - ahead, here
    return coefficients[0] + x * here - ahead


def derivative(coefficients: Array, axis: int = 0) -> Array:
    """Return the coefficients of the derivative: one fewer along `axis`, at least one.

    Examples
    --------
    >>> import numpy as np
    >>> from chebtucker import chebyshev
    >>> chebyshev.derivative(np.array([0.0, 0.0, 1.0]))
    array([0., 4.])
    """
    if not _arrays.is_numpy(coefficients):
        return _by_matrix(derivative, coefficients, axis)
    c = np.moveaxis(np.asarray(coefficients, dtype=np.float64), axis, 0)
    n = len(c)
    if n == 1:
        return np.zeros(coefficients.shape)
    result = 2 * _rising(n - 1, c.ndim) * c[1:]
    for parity in range(min(2, n - 1)):  # b_{k-1} = b_{k+1} + 2 k c_k
        result[parity::2] = np.cumsum(result[parity::2][::-1], axis=0)[::-1]
    result[0] /= 2
    return np.moveaxis(result, 0, axis)


def antiderivative(coefficients: Array, axis: int = 0) -> Array:
    """Return the coefficients of the antiderivative that is zero at -1: one more along `axis`.

    Examples
    --------
    >>> import numpy as np
    >>> from chebtucker import chebyshev
    >>> chebyshev.antiderivative(np.array([1.0]))
    array([1., 1.])
    """
    if not _arrays.is_numpy(coefficients):
        return _by_matrix(antiderivative, coefficients, axis)
    c = np.moveaxis(np.asarray(coefficients, dtype=np.float64), axis, 0)
    n = len(c)
    result = np.zeros((n + 1, *c.shape[1:]))
    k = _rising(n, c.ndim)
    result[1:] = c / (2 * k)
    result[1] *= 2
    result[1 : n - 1] -= c[2:] / (2 * k[: n - 2]) if n > 2 else 0
    result[0] = result[1::2].sum(axis=0) - result[2::2].sum(axis=0)
    return np.moveaxis(result, 0, axis)


def _rising(n: int, ndim: int) -> Array:
    """Return 1, 2, .. n along the first of `ndim` axes."""
    return np.arange(1.0, n + 1).reshape((n,) + (1,) * (ndim - 1))


def _by_matrix(linear: Callable[[Array], Array], coefficients: Any, axis: int) -> Any:
    """Return a linear map of series on a device, as a product with its matrix."""
    matrix = linear(np.eye(coefficients.shape[axis]))
    return mode_dot(coefficients, _arrays.like(matrix, coefficients), axis)


def integrals(n: int) -> Array:
    """Return the integrals of T_0..T_{n-1} over [-1, 1], shape (n,).

    Examples
    --------
    >>> from chebtucker import chebyshev
    >>> [round(float(w), 4) for w in chebyshev.integrals(3)]
    [2.0, 0.0, -0.6667]
    """
    result = np.zeros(n)
    result[::2] = 2 / (1 - np.arange(0.0, n, 2) ** 2)
    return result


def gram(n: int, m: int | None = None) -> Array:
    """Return the integrals of T_i T_j over [-1, 1] for i < n, j < m, shape (n, m).

    Examples
    --------
    >>> from chebtucker import chebyshev
    >>> chebyshev.gram(2).round(4)
    array([[2.    , 0.    ],
           [0.    , 0.6667]])
    """
    i, j = np.arange(n)[:, None], np.arange(n if m is None else m)
    total = integrals(n + len(j))
    return 0.5 * (total[i + j] + total[np.abs(i - j)])


def steepest(x: Array, n: Any) -> Array:
    """Return the largest slope at x of polynomials with n coefficients that are at most 1.

    n / sqrt(1 - x^2) in the middle (Bernstein), n^2 near the ends (Markov).

    Examples
    --------
    >>> import numpy as np
    >>> from chebtucker import chebyshev
    >>> chebyshev.steepest(np.array([0.0, 1.0]), 10)
    array([ 10., 100.])
    """
    return np.asarray(n / np.sqrt(np.maximum(1 - x**2, 1 / n**2)))
