"""The study of the Newton kernel: its vectors, the measure of error, and the published numbers."""

import numpy as np
import pytest
from conftest import SHARED
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker import chebyshev, studies
from chebtucker.construct.splines import uniform
from chebtucker.studies.middle_plane import MiddlePlane, columns_at
from chebtucker.studies.newton_tables import METHODS
from chebtucker.studies.published import newton_vectors
from chebtucker.studies.sinc import PUBLISHED, CellAverages

DATA = SHARED / "reference" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"the published files are not in {DATA}")


@pytest.fixture(scope="module")
def quick():
    return studies.run("newton", quick=True)


@pytest.mark.parametrize("half", [1.0, 25.0])
def test_terms_are_averages_of_gaussians_over_cells(half):
    terms = CellAverages.published(512, half)
    (t, weights), h = terms.nodes, 2 * half / 512
    nodes, quadrature = np.polynomial.legendre.leggauss(24)
    for x in (0.0, 0.3 * half, -0.9 * half + h / 3):
        inside = x + nodes * h / 2
        exact = quadrature @ np.exp(-(np.outer(inside, t) ** 2)) / 2
        found = terms.at(x)
        resolved = t * h < 3
        assert_allclose(found[resolved], (np.cbrt(weights) * exact)[resolved], atol=1e-13)


@pytest.mark.parametrize("half", [1.0, 25.0])
def test_their_products_add_up_to_the_kernel(rng, half):
    points = half * rng.uniform(-1, 1, (50, 3))
    found = np.prod(CellAverages.published(8192, half).at(points), axis=1).sum(axis=1)
    # averages over cells of a harmonic function are its values
    assert_allclose(found, 1 / np.linalg.norm(points, axis=1), rtol=1e-6)


@needs_data
@pytest.mark.parametrize("n", PUBLISHED)
def test_the_published_vectors_are_reproduced(n):
    published = newton_vectors(DATA, n)
    error = np.abs(CellAverages.published(n).vectors - published).max(axis=0)
    assert (error <= 2e-11 * np.abs(published).max(axis=0)).all()


def test_columns_are_series(rng):
    x, coefficients = rng.uniform(-1, 1, 1500), rng.normal(size=(40, 3))
    expected = np.polynomial.chebyshev.chebval(x, coefficients).T
    assert_allclose(columns_at(x, coefficients), expected, atol=1e-12)


def test_errors_are_measured_on_the_plane_below_the_middle(rng):
    sizes, degrees = (30, 24, 50), (7, 5, 9)
    series = ct.CPTensor(rng.normal(size=4), [rng.normal(size=(m, 4)) for m in degrees])
    columns = [
        chebyshev.evaluate(uniform(n, "cells"), u)
        for n, u in zip(sizes, series.factors, strict=True)
    ]
    values = ct.CPTensor(series.weights, columns)
    plane = MiddlePlane(values)
    assert_allclose(plane.data, values.to_array()[:, :, 24], atol=1e-12)
    assert plane.largest == np.abs(plane.data).max()
    assert plane.error(series) <= 1e-12 * plane.largest
    assert plane.error(ct.rhosvd(series, rtol=1e-15)) <= 1e-11 * plane.largest
    wrong = ct.CPTensor(1.5 * series.weights, series.factors)
    assert plane.error(wrong) == pytest.approx(plane.largest / 2)


def test_published_numbers_are_reproduced_and_beaten_without_files(quick):
    assert [c.what for c in quick.comparisons if not c.met] == []
    kinds = {c.rule for c in quick.comparisons}
    assert kinds == {"within", "equal", "at most", "below"}


@needs_data
def test_published_numbers_are_reproduced_and_beaten_from_the_files():
    found = studies.run("newton", DATA, quick=True)
    assert [c.what for c in found.comparisons if not c.met] == []


@pytest.mark.slow
def test_all_published_tables_are_reproduced():
    found = studies.run("newton", DATA if DATA.exists() else None)
    assert [c.what for c in found.comparisons if not c.met] == []
    ranks = found.table("ranks")
    assert ranks.column("long, here") == [7, 9, 10, 11, 13]
    assert ranks.column("long, published") == [9, 11, 12, 13, 15]


def test_errors_and_ranks_of_the_methods(quick):
    errors = quick.table("errors")
    pick = {"n": 256, "part": "long", "points": 129}
    rank = {m: errors.value("rank", method=m, **pick) for m in METHODS}
    error = {m: errors.value("error", method=m, **pick) for m in METHODS}
    assert rank["published ranks"] == rank["published"] == 9
    assert rank["splines 3"] == rank["splines 7"] == rank["exact"] == 7
    assert max(error[m] for m in METHODS) <= 2 * 1e-7 * 1.3  # cubic splines, and the tolerance
    assert error["published ranks"] <= 1e-3 * error["published"]
    # Splines of degree 7 cannot be told from the exact expansion, between the cells either.
    for column in ("error", "error between cells"):
        of_splines, exact = (errors.value(column, method=m, **pick) for m in ("splines 7", "exact"))
        assert of_splines == pytest.approx(exact, rel=1e-2)


def test_smooth_vectors_converge_geometrically_and_sharp_ones_do_not(quick):
    vectors = quick.table("vectors")
    exact = "error of the exact expansion"
    for k in (2, 6, 10):
        assert vectors.value(exact, vector=k, points=129) <= 1e-11
    for k in (25, 30, 35):
        assert vectors.value(exact, vector=k, points=129) >= 0.3
    coefficients = quick.table("coefficients")
    smooth, sharp = (np.array([row[2] for row in coefficients.select(vector=k)]) for k in (10, 30))
    assert smooth[-20:].max() <= 1e-12 * smooth.max()
    assert sharp[1:-1].min() >= 0.99 * sharp[1:-1].max()
