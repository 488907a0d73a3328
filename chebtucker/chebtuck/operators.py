"""What the operators and NumPy's functions do with a ChebTuck; f is one in all that follows."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, _checks
from chebtucker.chebtuck import accuracy, arithmetic, grids, ufuncs

if TYPE_CHECKING:
    from chebtucker.chebtuck.methods.state import State

Array = NDArray[np.float64]
F = TypeVar("F", bound="State")

_FEW_PRODUCTS = 8  # powers beyond are resolved anew


def check_partner(f: State, other: Any) -> None:
    """Refuse what is not a function on the same box."""
    if not isinstance(other, type(f)):
        raise TypeError(f"`other` must be a ChebTuck, got {type(other).__name__}")
    same = other.ndim == f.ndim and np.allclose(other.domain, f.domain, rtol=1e-13, atol=0)
    if not same:
        mine, its = f.domain.tolist(), other.domain.tolist()
        raise ValueError(f"`other` must be on the same domain {mine}, got {its}")
    if other.device != f.device:
        raise TypeError(f'`other` must be on "{f.device}" too, got a function on "{other.device}"')


def on_cpu(f: Any, what: str) -> None:
    """Refuse a function on a device where work is done that runs on the CPU only."""
    if f.device != "cpu":
        raise TypeError(
            f'`{what}` must be of functions on "cpu", got one on "{f.device}"; '
            'call f.to_device("cpu") first'
        )


def total(terms: list[F]) -> F:
    """Return the sum of functions; errors add, and what compression moves is measured."""
    error = sum(f.error for f in terms)
    parts = [f.coefficients for f in terms]
    coefficients = arithmetic.add(parts, accuracy.CUT * error)
    moved = accuracy.moved(parts, coefficients, sum)
    return replace(
        terms[0], coefficients=coefficients, error=error + moved, evaluations=_evaluations(terms)
    )


def add(f: F, other: object, sign: float = 1.0) -> Any:
    """Return f + sign * other for a number or a function."""
    if _checks.is_real_scalar(other):
        return total([f, _constant(f, sign * _checks.number(other, "term"))])
    if not isinstance(other, type(f)):
        return NotImplemented
    check_partner(f, other)
    return total([f, scale(other, sign)])


def scale(f: F, value: float) -> F:
    """Return value * f."""
    _check_product(abs(value), _arrays.largest(f.core))
    return replace(f, coefficients=f.coefficients * value, error=abs(value) * f.error)


def multiply(f: F, other: object) -> Any:
    """Return f * other; the error is |f| e_g + |g| e_f + e_f e_g."""
    if _checks.is_real_scalar(other):
        return scale(f, _checks.number(other, "factor"))
    if not isinstance(other, type(f)):
        return NotImplemented
    check_partner(f, other)
    parts = [f.coefficients, other.coefficients]
    if not arithmetic.fits(f.coefficients, other.coefficients):
        return compose(np.multiply, (f, other))
    a, b = (grids.magnitude(part) for part in parts)
    _check_product(a, b)
    error = a * other.error + b * f.error + f.error * other.error
    product = arithmetic.multiply(f.coefficients, other.coefficients, accuracy.CUT * error)
    moved = accuracy.moved(parts, product, math.prod)
    return replace(
        f, coefficients=product, error=error + moved, evaluations=_evaluations([f, other])
    )


def _check_product(a: float, b: float) -> None:
    if not math.isfinite(a * b):
        raise ValueError(
            f"the product must be in the range of floats, got {a:.0e} times a size of {b:.0e}"
        )


def divide(f: F, other: object) -> Any:
    """Return f / other; by a function its reciprocal is resolved anew."""
    if _checks.is_real_scalar(other):
        value = _checks.number(other, "divisor")
        if value == 0:
            raise ZeroDivisionError("`divisor` must not be zero, got 0")
        return scale(f, 1 / value)
    return compose(np.divide, (f, other)) if isinstance(other, type(f)) else NotImplemented


def divide_by(f: F, other: object) -> Any:
    """Return other / f for a number."""
    if not _checks.is_real_scalar(other):
        return NotImplemented
    return compose(np.divide, (_checks.number(other, "dividend"), f))


def power(f: F, exponent: object) -> Any:
    """Return f ** exponent; by products where it is a small whole number."""
    if isinstance(exponent, type(f)):
        return compose(np.power, (f, exponent))
    if not _checks.is_real_scalar(exponent):
        return NotImplemented
    number = _checks.number(exponent, "exponent")
    if number != int(number) or not 0 <= number <= _FEW_PRODUCTS:
        return compose(np.power, (f, number))
    if number == 0:
        return _constant(f, 1.0)
    result = f
    for digit in f"{int(number):b}"[1:]:
        result = multiply(result, result)
        result = multiply(result, f) if digit == "1" else result
    return result


def power_of(f: F, base: object) -> Any:
    """Return base ** f for a number."""
    if not _checks.is_real_scalar(base):
        return NotImplemented
    return compose(np.power, (_checks.number(base, "base"), f))


_OPERATORS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.negative: operator.neg,
    np.positive: operator.pos,
    np.power: operator.pow,
    np.square: lambda f: f * f,
}


def ufunc(function: np.ufunc, method: str, inputs: tuple[Any, ...], options: Any) -> Any:
    """Return one of NumPy's functions of functions and numbers."""
    kind = next((type(x) for x in inputs if _checks.is_function(x)), None)
    if method != "__call__":
        raise TypeError(
            f"`np.{function.__name__}.{method}` must be of arrays, got a function; "
            "sums over points are integrals here, f.integrate()"
        )
    if options:
        raise TypeError(f"`{next(iter(options))}` must be left out for a function of functions")
    if kind is None or not all(isinstance(x, kind) or _checks.is_real_scalar(x) for x in inputs):
        return NotImplemented
    ufuncs.check_smooth(function)
    values = [x if isinstance(x, kind) else float(x) for x in inputs]
    if function in _OPERATORS:
        return _OPERATORS[function](*values)
    return compose(function, tuple(values))


def compose(
    function: Callable[..., Any], inputs: tuple[Any, ...], rtol: float | None = None
) -> Any:
    """Return function(*inputs) as a function of x, resolved anew."""
    from chebtucker.construct import apply

    functions = [g for g in inputs if _checks.is_function(g)]
    for g in functions:
        on_cpu(g, "a function of functions")
    for other in functions[1:]:
        check_partner(functions[0], other)
    ufuncs.check_smooth(function)
    ufuncs.check_defined(function, inputs)
    return replace(apply(function, inputs, rtol=rtol), evaluations=_evaluations(functions))


def _constant(f: F, value: float) -> F:
    return replace(
        f, coefficients=arithmetic.constant(value, f.coefficients), error=0.0, evaluations=0
    )


def _evaluations(functions: list[Any]) -> int:
    return sum({id(f): f.evaluations for f in functions}.values())
