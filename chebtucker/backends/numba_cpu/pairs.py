"""The short-range kernel for vectors of squared distances.

A reciprocal square root and a polynomial, no exp, no erfc. Several vectors at once, for one chain
of arithmetic would wait for itself: a fused multiply-add takes four cycles, and two start in every
cycle.
"""

from __future__ import annotations

import numpy as np

from chebtucker.backends.numba_cpu import vectors
from chebtucker.backends.numba_cpu.compiling import merged

TINY = 1e-12
"""Squared distance, in cutoffs, below which a pair is done apart, with exact divisions."""


@merged
def values(s, cutoff, coefficients, is_even):
    """Return 1/r + p(2 r^2/c^2 - 1), or p(2 r/c - 1)/r, for s = r^2; not cut off."""
    inverse = vectors.inverse_root(s)
    p = _polynomial(_argument(s, inverse, cutoff, is_even), coefficients)
    return vectors.add(p, inverse) if is_even else vectors.multiply(p, inverse)


@merged
def slopes(s, cutoff, coefficients, slope, is_even):
    """Return the derivative of `values` with respect to r, divided by r."""
    inverse = vectors.inverse_root(s)
    at = _argument(s, inverse, cutoff, is_even)
    # both arrays are used in either case: Numba would count the references to one that is not
    # in the innermost loop
    p = vectors.splat(1.0 if is_even else 0.0, s)
    for m in range(0 if is_even else len(coefficients)):
        p = vectors.fma(p, at, vectors.broadcast(coefficients, m, at))
    dp, square = _polynomial(at, slope), vectors.multiply(inverse, inverse)
    cube = vectors.multiply(vectors.multiply(square, inverse), p)
    if is_even:  # short = 1/r + p: short'/r = 4 p'/c^2 - 1/r^3
        scaled = vectors.multiply(vectors.splat(4.0 / (cutoff * cutoff), s), dp)
        return vectors.subtract(scaled, cube)
    # short = p/r: short'/r = 2 p'/(c r^2) - p/r^3
    scaled = vectors.multiply(vectors.splat(2.0 / cutoff, s), dp)
    return vectors.subtract(vectors.multiply(square, scaled), cube)


@merged
def _argument(s, inverse, cutoff, is_even):
    """Return the argument of the polynomial."""
    minus = vectors.splat(-1.0, s)
    if is_even:
        return vectors.fma(vectors.splat(2.0 / (cutoff * cutoff), s), s, minus)
    return vectors.fma(vectors.splat(2.0 / cutoff, s), vectors.multiply(s, inverse), minus)


@merged
def _polynomial(at, coefficients):
    """Return the polynomial by Horner's rule; the highest power comes first."""
    p = vectors.broadcast(coefficients, 0, at)
    for m in range(1, len(coefficients)):
        p = vectors.fma(p, at, vectors.broadcast(coefficients, m, at))
    return p


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
