"""Sums of Gaussians keep their bound, and long + short is the kernel."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.kernels import RadialKernel, fit_gaussians, split_kernel
from chebtucker.kernels.gaussians import reduce_small_exponents
from chebtucker.kernels.radial import gaussian_quadrature

KERNELS = [ct.Newton(), ct.Yukawa(0.1), ct.Yukawa(2.0), ct.Yukawa(30.0)]
RANGES = [(0.02, 1.8), (0.3, 1.8), (5.0, 80.0)]
RTOLS = [1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12]


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize(("r_min", "r_max"), RANGES)
@pytest.mark.parametrize("rtol", RTOLS)
def test_gaussians_keep_their_stated_error(kernel, r_min, r_max, rtol):
    r = np.geomspace(r_min, r_max, 3000)
    g = kernel.gaussians(r_min, r_max, rtol)
    assert np.abs(kernel(r) - g(r)).max() > 0  # not the kernel itself
    assert (r * np.abs(kernel(r) - g(r))).max() <= rtol
    assert np.abs(g.weights).sum() * r_min <= 100  # two digits are lost at most


def test_number_of_gaussians_grows_with_the_logarithms():
    counts = [len(ct.Newton().gaussians(0.05, 1.7, 10.0**-k)) for k in (4, 6, 8, 10)]
    assert all(3 <= b - a <= 8 for a, b in itertools.pairwise(counts))
    assert counts[1] <= 20
    wider = [len(ct.Newton().gaussians(r, 1.7, 1e-6)) for r in (0.1, 0.01, 0.001)]
    assert abs((wider[2] - wider[1]) - (wider[1] - wider[0])) <= 2


def test_sharpest_gaussian_is_smoother_than_the_error_function_split(rng):
    # Ewald's split needs erfc(t r) <= rtol, t r = 3.46 at 1e-6
    # and the trapezoidal rule 2.86
    sharpest = np.sqrt(ct.Newton().gaussians(1.0, 30.0, 1e-6).exponents.max())
    assert sharpest < 2.5
    rule = gaussian_quadrature(1.0, 30.0, 1e-6)
    assert sharpest < 0.9 * np.sqrt(rule.exponents.max())
    r = np.geomspace(1, 30, 1000)
    assert np.abs(1 - r * rule(r)).max() <= 1e-6


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize("rtol", RTOLS)
def test_polynomial_of_the_short_part_equals_its_definition(kernel, rtol):
    split = split_kernel(kernel, 0.4, 3.0, rtol)
    r = np.linspace(1e-6, 0.4, 500)[:-1]
    if split.is_even:
        values = 1 / r + np.polyval(split.coefficients, 2 * (r / 0.4) ** 2 - 1)
    else:
        values = np.polyval(split.coefficients, 2 * r / 0.4 - 1) / r
    assert_allclose(r * values, r * split.short(r), atol=0.3 * rtol + 1e-12)
    assert_allclose(split.short(r) + split.long(r), kernel(r), rtol=1e-12)
    assert split.short(0.4) == 0


def test_merging_keeps_the_sum_and_saves_terms(rng):
    many = ct.GaussianSum(rng.uniform(0.1, 1, 40), np.geomspace(1e-9, 10, 40))
    few = reduce_small_exponents(many, 2.0, 1e-10)
    r = np.linspace(0, 2, 77)
    assert_allclose(few(r), many(r), atol=1e-10)
    assert len(few) < 25
    assert few.at_zero() == pytest.approx(many.at_zero(), abs=1e-9)


@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-9])
def test_gaussians_for_a_kernel_of_no_name(rtol):
    def softened(r):
        return 1 / np.sqrt(r**2 + 0.01)

    g = fit_gaussians(softened, 0.05, 4.0, rtol)
    r = np.geomspace(0.05, 4, 1000)
    assert np.abs(r * (softened(r) - g(r))).max() <= rtol


def test_a_kernel_that_gaussians_cannot_follow():
    assert fit_gaussians(lambda r: np.sign(r - 1) / r, 0.1, 4.0, 1e-6) is None


def test_yukawa_without_reach_needs_no_gaussians():
    assert len(ct.Yukawa(100.0).gaussians(0.5, 2.0, 1e-6)) == 0


def test_yukawa_tends_to_newton(rng):
    r = rng.uniform(0.1, 2, 50)
    assert_allclose(ct.Yukawa(1e-9)(r), ct.Newton()(r), rtol=1e-8)


def test_kernels_are_radial_kernels():
    assert isinstance(ct.Newton(), RadialKernel)
    assert isinstance(ct.Yukawa(1.0), RadialKernel)
    assert not isinstance(np.sin, RadialKernel)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ct.Yukawa(0.0), "`screening` must be positive, got 0.0"),
        (lambda: ct.Yukawa(float("nan")), "`screening` must be finite, got nan"),
        (lambda: ct.GaussianSum([1, 2], [1]), r"`exponents` must be an array of shape \(2\)"),
        (lambda: ct.GaussianSum([1], [-1]), "`exponents` must be non-negative, got -1.0"),
        (lambda: ct.Newton().gaussians(2.0, 1.0, 1e-6), r"`r_min` must be in \(0, r_max\)"),
        (lambda: gaussian_quadrature(2.0, 1.0, 1e-6), r"`r_min` must be in \(0, r_max\)"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()
