"""Infinite crystals: Madelung constants, Ewald's sums, the middle of large finite crystals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import erfc

import chebtucker as ct
from chebtucker.potentials import (
    bulk_potential,
    direct_gradient,
    direct_potential,
    madelung_constant,
)

MADELUNG = {  # minus the energy of a formula unit times the shortest distance
    "rock_salt": 1.7475645946332,
    "caesium_chloride": 1.7626747730710,
    "zincblende": 1.6380550533888,
    "wurtzite": 1.6413216273719,
    "fluorite": 5.0387848798486,
    "perovskite": 24.7549360567,
}


@pytest.mark.parametrize("name", MADELUNG)
def test_madelung_constants(name):
    crystal = getattr(ct.Lattice, name)((1, 1, 1), 2.8)
    assert madelung_constant(crystal) == pytest.approx(MADELUNG[name], rel=3e-12)


def ewald(crystal, points):
    """Return the bulk potential with zero mean, by sums in both spaces."""
    cell, volume = crystal.cell, np.prod(crystal.cell)
    alpha = (np.sqrt(np.pi) / volume ** (1 / 3)) ** 2
    numbers = np.stack(np.meshgrid(*[np.arange(-9, 10)] * 3), axis=-1).reshape(-1, 3)
    total = np.full(len(points), -np.pi / (alpha * volume) * crystal.charges.sum())
    waves = 2 * np.pi * numbers[np.abs(numbers).sum(axis=1) > 0] / cell
    k2 = np.square(waves).sum(axis=1)
    weights = 4 * np.pi / volume * np.exp(-k2 / (4 * alpha)) / k2
    for place, charge in zip(crystal.basis * cell + crystal.origin, crystal.charges, strict=True):
        r = np.linalg.norm(points[:, None] - place - numbers * cell, axis=-1)
        total += charge * (erfc(np.sqrt(alpha) * r) / r).sum(axis=1)
        total += charge * np.cos((points - place) @ waves.T) @ weights
    return total


def test_the_bulk_potential_is_that_of_ewald(rng):
    crystal = ct.Lattice(
        (2.0, 2.6, 3.1), [[0, 0.1, 0], [0.5, 0.4, 0.2], [0.3, 0.8, 0.6]], [1.0, 1.5, -2.5],
        (1, 1, 1), origin=(1.0, -2.0, 0.3),
    )  # fmt: skip
    points = rng.uniform(-10, 10, size=(4, 5, 3))
    expected = ewald(crystal, points.reshape(-1, 3)).reshape(4, 5)
    assert_allclose(bulk_potential(crystal, points), expected, atol=1e-10)


def test_a_doubled_cell_has_the_same_constant():
    rock = ct.Lattice.rock_salt((1, 1, 1))
    half = rock.basis / [2, 1, 1]
    doubled = ct.Lattice(
        rock.cell * [2, 1, 1], np.concatenate([half, half + np.array([0.5, 0, 0])]),
        np.tile(rock.charges, 2), (1, 1, 1),
    )  # fmt: skip
    assert madelung_constant(doubled) == pytest.approx(MADELUNG["rock_salt"], rel=1e-11)


def test_the_middle_of_a_billion_ions_is_bulk(rng):
    """Rock salt has no dipole and no quadrupole in its cell: the faces are felt no more."""
    crystal = ct.Lattice.rock_salt((500, 500, 500), origin=(-500.5, -500.5, -500.5))
    V = ct.potential(crystal, rtol=1e-8, domain=[(-2, 3), (-1, 2), (-4, 4)])
    points = rng.uniform(*V.domain.T, size=(50, 3))
    assert_allclose(V(points), bulk_potential(crystal, points), atol=1e-7)


def test_errors():
    charged = ct.Lattice((1, 2, 3), [[0, 0, 0]], [1], (1, 1, 1))
    with pytest.raises(ValueError, match="`crystal` must have neutral cells, got a charge of 1"):
        madelung_constant(charged)
    rock = ct.Lattice.rock_salt((1, 1, 1))
    with pytest.raises(ValueError, match=r"`points` must be an array of shape \(..., 3\)"):
        bulk_potential(rock, [1.0, 2.0])
    for call in (madelung_constant, lambda crystal: bulk_potential(crystal, [0, 0, 1])):
        with pytest.raises(TypeError, match="`crystal` must be a Lattice, got ParticleSystem"):
            call(rock.to_particles())
    for direct in (direct_potential, direct_gradient):
        with pytest.raises(TypeError, match="`system` must be a ParticleSystem, got Lattice"):
            direct(rock, [[0, 0, 1]])
