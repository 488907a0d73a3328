import math
import warnings

import numpy as np
import pytest
from numpy.polynomial import chebyshev as oracle

from chebtucker import chebyshev
from chebtucker.construct import from_function

BOX = [(-1, 1), (0, 2), (-3, 3)]


def worst(f, function, count=4000):
    """Largest error at random points, relative to the largest value there."""
    rng = np.random.default_rng(5)
    t = np.concatenate([rng.uniform(0, 1, (count, f.ndim)), rng.integers(0, 2, (60, f.ndim))])
    points = f.domain[:, 0] + t * (f.domain[:, 1] - f.domain[:, 0])
    values = function(*points.T)
    return np.abs(f(*points.T) - values).max(), np.abs(values).max()


def runge(x, y, z):
    return 1 / (1 + x**2 + 2 * y**2 + z**2 / 3)


GALLERY = {
    "runge": (runge, BOX, 60),
    "constant in y": (lambda x, y, z: np.exp(x * z) + 0 * y, BOX, 30),
    "even": (lambda x, y, z: np.cos(20 * x * x) + y**2 + z**4, BOX, 80),
    "linear edges": (lambda x, y, z: x + y * (1 - x * x) * np.sin(9 * z), BOX, 70),
    "edge fibres vanish": (lambda x, y, z: np.sin(np.pi * x) * y * (2 - y) * (9 - z**2), BOX, 40),
    "narrow": (lambda x, y, z: np.exp(-90 * ((x - 0.3) ** 2 + (y - 1.1) ** 2) - z), BOX, 120),
    "ridge": (lambda x, y, z: np.tanh(3 * (x + y + z / 3)), BOX, 160),
    "rank one": (lambda x, y, z: np.exp(x - y + z), BOX, 30),
    "one": (lambda x: np.exp(-x) * np.sin(50 * x), [(0, 3)], 150),
    "two": (lambda x, y: 1 / (1.5 + np.sin(3 * x * y)), [(0, 2), (-1, 1)], 250),
    "four": (lambda a, b, c, d: np.exp(a * b) / (2 + c) + d, [(0, 1), (-1, 1), (0, 2), (3, 7)], 40),
    "six": (lambda *x: sum(x) ** 2 * x[5], [(0, 1)] * 6, 3),
}


@pytest.mark.parametrize("name", GALLERY)
@pytest.mark.parametrize("rtol", [1e-4, 1e-8])
def test_the_tolerance_is_met_and_the_error_is_honest(name, rtol):
    function, domain, degree = GALLERY[name]
    f = from_function(function, domain, rtol=rtol)
    error, size = worst(f, function)
    assert error <= rtol * size
    assert error <= 1.5 * f.error + 1e-15 * size
    assert f.error <= rtol * max(abs(f.max()[0]), abs(f.min()[0]), size) * (1 + 2 * rtol)
    assert max(f.degree) <= degree


def test_the_error_follows_the_tolerance():
    errors = []
    for rtol in (1e-2, 1e-5, 1e-8, 1e-11):
        error, size = worst(from_function(runge, BOX, rtol=rtol), runge)
        errors.append(error / size)
        assert errors[-1] <= rtol
        assert errors[-1] >= 1e-5 * rtol
    assert (np.diff(np.log10(errors)) < -1).all()


def test_the_error_decays_geometrically_with_the_degree():
    degrees = np.arange(6, 31, 6)
    errors = [worst(from_function(runge, BOX, degree=int(n)), runge)[0] for n in degrees]
    ratios = np.divide(errors[1:], errors[:-1])
    assert (ratios < 0.5).all()


def test_coefficients_are_those_of_numpy():
    f = from_function(lambda x, y: np.exp(x + 2 * y), [(-1, 1), (-1, 1)], degree=(7, 9), rtol=1e-14)
    x, y = chebyshev.points(8), chebyshev.points(10)
    expected = np.outer(oracle.chebfit(x, np.exp(x), 7), oracle.chebfit(y, np.exp(2 * y), 9))
    np.testing.assert_allclose(f.coefficients.to_array(), expected, atol=1e-13)


def test_degrees_differ_from_axis_to_axis():
    f = from_function(lambda x, y, z: np.sin(60 * x) * np.exp(y) + z, BOX)
    assert f.degree[0] > 80
    assert 8 < f.degree[1] < 25
    assert f.degree[2] == 1
    assert f.rank == (2, 2, 2)
    assert f.evaluations < 60_000


