"""The study of crystals: the published lattice made from its sites, ranks of rock salt."""

import numpy as np
import pytest
from conftest import SHARED
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker import studies
from chebtucker.studies.crystal_ranks import cell_table, defect_table
from chebtucker.studies.middle_plane import MiddlePlane
from chebtucker.studies.published import lattice_terms
from chebtucker.studies.published_lattice import lattice_series, lattice_vectors, normalised

DATA = SHARED / "reference" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"the published files are not in {DATA}")


@pytest.fixture(scope="module")
def quick():
    return studies.run("lattice", quick=True)


def test_published_numbers_are_reproduced_and_beaten_without_files(quick):
    assert [c.what for c in quick.comparisons if not c.met] == []
    assert len(quick.comparisons) >= 14


@needs_data
@pytest.mark.slow
def test_published_numbers_are_reproduced_and_beaten_from_the_files():
    found = studies.run("lattice", DATA)
    assert [c.what for c in found.comparisons if not c.met] == []


@needs_data
def test_the_published_vectors_are_reproduced():
    published, made = lattice_terms(DATA), lattice_vectors()
    for k in range(3):
        u = published.factors[k] * np.cbrt(np.abs(published.weights))
        v = made.factors[k] * np.cbrt(np.abs(made.weights))
        assert_allclose(u, v, atol=1e-10 * np.abs(u).max())
    assert_allclose(np.sign(published.weights), made.weights)


def test_the_long_part_is_the_potential_far_from_the_sites():
    """Beyond some sites the smooth terms are all that is left of 1/r."""
    across, along = np.arange(-34.5, 35, 3), np.arange(-4.5, 5, 3)
    between = np.arange(-33.0, 34, 3)
    plus, minus = (
        np.stack(np.meshgrid(x, x, along, indexing="ij"), axis=-1).reshape(-1, 3)
        for x in (across, between)
    )
    system = ct.ParticleSystem(
        np.concatenate([plus, minus]), np.repeat([1.0, -1.0], [len(plus), len(minus)])
    )
    cells = [(480, 480, 900), (300, 700, 850)]
    cp = lattice_vectors()
    x = -45 + 90 * (np.arange(960) + 0.5) / 960
    found = [
        np.prod([u[i] for u, i in zip(cp.factors, cell, strict=True)], axis=0) @ cp.weights
        for cell in cells
    ]
    exact = ct.direct_potential(system, x[np.array(cells)])
    assert_allclose(found, exact, rtol=1e-5)


def test_series_without_a_grid_have_the_values_of_the_vectors():
    plane = MiddlePlane(lattice_vectors())
    errors = [plane.error(lattice_series(m)) / plane.largest for m in (65, 129, 257)]
    assert errors[0] > 1e-3 > 1e-6 > errors[1] > 1e-11 > errors[2]


def test_normalised_columns_change_nothing(rng):
    cp = ct.CPTensor(rng.normal(size=3), [rng.normal(size=(n, 3)) for n in (4, 5, 6)])
    again = normalised(cp)
    assert_allclose(again.to_array(), cp.to_array())
    assert_allclose([np.linalg.norm(u, axis=0) for u in again.factors], 1)


def test_ranks_grow_with_the_logarithm_of_the_cells():
    table = cell_table((2, 4, 8, 16), studies.quiet)
    for kind in ("cube", "sheet"):
        ranks = [max(row[3]) for row in table.select(kind=kind)]
        assert table.columns[3] == "ranks"
        assert ranks == sorted(ranks)
        assert max(np.diff(ranks)) <= 4  # for twice the cells an axis
    assert max(table.column("error (relative l2)")) <= 1e-6


def test_vacancies_in_a_row_cost_no_more_than_one():
    table = defect_table((0, 1, 6), 0, studies.quiet)
    rank = table.columns.index("largest rank")
    ranks = {(row[0], row[1]): row[rank] for row in table.rows}
    assert ranks["anywhere", 0] == ranks["in a row", 0] < ranks["in a row", 1]
    assert ranks["in a row", 6] <= ranks["in a row", 1] + 1 < ranks["anywhere", 6]
    again = defect_table((0, 1, 6), 0, studies.quiet)
    columns = [k for k, name in enumerate(table.columns) if not name.startswith("seconds")]
    for old, new in zip(table.rows, again.rows, strict=True):
        assert [old[k] for k in columns] == [new[k] for k in columns]


def test_pictures_show_the_plane_and_both_errors(quick):
    figure = quick.figures[0]
    data, published, here = (np.abs(panel.values).max() for panel in figure.panels)
    assert data == pytest.approx(7.718, rel=1e-3)
    assert 1e-6 < published < 1.7e-6
    assert here < 1e-8
    for panel in figure.panels:
        assert_allclose(panel.values, panel.values[::-1, ::-1], atol=0.4 * np.ptp(panel.values))
