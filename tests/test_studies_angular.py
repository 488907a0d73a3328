"""Products on the sphere: exponents, maps, crossovers, and which columns may change."""

import math
from itertools import pairwise

import pytest

from chebtucker import studies
from chebtucker.studies import sphere_products
from chebtucker.studies.results import Table


@pytest.fixture(scope="module")
def study():
    return studies.run("angular", quick=True)


def test_exponents_of_counted_work(study):
    for method, low, high, theory, exponent in study.table("exponents").rows:
        assert high == 2 * low
        assert exponent == pytest.approx(theory, rel=0.04), method
        assert exponent < theory


def test_exponents_come_nearer_with_the_degree(study):
    growth = study.table("growth")
    for method, theory in sphere_products.EXPONENTS.items():
        work = [row[2] for row in growth.select(method=method)]
        slopes = [math.log2(b / a) for a, b in pairwise(work)]
        assert abs(slopes[-1] - theory) < abs(slopes[-2] - theory) < abs(slopes[-3] - theory)


def test_maps_are_paths_or_scales(study):
    growth = study.table("growth")
    for L in (1, 2, 4, 8):
        paths = sum(
            abs(a - b) <= c <= a + b
            for a in range(L + 1) for b in range(L + 1) for c in range(2 * L + 1)
        )  # fmt: skip
        assert growth.value("maps", L=L, method="cg") == paths
        for method in ("dense", "sparse", "fourier", "grid"):
            assert growth.value("maps", L=L, method=method) == 4 * L + 1


def test_work_for_a_map(study):
    table = study.table("products")
    for row in table.rows:
        found = dict(zip(table.columns, row, strict=True))
        each = found["multiplications"] / found["maps"]
        assert found["multiplications a map"] == pytest.approx(each)
        assert found["seconds a sample"] is None or found["seconds a sample"] > 0


def test_from_where_on_one_method_is_below_another():
    rows = [
        (L, method, value)
        for method, values in {"a": (1, 5, 4, 9, None), "b": (3, 2, 6, 7, 1)}.items()
        for L, value in zip((1, 2, 3, 4, 8), values, strict=True)
    ]
    table = Table("t", "", ("L", "method", "time"), tuple(rows))
    assert sphere_products.crossover(table, "a", "b", "time") == 4
    assert sphere_products.crossover(table, "b", "a", "time") is None


def test_the_grid_needs_less_work_than_the_table_from_eight_on(study):
    work = {row[:2]: row[2] for row in study.table("growth").rows}
    below = [L for L in (1, 2, 4, 8, 16, 32) if work["grid", L] < work["sparse", L]]
    assert below == [8, 16, 32]


def test_all_known_values_are_met(study):
    assert [c.what for c in study.comparisons if not c.met] == []


def test_only_times_change():
    one, two = (sphere_products.product_records([2, 3], 4, studies.quiet) for _ in range(2))
    for record in (*one, *two):
        del record["seconds a sample"]
    assert one == two
