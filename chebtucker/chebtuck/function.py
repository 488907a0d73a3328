"""ChebTuck: what a function can do. The work is done in the modules beside this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks, chebyshev
from chebtucker.chebtuck import (
    arithmetic,
    calculus,
    changing,
    evaluation,
    extrema,
    many_points,
    operators,
)
from chebtucker.decompositions import round_tucker
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class ChebTuck:
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

    coefficients: TuckerTensor
    domain: Array
    error: float = 0.0
    evaluations: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.coefficients, TuckerTensor):
            kind = type(self.coefficients).__name__
            raise TypeError(f"`coefficients` must be a TuckerTensor, got {kind}")
        box = _checks.domain(self.domain, ndim=self.coefficients.ndim)
        error = _checks.number(self.error, "error")
        if error < 0:
            raise ValueError(f"`error` must be at least 0, got {error}")
        object.__setattr__(self, "domain", _checks.read_only(box))
        object.__setattr__(self, "error", error)
        object.__setattr__(self, "evaluations", _checks.integer(self.evaluations, "evaluations"))

    def __repr__(self) -> str:
        box = " x ".join(f"[{lo:.6g}, {hi:.6g}]" for lo, hi in self.domain)
        size = f"degree={self.degree}, rank={self.rank}"
        return f"ChebTuck(domain={box}, {size}, error={self.error:.1e}, nbytes={self.nbytes})"

    # What it is ---------------------------------------------------------------------------------

    @property
    def core(self) -> Array:
        """The core of the coefficients, shape `rank`."""
        return self.coefficients.core

    @property
    def factors(self) -> tuple[Array, ...]:
        """The factors of the coefficients, (degree + 1, rank) on each axis."""
        return self.coefficients.factors

    @property
    def rank(self) -> tuple[int, ...]:
        """Tucker rank on each axis."""
        return self.coefficients.rank

    @property
    def degree(self) -> tuple[int, ...]:
        """Polynomial degree on each axis."""
        return tuple(n - 1 for n in self.coefficients.shape)

    @property
    def ndim(self) -> int:
        """How many variables."""
        return self.coefficients.ndim

    @property
    def nbytes(self) -> int:
        """Bytes of the coefficients."""
        return self.coefficients.nbytes

    # Values -------------------------------------------------------------------------------------

    def __call__(self, *points: Any) -> Any:
        """Return values at points.

        Parameters
        ----------
        *points : array_like
            d arrays that broadcast, or one array (..., d). In one dimension a single array is
            taken pointwise.

        Returns
        -------
        ndarray or float
            The broadcast shape, or (...). Arrays as from `numpy.ogrid` are evaluated as a grid.
        """
        if len(points) == 1 and self.ndim > 1:
            array = _checks.real_array(points[0], "points")
            if array.ndim == 0 or array.shape[-1] != self.ndim:
                raise ValueError(
                    f"`points` must be an array of shape (..., {self.ndim}), "
                    f"got shape {array.shape}"
                )
        else:
            array = self._joined(points)
            if isinstance(array, tuple):
                return self.on_grid(*array)
        _checks.inside(array, self.domain)
        values = self._evaluate_points(array.reshape(-1, self.ndim))
        return values.reshape(array.shape[:-1])[()]

    def _joined(self, points: tuple[Any, ...]) -> Any:
        """Return points (..., d), or a tuple of axes where the arrays form a grid."""
        if len(points) != self.ndim:
            raise ValueError(
                f"`points` must be {self.ndim} arrays or one of shape (..., {self.ndim}), "
                f"got {len(points)} arrays"
            )
        arrays = [_checks.real_array(x, f"points[{k}]") for k, x in enumerate(points)]
        if evaluation.is_open_grid(arrays):
            return tuple(x.ravel() for x in arrays)
        try:
            return np.stack(np.broadcast_arrays(*arrays), axis=-1)
        except ValueError:
            shapes = ", ".join(str(x.shape) for x in arrays)
            raise ValueError(f"`points` must be arrays that broadcast, got {shapes}") from None

    def _evaluate_points(self, points: Array) -> Array:
        """Return values at points (M, d) that lie in the domain, shape (M,)."""
        return many_points.values(self.coefficients, self.domain, points, self.error)

    def value_and_gradient(self, points: Any) -> tuple[Array, Array]:
        """Return values (...) and gradients (..., d) at points (..., d), evaluated together."""
        array = _checks.real_array(points, "points")
        if array.ndim == 0 or array.shape[-1] != self.ndim:
            raise ValueError(
                f"`points` must be an array of shape (..., {self.ndim}), got shape {array.shape}"
            )
        _checks.inside(array, self.domain)
        flat = array.reshape(-1, self.ndim)
        values, slopes = many_points.value_and_gradient(
            self.coefficients, self.domain, flat, self.error
        )
        return values.reshape(array.shape[:-1]), slopes.reshape(array.shape)

    def on_grid(
        self, *axes: Any, out: NDArray[Any] | None = None, dtype: Any = np.float64
    ) -> NDArray[Any]:
        """Return values on a product grid.

        Parameters
        ----------
        *axes : array_like or int
            For each variable its points, 1-D, or how many: uniform with both ends included.
        out : ndarray, optional
            Where to write; its shape must fit, and its dtype is kept.
        dtype : dtype
            Of the result where `out` is not given: float64 or float32.

        Returns
        -------
        ndarray, shape (m_1, .., m_d)
            2 m^d r flops, in matrix products.
        """
        arrays = evaluation.grid_axes(axes, self.domain)
        shape = tuple(len(x) for x in arrays)
        if out is None:
            if np.dtype(dtype) not in (np.dtype(np.float64), np.dtype(np.float32)):
                raise TypeError(f"`dtype` must be float64 or float32, got {np.dtype(dtype)}")
            out = np.empty(shape, dtype=dtype)
        elif out.shape != shape or out.dtype.kind != "f":
            raise ValueError(
                f"`out` must be an array of floats of shape {shape}, "
                f"got {out.dtype} of shape {out.shape}"
            )
        return evaluation.on_axes(self.coefficients, self.domain, arrays, out)

    def to_tucker(self, *axes: Any) -> TuckerTensor:
        """Return the values on a product grid as a Tucker tensor; axes as for `on_grid`."""
        arrays = evaluation.grid_axes(axes, self.domain)
        factors = [
            evaluation.basis_on(x, u, box)
            for x, u, box in zip(arrays, self.factors, self.domain, strict=True)
        ]
        return TuckerTensor(self.core, tuple(factors))

    # Calculus -----------------------------------------------------------------------------------

    def derivative(self, orders: int | tuple[int, ...]) -> ChebTuck:
        """Return a partial derivative: one order for each variable, as in ``(0, 1, 0)``.

        Its `error` is this one's times Markov's bound for the derivative of a polynomial.
        """
        wanted = _checks.per_axis(orders, "orders", self.ndim, minimum=0)
        error = self.error
        for axis, order in enumerate(wanted):
            scale = 2 / calculus.length(self.domain, axis)
            error *= scale**order * calculus.derivative_bound(self.degree[axis] + 1, order)
        coefficients = calculus.derivative(self.coefficients, self.domain, wanted)
        return replace(self, coefficients=coefficients, error=error)

    def gradient(self) -> tuple[ChebTuck, ...]:
        """Return the d first derivatives."""
        orders = np.eye(self.ndim, dtype=int).tolist()
        return tuple(self.derivative(tuple(order)) for order in orders)

    def laplacian(self) -> ChebTuck:
        """Return the sum of the second derivatives along all axes."""
        orders = (2 * np.eye(self.ndim, dtype=int)).tolist()
        return operators.total([self.derivative(tuple(order)) for order in orders])

    def antiderivative(self, axis: int) -> ChebTuck:
        """Return the integral from the lower end of one axis to x there."""
        axis = self._axis(axis)
        coefficients = calculus.antiderivative(self.coefficients, self.domain, axis)
        error = self.error * calculus.length(self.domain, axis)
        return replace(self, coefficients=coefficients, error=error)

    def integrate(self, axis: int | tuple[int, ...] | None = None) -> Any:
        """Return the integral over some axes as a function of the others, or over all: a float."""
        axes = range(self.ndim) if axis is None else np.atleast_1d(np.asarray(axis)).tolist()
        chosen = tuple(sorted({self._axis(k) for k in axes}))
        rows = calculus.integral_rows(self.coefficients, self.domain, chosen)
        volume = float(np.prod([calculus.length(self.domain, k) for k in chosen]))
        return self._contracted(rows, self.error * volume)

    def mean(self) -> float:
        """Return the mean over the domain."""
        volume = float(np.prod(self.domain[:, 1] - self.domain[:, 0]))
        return float(self.integrate()) / volume

    def norm(self) -> float:
        """Return the L2 norm over the domain: the root of the integral of f^2."""
        return calculus.norm(self.coefficients, self.domain)

    def inner(self, other: ChebTuck) -> float:
        """Return the integral over the domain of the product with another function."""
        operators.check_partner(self, other)
        return calculus.inner(self.coefficients, other.coefficients, self.domain)

    # Algebra ------------------------------------------------------------------------------------

    def __add__(self, other: object) -> ChebTuck:
        return operators.add(self, other)

    __radd__ = __add__

    def __sub__(self, other: object) -> ChebTuck:
        return operators.add(self, other, -1.0)

    def __rsub__(self, other: object) -> ChebTuck:
        return operators.add(-self, other)

    def __pos__(self) -> ChebTuck:
        return self

    def __neg__(self) -> ChebTuck:
        return operators.scale(self, -1.0)

    def __mul__(self, other: object) -> ChebTuck:
        return operators.multiply(self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> ChebTuck:
        return operators.divide(self, other)

    def __rtruediv__(self, other: object) -> ChebTuck:
        return operators.divide_by(self, other)

    def __pow__(self, exponent: object) -> ChebTuck:
        return operators.power(self, exponent)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return operators.ufunc(ufunc, method, inputs, options)

    def apply(self, function: Callable[[Array], Array], *, rtol: float | None = None) -> ChebTuck:
        """Return a function of this function's values, as ``f.apply(np.tanh)``.

        Parameters
        ----------
        function : callable
            Takes and returns arrays of the same shape; it should be smooth on the range of f.
        rtol : float, optional
            As for `from_function`; by default as accurate as f is, or 1e-11.
        """
        return operators.compose(function, (self,), rtol)

    # Size and domain ----------------------------------------------------------------------------

    def round(self, rtol: float) -> ChebTuck:
        """Return the function with lower ranks.

        `rtol` bounds the Frobenius norm of the coefficients that are cut off, relative to all.
        """
        small = round_tucker(self.coefficients, rtol=_checks.tolerance(rtol, "rtol"))
        return self._changed(small)

    def trim(self, rtol: float) -> ChebTuck:
        """Return the function with lower degrees.

        `rtol` bounds the Frobenius norm of the coefficients that are cut off, relative to all.
        """
        small = changing.trimmed(self.coefficients, _checks.tolerance(rtol, "rtol"))
        return self._changed(small)

    def restrict(self, domain: Any) -> ChebTuck:
        """Return the same function on a box inside the domain, with the degrees it needs there."""
        box = _checks.domain(domain, ndim=self.ndim)
        _checks.inside(box.T, self.domain, "domain")
        same = changing.restricted(self.coefficients, self.domain, box)
        small = changing.trimmed(same, arithmetic.ROUNDING)
        return replace(self, coefficients=small, domain=box)

    def slice(self, axis: int, value: float) -> ChebTuck:
        """Return the function with one variable fixed: one dimension fewer."""
        axis = self._axis(axis)
        if self.ndim == 1:
            raise ValueError("`slice` must have two dimensions or more, got 1; call f(x)")
        x = _checks.number(value, "value")
        interval = self.domain[axis]
        _checks.inside(np.array([[x]]), interval[None], "value")
        t = chebyshev.to_reference(np.array(x), float(interval[0]), float(interval[1]))
        row = chebyshev.basis(t, self.coefficients.shape[axis])
        result: ChebTuck = self._contracted({axis: row}, self.error)
        return result

    def max(self) -> tuple[float, Array]:
        """Return the largest value over the domain and where it is, shape (d,).

        The best of a grid of Chebyshev points at twice the degree, polished by a local search.
        """
        slopes = self.gradient()

        def value(x: Array) -> float:
            return float(self._evaluate_points(x[None])[0])

        def slope(x: Array) -> Array:
            return np.array([g._evaluate_points(x[None])[0] for g in slopes])

        return extrema.maximum(self.coefficients, self.domain, value, slope)

    def min(self) -> tuple[float, Array]:
        """Return the smallest value over the domain and where it is, shape (d,)."""
        value, where = (-self).max()
        return -value, where

    def save(self, path: Any) -> None:
        """Write the function to a file; `chebtucker.load` reads it."""
        from chebtucker.io import save

        save(path, self)

    # Inside -------------------------------------------------------------------------------------

    def _axis(self, axis: int) -> int:
        number = _checks.integer(axis, "axis", minimum=-self.ndim)
        if number >= self.ndim:
            raise ValueError(f"`axis` must be below {self.ndim}, got {number}")
        return number % self.ndim

    def _changed(self, coefficients: TuckerTensor) -> ChebTuck:
        moved = evaluation.distance(self.coefficients, coefficients)
        return replace(self, coefficients=coefficients, error=self.error + moved)

    def _contracted(self, rows: dict[int, Array], error: float) -> Any:
        """Return the function after functionals on some axes; a float where none is left."""
        core, factors = calculus.contract(self.coefficients, rows)
        if not factors:
            return float(core)
        rest = [k for k in range(self.ndim) if k not in rows]
        return ChebTuck(
            TuckerTensor(core, factors), self.domain[rest],
            error=error, evaluations=self.evaluations,
        )  # fmt: skip
