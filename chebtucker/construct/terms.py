"""From a canonical tensor of values on a uniform grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from chebtucker import _checks
from chebtucker.chebtuck import ChebTuck
from chebtucker.construct.memory import refuse_too_large
from chebtucker.construct.side_matrices import by_side_matrices
from chebtucker.construct.smoothing import Options, compressed, error_between, series_of
from chebtucker.construct.splines import resolving
from chebtucker.decompositions import hooi, rhosvd, st_hosvd
from chebtucker.tensors import CPTensor, TuckerTensor


def from_cp(
    cp: Any,
    domain: Any = None,
    *,
    rtol: float = 1e-8,
    degree: int | tuple[int, ...] | None = None,
    rank: int | tuple[int, ...] | None = None,
    spline_degree: int = 7,
    method: str = "rhosvd",
    grid: str = "cells",
    truncation: str | None = None,
) -> ChebTuck:
    """Return a smooth function through a canonical tensor of values on a uniform grid.

    Parameters
    ----------
    cp : CPTensor
        Values at the points of the grid, or any pair (weights, factors), as TensorLy's are;
        weights of None are ones.
    domain : array_like, shape (d, 2), optional
        Lower and upper end on every axis; by default [-1, 1]^d.
    rtol : float
        Frobenius norm of the coefficients that are cut off, relative to all.
    degree : int or tuple of int, optional
        Polynomial degrees; by default what resolves the grid, less what `rtol` does not need.
    rank : int or tuple of int, optional
        Ranks to use, instead of those that the tolerance asks for.
    spline_degree : int
        Odd; of the not-a-knot splines that carry the factors to Chebyshev points, as for
        `from_grid`.
    method : {"rhosvd", "dense"}
        Whether the dense tensor of coefficients is avoided or formed.
    grid : {"cells", "nodes"}
        Whether values are at the centres of n cells or at n points with both ends included.
    truncation : {"hosvd", "hooi", "published"}, optional
        How ranks are cut: mode after mode, or improved by Tucker-ALS as in `hooi`, which is what
        is done by default where `rank` is given. "published" repeats the paper's numbers: every
        side matrix is truncated by itself at rtol/d, an absolute tolerance that ignores the
        weights, so that ranks depend on the scale of the columns.

    Returns
    -------
    ChebTuck
        Its `error` estimates the largest error on the domain, between the points of the grid
        too, as for `from_grid`.

    Warns
    -----
    UserWarning
        As for `from_grid`.

    Raises
    ------
    ValueError
        Where the core would need more than 1 GiB, see `rhosvd`.
    MemoryError
        Where the dense tensor is asked for and needs more memory than the machine has.

    Notes
    -----
    The factors are orthonormalised first, so that splines are needed for those bases only,
    however many terms there are.

    References
    ----------
    .. [1] P. Benner, B. N. Khoromskij, V. Khoromskaia and B. Sun, A mesh-free hybrid
       Chebyshev-Tucker tensor format with applications to multi-particle modelling,
       arXiv:2503.01696.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> x = np.linspace(0, 1, 30)[:, None]
    >>> cp = ct.CPTensor([2.0], (np.exp(x), np.exp(-x)))
    >>> f = ct.from_cp(cp, [(0, 1), (0, 1)], grid="nodes")
    >>> bool(abs(f(0.3, 0.4) - 2 * np.exp(-0.1)) < f.error < 1e-7)
    True
    """
    as_published = truncation == "published"
    if as_published and (rank is not None or method == "dense"):
        raise ValueError(
            '`truncation` must be "hosvd" or "hooi" with `rank` or method="dense", got "published"'
        )
    options = Options.checked(
        rtol, rank, degree, grid, spline_degree, None if as_published else truncation
    )
    _checks.choice(method, "method", ("rhosvd", "dense"))
    terms = _canonical(cp)
    box = _checks.domain([(-1.0, 1.0)] * terms.ndim if domain is None else domain, ndim=terms.ndim)
    small, scale = _of_norm_one(rhosvd(terms, rtol=options.first))
    series = series_of(small, options)
    if as_published:
        whole = by_side_matrices(terms, series.shape, options.splines, options.rtol)
        tensor = TuckerTensor(whole.core / scale, whole.factors)
    elif method == "dense":
        tensor = _by_dense_tensor(terms, series.shape, scale, options)
    else:
        tensor = compressed(series, options)
    error = error_between(small, tensor, options)
    return ChebTuck(TuckerTensor(scale * tensor.core, tensor.factors), box, error=scale * error)


def _canonical(cp: Any) -> CPTensor:
    """Return a CPTensor of what unpacks as (weights, factors)."""
    if isinstance(cp, CPTensor):
        return cp
    try:
        weights, factors = cp
        factors = tuple(factors)
        count = np.shape(factors[0])[1]
    except (TypeError, ValueError, IndexError):
        got = type(cp).__name__
        raise TypeError(
            f"`cp` must be a CPTensor or a pair (weights, factors), got {got}"
        ) from None
    return CPTensor(np.ones(count) if weights is None else weights, factors)


def _of_norm_one(tensor: TuckerTensor) -> tuple[TuckerTensor, float]:
    """Return a tensor whose largest entry of the core is about one, and a power of two."""
    largest = float(np.abs(tensor.core).max())
    scale = 2.0 ** float(np.clip(np.frexp(largest)[1], -1021, 1022)) if largest else 1.0
    return TuckerTensor(tensor.core / scale, tensor.factors), scale


def _by_dense_tensor(
    terms: CPTensor, shape: tuple[int, ...], scale: float, options: Options
) -> TuckerTensor:
    """Return the series by way of all its coefficients: an independent check of `rhosvd`."""
    factors = []
    for factor, n in zip(terms.factors, shape, strict=True):
        size = n if options.degree is not None else resolving(len(factor))
        factors.append(options.splines.coefficients(factor, size)[:n])
    dense = CPTensor(terms.weights / scale, tuple(factors))
    refuse_too_large(dense, "cp", copies=2)
    limits = {"rtol": options.rtol} if options.rank is None else {"rank": options.rank}
    decompose = hooi if options.truncation == "hooi" else st_hosvd
    return decompose(dense.to_array(), **limits)
