"""Chebyshev moments of particles, and the Gaussians that carry them to a potential.

    M_abc = sum_j q_j T_a(x_j) T_b(y_j) T_c(z_j)        on the box of the particles,
    C     = sum_k w_k M x_1 G1_k x_2 G2_k x_3 G3_k      on the box of the potential,

where exp(-a_k (x - c)^2) = sum_ij (G_k)_ij T_i(x) T_j(c) on each axis. The particles enter only
through M, and a Gaussian needs only as many leading rows and columns as it is sharp.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.backends import numba_cpu
from chebtucker.backends.cells import Cells
from chebtucker.backends.products import first_mode_product, last_modes_product
from chebtucker.backends.threads import for_ranges, one_blas_thread
from chebtucker.blocks import BlockGrid, gaussian_size, local_matrix
from chebtucker.kernels import GaussianSum

Array = NDArray[np.float64]
Sizes = tuple[int, int, int]
Shape = tuple[int, ...]

_SLAB_BYTES = 2**26
_BLOCK_SIZES = (8, 12, 16, 24, 32)  # coefficients of the box for each block
_FLOP, _LOCAL_FLOP = 4e-11, 3.5e-11  # seconds of an operation in dense algebra, in local moments


def gaussian_sizes(box: Array, exponent: float, atol: float) -> Sizes:
    """Return the number of Chebyshev coefficients per axis that a Gaussian needs on a box."""
    lengths = box[:, 1] - box[:, 0]
    n1, n2, n3 = (gaussian_size(exponent, float(length), atol) for length in lengths)
    return n1, n2, n3


def moment_blocks(
    box: Array, exponent: float, sizes: Sizes, atol: float, particles: int
) -> BlockGrid:
    """Return blocks on which the sharpest Gaussian has a dozen or two coefficients per axis.

    Small blocks suit many particles, large blocks are carried up faster.
    """

    def blocks(each: int) -> BlockGrid:
        counts = tuple(max(math.ceil(n / each), 1) for n in sizes)
        width = (box[:, 1] - box[:, 0]) / counts
        local = gaussian_sizes(np.stack([np.zeros(3), width], axis=1), exponent, atol)
        return BlockGrid(box, counts, tuple(min(p, n) for p, n in zip(local, sizes, strict=True)))

    def seconds(grid: BlockGrid) -> float:
        m1, m2, m3 = (count * p for count, p in zip(grid.counts, grid.sizes, strict=True))
        n1, n2, n3 = sizes
        carrying = 2 * (m1 * m2 * m3 * n3 + m1 * m2 * n2 * n3 + m1 * n1 * n2 * n3)
        return carrying * _FLOP + 2 * particles * math.prod(grid.sizes) * _LOCAL_FLOP

    return min((blocks(each) for each in _BLOCK_SIZES), key=seconds)


def moment_tensor(
    positions: Array,
    charges: Array,
    blocks: BlockGrid,
    sizes: Sizes,
    *,
    local: Callable[..., Array] = numba_cpu.local_moments,
) -> Array:
    """Return the moments M, shape `sizes`, of charges (N,) at positions (N, 3) inside the box.

    The particles are sorted into the blocks, local moments are formed there (2 p^3 flops a
    particle) and carried up by one small matrix per axis, whatever N is. A charge thereby acts
    through the local interpolants of the T_a: exact for whatever the blocks resolve. With another
    `local` the rows of `charges` may be moments of any kind.
    """
    cells = sorted_into(blocks, positions)
    up = [
        local_matrix(n, count, p)
        for n, count, p in zip(sizes, blocks.counts, blocks.sizes, strict=True)
    ]
    return carried_up(cells, charges[cells.order], blocks, up, local)


def sorted_into(blocks: BlockGrid, positions: Array) -> Cells:
    """Return particles sorted into the blocks."""
    low = np.ascontiguousarray(blocks.box[:, 0])
    return numba_cpu.sort_into_cells(positions, low, blocks.width, np.array(blocks.counts))


def carried_up(
    cells: Cells,
    charges: Array,
    blocks: BlockGrid,
    up: Sequence[Array],
    local: Callable[..., Array] = numba_cpu.local_moments,
) -> Array:
    """Return local moments of charges in the order of the cells, carried up by `up`.

    One matrix (B_k p_k, s_k) for each axis gives moments of shape (s_1, s_2, s_3).
    """
    p1 = blocks.sizes[0]
    carried = np.empty((len(up[0]), up[1].shape[1], up[2].shape[1]))
    group = max(_SLAB_BYTES // (8 * p1 * len(up[1]) * len(up[2])), 1)
    for first in range(0, blocks.counts[0], group):
        last = min(first + group, blocks.counts[0])
        inside = local(cells, charges, blocks.sizes, (first, last))
        carried[first * p1 : last * p1] = last_modes_product(inside, up[1].T, up[2].T)
    return first_mode_product(carried, up[0].T)


def interaction_matrix(
    exponent: float, target: Array, source: Array, shape: tuple[int, int]
) -> Array:
    """Return G with exp(-a (x - c)^2) = sum_ij G_ij T_i(x) T_j(c), x in target, c in source."""
    x = chebyshev.from_reference(chebyshev.points(shape[0]), *target)
    c = chebyshev.from_reference(chebyshev.points(shape[1]), *source)
    samples = np.exp(-exponent * (x[:, None] - c) ** 2)
    return chebyshev.coefficients(chebyshev.coefficients(samples, axis=0), axis=1)


def translated(
    moments: Array, gaussians: GaussianSum, source: Array, target: Array, atol: float
) -> Array:
    """Return the Chebyshev coefficients C on `target` of the potential of moments on `source`.

    Cost: 2 (p_s^3 p_t + p_s^2 p_t^2 + p_s p_t^3) flops a Gaussian of sizes p_s, p_t; half of that
    where the boxes have the same centre, because even functions then stay even.
    """
    coefficients = np.zeros(gaussian_sizes(target, sharpest(gaussians), atol))
    matrices = gaussian_matrices(
        gaussians, target, source, (coefficients.shape, moments.shape), atol
    )
    terms = list(zip(gaussians.weights, matrices, strict=True))
    if not _concentric(source, target):
        for weight, (g1, g2, g3) in terms:
            leading = np.ascontiguousarray(moments[: g1.shape[1], : g2.shape[1], : g3.shape[1]])
            term = first_mode_product(last_modes_product(leading, g2, weight * g3), g1)
            coefficients[: len(g1), : len(g2), : len(g3)] += term
        return coefficients

    def some(start: int, stop: int) -> None:
        for a, b, c in list(itertools.product((0, 1), repeat=3))[start:stop]:
            part = np.ascontiguousarray(moments[a::2, b::2, c::2])
            out = np.zeros(coefficients[a::2, b::2, c::2].shape)
            for weight, (g1, g2, g3) in terms:
                parities = g1[a::2, a::2], g2[b::2, b::2], weight * g3[c::2, c::2]
                add_term(part[None], parities, out[None])
            coefficients[a::2, b::2, c::2] = out

    with one_blas_thread():
        for_ranges(some, 8)
    return coefficients


def gaussian_matrices(
    gaussians: GaussianSum, target: Array, source: Array, most: tuple[Shape, Shape], atol: float
) -> list[list[Array]]:
    """Return the interaction matrices of each Gaussian, on each axis as large as it needs.

    `most` are the numbers of coefficients and of moments that there are on the axes.
    """
    sizes = needed_sizes(gaussians, target, source, most, atol)
    return [
        [
            interaction_matrix(exponent, target[k], source[k], (rows[k], columns[k]))
            for k in range(3)
        ]
        for exponent, (rows, columns) in zip(gaussians.exponents, sizes, strict=True)
    ]


def needed_sizes(
    gaussians: GaussianSum, target: Array, source: Array, most: tuple[Shape, Shape], atol: float
) -> list[tuple[Shape, Shape]]:
    """Return the numbers of coefficients and of moments on the axes that each Gaussian needs.

    Flat Gaussians are cheap, and some have large weights of both signs: with their weights, their
    errors are to fall from the sharpest on as the exponents do.
    """
    weights = np.abs(gaussians.weights)
    falling = gaussians.exponents / sharpest(gaussians)
    allowed = float((weights * np.sqrt(falling)).max(initial=0.0)) * falling
    shares = np.minimum(allowed / np.maximum(weights, 1e-300), 1.0)
    found = []
    for exponent, share in zip(gaussians.exponents, shares, strict=True):
        rows, columns = (
            tuple(map(min, gaussian_sizes(box, exponent, atol * share), limit))
            for box, limit in zip((target, source), most, strict=True)
        )
        found.append((rows, columns))
    return found


def sharpest(gaussians: GaussianSum) -> float:
    """Return the largest exponent of a sum that is not empty."""
    return float(gaussians.exponents.max())


def _concentric(source: Array, target: Array) -> bool:
    apart = np.abs(source.mean(axis=1) - target.mean(axis=1))
    return bool((apart <= 1e-14 * np.abs(target).max(axis=1)).all())


def add_term(moments: Array, matrices: Sequence[Array], out: Array) -> None:
    """Add the leading moments x_1 g1 x_2 g2 x_3 g3 to the leading part of `out`.

    Both have an axis before those three, for any number of moment tensors.
    """
    g1, g2, g3 = matrices
    if min(g1.shape + g2.shape + g3.shape) == 0:
        return
    count = len(moments)
    leading = moments[:, : g1.shape[1], : g2.shape[1], : g3.shape[1]]
    last = np.ascontiguousarray(leading).reshape(-1, g3.shape[1]) @ g3.T
    both = np.matmul(g2, last.reshape(-1, g2.shape[1], len(g3)))  # (C c1, r2, r3)
    term = np.matmul(g1, both.reshape(count, g1.shape[1], -1))  # (r1, c1) @ (C, c1, r2 r3)
    out[:, : len(g1), : len(g2), : len(g3)] += term.reshape(count, len(g1), len(g2), len(g3))
