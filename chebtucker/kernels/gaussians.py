"""Sums of Gaussians as functions of the distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _checks


@dataclass(frozen=True, eq=False)
class GaussianSum:
    """A radial function g(r) = sum_k w_k exp(-a_k r^2).

    Parameters
    ----------
    weights : array_like, shape (K,)
        Weights w_k.
    exponents : array_like, shape (K,)
        Exponents a_k >= 0 in inverse squared length.

    Examples
    --------
    >>> from chebtucker import GaussianSum
    >>> g = GaussianSum([2.0, 1.0], [0.0, 1.0])
    >>> float(g(0.0))
    3.0
    """

    weights: NDArray[np.float64]
    exponents: NDArray[np.float64]

    def __post_init__(self) -> None:
        weights = _checks.shaped(self.weights, "weights", (None,))
        exponents = _checks.shaped(self.exponents, "exponents", (len(weights),))
        if (exponents < 0).any():
            raise ValueError(f"`exponents` must be non-negative, got {exponents.min()}")
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "exponents", exponents)

    def __len__(self) -> int:
        return len(self.weights)

    def __call__(self, r: ArrayLike) -> NDArray[np.float64]:
        """Return g at the distances `r`; the shape is that of `r`."""
        r2 = np.square(np.asarray(r, dtype=np.float64))
        values = np.zeros(r2.shape)
        for weight, exponent in zip(self.weights, self.exponents, strict=True):
            values += weight * np.exp(-exponent * r2)
        return values

    def at_zero(self) -> float:
        """Return g(0), the sum of the weights."""
        return float(self.weights.sum())


def reduce_small_exponents(gaussians: GaussianSum, r_max: float, atol: float) -> GaussianSum:
    """Return fewer Gaussians that differ from the given ones by at most `atol` on [0, `r_max`].

    The terms with the smallest exponents are nearly polynomials in r^2. As a function of r^2
    their sum is the Laplace transform of a discrete positive measure, and an m-point Gauss
    quadrature of that measure matches its first 2m moments, hence 2m Taylor coefficients. Group
    sizes and m are chosen so that the fewest terms are left. Weights stay positive.

    References
    ----------
    G. H. Golub and J. H. Welsch, "Calculation of Gauss quadrature rules", Math. Comp. 23 (1969).
    """
    order = np.argsort(gaussians.exponents)
    weights, exponents = gaussians.weights[order], gaussians.exponents[order]
    r2 = np.linspace(0.0, r_max, 60) ** 2
    terms = weights * np.exp(-np.outer(r2, exponents))  # (60, K)
    best, m = gaussians, 1
    flat = int(np.searchsorted(exponents * r_max**2, 0.1))  # merging fewer never pays
    sharp = int(np.searchsorted(exponents * r_max**2, 30.0))
    for size in range(max(flat, 2), sharp + 1):
        target = terms[:, :size].sum(axis=1)
        while m < size:  # larger groups never need fewer nodes
            nodes, node_weights = _gauss_quadrature(exponents[:size], weights[:size], m)
            error = np.abs(np.exp(-np.outer(r2, nodes)) @ node_weights - target).max()
            if error <= atol:
                break
            m += 1
        if m < size and m + len(weights) - size < len(best):
            best = GaussianSum(
                np.append(node_weights, weights[size:]), np.append(nodes, exponents[size:])
            )
    return best


def _gauss_quadrature(
    nodes: NDArray[np.float64], weights: NDArray[np.float64], m: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the m-point Gauss rule of a discrete positive measure (Lanczos, reorthogonalised)."""
    scale = nodes.max() or 1.0
    total = weights.sum()
    basis = [np.sqrt(weights / total)]
    diagonal, off_diagonal = np.zeros(m), np.zeros(max(m - 1, 0))
    for j in range(m):
        step = (nodes / scale) * basis[j]
        diagonal[j] = step @ basis[j]
        if j == m - 1:
            break
        stacked = np.array(basis)
        for _ in range(2):
            step = step - stacked.T @ (stacked @ step)
        off_diagonal[j] = np.linalg.norm(step)
        if off_diagonal[j] < 1e-15:
            m = j + 1
            break
        basis.append(step / off_diagonal[j])
    jacobi = np.diag(diagonal[:m])
    jacobi += np.diag(off_diagonal[: m - 1], 1) + np.diag(off_diagonal[: m - 1], -1)
    values, vectors = np.linalg.eigh(jacobi)
    return np.maximum(values, 0.0) * scale, total * vectors[0] ** 2
