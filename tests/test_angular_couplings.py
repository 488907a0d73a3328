"""Gaunt and Clebsch-Gordan coefficients against sympy, quadrature and group theory."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.transform import Rotation

from chebtucker.angular import (
    clebsch_gordan,
    gaunt_coefficients,
    real_sph_harm,
    rotation_matrix,
    sphere_grid,
)
from chebtucker.angular.costs import count_entries
from chebtucker.angular.couplings import coupling_entries


def of_degree(matrix, l):
    return matrix[..., l * l : (l + 1) ** 2, l * l : (l + 1) ** 2]


def test_all_gaunt_coefficients_to_degree_three_equal_sympys():
    wigner = pytest.importorskip("sympy.physics.wigner")
    for l1, l2, l3 in np.ndindex(4, 4, 4):
        G = gaunt_coefficients(l1, l2, l3)
        if not l1 <= l2 <= l3:  # the integral does not know which factor is first
            order = np.argsort([l1, l2, l3], kind="stable")
            expected = gaunt_coefficients(*sorted([l1, l2, l3])).transpose(np.argsort(order))
        else:
            expected = np.array([
                float(wigner.real_gaunt(l1, l2, l3, i - l1, j - l2, k - l3, prec=30))
                for i, j, k in np.ndindex(G.shape)
            ]).reshape(G.shape)  # fmt: skip
        assert_allclose(G, expected, atol=1e-15)


@pytest.mark.parametrize(
    ("l", "m"),
    [
        ((5, 7, 10), (3, -2, -5)), ((5, 7, 10), (-5, 7, -2)), ((11, 12, 3), (-9, 10, -1)),
        ((24, 24, 24), (10, -4, -14)), ((24, 24, 24), (0, 0, 0)), ((23, 24, 1), (-5, 6, -1)),
        ((8, 16, 24), (-3, -8, 11)), ((24, 24, 0), (-17, -17, 0)),
    ],
)  # fmt: skip
def test_gaunt_coefficients_of_higher_degree_equal_sympys(l, m):
    wigner = pytest.importorskip("sympy.physics.wigner")
    at = tuple(a + b for a, b in zip(l, m, strict=True))
    expected = float(wigner.real_gaunt(*l, *m, prec=40))
    assert abs(expected) > 1e-8
    assert abs(gaunt_coefficients(*l)[at] - expected) < 1e-13


@pytest.mark.parametrize("l", [(3, 4, 5), (2, 6, 4), (1, 4, 4), (2, 3, 6)])
def test_gaunt_coefficients_are_the_integrals(l):
    grid = sphere_grid(sum(l))
    Y = [real_sph_harm(k, grid.directions)[..., k * k :] for k in l]
    products = np.einsum("xya,xyb,xyc->abcxy", *Y)
    assert_allclose(gaunt_coefficients(*l), grid.integrate(products), atol=1e-14)


@pytest.mark.parametrize("l", [(1, 1, 1), (2, 3, 4), (3, 3, 3), (2, 2, 4), (4, 1, 3), (5, 3, 6)])
def test_clebsch_gordan_coefficients_equal_sympys(l):
    """The complex ones, carried to real harmonics, up to one phase for all of them."""
    cg = pytest.importorskip("sympy.physics.quantum.cg").CG
    U = [real_from_complex(k) for k in l]
    C = np.zeros([2 * k + 1 for k in l])
    for i, j in np.ndindex(C.shape[:2]):
        m1, m2 = i - l[0], j - l[1]
        if abs(m1 + m2) <= l[2]:
            value = cg(l[0], m1, l[1], m2, l[2], m1 + m2).doit()
            C[i, j, m1 + m2 + l[2]] = float(value)
    real = np.einsum("ai,bj,ck,ijk->abc", U[0].conj(), U[1].conj(), U[2], C)
    ours = clebsch_gordan(*l)
    phase = np.vdot(ours, real) / (2 * l[2] + 1)
    assert_allclose(abs(phase), 1, rtol=1e-14)
    assert_allclose(real, phase * ours, atol=1e-14)


def real_from_complex(l):
    """Return U with Y_real = U Y_complex; the complex ones have the Condon-Shortley phase."""
    U = np.zeros((2 * l + 1, 2 * l + 1), dtype=complex)
    U[l, l] = 1
    for m in range(1, l + 1):
        U[l + m, [l + m, l - m]] = np.array([(-1) ** m, 1]) / np.sqrt(2)
        U[l - m, [l + m, l - m]] = np.array([(-1) ** m, -1]) / (1j * np.sqrt(2))
    return U


@pytest.mark.parametrize(("l1", "l2"), [(0, 0), (0, 3), (2, 2), (3, 1), (4, 6)])
def test_clebsch_gordan_coefficients_are_an_orthogonal_matrix(l1, l2):
    paths = [clebsch_gordan(l1, l2, l3) for l3 in range(abs(l1 - l2), l1 + l2 + 1)]
    matrix = np.concatenate([C.reshape(-1, C.shape[2]) for C in paths], axis=1)
    assert matrix.shape == ((2 * l1 + 1) * (2 * l2 + 1),) * 2
    assert_allclose(matrix @ matrix.T, np.eye(len(matrix)), atol=1e-13)
    assert not clebsch_gordan(l1, l2, l1 + l2 + 1).any()


@pytest.mark.parametrize("l", [(1, 1, 1), (2, 3, 4), (3, 2, 2), (2, 2, 2), (4, 3, 5)])
def test_couplings_are_equivariant(rng, l):
    for sign in (1, -1):
        D = rotation_matrix(5, sign * Rotation.random(rng=rng).as_matrix())
        C = clebsch_gordan(*l)
        turned = np.einsum("ia,jb,kc,abc->ijk", *(of_degree(D, k) for k in l), C)
        parity = sign ** sum(l)  # odd paths are pseudotensors
        assert_allclose(turned, parity * C, atol=1e-13)


def test_signs_of_couplings():
    G = gaunt_coefficients(2, 3, 5)
    assert np.vdot(G, clebsch_gordan(2, 3, 5)) > 0
    cross = clebsch_gordan(1, 1, 1)[[2, 0, 1]][:, [2, 0, 1]][:, :, [2, 0, 1]]  # y, z, x -> x, y, z
    levi_civita = np.zeros((3, 3, 3))
    for i in range(3):
        levi_civita[i, i - 2, i - 1], levi_civita[i, i - 1, i - 2] = 1, -1
    assert_allclose(cross, levi_civita / np.sqrt(2), atol=1e-15)


def test_couplings_of_high_degree_are_orthonormal():
    C = clebsch_gordan(40, 31, 50)  # odd: from Poisson brackets
    assert_allclose(np.einsum("abm,abn->mn", C, C), np.eye(101), atol=1e-12)


@pytest.mark.parametrize("odd", [False, True])
def test_entries_are_the_nonzero_coefficients(odd):
    entries = coupling_entries(3, 2, 4, odd=odd)
    assert len(entries.values) == count_entries(3, 2, 4, odd=odd)
    for l in np.ndindex(4, 3, 5):
        table = np.zeros([2 * k + 1 for k in l])
        mine = (entries.degrees == np.array(l)[:, None]).all(axis=0)
        table[tuple(entries.orders[:, mine] + np.array(l)[:, None])] = entries.values[mine]
        if sum(l) % 2 != odd:
            assert not table.any()
        elif odd and table.any():
            table *= np.sqrt(2 * l[2] + 1) / np.linalg.norm(table)
            assert_allclose(table, clebsch_gordan(*l), atol=1e-14)
        elif not odd:
            assert_allclose(table, gaunt_coefficients(*l), atol=1e-15)
        places = np.concatenate([entries.degrees, entries.orders])
    assert_array_equal(np.unique(places, axis=1).shape, places.shape)


@pytest.mark.parametrize("function", [gaunt_coefficients, clebsch_gordan])
def test_errors(function):
    with pytest.raises(ValueError, match="`l2` must be an integer of at least 0, got -1"):
        function(1, -1, 2)
    with pytest.raises(TypeError, match="`l3` must be an integer, got 0.5"):
        function(1, 1, 0.5)
