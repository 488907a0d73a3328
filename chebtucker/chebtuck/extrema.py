"""The global maximum of a function: a grid that resolves it, then a local search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.chebtuck.evaluation import on_axes
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

_GRID = 2**22  # points looked at
_STARTS = 8  # local searches


def maximum(
    coefficients: TuckerTensor,
    domain: Array,
    value: Callable[[Array], float],
    slope: Callable[[Array], Array],
) -> tuple[float, Array]:
    """Return the largest value and where it is; `value` and `slope` take a point (d,)."""
    from scipy.optimize import minimize

    scale = (domain[:, 1] - domain[:, 0]) / 2
    centre = domain.mean(axis=1)
    bounds = [(-1.0, 1.0)] * len(domain)

    def at(t: Array) -> Array:
        return np.clip(centre + scale * t, domain[:, 0], domain[:, 1])

    best = (-np.inf, centre)
    for start in _starts(coefficients):
        size = max(abs(value(at(start))), np.finfo(float).tiny)

        def downhill(t: Any, size: float = size) -> tuple[float, Any]:
            return -value(at(t)) / size, -slope(at(t)) * scale / size

        found = minimize(
            downhill,
            start,
            jac=True,
            bounds=bounds,
            method="L-BFGS-B",
            options={"ftol": 1e-16, "gtol": 1e-12},
        )
        for t in (start, found.x):
            best = max(best, (value(at(t)), at(t)), key=lambda pair: pair[0])
    return best


def _starts(coefficients: TuckerTensor) -> Array:
    """Return the largest local maxima over a Chebyshev grid on [-1, 1]^d, shape (s, d)."""
    d = coefficients.ndim
    most = max(3, int(_GRID ** (1 / d)))
    axes = [chebyshev.points(min(2 * n + 1, most)) for n in coefficients.shape]
    box = np.array([[-1.0, 1.0]] * d)
    values = on_axes(coefficients, box, axes, np.empty([len(x) for x in axes]))
    is_peak = np.ones(values.shape, dtype=bool)
    for axis in range(d):
        rise = np.diff(values, axis=axis) > 0
        ahead = [slice(None)] * d
        behind = [slice(None)] * d
        ahead[axis], behind[axis] = slice(None, -1), slice(1, None)
        is_peak[tuple(ahead)] &= ~rise
        is_peak[tuple(behind)] &= rise | (np.diff(values, axis=axis) == 0)
    where = np.argwhere(is_peak)
    order = np.argsort(-values[is_peak], kind="stable")[:_STARTS]
    return np.stack([axes[k][where[order, k]] for k in range(d)], axis=1)
