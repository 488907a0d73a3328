"""Real molecules: tolerance, energies, forces."""

import numpy as np
import pytest
from comparing import points_near, relative

import chebtucker as ct
from chebtucker.potentials import direct_gradient

SMALL = ["Membrane-helix-0.pqr", "fas2.pqr", "1ubi.pqr", "mache.pqr"]


def outside_atoms(points, system, distance=1.0):
    r = np.sqrt(((points[:, None] - system.positions) ** 2).sum(axis=-1))
    return points[r.min(axis=1) >= distance]


@pytest.mark.parametrize("kernel", [ct.Newton(), ct.Yukawa(0.1)], ids=repr)
@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize("name", SMALL)
def test_tolerance_is_kept(molecule, rng, name, rtol, kernel):
    system = ct.read_particles(molecule(name))
    V = ct.potential(system, kernel=kernel, rtol=rtol)
    uniform = rng.uniform(*V.domain.T, size=(500, 3))
    near = points_near(rng, system, V.domain, 500, (1, 2))
    for points in (uniform, near):
        assert relative(V(points), ct.direct_potential(system, points, kernel)) <= rtol
    points = outside_atoms(np.concatenate([uniform, near]), system)
    exact = ct.direct_potential(system, points, kernel)
    worst = np.abs(V(points) - exact).max()
    assert worst <= 20 * rtol * np.sqrt(np.mean(exact**2))


@pytest.mark.parametrize(
    ("name", "energy"), [("fas2.pqr", -55.87990799), ("mache.pqr", -478.01712932)]
)
def test_energies(molecule, name, energy):
    V = ct.potential(ct.read_particles(molecule(name)), rtol=1e-10)
    assert V.energy() == pytest.approx(energy, rel=1e-8)


@pytest.mark.parametrize("kernel", [ct.Newton(), ct.Yukawa(0.1)], ids=repr)
def test_forces_of_a_protein(molecule, kernel):
    system = ct.read_particles(molecule("1ubi.pqr"))
    forces = ct.potential(system, kernel=kernel, rtol=1e-9).forces()
    for i in (0, 17, 600, 1230):
        rest = ct.ParticleSystem(
            np.delete(system.positions, i, axis=0), np.delete(system.charges, i)
        )
        exact = -system.charges[i] * direct_gradient(rest, system.positions[i], kernel)
        assert np.abs(forces[i] - exact).max() <= 1e-8 * np.sqrt(np.mean(forces**2))
    scale = np.linalg.norm(forces, axis=1).sum()
    assert np.linalg.norm(forces.sum(axis=0)) <= 1e-9 * scale
    arms = system.positions - system.positions.mean(axis=0)
    torque = np.cross(arms, forces).sum(axis=0)
    assert np.linalg.norm(torque) <= 1e-9 * scale * np.abs(arms).max()


@pytest.mark.slow
def test_a_quarter_of_a_million_atoms(molecule, rng):
    system = ct.read_particles(molecule("4v8r.npz"))
    V = ct.potential(system, rtol=1e-6)
    assert V.energy() == pytest.approx(-14706.56557535, rel=1e-6)
    for points in (
        rng.uniform(*V.domain.T, size=(100, 3)), points_near(rng, system, V.domain, 100, (1, 2)),
    ):  # fmt: skip
        assert relative(V(points), ct.direct_potential(system, points)) <= 1e-6
    values = V.on_grid(129, 129, 129)
    axes = V.axes(129, 129, 129)
    point = np.array([axes[0][11], axes[1][64], axes[2][100]])
    assert values[11, 64, 100] == pytest.approx(float(V(point)), rel=1e-9)
