"""The core of a sum of many products, in bases as small as the tolerance lets them be."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker.decompositions.truncation import ROUNDING, rank_for_tolerance
from chebtucker.tensors.canonical import sum_of_products

Array = NDArray[np.float64]

LARGEST_CORE = 2**27  # entries, 1 GiB
_CHEAP = 10**9  # multiplications; below it the core is formed without sketches
_MORE = 10  # samples beyond the rank
_TESTS = 20  # samples that test a basis


@dataclass(frozen=True)
class Need:
    """What bases must be good for: a tolerance, and ranks beyond which nothing is kept."""

    rtol: float
    atol: float
    caps: tuple[int | None, ...]

    def allowed(self, size: Array, mode: int) -> float:
        """Return the norm that a basis may miss, given about the singular values of a mode."""
        norm = float(np.linalg.norm(size))
        wanted = 0.05 * max(self.rtol * norm, self.atol)
        cap = self.caps[mode]
        if cap is not None:
            wanted = max(wanted, 0.1 * float(np.linalg.norm(size[cap:])))
        return max(wanted, ROUNDING * norm)


def core_of_terms(
    weights: Array, inside: list[Array], need: Need, seed: int
) -> tuple[Array, list[Array | None]]:
    """Return the core of a sum of products of columns inside[k] (s_k, R), and bases (s_k, q_k).

    A basis of None is the identity; all are where the core is cheap.
    """
    bases: list[Array | None] = [None] * len(inside)
    full = math.prod(len(u) for u in inside)
    if len(weights) * full > _CHEAP or full > LARGEST_CORE:
        rng = np.random.default_rng(seed)
        inside = list(inside)
        for mode in range(len(inside)):
            basis = _basis(weights, inside, mode, need, rng)
            if basis is not None:
                bases[mode] = basis
                inside[mode] = basis.T @ inside[mode]  # (q, s) @ (s, R)
    shape = tuple(len(u) for u in inside)
    if math.prod(shape) > LARGEST_CORE:
        raise ValueError(
            f"the core would have {' x '.join(map(str, shape))} entries, "
            f"{8 * math.prod(shape) / 2**30:.1f} GiB; raise `rtol` or give `rank`"
        )
    return sum_of_products(weights, tuple(inside)), bases


def _basis(
    weights: Array, inside: list[Array], mode: int, need: Need, rng: np.random.Generator
) -> Array | None:
    """Return an orthonormal basis (s, q) for one mode of the sum; None where nothing is saved.

    The samples are doubled until their singular values have fallen below what may be missed and
    new samples agree.
    """
    count = 32
    while count < len(inside[mode]):
        sample = _samples(weights, inside, mode, count, rng)
        left, size, _ = np.linalg.svd(sample, full_matrices=False)
        allowed = need.allowed(size, mode)
        q = rank_for_tolerance(size, allowed)
        if q + _MORE <= count:
            basis = left[:, :q]
            test = _samples(weights, inside, mode, _TESTS, rng)
            if np.linalg.norm(test - basis @ (basis.T @ test)) <= 3 * allowed:
                return np.ascontiguousarray(basis)
        count *= 2
    return None


def _samples(
    weights: Array, inside: list[Array], mode: int, count: int, rng: np.random.Generator
) -> Array:
    """Return the unfolding along a mode times random vectors, (s, count).

    The vectors are products of Gaussian ones, so the unfolding is not formed. Its norm is kept in
    the mean.
    """
    products = np.repeat(weights[None] / math.sqrt(count), count, axis=0)  # (count, R)
    for k, columns in enumerate(inside):
        if k != mode:
            products *= rng.standard_normal((count, len(columns))) @ columns  # (count, s) @ (s, R)
    return inside[mode] @ products.T  # (s, R) @ (R, count)
