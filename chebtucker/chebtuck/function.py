"""ChebTuck: the fields of a function and all that can be done with it, theme by theme."""

from __future__ import annotations

from dataclasses import dataclass

from chebtucker._device import works_there
from chebtucker.chebtuck.methods.algebra import Algebra
from chebtucker.chebtuck.methods.analysis import Analysis
from chebtucker.chebtuck.methods.doors import Doors
from chebtucker.chebtuck.methods.extremes import Extremes
from chebtucker.chebtuck.methods.shape import Shape
from chebtucker.chebtuck.methods.values import Values


@works_there(
    "__call__", "value_and_gradient", "on_grid", "to_tucker",
    "derivative", "gradient", "laplacian", "antiderivative", "integrate", "mean", "norm", "inner",
    "round", "trim", "restrict", "slice",
    "__add__", "__radd__", "__sub__", "__rsub__", "__neg__", "__mul__", "__rmul__",
    "__truediv__", "__pow__", "__array_ufunc__",
)  # fmt: skip
@dataclass(frozen=True, eq=False, repr=False)
class ChebTuck(Extremes, Values, Analysis, Algebra, Shape, Doors):
    """A function on a box: f(x) = sum over a of core[a] * prod_k (T(x_k) factors[k])[a_k].

    T holds the Chebyshev polynomials of an axis carried to [-1, 1]. Functions are made by
    `from_function`, `from_values` and their like; they are immutable, and what operations return
    is as accurate as what went in, as `error` says.

    Parameters
    ----------
    coefficients : TuckerTensor
        Chebyshev coefficients, of shape degree + 1.
    domain : array_like, shape (d, 2)
        Lower and upper end on every axis.
    error : float
        Estimate of the largest error on the domain, absolute.
    evaluations : int
        How often a user's function was called to make this one.

    Examples
    --------
    >>> import chebtucker as ct
    >>> f = ct.from_function(lambda x, y: x * y**2, [(0, 2), (-1, 3)])
    >>> float(round(f(1.5, 2.0), 12))
    6.0
    >>> f.rank, f.degree
    ((1, 1), (1, 2))
    """
