"""One axis: Chebyshev points of the second kind, values and coefficients, and their calculus.

Everything is on the reference interval [-1, 1] and works on plain arrays. A length n means the
polynomials T_0..T_{n-1}, of degree n - 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays

Array = NDArray[np.float64]

_FEW = 200  # points for which powers are faster than a loop over degrees


def points(n: int) -> Array:
    """Return the n Chebyshev points of the second kind, ascending, shape (n,).

    Examples
    --------
    >>> from chebtucker import chebyshev
    >>> [float(x) for x in chebyshev.points(3)]
    [-1.0, 0.0, 1.0]
    """
    if n == 1:
        return np.zeros(1)
    return np.sin(np.pi * np.arange(1 - n, n, 2) / (2 * (n - 1)))


def to_reference(x: Array, lo: float | Array, hi: float | Array) -> Array:
    """Return x in [lo, hi] carried to [-1, 1]; both ends are exact.

    By the distance from the nearer end: T_n changes n^2 times as fast there as in the middle.
    """
    scale = 2 / (hi - lo)
    upper = x > 0.5 * (lo + hi)
    return _arrays.namespace(x).where(upper, 1 - (hi - x) * scale, (x - lo) * scale - 1)


def from_reference(t: Array, lo: float | Array, hi: float | Array) -> Array:
    """Return t in [-1, 1] carried to [lo, hi]; both ends are exact. As `to_reference`."""
    half = 0.5 * (hi - lo)
    return _arrays.namespace(t).where(t > 0, hi - (1 - t) * half, lo + (1 + t) * half)


def _along(vector: Array, axis: int, ndim: int) -> Array:
    return vector.reshape(vector.shape + (1,) * (ndim - 1 - axis % ndim))


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
        The same shape. A cosine transform of type 1: O(n log n) along the axis.

    Examples
    --------
    >>> from chebtucker import chebyshev
    >>> chebyshev.coefficients(chebyshev.points(4) ** 2).round(12) + 0.0
    array([0.5, 0. , 0.5, 0. ])
    """
    n = values.shape[axis]
    if n == 1:
        return _copied(values)
    scale = np.full(n, 1 / (n - 1))
    scale[[0, -1]] /= 2
    scale[1::2] *= -1
    if not _arrays.is_numpy(values):
        return _dct_by_fft(values, axis) * _arrays.like(_along(scale, axis, values.ndim), values)
    from scipy.fft import dct

    result: Array = dct(values, type=1, axis=axis)
    result *= _along(scale, axis, result.ndim)
    return result


def values(coefficients: Array, axis: int = 0) -> Array:
    """Return the values at `points(n)` of series with n coefficients; inverts `coefficients`."""
    n = coefficients.shape[axis]
    if n == 1:
        return _copied(coefficients)
    scale = np.full(n, 0.5)
    scale[[0, -1]] = 1
    scale[1::2] *= -1
    scaled = coefficients * _arrays.like(_along(scale, axis, coefficients.ndim), coefficients)
    if not _arrays.is_numpy(scaled):
        return _dct_by_fft(scaled, axis)
    from scipy.fft import dct

    return dct(scaled, type=1, axis=axis, overwrite_x=True)


def _copied(array: Any) -> Any:
    xp = _arrays.namespace(array)
    return xp.asarray(array, dtype=xp.float64, copy=True)


def _dct_by_fft(values: Any, axis: int) -> Any:
    """Return the cosine transform of type 1: the Fourier transform of the even extension."""
    xp = _arrays.namespace(values)
    inner = tuple(
        slice(1, -1) if k == axis % values.ndim else slice(None) for k in range(values.ndim)
    )
    even = xp.concat([values, xp.flip(values[inner], axis=axis)], axis=axis)
    return xp.real(xp.fft.rfft(even, axis=axis))


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
    result = 2 * _along(np.arange(1.0, n), 0, c.ndim) * c[1:]
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
    k = _along(np.arange(1.0, n + 1), 0, c.ndim)
    result[1:] = c / (2 * k)
    result[1] *= 2
    result[1 : n - 1] -= c[2:] / (2 * k[: n - 2]) if n > 2 else 0
    result[0] = result[1::2].sum(axis=0) - result[2::2].sum(axis=0)
    return np.moveaxis(result, 0, axis)


def _by_matrix(linear: Callable[[Array], Array], coefficients: Any, axis: int) -> Any:
    """Return a linear map of series on a device, as a product with its matrix."""
    xp = _arrays.namespace(coefficients)
    matrix = _arrays.like(linear(np.eye(coefficients.shape[axis])), coefficients)
    product = xp.tensordot(matrix, coefficients, axes=((1,), (axis,)))
    return xp.moveaxis(product, 0, axis)


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


def chop(coefficients: Array, rtol: float) -> int:
    """Return how many coefficients to keep: where they have reached a plateau.

    Parameters
    ----------
    coefficients : ndarray, shape (n,) or (n, m)
        One series, or m of them that are chopped together.
    rtol : float
        What counts as small, relative to the largest coefficient.

    Returns
    -------
    int
        The length to keep, at least 1. The whole length n says that there is no plateau: more
        points are needed. Below 17 coefficients a plateau cannot be told, so it is n also then.

    References
    ----------
    .. [1] J. L. Aurentz and L. N. Trefethen, Chopping a Chebyshev series, ACM Trans. Math.
       Softw. 43 (2017), 33.

    Examples
    --------
    >>> import numpy as np
    >>> from chebtucker import chebyshev
    >>> chebyshev.chop(np.exp(-2.0 * np.arange(40)), 1e-10)
    14
    """
    n = len(coefficients)
    size = np.abs(coefficients).reshape(n, -1).max(axis=1)
    envelope = np.maximum.accumulate(size[::-1])[::-1]
    if envelope[0] == 0:
        return 1
    if n < 17 or rtol >= 1:
        return n if rtol < 1 else 1
    envelope = envelope / envelope[0]
    plateau = _plateau(envelope, rtol)
    if plateau is None:
        return n
    start, end = plateau
    if envelope[start - 1] == 0:
        return start
    floor = rtol ** (7 / 6)
    last = int(np.count_nonzero(envelope >= floor))
    if last < end:
        end = last + 1
        envelope = np.concatenate([envelope[: end - 1], [floor]])
    tilt = np.linspace(0, -np.log10(rtol) / 3, end)
    return max(int(np.argmin(np.log10(envelope[:end]) + tilt)), 1)


def _plateau(envelope: Array, rtol: float) -> tuple[int, int] | None:
    """Return where a plateau of a monotone envelope starts and ends, counted from 1."""
    n = len(envelope)
    start = np.arange(2, n + 1)
    end = np.floor(1.25 * start + 5.5).astype(int)
    start, end = start[end <= n], end[end <= n]
    left, right = envelope[start - 1], envelope[end - 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = (left == 0) | (right > 3 * (1 - np.log(left) / np.log(rtol)) * left)
    if not flat.any():
        return None
    found = int(np.argmax(flat))
    return int(start[found]) - 1, int(end[found])
