"""What products can express, and what is counted."""

import re
from pathlib import Path

import numpy as np
import pytest

import chebtucker as ct
from chebtucker.angular import clebsch_gordan, cost, expressivity, gaunt_coefficients, interactable
from chebtucker.angular.grid import analysis_transform, octant_nodes, synthesis_transform
from chebtucker.angular.sparse import clebsch_gordan_table, gaunt_table
from chebtucker.angular.study import METHODS, product_study


def paths(lmax):
    return [
        (l1, l2, l3)
        for l1, l2, l3 in np.ndindex(lmax + 1, lmax + 1, 2 * lmax + 1)
        if abs(l1 - l2) <= l3 <= l1 + l2
    ]


def test_interactable_where_there_are_couplings():
    for l in np.ndindex(4, 4, 8):
        assert interactable(*l, "cg") == bool(np.abs(clebsch_gordan(*l)).max() > 1e-12)
        for method in METHODS[:4]:
            assert interactable(*l, method) == bool(np.abs(gaunt_coefficients(*l)).max() > 1e-12)


@pytest.mark.parametrize("lmax", [0, 1, 2, 3, 4, 7])
def test_expressivity(rng, lmax):
    """cg: a weight a path. Product: the rank of the map from scales to weights of paths."""
    assert expressivity(lmax, "cg") == len(paths(lmax))
    even = np.array([path for path in paths(lmax) if sum(path) % 2 == 0])
    scales = [rng.uniform(1, 2, n) for n in (lmax + 1, lmax + 1, 2 * lmax + 1)]
    factors = [s[even[:, k]] for k, s in enumerate(scales)]
    jacobian = np.concatenate(
        [
            (even[:, k, None] == np.arange(len(s)))
            * (np.prod(factors, axis=0) / factors[k])[:, None]
            for k, s in enumerate(scales)
        ],
        axis=1,
    )
    rank = np.linalg.matrix_rank(jacobian, tol=1e-8)
    for method in METHODS[:4]:
        assert expressivity(lmax, method) == rank == 4 * lmax + 1


@pytest.mark.parametrize("lmax", [0, 1, 2, 5])
def test_costs_are_counted_from_what_is_executed(lmax):
    table = gaunt_table(lmax, lmax, 2 * lmax)
    assert cost(lmax, "sparse") == table.multiplications
    assert cost(lmax, "cg") == clebsch_gordan_table(lmax, lmax, 2 * lmax)[0].multiplications
    nodes = octant_nodes(2 * lmax, 2 * lmax)
    into = synthesis_transform(lmax, *nodes).multiplications
    back = analysis_transform(2 * lmax, *nodes).multiplications
    assert cost(lmax, "grid") == 2 * into + back + 8 * nodes[0] * nodes[1]
    n = (lmax + 1) ** 2
    assert cost(lmax, "dense") == n * n * (1 + (2 * lmax + 1) ** 2)


@pytest.mark.parametrize(
    ("method", "exponent", "lmax"),
    [("dense", 6, 64), ("sparse", 5, 64), ("cg", 5, 64), ("fourier", 3, 512), ("grid", 3, 512)],
)
def test_exponents_of_the_costs(method, exponent, lmax):
    observed = np.log2(cost(2 * lmax, method) / cost(lmax, method))
    assert abs(observed - exponent) < 0.12


def test_study_has_a_row_for_each_degree_and_method():
    rows = product_study([1, 7], batch=2)
    assert [(row["lmax"], row["method"]) for row in rows] == [
        (lmax, method) for lmax in (1, 7) for method in METHODS
    ]
    for row in rows:
        timed = not (row["method"] == "dense" and row["lmax"] == 7)
        assert np.isnan(row["seconds"]) != timed
        assert np.isnan(row["seconds"]) or 0 < row["seconds"] < 1
        assert row["multiplications_per_map"] * row["expressivity"] == pytest.approx(
            row["multiplications"]
        )


def test_the_page_is_right():
    page = (Path(__file__).parents[1] / "docs" / "angular.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    names = {}
    exec(code, names)
    assert names["ab"].shape == (1000, 81)
    assert names["paths"][1, 2, 3].shape == (1000, 7)
    assert names["Y"].shape == (25,)
    for lmax in (2, 4, 8, 20):
        row = " | ".join(f"{cost(lmax, method):,}" for method in METHODS)
        assert f"| {lmax} | {row} |" in page


def test_front_door():
    assert ct.angular.cost is cost
    assert "angular" in ct.__all__
    for name in ct.angular.__all__:
        assert getattr(ct.angular, name).__doc__, name


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: cost(-1, "grid"), ValueError, "`lmax` must be an integer of at least 0, got -1"),
        (lambda: cost(2, "fft"), ValueError, "`method` must be one of 'dense', 'sparse', 'four"),
        (lambda: expressivity(2.0, "cg"), TypeError, "`lmax` must be an integer, got 2.0"),
        (lambda: expressivity(2, "auto"), ValueError, "`method` must be one of 'dense', 'spars"),
        (lambda: interactable(1, -1, 0, "cg"), ValueError, "`l2` must be an integer of at least"),
        (lambda: interactable(1, 1, 0, "CG"), ValueError, "`method` must be one of 'dense', 's"),
        (lambda: product_study([1], batch=0), ValueError, "`batch` must be an integer of at le"),
        (lambda: product_study([1], ["CG"]), ValueError, "`method` must be one of 'dense', 'sp"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)
