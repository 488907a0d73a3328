"""Orthonormal bases of what a tensor spans along one mode, by three methods.

Each takes the tensor as (a, n, b) with the mode in the middle and returns `Range`: the basis
(n, r), the tensor in that basis (a, r, b) and the Frobenius norm of what was left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.decompositions.truncation import rank_for_tolerance
from chebtucker.tensors.modes import triangle

Array = NDArray[np.float64]

# Squaring loses what is below sqrt(eps) of the largest singular value, and splitting at SPLIT
# leaves eps / SPLIT of it in the small part: both meet at eps**(1/4).
_SPLIT = 1e-4


class Range(NamedTuple):
    """A basis, the tensor projected on it, and the norm of the rest."""

    basis: Array  # (n, r)
    projected: Array  # (a, r, b)
    discarded: float


class Limits(NamedTuple):
    """How many columns are wanted: `rank`, or what `atol` needs and at most `max_rank`."""

    atol: float
    rank: int | None
    max_rank: int | None

    def choose(self, singular_values: Array) -> int:
        """Return the rank for given singular values, descending."""
        if self.rank is not None:
            return min(self.rank, len(singular_values))
        return rank_for_tolerance(singular_values, self.atol, self.max_rank)


def by_gram(tensor: Array, limits: Limits, seed: int) -> Range:
    """Eigenvectors of the Gram matrix, in two steps so that few digits are lost.

    The first step turns the tensor into the eigenbasis. Rows below 1e-4 of the largest have lost
    half their digits there, but turning is orthogonal, so they can be squared and turned once
    more among themselves. What is discarded is then known to about 1e-12 of the norm, where a
    single step would know it to 1e-8. About 4 n^2 a b flops, all in matrix products.
    """
    basis, size = _eigenbasis(_gram(tensor))
    turned = basis.T @ tensor  # (n, n) @ (a, n, b)
    head = max(int(np.count_nonzero(size > _SPLIT * size[0])), 1)
    if head < len(size):
        small = turned[:, head:, :]
        again, size[head:] = _eigenbasis(_gram(small))
        basis[:, head:] = basis[:, head:] @ again  # (n, s) @ (s, s)
        turned[:, head:, :] = again.T @ small  # (s, s) @ (a, s, b)
        if size[head] > size[head - 1]:  # equal to rounding at the split
            size = np.maximum.accumulate(size[::-1])[::-1]
    r = limits.choose(size)
    return Range(basis[:, :r], turned[:, :r, :], float(np.linalg.norm(size[r:])))


def by_lq(tensor: Array, limits: Limits, seed: int) -> Range:
    """Singular vectors of the small triangle of an LQ decomposition: no digits are lost."""
    xp = _arrays.namespace(tensor)
    left, size, _ = xp.linalg.svd(small_unfolding(tensor), full_matrices=False)
    size = _arrays.to_host(size)
    r = limits.choose(size)
    basis = xp.asarray(left[:, :r], copy=True)
    return Range(basis, basis.T @ tensor, float(np.linalg.norm(size[r:])))


def by_sampling(tensor: Array, limits: Limits, seed: int) -> Range:
    """Randomized range finder with one power step; the rest is measured, not estimated.

    Samples are doubled until the rest is within half of what may be cut off, then the small
    projection is truncated by LQ. 8 n r a b flops.
    """
    a, n, b = tensor.shape
    rng = np.random.default_rng(seed)
    xp = _arrays.namespace(tensor)
    total = _arrays.norm(tensor)
    count = limits.rank or min(16, limits.max_rank or 16)
    while True:
        k = min(n, count + 8)
        if k == n or k >= a * b:
            return by_lq(tensor, limits, seed)
        weights = _arrays.like(rng.standard_normal((a, k, b)), tensor)
        for power_step in (True, False):
            samples = xp.tensordot(tensor, weights, axes=((0, 2), (0, 2)))  # (n, k)
            basis, _ = xp.linalg.qr(samples)
            if power_step and total:
                weights = basis.T @ tensor
        projected = basis.T @ tensor  # (k, n) @ (a, n, b)
        rest = _arrays.norm(tensor - basis @ projected) if total else 0.0
        enough = limits.rank is not None or rest <= 0.5 * limits.atol
        if enough or (limits.max_rank is not None and count >= limits.max_rank):
            break
        count *= 2
    left = float(np.sqrt(max((limits.atol - rest) * (limits.atol + rest), 0.0)))
    inner = by_lq(projected, limits._replace(atol=left), seed)
    return Range(basis @ inner.basis, inner.projected, float(np.hypot(rest, inner.discarded)))


def singular_values(tensor: Array) -> Array:
    """Return the singular values of the unfolding (a, n, b) -> (n, a b), exact to rounding."""
    small = small_unfolding(tensor)
    if not _arrays.is_numpy(small):
        svd = _arrays.namespace(small).linalg.svd
        return _arrays.to_host(svd(small, full_matrices=False)[1])
    return np.asarray(np.linalg.svd(small, compute_uv=False), dtype=np.float64)


def _gram(tensor: Array) -> Array:
    a, n, b = tensor.shape
    if a == 1:
        return tensor[0, ...] @ tensor[0, ...].T  # (n, b) @ (b, n)
    if b == 1:
        return tensor[:, :, 0].T @ tensor[:, :, 0]  # (n, a) @ (a, n)
    xp = _arrays.namespace(tensor)
    if b >= n:
        return xp.sum(tensor @ xp.permute_dims(tensor, (0, 2, 1)), axis=0)  # (a, n, b) @ (a, b, n)
    return xp.tensordot(tensor, tensor, axes=((0, 2), (0, 2)))


def _eigenbasis(gram: Array) -> tuple[Array, Array]:
    """Return eigenvectors and, as an array of NumPy, roots of eigenvalues, descending."""
    xp = _arrays.namespace(gram)
    eigenvalues, vectors = xp.linalg.eigh(gram)
    size = np.sqrt(np.maximum(_arrays.to_host(eigenvalues)[::-1], 0.0))
    return xp.asarray(xp.flip(vectors, axis=1), copy=True), size


def small_unfolding(tensor: Array) -> Array:
    """Return a matrix (n, k) with the same left singular vectors and values as (n, a b)."""
    a, n, b = tensor.shape
    xp = _arrays.namespace(tensor)
    rows = xp.reshape(xp.permute_dims(tensor, (0, 2, 1)), (a * b, n))
    return rows.T if a * b <= n else triangle(rows).T


FINDERS: dict[str, Callable[[Array, Limits, int], Range]] = {
    "gram": by_gram,
    "lq": by_lq,
    "randomized": by_sampling,
}
