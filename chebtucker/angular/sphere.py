"""A quadrature grid on the sphere; analysis and synthesis of functions on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.angular.harmonics import real_sph_harm
from chebtucker.angular.legendre import gauss_legendre, legendre_table, uniform_angles

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SphereGrid:
    """Gauss-Legendre nodes in z times uniform longitudes; made by `sphere_grid`.

    Attributes
    ----------
    z : ndarray, shape (nz,)
        Heights, ascending.
    weights : ndarray, shape (nz,)
        Area of one node of each height; the weights of all nodes sum to 4 pi.
    longitudes : ndarray, shape (n_phi,)
        2 pi k / n_phi.

    Examples
    --------
    >>> grid = sphere_grid(4)
    >>> z = grid.directions[..., 2]
    >>> bool(abs(grid.integrate(z**4) - 4 * np.pi / 5) < 1e-14)
    True
    """

    z: Array
    weights: Array
    longitudes: Array

    @property
    def degree(self) -> int:
        """Harmonics up to this degree are integrated exactly."""
        return min(2 * len(self.z) - 1, len(self.longitudes) - 1)

    @property
    def directions(self) -> Array:
        """Unit vectors of the nodes, shape (nz, n_phi, 3)."""
        s = np.sqrt((1 - self.z) * (1 + self.z))[:, None]
        x, y = s * np.cos(self.longitudes), s * np.sin(self.longitudes)
        return np.stack([x, y, np.broadcast_to(self.z[:, None], x.shape)], axis=-1)

    def integrate(self, values: Any) -> Array:
        """Return the integrals over the sphere of functions given at the nodes, (...)."""
        values = self._values(values)
        return np.asarray(values.sum(axis=-1) @ self.weights)

    def synthesis(self, coefficients: Any) -> Array:
        """Return the values at the nodes of functions given by coefficients.

        Parameters
        ----------
        coefficients : array_like, shape (..., (L + 1)^2)

        Returns
        -------
        ndarray, shape (..., nz, n_phi)
            About 4 L^2 nz + 2 L nz n_phi multiply-adds a function.
        """
        a, lmax = coefficient_array(coefficients, "coefficients")
        s = np.sqrt((1 - self.z) * (1 + self.z))
        theta = legendre_table(lmax, self.z, s)[np.abs(orders(lmax))]  # (M, l, nz)
        flat = a.reshape(-1, a.shape[-1])
        by_order = np.moveaxis(flat[:, padded_index(lmax)], 1, 0)  # (M, B, l)
        series = np.moveaxis(by_order @ theta, 0, -1)  # (B, nz, M)
        return (series @ azimuth_matrix(lmax, self.longitudes)).reshape(
            *a.shape[:-1], len(self.z), len(self.longitudes)
        )

    def analysis(self, values: Any, lmax: int) -> Array:
        """Return the coefficients up to degree `lmax` of functions given at the nodes.

        Exact for a function of degree L where L + lmax is at most `degree`: the coefficients are
        its integrals with the harmonics.

        Parameters
        ----------
        values : array_like, shape (..., nz, n_phi)
        lmax : int

        Returns
        -------
        ndarray, shape (..., (lmax + 1)^2)
        """
        lmax = _checks.integer(lmax, "lmax")
        values = self._values(values)
        s = np.sqrt((1 - self.z) * (1 + self.z))
        theta = legendre_table(lmax, self.z, s)[np.abs(orders(lmax))] * self.weights
        flat = values.reshape(-1, *values.shape[-2:])
        series = flat @ azimuth_matrix(lmax, self.longitudes).T  # (B, nz, M)
        by_order = np.moveaxis(series, -1, 0) @ np.swapaxes(theta, 1, 2)  # (M, B, l)
        padded = np.moveaxis(by_order, 0, 1).reshape(len(flat), -1)
        return padded[:, unpadding_index(lmax)].reshape(*values.shape[:-2], (lmax + 1) ** 2)

    def _values(self, values: Any) -> Array:
        array = _checks.real_array(values, "values")
        shape = (len(self.z), len(self.longitudes))
        if array.shape[-2:] != shape:
            raise ValueError(f"`values` must be of shape (..., {shape[0]}, {shape[1]}), "
                             f"got shape {array.shape}")  # fmt: skip
        return array


def sphere_grid(degree: int) -> SphereGrid:
    """Return the grid that integrates all spherical harmonics up to a degree exactly.

    Parameters
    ----------
    degree : int
        It has degree // 2 + 1 heights and degree + 1 longitudes. To analyse a function of degree
        L up to degree L take 2 L; for the product of two of them up to 2 L take 4 L.

    Returns
    -------
    SphereGrid

    Examples
    --------
    >>> grid = sphere_grid(6)
    >>> coefficients = np.arange(16.0)
    >>> values = grid.synthesis(coefficients)
    >>> values.shape
    (4, 7)
    >>> bool(np.abs(grid.analysis(values, 3) - coefficients).max() < 1e-13)
    True
    """
    degree = _checks.integer(degree, "degree")
    z, _, weights = gauss_legendre(degree)
    n = degree + 1
    return SphereGrid(z, weights * (2 * math.pi / n), uniform_angles(n))


def rotation_matrix(lmax: int, rotation: Any) -> Array:
    """Return how coefficients change when functions are rotated.

    Parameters
    ----------
    lmax : int
        Largest degree.
    rotation : array_like, shape (3, 3)
        An orthogonal matrix R; reflections are welcome.

    Returns
    -------
    ndarray, shape ((lmax + 1)^2, (lmax + 1)^2)
        D, orthogonal and block diagonal in l: if f has the coefficients c, x -> f(R^T x) has the
        coefficients D c, and Y(R x) = D Y(x). By analysis on a sphere grid, about 6 lmax^5
        multiply-adds.

    Examples
    --------
    >>> quarter = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]  # about z: x becomes y
    >>> rotation_matrix(1, quarter).round(12)[1:, 3] + 0.0
    array([1., 0., 0.])
    """
    lmax = _checks.integer(lmax, "lmax")
    R = _checks.shaped(rotation, "rotation", (3, 3))
    if np.abs(R @ R.T - np.eye(3)).max() > 1e-10:
        raise ValueError("`rotation` must be an orthogonal matrix, got one with R R^T != 1")
    grid = sphere_grid(2 * lmax)
    turned = real_sph_harm(lmax, grid.directions @ R.T)  # Y_i(R x) at the nodes x
    D = grid.analysis(np.moveaxis(turned, -1, 0), lmax)
    l = np.sqrt(np.arange(len(D))).astype(int)
    return np.where(l[:, None] == l, D, 0.0)


def coefficient_array(value: Any, name: str) -> tuple[Array, int]:
    """Return coefficients (..., (L + 1)^2) as an array, and L."""
    array = _checks.real_array(value, name)
    n = array.shape[-1] if array.ndim else 0
    lmax = math.isqrt(n) - 1
    if n == 0 or (lmax + 1) ** 2 != n:
        raise ValueError(f"`{name}` must be of shape (..., (L + 1)^2), got shape {array.shape}")
    return array, lmax


def orders(lmax: int) -> NDArray[np.int64]:
    """Return the orders as rows of padded arrays: 0, 1, ..., lmax, -1, ..., -lmax."""
    return np.concatenate([np.arange(lmax + 1), -np.arange(1, lmax + 1)])


def azimuth_matrix(lmax: int, longitudes: Array) -> Array:
    """Return cos(m phi), then sin(m phi), in the order of `orders`: (2 lmax + 1, n_phi)."""
    angles = np.arange(lmax + 1)[:, None] * longitudes
    return np.concatenate([np.cos(angles), np.sin(angles[1:])])


@lru_cache(maxsize=64)
def padded_index(lmax: int) -> NDArray[np.int64]:
    """Return where (order, l) lies among the coefficients, (2 lmax + 1, lmax + 1).

    Entries with l < |m| point to coefficient 0; what they multiply is zero.
    """
    l, m = np.arange(lmax + 1), orders(lmax)[:, None]
    index = np.where(l >= np.abs(m), l * l + l + m, 0)
    index.flags.writeable = False
    return index


@lru_cache(maxsize=64)
def unpadding_index(lmax: int) -> NDArray[np.int64]:
    """Return where coefficient l^2 + l + m lies in a padded array, ((lmax + 1)^2,)."""
    l, m = degrees_and_orders(lmax)
    index = np.where(m >= 0, m, lmax - m) * (lmax + 1) + l
    index.flags.writeable = False
    return index


def degrees_and_orders(lmax: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return l and m of every coefficient, each ((lmax + 1)^2,)."""
    l = np.repeat(np.arange(lmax + 1), 2 * np.arange(lmax + 1) + 1)
    return l, np.arange((lmax + 1) ** 2) - l * l - l