def test_every_evaluation_is_counted_and_inside_the_domain():
    seen = []

    def function(x, y, z):
        seen.append(x.size)
        points = np.stack([x, y, z], axis=1)
        box = np.array(BOX)
        assert ((points >= box[:, 0]) & (points <= box[:, 1])).all()
        return np.tanh(x * y) + z

    f = from_function(function, BOX)
    assert f.evaluations == sum(seen)


def test_the_same_seed_gives_the_same_function():
    first, again = (from_function(runge, BOX, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.core, again.core)


def test_simple_functions_stay_small():
    assert from_function(lambda x, y, z: 3.0, BOX).rank == (1, 1, 1)
    assert from_function(lambda x, y, z: y, BOX).degree == (0, 1, 0)
    zero = from_function(lambda x, y, z: 0 * x, BOX)
    assert (zero.error, zero.norm()) == (0, 0)
    assert from_function(lambda x, y, z: x * y * z).degree == (1, 1, 1)
    whole = from_function(lambda x, y: (x > -9).astype(int) * 2, [(0, 1), (0, 1)])
    assert whole(0.5, 0.5) == 2


def test_floats_only():
    f = from_function(lambda x, y: math.sin(x * y), [(0, 3), (-1, 2)], vectorized=False)
    assert f(1.5, 0.5) == pytest.approx(math.sin(0.75), abs=1e-9)


def test_degree_and_rank_are_followed():
    f = from_function(runge, BOX, degree=(10, 12, 14))
    assert f.degree == (10, 12, 14)
    g = from_function(runge, BOX, rank=(2, 3, 4))
    assert g.rank == (2, 3, 4)
    assert worst(g, runge)[0] <= g.error
    both = from_function(runge, BOX, degree=9, rank=3)
    assert both.rank == (3, 3, 3)
    assert both.degree == (9, 9, 9)


@pytest.mark.parametrize(
    ("function", "options", "advice"),
    [
        (lambda x, y: np.abs(x - 0.3) + y, {"max_degree": 200}, "axis 0 .*raise max_degree"),
        (lambda x, y: np.exp(x * y).astype(np.float32), {}, "single precision"),
    ],
)
def test_missed_tolerances_are_said(function, options, advice):
    with pytest.warns(UserWarning, match=advice) as caught:
        f = from_function(function, [(-1, 1), (0, 1)], **options)
    assert len(caught) == 1
    error, size = worst(f, function)
    assert 1e-10 * size < error <= f.error


def test_a_peak_that_random_points_miss_is_found():
    def function(x, y):
        return np.exp(-4000 * ((x - 0.123) ** 2 + (y - 1.456) ** 2))

    f = from_function(function, BOX[:2], rtol=1e-6)
    assert f(0.123, 1.456) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("function", "options", "error", "message"),
    [
        (3, {}, TypeError, "`f` must be callable"),
        (lambda x, y: np.exp(1j * x), {}, TypeError, "real numbers, got complex"),
        (lambda x, y: np.full(x.shape, "a"), {}, TypeError, "real numbers, got dtype"),
        (lambda x, y: np.ones(3), {}, ValueError, r"shape of its arguments, .* got shape \(3,\)"),
        (lambda x, y: np.where(x > 0.9, np.nan, y), {}, ValueError, r"finite .* nan at \(0.9"),
        (lambda x, y: np.where(y > 0.8, np.inf, y), {}, ValueError, "inf at"),
        (lambda x, y: x, {"rtol": 0}, ValueError, "`rtol` must be in"),
        (lambda x, y: x, {"method": "tt"}, ValueError, "`method` must be one of"),
        (lambda x, y: x, {"degree": (1, 2, 3)}, ValueError, "one for each of 2 axes"),
        (lambda x, y: x, {"degree": 10_000}, ValueError, "at most 33554432 points.*GiB"),
        (lambda x, y: x, {"rank": 0}, ValueError, "`rank` must be an integer"),
        (lambda x, y: x, {"max_degree": 0}, ValueError, "`max_degree`"),
        (lambda x, y: x, {"domain": [(1, 0), (0, 1)]}, ValueError, "lo < hi on every axis"),
        (lambda *x: x[0], {"domain": [(0, 1)] * 7}, ValueError, "1 to 6 dimensions, got 7"),
    ],
)
def test_errors(function, options, error, message):
    options = {"domain": [(0, 1), (0, 1)], **options}
    with warnings.catch_warnings(), pytest.raises(error, match=message):
        from_function(function, **options)


def test_a_function_of_floats_gets_a_hint():
    with pytest.raises(TypeError) as caught:
        from_function(lambda x, y: math.sin(x), BOX[:2])
    assert "vectorized=False" in caught.value.__notes__[0]
