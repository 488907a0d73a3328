"""Products of a third-order tensor with matrices, on threads that do not wait by spinning."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.threads import for_ranges, one_blas_thread, thread_count

Array = NDArray[np.float64]


def last_modes_product(tensor: Array, b: Array, c: Array) -> Array:
    """Return tensor x_2 b x_3 c: shape (l, m2, m3) to (l, len(b), len(c)).

    2 l (m2 m3 n3 + m2 n2 n3) flops.
    """
    _, m2, m3 = tensor.shape
    out = np.empty((len(tensor), len(b), len(c)))

    def some(start: int, stop: int) -> None:
        part = tensor[start:stop].reshape(-1, m3) @ c.T  # (l m2, m3) @ (m3, n3)
        np.matmul(b, part.reshape(-1, m2, len(c)), out=out[start:stop])  # (n2, m2) @ (m2, n3)

    with one_blas_thread():
        for_ranges(some, len(tensor))
    return out


def first_mode_product(tensor: Array, a: Array) -> Array:
    """Return tensor x_1 a: shape (m1, ...) to (len(a), ...). 2 m1 n1 (...) flops."""
    flat = tensor.reshape(len(tensor), -1)
    out = np.empty((len(a), flat.shape[1]))

    def some(start: int, stop: int) -> None:
        np.matmul(a[start:stop], flat, out=out[start:stop])  # (n1, m1) @ (m1, ...)

    with one_blas_thread():
        for_ranges(some, len(a), least=-(-len(a) // thread_count()))
    return out.reshape(len(a), *tensor.shape[1:])
