"""Unfoldings of an array along a mode, and products with matrices there."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays

Array = NDArray[np.float64]


def unfold(tensor: Array, mode: int) -> Array:
    """Return the unfolding (n_k, product of the others); the others keep their order (C order)."""
    return np.moveaxis(tensor, mode, 0).reshape(tensor.shape[mode], -1)


def fold(matrix: Array, mode: int, shape: Sequence[int]) -> Array:
    """Return the tensor of the given shape whose unfolding along `mode` is the matrix."""
    shape = tuple(shape)
    mode %= len(shape)
    moved = (shape[mode], *shape[:mode], *shape[mode + 1 :])
    return np.moveaxis(matrix.reshape(moved), 0, mode)


def as_three(tensor: Array, mode: int) -> Array:
    """Return the tensor as (a, n_k, b): what comes before the mode, the mode, what comes after.

    A view where the tensor is contiguous.
    """
    mode %= tensor.ndim
    before, after = math.prod(tensor.shape[:mode]), math.prod(tensor.shape[mode + 1 :])
    return _arrays.namespace(tensor).reshape(tensor, (before, tensor.shape[mode], after))


def mode_dot(tensor: Array, matrix: Array, mode: int) -> Array:
    """Return the product along one mode: sum over i of matrix[j, i] tensor[.., i, ..].

    Parameters
    ----------
    tensor : ndarray, shape (n_1, .., n_d)
        Any number of dimensions.
    matrix : ndarray, shape (m, n_k)
        What is applied.
    mode : int
        The mode k.

    Returns
    -------
    ndarray
        C-contiguous, with m instead of n_k. One matrix product for the first and for the last
        mode, one for every index before the mode otherwise; nothing is transposed.
    """
    mode %= tensor.ndim
    shape = (*tensor.shape[:mode], matrix.shape[0], *tensor.shape[mode + 1 :])
    three = as_three(tensor, mode)
    if three.shape[2] == 1:
        product = three[:, :, 0] @ matrix.T  # (a, n) @ (n, m)
    elif three.shape[0] == 1:
        product = matrix @ three[0, ...]  # (m, n) @ (n, b)
    else:
        product = matrix @ three  # (m, n) @ (a, n, b)
    return _arrays.namespace(product).reshape(product, shape)


def multi_mode_dot(
    tensor: Array, matrices: Sequence[Array], modes: Sequence[int] | None = None
) -> Array:
    """Return the products along several modes, in the order that needs the fewest operations.

    Parameters
    ----------
    tensor : ndarray, shape (n_1, .., n_d)
        Any number of dimensions.
    matrices : sequence of ndarray, shape (m_k, n_k)
        One for each mode in `modes`.
    modes : sequence of int, optional
        All modes in order by default.
    """
    modes = range(tensor.ndim) if modes is None else modes
    pairs = list(zip(modes, matrices, strict=True))
    # Exchanging two neighbours shows that 1/n - 1/m ascending is the cheapest order.
    pairs.sort(key=lambda pair: 1 / pair[1].shape[1] - 1 / pair[1].shape[0])
    for mode, matrix in pairs:
        tensor = mode_dot(tensor, matrix, mode)
    return tensor


def triangle(matrix: Array) -> Array:
    """Return the triangular factor of a QR decomposition, (min(n, r), r)."""
    if not _arrays.is_numpy(matrix):
        return _arrays.namespace(matrix).linalg.qr(matrix)[1]
    result: Array = np.linalg.qr(matrix, mode="r")  # type: ignore[assignment]
    return result
