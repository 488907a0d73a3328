"""Integrals of three real spherical harmonics, and of a Poisson bracket with a third.

Both are a sum over Gauss-Legendre nodes in z times an integral over the azimuth, which is a
multiple of pi/2. Both integrands are polynomials in z, so the quadrature is exact and what is
left is rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.angular.legendre import (
    gauss_legendre,
    legendre_slopes,
    legendre_table,
    uniform_angles,
)

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def gaunt_coefficients(l1: int, l2: int, l3: int) -> Array:
    """Return the integrals of Y_l1,m1 Y_l2,m2 Y_l3,m3 over the unit sphere.

    Parameters
    ----------
    l1, l2, l3 : int
        Degrees.

    Returns
    -------
    ndarray, shape (2 l1 + 1, 2 l2 + 1, 2 l3 + 1)
        Orders ascending from -l to l. Zero unless l1 + l2 + l3 is even and the degrees satisfy
        the triangle inequality. Exact quadrature: right to about 1e-14 for degrees up to 30.

    Examples
    --------
    >>> G = gaunt_coefficients(1, 1, 0)  # delta/sqrt(4 pi)
    >>> bool(np.allclose(G[:, :, 0], np.eye(3) / np.sqrt(4 * np.pi), atol=1e-15))
    True
    """
    degrees = _degrees(l1, l2, l3)
    if not _is_path(*degrees, odd=False):
        return np.zeros([2 * l + 1 for l in degrees])
    return _coefficients(*degrees, odd=False)


def clebsch_gordan(l1: int, l2: int, l3: int) -> Array:
    """Return real Clebsch-Gordan coefficients, which couple l1 and l2 to l3.

    Parameters
    ----------
    l1, l2, l3 : int
        Degrees.

    Returns
    -------
    ndarray, shape (2 l1 + 1, 2 l2 + 1, 2 l3 + 1)
        C, orthonormal: the sum of C[a, b, m] C[a, b, n] over a and b is delta_mn where the
        triangle inequality holds; else zero. The sign, a convention: for even l1 + l2 + l3 a
        positive multiple of the Gaunt coefficients; for odd sums, where those vanish, of the
        integrals of {Y_l1, Y_l2} Y_l3 with the Poisson bracket {f, g} = n . (grad f x grad g).

    Examples
    --------
    The path (1, 1, 1) is the cross product over sqrt(2); orders are y, z, x.

    >>> C = clebsch_gordan(1, 1, 1)
    >>> bool(np.isclose(C[2, 0, 1], 2**-0.5) and np.isclose(C[0, 2, 1], -(2**-0.5)))
    True
    """
    degrees = _degrees(l1, l2, l3)
    odd = sum(degrees) % 2 == 1
    if not _is_path(*degrees, odd=odd):
        return np.zeros([2 * l + 1 for l in degrees])
    table = _coefficients(*degrees, odd=odd)
    return table * (math.sqrt(2 * degrees[2] + 1) / np.linalg.norm(table))


def _coefficients(l1: int, l2: int, l3: int, *, odd: bool) -> Array:
    """Return the integrals for one choice of degrees, (2 l1 + 1, 2 l2 + 1, 2 l3 + 1)."""
    terms, third = _terms(l1, l2, l3, odd)
    m1, m2, m3 = (np.abs(np.arange(-l, l + 1)) for l in (l1, l2, l3))
    parts = [A * _triple(f[m1, l1], g[m2, l2], third[m3, l3]) for A, f, g in terms]
    return np.asarray(sum(parts))


def _terms(l1: int, l2: int, l3: int, odd: bool) -> tuple[list[tuple[Array, Array, Array]], Array]:
    """Return the integrals as a sum of terms A(m1, m2, m3) sum_k f_k g_k h_k, and h.

    A is over the azimuth, for orders -l..l; f, g, h are (m, l, nodes in z), h with the weights.
    Odd: {f, g} = f_phi g_z - f_z g_phi, and d/dphi of order m is -m times order -m.
    """
    z, s, weights = gauss_legendre(l1 + l2 + l3)
    first, second, third = (legendre_table(l, z, s) for l in (l1, l2, l3))
    A = azimuth_integrals(l1, l2, l3)
    third = third * weights
    if not odd:
        return [(A, first, second)], third
    m1, m2 = np.arange(-l1, l1 + 1)[:, None, None], np.arange(-l2, l2 + 1)[:, None]
    by_phi_z = (-m1 * A[::-1], first, legendre_slopes(l2, z, s))
    by_z_phi = (m2 * A[:, ::-1], legendre_slopes(l1, z, s), second)
    return [by_phi_z, by_z_phi], third


def azimuth_integrals(m1: int, m2: int, m3: int) -> Array:
    """Return the integrals of T_a T_b T_c for a = -m1..m1 and so on.

    T_m(phi) is cos(m phi), for negative m sin(|m| phi). By the trapezoidal rule, which is exact.
    """
    n = m1 + m2 + m3 + 1
    phi, orders = uniform_angles(n), (np.arange(-m, m + 1)[:, None] for m in (m1, m2, m3))
    T = [np.where(m < 0, np.sin(-m * phi), np.cos(m * phi)) for m in orders]
    half_pis = np.rint(_triple(T[0], T[1], T[2]) * (4 / n))
    return half_pis * (math.pi / 2)


class Entries(NamedTuple):
    """The nonzero integrals: degree and order of the three factors, each (n,), and the value."""

    degrees: Integers  # (3, n)
    orders: Integers  # (3, n)
    values: Array


def coupling_entries(la: int, lb: int, lo: int, *, odd: bool = False) -> Entries:
    """Return all Gaunt coefficients with l1 <= la, l2 <= lb, l3 <= lo, without the zeros.

    With `odd` the integrals of the Poisson bracket instead. For each pair of orders a small
    matrix product over the nodes; about L^5 entries for la = lb = L, lo = 2 L.
    """
    terms, third = _terms(la, lb, lo, odd)
    allowed = _allowed(la, lb, lo, odd)
    none = np.empty((3, 0), dtype=np.int64)
    parts = [Entries(none, none, np.empty(0))]
    for m1, m2, m3 in _linked_orders(la, lb, lo):
        pick = np.nonzero(allowed[m1:, m2:, m3:])
        degrees = np.stack([x + m for x, m in zip(pick, (m1, m2, m3), strict=True)])
        over_z = [_triple(f[m1, m1:], g[m2, m2:], third[m3, m3:])[pick] for _, f, g in terms]
        for a, b, c in _signed(m1, m2, m3):
            over_phi = [A[la + a, lb + b, lo + c] for A, _, _ in terms]
            if any(over_phi):
                values = sum(x * y for x, y in zip(over_phi, over_z, strict=True))
                signed = np.repeat([[a], [b], [c]], len(pick[0]), axis=1)
                parts.append(Entries(degrees, signed, np.asarray(values)))
    degrees, orders, values = (np.concatenate(x, axis=-1) for x in zip(*parts, strict=True))
    return Entries(degrees, orders, values)


def _linked_orders(la: int, lb: int, lo: int) -> Iterator[tuple[int, int, int]]:
    """Yield the |m| of three factors whose integral over the azimuth can be nonzero."""
    for m1, m2 in np.ndindex(la + 1, lb + 1):
        yield from ((m1, m2, m3) for m3 in sorted({abs(m1 - m2), m1 + m2}) if m3 <= lo)


def _signed(*m: int) -> list[tuple[int, ...]]:
    """Return all (+-m1, +-m2, +-m3), each once."""
    choices = [sorted({k, -k}) for k in m]
    return [(a, b, c) for a in choices[0] for b in choices[1] for c in choices[2]]


def _allowed(la: int, lb: int, lo: int, odd: bool) -> NDArray[np.bool_]:
    """Return which (l1, l2, l3) satisfy the triangle inequality and have the right parity."""
    l1, l2, l3 = np.ogrid[: la + 1, : lb + 1, : lo + 1]
    triangle = (np.abs(l1 - l2) <= l3) & (l3 <= l1 + l2)
    return triangle & ((l1 + l2 + l3) % 2 == int(odd))


def _triple(a: Array, b: Array, c: Array) -> Array:
    """Return sum_k a[i, k] b[j, k] c[l, k], shape (i, j, l)."""
    return np.asarray((a[:, None] * b) @ c.T)


def _degrees(*values: Any) -> tuple[int, int, int]:
    l1, l2, l3 = (_checks.integer(v, f"l{k}") for k, v in enumerate(values, 1))
    return l1, l2, l3


def _is_path(l1: int, l2: int, l3: int, *, odd: bool) -> bool:
    return abs(l1 - l2) <= l3 <= l1 + l2 and (l1 + l2 + l3) % 2 == int(odd)
