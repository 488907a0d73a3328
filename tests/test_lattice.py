"""Crystals: where their sites are, what defects do, and what is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import chebtucker as ct

NEIGHBOURS = {  # distinct ions of the cell, and how many nearest neighbours each has
    "rock_salt": (8, {6}),
    "caesium_chloride": (2, {8}),
    "zincblende": (8, {4}),
    "fluorite": (12, {4, 8}),
    "perovskite": (5, {0, 6, 2}),
    "wurtzite": (8, {4}),
}


def distances(particles, points):
    return np.linalg.norm(points[:, None] - particles.positions, axis=-1)


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_named_structures_have_their_neighbours(name):
    sites, expected = NEIGHBOURS[name]
    crystal = getattr(ct.Lattice, name)((3, 5, 4), 2.5)
    particles = crystal.to_particles()
    assert len(particles) == len(crystal) == 60 * sites
    assert crystal.total_charge == pytest.approx(0)
    middle = np.array([(1, 2, 1, s) for s in range(sites)])
    r = distances(particles, crystal.positions_of(middle))
    assert_allclose(np.sort(r, axis=1)[:, 0], 0, atol=1e-12)
    near = np.abs(r - 2.5) < 1e-9
    assert ((r < 1e-9) | near | (r > 2.5)).all()
    assert set(near.sum(axis=1).tolist()) == expected
    own = crystal.charges_at(middle)[:, None]
    assert (near * own * particles.charges <= 0).all()  # neighbours attract


def test_sites_and_positions():
    crystal = ct.Lattice(
        (2.0, 3.0, 5.0), [[0, 0, 0], [0.25, 1.5, -0.5]], [1, -2], (4, 2, 3), origin=(10, -1, 0.5)
    )
    assert_allclose(crystal.basis[1], [0.25, 0.5, 0.5])  # whole numbers are taken off
    assert_allclose(crystal.positions_of(np.array([(3, 1, 2, 1)])), [[16.5, 3.5, 13.0]])
    assert_allclose(crystal.bounding_box, [[10, 16.5], [-1, 3.5], [0.5, 13]])
    assert crystal.total_charge == -24
    box = [(11.0, 14.2), (-2.0, 1.0), (0.0, 6.0)]
    inside = crystal.positions_of(crystal.sites_in(box))
    every = crystal.to_particles().positions
    wanted = every[((every >= np.transpose(box)[0]) & (every <= np.transpose(box)[1])).all(axis=1)]
    assert_allclose(inside[np.lexsort(inside.T)], wanted[np.lexsort(wanted.T)])
    assert len(crystal.to_particles(box)) == len(wanted)


def test_defects():
    extra = ct.ParticleSystem([[0.3, 0.4, 9.0]], [0.5])
    crystal = ct.Lattice.rock_salt(
        (2, 3, 4), 2.0, missing=[(0, 2, 3, 5)], substituted={(1, 0, 2, 1): 2.0}, extra=extra
    )
    particles = crystal.to_particles()
    assert len(particles) == len(crystal) == 192
    assert particles.names.count("Na") == 96
    assert particles.names.count("Cl") == 95
    assert particles.total_charge == pytest.approx(1 + 1 + 0.5)
    assert crystal.total_charge == pytest.approx(particles.total_charge)
    vacancy = crystal.positions_of(crystal.missing)
    assert distances(particles, vacancy).min() == pytest.approx(2.0)
    positions, charges = crystal.defects
    perfect = crystal.perfect().to_particles()
    points = np.random.default_rng(0).uniform(-3, 20, (20, 3))
    both = ct.direct_potential(perfect, points)
    both += ct.direct_potential(ct.ParticleSystem(positions, charges), points)
    assert_allclose(ct.direct_potential(particles, points), both, rtol=1e-11)
    again = ct.Lattice.rock_salt((2, 3, 4), 2.0, extra=extra).remove([(0, 2, 3, 5)])
    again = again.substitute({(1, 0, 2, 1): 2.0})
    assert_allclose(again.to_particles().charges, particles.charges)


HEXAGONAL = np.array([[3.0, 0, 0], [-1.5, 1.5 * np.sqrt(3), 0], [0, 0, 5.0]])
PRIMITIVE = 2.5 * np.array([[0, 1.0, 1], [1, 0, 1], [1, 1, 0]])
TURN = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]


@pytest.mark.parametrize(
    ("vectors", "edges"),
    [
        (HEXAGONAL, [3.0, 3 * np.sqrt(3), 5.0]),
        (PRIMITIVE, [5.0, 5.0, 5.0]),
        (np.diag([2.0, 3.0, 4.0]), [2.0, 3.0, 4.0]),
        (HEXAGONAL @ TURN, None),
        (PRIMITIVE @ TURN, None),
    ],
)
def test_orthogonal_supercells_are_the_same_crystal(vectors, edges):
    basis = np.array([[0.1, 0.2, 0.3], [0.4, 0.75, 0.6]])
    crystal = ct.Lattice(vectors, basis, [1, -1], (5, 5, 5))
    if edges is not None:
        assert_allclose(crystal.cell, edges)
    copies = len(crystal.basis) // 2
    assert np.prod(crystal.cell) == pytest.approx(copies * abs(np.linalg.det(vectors)))
    # Distances from an ion to others, with the products of charges, do not depend on the cell.
    cells = np.stack(np.meshgrid(*[np.arange(-9, 10)] * 3), axis=-1).reshape(-1, 1, 3)
    listed = ((cells + basis) @ vectors).reshape(-1, 3)
    charges = np.tile([1.0, -1.0], len(cells))
    own = np.linalg.norm(listed - basis[0] @ vectors, axis=1)
    site = int(np.flatnonzero(crystal.charges == 1)[0])
    middle = crystal.positions_of(np.array([(2, 2, 2, site)]))
    particles = crystal.to_particles()
    r = distances(particles, middle)[0]
    for charge in (1, -1):
        expected = np.sort(own[charges == charge])[:8]
        assert_allclose(np.sort(r[particles.charges == charge])[:8], expected, atol=1e-9)


def test_a_crystal_keeps_its_hand():
    """The supercell of a turned cell is turned, never mirrored."""
    basis = [[0, 0, 0], [0.3, 0, 0], [0, 0.2, 0], [0, 0, 0.1]]
    crystal = ct.Lattice(PRIMITIVE @ TURN, basis, [1, 2, 3, -6], (3, 3, 3))
    particles = crystal.to_particles()
    centre = crystal.positions_of(np.array([(1, 1, 1, int(np.argmin(abs(crystal.charges - 1))))]))
    away = []
    for k, charge in enumerate((2, 3, -6), 1):
        some = particles.positions[particles.charges == charge]
        wanted = np.linalg.norm(np.array(basis[k]) @ PRIMITIVE)
        r = np.linalg.norm(some - centre, axis=1)
        away.append(some[int(np.argmin(np.abs(r - wanted)))] - centre[0])
    expected = np.linalg.det(np.array(basis[1:]) @ PRIMITIVE @ TURN)
    assert np.linalg.det(away) == pytest.approx(expected)


def test_a_great_number_of_sites_is_no_problem_until_listed():
    crystal = ct.Lattice.rock_salt((10**4, 10**4, 10**4), missing=[(9999, 0, 5000, 7)])
    assert len(crystal) == 8 * 10**12 - 1
    assert "8,000,000,000,000" not in repr(crystal)
    assert "7,999,999,999,999 particles, total charge +1.000" in repr(crystal)
    assert len(crystal.sites_in([(99.9, 101.1), (0, 1), (3, 4)])) == 2 * 2 * 2
    with pytest.raises(ValueError, match=r"at most 20,000,000 to be listed, got .* GB"):
        crystal.to_particles()


CIF = """data_ZnO
_cell_length_a 3.25
_cell_length_b 3.25
_cell_length_c 5.2
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_symmetry_space_group_name_H-M 'P 63 m c'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Zn1 Zn 0.33333333 0.66666667 0.0 1.0
O1 {oxygen} 0.33333333 0.66666667 0.375 {occupancy}
"""


def cif(folder, oxygen="O", occupancy="1.0", text=CIF):
    path = folder / "zno.cif"
    path.write_text(text.format(oxygen=oxygen, occupancy=occupancy))
    return path


def test_from_cif(tmp_path):
    crystal = ct.Lattice.from_cif(cif(tmp_path), repeats=(3, 2, 4))
    assert len(crystal) == 24 * 8
    assert_allclose(crystal.cell, [3.25, 3.25 * np.sqrt(3), 5.2], rtol=1e-7)
    assert sorted(crystal.charges.tolist()) == [-2.0] * 4 + [2.0] * 4
    stretched = 0.375 * 5.2
    r = distances(crystal.to_particles(), crystal.to_particles().positions)
    assert r[r > 1e-6].min() == pytest.approx(min(stretched, 1.9785), rel=1e-3)
    own = ct.Lattice.from_cif(cif(tmp_path), charges={"Zn1": 1.5, "O": -1.5})
    assert sorted(set(own.charges.tolist())) == [-1.5, 1.5]


def test_what_cif_files_may_lack(tmp_path):
    with pytest.raises(FileNotFoundError):
        ct.Lattice.from_cif(tmp_path / "none.cif")
    with pytest.raises(ValueError, match="site O1 must be occupied fully, got 0.5"):
        ct.Lattice.from_cif(cif(tmp_path, occupancy="0.5"))
    with pytest.raises(ValueError, match="charge of O1 is not known; give charges="):
        ct.Lattice.from_cif(cif(tmp_path, oxygen="Fe"))
    with pytest.warns(UserWarning, match=r"cell has the charge \+2; give charges=") as caught:
        ct.Lattice.from_cif(cif(tmp_path), charges={"O": -1})
    assert caught[0].filename == __file__
    with pytest.raises(ValueError, match="has no cell with sites"):
        ct.Lattice.from_cif(cif(tmp_path, text="data_nothing\n"))
    with pytest.raises(ValueError, match="not a CIF file"):
        ct.Lattice.from_cif(cif(tmp_path, text="no CIF at all\n"))


CELL = {"cell": (1, 2, 3), "basis": [[0, 0, 0]], "charges": [1], "repeats": (2, 2, 2)}
SKEW = [[1, 0, 0], [0.3, 1, 0], [0.17, 0.1, 1]]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"cell": SKEW}, ValueError, "has none with sums .*; pass the sites as a ParticleSystem"),
        ({"cell": (1, 2)}, ValueError, r"`cell` must be three edges or three vectors, .*\(2,\)"),
        ({"cell": (1, 0, 2)}, ValueError, "`cell` must have a volume"),
        ({"basis": np.empty((0, 3)), "charges": []}, ValueError, "at least one site, got none"),
        ({"charges": [1, 2]}, ValueError, r"`charges` must be an array of shape \(1\)"),
        ({"basis": [[0, 0, 0], [1, 1, 1]], "charges": [1, 1]}, ValueError, "sites, got 0 and 1"),
        ({"repeats": (2, 0, 2)}, ValueError, "`repeats` must be an integer of at least 1, got 0"),
        ({"repeats": (2, 2)}, ValueError, "`repeats` must be one integer, or one for each of 3"),
        ({"missing": [(0, 0, 2, 0)]}, ValueError, r"below \(2, 2, 2, 1\), got \(0, 0, 2, 0\)"),
        ({"missing": [(0, 0, 1)]}, ValueError, r"`missing` must be an array of shape \(n, 4\)"),
        ({"missing": [(0.5, 0, 1, 0)]}, TypeError, "`missing` must be whole numbers"),
        ({"missing": [(0, 0, 1, 0)] * 2}, ValueError, r"every defect once, got \(0, 0, 1, 0\)"),
        (
            {"missing": [(0, 0, 1, 0)], "substituted": {(0, 0, 1, 0): 2.0}},
            ValueError, "`substituted` must name every defect once",
        ),
        ({"substituted": {(0, 0, 1, 0): np.nan}}, ValueError, "`substituted` must be finite"),
        ({"extra": [1, 2]}, TypeError, "`extra` must be a ParticleSystem, got list"),
        ({"names": ["a", "b"]}, ValueError, "`names` must be 1 strings, got 2"),
        ({"origin": (0, 0)}, ValueError, r"`origin` must be an array of shape \(3\)"),
    ],
)  # fmt: skip
def test_errors(change, error, message):
    ct.Lattice(**CELL)
    with pytest.raises(error, match=message):
        ct.Lattice(**{**CELL, **change})


def test_nothing_can_be_written_to():
    crystal = ct.Lattice.rock_salt((2, 2, 2), missing=[(0, 0, 0, 0)])
    for array in (crystal.cell, crystal.basis, crystal.charges, crystal.missing, crystal.origin):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
