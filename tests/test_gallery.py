"""The gallery is right about itself, and from_function keeps its promise on all of it."""

import math
import warnings

import numpy as np
import pytest

import chebtucker as ct

SMOOTH = [g for g in ct.gallery.values() if g.smooth]
SINGULAR = [g for g in ct.gallery.values() if not g.smooth]
# Too many nodes for a product rule; their integrals are compared with those of from_function.
HARD_TO_INTEGRATE = {"high degree", "Rastrigin", "Genz product peak"}
INTEGRATED = [g for g in SMOOTH if g.integral is not None and g.name not in HARD_TO_INTEGRATE]
# Grids are too large, or (power) singular values are below 1e-12.
HARD_TO_DECOMPOSE = {"plane wave", "high degree", "two needles", "Runge product", "needle", "power"}
RANKED = [g for g in SMOOTH if g.rank and g.ndim < 4 and g.name not in HARD_TO_DECOMPOSE]


def hard_points(domain, count=4000):
    """Random points, points crowded towards the faces, corners and points next to them."""
    rng = np.random.default_rng(7)
    d = len(domain)
    corners = rng.integers(0, 2, (300, d)).astype(float)
    near = np.abs(corners - 10 ** rng.uniform(-5, -1, corners.shape))
    t = np.concatenate(
        [
            rng.uniform(0, 1, (count, d)),
            (1 + np.cos(np.pi * rng.uniform(0, 1, (count, d)))) / 2,
            corners,
            near,
        ]
    )
    lo, hi = np.array(domain).T
    return np.clip(lo + t * (hi - lo), lo, hi)


def compared(f, g):
    """Largest difference and largest value at points that hurt."""
    points = np.concatenate([hard_points(g.domain), f.max()[1][None], f.min()[1][None]])
    exact = g(*points.T)
    return np.abs(f(*points.T) - exact).max(), np.abs(exact).max()


@pytest.mark.parametrize("rtol", [1e-4, 1e-8, 1e-12])
@pytest.mark.parametrize("g", SMOOTH, ids=lambda g: g.name)
def test_every_smooth_function_meets_its_tolerance(g, rtol):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = ct.from_function(g, rtol=rtol)
    error, size = compared(f, g)
    rounding = np.finfo(float).eps * max(f.degree) ** 2 * size  # of points next to the ends
    assert error <= rtol * size + rounding
    assert error <= 10 * f.error + rounding
    grid = math.prod(n + 1 for n in f.degree)
    assert f.evaluations <= 3 * grid + 600 + 100 * g.ndim
    if g.rank is not None:
        assert all(r <= s for r, s in zip(f.rank, g.rank, strict=True))
    if g.integral is not None:
        volume = np.prod(np.diff(np.array(g.domain), axis=1))
        assert abs(f.integrate() - g.integral) <= rtol * size * volume


@pytest.mark.parametrize("g", SINGULAR, ids=lambda g: g.name)
def test_singular_functions_end_with_an_honest_error(g):
    with pytest.warns(UserWarning, match="was not met") as caught:
        f = ct.from_function(g, rtol=1e-8, max_degree=600)
    assert len(caught) == 1
    error, size = compared(f, g)
    assert error > 1e-8 * size
    assert error <= 10 * f.error
    assert f.error <= 3 * size


@pytest.mark.parametrize("seed", [0, 1])
def test_of_approximations_that_all_miss_the_closest_is_returned(seed):
    """Those of a step get worse when values are added; the last one was 4 and 18 times as far."""
    g = ct.gallery["step"]
    with pytest.warns(UserWarning, match="was not met"):
        f = ct.from_function(g, rtol=1e-8, max_degree=600, seed=seed)
    error, _ = compared(f, g)
    assert 0.5 <= error <= f.error <= 2.5


@pytest.mark.parametrize("g", INTEGRATED, ids=lambda g: g.name)
def test_integrals_are_those_of_gauss_and_legendre(g):
    nodes = {1: 400, 2: 900, 3: 128, 4: 44, 5: 14, 6: 10}[g.ndim]
    x, w = np.polynomial.legendre.leggauss(nodes)
    box = np.array(g.domain)
    half = np.diff(box, axis=1)[:, 0] / 2
    value = g(*np.meshgrid(*(box.mean(axis=1)[:, None] + half[:, None] * x), indexing="ij"))
    size = np.abs(value).max() * np.prod(2 * half)
    for h in half:
        value = np.tensordot(h * w, value, axes=1)
    assert value == pytest.approx(g.integral, rel=2e-11, abs=1e-13 * size)


def test_the_integral_of_many_oscillations():
    g = ct.gallery["high degree"]
    x, w = np.polynomial.legendre.leggauss(900)
    x, w = (x + 1) / 2, w / 2
    waves = w @ np.sin(1300 * x), w @ np.cos(1300 * x)
    expected = waves[0] * (np.e - 1) * 2 + waves[1] * 2 + 0.5
    assert g.integral == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("g", RANKED, ids=lambda g: g.name)
def test_ranks_are_those_of_the_coefficients(g):
    """Ranks of the dense coefficient tensor on a grid that resolves the function."""
    f = ct.from_function(g, rtol=1e-12, method="tensor")
    assert f.rank == g.rank


def test_the_gallery_is_a_mapping_with_a_helpful_error():
    assert len(ct.gallery) >= 40
    assert "Runge" in ct.gallery
    assert "Runge" in repr(ct.gallery)
    with pytest.raises(KeyError, match=r"has .*Runge.*; not 'rungee'"):
        ct.gallery["rungee"]
