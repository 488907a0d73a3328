"""From any cell to an orthogonal one with the same crystal, where there is one."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _checks

Array = NDArray[np.float64]

_MOST = 3
_RIGHT = 1e-6  # largest cosine of an angle that counts as right


def orthogonal(cell: ArrayLike, basis: Array) -> tuple[Array, Array, NDArray[np.int64]]:
    """Return edges (3,), fractions (B', 3) in that cell, and whose copies its sites are."""
    vectors = _checks.real_array(cell, "cell")
    if vectors.shape not in ((3,), (3, 3)):
        raise ValueError(
            f"`cell` must be three edges or three vectors, got an array of shape {vectors.shape}"
        )
    vectors = np.diag(vectors) if vectors.ndim == 1 else vectors
    length = np.linalg.norm(vectors, axis=1)
    if abs(np.linalg.det(vectors)) <= 1e-9 * np.prod(length):
        raise ValueError(f"`cell` must have a volume, got edges {length.tolist()}")
    numbers = orthogonal_supercell(vectors)
    if numbers is None:
        raise ValueError(
            "`cell` must be orthogonal or have an orthogonal supercell, got one that has none "
            "with sums of up to 3 of each vector; pass the sites as a ParticleSystem"
        )
    sites, rows = filled(numbers, basis)
    return np.linalg.norm(numbers @ vectors, axis=1), sites, rows


def orthogonal_supercell(vectors: Array) -> NDArray[np.int64] | None:
    """Return integers n with orthogonal rows n @ vectors, or None.

    Sums of up to 3 of each vector are tried. Edges along x, y and z go before others, then the
    least volume counts. For a hexagonal cell the result is the orthohexagonal cell, for the
    primitive vectors of a centred cubic one the conventional cube.
    """
    numbers = np.array(list(itertools.product(range(-_MOST, _MOST + 1), repeat=3)))
    first = np.array([row[np.flatnonzero(row)[0]] if row.any() else 0 for row in numbers])
    numbers = numbers[(first > 0) & (np.gcd.reduce(numbers, axis=1) == 1)]
    edges = numbers @ vectors
    length = np.linalg.norm(edges, axis=1)
    order = np.lexsort((np.abs(numbers).sum(axis=1), (length / length.max()).round(9)))
    numbers, edges, length = numbers[order], edges[order], length[order]
    right = np.abs(edges @ edges.T) <= _RIGHT * np.outer(length, length)
    along = np.abs(edges) >= (1 - _RIGHT**2) * length[:, None]
    if along.any(axis=0).all():
        return _arranged(numbers[along.argmax(axis=0)], vectors)
    best: NDArray[np.int64] | None = None
    volume = np.inf
    for i, j in zip(*np.nonzero(np.triu(right, 1)), strict=True):
        thirds = np.flatnonzero(right[i] & right[j])
        if len(thirds) and length[i] * length[j] * length[thirds[0]] < volume * (1 - 1e-9):
            best = numbers[[i, j, thirds[0]]]
            volume = length[i] * length[j] * length[thirds[0]]
    return None if best is None else _arranged(best, vectors)


def _arranged(numbers: NDArray[np.int64], vectors: Array) -> NDArray[np.int64]:
    """Return the rows in the order and with the signs that turn the crystal least."""
    edges = numbers @ vectors
    cosines = np.abs(edges / np.linalg.norm(edges, axis=1)[:, None])
    order = max(itertools.permutations(range(3)), key=lambda p: cosines[list(p), range(3)].prod())
    numbers, edges = numbers[list(order)], edges[list(order)]
    signs = np.where(np.diag(edges) < -1e-9 * np.abs(edges).max(), -1, 1)
    signed: NDArray[np.int64] = numbers * signs[:, None]
    if np.linalg.det(signed @ vectors) < 0:  # an inversion would make another crystal
        signed[2] *= -1
    return signed


def filled(
    numbers: NDArray[np.int64], basis: Array, decimals: int = 9
) -> tuple[Array, NDArray[np.int64]]:
    """Return fractional coordinates of all sites of a supercell, and whose copies they are.

    Parameters
    ----------
    numbers : ndarray of int, shape (3, 3)
        The supercell's edges as sums of the cell's, one row for each.
    basis : ndarray, shape (B, 3)
        Fractional coordinates in the cell.
    decimals : int
        To how many decimals coordinates are compared.
    """
    copies = round(abs(np.linalg.det(numbers)))
    inverse = np.linalg.inv(numbers)
    reach = np.abs(numbers).sum(axis=0).max()
    shifts = np.array(list(itertools.product(range(-reach, reach + 1), repeat=3)))
    wrapped = (shifts @ inverse) % 1.0
    wrapped[wrapped > 1 - 10.0**-decimals] = 0.0
    _, rows = np.unique(wrapped.round(decimals), axis=0, return_index=True)
    assert len(rows) == copies
    sites = ((basis[:, None] + shifts[rows]) @ inverse) % 1.0  # (B, copies, 3)
    sites[sites > 1 - 10.0**-decimals] = 0.0
    return sites.reshape(-1, 3), np.repeat(np.arange(len(basis)), copies)


def check_distinct(places: Array) -> None:
    """Refuse two sites at one place."""
    r2 = np.square(places[:, None] - places).sum(axis=-1)
    np.fill_diagonal(r2, np.inf)
    a, b = np.unravel_index(int(np.argmin(r2)), r2.shape)
    if r2[a, b] <= 1e-12 * np.square(places).max(initial=0.0):
        raise ValueError(f"`basis` must hold distinct sites, got {min(a, b)} and {max(a, b)} alike")
