"""Chebyshev moments of particles, and the Gaussians that carry them to a potential.

    M_abc = sum_j q_j T_a(x_j) T_b(y_j) T_c(z_j)        on the box of the particles,
    C     = sum_k w_k M x_1 G1_k x_2 G2_k x_3 G3_k      on the box of the potential,

where exp(-a_k (x - c)^2) = sum_ij (G_k)_ij T_i(x) T_j(c) on each axis. The particles enter only
through M, and a Gaussian needs only as many leading rows and columns as it is sharp.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.backends import numba_cpu
from chebtucker.backends.products import first_mode_product, last_modes_product
from chebtucker.backends.threads import for_ranges, one_blas_thread
from chebtucker.blocks import BlockGrid, gaussian_size, local_matrix
from chebtucker.kernels import GaussianSum

Array = NDArray[np.float64]
Sizes = tuple[int, int, int]

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
    cells = numba_cpu.sort_into_cells(
        positions, np.ascontiguousarray(blocks.box[:, 0]), blocks.width, np.array(blocks.counts)
    )
    sorted_charges = charges[cells.order]
    p1, p2, p3 = blocks.sizes
    up = [
        local_matrix(n, count, p)
        for n, count, p in zip(sizes, blocks.counts, blocks.sizes, strict=True)
    ]
    carried = np.empty((len(up[0]), sizes[1], sizes[2]))
    group = max(_SLAB_BYTES // (8 * p1 * len(up[1]) * len(up[2])), 1)
    for first in range(0, blocks.counts[0], group):
        last = min(first + group, blocks.counts[0])
        inside = local(cells, sorted_charges, (p1, p2, p3), (first, last))
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
    sharpest = float(gaussians.exponents.max(initial=0.0))
    coefficients = np.zeros(gaussian_sizes(target, sharpest, atol))
    terms = [
        (
            weight,
            _matrices(exponent, target, source, coefficients.shape, moments.shape, atol * share),
        )
        for weight, exponent, share in zip(
            gaussians.weights, gaussians.exponents, _shares(gaussians), strict=True
        )
    ]
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
                _add_term(part, g1[a::2, a::2], g2[b::2, b::2], weight * g3[c::2, c::2], out)
            coefficients[a::2, b::2, c::2] = out

    with one_blas_thread():
        for_ranges(some, 8)
    return coefficients


def _shares(gaussians: GaussianSum) -> Array:
    """Return the part of the tolerance that each Gaussian may use.

    Flat Gaussians are cheap, and some have large weights of both signs: with their weights, their
    errors are to fall from the sharpest on as the exponents do.
    """
    sizes = np.abs(gaussians.weights)
    falling = gaussians.exponents / gaussians.exponents.max(initial=1e-300)
    allowed = float((sizes * np.sqrt(falling)).max(initial=0.0)) * falling
    return np.minimum(allowed / np.maximum(sizes, 1e-300), 1.0)


def _concentric(source: Array, target: Array) -> bool:
    apart = np.abs(source.mean(axis=1) - target.mean(axis=1))
    return bool((apart <= 1e-14 * np.abs(target).max(axis=1)).all())


def _matrices(
    exponent: float,
    target: Array,
    source: Array,
    most: tuple[int, ...],
    shape: tuple[int, ...],
    atol: float,
) -> list[Array]:
    """Return the interaction matrices of the three axes, as large as this Gaussian needs.

    At most from `shape` moments to `most` coefficients.
    """
    rows, columns = gaussian_sizes(target, exponent, atol), gaussian_sizes(source, exponent, atol)
    return [
        interaction_matrix(
            exponent, target[k], source[k], (min(rows[k], most[k]), min(columns[k], shape[k]))
        )
        for k in range(3)
    ]


def _add_term(moments: Array, g1: Array, g2: Array, g3: Array, out: Array) -> None:
    """Add the leading moments x_1 g1 x_2 g2 x_3 g3 to the leading part of `out`."""
    if min(g1.shape + g2.shape + g3.shape) == 0:
        return
    leading = moments[: g1.shape[1], : g2.shape[1], : g3.shape[1]]
    last = np.ascontiguousarray(leading).reshape(-1, g3.shape[1]) @ g3.T
    both = np.matmul(g2, last.reshape(g1.shape[1], g2.shape[1], len(g3)))  # (c1, r2, r3)
    term = g1 @ both.reshape(g1.shape[1], -1)  # (r1, c1) @ (c1, r2 r3)
    out[: len(g1), : len(g2), : len(g3)] += term.reshape(len(g1), len(g2), len(g3))
