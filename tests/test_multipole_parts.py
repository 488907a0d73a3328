"""Radial derivatives, compiled loops and moments of multipoles against their definitions."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.backends import numba_cpu
from chebtucker.backends import reference_multipoles as reference
from chebtucker.kernels import (
    gaussian_derivatives,
    radial_derivatives,
    short_derivatives,
    split_kernel,
)
from chebtucker.kernels.derivatives import is_even
from chebtucker.potentials.multipole import sources as multipoles

SIDES = np.array([1.0, 2.0, 0.5])
KERNELS = [ct.Newton(), ct.Yukawa(3.0)]


@pytest.fixture
def cells(rng):
    shape = np.array([4, 7, 3])
    positions = rng.uniform(size=(200, 3)) * SIDES
    return numba_cpu.sort_into_cells(positions, np.zeros(3), SIDES / shape, shape)


@pytest.fixture
def moments(rng):
    return rng.normal(size=(200, 10))


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_radial_derivatives_are_derivatives(kernel):
    r, h = np.linspace(0.3, 4.0, 50), 1e-4
    rows = radial_derivatives(kernel, r, 5)
    assert_allclose(rows[0], kernel(r), rtol=1e-15)
    above, below = (radial_derivatives(kernel, r + s, 4) for s in (h, -h))
    assert_allclose((above - below) / (2 * h) / r, rows[1:], rtol=2e-5)


def test_radial_derivatives_of_newton_in_closed_form():
    r = np.array([0.5, 2.0])
    double_factorials = [1, 1, 3, 15, 105, 945]
    for n, row in enumerate(radial_derivatives(ct.Newton(), r, 5)):
        assert_allclose(row, (-1) ** n * double_factorials[n] / r ** (2 * n + 1), rtol=1e-14)


def test_derivatives_of_gaussians():
    g = ct.GaussianSum([2.0, -0.5], [0.7, 3.0])
    r, h = np.linspace(0.2, 2.0, 20), 1e-4
    rows = gaussian_derivatives(g, r, 3)
    assert_allclose(rows[0], g(r), rtol=1e-15)
    steps = (gaussian_derivatives(g, r + h, 2) - gaussian_derivatives(g, r - h, 2)) / (2 * h)
    assert_allclose(steps / r, rows[1:], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize(("rtol", "error"), [(1e-6, 3e-7), (1e-12, 1e-9)])
def test_polynomials_of_the_short_part(kernel, rtol, error):
    cutoff = 0.3
    split = split_kernel(kernel, cutoff, 3.0, rtol)
    tables = short_derivatives(split, 5)
    r = cutoff * np.linspace(0.01, 0.999, 500)
    exact = radial_derivatives(kernel, r, 5) - gaussian_derivatives(split.long, r, 5)
    y = 2 * (r / cutoff) ** 2 - 1 if is_even(split) else 2 * r / cutoff - 1
    for n in range(6):
        unit = math.prod(range(1, 2 * n, 2)) / r ** (2 * n + 1)  # of the Newton kernel
        value = np.polyval(tables[n], y)
        value = (-1) ** n * unit + value if is_even(split) else value / r ** (2 * n + 1)
        assert np.abs((value - exact[n]) / unit).max() <= error


def test_tensors_are_symmetric_and_match_differences(rng):
    away = rng.normal(size=(30, 3))
    kernel, h = ct.Yukawa(0.8), 1e-4

    def tensor(x, axes):
        return reference.radial_tensor(
            x, radial_derivatives(kernel, np.linalg.norm(x, axis=-1), 5), axes
        )

    assert_allclose(tensor(away, (0, 2, 2, 1)), tensor(away, (2, 1, 0, 2)), rtol=1e-12)
    for axes in [(), (1,), (0, 2), (1, 1), (0, 1, 1), (2, 2, 2), (0, 0, 1, 1)]:
        for k in range(3):
            step = h * np.eye(3)[k]
            slope = (tensor(away + step, axes) - tensor(away - step, axes)) / (2 * h)
            exact = tensor(away, (*axes, k))
            assert np.linalg.norm(slope - exact) <= 1e-5 * np.linalg.norm(exact)


@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_direct_sums(cells, moments, rng, kernel, order):
    points = rng.uniform(-0.5, 1.5, size=(20, 3))
    away = points[:, None] - cells.positions
    radial = radial_derivatives(kernel, np.linalg.norm(away, axis=-1), order + 2)
    expected = reference.multipole_sums(away, radial, moments, order)
    ours = numba_cpu.direct_multipoles(points, cells.positions, moments, kernel.screening, order)
    assert ours.shape == (20, [1, 4, 10, 20][order])
    scale = np.abs(expected).max(axis=0)
    assert_allclose(ours / scale, expected / scale, atol=1e-12)


@pytest.mark.parametrize("highest", [1, 4, 10])  # columns of moments that are not zero
@pytest.mark.parametrize("cutoff", [0.1, 5.0])  # a few pairs, and more than one buffer
@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_short_range(cells, moments, rng, kernel, cutoff, highest):
    moments[:, highest:] = 0.0
    split = split_kernel(kernel, cutoff, 6.0, 1e-8)
    tables = short_derivatives(split, 5)
    points = np.concatenate([cells.positions[:10], rng.uniform(-0.2, 1.2, (30, 3)) * SIDES])
    skip = np.where(np.arange(40) < 10, np.arange(40), -1)
    for order in range(4):
        more = (points, cells, moments, cutoff, tables, is_even(split), skip, order)
        ours, expected = numba_cpu.short_multipoles(*more), reference.short_multipoles(*more)
        scale = np.abs(expected).max(axis=0)
        assert_allclose(ours / scale, expected / scale, atol=1e-11)


def test_short_range_at_a_particle(cells, moments):
    moments[0, 1:] = 0.0
    moments[0, 0] = -2.0
    split = split_kernel(ct.Newton(), 0.3, 6.0, 1e-8)
    nobody = np.full(2, -1)
    more = (cells.positions[:2], cells, moments, 0.3, short_derivatives(split, 3), True, nobody, 1)
    for values in (numba_cpu.short_multipoles(*more), reference.short_multipoles(*more)):
        assert values[0, 0] == -np.inf
        assert np.isnan(values[0, 1:]).all()
        assert np.isnan(values[1]).all()


def test_moments_in_blocks(cells, moments):
    more = (cells, moments, (5, 6, 4), (1, 3))
    ours = numba_cpu.local_multipole_moments(*more)
    expected = reference.local_multipole_moments(*more)
    assert_allclose(ours, expected, atol=1e-13 * np.abs(expected).max())
    moments[:, 1:] = 0.0
    charges = numba_cpu.local_moments(cells, moments[:, 0].copy(), (5, 6, 4), (1, 3))
    assert_allclose(numba_cpu.local_multipole_moments(*more), charges, atol=1e-12)


def test_moments_of_multipoles_are_limits_of_moments_of_charges(cells, moments):
    """(f(x + h p) - f(x - h p)) / 2h with f the moments of charges, in one block."""
    degrees, h = (5, 6, 4), 1e-4
    low, ends, one = np.full(3, -0.1), SIDES + 0.2, np.array([1, 1, 1])

    def of_charges(positions):
        block = numba_cpu.sort_into_cells(positions, low, ends, one)
        return numba_cpu.local_moments(block, np.ones(len(positions)), degrees, (0, 1))

    dipoles = moments[:, 1:4]
    pairs = of_charges(cells.positions + h * dipoles) - of_charges(cells.positions - h * dipoles)
    moments[:, 0] = 0.0
    moments[:, 4:] = 0.0
    block = numba_cpu.sort_into_cells(cells.positions, low, ends, one)
    ours = numba_cpu.local_multipole_moments(block, moments[block.order], degrees, (0, 1))
    assert_allclose(ours, pairs / (2 * h), atol=1e-5 * np.abs(ours).max())


def test_own_fields_are_the_limit_of_the_gaussians(rng):
    """At a distance that vanishes the field of a smooth kernel is its own field."""
    moments = rng.normal(size=(1, 10))
    g = ct.GaussianSum([1.3, -0.4, 0.7], [0.5, 2.0, 0.1])
    away = 1e-6 * np.array([[[0.3, -0.8, 0.5]]])
    radial = gaussian_derivatives(g, np.linalg.norm(away, axis=-1), 5)
    near = reference.multipole_sums(away, radial, moments, 3)
    assert_allclose(multipoles.own_fields(moments, g, 3), near, rtol=1e-4, atol=1e-3)


def test_torque_is_minus_the_derivative_by_rotation(rng):
    moments, fields = rng.normal(size=(5, 10)), rng.normal(size=(5, 20))
    ours = multipoles.torques(moments, fields)
    h = 1e-5
    for axis in range(3):
        spin = np.cross(np.eye(3)[axis], np.eye(3))  # rows: axis x e_k
        energies = []
        for angle in (h, -h):
            turn = np.eye(3) + angle * spin.T + angle**2 / 2 * spin.T @ spin.T
            turned = moments.copy()
            turned[:, 1:4] = moments[:, 1:4] @ turn.T
            q = turn @ multipoles.quadrupoles_of(moments) @ turn.T
            turned[:, 4:] = q[:, [0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
            energies.append(multipoles.energies(turned, fields))
        assert_allclose(ours[:, axis], -(energies[0] - energies[1]) / (2 * h), atol=1e-8)
