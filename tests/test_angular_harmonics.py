"""Real spherical harmonics, their gradients, quadrature and rotations."""

import math

import numpy as np
import pytest
from numpy.polynomial.legendre import legval, legvander
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from chebtucker.angular import (
    SphereGrid,
    real_sph_harm,
    real_sph_harm_gradient,
    rotation_matrix,
    sphere_grid,
)
from chebtucker.angular.legendre import gauss_legendre, legendre_slopes, legendre_table


def degrees(lmax):
    return np.repeat(np.arange(lmax + 1), 2 * np.arange(lmax + 1) + 1)


def test_closed_forms_of_low_degree(rng):
    v = rng.normal(size=(7, 3))
    x, y, z = (v / np.linalg.norm(v, axis=1)[:, None]).T
    c = np.sqrt(np.array([1, 3, 15, 5, 35, 105]) / np.pi)
    expected = [
        c[0] / 2 + 0 * x, c[1] / 2 * y, c[1] / 2 * z, c[1] / 2 * x,
        c[2] / 2 * x * y, c[2] / 2 * y * z, c[3] / 4 * (3 * z**2 - 1), c[2] / 2 * x * z,
        c[2] / 4 * (x**2 - y**2),
    ]  # fmt: skip
    ours = real_sph_harm(3, v)
    assert_allclose(ours[:, :9], np.stack(expected, axis=-1), atol=1e-15)
    assert_allclose(ours[:, 10], c[5] / 2 * x * y * z, atol=1e-15)
    assert_allclose(ours[:, 15], c[4] * 2**-0.5 / 4 * (x**2 - 3 * y**2) * x, atol=1e-15)


@pytest.mark.parametrize("lmax", [0, 1, 12, 150])
def test_addition_theorem(rng, lmax):
    a, b = rng.normal(size=(2, 20, 3))
    a[:4] = [[0, 0, 1], [1e-9, 0, -1], [1e-160, 0, 3], [1e200, 1e200, 0]]
    unit = [v / np.abs(v).max(axis=1)[:, None] for v in (a, b)]
    cosine = np.einsum("ni,ni->n", *(u / np.linalg.norm(u, axis=1)[:, None] for u in unit))
    products = real_sph_harm(lmax, a) * real_sph_harm(lmax, b)
    for l in range(lmax + 1):
        expected = (2 * l + 1) / (4 * np.pi) * legval(np.clip(cosine, -1, 1), [0] * l + [1])
        sums = products[:, l * l : (l + 1) ** 2].sum(axis=1)
        assert_allclose(sums, expected, atol=2e-14 * (l + 1))


def test_no_condon_shortley_phase():
    positive = real_sph_harm(5, [1.0, 0.3, 0.2])
    l = np.arange(1, 6)
    assert (positive[l * l + 2 * l] > 0).all()  # Y_ll ~ + s^l cos(l phi)
    assert positive[1] > 0  # Y_1,-1 ~ + y


def test_orthonormal_on_the_grid():
    grid = sphere_grid(14)
    values = np.moveaxis(real_sph_harm(7, grid.directions), -1, 0)
    gram = grid.integrate(values[:, None] * values)
    assert_allclose(gram, np.eye(64), atol=2e-15 * 64)


def test_many_chunks_are_as_one(rng):
    v = rng.normal(size=(5, 401, 3))
    whole = real_sph_harm(60, v)
    assert whole.shape == (5, 401, 61**2)
    assert_allclose(real_sph_harm(60, v[3, 400]), whole[3, 400], rtol=1e-12, atol=1e-13)


def test_gradient_of_degree_one_in_closed_form(rng):
    v = rng.normal(size=(9, 3))
    v[0] = [0, 0, 2]
    r = np.linalg.norm(v, axis=1)[:, None, None]
    n = v / r[:, 0]
    expected = (np.eye(3)[[1, 2, 0]] - n[:, [1, 2, 0], None] * n[:, None]) / r
    ours = real_sph_harm_gradient(1, v)
    assert_allclose(ours[:, 1:], math.sqrt(3 / (4 * np.pi)) * expected, atol=1e-15)
    assert (ours[:, 0] == 0).all()


def test_gradient_against_differences(rng):
    v, h = rng.normal(size=(2, 5, 3)) * 1.7, 1e-5
    steps = [real_sph_harm(9, v + h * e) - real_sph_harm(9, v - h * e) for e in np.eye(3)]
    expected = np.stack(steps, axis=-1) / (2 * h)
    assert_allclose(real_sph_harm_gradient(9, v), expected, atol=1e-6 * np.abs(expected).max())


def test_gradients_are_orthogonal_with_the_laplacians_eigenvalues():
    lmax, grid = 6, sphere_grid(12)
    slopes = np.moveaxis(real_sph_harm_gradient(lmax, grid.directions), -2, 0)
    gram = grid.integrate(np.einsum("iabk,jabk->ijab", slopes, slopes))
    l = degrees(lmax)
    assert_allclose(gram, np.diag(l * (l + 1.0)), atol=1e-12)


def test_slopes_in_z_against_differences():
    z, h = np.array([-0.9, -0.2, 0.4, 0.99]), 1e-6
    low, high = (legendre_table(5, t, np.sqrt(1 - t**2)) for t in (z - h, z + h))
    ours = legendre_slopes(5, z, np.sqrt(1 - z**2))
    assert_allclose(ours, (high - low) / (2 * h), atol=1e-6 * np.abs(ours).max())


