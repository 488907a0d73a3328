"""Sums, products and NumPy's functions of functions, as a base class of ChebTuck."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.chebtuck import arithmetic, evaluation
from chebtucker.tensors import TuckerTensor

if TYPE_CHECKING:
    from chebtucker.chebtuck.function import ChebTuck

Array = NDArray[np.float64]

_OPERATORS = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.negative: operator.neg,
    np.positive: operator.pos,
    np.power: operator.pow,
    np.square: lambda f: f * f,
}




class Operators:
    """What `+ - * / **` and `numpy.exp` and its like do with functions."""

    def __add__(self, other: object) -> ChebTuck:
        term = _term(other)
        return NotImplemented if term is None else self._sum([self, term])

    __radd__ = __add__

    def __neg__(self) -> ChebTuck:
        return replace(self, coefficients=-self.coefficients)

    def __pos__(self) -> ChebTuck:
        return self

    def __sub__(self, other: object) -> ChebTuck:
        term = _term(other)
        return NotImplemented if term is None else self._sum([self, -term])

    def __rsub__(self, other: object) -> ChebTuck:
        return -self + other

    def __mul__(self, other: object) -> ChebTuck:
        if _checks.is_real_scalar(other):
            value = _checks.number(other, "factor")
            scaled = self.coefficients * value
            return replace(self, coefficients=scaled, error=abs(value) * self.error)
        if not isinstance(other, ChebTuck):
            return NotImplemented
        self._check_partner(other)
        a, b = (evaluation.magnitude(f.coefficients) for f in (self, other))
        error = a * other.error + b * self.error + self.error * other.error
        product = arithmetic.multiply(self.coefficients, other.coefficients, 0.1 * error)
        floor = arithmetic.ROUNDING * a * b
        used = self.evaluations + (0 if other is self else other.evaluations)
        return ChebTuck(product, self.domain, error=1.2 * error + floor, evaluations=used)

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> ChebTuck:
        if _checks.is_real_scalar(other):
            value = _checks.number(other, "divisor")
            if value == 0:
                raise ZeroDivisionError("`divisor` must not be zero, got 0")
            return self * (1 / value)
        if not isinstance(other, ChebTuck):
            return NotImplemented
        self._check_partner(other)
        return self._apply(np.divide, (self, other))

    def __rtruediv__(self, other: object) -> ChebTuck:
        if not _checks.is_real_scalar(other):
            return NotImplemented
        return self._apply(np.divide, (_checks.number(other, "dividend"), self))

    def __pow__(self, exponent: object) -> ChebTuck:
        if not _checks.is_real_scalar(exponent):
            return NotImplemented
        power = _checks.number(exponent, "exponent")
        if power != int(power) or power < 0:
            return self._apply(np.power, (self, power))
        result = ChebTuck(arithmetic.constant(1.0, self.ndim), self.domain)
        for digit in f"{int(power):b}":
            result = result * result
            result = result * self if digit == "1" else result
        return replace(result, evaluations=self.evaluations)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        plain = all(isinstance(x, ChebTuck) or _checks.is_real_scalar(x) for x in inputs)
        if method != "__call__" or options or ufunc.nout != 1 or not plain:
            return NotImplemented
        if ufunc in _OPERATORS:
            return _OPERATORS[ufunc](*inputs)
        return self._apply(ufunc, inputs)

    def apply(self, function: Callable[[Array], Array], *, rtol: float | None = None) -> ChebTuck:
        """Return a function of this function's values, as ``f.apply(np.tanh)``.

        Parameters
        ----------
        function : callable
            Takes and returns arrays of the same shape; it should be smooth on the range of f.
        rtol : float, optional
            As for `from_function`; by default as accurate as f is, or 1e-12.
        """
        return self._apply(function, (self,), rtol)

    def _apply(
        self, function: Callable[..., Any], inputs: tuple[Any, ...], rtol: float | None = None
    ) -> ChebTuck:
        from chebtucker.construct import apply

        for other in inputs:
            if isinstance(other, ChebTuck):
                self._check_partner(other)
        return apply(function, inputs, rtol=rtol)

    def _term(self, other: object) -> ChebTuck | None:
        if _checks.is_real_scalar(other):
            value = _checks.number(other, "term")
            return ChebTuck(arithmetic.constant(value, self.ndim), self.domain)
        if not isinstance(other, ChebTuck):
            return None
        self._check_partner(other)
        return other

    def _sum(self, terms: list[ChebTuck]) -> ChebTuck:
        error = sum(f.error for f in terms)
        total = arithmetic.add([f.coefficients for f in terms], 0.1 * error)
        sizes = sum(f.coefficients.norm() for f in terms)
        origins = {id(f): f.evaluations for f in terms}
        return ChebTuck(
            total, self.domain,
            error=1.2 * error + arithmetic.ROUNDING * sizes,
            evaluations=sum(origins.values()),
        )  # fmt: skip

    def _check_partner(self, other: Any) -> None:
        if not isinstance(other, ChebTuck):
            raise TypeError(f"`other` must be a ChebTuck, got {type(other).__name__}")
        if other.ndim != self.ndim or not np.allclose(
            other.domain, self.domain, rtol=1e-13, atol=0
        ):
            mine, its = (f.domain.tolist() for f in (self, other))
            raise ValueError(f"`other` must be on the same domain {mine}, got {its}")

