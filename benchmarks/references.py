"""What is the least that an approximation needs? References that are resolved to rounding.

For a function on a box: its Chebyshev coefficients to all digits, as a Tucker tensor; from these
the smallest product grid whose interpolant meets a tolerance, and the lowest ranks whose truncated
HOSVD does. Interpolants on coarser grids follow from the coefficients by aliasing, so the
function is not called again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev

Array = NDArray[np.float64]

_MOST = 2**25  # values of a dense reference; beyond it the known rank is used
_ENLARGED = 2**23  # values of one that was enlarged
_LINES = 12
_CHECKS = 1500


@dataclass(frozen=True)
class Reference:
    """Coefficients in HOSVD form, and points to compare at.

    Parameters
    ----------
    core : ndarray, shape (R_1, .., R_d)
        All-orthogonal, up to rounding.
    factors : tuple of ndarray
        (N_k, R_k), orthonormal columns, the largest singular value first.
    sizes : tuple of ndarray
        The singular values (R_k,) of each unfolding.
    points : ndarray, shape (M, d)
        In [-1, 1]^d.
    values : ndarray, shape (M,)
        Of the function itself.
    largest : float
        The largest absolute value that was seen.
    """

    core: Array
    factors: tuple[Array, ...]
    sizes: tuple[Array, ...]
    points: Array
    values: Array
    largest: float

    @property
    def error(self) -> float:
        """How well the reference meets the function at the points, relative to the largest."""
        shape = tuple(len(u) for u in self.factors)
        return _error(self.core, _columns(self, shape), self.values) / self.largest


def reference(function: Any, seed: int = 5) -> Reference:
    """Return the reference of a function of the gallery."""
    box = np.array(function.domain)
    at = _on_reference_box(function, box)
    points, largest = _checks(at, len(box), seed)
    starts = np.concatenate([points[: 1 + 2 ** (len(box) + 1)], points[-_LINES:]])
    shape = [_resolved(at, starts, k, largest) for k in range(len(box))]
    if math.prod(shape) <= _MOST:
        core, factors = _projected(_dense(at, shape, largest))
    else:
        core, factors = _skeleton(at, shape, function.rank, seed)
    values = at(points)
    return _hosvd(core, factors, points, values, max(largest, float(np.abs(values).max())))


def smallest_grid(ref: Reference, rtol: float) -> tuple[int, ...]:
    """Return the points on each axis of the smallest grid whose interpolant meets `rtol`.

    The error is the largest at the points of the reference, relative to the largest value. First
    each axis alone gets the fewest points for a share of the tolerance; the largest share that
    meets it on all axes together is taken, and then points are taken away where that is possible.
    """
    ref = truncated(ref, 1e-3 * rtol)
    atol = rtol * ref.largest
    alone = [_AloneOnAxis(ref, k) for k in range(len(ref.factors))]
    for share in (1, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.01):
        shape = tuple(one.fewest(share * atol) for one in alone)
        if _grid_error(ref, shape) <= atol:
            break
    while True:
        fewer = [
            tuple(n - (step if j == k else 0) for j, n in enumerate(shape))
            for k in range(len(shape)) for step in (2, 1) if shape[k] > step
        ]  # fmt: skip
        fewer = sorted((one for one in fewer if min(one) > 0), key=math.prod)
        better = next((one for one in fewer if _grid_error(ref, one) <= atol), None)
        if better is None:
            return shape
        shape = better


def lowest_ranks(ref: Reference, rtol: float) -> tuple[int, ...]:
    """Return the ranks of the truncated HOSVD of lowest ranks that meets `rtol`.

    Every mode cuts off the same Frobenius norm, the largest (to 5 %) for which the error at the
    points of the reference, in the max norm, is within the tolerance.
    """
    atol = rtol * ref.largest
    columns = _columns(ref, tuple(len(u) for u in ref.factors))
    low, high = 1e-3 * atol, 1e3 * atol
    while high > 1.05 * low:
        cut = math.sqrt(low * high)
        r = _ranks(ref, cut)
        small = ref.core[tuple(slice(n) for n in r)]
        fits = _error(small, [c[:, :n] for c, n in zip(columns, r, strict=True)], ref.values)
        low, high = (cut, high) if fits <= atol else (low, cut)
    return _ranks(ref, low)


def truncated(ref: Reference, rtol: float) -> Reference:
    """Return the reference less what is below `rtol` of the largest value, Frobenius norm."""
    r = _ranks(ref, rtol * ref.largest)
    return Reference(
        ref.core[tuple(slice(n) for n in r)],
        tuple(u[:, :n] for u, n in zip(ref.factors, r, strict=True)),
        ref.sizes, ref.points, ref.values, ref.largest,
    )  # fmt: skip


def _ranks(ref: Reference, cut: float) -> tuple[int, ...]:
    """Return the ranks that cut off at most `cut` on each mode."""
    tails = [np.sqrt(np.cumsum(s[::-1] ** 2)[::-1]) for s in ref.sizes]
    return tuple(max(int(np.count_nonzero(t > cut)), 1) for t in tails)


class _AloneOnAxis:
    """Interpolation on one axis, with all other axes exact."""

    def __init__(self, ref: Reference, axis: int) -> None:
        self.factor = ref.factors[axis]
        self.x = ref.points[:, axis]
        columns = _columns(ref, tuple(len(u) for u in ref.factors))
        order = [axis, *(j for j in range(len(columns)) if j != axis)]
        rest = ref.core.transpose(order)
        self.rest = _contracted(rest, [columns[j] for j in order[1:]])  # (M, R_k)
        self.exact = np.einsum("mr,mr->m", columns[axis], self.rest)

    def error(self, n: int) -> float:
        column = chebyshev.basis(self.x, n) @ _aliased(self.factor, n)
        return float(np.abs(np.einsum("mr,mr->m", column, self.rest) - self.exact).max())

    def fewest(self, atol: float) -> int:
        low, high = 0, len(self.factor)
        while high - low > 1:
            n = (low + high) // 2
            low, high = (low, n) if self.error(n) <= atol else (n, high)
        while high > 1 and min(self.error(n) for n in range(max(high - 3, 1), high)) <= atol:
            high -= 1
        return high


def _grid_error(ref: Reference, shape: tuple[int, ...]) -> float:
    return _error(ref.core, _columns(ref, shape), ref.values)


def _columns(ref: Reference, shape: tuple[int, ...]) -> list[Array]:
    """Return the factors, interpolated on n_k points, at the points of the reference, (M, R_k)."""
    return [
        chebyshev.basis(ref.points[:, k], n) @ _aliased(ref.factors[k], n)
        for k, n in enumerate(shape)
    ]


def _aliased(coefficients: Array, n: int) -> Array:
    """Return the coefficients (n, R) of the interpolant at n points of series (N, R).

    On the points of degree m = n - 1, T_j equals T_p with p = j mod 2m, or 2m - p beyond m.
    """
    if n >= len(coefficients):
        return coefficients if n == len(coefficients) else np.pad(
            coefficients, ((0, n - len(coefficients)), (0, 0)))  # fmt: skip
    j = np.arange(len(coefficients))
    result = np.zeros((n, coefficients.shape[1]))
    if n == 1:
        signs = np.array([1.0, 0.0, -1.0, 0.0])[j % 4]  # T_j(0)
        result[0] = signs @ coefficients
        return result
    p = j % (2 * (n - 1))
    np.add.at(result, np.minimum(p, 2 * (n - 1) - p), coefficients)
    return result


def _error(core: Array, columns: list[Array], values: Array) -> float:
    leading = [core.reshape(1, *core.shape), *columns]
    approximate = _contracted(leading[0], leading[1:])[:, 0]
    return float(np.abs(approximate - values).max())


def _contracted(core: Array, columns: list[Array]) -> Array:
    """Return sum over all axes but the first of core times one row of each column, (M, R)."""
    if not columns:
        return core[None]
    result = np.empty((len(columns[0]), len(core)))
    block = max(2**22 // (core.size // core.shape[-1]), 16)
    flat = core.reshape(-1, core.shape[-1])
    for start in range(0, len(result), block):
        part = [c[start : start + block] for c in columns]
        values = part[-1] @ flat.T  # (m, R_d) @ (R_d, ..)
        for column in part[-2::-1]:
            values = values.reshape(len(column), -1, column.shape[1])
            values = (values @ column[:, :, None])[:, :, 0]
        result[start : start + block] = values
    return result


def _on_reference_box(function: Any, box: Array) -> Any:
    def at(points: Array) -> Array:
        columns = chebyshev.from_reference(points, *box.T).T
        return np.asarray(function(*np.ascontiguousarray(columns)), dtype=np.float64)

    return at


def _checks(at: Any, d: int, seed: int) -> tuple[Array, float]:
    """Return points, the first near the largest value, and that value."""
    rng = np.random.default_rng(seed)
    many = np.cos(rng.uniform(0, np.pi, (10**5, d)))
    sizes = np.abs(at(many))
    peak = many[np.argmax(sizes)]
    for reach in np.logspace(-1, -7, 13):
        near = np.clip(peak + reach * rng.uniform(-1, 1, (500, d)), -1, 1)
        found = np.abs(at(near))
        if found.max() > sizes.max():
            peak, sizes = near[np.argmax(found)], found
    corners = np.stack(np.meshgrid(*[[-1.0, 1.0]] * d, indexing="ij"), -1).reshape(-1, d)
    corners = np.concatenate([corners, corners * (1 - rng.uniform(0, 0.1, corners.shape))])
    steps = 10 ** rng.uniform(-3, 0, (_CHECKS // 4, 1))
    around = np.clip(peak + steps * rng.uniform(-1, 1, (len(steps), d)), -1, 1)
    points = np.concatenate(
        [peak[None], corners, around, rng.uniform(-1, 1, (_CHECKS // 2, d)), many[: _CHECKS // 4]]
    )
    return points, float(sizes.max())


def _resolved(at: Any, starts: Array, axis: int, largest: float) -> int:
    """Return how many coefficients lines along an axis have above rounding."""
    between = np.random.default_rng(axis).uniform(-1, 1, 9)
    n, before = 17, np.inf
    while True:
        coefficients = chebyshev.coefficients(_lines(at, starts, axis, chebyshev.points(n)))
        size = np.abs(coefficients).max(axis=1) / largest
        seen = chebyshev.basis(between, n) @ coefficients
        aliased = np.abs(seen - _lines(at, starts, axis, between)).max() > 1e-10 * largest
        tail = float(size[-(n // 4) :].max())
        small = tail < 1e-14 or (tail < 1e-12 and tail > 0.3 * before)
        if (small and not aliased) or n > 5000:
            return int(np.flatnonzero(size > max(3 * tail, 2e-15))[-1]) + 1
        n, before = 2 * n - 1, tail


def _lines(at: Any, starts: Array, axis: int, nodes: Array) -> Array:
    """Return values (n, s) at nodes on the lines along an axis through some points."""
    points = np.repeat(starts[None], len(nodes), axis=0)  # (n, s, d)
    points[:, :, axis] = nodes[:, None]
    return at(points.reshape(-1, starts.shape[1])).reshape(len(nodes), -1)


def _dense(at: Any, shape: list[int], largest: float) -> Array:
    """Return all coefficients on a grid, which is enlarged where the last ones are not small."""
    before = [np.inf] * len(shape)
    while True:
        tensor = _sampled(at, shape)
        longer, tails = [], []
        for k, n in enumerate(shape):
            size = np.abs(tensor).sum(axis=tuple(j for j in range(len(shape)) if j != k))
            tails.append(float(size[-2:].max()))
            enough = tails[k] <= (5e-15 + 1e-16 * n) * largest or tails[k] > 0.3 * before[k]
            longer.append(n if enough or n < 9 else round(1.25 * n) + 2)
        if longer == shape or math.prod(longer) > _ENLARGED:
            return tensor
        shape, before = longer, [t if m > n else b for t, b, m, n in zip(
            tails, before, longer, shape, strict=True)]  # fmt: skip


def _sampled(at: Any, shape: list[int]) -> Array:
    axes = [chebyshev.points(n) for n in shape]
    values = np.empty(math.prod(shape))
    for start in range(0, values.size, 2**18):
        index = np.unravel_index(np.arange(start, min(start + 2**18, values.size)), shape)
        values[start : start + 2**18] = at(
            np.stack([x[i] for x, i in zip(axes, index, strict=True)], axis=1)
        )
    tensor = values.reshape(shape)
    for axis in range(len(shape)):
        tensor = chebyshev.coefficients(tensor, axis)
    return tensor


def _projected(tensor: Array) -> tuple[Array, tuple[Array, ...]]:
    """Return core and orthonormal factors to rounding, by QR and SVD of one mode after another."""
    factors = []
    norm = float(np.linalg.norm(tensor))
    for axis in range(tensor.ndim):
        unfolding = np.moveaxis(tensor, axis, 0).reshape(tensor.shape[axis], -1)
        tall = unfolding.T
        upper = np.linalg.qr(tall, mode="r") if len(tall) > tall.shape[1] else tall
        _, sizes, left = np.linalg.svd(upper, full_matrices=False)  # rows of `left`: the factor
        rank = max(int(np.count_nonzero(sizes > 3e-16 * norm)), 1)
        factors.append(left[:rank].T)
        rest = [n for k, n in enumerate(tensor.shape) if k != axis]
        tensor = np.moveaxis((left[:rank] @ unfolding).reshape(rank, *rest), 0, axis)
    return tensor, tuple(factors)


def _skeleton(at: Any, shape: list[int], rank: Any, seed: int) -> tuple[Array, tuple[Array, ...]]:
    """Return core and factors of a function of known ranks from fibres at random places."""
    if rank is None:
        raise ValueError(f"`rank` must be known where the grid has {math.prod(shape)} points")
    rng = np.random.default_rng(seed)
    factors, places, inverses = [], [], []
    for axis, (n, r) in enumerate(zip(shape, rank, strict=True)):
        starts = rng.uniform(-0.9, 0.9, (8 * r, len(shape)))
        fibres = chebyshev.coefficients(_lines(at, starts, axis, chebyshev.points(n)))
        factor = np.linalg.svd(fibres, full_matrices=False)[0][:, :r]
        x = chebyshev.points(n)[np.unique(np.linspace(0, n - 1, 3 * r + 2).round().astype(int))]
        factors.append(factor)
        places.append(x)
        inverses.append(np.linalg.pinv(chebyshev.basis(x, n) @ factor))
    grid = np.stack(np.meshgrid(*places, indexing="ij"), axis=-1)
    core = at(grid.reshape(-1, len(shape))).reshape(grid.shape[:-1])
    for axis, inverse in enumerate(inverses):
        core = np.moveaxis(np.tensordot(inverse, core, (1, axis)), 0, axis)
    return core, tuple(factors)


def _hosvd(
    core: Array, factors: tuple[Array, ...], points: Array, values: Array, largest: float
) -> Reference:
    """Return the reference with the core rotated to all-orthogonality."""
    rotated, turned, sizes = core, [], []
    for axis, factor in enumerate(factors):
        unfolding = np.moveaxis(core, axis, 0).reshape(core.shape[axis], -1)
        left, size, _ = np.linalg.svd(unfolding, full_matrices=False)
        rotated = np.moveaxis(np.tensordot(left.T, rotated, (1, axis)), 0, axis)
        turned.append(factor @ left)
        sizes.append(size)
    return Reference(rotated, tuple(turned), tuple(sizes), points, values, largest)