@pytest.mark.parametrize("n", [1, 2, 3, 8, 41, 42, 151])
def test_gauss_legendre_is_exact_even_near_the_poles(n):
    z, s, weights = gauss_legendre(2 * n - 1)
    assert len(z) == n
    assert (np.diff(z) > 0).all()
    assert_allclose(z**2 + s**2, 1, rtol=1e-15)
    P = legvander(z, n - 1)  # Christoffel numbers: relatively exact where weights are small
    assert_allclose(weights * (P**2 @ (np.arange(n) + 0.5)), 1, rtol=4e-13)
    assert abs(weights @ z) < 1e-15
    for k in {0, n // 2, n - 1}:
        assert_allclose(weights @ z ** (2 * k), 2 / (2 * k + 1), rtol=1e-14)
    missed = weights @ legval(z, [0] * n + [1]) ** 2  # degree 2n: must fail
    assert abs(missed - 2 / (2 * n + 1)) > 1 / (2 * n + 1)


@pytest.mark.parametrize("degree", [0, 1, 5, 8])
def test_grid_is_exact_to_its_degree_and_no_further(degree):
    grid = sphere_grid(degree)
    assert grid.degree == degree
    values = np.moveaxis(real_sph_harm(degree + 2, grid.directions), -1, 0)
    integrals = grid.integrate(values)
    inside = (degree + 1) ** 2
    expected = np.eye(1, inside)[0] * math.sqrt(4 * np.pi)
    assert_allclose(integrals[:inside], expected, atol=1e-14)
    assert np.abs(integrals[inside:]).max() > 0.1


def test_analysis_undoes_synthesis_and_one_node_fewer_does_not(rng):
    lmax = 6
    c = rng.normal(size=(2, 3, (lmax + 1) ** 2))
    full = sphere_grid(2 * lmax)
    assert_allclose(full.analysis(full.synthesis(c), lmax), c, atol=1e-13)
    z, _, w = gauss_legendre(2 * lmax - 2)
    assert len(z) == len(full.z) - 1
    n = len(full.longitudes)
    fewer_z = SphereGrid(z, w * 2 * np.pi / n, full.longitudes)
    longitudes = 2 * np.pi / (n - 1) * np.arange(n - 1)
    fewer_phi = SphereGrid(full.z, full.weights * n / (n - 1), longitudes)
    for grid in (fewer_z, fewer_phi):
        assert np.abs(grid.analysis(grid.synthesis(c), lmax) - c).max() > 0.1


def test_synthesis_is_the_sum_of_harmonics(rng):
    grid = sphere_grid(9)
    c = rng.normal(size=(2, 16))
    expected = np.einsum("bi,xyi->bxy", c, real_sph_harm(3, grid.directions))
    assert_allclose(grid.synthesis(c), expected, atol=1e-14)


def test_high_degree_round_trip(rng):
    c = rng.normal(size=121**2)
    grid = sphere_grid(240)
    assert_allclose(grid.analysis(grid.synthesis(c), 120), c, atol=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_rotation_matrix(rng, sign):
    R = sign * Rotation.random(rng=rng).as_matrix()
    S = Rotation.random(rng=rng).as_matrix()
    D = rotation_matrix(5, R)
    v = rng.normal(size=(4, 3))
    assert_allclose(real_sph_harm(5, v @ R.T), real_sph_harm(5, v) @ D.T, atol=1e-14)
    assert_allclose(D @ D.T, np.eye(36), atol=1e-14)
    assert_allclose(rotation_matrix(5, R @ S), D @ rotation_matrix(5, S), atol=1e-13)
    l = degrees(5)
    assert (D[l[:, None] != l] == 0).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: real_sph_harm(-1, [0, 0, 1]), ValueError, "`lmax` must be an integer of at lea"),
        (lambda: real_sph_harm(2, [1.0, 2.0]), ValueError, "must be of shape (..., 3), got shape"),
        (lambda: real_sph_harm(2, 1.0), ValueError, "`directions` must be of shape (..., 3), got"),
        (lambda: real_sph_harm(2, [[1, 0, 0], [0, 0, 0]]), ValueError, "nonzero, got 0 in row 1"),
        (lambda: real_sph_harm(2, [0, np.nan, 1]), ValueError, "`directions` must be finite, got"),
        (lambda: real_sph_harm_gradient(1.5, [0, 0, 1]), TypeError, "`lmax` must be an integer"),
        (lambda: sphere_grid(-2), ValueError, "`degree` must be an integer of at least 0, got -2"),
        (lambda: sphere_grid(2).integrate(np.ones((3, 2))), ValueError, "shape (..., 2, 3), got"),
        (lambda: sphere_grid(2).analysis(np.ones(3), 1), ValueError, "shape (..., 2, 3), got sha"),
        (lambda: sphere_grid(2).synthesis(np.ones(3)), ValueError, "(L + 1)^2), got shape (3,)"),
        (lambda: rotation_matrix(2, np.ones((3, 3))), ValueError, "must be an orthogonal matrix"),
        (lambda: rotation_matrix(2, np.eye(2)), ValueError, "`rotation` must be an array of shap"),
    ],
)  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)
