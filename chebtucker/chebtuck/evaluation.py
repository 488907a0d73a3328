"""Values of a Tucker tensor of Chebyshev coefficients at points, by contraction of the core."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, chebyshev
from chebtucker.backends.threads import for_ranges, one_blas_thread
from chebtucker.chebtuck import calculus, device_points
from chebtucker.chebtuck.points import reference, sample_points
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

_BLOCK = 2**18  # entries of the arrays that a block of points needs
_SOON = 5e-3  # seconds of work for which threads are not started

# CPU seconds, measured on one core: a flop of a matrix product, a step of the recurrence, and an
# element of a sum over the second and later ranks.
_FLOP, _STEP, _ELEMENT = 4.0e-11, 1.7e-9, 3.5e-10


def basis_on(axis: Array, factor: Array, interval: Array) -> Array:
    """Return the columns of a factor as functions at points of an interval, (M, r)."""
    if not _arrays.is_numpy(factor):
        return device_points.rows_on(axis, factor, interval).T
    t = chebyshev.to_reference(axis, float(interval[0]), float(interval[1]))
    return rows_of(t[:, None], [factor])[0].T


def rows_of(t: Array, factors: Sequence[Array]) -> list[Array]:
    """Return the columns of factors as functions at points (M, d) of [-1, 1]^d, (r_k, M) each."""
    return combined(factors, tables(t, [len(u) for u in factors]))


def combined(factors: Sequence[Array], polynomials: Sequence[Array]) -> list[Array]:
    """Return the columns of factors (n_k, r_k) from `tables` of n_k rows or more, (r_k, M) each."""
    return [u.T @ rows[: len(u)] for u, rows in zip(factors, polynomials, strict=True)]


def tables(t: Array, sizes: Sequence[int]) -> list[Array]:
    """Return the Chebyshev polynomials at points (M, d) of [-1, 1]^d, (n_k, M) for each axis.

    Axes of about the same degree share one recurrence: for few points a step of it costs more
    than its flops.
    """
    if len(sizes) * max(sizes) > 2 * sum(sizes):
        return [chebyshev.basis(x, n).T for x, n in zip(t.T, sizes, strict=True)]
    everything = chebyshev.basis(np.ascontiguousarray(t.T), max(sizes))  # (d, M, n)
    return [everything[k, :, :n].T for k, n in enumerate(sizes)]


def at_points(coefficients: TuckerTensor, domain: Array, points: Array) -> Array:
    """Return values at points (M, d), shape (M,): 2 r^d flops a point, in blocks of points."""
    core, factors = coefficients
    if not _arrays.is_numpy(core):
        return device_points.at_points(core, factors, domain, points)
    result = np.empty(len(points))

    def some(part: slice) -> None:
        t = chebyshev.to_reference(points[part], domain[:, 0], domain[:, 1])
        result[part] = on_rows(core, rows_of(t, factors))

    _by_blocks(some, coefficients, len(points), slopes=False)
    return result


def value_and_gradient(
    coefficients: TuckerTensor, domain: Array, points: Array
) -> tuple[Array, Array]:
    """Return values (M,) and gradients (M, d) at points (M, d), for two to three times as much."""
    core, factors = coefficients
    if not _arrays.is_numpy(core):
        return device_points.value_and_gradient(coefficients, domain, points)
    steep = [
        calculus.differentiated(u, 1, calculus.length(domain, k)) for k, u in enumerate(factors)
    ]
    result, gradient = np.empty(len(points)), np.empty(points.shape)

    def some(part: slice) -> None:
        t = chebyshev.to_reference(points[part], domain[:, 0], domain[:, 1])
        polynomials = tables(t, coefficients.shape)
        rows, slopes = combined(factors, polynomials), combined(steep, polynomials)
        result[part], gradient[part] = on_rows_with_slopes(core, rows, slopes)

    _by_blocks(some, coefficients, len(points), slopes=True)
    return result, gradient


def _by_blocks(
    task: Callable[[slice], None], coefficients: TuckerTensor, count: int, *, slopes: bool
) -> None:
    """Call `task` on slices that cover so many points, on threads where that is worth it."""
    core = coefficients.core
    others = core.size // max(core.shape)
    block = max(64, min(2048, _BLOCK // max(others, *coefficients.shape)))

    def some(start: int, stop: int) -> None:
        for first in range(start, stop, block):
            task(slice(first, min(first + block, stop)))

    if count <= block or seconds_at_points(coefficients, count, slopes=slopes) <= _SOON:
        some(0, count)
        return
    with one_blas_thread():
        for_ranges(some, count, least=block)


def on_rows(core: Array, rows: Sequence[Array]) -> Array:
    """Return sum over a of core[a] prod_k rows[k][a_k, m], shape (M,); rows are (r_k, M)."""
    modes, leading = longest_first(core)
    values = leading @ rows[modes[0]]  # (others, r) @ (r, M)
    for k in modes[1:]:
        values = summed(values.reshape(core.shape[k], -1, values.shape[1]), rows[k])
    return np.asarray(values[0])


def on_rows_with_slopes(
    core: Array, rows: Sequence[Array], slopes: Sequence[Array]
) -> tuple[Array, Array]:
    """Return what `on_rows` does, and the same with each of the rows replaced by slopes, (M, d).

    Sums over some modes are shared: two matrix products instead of d + 1.
    """
    modes, leading = longest_first(core)
    values, steep = leading @ rows[modes[0]], {modes[0]: leading @ slopes[modes[0]]}
    for k in modes[1:]:
        folded = values.reshape(core.shape[k], -1, values.shape[1])
        steep = {j: summed(v.reshape(folded.shape), rows[k]) for j, v in steep.items()}
        steep[k] = summed(folded, slopes[k])
        values = summed(folded, rows[k])
    return values[0], np.stack([steep[k][0] for k in range(core.ndim)], axis=-1)


def longest_first(core: Array) -> tuple[list[int], Array]:
    """Return the modes by size, and the core as (others, r) for a product over the longest."""
    modes = sorted(range(core.ndim), key=lambda k: -core.shape[k])
    return modes, core.transpose(modes).reshape(core.shape[modes[0]], -1).T


def summed(values: Array, row: Array) -> Array:
    """Return sum over a of values[a, b, m] row[a, m]."""
    if len(row) == 1:
        return values[0] * row[0]
    if row.shape[1] == 1:
        return (row[:, 0] @ values[:, :, 0])[:, None]  # (r) @ (r, others)
    return np.einsum("abm,am->bm", values, row)


def seconds_at_points(coefficients: TuckerTensor, points: int, *, slopes: bool = False) -> float:
    """Return about how many CPU seconds `at_points` takes, or `value_and_gradient`."""
    ranks = sorted(coefficients.rank, reverse=True)
    products, sums = (2, 3) if slopes else (1, 1)
    tables = sum(
        n * (_STEP + 2 * r * _FLOP * products)
        for n, r in zip(coefficients.shape, coefficients.rank, strict=True)
    )
    others = math.prod(ranks[1:])
    return points * (tables + others * (2 * ranks[0] * _FLOP * products + _ELEMENT * sums))


def rounding(shape: Sequence[int], largest: float) -> float:
    """Return about how much rounding moves the values, at most `largest`, of n_k coefficients."""
    return (4 + sum(shape)) * sys.float_info.epsilon * largest


def distance(a: TuckerTensor, b: TuckerTensor, *, count: int = 400) -> float:
    """Return about the largest difference of two functions: twice the largest seen at points."""
    box = reference(a.ndim)
    points = _arrays.like(sample_points(box, count), a.core)
    return 2 * _arrays.largest(at_points(a, box, points) - at_points(b, box, points))
