"""Values of a Tucker tensor of Chebyshev coefficients at points, where the arrays are on a device.

The same sums as in `evaluation`, in the words of the array API standard and in larger blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chebtucker import _arrays, chebyshev
from chebtucker.chebtuck import calculus

_BLOCK = 2**24  # entries of the arrays that a block of points needs


def rows_on(x: Any, factor: Any, interval: Any) -> Any:
    """Return the columns of a factor as functions at points of an interval, (r, M)."""
    xp = _arrays.namespace(factor)
    t = chebyshev.to_reference(x, float(interval[0]), float(interval[1]))
    polynomials = chebyshev.basis(t, factor.shape[0])  # (M, n)
    return xp.matmul(factor.T, polynomials.T)  # (r, n) @ (n, M)


def at_points(core: Any, factors: tuple[Any, ...], domain: Any, points: Any) -> Any:
    """Return values at points (M, d), shape (M,): 2 r^d flops a point, in blocks of points."""
    count, d = points.shape
    most = max(core.size // max(core.shape), *(u.shape[0] for u in factors))
    block = max(64, _BLOCK // most)
    parts = [_arrays.zeros((0,), core)]
    for first in range(0, count, block):
        part = points[first : min(first + block, count), :]
        rows = [rows_on(part[:, k], factors[k], domain[k]) for k in range(d)]
        parts.append(on_rows(core, rows))
    return _arrays.namespace(core).concat(parts)


def on_rows(core: Any, rows: Sequence[Any]) -> Any:
    """Return sum over a of core[a] prod_k rows[k][a_k, m], shape (M,); rows are (r_k, M)."""
    xp = _arrays.namespace(core)
    modes = sorted(range(core.ndim), key=lambda k: -core.shape[k])
    turned = xp.permute_dims(core, tuple(modes))
    leading = xp.reshape(turned, (core.shape[modes[0]], -1)).T  # (others, r)
    values = leading @ rows[modes[0]]  # (others, r) @ (r, M)
    for k in modes[1:]:
        values = xp.reshape(values, (core.shape[k], -1, values.shape[1]))
        values = xp.sum(values * rows[k][:, None, :], axis=0)
    return values[0, :]


def value_and_gradient(coefficients: Any, domain: Any, points: Any) -> tuple[Any, Any]:
    """Return values (M,) and gradients (M, d) at points (M, d): d + 1 contractions."""
    d = coefficients.ndim
    orders = [tuple(int(k == axis) for k in range(d)) for axis in range(d)]
    whole = [coefficients, *(calculus.derivative(coefficients, domain, o) for o in orders)]
    values, *slopes = [at_points(one.core, one.factors, domain, points) for one in whole]
    return values, _arrays.namespace(points).stack(slopes, axis=-1)
