"""The study of a bio-molecule: its input, the measures, published numbers, ranks against N."""

import numpy as np
import pytest
from conftest import SHARED
from numpy.testing import assert_allclose
from scipy.spatial import cKDTree

import chebtucker as ct
from chebtucker import studies
from chebtucker.cli import main
from chebtucker.studies.compression import Compression, singular_table, tolerance_table
from chebtucker.studies.globules import DENSITY, globule, nearest_to_centre, uniform_particles
from chebtucker.studies.particle_ranks import (
    canonical_terms,
    cutoff_table,
    exponent,
    particle_table,
    slope_per_decade,
)
from chebtucker.studies.sinc import CellAverages

DATA = SHARED / "reference" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"the published files are not in {DATA}")


@pytest.fixture(scope="module")
def case():
    return Compression.of(canonical_terms(globule(40), 40.0, 256), 20.0)


@pytest.mark.parametrize("count", [1, 500, 4000])
def test_globules_are_neutral_balls_at_the_density_of_proteins(count):
    system = globule(count, seed=3)
    assert len(system) == count
    assert system.total_charge == pytest.approx(0, abs=1e-10)
    if count == 1:
        return
    nearest = cKDTree(system.positions).query(system.positions, 2)[0][:, 1]
    assert nearest.min() > 1.0
    radius = (3 * count / (4 * np.pi * DENSITY)) ** (1 / 3)
    assert np.linalg.norm(system.positions, axis=1).max() == pytest.approx(radius, rel=0.25)
    assert not np.array_equal(system.charges, globule(count, seed=4).charges)


def test_other_particles_are_where_they_should_be():
    system = uniform_particles(2000, 8.0)
    assert np.abs(system.positions).max() <= 4.0
    assert np.abs(system.positions.mean(axis=0)).max() < 0.3
    few = nearest_to_centre(system, 50)
    distance = np.linalg.norm(system.positions - system.positions.mean(axis=0), axis=1)
    kept = np.linalg.norm(few.positions - system.positions.mean(axis=0), axis=1)
    assert_allclose(np.sort(kept), np.sort(distance)[:50])


def test_canonical_terms_are_averages_of_gaussians_about_the_atoms():
    n, side = 256, 30.0
    system = globule(20, seed=1)
    cp = canonical_terms(system, side, n)
    for u in cp.factors:
        assert_allclose(np.linalg.norm(u, axis=0), 1)
    terms = CellAverages.published(n, side / 2)
    t, weights = (a[: terms.long] for a in terms.nodes)
    nodes, quadrature = np.polynomial.legendre.leggauss(6)
    h = side / n
    for cell in ((100, 128, 140), (5, 200, 250)):
        centre = terms.centres[list(cell)]
        grid = np.stack(np.meshgrid(*[nodes * h / 2] * 3, indexing="ij"), axis=-1) + centre
        r2 = ((grid[..., None, :] - system.positions) ** 2).sum(axis=-1)
        values = (weights * np.exp(-(t**2) * r2[..., None])).sum(axis=-1) @ system.charges
        exact = np.einsum("ijk,i,j,k->", values, *[quadrature / 2] * 3)
        found = np.prod([u[i] for u, i in zip(cp.factors, cell, strict=True)], axis=0) @ cp.weights
        assert found == pytest.approx(exact, rel=1e-9)


def test_errors_of_interpolation_and_of_compression_make_up_the_whole(case):
    for method, degree in (("published", 3), ("small core", 3), ("small core", 7)):
        row = case.record(65, method, degree, 1e-5)
        whole = row["interpolation"] + row["compression"]
        assert abs(row["interpolation"] - row["compression"]) <= row["error"] * (1 + 1e-9)
        assert row["error"] <= whole * (1 + 1e-9)
    cubic, seven = (case.record(97, "small core", k, 1e-11)["interpolation"] for k in (3, 7))
    assert seven <= 0.05 * cubic


def test_the_tolerance_is_kept_in_the_frobenius_norm_of_all_coefficients(case):
    exact = case.interpolant((33, 33, 33), 7).to_array()
    for rtol in (1e-2, 1e-5):
        series = case.series(33, "small core", rtol, spline_degree=7).to_array()
        assert np.linalg.norm(series - exact) <= rtol * np.linalg.norm(exact)


