"""NumPy's functions of functions: which are refused and why, and where others are defined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.chebtuck import extrema

Array = NDArray[np.float64]

_SPLIT = (
    "restrict the domain to where the result is smooth, or sample it with `from_function` "
    "and accept the error that it states"
)
_EITHER = f"has a kink where the two arguments are equal; {_SPLIT}"
_KINK = f"has a kink where its argument is 0; where f has one sign use f or -f, else {_SPLIT}"
_STEPS = f"has jumps; {_SPLIT}"
_LOGICAL = (
    "has the values True and False; apply it to values, f(points) or f.on_grid(...), "
    "and compare functions by (f - g).norm()"
)
_WHOLE = "works on whole numbers; apply it to values"
_AXES = "sums over the axes of arrays; use f * g for the product and f.inner(g) for its integral"
_MANY = "returns more than one array; apply it to values"
_NOT_SMOOTH: dict[str, str] = {
    **dict.fromkeys(("maximum", "minimum", "fmax", "fmin"), _EITHER),
    **dict.fromkeys(("absolute", "fabs"), _KINK),
    **dict.fromkeys(
        ("sign", "floor", "ceil", "rint", "trunc", "floor_divide", "remainder", "fmod",
         "heaviside", "copysign", "nextafter", "spacing", "ldexp"), _STEPS,
    ),
    **dict.fromkeys(
        ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and",
         "logical_or", "logical_xor", "logical_not", "isnan", "isinf", "isfinite", "isnat",
         "signbit"), _LOGICAL,
    ),
    **dict.fromkeys(
        ("bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift",
         "bitwise_count", "gcd", "lcm"), _WHOLE,
    ),
    **dict.fromkeys(("divmod", "modf", "frexp"), _MANY),
}  # fmt: skip


def check_smooth(function: Callable[..., Any]) -> None:
    """Refuse one of NumPy's functions whose result no polynomial is close to."""
    if not isinstance(function, np.ufunc):
        return
    name = function.__name__
    general = _MANY if function.nout > 1 else _AXES if function.signature else ""
    reason = _NOT_SMOOTH.get(name, general)
    if reason:
        raise TypeError(f"`np.{name}` of a function {reason}")


_INSTEAD: dict[str, str] = {
    **dict.fromkeys(("max", "amax", "nanmax", "argmax"), "f.max()"),
    **dict.fromkeys(("min", "amin", "nanmin", "argmin"), "f.min()"),
    **dict.fromkeys(("mean", "average", "nanmean", "median"), "f.mean()"),
    **dict.fromkeys(("sum", "nansum", "trapezoid", "cumsum"), "f.integrate(), f.antiderivative()"),
    **dict.fromkeys(("gradient", "diff"), "f.gradient(), f.derivative(orders)"),
    **dict.fromkeys(("dot", "vdot", "inner", "tensordot", "einsum"), "f * g, f.inner(g)"),
    **dict.fromkeys(("ndim", "shape", "size"), "f.ndim, f.degree, f.rank"),
    **dict.fromkeys(("round", "around"), "f.round(rtol)"),
    **dict.fromkeys(("clip", "where", "select", "piecewise", "nan_to_num"), _SPLIT),
    **dict.fromkeys(("allclose", "isclose", "array_equal"), "(f - g).norm()"),
    "norm": "f.norm()",
    "sinc": "f.apply(np.sinc)",
    "i0": "f.apply(np.i0)",
}


def refuse_arrays(name: str) -> NoReturn:
    """Refuse one of NumPy's functions of arrays, or that an array is made, and say what to use."""
    instead = _INSTEAD.get(name.rpartition(".")[2])
    values = "values are f(points) and f.on_grid(...)"
    advice = f"use {instead}; {values}" if instead and instead != _SPLIT else instead or values
    raise TypeError(f"`{name}` must be of arrays, got a function; {advice}")


def check_defined(function: Callable[..., Any], inputs: tuple[Any, ...]) -> None:
    """Refuse arguments with values where the function is not defined, and name a point.

    Raises
    ------
    ValueError
        For a divisor with a zero, the logarithm or a root of what is negative, and their like.
    """
    if function in (np.divide, np.true_divide, np.reciprocal):
        _no_zero(inputs[-1], "divisor")
    elif function in (np.power, np.float_power):
        _power(*inputs)
    elif function in _RANGES:
        low, high, open_ends = _RANGES[function]
        _within(inputs[0], function.__name__, low, high, open_ends)


# Lower and upper end of the argument, and whether the ends are left out.
_RANGES: dict[Any, tuple[float, float, bool]] = {
    np.log: (0, np.inf, True), np.log2: (0, np.inf, True), np.log10: (0, np.inf, True),
    np.log1p: (-1, np.inf, True), np.sqrt: (0, np.inf, False), np.arccosh: (1, np.inf, False),
    np.arcsin: (-1, 1, False), np.arccos: (-1, 1, False), np.arctanh: (-1, 1, True),
}  # fmt: skip


def _power(base: Any, exponent: Any) -> None:
    if not _checks.is_function(base):
        if base <= 0:
            raise ValueError(f"`base` must be positive, got {base:g}")
    elif _checks.is_function(exponent):
        _within(base, "power", 0, np.inf, True)
    else:
        if exponent != int(exponent):
            _within(base, "power", 0, np.inf, exponent < 0)
        elif exponent < 0:
            _no_zero(base, "divisor")


def _no_zero(f: Any, name: str) -> None:
    """Refuse a function whose sign changes, or that is smaller somewhere than its error."""
    if not _checks.is_function(f):
        if f == 0:
            raise ZeroDivisionError(f"`{name}` must not be zero, got 0")
        return
    (low, bottom), (high, top) = f.min(), f.max()
    if low > f.error or high < -f.error:
        return
    if low < 0 < high:
        low, bottom = 0.0, extrema.crossing(f.coefficients, f.domain, bottom, top)
    value, where = (low, bottom) if abs(low) <= abs(high) else (high, top)
    raise ValueError(
        f"`{name}` must have no zero in the domain, got {value + 0.0:.3g} at {_at(where)}"
        + (f", with an error of {f.error:.1e}" if abs(value) > 1e-12 * max(high, -low) else "")
    )


def _within(f: Any, name: str, low: float, high: float, open_ends: bool) -> None:
    """Refuse a function with values outside [low, high]; ends as far as rounding goes."""
    sides = [(low, 1.0, f"above {low:g}" if open_ends else f"at least {low:g}")]
    if np.isfinite(high):
        sides.append((high, -1.0, f"below {high:g}" if open_ends else f"at most {high:g}"))
    for end, sign, text in sides:
        value, where = f.min() if sign > 0 else f.max()
        inside = sign * (value - end)
        if inside < 0 or (open_ends and inside <= f.error):
            raise ValueError(
                f"the argument of `{name}` must be {text}, got {value:.3g} at {_at(where)}"
            )


def _at(where: Array) -> str:
    return "(" + ", ".join(f"{x:.6g}" for x in where) + ")"
