"""Potentials of crystals: direct sums, identities, closed forms, ranks that do not grow."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from comparing import relative
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.potentials import direct_gradient
from chebtucker.potentials.crystals.lattice_sum import lattice_long_range, lattice_terms
from chebtucker.potentials.crystals.rows import Row, row_difference, row_sum

MISSING = [(3, 1, 0, 5), (12, 12, 2, 0), (12, 12, 2, 7), (22, 3, 3, 4), (0, 0, 0, 0)]
SUBSTITUTED = {(5, 6, 1, 2): 2.0, (17, 20, 3, 6): -2.0, (11, 12, 2, 1): 0.5}
EXTRA = ct.ParticleSystem([[7.7, 5.0, 3.3], [60.0, 61.0, 25.0]], [0.7, -1.0])


def points_of(rng, V, count):
    return rng.uniform(*V.domain.T, size=(count, 3))


def defective(rng, name="rock_salt", repeats=(6, 4, 3), **more):
    extra = ct.ParticleSystem([[3.3, 4.1, 2.2], [-1.0, 3.0, 30.0]], [0.7, -0.3])
    return getattr(ct.Lattice, name)(
        repeats, 2.8, missing=[(0, 0, 0, 0), (2, 3, 1, 1)], substituted={(5, 2, 2, 1): 3.0},
        extra=extra, origin=(-2.0, 1.0, 5.0), **more,
    )  # fmt: skip


# Rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1.7, 0.02])
@pytest.mark.parametrize("count", [1, 3, 128, 129, 400])
@pytest.mark.parametrize("exponent", [0.0, 1e-9, 1e-5, 3e-3, 0.02, 1.0])
def test_sums_over_rows(rng, step, count, exponent):
    row = Row(-0.3, step, count)
    x = np.concatenate([rng.uniform(-5, step * count + 5, 30), [-0.3, -0.3 + step / 2]])
    sites = -0.3 + step * np.arange(count, dtype=np.longdouble)
    exact = np.exp(-exponent * (x[:, None] - sites) ** 2).sum(axis=1)
    moved = np.exp(-exponent * (x[:, None] - sites - np.longdouble(0.4 * step)) ** 2).sum(axis=1)
    assert_allclose(row_sum(x, exponent, row), exact.astype(float), rtol=0, atol=3e-14 * count)
    difference = row_difference(x, exponent, row, 0.4 * step)
    assert_allclose(difference, (moved - exact).astype(float), rtol=0, atol=2e-13)


def test_rows_of_a_billion_sites():
    """Far inside, a row is the Jacobi theta function, here its leading term, sqrt(pi / a) / h."""
    row = Row(0.0, 2.0, 10**9)
    for exponent in (1e-4, 1e-10):
        inside = row_sum(np.array([1e9, 7e8]), exponent, row)
        assert_allclose(inside, np.sqrt(np.pi / exponent) / 2, rtol=1e-14)
    at_the_end = row_sum(np.array([-1.0]), 1e-10, row)  # half of it, from a cell's face
    assert_allclose(at_the_end, np.sqrt(np.pi / 1e-10) / 4, rtol=1e-14)


# Direct sums --------------------------------------------------------------------------------------


@pytest.mark.parametrize("repeats", [(24, 24, 4), (23, 23, 4)])
def test_the_lattice_of_the_literature_with_defects(rng, repeats):
    """2,300 cells and more, five vacancies, three substitutions, 1,000 points, at 1e-10."""
    crystal = ct.Lattice.rock_salt(
        repeats, 2.8, missing=MISSING, substituted=SUBSTITUTED, extra=EXTRA
    )
    V = ct.potential(crystal, rtol=1e-10)
    points = points_of(rng, V, 1000)
    points[:50] = crystal.positions_of(np.array([MISSING[2]])) + rng.normal(size=(50, 3))
    exact = ct.direct_potential(crystal.to_particles(), points)
    assert relative(V(points), exact) <= 1e-10
    assert np.abs(V(points) - exact).max() <= 1e-9 * np.sqrt(np.mean(exact**2))
    assert V.report().error <= 1e-10


@pytest.mark.parametrize("name", ["rock_salt", "caesium_chloride", "zincblende", "fluorite",
                                  "perovskite", "wurtzite"])  # fmt: skip
@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-9])
def test_every_structure_keeps_its_tolerance(rng, name, rtol):
    crystal = defective(rng, name)
    V = ct.potential(crystal, rtol=rtol)
    points = points_of(rng, V, 400)
    exact = ct.direct_potential(crystal.to_particles(), points)
    assert 1e-4 * rtol <= relative(V(points), exact) <= rtol


@pytest.mark.parametrize("cutoff", [0.9, 3.0, 11.0, 100.0])
def test_any_cutoff_and_kernel(rng, cutoff):
    crystal = defective(rng)
    for kernel in (ct.Newton(), ct.Yukawa(0.3)):
        V = ct.potential(crystal, kernel=kernel, rtol=1e-7, cutoff=cutoff)
        assert V.cutoff == cutoff
        points = points_of(rng, V, 200)
        exact = ct.direct_potential(crystal.to_particles(), points, kernel)
        assert relative(V(points), exact) <= 1e-7


def test_grids_gradients_forces_energy_like_a_list_of_particles(rng):
    crystal = defective(rng, "fluorite")
    V = ct.potential(crystal, rtol=1e-9, prefactor=-2.0)
    listed = V.listed()
    particles = crystal.to_particles()
    assert isinstance(listed.system, ct.ParticleSystem)
    axes = V.axes(9, [9.0, -2.5, 2.5], 17)
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    exact = -2 * ct.direct_potential(particles, points)
    assert relative(V.on_grid(*axes), exact) <= 1e-9
    assert relative(V(points), exact) <= 1e-9
    assert relative(V.gradient(points), -2 * direct_gradient(particles, points)) <= 1e-7
    r = np.linalg.norm(particles.positions[:, None] - particles.positions, axis=-1)
    np.fill_diagonal(r, np.inf)
    at_particles = -2 * (1 / r) @ particles.charges
    assert relative(V.at_particles(), at_particles) <= 1e-9
    energy = 0.5 * particles.charges @ at_particles
    size = np.linalg.norm(particles.charges) * np.linalg.norm(at_particles)
    assert V.energy() == pytest.approx(energy, abs=1e-9 * size)
    assert V.energy_per_cell() == pytest.approx(energy / 72, abs=1e-9 * size)
    assert V.forces().shape == (len(crystal), 3)
    assert np.abs(V.forces().sum(axis=0)).max() <= 1e-6 * np.abs(V.forces()).sum()


def test_at_and_beside_a_vacancy(rng):
    """A point where an ion is missing is like any other; an ion is infinite."""
    crystal = ct.Lattice.rock_salt((5, 6, 7), 2.8, missing=[(2, 3, 3, 6)])
    hole = crystal.positions_of(crystal.missing)
    V = ct.potential(crystal, rtol=1e-9)
    step = rng.normal(size=(40, 3)) * np.logspace(-12, 0, 40)[:, None]
    exact = ct.direct_potential(crystal.to_particles(), hole + step)
    assert_allclose(V(hole + step), exact, rtol=1e-8)
    assert np.isfinite(V(hole)).all()
    x, y, z = hole[0]
    assert_allclose(V.on_grid([x - 1, x], [y], [z, z + 0.1])[1, 0, 0], V(hole)[0], rtol=1e-9)
    ion = crystal.positions_of(np.array([(2, 3, 3, 1), (2, 2, 2, 6)]))
    assert_allclose(V(ion), [np.inf, -np.inf])


def test_a_lone_vacancy_and_a_crystal_of_one_site():
    crystal = ct.Lattice((9.0, 9.0, 9.0), [[0, 0, 0]], [1.0], (2, 1, 1), missing=[(0, 0, 0, 0)])
    V = ct.potential(crystal, rtol=1e-8, cutoff=1.0)
    assert_allclose(V([[0, 0, 0], [9, 0.1, 0.5]]), [1 / 9, 1 / np.hypot(0.1, 0.5)], rtol=1e-7)
    assert V.energy() == pytest.approx(0, abs=1e-8)


def test_particles_and_points_of_the_same_seed_do_not_coincide():
    box = np.array([[0.4, 5.4], [1.3, 4.5], [2.2, 7.1]])
    extra = np.random.default_rng(0).uniform(*box.T, size=(60, 3))
    crystal = ct.Lattice.rock_salt(
        (3, 2, 4), extra=ct.ParticleSystem(extra, np.resize([1.0, -1.0, 0.5], 60))
    )
    assert 1e-8 < ct.potential(crystal, rtol=1e-4, domain=box).report().error <= 1e-4


# Identities ---------------------------------------------------------------------------------------


def test_a_moved_crystal_has_the_moved_potential(rng):
    shift = np.array([100.3, -7.7, 31.0])
    missing = [(1, 2, 0, 3)]
    here = ct.Lattice.zincblende((4, 3, 5), missing=missing)
    there = ct.Lattice.zincblende((4, 3, 5), missing=missing, origin=shift)
    V, W = (ct.potential(crystal, rtol=1e-9) for crystal in (here, there))
    points = points_of(rng, V, 100)
    assert_allclose(W.domain, V.domain + shift[:, None])
    assert relative(W(points + shift), V(points)) <= 1e-9


def test_defects_add_up(rng):
    """V(both defects) + V(none) = V(one) + V(the other)."""
    sites = [(10, 4, 2, 1), (31, 9, 17, 6)]
    crystal = ct.Lattice.rock_salt((40, 10, 20))
    domain = [(3.1, 70.0), (2.2, 20.0), (1.0, 36.6)]
    build = [crystal, *(crystal.remove([s]) for s in sites), crystal.remove(sites)]
    none, one, other, both = (ct.potential(c, rtol=1e-9, domain=domain) for c in build)
    points = points_of(rng, none, 100)
    assert_allclose(both(points) + none(points), one(points) + other(points), atol=3e-9)
    change = one(points) - none(points)
    r = np.linalg.norm(points - crystal.positions_of(np.array(sites[:1])), axis=1)
    assert_allclose(change, -crystal.charges[1] / r, atol=3e-9)


def test_the_cells_may_be_cut_another_way(rng):
    """A crystal of doubled cells is the same crystal."""
    cell, basis, charges = (2.0, 3.0, 2.5), [[0, 0, 0], [0.3, 0.6, 0.5]], [1.0, -1.0]
    doubled = np.concatenate(
        [np.array(basis) / [2, 1, 1], np.array(basis) / [2, 1, 1] + [0.5, 0, 0]]
    )
    one = ct.Lattice(cell, basis, charges, (150, 6, 7))
    other = ct.Lattice((4.0, 3.0, 2.5), doubled, charges * 2, (75, 6, 7))
    V, W = (ct.potential(c, rtol=1e-9, cutoff=2.0) for c in (one, other))
    points = points_of(rng, V, 200)
    assert relative(W(points), V(points)) <= 1e-9
    assert W.energy() == pytest.approx(V.energy(), rel=1e-9)


# However large ------------------------------------------------------------------------------------


def test_ranks_do_not_grow_with_the_crystal():
    ranks = {}
    for n in (8, 64, 512):
        crystal = ct.Lattice.rock_salt((n, n + 3, 2 * n), 1.0)
        terms = lattice_terms(crystal)
        assert len(terms.weights) == 1  # one product for all eight sites of the cell
        gaussians = ct.Newton().gaussians(1.6, 10.0 * n, 1e-8)
        long = lattice_long_range(terms, gaussians, crystal.bounding_box, atol=1e-8)
        ranks[n] = long.rank
        assert max(long.rank) <= len(gaussians)
    assert max(ranks[512]) <= max(ranks[8]) + 12
    box = [(-3, 6), (5, 17), (1, 8.5)]
    inside = [
        ct.potential(ct.Lattice.perovskite((n, n, n), origin=(-n, -n, -n)), domain=box)
        for n in (10, 10**3, 10**5)
    ]
    assert max(inside[2].rank) <= max(inside[0].rank)


def test_ten_billion_ions_far_from_the_surface_are_the_infinite_crystal(rng):
    """Inside rock salt the potential of any two large crystals is the same."""
    small, large = (
        ct.potential(
            ct.Lattice.rock_salt((n, n, n), origin=(-n, -n, -n)),
            domain=[(-3, 4), (-2, 6), (-7, 5)], rtol=1e-8,
        )
        for n in (100, 1100)
    )  # fmt: skip
    assert len(large.system) > 10**10
    points = points_of(rng, small, 200)
    assert_allclose(large(points), small(points), atol=1e-5)  # the surface of the small one
    between = np.array([[0.5, 0.5, 0.5], [1.5, 2.5, 0.5]])
    assert_allclose(large(between), 0, atol=1e-7)  # zero by antisymmetry
    with pytest.raises(ValueError, match="`sites of the crystal` must be inside the domain"):
        large.energy()
    with pytest.raises(ValueError, match=r"to be listed, got 10,648,000,000, which would take"):
        large.at_particles()


def test_energy_of_a_million_ions_approaches_madelungs_constant():
    """At a face one of two neighbouring planes is missing; a plane is Madelung's square lattice."""
    crystal = ct.Lattice.rock_salt((50, 55, 60), 2.0)
    energy = ct.potential(crystal, rtol=1e-8).energy()
    bulk, plane = 1.7475645946, 1.6155426267  # rock salt, and a single (100) plane of it
    faces = (bulk - plane) * (1 / 100 + 1 / 110 + 1 / 120)
    assert 2.0 * 2 * energy / len(crystal) == pytest.approx(faces - bulk, abs=1e-4)


def test_errors(rng):
    crystal = ct.Lattice.rock_salt((10**5, 10**5, 10**5))
    with pytest.raises(ValueError, match=r"`domain` must be smaller, .* GB of memory; give domain"):
        ct.potential(crystal)
    with pytest.raises(ValueError, match=r"`rtol` must be in \[1e-12, 1\), got 2"):
        ct.potential(crystal, rtol=2)
    few = ct.Lattice.rock_salt((2, 3, 4))
    message = "`executor` must be None for a crystal, whose sites are never listed, got <concurr"
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match=message):
        ct.potential(few, executor=pool)
    V = ct.potential(few, rtol=1e-3)
    with pytest.raises(ValueError, match="`points` must be inside the domain"):
        V([99.0, 0, 0])
    assert "CrystalPotential(192 particles, Newton()" in repr(V)
    assert "192" in str(V.report())
