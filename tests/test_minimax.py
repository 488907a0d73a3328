"""Best sums of Gaussians: alternation, the published bound, the rate, and what cannot be done."""

import math
from itertools import pairwise

import numpy as np
import pytest

from chebtucker import Newton, Yukawa
from chebtucker.kernels import (
    fit_gaussians,
    minimax_gaussians,
    minimax_sequence,
    smoothest_gaussians,
)


def relative_error(kernel, gaussians, r):
    return r * (gaussians(r) - kernel(r))


@pytest.mark.parametrize("kernel", [Newton(), Yukawa(0.3), Yukawa(4.0)], ids=repr)
def test_error_alternates_at_twice_the_terms_and_one_points_of_equal_size(kernel):
    r = np.geomspace(0.7, 31.0, 60_000)
    for best in minimax_sequence(kernel, 0.7, 31.0, most=6):
        error = relative_error(kernel, best.gaussians, r)
        changes = np.flatnonzero(np.diff(np.signbit(error))) + 1
        peaks = [np.abs(part).max() for part in np.split(error, changes)]
        assert len(peaks) == 2 * len(best.gaussians) + 1
        assert max(peaks) == pytest.approx(best.error, rel=1e-2)
        assert min(peaks) == pytest.approx(best.bound, rel=1e-2)
        assert 0.98 * best.error <= best.bound <= best.error
        assert (best.gaussians.weights > 0).all()


@pytest.mark.parametrize("ratio", [2.0, 10.0, 100.0, 1e4])
def test_errors_of_newton_stay_below_the_bound_of_braess_and_hackbusch(ratio):
    errors = []
    for best in minimax_sequence(Newton(), 1.0, ratio):
        terms = len(best.gaussians)
        # for the absolute error of 1/sqrt(x), x = r^2; relative to 1/r it is larger than that
        bound = 8 * math.sqrt(2) * math.exp(-(math.pi**2) * terms / math.log(8 * ratio**2))
        assert best.error < bound
        errors.append(best.error)
    assert errors[-1] < 1e-8  # 60 terms at most
    assert all(b < a for a, b in pairwise(errors))
    if ratio >= 100:  # far from the start the rate is a little better than the bound's
        rate = math.log(errors[20] / errors[24]) / 4
        assert 1 < rate * math.log(8 * ratio**2) / math.pi**2 < 1.1


def test_a_longer_range_needs_more_terms_and_a_screened_kernel_fewer():
    counts = [len(minimax_gaussians(Newton(), 1, R, 1e-6).gaussians) for R in (10, 100, 1000)]
    screened = [len(minimax_gaussians(Yukawa(k), 1, 100, 1e-6).gaussians) for k in (0.01, 0.1, 1)]
    assert counts == sorted(counts)
    assert screened == sorted(screened, reverse=True)
    assert screened[0] <= counts[1]
    longer = minimax_gaussians(Yukawa(1.0), 1, 1e4, 1e-6)  # nothing is left to approximate
    assert len(longer.gaussians) == screened[2]


@pytest.mark.parametrize("rtol", [1e-6, 1e-9])
def test_fewer_terms_and_smoother_ones_than_a_fit(rtol):
    best = minimax_gaussians(Newton(), 0.5, 40.0, rtol).gaussians
    fitted = fit_gaussians(Newton(), 0.5, 40.0, rtol)
    assert len(best) < len(fitted)
    assert best.exponents.max() < fitted.exponents.max()


def test_lengths_only_scale_a_sum():
    a = minimax_gaussians(Newton(), 1.0, 20.0, 1e-5).gaussians
    b = minimax_gaussians(Newton(), 3.0, 60.0, 1e-5).gaussians
    np.testing.assert_allclose(b.weights, a.weights / 3, rtol=1e-9)
    np.testing.assert_allclose(b.exponents, a.exponents / 9, rtol=1e-9)


def test_none_where_rounding_or_the_kernel_forbids_it():
    assert minimax_gaussians(Newton(), 1.0, 10.0, 1e-15) is None
    assert minimax_gaussians(lambda r: r * np.cos(r), 1.0, 40.0, 1e-3) is None


def test_the_range_must_be_one():
    with pytest.raises(ValueError, match=r"`r_min` must be in \(0, r_max\), got 2 with r_max 1"):
        minimax_gaussians(Newton(), 2.0, 1.0, 1e-3)


@pytest.mark.parametrize("rtol", [1e-3, 1e-5, 1e-8, 1e-10])
@pytest.mark.parametrize("ratio", [1.3, 7.0, 90.0])
def test_smoothest_have_as_few_terms_within_the_tolerance(rtol, ratio):
    best = minimax_gaussians(Newton(), 2.0, 2.0 * ratio, rtol)
    smooth = smoothest_gaussians(Newton(), 2.0, 2.0 * ratio, rtol)
    assert len(smooth.gaussians) == len(best.gaussians)
    assert best.error <= smooth.error <= rtol
    assert smooth.error > 0.5 * rtol  # next to nothing is left
    assert smooth.gaussians.exponents.max() <= best.gaussians.exponents.max() * (1 + 1e-9)
    r = np.linspace(2.0, 2.0 * ratio, 20_001)
    assert np.abs(relative_error(Newton(), smooth.gaussians, r)).max() < 1.005 * rtol


