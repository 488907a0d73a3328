"""Products by Fourier series in both angles: a product is a convolution, done by FFT.

Theta_lm is a sum of cos(u theta) for even m and of sin(u theta) for odd m, u <= l. So a function
is a double Fourier series of degree L on the torus, which covers the sphere twice. Going back,
each cos(u theta) or sin(u theta) is integrated against Theta_lm sin(theta) over the sphere.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from chebtucker.angular.legendre import gauss_legendre, legendre_table, uniform_angles
from chebtucker.angular.sphere import orders, padded_index, unpadding_index

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

_CHUNK_BYTES = 2**17
"""Values on the torus that are worked on together."""


def torus_nodes(total: int, lmax: int) -> tuple[int, int]:
    """Return the numbers of theta and of phi for products of degree `total`.

    All 2 total + 1 frequencies in theta are needed, since each integrates to something with every
    harmonic; of those in phi only the first lmax, and total + lmax + 1 nodes keep them clean.
    """
    return 2 * total + 1, total + lmax + 1


def fourier_product(factors: list[Array], lmax: int, nodes: tuple[int, int] | None = None) -> Array:
    """Return the product of functions, coefficients (B, n_k) each, up to degree `lmax`.

    `nodes` overrides the numbers of nodes in theta and in phi; by default `torus_nodes`, rounded
    up to lengths with fast transforms.
    """
    degrees = [math.isqrt(a.shape[1]) - 1 for a in factors]
    total = sum(degrees)
    if nodes is None:
        n_theta, n_phi = (fft.next_fast_len(n, real=True) for n in torus_nodes(total, lmax))
    else:
        n_theta, n_phi = nodes
    count = len(factors[0])
    size = max(1, _CHUNK_BYTES // (8 * n_theta * n_phi))
    out = np.empty((count, (lmax + 1) ** 2))
    for start in range(0, count, size):
        rows = slice(start, start + size)
        values = _to_torus(factors[0][rows], degrees[0], n_theta, n_phi)
        for a, degree in zip(factors[1:], degrees[1:], strict=True):
            values *= _to_torus(a[rows], degree, n_theta, n_phi)
        out[rows] = _from_torus(values, total, lmax)
    return out


def _to_torus(a: Array, lmax: int, n_theta: int, n_phi: int) -> Array:
    """Return the values of functions (B, n) on the torus, (B, n_theta, n_phi)."""
    series = a[:, padded_index(lmax)].swapaxes(0, 1) @ to_fourier(lmax)  # (M, B, u)
    by_order = _exponentials(series, lmax)  # (m, B, u)
    spectrum = np.zeros((len(a), n_theta, n_phi // 2 + 1), dtype=complex)
    spectrum[:, : lmax + 1, : lmax + 1] = by_order.transpose(1, 2, 0)
    if lmax:  # cos is even in u, sin is odd
        by_order[1::2] *= -1
        spectrum[:, -lmax:, : lmax + 1] = by_order[:, :, :0:-1].transpose(1, 2, 0)
    return np.asarray(fft.irfft2(spectrum, s=(n_theta, n_phi), norm="forward", overwrite_x=True))


def _exponentials(series: Array, lmax: int) -> Complex:
    """Return from cosines and sines in both angles the coefficients of e^(i u theta + i m phi).

    Input (M, B, u) with orders 0..lmax, -1..-lmax; output (lmax + 1, B, u) for m, u >= 0.
    """
    out = series[: lmax + 1].astype(complex)
    out[1:] -= 1j * series[lmax + 1 :]
    out[1:] /= 2
    out[:, :, 1:] /= 2
    out[1::2] *= -1j  # sin(u theta) = (e^(i u theta) - e^(-i u theta))/2i
    return out


def _from_torus(values: Array, total: int, lmax: int) -> Array:
    """Return the coefficients (B, n) of functions of degree `total` given on the torus."""
    spectrum = fft.rfft2(values, norm="forward")[:, :, : lmax + 1]
    positive = spectrum[:, : total + 1]
    negative = np.zeros_like(positive)
    negative[:, 1:] = spectrum[:, : -total - 1 : -1] if total else 0
    positive = positive.copy()
    positive[..., 0::2] += negative[..., 0::2]
    positive[..., 1::2] = 1j * (positive[..., 1::2] - negative[..., 1::2])
    by_order = positive.transpose(2, 0, 1)  # (m, B, u)
    series = np.concatenate([by_order.real, -by_order[1:].imag])  # (M, B, u)
    padded = (series @ from_fourier(total, lmax)).swapaxes(0, 1)  # (B, M, l)
    return padded.reshape(len(padded), -1)[:, unpadding_index(lmax)]


@lru_cache(maxsize=64)
def to_fourier(lmax: int) -> Array:
    """Return the cosine or sine coefficients of Theta_lm, (M, l, u); orders as `orders`."""
    n = 2 * lmax + 1
    theta = uniform_angles(n)
    table = legendre_table(lmax, np.cos(theta), np.sin(theta))  # (m, l, nodes)
    u = np.arange(lmax + 1)[:, None]
    basis = np.stack([np.cos(u * theta), np.sin(u * theta)]) * (2 / n)  # (2, u, nodes)
    basis[0, 0] /= 2
    out = np.empty((lmax + 1,) * 3)
    for parity in (0, 1):
        out[parity::2] = table[parity::2] @ basis[parity].T
    return out[np.abs(orders(lmax))]


@lru_cache(maxsize=64)
def from_fourier(total: int, lmax: int) -> Array:
    """Return the integrals of cos|sin(u theta) cos|sin(m phi) with Y_lm, (M, u, l), u <= total.

    For m > 0 they are doubled: the series passed in holds half the amplitude of each order.
    """
    z, s, weights = gauss_legendre(total + lmax)
    theta = np.arctan2(s, z)
    u = np.arange(total + 1)[:, None]
    basis = np.stack([np.cos(u * theta), np.sin(u * theta)]) * weights
    table = legendre_table(lmax, z, s).swapaxes(1, 2)  # (m, nodes, l)
    out = np.empty((lmax + 1, total + 1, lmax + 1))
    for parity in (0, 1):
        out[parity::2] = basis[parity] @ table[parity::2]
    return out[np.abs(orders(lmax))] * (2 * math.pi)
