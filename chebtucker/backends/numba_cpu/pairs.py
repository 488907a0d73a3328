"""The short-range kernel for four vectors of squared distances: independent chains of arithmetic.

A reciprocal square root and a polynomial, no exp, no erfc. One chain would wait for itself: a
fused multiply-add takes four cycles, and two start in every cycle.
"""

from __future__ import annotations

import numpy as np

from chebtucker.backends.numba_cpu import vectors
from chebtucker.backends.numba_cpu.compiling import merged

TINY = 1e-12
"""Squared distance, in cutoffs, below which a pair is done apart, with exact divisions."""


@merged
def four_values(s, cutoff, coefficients, is_even):
    """Return 1/r + p(2 r^2/c^2 - 1), or p(2 r/c - 1)/r, for s = r^2; not cut off."""
    inverse, at = arguments(s, cutoff, coefficients, is_even)
    return finished(inverse, _polynomials(at, coefficients), is_even)


@merged
def finished(inverse, p, is_even):
    """Return 1/r + p or p/r."""
    if is_even:
        return (
            vectors.add(p[0], inverse[0]), vectors.add(p[1], inverse[1]),
            vectors.add(p[2], inverse[2]), vectors.add(p[3], inverse[3]),
        )  # fmt: skip
    return (
        vectors.multiply(p[0], inverse[0]), vectors.multiply(p[1], inverse[1]),
        vectors.multiply(p[2], inverse[2]), vectors.multiply(p[3], inverse[3]),
    )  # fmt: skip


@merged
def four_slopes(s, cutoff, coefficients, slope, is_even):
    """Return the derivatives of `four_values` with respect to r, divided by r."""
    inverse, at = arguments(s, cutoff, coefficients, is_even)
    dp = _polynomials(at, slope)
    p = dp if is_even else _polynomials(at, coefficients)
    return (
        _slope(inverse[0], p[0], dp[0], cutoff, coefficients, is_even),
        _slope(inverse[1], p[1], dp[1], cutoff, coefficients, is_even),
        _slope(inverse[2], p[2], dp[2], cutoff, coefficients, is_even),
        _slope(inverse[3], p[3], dp[3], cutoff, coefficients, is_even),
    )


@merged
def _slope(inverse, p, dp, cutoff, like, is_even):
    square = vectors.multiply(inverse, inverse)
    if is_even:  # short = 1/r + p: short'/r = 4 p'/c^2 - 1/r^3
        scaled = vectors.multiply(vectors.splat(4.0 / (cutoff * cutoff), like), dp)
        return vectors.subtract(scaled, vectors.multiply(square, inverse))
    # short = p/r: short'/r = (2 p'/c - p/r)/r^2
    scaled = vectors.multiply(vectors.splat(2.0 / cutoff, like), dp)
    return vectors.multiply(square, vectors.subtract(scaled, vectors.multiply(p, inverse)))


@merged
def arguments(s, cutoff, like, is_even):
    """Return 1/r and the arguments of the polynomial."""
    scale = vectors.splat(2.0 / (cutoff * cutoff) if is_even else 2.0 / cutoff, like)
    minus = vectors.splat(-1.0, like)
    a, b = vectors.inverse_root(s[0]), vectors.inverse_root(s[1])
    c, d = vectors.inverse_root(s[2]), vectors.inverse_root(s[3])
    if is_even:
        return (a, b, c, d), (
            vectors.fma(scale, s[0], minus), vectors.fma(scale, s[1], minus),
            vectors.fma(scale, s[2], minus), vectors.fma(scale, s[3], minus),
        )  # fmt: skip
    return (a, b, c, d), (
        vectors.fma(scale, vectors.multiply(s[0], a), minus),
        vectors.fma(scale, vectors.multiply(s[1], b), minus),
        vectors.fma(scale, vectors.multiply(s[2], c), minus),
        vectors.fma(scale, vectors.multiply(s[3], d), minus),
    )


@merged
def _polynomials(at, coefficients):
    """Return the polynomial at four vectors, by Horner's rule; the highest power comes first."""
    a = vectors.splat(coefficients[0], coefficients)
    b, c, d = a, a, a
    for m in range(1, len(coefficients)):
        term = vectors.splat(coefficients[m], coefficients)
        a, b = vectors.fma(a, at[0], term), vectors.fma(b, at[1], term)
        c, d = vectors.fma(c, at[2], term), vectors.fma(d, at[3], term)
    return a, b, c, d


@merged
def exact_value(s, cutoff, coefficients, is_even):
    """Return one value with exact divisions; inf at a distance of zero."""
    p = _power_sum(s, cutoff, coefficients, is_even)
    return 1.0 / np.sqrt(s) + p if is_even else p / np.sqrt(s)


@merged
def exact_slope(s, cutoff, coefficients, slope, is_even):
    """Return its derivative with respect to r, divided by r."""
    r = np.sqrt(s)
    dp = _power_sum(s, cutoff, slope, is_even)
    if is_even:
        return 4.0 * dp / (cutoff * cutoff) - 1.0 / (s * r)
    return (2.0 * dp / cutoff - _power_sum(s, cutoff, coefficients, is_even) / r) / s


@merged
def _power_sum(s, cutoff, coefficients, is_even):
    at = 2.0 * (s / (cutoff * cutoff) if is_even else np.sqrt(s) / cutoff) - 1.0
    p = 0.0
    for c in coefficients:
        p = p * at + c
    return p
