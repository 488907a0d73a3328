"""Derivatives, integrals, inner products."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

import numpy as np

from chebtucker import _checks
from chebtucker.chebtuck import calculus, operators
from chebtucker.chebtuck.methods.state import State


class Analysis(State):
    """What calculus does with a function."""

    def derivative(self, orders: int | tuple[int, ...]) -> Self:
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

    def gradient(self) -> tuple[Self, ...]:
        """Return the d first derivatives."""
        orders = np.eye(self.ndim, dtype=int).tolist()
        return tuple(self.derivative(tuple(order)) for order in orders)

    def laplacian(self) -> Self:
        """Return the sum of the second derivatives along all axes."""
        orders = (2 * np.eye(self.ndim, dtype=int)).tolist()
        return operators.total([self.derivative(tuple(order)) for order in orders])

    def antiderivative(self, axis: int) -> Self:
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

    def inner(self, other: State) -> float:
        """Return the integral over the domain of the product with another function."""
        operators.check_partner(self, other)
        return calculus.inner(self.coefficients, other.coefficients, self.domain)
