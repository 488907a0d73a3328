"""Potentials, energies, forces and torques of dipoles and quadrupoles."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from comparing import points_near, relative
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.cli import main
from chebtucker.kernels import radial_derivatives, split_kernel
from chebtucker.potentials import MultipolePotential, direct_gradient
from chebtucker.potentials.direct import direct_fields
from chebtucker.potentials.multipole import fields as multipole_fields
from chebtucker.potentials.multipole.long import multipole_long_range
from chebtucker.potentials.multipole.sources import energies, forces, packed, torques

KERNELS = [ct.Newton(), ct.Yukawa(1.5)]
SIDES = np.array([1.0, 2.5, 0.7])


def symmetric(array):
    return array + array.swapaxes(-1, -2)


def random_system(rng, n=200, kinds="qpQ"):
    """Charges, dipoles and quadrupoles whose fields are alike at the distance of neighbours."""
    charges = rng.choice([-1.0, 1.0], n) if "q" in kinds else np.zeros(n)
    dipoles, quadrupoles = 0.1 * rng.normal(size=(n, 3)), symmetric(rng.normal(size=(n, 3, 3)))
    return ct.ParticleSystem(
        rng.uniform(size=(n, 3)) * SIDES - [0.2, 3.0, 0.0],
        charges,
        dipoles=dipoles if "p" in kinds else None,
        quadrupoles=0.01 * quadrupoles if "Q" in kinds else None,
    )


def two_atoms(rng):
    """Two atoms 0.8 Angstrom apart, with moments of the size of atoms in molecules."""
    return ct.ParticleSystem(
        [[0.3, -0.2, 1.0], [0.3, 0.44, 1.48]],
        [0.4, -0.4],
        dipoles=0.1 * rng.normal(size=(2, 3)),
        quadrupoles=0.1 * symmetric(rng.normal(size=(2, 3, 3))),
    )


@pytest.fixture(scope="module")
def built():
    """One system with its potentials at 1e-7, for the tests that only look."""
    system = random_system(np.random.default_rng(5))
    return {kernel: ct.potential(system, kernel=kernel, rtol=1e-7) for kernel in KERNELS}


# Potentials ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-10])
@pytest.mark.parametrize("kinds", ["p", "Q", "qpQ"])
def test_equals_direct_sums(rng, kernel, rtol, kinds):
    system = random_system(rng, kinds=kinds)
    V = ct.potential(system, kernel=kernel, rtol=rtol)
    assert V.report().error <= rtol
    for points in (
        rng.uniform(*V.domain.T, size=(300, 3)),
        points_near(rng, system, V.domain, 200),
    ):
        exact = ct.direct_potential(system, points, kernel)
        assert relative(V(points), exact) <= 2 * rtol
        slopes = direct_gradient(system, points, kernel)
        assert relative(V.gradient(points), slopes) <= 20 * rtol


@pytest.mark.parametrize("kernel", [ct.Newton(), ct.Yukawa(0.3)], ids=repr)
@pytest.mark.parametrize("rtol", [1e-6, 1e-10])
def test_two_atoms(rng, kernel, rtol):
    system = two_atoms(rng)
    V = ct.potential(system, kernel=kernel, rtol=rtol, domain=[(-4, 5), (-3, 4), (-2, 5)])
    for points in (
        rng.uniform(*V.domain.T, size=(300, 3)),
        points_near(rng, system, V.domain, 200, distance=(0.3, 1.0)),
    ):
        exact = ct.direct_potential(system, points, kernel)
        assert relative(V(points), exact) <= 2 * rtol
        assert np.abs(V(points) - exact).max() <= 20 * rtol * np.abs(exact).max()


@pytest.mark.parametrize("cutoff", [0.25, 0.6, 10.0])
def test_any_cutoff_gives_the_same_potential(rng, cutoff):
    system = random_system(rng)
    V = ct.potential(system, rtol=1e-6, cutoff=cutoff)
    assert V.cutoff == cutoff
    points = rng.uniform(*V.domain.T, size=(200, 3))
    assert relative(V(points), ct.direct_potential(system, points)) <= 2e-6


def test_grid_equals_points(built):
    V = built[KERNELS[0]]
    axes = V.axes(5, [-1.0, -0.9, -0.4], 17)
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    assert_allclose(V.on_grid(*axes), V(points), rtol=1e-9)
    exact = ct.direct_potential(V.system, points)
    assert relative(V.on_grid(*axes), exact) <= 1e-6


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_direct_sum_of_a_dipole_and_a_quadrupole(rng, kernel):
    """Written out: p.x s1, and (x Q x s2 + tr Q s1)/2 with s_n = ((1/r) d/dr)^n K."""
    x = rng.normal(size=(20, 3))
    p, Q = rng.normal(size=3), symmetric(rng.normal(size=(3, 3)))
    system = ct.ParticleSystem(np.zeros((1, 3)), [2.0], dipoles=[p], quadrupoles=[Q])
    s = radial_derivatives(kernel, np.linalg.norm(x, axis=1), 2)
    exact = 2 * s[0] - x @ p * s[1]
    exact += 0.5 * (np.einsum("na,ab,nb->n", x, Q, x) * s[2] + np.trace(Q) * s[1])
    assert_allclose(ct.direct_potential(system, x, kernel), exact, rtol=1e-11, atol=1e-12)


def test_buckinghams_moments_are_three_halves_of_ours(rng):
    """V = Theta_ab x_a x_b / r^5 for traceless Theta, Q = 2 Theta / 3."""
    theta = symmetric(rng.normal(size=(3, 3)))
    theta -= np.trace(theta) / 3 * np.eye(3)
    x = rng.normal(size=(20, 3))
    system = ct.ParticleSystem([[0, 0, 0]], [0], quadrupoles=[2 * theta / 3])
    exact = np.einsum("na,ab,nb->n", x, theta, x) / np.linalg.norm(x, axis=1) ** 5
    assert_allclose(ct.direct_potential(system, x), exact, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_multipoles_are_limits_of_charges(rng, kernel):
    """Centred differences of charges: errors go down with the square of the step."""
    points = rng.normal(size=(50, 3))
    points[:, 0] += 3.0
    p, (u, v) = rng.normal(size=3), rng.normal(size=(2, 3))
    Q = np.outer(u, v) + np.outer(v, u)  # (1/2) Q : d d = (u . d)(v . d)
    dipole = ct.ParticleSystem([[0, 0, 0]], [0], dipoles=[p])
    quadrupole = ct.ParticleSystem([[0, 0, 0]], [0], quadrupoles=[Q])
    errors = []
    for h in (0.08, 0.04, 0.02):
        pair = ct.ParticleSystem([h * p, -h * p], [0.5 / h, -0.5 / h])
        places = [h * (a * u + b * v) for a in (1, -1) for b in (1, -1)]
        four = ct.ParticleSystem(places, np.array([1, -1, -1, 1]) / (4 * h * h))
        errors.append(
            [
                relative(ct.direct_potential(few, points, kernel), exact)
                for few, exact in (
                    (pair, ct.direct_potential(dipole, points, kernel)),
                    (four, ct.direct_potential(quadrupole, points, kernel)),
                )
            ]
        )
    rates = np.log2(np.divide(errors[:-1], errors[1:]))
    assert_allclose(rates, 2.0, atol=0.1)


def test_the_trace_of_a_quadrupole(rng):
    """Nothing for Newton; for Yukawa the Laplacian of the kernel, k^2 K, times tr Q / 6."""
    points = rng.uniform(0.2, 1.0, size=(50, 3))
    system = ct.ParticleSystem([[0, 0, 0]], [0], quadrupoles=[6 * np.eye(3)])
    box = [(-0.1, 1), (-0.2, 1), (-0.3, 1)]
    assert_allclose(ct.potential(system, domain=box)(points), 0.0, atol=1e-12)
    kernel = ct.Yukawa(1.5)
    V = ct.potential(system, kernel=kernel, rtol=1e-8, domain=box)
    exact = 1.5**2 * kernel(np.linalg.norm(points, axis=1)) * 6 / 2
    assert relative(V(points), exact) <= 1e-7


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_laplaces_equation(built, kernel, rng):
    """Laplacian phi = k^2 phi away from the sources, by central differences."""
    V = built[kernel]
    points = rng.uniform(
        *(V.domain * 0.95 + 0.05 * V.domain.mean(axis=1, keepdims=True)).T, (60, 3)
    )
    r = np.linalg.norm(points[:, None] - V.system.positions, axis=-1).min(axis=1)
    points = points[r > 0.08]
    medians = []
    for h in (4e-3, 2e-3):
        steps = np.concatenate([h * np.eye(3), -h * np.eye(3)])
        around = np.array([V(points + step) for step in steps])
        laplacian = (around.sum(axis=0) - 6 * V(points)) / h**2
        size = np.abs(around[:3] + around[3:] - 2 * V(points)).sum(axis=0) / h**2
        off = np.abs(laplacian - kernel.screening**2 * V(points)) / size
        medians.append(np.median(off))
    assert off.max() <= 0.03
    assert medians[1] <= 2e-4
    assert medians[0] / medians[1] == pytest.approx(4, rel=0.2)  # of the differences, not of V


def test_values_at_sources(rng):
    system = ct.ParticleSystem([[0, 0, 0], [1, 0, 0]], [1.0, -1.0], dipoles=[[0, 0, 0], [0, 0, 1]])
    V = ct.potential(system, rtol=1e-6)
    for values in (V(system.positions), ct.direct_potential(system, system.positions)):
        assert values[0] == np.inf
        assert np.isnan(values[1])


# Energies, forces, torques ------------------------------------------------------------------------


def exact_fields(system, kernel):
    """Derivatives at each particle of the potential of all others."""
    result = np.empty((len(system), 20))
    for i in range(len(system)):
        rest = np.arange(len(system)) != i
        others = ct.ParticleSystem(
            system.positions[rest], system.charges[rest],
            dipoles=system.dipoles[rest], quadrupoles=system.quadrupoles[rest],
        )  # fmt: skip
        result[i] = direct_fields(others, system.positions[i : i + 1], kernel, 3)
    return result


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_energy_forces_torques_equal_direct_sums(built, kernel):
    V = built[kernel]
    moments, fields = packed(V.system, kernel), exact_fields(V.system, kernel)
    assert relative(V.at_particles(), fields[:, 0]) <= 1e-6
    parts = energies(moments, fields)
    assert abs(V.energy() - 0.5 * parts.sum()) <= 1e-6 * np.linalg.norm(parts)
    assert relative(V.forces(), forces(moments, fields)) <= 1e-6
    assert relative(V.torques(), torques(moments, fields)) <= 1e-6


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_forces_and_torques_of_a_closed_system_cancel(built, kernel):
    V = built[kernel]
    force, torque, positions = V.forces(), V.torques(), V.system.positions
    assert np.abs(force.sum(axis=0)).max() <= 1e-7 * np.abs(force).sum()
    total = (np.cross(positions, force) + torque).sum(axis=0)
    assert np.abs(total).max() <= 1e-7 * (3 * np.abs(force).sum() + np.abs(torque).sum())
    assert np.abs(np.cross(positions, force).sum(axis=0)).max() >= 1e-3 * np.abs(torque).max()


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_force_is_minus_the_slope_of_the_energy(rng, kernel):
    system, h = random_system(rng, 6), 1e-4
    box = [(-0.5, 1), (-3.2, 0), (-0.2, 0.9)]

    def of(positions):
        moved = ct.ParticleSystem(
            positions, system.charges, dipoles=system.dipoles, quadrupoles=system.quadrupoles
        )
        return ct.potential(moved, kernel=kernel, rtol=1e-9, domain=box, cutoff=0.8)

    force = of(system.positions).forces()
    for axis in range(3):
        step = np.zeros((6, 3))
        step[2, axis] = h
        ahead, behind = (of(system.positions + s * step).energy() for s in (1, -1))
        slope = (ahead - behind) / (2 * h)
        assert force[2, axis] == pytest.approx(-slope, abs=1e-4 * np.abs(force).max())


def test_many_particles_take_local_series(built, monkeypatch):
    V = built[KERNELS[0]]
    few = V.forces(), V.torques(), V.energy()
    monkeypatch.setattr(multipole_fields, "_MOST", 0.0)
    assert relative(V.forces(), few[0]) <= 1e-7
    assert relative(V.torques(), few[1]) <= 1e-7
    assert V.energy() == pytest.approx(few[2], rel=1e-7)


def test_two_dipoles_in_closed_form():
    """U = (p1 . p2 - 3 (p1 . n)(p2 . n))/r^3, torque p x E."""
    p1, p2, x = np.array([0.3, -1.0, 0.5]), np.array([1.1, 0.2, -0.7]), np.array([1.0, 2.0, -2.0])
    system = ct.ParticleSystem([[0, 0, 0], x], [0, 0], dipoles=[p1, p2])
    V = ct.potential(system, rtol=1e-10)
    n, r = x / 3, 3.0
    energy = (p1 @ p2 - 3 * (p1 @ n) * (p2 @ n)) / r**3
    field = (3 * (p1 @ n) * n - p1) / r**3  # of the first at the second
    assert V.energy() == pytest.approx(energy, rel=5e-8)
    assert_allclose(V.torques()[1], np.cross(p2, field), rtol=5e-8)


def test_energy_of_a_lone_multipole_is_zero(rng):
    """All of the long part at its own place is taken off: charge, dipole and quadrupole terms."""
    Q = symmetric(rng.normal(size=(1, 3, 3)))
    system = ct.ParticleSystem([[0.1, 0.2, 0.3]], [1.0], dipoles=[[1, -2, 0.5]], quadrupoles=Q)
    for kernel in KERNELS:
        V = ct.potential(system, kernel=kernel, rtol=1e-8)
        assert abs(V.energy()) <= 1e-6 * float(np.abs(Q).max()) ** 2 / V.cutoff**5
        assert np.abs(V.torques()).max() <= 1e-5 / V.cutoff**5


def test_translation_and_rotation(rng):
    system = random_system(rng, 60)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    moved = ct.ParticleSystem(
        system.positions @ turn.T + [30.0, -7.0, 2.0],
        system.charges,
        dipoles=system.dipoles @ turn.T,
        quadrupoles=turn @ system.quadrupoles @ turn.T,
    )
    V, W = (ct.potential(s, rtol=1e-8) for s in (system, moved))
    assert W.energy() == pytest.approx(V.energy(), rel=1e-6)
    assert relative(W.forces(), V.forces() @ turn.T) <= 1e-6
    handed = np.linalg.det(turn)  # a torque is an axial vector
    assert relative(W.torques(), handed * V.torques() @ turn.T) <= 1e-6


@pytest.mark.parametrize("unit", [1e-9, 1e6])
def test_any_unit_of_length(rng, unit):
    system = random_system(rng, 60)
    scaled = ct.ParticleSystem(
        unit * system.positions,
        system.charges,
        dipoles=unit * system.dipoles,
        quadrupoles=unit**2 * system.quadrupoles,
    )
    V, W = (ct.potential(s, rtol=1e-8) for s in (system, scaled))
    points = rng.uniform(*V.domain.T, size=(50, 3))
    assert relative(unit * W(unit * points), V(points)) <= 1e-7
    assert unit * W.energy() == pytest.approx(V.energy(), rel=1e-6)
    assert relative(unit**2 * W.forces(), V.forces()) <= 1e-6
    assert relative(unit * W.torques(), V.torques()) <= 1e-6


# The rest of the house ----------------------------------------------------------------------------


def test_without_moments_it_is_the_potential_of_charges(rng):
    system = random_system(rng, kinds="q")
    zeros = ct.ParticleSystem(
        system.positions, system.charges, dipoles=np.zeros((200, 3)),
        quadrupoles=np.zeros((200, 3, 3)),
    )  # fmt: skip
    V, W = (ct.potential(s, rtol=1e-8) for s in (system, zeros))
    points = rng.uniform(*V.domain.T, size=(100, 3))
    assert type(V) is ct.Potential
    assert relative(W(points), V(points)) <= 2e-8
    assert relative(W.forces(), V.forces()) <= 1e-6
    assert_allclose(W.torques(), 0.0, atol=0)
    none = ct.ParticleSystem([[0, 0, 0]], [0], dipoles=[[0, 0, 0]])
    assert_allclose(ct.potential(none)([0.5, 0.1, 0.2]), 0.0, atol=0)


def test_ranks_for_the_same_gaussians(rng):
    """Relative to the size of the long part: a tenth more than charges, or a fifth."""
    split = split_kernel(ct.Newton(), 0.4, 4.0, 1e-7)
    box = np.array([[-0.4, 1.0], [-3.3, -0.2], [-0.2, 0.9]])
    positions = random_system(rng).positions
    ranks = []
    for columns in (slice(1), slice(1, 4), slice(4, 10)):
        moments = np.zeros((200, 10))
        moments[:, columns] = rng.normal(size=moments[:, columns].shape)
        long = multipole_long_range(positions, moments, split.long, box, rtol=1e-9, atol=1e-12)
        ranks.append(np.array(long.round(3e-7).rank))
    assert (ranks[1] <= 1.1 * ranks[0] + 2).all()
    assert (ranks[2] <= 1.2 * ranks[0] + 2).all()


def test_ranks_for_the_same_tolerance(rng):
    """Up to half more than charges: derivatives need sharper Gaussians too."""
    system = random_system(rng)
    charges = ct.ParticleSystem(system.positions, system.charges)
    for rtol in (1e-6, 1e-9):
        few, more = (
            np.array(ct.potential(s, rtol=rtol, cutoff=0.4).rank) for s in (charges, system)
        )
        assert (more <= 1.5 * few + 2).all()


def test_prefactor_and_linearity(rng):
    system = random_system(rng, 50)
    V = ct.potential(system, rtol=1e-8)
    W = ct.potential(system, rtol=1e-8, prefactor=-2.0)
    points = rng.uniform(*V.domain.T, size=(50, 3))
    assert relative(W(points), -2 * V(points)) <= 1e-7
    assert W.energy() == pytest.approx(-2 * V.energy(), rel=1e-6)


def test_saved_and_loaded(built, rng, tmp_path):
    for k, V in enumerate(built.values()):
        path = tmp_path / f"{k}.npz"
        V.save(path)
        W = ct.load(path)
        points = rng.uniform(*V.domain.T, size=(50, 3))
        assert_allclose(W(points), V(points), rtol=1e-12)
        assert_allclose(W.torques(), V.torques(), rtol=1e-9, atol=1e-9)
        assert_allclose(W.system.quadrupoles, V.system.quadrupoles, rtol=0)


def test_read_from_an_archive_and_on_the_command_line(rng, tmp_path, capsys):
    system = random_system(rng, 5)
    np.savez(
        tmp_path / "five.npz", x=system.positions, q=system.charges, dipoles=system.dipoles,
        quadrupoles=system.quadrupoles,
    )  # fmt: skip
    read = ct.read_particles(tmp_path / "five.npz")
    assert_allclose(read.dipoles, system.dipoles)
    assert_allclose(read.quadrupoles, system.quadrupoles)
    saved = str(tmp_path / "v.npz")
    assert main(["potential", str(tmp_path / "five.npz"), "--rtol", "1e-4", "--save", saved]) == 0
    assert main(["info", saved]) == 0
    assert "Newton()" in capsys.readouterr().out
    assert isinstance(ct.load(saved), MultipolePotential)


def test_kernel_of_the_users_own(rng):
    class Half:
        """Half a Yukawa kernel and half a Newton kernel."""

        screening = 1.0
        parts = (ct.Newton(), ct.Yukawa(2.0))

        def __call__(self, r):
            return (self.parts[0](r) + self.parts[1](r)) / 2

        def gaussians(self, r_min, r_max, rtol):
            a, b = (part.gaussians(r_min, r_max, rtol) for part in self.parts)
            return ct.GaussianSum(
                np.append(a.weights, b.weights) / 2, np.append(a.exponents, b.exponents)
            )

    class Complete(Half):
        def radial_derivatives(self, r, order):
            return sum(radial_derivatives(part, r, order) for part in self.parts) / 2

    system = random_system(rng, 50)
    with pytest.raises(
        TypeError, match=r"`kernel` must have a method radial_derivatives\(r, order"
    ):
        ct.potential(system, kernel=Half())
    V = ct.potential(system, kernel=Complete(), rtol=1e-7)
    points = rng.uniform(*V.domain.T, size=(100, 3))
    exact = sum(ct.direct_potential(system, points, part) / 2 for part in Half.parts)
    assert relative(V(points), exact) <= 2e-7


@pytest.mark.parametrize(
    ("moments", "message"),
    [
        ({"dipoles": np.zeros((3, 3))}, r"`dipoles` must be an array of shape \(2, 3\)"),
        ({"quadrupoles": np.zeros((2, 3))}, r"`quadrupoles` must be an array of shape \(2, 3, 3\)"),
        ({"dipoles": [[0, 0, np.nan], [0, 0, 0]]}, "`dipoles` must be finite, got nan at index"),
        (
            {"quadrupoles": [np.eye(3), [[0, 0, 1], [0, 0, 0], [0, 0, 0]]]},
            r"`quadrupoles` must be symmetric, got 1 at \[1, 0, 2\] and 0 at \[1, 2, 0\]",
        ),
    ],
)
def test_errors(moments, message):
    with pytest.raises(ValueError, match=message):
        ct.ParticleSystem([[0, 0, 0], [0, 0, 1]], [1, 1], **moments)


def test_an_executor_is_refused(rng):
    with (
        ThreadPoolExecutor(1) as pool,
        pytest.raises(ValueError, match="`executor` must be None for particles with dipoles or q"),
    ):
        ct.potential(random_system(rng, 5), executor=pool)


def test_a_crystal_takes_charges_only():
    extra = ct.ParticleSystem([[0, 0, 0.5]], [1], dipoles=[[0, 0, 1]])
    with pytest.raises(ValueError, match="`extra` must hold charges only in a crystal, got Part"):
        ct.Lattice.rock_salt((2, 2, 2), extra=extra)


def test_systems_say_what_they_hold(built):
    system = built[KERNELS[0]].system
    assert system.multipole_order == 2
    assert repr(system).endswith(", dipoles, quadrupoles)")
    assert not system.dipoles.flags.writeable
    assert len(system) == 200
    assert "Potential(200 particles, Newton()" in repr(built[KERNELS[0]])


def test_the_page_runs():
    """Two molecules of water: the torques turn the dipoles towards the field."""
    page = (Path(__file__).parents[1] / "docs" / "multipoles.md").read_text()
    names = {}
    exec(re.search(r"```python\n(.*?)```", page, re.DOTALL).group(1), names)
    V = names["V"]
    assert V.report().error <= 1e-8
    system = names["water"]
    fields = exact_fields(system, ct.Newton())
    assert_allclose(V.torques(), torques(packed(system, V.kernel), fields), atol=1e-7)