def test_ranks_against_the_tolerance(case):
    table = tolerance_table(case, 33, (1e-2, 1e-4, 1e-6), "test", studies.quiet)
    core, dense = (
        np.array([row[4] for row in table.select(method=m)]) for m in ("small core", "dense")
    )
    assert table.columns[4] == "ranks"
    assert np.abs(core - dense).max() <= 1
    assert (np.diff(core, axis=0) > 0).all()


def test_singular_values_have_the_norms_of_the_matrices(case):
    table = singular_table(case, 33, 3, "test")
    series = case.interpolant((33, 33, 33), 3)
    norm = series.norm()
    for axis, u in zip("xyz", series.factors, strict=True):
        values = [row[4] for row in table.select(kind="side matrix", axis=axis)]
        assert_allclose(np.linalg.norm(values), np.linalg.norm(u))
        values = [row[4] for row in table.select(kind="unfolding", axis=axis)]
        assert_allclose(np.linalg.norm(values), norm)


def test_ranks_do_not_grow_with_the_number_of_particles_in_a_box():
    counts = (100, 400, 1600)
    table = particle_table(counts, (10.0, 8.0), None, 0, studies.quiet)
    n, rank = table.columns.index("N"), table.columns.index("largest rank")
    box, density = (
        [(row[n], row[rank]) for row in table.select(kind=kind)]
        for kind in ("same box", "same density")
    )
    assert [row[0] for row in box] == list(counts)
    assert abs(slope_per_decade(box)) <= 2
    assert 0.2 <= exponent(density) <= 0.45  # the side grows like N^(1/3)
    assert max(table.column("error (relative l2)")) <= 1e-6


def test_ranks_are_proportional_to_side_over_cutoff():
    table = cutoff_table(globule(300), (3.0, 6.0, 9.0), studies.quiet)
    constants = table.column("rank times cutoff/side")
    assert min(constants) >= 5
    assert max(constants) <= 9


def test_slopes_and_exponents_of_exact_laws():
    x = (10.0, 100.0, 5000.0)
    assert slope_per_decade([(n, 3 + 2 * np.log10(n)) for n in x]) == pytest.approx(2)
    assert exponent([(n, 7 * n**0.4) for n in x]) == pytest.approx(0.4)


def test_the_study_of_a_file_uses_its_atoms(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("chebtucker.studies.molecules.SEED", 5)
    system = globule(150, seed=9)
    table = np.column_stack([system.positions, system.charges])
    np.savetxt(tmp_path / "m.csv", table, delimiter=",")
    out = str(tmp_path / "out")
    command = ["study", "biomolecule", "--quick", "--output", out]
    assert main([*command, "--particles", str(tmp_path / "m.csv")]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "parts of the molecule" in said.out
    page = (tmp_path / "out" / "biomolecule.md").read_text()
    assert "chebtucker study biomolecule --particles FILE --output DIR" in page
    assert "the 150 atoms of the file" in page
    assert main(["study", "newton", "--output", out, "--particles", str(tmp_path / "m.csv")]) == 2
    err = capsys.readouterr().err
    assert "`--particles` must be left out but for the study biomolecule, got it with newton" in err


@needs_data
@pytest.mark.slow
def test_published_numbers_are_reproduced_and_beaten():
    found = studies.run("biomolecule", DATA)
    assert [c.what for c in found.comparisons if not c.met] == []
    assert len(found.comparisons) > 40


def test_files_that_are_missing_are_named(tmp_path):
    for name in ("biomolecule", "lattice"):
        with pytest.raises(FileNotFoundError, match="this published file is not there"):
            studies.run(name, tmp_path)


def test_a_system_is_not_changed():
    system = ct.ParticleSystem([[0, 0, 0], [1, 0, 0], [5, 5, 5]], [1, -1, 2])
    few = nearest_to_centre(system, 2)
    assert len(system) == 3
    assert_allclose(few.charges, [1, -1])
