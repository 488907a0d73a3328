"""From values: at Chebyshev points, or on a uniform grid."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks, chebyshev
from chebtucker.chebtuck import ChebTuck
from chebtucker.chebtuck.changing import trimmed
from chebtucker.decompositions import round_tucker, st_hosvd
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

_SPLINE = 7


def from_values(
    values: Any,
    domain: Any = None,
    *,
    rtol: float = 1e-12,
    rank: int | tuple[int, ...] | None = None,
    max_rank: int | tuple[int, ...] | None = None,
) -> ChebTuck:
    """Return the interpolant of values at Chebyshev points of the second kind.

    Parameters
    ----------
    values : array_like, shape (n_1, .., n_d)
        Values at the products of ``chebyshev.points(n_k)``, ascending on every axis.
    domain : array_like, shape (d, 2), optional
        Lower and upper end on every axis; by default [-1, 1]^d.
    rtol : float
        Frobenius norm of the coefficients that are cut off, relative to all.
    rank, max_rank : int or tuple of int, optional
        Ranks to use instead of a tolerance, or limits for them.

    Returns
    -------
    ChebTuck
        Its `error` is what the compression changes at the given points; whether the points are
        enough for the function behind the values cannot be known.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> from chebtucker import chebyshev
    >>> x, y = np.ix_(chebyshev.points(3), chebyshev.points(2))
    >>> float(round(ct.from_values(x**2 * y)(0.5, 0.5), 12))
    0.125
    """
    array, box = _values_and_box(values, domain)
    coefficients = array
    for axis in range(array.ndim):
        coefficients = chebyshev.coefficients(coefficients, axis)
    if rank is None:
        tensor = st_hosvd(coefficients, rtol=rtol, max_rank=max_rank)
    else:
        tensor = st_hosvd(coefficients, rank=rank, max_rank=max_rank)
    nodal = TuckerTensor(tensor.core, tuple(chebyshev.values(u) for u in tensor.factors))
    error = float(np.abs(nodal.to_array() - array).max())
    return ChebTuck(tensor, box, error=error)


def from_grid(
    values: Any,
    domain: Any = None,
    *,
    rtol: float = 1e-8,
    degree: int | tuple[int, ...] | None = None,
    grid: str = "cells",
    spline_degree: int = _SPLINE,
) -> ChebTuck:
    """Return a smooth function through values on a uniform grid.

    Parameters
    ----------
    values : array_like, shape (n_1, .., n_d)
        One value for each point of the grid.
    domain : array_like, shape (d, 2), optional
        Lower and upper end on every axis; by default [-1, 1]^d.
    rtol : float
        Frobenius norm of the values, and of the coefficients, that are cut off, relative to all.
    degree : int or tuple of int, optional
        Polynomial degrees; by default what resolves the grid, less what `rtol` does not need.
    grid : {"cells", "nodes"}
        Whether values are at the centres of n cells or at n points with both ends included.
    spline_degree : int
        Odd; of the not-a-knot splines that carry values to Chebyshev points.

    Returns
    -------
    ChebTuck
        Its `error` is the largest difference at the points of the grid.

    Notes
    -----
    The values are compressed first, so that splines are needed for the factors only. Between the
    outermost centres of cells and the ends of the domain the splines are continued.

    Examples
    --------
    >>> import numpy as np
    >>> from chebtucker.construct import from_grid
    >>> x = np.linspace(0, 1, 30)
    >>> f = from_grid(np.exp(-x[:, None] - x), [(0, 1), (0, 1)], grid="nodes")
    >>> bool(abs(f(0.3, 0.4) - np.exp(-0.7)) < 1e-7)
    True
    """
    array, box = _values_and_box(values, domain)
    compressed = st_hosvd(array, rtol=0.5 * _checks.tolerance(rtol, "rtol"))
    factors = splined(compressed.factors, degree, grid, spline_degree)
    tensor = round_tucker(TuckerTensor(compressed.core, factors), rtol=0.3 * rtol)
    if degree is None:
        tensor = trimmed(tensor, 0.2 * rtol)
    f = ChebTuck(tensor, box)
    axes = [
        chebyshev.from_reference(uniform(n, grid), lo, hi)
        for n, (lo, hi) in zip(array.shape, box, strict=True)
    ]
    error = float(np.abs(f.on_grid(*axes) - array).max())
    return ChebTuck(tensor, box, error=error)


def uniform(n: int, grid: str) -> Array:
    """Return n uniform points in [-1, 1]: centres of cells, or nodes with both ends."""
    if grid == "nodes":
        return np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
    return (2 * np.arange(n) + 1 - n) / n


def splined(
    factors: tuple[Array, ...], degree: Any, grid: str, spline_degree: int
) -> tuple[Array, ...]:
    """Return Chebyshev coefficients of splines through the columns of factors on a grid."""
    from scipy.interpolate import make_interp_spline

    _checks.choice(grid, "grid", ("cells", "nodes"))
    order = _checks.integer(spline_degree, "spline_degree", minimum=1)
    if order % 2 == 0:
        raise ValueError(f"`spline_degree` must be odd, got {order}")
    sizes = [math.ceil(math.pi / 2 * len(factor)) + 1 for factor in factors]
    if degree is not None:
        sizes = [n + 1 for n in _checks.per_axis(degree, "degree", len(factors), minimum=0)]
    result = []
    for factor, size in zip(factors, sizes, strict=True):
        if len(factor) <= order:
            raise ValueError(
                f"`values` must have more than {order} points an axis for splines of degree "
                f"{order}, got {len(factor)}"
            )
        spline = make_interp_spline(uniform(len(factor), grid), factor, k=order)
        result.append(chebyshev.coefficients(spline(chebyshev.points(size))))
    return tuple(result)


def _values_and_box(values: Any, domain: Any) -> tuple[Array, Array]:
    array = _checks.real_array(values, "values")
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"`values` must be an array with entries, got shape {array.shape}")
    box = [(-1.0, 1.0)] * array.ndim if domain is None else domain
    return array, _checks.domain(box, ndim=array.ndim)
