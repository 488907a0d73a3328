"""The gallery: rates, degrees, powers and ranks against theory; errors against tolerances."""

import numpy as np
import pytest

import chebtucker as ct
from chebtucker import studies
from chebtucker.studies import decay_theory, gallery_functions
from chebtucker.studies.gallery_functions import true_error
from chebtucker.studies.text import page

POLES = [s for s in decay_theory.SINGULARITIES if s.function != "nested logarithm"]


@pytest.fixture(scope="module")
def study():
    return studies.run("functions", quick=True)


@pytest.mark.parametrize("known", POLES, ids=lambda s: f"{s.function}-{s.axis}")
def test_functions_are_infinite_where_theory_says_and_finite_beside_it(known):
    entry = ct.gallery[known.function]
    assert known.interval == entry.domain[known.axis]

    def size(away):
        point = [complex(c) for c in known.point]
        point[known.axis] += away
        return abs(complex(entry.function(*(np.array(c) for c in point))))

    assert size(1e-8 + 1e-8j) > 40 * size(1e-4 + 1e-4j)
    for k, (lo, hi) in enumerate(entry.domain):
        others = complex(known.point[k])
        assert k == known.axis or (others.imag == 0 and lo <= others.real <= hi)


def test_the_logarithm_is_infinite_where_its_argument_is_zero():
    (known,) = (s for s in decay_theory.SINGULARITIES if s.function == "nested logarithm")
    assert 2 + np.log(3.2 + sum(known.point)) == pytest.approx(0, abs=1e-12)


def test_nothing_is_singular_nearer():
    for name, axis in (("swirl", 0), ("swirl", 1), ("outside charge", 0), ("Hilbert", 0)):
        (known,) = (s for s in POLES if (s.function, s.axis) == (name, axis))
        entry = ct.gallery[name]
        rho = np.linspace(1.001, 0.98 * known.rho, 12)[:, None, None]
        z = rho * np.exp(2j * np.pi * np.arange(64) / 64)[:, None]
        lo, hi = known.interval
        x = (lo + hi) / 2 + (hi - lo) / 2 * (z + 1 / z) / 2
        rng = np.random.default_rng(3)
        others = [rng.choice([a, (a + b) / 2, b, a + 0.7 * (b - a)], 40) for a, b in entry.domain]
        point = [x if k == axis else c[None, None] for k, c in enumerate(others)]
        values = np.abs(entry.function(*np.broadcast_arrays(*point)))
        assert np.isfinite(values).all()
        assert values.max() < 1e3


def test_ellipse_through_a_point_at_the_foci_and_beyond():
    for x in (1.25, -1.25):
        s = decay_theory.Singularity("Runge", 0, (x, 0, 0), 0)
        assert s.rho == pytest.approx(2.0)  # (2 + 1/2)/2 = 1.25
    shifted = decay_theory.Singularity("Runge", 1, (0, 4 + 2 * 0.75j, 0), 0, (2.0, 6.0))
    assert shifted.rho == pytest.approx(2.0)  # (2 - 1/2)/2 = 0.75


def test_fits_find_what_they_are_given():
    n = np.arange(1, 80)
    sizes = np.append(1.0, 3 * n**-1.5 * 1.4**-n)
    rho, used = decay_theory.fitted_rho(sizes, 1.5, largest=1e-2, least=1e-10)
    assert rho == pytest.approx(1.4, rel=1e-10)
    assert 40 < used < 70
    even = np.where(np.arange(80) % 2, 0.0, sizes)  # an even function
    rho, _ = decay_theory.fitted_rho(even, 1.5, largest=1e-2, least=1e-10)
    assert rho == pytest.approx(1.4, rel=1e-10)
    assert decay_theory.fitted_power(np.append(1.0, 5.0 * n**-2.5)) == pytest.approx(2.5)
    assert decay_theory.resolved(np.array([1.0, 0.3, 2e-3, 0, 1e-9]), 1e-3) == 2


def test_series_of_a_wave_is_that_of_the_wave():
    z = -0.7 + 9j
    sizes = decay_theory.Wave("damped wave", 0, z).sizes(40)
    interpolate = np.polynomial.chebyshev.chebinterpolate
    real, imaginary = (
        interpolate(lambda u, part=part: part(np.exp(z * u)), 60) for part in (np.real, np.imag)
    )
    np.testing.assert_allclose(np.hypot(real, imaginary)[:40], sizes, atol=1e-13)


def test_every_smooth_function_meets_every_tolerance(study):
    table = study.table("sweep")
    for row in table.rows:
        found = dict(zip(table.columns, row, strict=True))
        if ct.gallery[found["function"]].smooth:
            assert found["error"] <= found["tolerance"]


def test_true_errors_see_an_error_at_a_face():
    entry = ct.gallery["Franke"]
    f = ct.from_function(entry, entry.domain, rtol=1e-9)
    error, top = true_error(entry, f + 0.5)
    assert error == pytest.approx(0.5, rel=1e-6)
    assert top == pytest.approx(1.22, abs=0.02)


def test_degrees_grow_with_digits(study):
    table = study.table("sweep")
    for name in gallery_functions.QUICK:
        degrees = [
            row[table.columns.index("largest degree")] for row in table.select(function=name)
        ]
        ranks = [row[table.columns.index("largest rank")] for row in table.select(function=name)]
        assert degrees == sorted(degrees)
        assert ranks == sorted(ranks)


def test_all_known_values_are_met(study):
    assert len(study.comparisons) > 20
    assert [c.what for c in study.comparisons if not c.met] == []
    assert all(abs(row[-2] - 1) < 0.05 for row in study.table("rates").rows)


def test_columns_do_not_break_tables_of_the_page(study):
    assert all("|" not in column for table in study.tables for column in table.columns)
    assert "Bernstein" in page(study)


def test_the_same_numbers_again(study):
    again = gallery_functions.record(
        ct.gallery["swirl"], 1e-8,
        gallery_functions.approximation(ct.gallery["swirl"], 1e-8),
    )  # fmt: skip
    (row,) = study.table("sweep").select(function="swirl", tolerance=1e-8)
    assert tuple(again.values()) == row
