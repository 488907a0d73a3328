"""Sums and products of functions on the same box, with their ranks kept low."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, chebyshev
from chebtucker.chebtuck.changing import shortened
from chebtucker.decompositions import round_tucker, st_hosvd
from chebtucker.tensors import TuckerTensor, multi_mode_dot

Array = NDArray[np.float64]

ROUNDING = 2e-15
_LARGEST = 2**26  # entries of the largest array a product may need: half a gibibyte


def padded(coefficients: TuckerTensor, shape: tuple[int, ...]) -> TuckerTensor:
    """Return the same function with zero coefficients up to `shape`."""
    factors = tuple(
        _arrays.more_rows(factor, n) for factor, n in zip(coefficients.factors, shape, strict=True)
    )
    return TuckerTensor(coefficients.core, factors)


def constant(value: float, coefficients: TuckerTensor) -> TuckerTensor:
    """Return the coefficients of a constant, in as many variables and where others are."""
    core, ndim = coefficients.core, coefficients.ndim
    one = _arrays.like(np.ones((1, 1)), core)
    return TuckerTensor(_arrays.like(np.full((1,) * ndim, value), core), (one,) * ndim)


def add(terms: list[TuckerTensor], atol: float) -> TuckerTensor:
    """Return the coefficients of a sum, cut to `atol` (Frobenius) or to rounding errors."""
    atol = max(atol, ROUNDING * sum(term.norm() for term in terms))
    return compressed(joined(terms), atol)


def joined(terms: list[TuckerTensor]) -> TuckerTensor:
    """Return the sum of tensors of any shapes, exactly: the ranks add up.

    Factors that several terms share, as second derivatives do, are there once.
    """
    xp = _arrays.namespace(terms[0].core)
    shape = [max(sizes) for sizes in zip(*(term.shape for term in terms), strict=True)]
    factors, places = [], []
    for axis, n in enumerate(shape):
        different = {_identity(term.factors[axis]): term.factors[axis] for term in terms}
        ends = np.cumsum([0, *(factor.shape[1] for factor in different.values())])
        where = dict(zip(different, map(slice, ends[:-1], ends[1:]), strict=True))
        places.append([where[_identity(term.factors[axis])] for term in terms])
        columns = [_arrays.more_rows(u, n) for u in different.values()]
        factors.append(xp.concat(columns, axis=1))
    core = _arrays.zeros([factor.shape[1] for factor in factors], terms[0].core)
    for term, place in zip(terms, zip(*places, strict=True), strict=True):
        core[place] = core[place] + term.core
    return TuckerTensor(core, tuple(factors))


def _identity(array: Array) -> tuple[Any, ...]:
    """Return what two views of the same numbers in memory have in common."""
    if not _arrays.is_numpy(array):
        return (id(array),)
    return array.__array_interface__["data"][0], array.shape, array.strides


def compressed(coefficients: TuckerTensor, atol: float) -> TuckerTensor:
    """Return the tensor cut to `atol` (Frobenius) or to rounding errors.

    Ranks are cut, and degrees: coefficients below rounding would grow again in derivatives.
    """
    atol = max(atol, ROUNDING * coefficients.norm())
    return shortened(round_tucker(coefficients, atol=atol), atol)


def fits(a: TuckerTensor, b: TuckerTensor) -> bool:
    """Say whether the arrays that `multiply` needs are of a reasonable size."""
    return min(map(math.prod, _sizes(a, b))) <= _LARGEST


def _sizes(a: TuckerTensor, b: TuckerTensor) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the shapes of the values of a product, and of its core before compression."""
    shape = tuple(n + m - 1 for n, m in zip(a.shape, b.shape, strict=True))
    return shape, tuple(r * s for r, s in zip(a.rank, b.rank, strict=True))


def multiply(a: TuckerTensor, b: TuckerTensor, atol: float) -> TuckerTensor:
    """Return the coefficients of a product, exact before it is cut to `atol` (Frobenius).

    By values at n + m - 1 points an axis, or by the products of the columns of the factors
    where that is the smaller array.
    """
    shape, products = _sizes(a, b)
    samples = [_at_nodes(t, shape) for t in (a, b)]
    atol = max(atol, ROUNDING * a.norm() * b.norm())
    if math.prod(products) <= math.prod(shape):
        return compressed(_products_of_columns(a, b, samples), atol)
    values = multi_mode_dot(a.core, samples[0]) * multi_mode_dot(b.core, samples[1])
    for axis in range(a.ndim):
        values = chebyshev.coefficients(values, axis)
    return shortened(st_hosvd(values, atol=atol), atol)


def _at_nodes(coefficients: TuckerTensor, shape: tuple[int, ...]) -> list[Array]:
    return [chebyshev.values(factor) for factor in padded(coefficients, shape).factors]


def _products_of_columns(
    a: TuckerTensor, b: TuckerTensor, samples: list[list[Array]]
) -> TuckerTensor:
    """Return the product with factors (n, r s) and the Kronecker product of the cores."""
    xp = _arrays.namespace(a.core)
    factors = tuple(
        chebyshev.coefficients(xp.reshape(u[:, :, None] * v[:, None, :], (u.shape[0], -1)))
        for u, v in zip(*samples, strict=True)
    )
    return TuckerTensor(_kronecker(a.core, b.core), factors)


def _kronecker(a: Array, b: Array) -> Array:
    """Return the Kronecker product of two arrays of d dimensions."""
    xp = _arrays.namespace(a)
    outer = xp.tensordot(a, b, axes=0)
    pairs = [k for pair in zip(range(a.ndim), range(a.ndim, 2 * a.ndim), strict=True) for k in pair]
    shape = [r * s for r, s in zip(a.shape, b.shape, strict=True)]
    return xp.reshape(xp.permute_dims(outer, tuple(pairs)), tuple(shape))