@pytest.mark.parametrize("rtol", [1e-2, 1e-4, 1e-6, 1e-9])
def test_the_long_part_of_newton_is_smoother_than_a_fit_on_any_range(rng, rtol):
    for ratio in np.exp(rng.uniform(0.3, 7.0, 4)):
        taken = Newton().gaussians(0.3, 0.3 * ratio, rtol)
        fitted = fit_gaussians(Newton(), 0.3, 0.3 * ratio, rtol)
        r = np.geomspace(0.3, 0.3 * ratio, 10_001)
        assert np.abs(relative_error(Newton(), taken, r)).max() < rtol
        assert taken.exponents.max() < fitted.exponents.max()
        assert len(taken) <= len(fitted)
        assert (taken.weights > 0).all()


def test_newton_falls_back_where_no_best_sum_is_found():
    r = np.geomspace(1, 50, 999)
    assert smoothest_gaussians(Newton(), 1.0, 50.0, 3e-13) is None
    g = Newton().gaussians(1.0, 50.0, 3e-13)
    assert np.abs(relative_error(Newton(), g, r)).max() < 1e-12


SCREENED = [0.01, 1.0, 10.0, 100.0]  # screening times the longest distance


@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("ratio", [4.3, 12.0, 150.0])
def test_yukawa_takes_fewer_and_smoother_terms_than_a_fit(ratio, rtol):
    r = np.geomspace(0.3, 0.3 * ratio, 20_001)
    counts = [len(Newton().gaussians(0.3, 0.3 * ratio, rtol))]
    for reach in SCREENED:
        kernel = Yukawa(reach / (0.3 * ratio))
        taken = kernel.gaussians(0.3, 0.3 * ratio, rtol)
        counts.append(len(taken))
        assert np.abs(relative_error(kernel, taken, r)).max() <= rtol
        if counts[-1] and rtol > 1e-11:
            fitted = fit_gaussians(kernel, 0.3, 0.3 * ratio, rtol)
            assert len(taken) <= (0.82 if rtol < 1e-4 else 0.9) * len(fitted)
            assert (taken.weights > 0).all()
            if counts[-1] > 2:
                assert taken.exponents.max() < fitted.exponents.max()
    assert counts == sorted(counts, reverse=True)


def test_terms_of_yukawa_grow_with_the_accuracy():
    for screening in (0.01, 0.3, 3.0):
        g = [Yukawa(screening).gaussians(1.0, 30.0, 10.0**-k) for k in range(2, 12)]
        assert all(len(a) <= len(b) for a, b in pairwise(g))
        assert len(g[-1]) > 4 * len(g[0]) > 0


@pytest.mark.parametrize("reach", SCREENED)
def test_no_fewer_terms_reach_the_tolerance_of_yukawa(reach):
    kernel = Yukawa(reach / 40.0)
    smooth = smoothest_gaussians(kernel, 1.0, 40.0, 1e-7)
    less = [m for m in minimax_sequence(kernel, 1.0, 40.0) if m.error > 1e-7]
    assert less[-1].bound > 1e-7  # de la Vallee-Poussin
    assert len(smooth.gaussians) == len(less[-1].gaussians) + 1


def test_yukawa_of_little_screening_takes_the_sum_of_newton():
    newton = Newton().gaussians(0.7, 20.0, 1e-7)
    nearly = Yukawa(1e-12).gaussians(0.7, 20.0, 1e-7)
    np.testing.assert_allclose(nearly.weights, newton.weights, rtol=1e-5)
    np.testing.assert_allclose(nearly.exponents, newton.exponents, rtol=1e-5)


def test_terms_run_from_the_flattest_to_the_sharpest():
    for ratio in (1.7, 4.3, 90.0):  # on short ranges Newton's steps exchange them
        for best in minimax_sequence(Newton(), 1.0, ratio, most=9):
            assert (np.diff(best.gaussians.exponents) > 0).all()


@pytest.mark.parametrize(
    "kernel",
    [
        lambda r: 1 / np.sqrt(r**2 + 0.04),
        lambda r: (1 + r) * np.exp(-r),  # Matern of smoothness 3/2
        lambda r: np.exp(-0.5 * r) / r + np.exp(-3 * r) / r,
    ],
    ids=["softened", "Matern", "two screenings"],
)
def test_other_integrals_of_gaussians_have_best_sums_too(kernel):
    best = minimax_gaussians(kernel, 0.5, 12.0, 1e-6)
    r = np.geomspace(0.5, 12.0, 30_001)
    error = r * (best.gaussians(r) - kernel(r))
    assert np.count_nonzero(np.diff(np.signbit(error))) == 2 * len(best.gaussians)
    assert np.abs(error).max() <= 1.001 * best.error
    assert 0.98 * best.error <= best.bound


@pytest.mark.parametrize("rtol", [1e-4, 1e-8])
def test_the_largest_exponent_depends_on_the_tolerance_alone(rtol):
    sharpest = [
        np.sqrt(smoothest_gaussians(kernel, 1.0, ratio, rtol).gaussians.exponents.max())
        for ratio in (5.0, 30.0, 300.0)
        for kernel in (Newton(), Yukawa(0.1), Yukawa(1.0), Yukawa(3.0))
    ]
    assert max(sharpest) < 1.01 * min(sharpest)  # also where the kernel has died away


def test_a_short_range_is_lengthened_within_bounds():
    best = smoothest_gaussians(Newton(), 1.0, 1.05, 1e-3)
    r = np.linspace(1.0, 1.05, 99)
    assert np.abs(relative_error(Newton(), best.gaussians, r)).max() <= 1e-3
