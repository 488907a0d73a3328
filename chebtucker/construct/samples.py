"""From values: at Chebyshev points, or on a uniform grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, _checks, chebyshev
from chebtucker._device import current
from chebtucker.chebtuck import ChebTuck
from chebtucker.chebtuck.grids import on_axes
from chebtucker.chebtuck.points import reference
from chebtucker.construct.memory import refuse_too_large
from chebtucker.construct.smoothing import (
    Options,
    compressed,
    error_between,
    series_of,
)
from chebtucker.construct.splines import uniform
from chebtucker.decompositions import hooi, st_hosvd
from chebtucker.decompositions.scaling import balanced
from chebtucker.decompositions.sweeps import chosen_truncation
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]


def from_values(
    values: Any,
    domain: Any = None,
    *,
    rtol: float = 1e-12,
    rank: int | tuple[int, ...] | None = None,
    max_rank: int | tuple[int, ...] | None = None,
    truncation: str | None = None,
) -> ChebTuck:
    """Return the interpolant of values at Chebyshev points of the second kind.

    Parameters
    ----------
    values : array_like, shape (n_1, .., n_d)
        Values at the products of ``chebyshev.points(n_k)``, ascending on every axis; d may exceed
        the six of `from_function`, but ``np.exp(f)`` or ``1 / f``, which sample f, then may not be.
    domain : array_like, shape (d, 2), optional
        Lower and upper end on every axis; by default [-1, 1]^d.
    rtol : float
        Frobenius norm of the coefficients that are cut off, relative to all.
    rank, max_rank : int or tuple of int, optional
        Ranks to use instead of a tolerance, or limits for them.
    truncation : {"hosvd", "hooi"}, optional
        How ranks are cut: mode after mode, or improved by Tucker-ALS as in `hooi`, which is what
        is done by default where `rank` is given.

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
    with current(_arrays.place(values)):
        array, box = _values_and_box(values, domain, anywhere=True)
        array, scale = balanced(array)
        coefficients = array
        for axis in range(array.ndim):
            coefficients = chebyshev.coefficients(coefficients, axis)
        limits: dict[str, Any] = {"rank": rank, "max_rank": max_rank}
        if rank is None:
            limits["rtol"] = rtol
        decompose = hooi if chosen_truncation(truncation, rank) == "hooi" else st_hosvd
        tensor = decompose(coefficients, **limits)
        nodal = TuckerTensor(tensor.core, tuple(chebyshev.values(u) for u in tensor.factors))
        error = _arrays.largest(nodal.to_array() - array)
        return _function(tensor, box, error, scale)


def from_grid(
    values: Any,
    domain: Any = None,
    *,
    rtol: float = 1e-8,
    degree: int | tuple[int, ...] | None = None,
    rank: int | tuple[int, ...] | None = None,
    grid: str = "cells",
    spline_degree: int = 7,
    truncation: str | None = None,
) -> ChebTuck:
    """Return a smooth function through values on a uniform grid.

    Parameters
    ----------
    values : array_like, shape (n_1, .., n_d)
        One value for each point of the grid.
    domain : array_like, shape (d, 2), optional
        Lower and upper end on every axis; by default [-1, 1]^d.
    rtol : float
        Frobenius norm of the coefficients that are cut off, relative to all.
    degree : int or tuple of int, optional
        Polynomial degrees; by default what resolves the grid, less what `rtol` does not need.
    rank : int or tuple of int, optional
        Ranks to use, instead of those that the tolerance asks for.
    grid : {"cells", "nodes"}
        Whether values are at the centres of n cells or at n points with both ends included.
    spline_degree : int
        Odd; of the not-a-knot splines that carry values to Chebyshev points. An axis with fewer
        than spline_degree + 1 points gets one polynomial through all, so a single point makes the
        function constant there.
    truncation : {"hosvd", "hooi"}, optional
        How ranks are cut: mode after mode, or improved by Tucker-ALS as in `hooi`, which is what
        is done by default where `rank` is given.

    Returns
    -------
    ChebTuck
        Its `error` estimates the largest error on the domain, between the points of the grid
        too: what splines of the next degree change, more where they change much (noise, kinks,
        too few points), and what compression changes. What falls between the points without a
        trace cannot be seen.

    Warns
    -----
    UserWarning
        Where the values are so noisy or so few that splines of a lower degree would do better.

    Raises
    ------
    MemoryError
        Where the values need more memory than the machine has; the message says how much.

    Notes
    -----
    The values are compressed first, so that splines are needed for the factors only: about
    4 n^(d+1) flops and three arrays of the size of the values. Between the outermost centres of
    cells and the ends of the domain the splines are continued.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> x = np.linspace(0, 1, 30)
    >>> f = ct.from_grid(np.exp(-x[:, None] - x), [(0, 1), (0, 1)], grid="nodes")
    >>> bool(abs(f(0.3, 0.4) - np.exp(-0.7)) < f.error < 1e-7)
    True
    """
    options = Options.checked(rtol, rank, degree, grid, spline_degree, truncation)
    array, box = _values_and_box(values, domain)
    array, scale = balanced(array)
    small = st_hosvd(array, rtol=options.first)
    tensor = compressed(series_of(small, options), options)
    axes = [uniform(n, grid) for n in array.shape]
    difference = on_axes(tensor, reference(array.ndim), axes, np.empty(array.shape))
    difference -= array
    error = float(np.abs(difference, out=difference).max()) + error_between(small, tensor, options)
    return _function(tensor, box, error, scale)


def _function(tensor: TuckerTensor, box: Array, error: float, scale: float) -> ChebTuck:
    if scale != 1:
        tensor = TuckerTensor(scale * tensor.core, tensor.factors)
    return ChebTuck(tensor, box, error=scale * error)


def _values_and_box(values: Any, domain: Any, *, anywhere: bool = False) -> tuple[Array, Array]:
    if np.ma.is_masked(values):
        raise ValueError("`values` must be known at all points, got masked ones; fill them first")
    refuse_too_large(values, "values", copies=3)
    array = _checks.real_array(values, "values", anywhere=anywhere)
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"`values` must be an array with entries, got shape {array.shape}")
    box = [(-1.0, 1.0)] * array.ndim if domain is None else domain
    return array, _checks.domain(box, ndim=array.ndim)
