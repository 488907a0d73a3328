"""Values of a Tucker tensor of Chebyshev coefficients, at points and on grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks, chebyshev
from chebtucker.tensors import TuckerTensor, multi_mode_dot

Array = NDArray[np.float64]

_BLOCK = 2**18  # entries of the arrays that a block of points needs
_ROWS = 2**23  # entries that are formed at once where the output is not float64


def basis_on(axis: Array, factor: Array, interval: Array) -> Array:
    """Return the columns of a factor as functions at points of an interval, (M, r)."""
    t = chebyshev.to_reference(axis, float(interval[0]), float(interval[1]))
    return chebyshev.basis(t, len(factor)) @ factor  # (M, n) @ (n, r)


def at_points(coefficients: TuckerTensor, domain: Array, points: Array) -> Array:
    """Return values at points (M, d), shape (M,): 2 r^d flops a point, in blocks of points."""
    core, factors = coefficients
    leading = core.reshape(core.shape[0], -1).T  # (r_2 .. r_d, r_1)
    widest = max(len(leading), *coefficients.shape)
    block = max(64, min(4096, _BLOCK // widest))
    result = np.empty(len(points))
    for start in range(0, len(points), block):
        part = points[start : start + block]
        columns = [
            basis_on(part[:, k], factors[k], domain[k]).T for k in range(core.ndim)
        ]  # (r_k, M)
        values = leading @ columns[0]  # (r_2 .. r_d, r_1) @ (r_1, M)
        for column in columns[1:]:
            values = values.reshape(len(column), -1, len(part))
            values = np.einsum("abm,am->bm", values, column)
        result[start : start + block] = values[0]
    return result


def grid_axes(axes: Sequence[Any], domain: Array) -> list[Array]:
    """Return 1-D arrays of points; an integer count means uniform with both ends included."""
    if len(axes) != len(domain):
        raise ValueError(
            f"`axes` must be {len(domain)} arrays or counts, one for each dimension, "
            f"got {len(axes)}"
        )
    result = []
    for k, axis in enumerate(axes):
        if np.ndim(axis) == 0:
            count = _checks.integer(axis, f"axes[{k}]", minimum=1)
            lo, hi = domain[k]
            points = np.linspace(lo, hi, count) if count > 1 else np.array([(lo + hi) / 2])
        else:
            points = _checks.shaped(axis, f"axes[{k}]", (None,))
            _checks.inside(points[:, None], domain[k : k + 1], f"axes[{k}]")
        result.append(points)
    return result


def on_axes(
    coefficients: TuckerTensor, domain: Array, axes: list[Array], out: NDArray[Any]
) -> NDArray[Any]:
    """Write the values on the product of the axes to `out`; the last product is the only large one.

    2 m^d r flops for m points an axis.
    """
    core, factors = coefficients
    sampled = [basis_on(x, u, box) for x, u, box in zip(axes, factors, domain, strict=True)]
    partial = multi_mode_dot(core, sampled[1:], range(1, core.ndim))
    partial = partial.reshape(core.shape[0], -1)  # (r_1, m_2 .. m_d)
    if out.dtype == np.float64 and out.flags.c_contiguous:
        np.matmul(sampled[0], partial, out=out.reshape(len(out), -1))  # (m_1, r_1) @ (r_1, ..)
        return out
    rows = max(1, _ROWS // max(1, partial.shape[1]))
    for start in range(0, len(out), rows):
        part = sampled[0][start : start + rows] @ partial
        out[start : start + rows] = part.reshape(-1, *out.shape[1:])
    return out


def is_open_grid(arrays: Sequence[NDArray[Any]]) -> bool:
    """Say whether array k has points along axis k only, as those of `numpy.ogrid` do."""
    d = len(arrays)
    return d > 1 and all(
        x.ndim == d and all(n == 1 for j, n in enumerate(x.shape) if j != k)
        for k, x in enumerate(arrays)
    )


def sample_points(domain: Array, count: int, seed: int = 0) -> Array:
    """Return points for checks, (count + corners, d), and all corners at the end.

    Half of them are uniform; half have the density of Chebyshev points, near the faces.
    """
    d = len(domain)
    rng = np.random.default_rng(seed)
    crowded = np.cos(rng.uniform(0, np.pi, (count // 2, d)))
    even = rng.uniform(-1, 1, (count - count // 2, d))
    corners = 1.0 - 2.0 * ((np.arange(2**d)[:, None] >> np.arange(d)) & 1)
    t = np.concatenate([crowded, even, corners])
    return chebyshev.from_reference(t, domain[:, 0], domain[:, 1])


def magnitude(coefficients: TuckerTensor) -> float:
    """Return about the largest absolute value, seen on a coarse Chebyshev grid."""
    d = coefficients.ndim
    most = max(3, int(300_000 ** (1 / d)))
    axes = [chebyshev.points(min(2 * n + 1, most)) for n in coefficients.shape]
    box = np.array([[-1.0, 1.0]] * d)
    out = np.empty([len(x) for x in axes])
    return float(np.abs(on_axes(coefficients, box, axes, out)).max())


def distance(a: TuckerTensor, b: TuckerTensor, *, count: int = 400) -> float:
    """Return about the largest difference of two functions: twice the largest seen at points."""
    box = np.array([[-1.0, 1.0]] * a.ndim)
    points = sample_points(box, count)
    return 2 * float(np.abs(at_points(a, box, points) - at_points(b, box, points)).max())
