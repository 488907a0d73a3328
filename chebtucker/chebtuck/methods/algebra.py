"""Operators, and NumPy's functions of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck import operators, ufuncs
from chebtucker.chebtuck.methods.state import State

Array = NDArray[np.float64]


class Algebra(State):
    """What arithmetic does with functions."""

    def __add__(self, other: object) -> Self:
        return operators.add(self, other)

    __radd__ = __add__

    def __sub__(self, other: object) -> Self:
        return operators.add(self, other, -1.0)

    def __rsub__(self, other: object) -> Self:
        return operators.add(-self, other)

    def __pos__(self) -> Self:
        return self

    def __neg__(self) -> Self:
        return operators.scale(self, -1.0)

    def __mul__(self, other: object) -> Self:
        return operators.multiply(self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Self:
        return operators.divide(self, other)

    def __rtruediv__(self, other: object) -> Self:
        return operators.divide_by(self, other)

    def __pow__(self, exponent: object) -> Self:
        return operators.power(self, exponent)

    def __rpow__(self, base: object) -> Self:
        return operators.power_of(self, base)

    def __abs__(self) -> Self:
        return operators.ufunc(np.absolute, "__call__", (self,), {})

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return operators.ufunc(ufunc, method, inputs, options)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, inputs: Any, options: Any
    ) -> NoReturn:
        module = function.__module__ or "numpy"
        ufuncs.refuse_arrays(f"{module.replace('numpy', 'np', 1)}.{function.__name__}")

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        ufuncs.refuse_arrays("np.asarray")

    def apply(self, function: Callable[[Array], Array], *, rtol: float | None = None) -> Self:
        """Return a function of this function's values, as ``f.apply(np.tanh)``.

        Parameters
        ----------
        function : callable
            Takes and returns arrays of the same shape; it should be smooth on the range of f.
        rtol : float, optional
            As for `from_function`; by default as accurate as f is, or 1e-11.
        """
        return operators.compose(function, (self,), rtol)
