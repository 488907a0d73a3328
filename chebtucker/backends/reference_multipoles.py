"""Sums over multipoles in plain NumPy: the definition of what the compiled loops compute.

A row of moments is q, p_x, p_y, p_z, Q_xx, Q_yy, Q_zz, Q_xy, Q_xz, Q_yz. Its potential for a radial
kernel K is (q - p_a d_a + (1/2) Q_ab d_a d_b) K(|x|). Columns of derivatives are

    1;  x, y, z;  xx, yy, zz, xy, xz, yz;  xxx, yyy, zzz, xxy, xxz, xyy, yyz, xzz, yzz, xyz.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.cells import Cells

Array = NDArray[np.float64]

FIRST = ((0,), (1,), (2,))
SECOND = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
THIRD = (
    (0, 0, 0), (1, 1, 1), (2, 2, 2), (0, 0, 1), (0, 0, 2),
    (0, 1, 1), (1, 1, 2), (0, 2, 2), (1, 2, 2), (0, 1, 2),
)  # fmt: skip
AXES: tuple[tuple[int, ...], ...] = ((), *FIRST, *SECOND, *THIRD)
"""The axes of the derivatives, column by column."""

COLUMNS = (1, 4, 10, 20)
"""How many derivatives there are up to orders 0, 1, 2, 3."""


def radial_tensor(away: Array, radial: Array, axes: tuple[int, ...]) -> Array:
    """Return the derivative of K(|x|) along the axes at x (..., 3), from ((1/r) d/dr)^n K.

    The sum over all ways to pair some axes: delta for each pair, x_a for each that is left.
    """
    total = np.zeros(away.shape[:-1])
    n = len(axes)
    for pairs in range(n // 2 + 1):
        for chosen in combinations(range(n), 2 * pairs):
            left = [away[..., axes[k]] for k in range(n) if k not in chosen]
            ways = _pairings([axes[k] for k in chosen])
            if ways:
                total += ways * np.prod([np.ones(total.shape), *left], axis=0) * radial[n - pairs]
    return total


def _pairings(axes: list[int]) -> int:
    """Return in how many ways equal axes can be paired off."""
    if not axes:
        return 1
    rest = axes[1:]
    return sum(_pairings(rest[:k] + rest[k + 1 :]) for k, a in enumerate(rest) if a == axes[0])


def moment_terms(moments: Array) -> list[tuple[Array, tuple[int, ...]]]:
    """Return factors (N,) and axes: the potential is the sum of factor times derivative of K."""
    terms: list[tuple[Array, tuple[int, ...]]] = [(moments[:, 0], ())]
    terms += [(-moments[:, 1 + k], axes) for k, axes in enumerate(FIRST)]
    halves = (0.5, 0.5, 0.5, 1.0, 1.0, 1.0)
    terms += [(h * moments[:, 4 + k], SECOND[k]) for k, h in enumerate(halves)]
    return terms


def multipole_sums(away: Array, radial: Array, moments: Array, order: int) -> Array:
    """Return the derivatives up to an order of the potential of N multipoles at M points.

    Parameters
    ----------
    away : ndarray, shape (M, N, 3)
        From multipoles to points.
    radial : ndarray, shape (order + 3, M, N)
        ((1/r) d/dr)^n K at the distances.
    moments : ndarray, shape (N, 10)
    order : int
        At most 3.

    Returns
    -------
    ndarray, shape (M, COLUMNS[order])
    """
    columns = []
    for target in AXES[: COLUMNS[order]]:
        column = np.zeros(len(away))
        for factor, source in moment_terms(moments):
            if factor.any():
                column += radial_tensor(away, radial, target + source) @ factor
        columns.append(column)
    return np.stack(columns, axis=-1)


def short_multipoles(
    points: Array,
    cells: Cells,
    moments: Array,
    cutoff: float,
    tables: Array,
    is_even: bool,
    skip: NDArray[np.int64],
    order: int,
) -> Array:
    """Return the derivatives up to an order of the short part at points (M, 3).

    `tables` are the polynomials of `kernels.short_derivatives`, one row for each n; rows that
    are missing are zero. `skip` as in `reference.short_values`. At a particle the value is
    charge times inf, nan if the particle has more than a charge, and all derivatives are nan.
    """
    away = points[:, None] - cells.positions  # (M, N, 3)
    r = np.linalg.norm(away, axis=-1)
    near = r < cutoff
    own = np.flatnonzero(skip >= 0)
    near[own, skip[own]] = False
    on = near & (r == 0)
    inverse = 1 / np.where(near & ~on, r, np.inf)  # 0 for pairs that do not count
    radial = np.zeros((order + 3, *r.shape))
    double_factorial = 1.0
    for n, table in enumerate(tables[: order + 3]):
        if is_even:
            smooth = np.polyval(table, 2 * (r / cutoff) ** 2 - 1)
            radial[n] = (-1) ** n * double_factorial * inverse ** (2 * n + 1)
            radial[n] += np.where(inverse > 0, smooth, 0.0)
        else:
            radial[n] = np.polyval(table, 2 * r / cutoff - 1) * inverse ** (2 * n + 1)
        double_factorial *= 2 * n + 1
    sums = multipole_sums(away, radial, moments, order)
    for m, j in np.argwhere(on):
        sums[m, 0] += np.nan if moments[j, 1:].any() else moments[j, 0] * np.inf
        sums[m, 1:] = np.nan
    return sums


def local_multipole_moments(
    cells: Cells, moments: Array, degrees: tuple[int, int, int], slab: tuple[int, int]
) -> Array:
    """Return the Chebyshev moments of multipoles in each cell; see `reference.local_moments`.

    sum_j (q_j + p_j . d + (1/2) Q_j : d d) T_i T_j T_k at (s_j, t_j, u_j), where d are the
    derivatives with respect to the position.
    """
    count = slab[1] - slab[0]
    p, shape = degrees, cells.shape
    out = np.zeros((count, p[0], shape[1], p[1], shape[2], p[2]))
    for c in np.ndindex(count, shape[1], shape[2]):
        b = np.array([c[0] + slab[0], c[1], c[2]])
        flat = (b[0] * shape[1] + b[1]) * shape[2] + b[2]
        rows = slice(cells.starts[flat], cells.starts[flat + 1])
        local = 2 * (cells.positions[rows] - cells.low) / cells.width - 2 * b - 1
        basis = [
            [_basis(local[:, k], p[k], m) * (2 / cells.width[k]) ** m for m in range(3)]
            for k in range(3)
        ]
        for factor, axes in moment_terms(moments[rows]):
            sign = -1.0 if len(axes) == 1 else 1.0  # the derivatives are with respect to the source
            tables = [basis[k][axes.count(k)] for k in range(3)]
            out[c[0], :, c[1], :, c[2], :] += np.einsum(
                "n,na,nb,nc->abc", sign * factor, *tables, optimize=True
            )
    return out.reshape(count * p[0], shape[1] * p[1], shape[2] * p[2])


def _basis(x: Array, n: int, order: int) -> Array:
    """Return the derivatives of T_0..T_{n-1} at x (N,), shape (N, n)."""
    cheb: Any = np.polynomial.chebyshev
    return np.stack([cheb.chebval(x, cheb.chebder(row, order)) for row in np.eye(n)], axis=-1)
