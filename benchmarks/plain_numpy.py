"""What a competent user writes in NumPy: a full grid, a cosine transform, an HOSVD, BLAS."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

Array = NDArray[np.float64]

_TAIL = 0.5  # of the tolerance: the last two slices of coefficients on every axis (Frobenius)
_CUT = 0.1  # of the tolerance: what the decomposition cuts off (Frobenius)
_BLOCK = 4096  # points at once


class PlainNumPy:
    """A function on [-1, 1]^3: n = 17, 33, 65, .. points on every axis until that is enough."""

    def __init__(self, f: Callable[..., Any], rtol: float, smallest: int = 17) -> None:
        n = smallest
        while True:
            x = np.cos(np.pi * np.arange(n) / (n - 1))
            values = f(*np.meshgrid(x, x, x, indexing="ij"))
            largest = float(np.abs(values).max())
            coefficients = values
            for axis in range(3):
                coefficients = transformed(coefficients, axis)
            tails = [float(np.linalg.norm(np.moveaxis(coefficients, k, 0)[-2:])) for k in range(3)]
            if max(tails) <= _TAIL * rtol * largest or n > 200:
                break
            n = 2 * n - 1
        self.size = n
        self.core, self.factors = _st_hosvd(coefficients, _CUT * rtol * largest)

    @property
    def rank(self) -> tuple[int, ...]:
        """The ranks."""
        return self.core.shape

    def at_points(self, points: Array) -> Array:
        """Return values at points (M, 3): two BLAS products an axis, in blocks."""
        result = np.empty(len(points))
        leading = self.core.reshape(len(self.core), -1)
        for start in range(0, len(points), _BLOCK):
            part = points[start : start + _BLOCK]
            u, v, w = (basis(part[:, k], self.size) @ self.factors[k] for k in range(3))
            values = (u @ leading).reshape(len(part), v.shape[1], -1)
            result[start : start + _BLOCK] = np.einsum(
                "mb,mb->m", (values @ w[:, :, None])[:, :, 0], v
            )
        return result

    def on_grid(self, *axes: Array) -> Array:
        """Return values on a product grid: three BLAS products."""
        u, v, w = (
            basis(x, self.size) @ factor for x, factor in zip(axes, self.factors, strict=True)
        )
        partial = np.tensordot(np.tensordot(self.core, v, (1, 1)), w, (1, 1))  # (r, m, m)
        return np.tensordot(u, partial, (1, 0))


def transformed(values: Array, axis: int) -> Array:
    """Return Chebyshev coefficients of values at cos(pi j / (n - 1)) on an axis."""
    n = values.shape[axis]
    scale = np.full(n, 1 / (n - 1))
    scale[[0, -1]] /= 2
    result = dct(values, type=1, axis=axis)
    result *= scale.reshape([-1 if k == axis else 1 for k in range(values.ndim)])
    return result


def basis(x: Array, n: int) -> Array:
    """Return T_0..T_{n-1} at x, (M, n)."""
    rows = np.empty((n, len(x)))
    rows[0], rows[1] = 1, x
    for k in range(2, n):
        rows[k] = 2 * x * rows[k - 1] - rows[k - 2]
    return rows.T


def _st_hosvd(tensor: Array, atol: float) -> tuple[Array, list[Array]]:
    """Return core and factors. Gram matrices would lose half the digits, so QR comes first."""
    factors = []
    share = atol / math.sqrt(3)
    for axis in range(3):
        unfolding = np.moveaxis(tensor, axis, 0).reshape(tensor.shape[axis], -1)
        rows = np.linalg.norm(unfolding, axis=1)
        small = np.sqrt(np.cumsum(rows[::-1] ** 2)[::-1]) <= 0.1 * share
        kept = int(np.count_nonzero(~small))
        upper = np.linalg.qr(unfolding[:kept].T, mode="r")
        _, sizes, right = np.linalg.svd(upper)
        rank = max(int(np.count_nonzero(np.sqrt(np.cumsum(sizes[::-1] ** 2)[::-1]) > share)), 1)
        factor = np.zeros((tensor.shape[axis], rank))
        factor[:kept] = right[:rank].T
        factors.append(factor)
        rest = [n for k, n in enumerate(tensor.shape) if k != axis]
        core = (right[:rank] @ unfolding[:kept]).reshape(rank, *rest)
        tensor = np.moveaxis(core, 0, axis)
    return tensor, factors
