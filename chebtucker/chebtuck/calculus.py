"""Derivatives and integrals, one factor at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, chebyshev
from chebtucker.tensors import TuckerTensor, multi_mode_dot
from chebtucker.tensors.modes import mode_dot

Array = NDArray[np.float64]


def with_factor(coefficients: TuckerTensor, axis: int, factor: Array) -> TuckerTensor:
    """Return the tensor with one factor replaced, orthonormalised.

    The triangle of its QR decomposition goes into the core, so that the core keeps saying how
    large each part of the function is. Rounding is relative to each column, so none is lost.
    """
    q, triangle = _arrays.namespace(factor).linalg.qr(factor)
    factors = list(coefficients.factors)
    factors[axis] = q
    return TuckerTensor(mode_dot(coefficients.core, triangle, axis), tuple(factors))


def derivative(coefficients: TuckerTensor, domain: Array, orders: tuple[int, ...]) -> TuckerTensor:
    """Return the coefficients of a mixed partial derivative."""
    for axis, order in enumerate(orders):
        if order:
            factor = differentiated(coefficients.factors[axis], order, length(domain, axis))
            coefficients = with_factor(coefficients, axis, factor)
    return coefficients


def differentiated(rows: Array, order: int, length: float) -> Array:
    """Return the coefficients (n - order, s) of derivatives of series on an interval."""
    for _ in range(order):
        rows = chebyshev.derivative(rows) * (2 / length)
    return rows


def antiderivative(coefficients: TuckerTensor, domain: Array, axis: int) -> TuckerTensor:
    """Return the coefficients of the integral from the lower end of the axis."""
    factor = integrated(coefficients.factors[axis], length(domain, axis))
    return with_factor(coefficients, axis, factor)


def integrated(rows: Array, length: float) -> Array:
    """Return the coefficients (n + 1, s) of the integrals of series from the lower end."""
    return chebyshev.antiderivative(rows) * (length / 2)


def contract(coefficients: TuckerTensor, rows: dict[int, Array]) -> tuple[Array, tuple[Array, ...]]:
    """Return core and factors after a functional (n_k,) was applied on some axes."""
    core, factors = coefficients
    applied = [
        _arrays.like(row[None], core) @ factors[axis] for axis, row in rows.items()
    ]  # (1, n_k) @ (n_k, r_k)
    core = multi_mode_dot(core, applied, list(rows))
    core = _arrays.namespace(core).squeeze(core, axis=tuple(rows))
    return core, tuple(factor for k, factor in enumerate(factors) if k not in rows)


def integral_rows(
    coefficients: TuckerTensor, domain: Array, axes: tuple[int, ...]
) -> dict[int, Array]:
    """Return for each axis the functional that integrates over it."""
    return {k: chebyshev.integrals(coefficients.shape[k]) * (length(domain, k) / 2) for k in axes}


def inner(a: TuckerTensor, b: TuckerTensor, domain: Array) -> float:
    """Return the integral of the product of two functions, exact for the polynomials."""
    crossed = [
        u.T @ _arrays.like(chebyshev.gram(u.shape[0], v.shape[0]), u) @ v * (length(domain, k) / 2)
        for k, (u, v) in enumerate(zip(a.factors, b.factors, strict=True))
    ]  # (r, n) @ (n, m) @ (m, s)
    return _arrays.dot(a.core, multi_mode_dot(b.core, crossed))


def norm(a: TuckerTensor, domain: Array) -> float:
    """Return the L2 norm; no squares of it are formed, so small norms keep their digits."""
    roots = []
    for k, factor in enumerate(a.factors):
        n = factor.shape[0]
        t, weights = np.polynomial.legendre.leggauss(n)
        rows = np.sqrt(weights * length(domain, k) / 2)[:, None] * chebyshev.basis(t, n)
        roots.append(_arrays.like(rows, factor) @ factor)  # (n, n) @ (n, r)
    return TuckerTensor(a.core, tuple(roots)).norm()


def length(domain: Array, axis: int) -> float:
    """Return the side of the box along an axis."""
    return float(domain[axis, 1] - domain[axis, 0])
