"""The hot loops in plain NumPy: slow, short, and the definition of what the others compute."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.cells import Cells

Array = NDArray[np.float64]


def sort_into_cells(positions: Array, low: Array, width: Array, shape: NDArray[np.int64]) -> Cells:
    """Sort points (N, 3) into a box of cells; points outside go to the nearest cell."""
    index = np.floor((positions - low) / width).astype(np.int64)
    index = np.clip(index, 0, shape - 1)
    flat = (index[:, 0] * shape[1] + index[:, 1]) * shape[2] + index[:, 2]
    order = np.argsort(flat, kind="stable")
    starts = np.searchsorted(flat[order], np.arange(np.prod(shape) + 1))
    return Cells(positions[order], order, starts.astype(np.int64), low, width, shape)


def direct_values(points: Array, positions: Array, charges: Array, screening: float) -> Array:
    """Return sum_j q_j exp(-screening r_j)/r_j at points (M, 3)."""
    r = np.linalg.norm(points[:, None] - positions, axis=-1)  # (M, N)
    with np.errstate(divide="ignore"):
        return (np.exp(-screening * r) / r) @ charges


def direct_gradients(points: Array, positions: Array, charges: Array, screening: float) -> Array:
    """Return the gradient (M, 3) of `direct_values`."""
    away = points[:, None] - positions  # (M, N, 3)
    r = np.linalg.norm(away, axis=-1)
    slope = -np.exp(-screening * r) * (1 + screening * r) / r**3 * charges
    return np.einsum("mj,mjk->mk", slope, away)


def polynomial_short(
    r: Array, coefficients: Array, cutoff: float, is_even: bool
) -> tuple[Array, Array]:
    """Return the short-range kernel at distances r and its derivative; zero beyond the cutoff."""
    slope = np.polyder(coefficients)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1 / r
        if is_even:
            y = 2 * (r / cutoff) ** 2 - 1
            value = inverse + np.polyval(coefficients, y)
            derivative = -(inverse**2) + np.polyval(slope, y) * 4 * r / cutoff**2
        else:
            y = 2 * r / cutoff - 1
            value = inverse * np.polyval(coefficients, y)
            derivative = inverse * np.polyval(slope, y) * 2 / cutoff - inverse * value
    near = r < cutoff
    return np.where(near, value, 0.0), np.where(near, derivative, 0.0)


def short_values(
    points: Array,
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: Array,
    is_even: bool,
    skip: NDArray[np.int64],
) -> Array:
    """Return sum over j of q_j short(|x - x_j|) at points (M, 3).

    `charges` are in the order of the cells; `skip[m]` is the row of the particle that point m is,
    which is left out, or -1. The dtype of `coefficients` says in which precision pairs may be
    evaluated, once the differences of positions are taken.
    """
    r = np.linalg.norm(points[:, None] - cells.positions, axis=-1)  # (M, N)
    values = polynomial_short(r, coefficients, cutoff, is_even)[0]
    own = np.flatnonzero(skip >= 0)
    values[own, skip[own]] = 0.0
    return values @ charges


def short_gradients(
    points: Array,
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: Array,
    is_even: bool,
    skip: NDArray[np.int64],
) -> Array:
    """Return the gradient (M, 3) of `short_values`."""
    away = points[:, None] - cells.positions  # (M, N, 3)
    r = np.linalg.norm(away, axis=-1)
    slope = polynomial_short(r, coefficients, cutoff, is_even)[1] * charges
    with np.errstate(divide="ignore", invalid="ignore"):
        over_r = slope / r
    own = np.flatnonzero(skip >= 0)
    over_r[own, skip[own]] = 0.0
    return np.einsum("mj,mjk->mk", over_r, away)


def add_short_on_grid(
    axes: tuple[Array, Array, Array],
    cells: Cells,
    charges: Array,
    cutoff: float,
    coefficients: Array,
    is_even: bool,
    out: Array,
) -> None:
    """Add sum over j of q_j short(|x - x_j|) on the product of three axes to `out`."""
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    nobody = np.full(len(grid), -1)
    sums = short_values(grid, cells, charges, cutoff, coefficients, is_even, nobody)
    out += sums.reshape(out.shape)


def local_moments(
    cells: Cells, charges: Array, degrees: tuple[int, int, int], slab: tuple[int, int]
) -> Array:
    """Return the Chebyshev moments of the charges in each cell of the x-slabs [slab[0], slab[1]).

    Result: shape ((slab[1] - slab[0]) p1, B2 p2, B3 p3), the moments of cell (b1, b2, b3) in
    rows b1 p1 + i and so on: sum_j q_j T_i(s_j) T_j(t_j) T_k(u_j), (s, t, u) in [-1, 1] across
    the cell.
    """
    p = degrees
    count = slab[1] - slab[0]
    moments = np.zeros((count, p[0], cells.shape[1], p[1], cells.shape[2], p[2]))
    for c in np.ndindex(count, cells.shape[1], cells.shape[2]):
        b = (c[0] + slab[0], c[1], c[2])
        flat = (b[0] * cells.shape[1] + b[1]) * cells.shape[2] + b[2]
        rows = slice(cells.starts[flat], cells.starts[flat + 1])
        local = 2 * (cells.positions[rows] - cells.low) / cells.width - 2 * np.array(b) - 1
        basis = [np.polynomial.chebyshev.chebvander(local[:, k], p[k] - 1) for k in range(3)]
        moments[c[0], :, c[1], :, c[2], :] = np.einsum(
            "n,na,nb,nc->abc", charges[rows], *basis, optimize=True
        )
    return moments.reshape(count * p[0], cells.shape[1] * p[1], cells.shape[2] * p[2])


def local_values(
    points: Array, box: Array, series: Array, values: Array, slopes: Array | None = None
) -> None:
    """Write the values of local Chebyshev series at points (M, d) to `values` (M,).

    `series` (B_1, .., B_d, p_1, .., p_d) holds the coefficients on every block of the box (d, 2),
    d at most 3; a point outside belongs to the nearest block. Gradients go to `slopes` (M, d).
    The transpose of `local_moments`.
    """
    d = points.shape[1]
    cheb: Any = np.polynomial.chebyshev
    evaluate = (cheb.chebval, cheb.chebval2d, cheb.chebval3d)[d - 1]
    width = (box[:, 1] - box[:, 0]) / series.shape[:d]
    index = np.clip(np.floor((points - box[:, 0]) / width), 0, np.array(series.shape[:d]) - 1)
    local = 2 * ((points - box[:, 0]) / width - index) - 1
    for b in np.ndindex(series.shape[:d]):
        rows = np.flatnonzero((index == b).all(axis=1))
        values[rows] = evaluate(*local[rows].T, series[b])
        if slopes is None:
            continue
        for k in range(d):
            slope = cheb.chebder(series[b], axis=k)
            if slope.shape[k] == 0:
                slope = np.zeros((1,) * d)
            slopes[rows, k] = evaluate(*local[rows].T, slope) * 2 / width[k]


def sparse_bilinear(
    a: Array,
    b: Array,
    pairs: NDArray[np.int32],
    mirrored: NDArray[np.bool_],
    starts: NDArray[np.int64],
    where: NDArray[np.int32],
    values: Array,
    blocks: NDArray[np.int64],
) -> Array:
    """Return out (B, size) with out[:, k] the sum of value * product over the entries at k.

    The entries starts[p]:starts[p + 1] share the product a[:, i] b[:, j] with (i, j) = pairs[p];
    where a pair is mirrored, a[:, j] b[:, i] is added to it. Rows of `blocks` are a first pair
    and a first k: pairs blocks[n, 0]:blocks[n + 1, 0] have all entries of their range of k.
    """
    i, j = pairs.T
    product = a.T[i] * b.T[j]  # (pairs, B)
    product[mirrored] += a.T[j[mirrored]] * b.T[i[mirrored]]
    out = np.zeros((blocks[-1, 1], len(a)))
    np.add.at(out, where, values[:, None] * np.repeat(product, np.diff(starts), axis=0))
    return out.T


def multiply_parities(f: Array, g: Array) -> None:
    """Replace the parts f (8, S) by those of the sum over eight images of f g.

    The images of a node are its reflections; the value of a function at image r is the sum of
    its parts q, minus where q & r has an odd number of bits. The transform back is the same.
    """
    mix = np.array([[1.0]])
    for _ in range(3):
        mix = np.block([[mix, mix], [mix, -mix]])
    f[:] = mix @ ((mix @ f) * (mix @ g))


def gather_columns(a: Array, index: NDArray[np.int64]) -> Array:
    """Return out[r, s, c] = a[s, index[r, c]]."""
    return np.moveaxis(a[:, index], 1, 0)


def scatter_columns(blocks: Array, row: NDArray[np.int64], column: NDArray[np.int64]) -> Array:
    """Return out[s, j] = blocks[row[j], s, column[j]]."""
    return blocks[row, :, column].T
