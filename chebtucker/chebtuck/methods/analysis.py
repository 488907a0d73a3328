"""Derivatives, integrals, inner products."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np

from chebtucker import _checks
from chebtucker.chebtuck import accuracy, calculus, operators
from chebtucker.chebtuck.methods.state import State


class Analysis(State):
    """What calculus does with a function."""

    def derivative(self, orders: int | tuple[int, ...]) -> Self:
        """Return a partial derivative.

        Parameters
        ----------
        orders : int or tuple of int
            One order for each variable, as in ``(0, 1, 0)``; a single one stands for all.

        Returns
        -------
        ChebTuck
            Its `error` is an estimate: this function's error, grown as much as the derivative
            makes the parts grow that are the smallest ones kept: the last singular vectors and
            the last coefficients along the axis. Of orders from half the degree on it is that of
            a series continued as it decays: seldom below a tenth of the error, often far above.
            A derivative loses digits, near n^2 at the ends of an axis of degree n and near n
            inside; compute f more accurately where that is too many.

        Examples
        --------
        >>> import chebtucker as ct
        >>> f = ct.from_function(lambda x, y: x**3 * y, [(0, 2), (1, 3)])
        >>> float(round(f.derivative((2, 1))(1.5, 2.0), 6))
        9.0
        """
        wanted = _checks.per_axis(orders, "orders", self.ndim, minimum=0)
        error = self.error
        for axis, order in enumerate(wanted):
            if order:
                act = partial(
                    calculus.differentiated, order=order, length=calculus.length(self.domain, axis)
                )
                error = accuracy.along(self.coefficients, axis, error, order).grown(act)
        coefficients = calculus.derivative(self.coefficients, self.domain, wanted)
        return replace(self, coefficients=coefficients, error=error)

    def gradient(self) -> tuple[Self, ...]:
        """Return the d first derivatives."""
        orders = np.eye(self.ndim, dtype=int).tolist()
        return tuple(self.derivative(tuple(order)) for order in orders)

    def laplacian(self) -> Self:
        """Return the sum of the second derivatives along all axes."""
        orders = (2 * np.eye(self.ndim, dtype=int)).tolist()
        return operators.total([self.derivative(tuple(order)) for order in orders])

    def antiderivative(self, axis: int) -> Self:
        """Return the integral from the lower end of one axis to x there.

        Its `error` is estimated as for `derivative`, and at most this one's times the length.
        """
        axis = self._axis(axis)
        coefficients = calculus.antiderivative(self.coefficients, self.domain, axis)
        return replace(self, coefficients=coefficients, error=self._integrated_error((axis,)))

    def integrate(self, axis: int | tuple[int, ...] | None = None) -> Any:
        """Return the integral over some axes as a function of the others, or over all: a float.

        The `error` of a function is estimated as for `antiderivative`.
        """
        axes = range(self.ndim) if axis is None else np.atleast_1d(np.asarray(axis)).tolist()
        chosen = tuple(sorted({self._axis(k) for k in axes}))
        rows = calculus.integral_rows(self.coefficients, self.domain, chosen)
        error = self._integrated_error(chosen) if len(chosen) < self.ndim else 0.0
        return self._contracted(rows, error)

    def _integrated_error(self, axes: tuple[int, ...]) -> float:
        error = self.error
        for axis in axes:
            side = calculus.length(self.domain, axis)
            act = partial(calculus.integrated, length=side)
            error = min(error * side, accuracy.along(self.coefficients, axis, error).grown(act))
        return error

    def mean(self) -> float:
        """Return the mean over the domain."""
        volume = float(np.prod(self.domain[:, 1] - self.domain[:, 0]))
        return float(self.integrate()) / volume

    def norm(self) -> float:
        """Return the L2 norm over the domain: the root of the integral of f^2."""
        return calculus.norm(self.coefficients, self.domain)

    def inner(self, other: State) -> float:
        """Return the integral over the domain of the product with another function."""
        operators.check_partner(self, other)
        return calculus.inner(self.coefficients, other.coefficients, self.domain)
