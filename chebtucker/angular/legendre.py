"""Associated Legendre functions, normalised for real spherical harmonics.

Throughout, Theta_lm(theta) = s^m Q_lm(z) with z = cos theta, s = sin theta and m >= 0, scaled
such that Theta_lm cos(m phi) and Theta_lm sin(m phi) have norm one on the sphere. Q_lm is a
polynomial, a multiple of the m-th derivative of the Legendre polynomial P_l: it has no
singularity at the poles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def legendre_rows(lmax: int, z: Array) -> Iterator[Array]:
    """Yield the polynomials Q_lm(z) for l = 0..lmax; row l has shape (l + 1, *z.shape).

    The recurrence in l at fixed m, which is stable on [-1, 1] for every m.
    """
    before = np.zeros((0, *z.shape))
    row = np.full((1, *z.shape), math.sqrt(1 / (4 * math.pi)))
    yield row
    diagonal = row[0]
    for l in range(1, lmax + 1):
        m = np.arange(l).reshape(-1, *[1] * z.ndim)
        a = np.sqrt((4 * l**2 - 1) / (l**2 - m**2))
        b = a[:-1] * np.sqrt(((l - 1) ** 2 - m[:-1] ** 2) / (4 * (l - 1) ** 2 - 1))
        new = np.empty((l + 1, *z.shape))
        np.multiply(a * z, row, out=new[:l])
        new[: l - 1] -= b * before
        diagonal = diagonal * math.sqrt((2 * l + 1) / (2 * l) * (2 if l == 1 else 1))
        new[l] = diagonal
        before, row = row, new
        yield row


def slope_factors(l: int) -> Array:
    """Return f (l,) with dQ_lm/dz = f_m Q_l,m+1 for m < l; the derivative of Q_ll is zero."""
    m = np.arange(l)
    factors = np.sqrt((l - m) * (l + m + 1.0))
    factors[:1] /= math.sqrt(2)  # harmonics of m > 0 carry a factor sqrt(2), those of m = 0 none
    return factors


def legendre_table(lmax: int, z: Array, s: Array) -> Array:
    """Return Theta_lm at nodes (z, s), shape (lmax + 1 of m, lmax + 1 of l, nodes)."""
    table = np.zeros((lmax + 1, lmax + 1, len(z)))
    powers = s ** np.arange(lmax + 1)[:, None]  # (m, nodes)
    for l, row in enumerate(legendre_rows(lmax, z)):
        table[: l + 1, l] = row * powers[: l + 1]
    return table


def legendre_slopes(lmax: int, z: Array, s: Array) -> Array:
    """Return dTheta_lm/dz at nodes (z, s) off the poles, shaped as `legendre_table`."""
    table = np.zeros((lmax + 1, lmax + 1, len(z)))
    m = np.arange(lmax + 1)[:, None]
    powers = s**m
    falling = -m * z * s ** (m - 2.0)  # d(s^m)/dz
    for l, row in enumerate(legendre_rows(lmax, z)):
        table[: l + 1, l] = row * falling[: l + 1]
        table[:l, l] += slope_factors(l)[:, None] * row[1:] * powers[:l]
    return table


def uniform_angles(n: int) -> Array:
    """Return n angles 2 pi k/n."""
    return np.linspace(0, 2 * math.pi, n, endpoint=False)


def gauss_legendre(degree: int) -> tuple[Array, Array, Array]:
    """Return z, s = sqrt(1 - z^2) and weights, exact on polynomials in z of a degree; z ascends.

    Newton's method in theta, with differences P_k - P_k-1 near the pole: s and the weights have a
    relative error of some 1e-15 there too, where eigenvalue methods keep twelve digits.
    """
    n = degree // 2 + 1
    theta = (np.arange(float(n // 2 + n % 2)) + 0.75) * (math.pi / (n + 0.5))
    for _ in range(5):
        value, slope = _legendre_and_slope(n, theta)
        theta = theta - value / slope
    if n % 2:
        theta[-1] = math.pi / 2
    weights = 2 / _legendre_and_slope(n, theta)[1] ** 2
    z, s = np.cos(theta), np.sin(theta)
    if n % 2:
        z[-1] = 0.0
    rest = slice(n // 2 - 1, None, -1) if n > 1 else slice(0, 0)
    return (
        np.concatenate([-z, z[rest]]),
        np.concatenate([s, s[rest]]),
        np.concatenate([weights, weights[rest]]),
    )


def _legendre_and_slope(n: int, theta: Array) -> tuple[Array, Array]:
    """Return P_n(cos theta) and its derivative in theta, for 0 < theta <= pi/2."""
    drop = -2 * np.sin(theta / 2) ** 2  # cos theta - 1
    value, step = np.ones_like(theta), np.zeros_like(theta)
    for k in range(n):
        step = (k * step + (2 * k + 1) * drop * value) / (k + 1)  # P_k+1 - P_k
        value = value + step
    return value, n * (drop * value + step) / np.sin(theta)
