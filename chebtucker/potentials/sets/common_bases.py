"""From the moments of any charges to long parts in common bases: all that does not know a charge.

The coefficients are linear in the charges,

    C = sum_k w_k M x_1 G1_k x_2 G2_k x_3 G3_k,

so bases for the coefficients and for the moments can be chosen before the charges are known. For
charges without correlation, of unit l2 norm, the moments are noise of variance 1/8. What a basis
loses of the terms, each weighted by its size under such noise, is then known from the matrices
G alone. Moments are formed in their basis, and each Gaussian acts between the two bases, on as
many leading vectors as it is sharp.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.cells import Cells
from chebtucker.backends.threads import for_ranges, one_blas_thread
from chebtucker.blocks import BlockGrid, restricted
from chebtucker.decompositions.range_finders import Limits, by_lq
from chebtucker.kernels import GaussianSum
from chebtucker.potentials.long_range import moment_plan, source_box
from chebtucker.potentials.moments import (
    add_term,
    carried_up,
    gaussian_matrices,
    gaussian_sizes,
    sharpest,
    sorted_into,
)

Array = NDArray[np.float64]
Three = tuple[Array, Array, Array]

_NOISE = 8**-0.5  # standard deviation of the moments of charges of unit l2 norm
_SAFETY = 0.3  # neighbouring Gaussians lose the same directions
_TOGETHER = 4  # Gaussians whose directions are chosen together: few, or flat ones cost too much


@dataclass(frozen=True, eq=False)
class CommonBases:
    """Carries any charges on given positions to coefficients in common bases.

    Parameters
    ----------
    blocks : BlockGrid
        The blocks in which local moments are formed.
    cells : Cells
        The particles, sorted into them.
    up : tuple of ndarray, shape (B_k p_k, s_k)
        From local moments to moments in their basis, for each axis.
    factors : tuple of ndarray, shape (n_k, r_k)
        Orthonormal Chebyshev coefficients: the basis of the potentials.
    terms : tuple of tuples of ndarray
        For each Gaussian the matrices from leading basis moments to leading coefficients; its
        weight is in the last one.
    """

    blocks: BlockGrid
    cells: Cells
    up: Three
    factors: Three
    terms: tuple[Three, ...]

    def cores(self, charges: Array) -> Array:
        """Return coefficients (C, r_1, r_2, r_3) in the basis for charges (C, N)."""
        moments = self.moments(charges)
        cores = np.zeros((len(charges), *(u.shape[1] for u in self.factors)))

        def some(start: int, stop: int) -> None:
            for h in self.terms:
                add_term(moments[start:stop], h, cores[start:stop])

        with one_blas_thread():
            for_ranges(some, len(charges))
        return cores

    def moments(self, charges: Array) -> Array:
        """Return moments (C, s_1, s_2, s_3) in their basis for charges (C, N)."""
        order = self.cells.order
        return np.stack([carried_up(self.cells, q[order], self.blocks, self.up) for q in charges])


def common_bases(
    positions: Array, gaussians: GaussianSum, domain: Array, *, rtol: float, atol: float
) -> CommonBases:
    """Return bases for the potentials of charges on given positions.

    Parameters
    ----------
    positions : ndarray, shape (N, 3)
        Where the charges are.
    gaussians : GaussianSum
        The smooth function of the distance, not empty.
    domain : ndarray, shape (3, 2)
        Where the potentials are wanted.
    rtol : float
        Largest error of each Gaussian, relative to its height.
    atol : float
        Frobenius norm of the coefficients that may be cut off for charges of unit l2 norm without
        correlation.
    """
    source = source_box(positions)
    blocks, sizes = moment_plan(source, gaussians, rtol, len(positions))
    cells = sorted_into(blocks, positions)
    order = np.argsort(gaussians.exponents)
    rising = GaussianSum(gaussians.weights[order], gaussians.exponents[order])
    full = gaussian_sizes(domain, sharpest(gaussians), rtol)
    matrices = gaussian_matrices(rising, domain, source, (full, sizes), rtol)
    with one_blas_thread():
        axes = [
            _one_axis(k, matrices, rising.weights, (full[k], sizes[k]), _SAFETY * atol)
            for k in range(3)
        ]
    up = [
        restricted(axis.source, count, p)
        for count, p, axis in zip(blocks.counts, blocks.sizes, axes, strict=True)
    ]
    terms = tuple(
        (axes[0].terms[k], axes[1].terms[k], weight * axes[2].terms[k])
        for k, weight in enumerate(rising.weights)
    )
    return CommonBases(
        blocks, cells, (up[0], up[1], up[2]),
        (axes[0].target, axes[1].target, axes[2].target), terms,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Axis:
    target: Array  # (n_t, r)
    source: Array  # (n_s, s)
    terms: list[Array]  # leading parts of target.T @ G_k @ source


def _one_axis(
    axis: int,
    matrices: list[list[Array]],
    weights: Array,
    shape: tuple[int, int],
    atol: float,
) -> _Axis:
    others = [k for k in range(3) if k != axis]
    each = atol / np.sqrt(6 * len(matrices))  # of two bases on three axes, for every Gaussian
    limits = np.array([
        each / (_NOISE * abs(w) * float(np.prod([np.linalg.norm(g[k]) for k in others])))
        for w, g in zip(weights, matrices, strict=True)
    ])  # fmt: skip
    padded = np.zeros((len(matrices), *shape))
    for whole, g in zip(padded, matrices, strict=True):
        whole[: g[axis].shape[0], : g[axis].shape[1]] = g[axis]
    target = _nested_basis(padded, limits)
    seen = target.T @ padded  # (r, n_t) @ (K, n_t, n_s)
    source = _nested_basis(seen.transpose(0, 2, 1), limits)
    terms = [_leading(h, 0.3 * limit) for h, limit in zip(seen @ source, limits, strict=True)]
    return _Axis(target, source, terms)


def _nested_basis(matrices: Array, limits: Array) -> Array:
    """Return orthonormal columns of which each matrix (n, m) needs but the leading ones.

    Matrices come from the smoothest to the sharpest; a few at a time add what the basis lacks of
    them, up to Frobenius norms of their limits.
    """
    basis = np.empty((matrices.shape[1], 0))
    scaled = matrices / np.maximum(limits, 1e-300)[:, None, None]
    for first in range(0, len(matrices), _TOGETHER):
        group = scaled[first : first + _TOGETHER]
        rest = group - basis @ (basis.T @ group)
        rest -= basis @ (basis.T @ rest)
        atol = len(group) ** 0.5
        if np.linalg.norm(rest) > atol or basis.shape[1] == 0:
            new = by_lq(rest, Limits(atol, None, None), 0).basis
            both = np.concatenate([basis, new[:, : len(basis) - basis.shape[1]]], axis=1)
            basis, _ = np.linalg.qr(both)  # the rest is small: orthogonal only to some digits
    return basis


def _leading(matrix: Array, atol: float) -> Array:
    """Return the least leading part that leaves out rows and columns of norm at most `atol`."""
    squares = np.square(matrix)
    rows, columns = (
        max(int(np.count_nonzero(np.cumsum(squares.sum(axis=k)[::-1])[::-1] > atol**2)), 1)
        for k in (1, 0)
    )
    return np.ascontiguousarray(matrix[:rows, :columns])
