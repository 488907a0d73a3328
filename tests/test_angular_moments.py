"""Multipole moments of orbital densities against quadrature in space."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from chebtucker.angular import (
    cartesian_moments,
    density_moments,
    real_sph_harm,
    rotation_matrix,
    sphere_grid,
)

DEGREES = [0, 2, 1, 1]
SIZES = [1, 5, 3, 3]


@pytest.fixture
def matrix(rng):
    P = rng.normal(size=(2, 12, 12))
    return P + np.swapaxes(P, 1, 2)


def radial(s, r):
    """Return the radial part of shell s."""
    return r**s * np.exp(-r * (0.6 + 0.3 * s)) * (1 - 0.2 * r)


def radial_moments(lmax):
    x, w = np.polynomial.legendre.leggauss(120)
    r, w = 40 * (x + 1), 40 * w
    R = np.array([radial(s, r) for s in range(4)])
    powers = r ** (np.arange(lmax + 1)[:, None] + 2) * w
    return np.einsum("sr,tr,lr->stl", R, R, powers), r, w


@pytest.mark.parametrize("lmax", [0, 2, 5])
def test_against_quadrature_in_space(matrix, lmax):
    moments, r, w = radial_moments(lmax)
    grid = sphere_grid(4 + lmax)
    Y = real_sph_harm(max(2, lmax), grid.directions)
    angular = [Y[..., l * l : (l + 1) ** 2] for l in DEGREES]
    orbitals = np.concatenate(
        [radial(s, r)[:, None, None, None] * angular[s] for s in range(4)], axis=-1
    )
    density = np.einsum("rxyi,bij,rxyj->brxy", orbitals, matrix, orbitals)
    l = np.repeat(np.arange(lmax + 1), 2 * np.arange(lmax + 1) + 1)
    shells = grid.integrate(density[:, :, None] * np.moveaxis(Y[..., : len(l)], -1, 0))
    expected = np.einsum("bri,ri,r->bi", shells, r[:, None] ** (l + 2), w)
    ours = density_moments(matrix, DEGREES, moments)
    assert_allclose(ours, expected, atol=1e-12 * np.abs(expected).max())
    assert np.abs(expected[:, l <= 4]).min() > 1e-6


def test_turning_the_orbitals_turns_the_moments(rng, matrix):
    moments, _, _ = radial_moments(4)
    D = rotation_matrix(4, Rotation.random(rng=rng).as_matrix())
    blocks = [D[l * l : (l + 1) ** 2, l * l : (l + 1) ** 2] for l in DEGREES]
    ends = np.cumsum([0, *SIZES])
    turn = np.zeros((12, 12))
    for block, a, b in zip(blocks, ends, ends[1:], strict=False):
        turn[a:b, a:b] = block
    turned = density_moments(turn @ matrix @ turn.T, DEGREES, moments)
    expected = density_moments(matrix, DEGREES, moments) @ D.T
    assert_allclose(turned, expected, atol=1e-12 * np.abs(expected).max())


def test_only_the_symmetric_part_counts(rng, matrix):
    moments, _, _ = radial_moments(3)
    odd = rng.normal(size=(12, 12))
    whole = density_moments(matrix + odd - odd.T, DEGREES, moments)
    expected = density_moments(matrix, DEGREES, moments)
    assert_allclose(whole, expected, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("matrix", "degrees", "moments", "message"),
    [
        (np.ones((4, 3)), [0, 1], np.ones((2, 2, 1)), "`density_matrix` must be of shape (..., 4"),
        (1.0, [0], np.ones((1, 1, 1)), "`density_matrix` must be of shape (..., 1, 1) for these"),
        (np.eye(4), [0, 1], np.ones((2, 3, 1)), "`radial_moments` must be an array of shape (2,"),
        (np.eye(4), [0, -1], np.ones((2, 2, 1)), "`degrees` must be an integer of at least 0"),
    ],
)
def test_errors(matrix, degrees, moments, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        density_moments(matrix, degrees, moments)
    assert message in str(caught.value)


def test_cartesian_moments_of_point_charges(rng):
    positions, charges = rng.normal(size=(7, 3)), rng.normal(size=(2, 7))
    r = np.linalg.norm(positions, axis=1)
    l = np.repeat(np.arange(4), 2 * np.arange(4) + 1)
    spherical = charges @ (r[:, None] ** l * real_sph_harm(3, positions))
    charge, dipole, quadrupole = cartesian_moments(spherical)
    second = np.einsum("bn,na,nc->bac", charges, positions, positions)
    second -= np.trace(second, axis1=1, axis2=2)[:, None, None] * np.eye(3) / 3
    assert_allclose(charge, charges.sum(axis=1), rtol=1e-12)
    assert_allclose(dipole, charges @ positions, rtol=1e-12)
    assert_allclose(quadrupole, second, rtol=1e-11, atol=1e-12)


def test_cartesian_moments_need_quadrupoles():
    with pytest.raises(ValueError, match=r"`moments` must be an array of shape \(..., 9\) or more"):
        cartesian_moments(np.zeros((2, 4)))
