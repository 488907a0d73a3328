"""Ranks of grids and of functions: bounds, an independent ALS, and that no grid is needed."""

import numpy as np
import pytest

import chebtucker as ct
from chebtucker import studies
from chebtucker.studies import tucker_ranks
from chebtucker.studies.higher_order import Hosvd
from chebtucker.studies.tucker_cases import gallery_case


@pytest.fixture(scope="module")
def study():
    return studies.run("tucker", quick=True)


@pytest.fixture(scope="module")
def case():
    return gallery_case("helix")  # degrees and ranks differ


@pytest.fixture(scope="module")
def values(case):
    return case.sample(37)


def test_grids_hold_the_function_with_x_first(case, values):
    x, y, z = (np.linspace(lo, hi, 37) for lo, hi in ct.gallery["helix"].domain)
    assert values.shape == (37, 37, 37)
    assert values[5, 20, 31] == ct.gallery["helix"](x[5], y[20], z[31])
    assert np.abs(case.function(x[5], y[20], z[31]) - values[5, 20, 31]) < 1e-9


def test_hosvd_is_all_orthogonal_and_within_sqrt_d_of_the_least(rng):
    tensor = rng.normal(size=(5, 6, 7)) * np.exp(-np.arange(7.0))
    found = Hosvd.of(tensor)
    np.testing.assert_allclose(found.truncated((5, 6, 7)).to_array(), tensor, atol=1e-12)
    for mode, sizes in enumerate(found.values):
        rows = np.moveaxis(found.core, mode, 0).reshape(len(sizes), -1)
        np.testing.assert_allclose(rows @ rows.T, np.diag(sizes**2), atol=1e-10)
        unfolded = np.moveaxis(tensor, mode, 0).reshape(tensor.shape[mode], -1)
        exact = np.linalg.svd(unfolded, compute_uv=False)
        np.testing.assert_allclose(sizes, exact[: len(sizes)], rtol=1e-9, atol=1e-10)
    for rank in ((2, 3, 4), (4, 2, 1)):
        least = found.least_error(rank)
        by_hosvd = np.linalg.norm(found.truncated(rank).to_array() - tensor)
        by_als = np.linalg.norm(ct.hooi(tensor, rank).to_array() - tensor)
        assert least <= by_als * (1 + 1e-12)
        assert by_als <= by_hosvd * (1 + 1e-12)
        assert by_hosvd <= np.sqrt(3) * least
    atol = 0.1 * np.linalg.norm(tensor)
    error = np.linalg.norm(found.truncated(found.rank(atol)).to_array() - tensor)
    assert error <= atol


def test_errors_between_function_and_grid_need_no_grid(case, values):
    core, factors = ct.st_hosvd(values, rtol=1e-13)
    small = case.function.round(1e-3)
    direct = np.linalg.norm(small.on_grid(37, 37, 37) - values) / np.linalg.norm(values)
    assert tucker_ranks.grid_error(small, core, factors) == pytest.approx(direct, rel=1e-6)


def test_ranks_from_the_core_are_those_of_the_grid(case, values):
    records = tucker_ranks.rank_records([case], (37,), studies.quiet)
    for record in records:
        rtol = record["rtol"]
        assert record["ST-HOSVD"] == ct.st_hosvd(values, rtol=rtol).rank
        assert record["ALS"] == ct.hooi(values, rtol=rtol).rank
        assert record["error ALS"] <= rtol
        assert record["error, equal"] <= rtol
        norm = np.linalg.norm(values)
        hosvd = Hosvd.of(values)
        assert record["HOSVD"] == hosvd.rank(rtol * norm)


def test_chebtuck_has_the_ranks_of_als_at_equal_error(study):
    for tensor, n, rtol, als, _, equal, gap in study.table("sizes").rows:
        assert abs(gap) <= 2, (tensor, n, rtol)
        assert abs(als - equal) <= 2


def test_ranks_do_not_depend_on_the_grid(study):
    table = study.table("sizes")
    for tensor in set(table.column("tensor")):
        for rtol in tucker_ranks.TOLERANCES:
            ranks = [row[3] for row in table.select(tensor=tensor, rtol=rtol)]
            assert len(ranks) == 2
            assert abs(ranks[0] - ranks[1]) <= 1


def test_errors_at_equal_ranks_are_ordered_and_those_of_tensorly(study):
    table = study.table("equal")
    for row in table.rows:
        found = dict(zip(table.columns, row, strict=True))
        assert found["bound"] <= found["ALS"] <= found["ST-HOSVD"] * (1 + 1e-9)
        assert found["ST-HOSVD"] <= np.sqrt(3) * found["bound"]
        assert found["HOSVD"] <= np.sqrt(3) * found["bound"]
        assert found["ALS"] == pytest.approx(found["TensorLy"], rel=1e-3)
        assert found["ALS"] <= found["ChebTuck"] * (1 + 1e-6) < 2.5 * found["ALS"]


def test_more_accuracy_needs_no_fewer_ranks(study):
    table = study.table("ranks")
    for tensor in ("Runge", "protein"):
        for way in ("HOSVD", "ST-HOSVD", "ALS", "ChebTuck"):
            ranks = [row[table.columns.index(way)] for row in table.select(tensor=tensor)]
            assert (np.diff(ranks, axis=0) >= 0).all()


def test_all_known_values_are_met(study):
    assert [c.what for c in study.comparisons if not c.met] == []
    assert all(seconds > 0 for seconds in study.table("times").column("seconds ALS"))


def test_a_grid_that_does_not_fit_is_refused_before_anything_is_computed():
    message = r"`sizes` must leave half of the memory free, got 20000: 4 arrays of 20000\^3"
    with pytest.raises(MemoryError, match=message):
        studies.run("tucker", sizes=(64, 20_000))
