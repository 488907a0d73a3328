"""Products on a grid of the sphere: synthesis, multiplication at the nodes, analysis.

A real spherical harmonic is even or odd under each of x -> -x, y -> -y and z -> -z. So a function
splits into eight parts, and all of them are known from their values on one octant. Transforms act
on the parts, on an eighth of the nodes; only for the multiplication are the values at the eight
images of a node put together. The grid has no node on the planes between octants: its heights
are even in number, its longitudes 2 pi (k + 1/2)/n with n a multiple of four.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from chebtucker.angular.legendre import gauss_legendre, legendre_table
from chebtucker.backends import numba_cpu
from chebtucker.backends.threads import for_ranges

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

_CHUNK_BYTES = 2**17
"""Values at the nodes that are worked on together: they stay in the second cache, larger arrays
would be asked of the system, page by page, each time, and BLAS starts no threads for them."""

_WORK = 2**23
"""Multiplications below which a second thread does not pay."""


def octant_nodes(total: int, lmax: int) -> tuple[int, int]:
    """Return the heights and longitudes in an octant for products of degree `total`.

    Gauss-Legendre with nz nodes is exact to degree 2 nz - 1, which must reach total + lmax for
    coefficients up to `lmax`. On n longitudes order m is mistaken for n - m, so that n must
    exceed total + lmax. One node fewer of either kind fails.
    """
    nz, n = (total + lmax) // 2 + 1, total + lmax + 1
    return -(-nz // 2), -(-n // 4)


@dataclass(frozen=True, eq=False)
class OctantTransform:
    """From coefficients of one degree to the eight parts on an octant."""

    index: Integers  # (8 K, J): which coefficient; rows are (part, order)
    legendre: Array  # (8 K, J, nz), zero where there is no coefficient
    azimuth: Array  # (8, n_phi, K)

    @property
    def multiplications(self) -> int:
        """Multiplications for one sample, padding included."""
        return self.legendre.size + self.azimuth.size * self.legendre.shape[2]

    def __call__(self, a: Array) -> Array:
        """Return the parts of functions (B, n), (8, n_phi B nz)."""
        blocks = numba_cpu.gather_columns(a, self.index)  # (8 K, B, J)
        series = blocks @ self.legendre  # (8 K, B, nz)
        parts = self.azimuth @ series.reshape(8, self.azimuth.shape[2], -1)  # (8, n_phi, B nz)
        return parts.reshape(8, -1)


@dataclass(frozen=True, eq=False)
class OctantAnalysis:
    """From the eight parts on an octant to coefficients up to one degree."""

    row: Integers  # (n,): block of each coefficient
    column: Integers  # (n,): place in the block
    legendre: Array  # (8 K, nz, J), with weights
    azimuth: Array  # (8, K, n_phi)

    @property
    def multiplications(self) -> int:
        """Multiplications for one sample, padding included."""
        return self.legendre.size + self.azimuth.size * self.legendre.shape[1]

    def __call__(self, parts: Array) -> Array:
        """Return the coefficients (B, n) from parts summed over images, (8, n_phi B nz)."""
        n_phi = self.azimuth.shape[2]
        series = self.azimuth @ parts.reshape(8, n_phi, -1)  # (8, K, B nz)
        rows, nz = self.legendre.shape[:2]
        blocks = series.reshape(rows, -1, nz) @ self.legendre  # (8 K, B, J)
        return numba_cpu.scatter_columns(blocks, self.row, self.column)


def grid_product(factors: list[Array], lmax: int, nodes: tuple[int, int] | None = None) -> Array:
    """Return the product of functions, coefficients (B, n_k) each, up to degree `lmax`.

    `nodes` overrides the numbers of heights and longitudes in an octant.
    """
    degrees = [math.isqrt(a.shape[1]) - 1 for a in factors]
    nodes = nodes or octant_nodes(sum(degrees), lmax)
    synthesis = [synthesis_transform(l, *nodes) for l in degrees]
    analysis = analysis_transform(lmax, *nodes)
    count = len(factors[0])
    size = max(1, _CHUNK_BYTES // (64 * nodes[0] * nodes[1]))
    out = np.empty((count, (lmax + 1) ** 2))

    def some(start: int, stop: int) -> None:
        for first in range(start, stop, size):
            rows = slice(first, min(first + size, stop))
            parts = synthesis[0](factors[0][rows])
            for transform, a in zip(synthesis[1:], factors[1:], strict=True):
                numba_cpu.multiply_parities(parts, transform(a[rows]))
            out[rows] = analysis(parts)

    for_ranges(some, count, least=size if count * analysis.multiplications > _WORK else count)
    out *= 8.0 ** (2 - len(factors))  # a multiplication sums over the eight images
    return out


@lru_cache(maxsize=64)
def synthesis_transform(lmax: int, nz: int, n_phi: int) -> OctantTransform:
    """Return the transform of functions of degree `lmax` to nz x n_phi nodes of an octant."""
    layout = _layout(lmax)
    return OctantTransform(layout.index, _legendre(layout, lmax, nz), _azimuth(layout, n_phi))


@lru_cache(maxsize=64)
def analysis_transform(lmax: int, nz: int, n_phi: int) -> OctantAnalysis:
    """Return the transform back, which integrates over the sphere with the harmonics.

    It takes sums over the eight images of a node, as they are after a multiplication.
    """
    layout = _layout(lmax)
    _, _, weights = gauss_legendre(4 * nz - 1)
    areas = weights[nz:] * (2 * math.pi / (4 * n_phi))
    place = np.empty((2, (lmax + 1) ** 2), dtype=np.int64)
    place[:, layout.index[layout.exists]] = np.nonzero(layout.exists)
    return OctantAnalysis(
        place[0],
        place[1],
        np.swapaxes(_legendre(layout, lmax, nz) * areas, 1, 2).copy(),
        np.swapaxes(_azimuth(layout, n_phi), 1, 2).copy(),
    )


@dataclass(frozen=True, eq=False)
class _Layout:
    """Where the coefficients are in blocks: rows (part, k), columns j."""

    index: Integers  # (8 K, J): which coefficient
    exists: NDArray[np.bool_]  # (8 K, J): whether there is one
    degree: Integers  # (8 K, J)
    order: Integers  # (8, K): |m|


def _layout(lmax: int) -> _Layout:
    """Return the layout for one degree.

    Part q = 4 y + 2 x + z, a bit for each reflection under which it is odd. Odd in y are the
    sines. Odd in x are the cosines of odd m and the sines of even m. Odd in z is odd l - |m|.
    """
    K = J = lmax // 2 + 1
    y, x, z, k, j = np.ogrid[:2, :2, :2, :K, :J]
    m = 2 * k + x + y
    l = m + z + 2 * j
    exists = l <= lmax
    index = np.where(exists, l * l + l + np.where(y == 1, -m, m), 0)
    order = np.broadcast_to(m[..., 0], (2, 2, 2, K))
    rows = (8 * K, J)
    return _Layout(index.reshape(rows), exists.reshape(rows), l.reshape(rows), order.reshape(8, K))


def _legendre(layout: _Layout, lmax: int, nz: int) -> Array:
    """Return Theta_lm at the upper nodes, (8 K, J, nz); zero where there is no coefficient."""
    z, s, _ = gauss_legendre(4 * nz - 1)
    l = np.where(layout.exists, layout.degree, 0)
    m = np.where(layout.exists, layout.order.reshape(-1, 1), 0)
    return legendre_table(lmax, z[nz:], s[nz:])[m, l] * layout.exists[..., None]


def _azimuth(layout: _Layout, n_phi: int) -> Array:
    """Return cos(m phi) and sin(m phi) at the longitudes of an octant, (8, n_phi, K)."""
    phi = 2 * math.pi / (4 * n_phi) * (np.arange(n_phi) + 0.5)
    angles = phi[:, None] * layout.order[:, None]  # (8, n_phi, K)
    return np.concatenate([np.cos(angles[:4]), np.sin(angles[4:])])
