"""From a canonical tensor of values on a uniform grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from chebtucker import _checks
from chebtucker.chebtuck import ChebTuck
from chebtucker.chebtuck.changing import trimmed
from chebtucker.chebtuck.evaluation import distance
from chebtucker.construct.samples import splined
from chebtucker.decompositions import rhosvd, st_hosvd
from chebtucker.tensors import CPTensor


def from_cp(
    cp: CPTensor,
    domain: Any = None,
    *,
    rtol: float = 1e-8,
    degree: int | tuple[int, ...] | None = None,
    spline_degree: int = 7,
    method: str = "rhosvd",
    grid: str = "cells",
) -> ChebTuck:
    """Return a smooth function through a canonical tensor of values on a uniform grid.

    Parameters
    ----------
    cp : CPTensor
        Values at the points of the grid.
    domain : array_like, shape (d, 2), optional
        Lower and upper end on every axis; by default [-1, 1]^d.
    rtol : float
        Frobenius norm of the coefficients that are cut off, relative to all.
    degree : int or tuple of int, optional
        Polynomial degrees; by default what resolves the grid, less what `rtol` does not need.
    spline_degree : int
        Odd; of the not-a-knot splines that carry the factors to Chebyshev points.
    method : {"rhosvd", "dense"}
        Whether the dense tensor of coefficients is avoided or formed.
    grid : {"cells", "nodes"}
        Whether values are at the centres of n cells or at n points with both ends included.

    Returns
    -------
    ChebTuck
        Its `error` is what the compression changes, as seen at random points; that of the
        splines comes on top where the grid does not resolve the terms.

    References
    ----------
    .. [1] P. Benner, B. N. Khoromskij, V. Khoromskaia and B. Sun, A mesh-free hybrid
       Chebyshev-Tucker tensor format with applications to multi-particle modelling,
       arXiv:2503.01696.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> from chebtucker.construct import from_cp
    >>> x = np.linspace(0, 1, 30)[:, None]
    >>> cp = ct.CPTensor([2.0], (np.exp(x), np.exp(-x)))
    >>> f = from_cp(cp, [(0, 1), (0, 1)], grid="nodes")
    >>> bool(abs(f(0.3, 0.4) - 2 * np.exp(-0.1)) < 1e-7)
    True
    """
    if not isinstance(cp, CPTensor):
        raise TypeError(f"`cp` must be a CPTensor, got {type(cp).__name__}")
    box = _checks.domain([(-1.0, 1.0)] * cp.ndim if domain is None else domain, ndim=cp.ndim)
    _checks.choice(method, "method", ("rhosvd", "dense"))
    rtol = _checks.tolerance(rtol, "rtol")
    series = CPTensor(cp.weights, splined(cp.factors, degree, grid, spline_degree))
    if method == "dense":
        tensor = st_hosvd(series.to_array(), rtol=0.8 * rtol)
    else:
        tensor = rhosvd(series, rtol=0.8 * rtol)
    exact = rhosvd(series)
    if degree is None:
        tensor = trimmed(tensor, 0.2 * rtol)
    return ChebTuck(tensor, box, error=distance(exact, _lengthened(tensor, exact.shape)))


def _lengthened(tensor: Any, shape: tuple[int, ...]) -> Any:
    from chebtucker.chebtuck.arithmetic import padded

    return padded(tensor, tuple(np.maximum(tensor.shape, shape).tolist()))
