from fractions import Fraction

import numpy as np
import pytest
from numpy.polynomial import chebyshev as oracle

from chebtucker import chebyshev


@pytest.fixture
def rng():
    return np.random.default_rng(7)


SIZES = [1, 2, 3, 4, 5, 18, 33]


def test_points_ascend_are_symmetric_and_nest():
    x = chebyshev.points(9)
    np.testing.assert_allclose(x, -x[::-1], atol=0)
    assert (np.diff(x) > 0).all()
    assert (x[0], x[-1]) == (-1, 1)
    np.testing.assert_allclose(chebyshev.points(17)[::2], x, atol=1e-16)


@pytest.mark.parametrize("n", [*SIZES, 38, 112, 113, 200])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_values_and_coefficients_invert_each_other(rng, n, axis):
    shape = [3, 4, 5]
    shape[axis] = n
    values = rng.standard_normal(shape)
    series = chebyshev.coefficients(values, axis)
    np.testing.assert_allclose(chebyshev.values(series, axis), values, atol=1e-13)
    moved = np.moveaxis(series, axis, 0)
    sampled = np.moveaxis(oracle.chebval(chebyshev.points(n), moved), -1, 0)
    np.testing.assert_allclose(sampled, np.moveaxis(values, axis, 0), atol=1e-13)


@pytest.mark.parametrize("n", [2, 7, 113])
def test_transforms_take_arrays_of_any_layout_and_none_at_all(rng, n):
    array = rng.standard_normal((4, n, 3))
    for transform in (chebyshev.coefficients, chebyshev.values):
        exact = np.stack([transform(array[0, :, k].copy()) for k in range(3)], axis=-1)
        for other in (np.asfortranarray(array), array[::-1][::-1], array.transpose(2, 1, 0).T):
            np.testing.assert_allclose(transform(other, axis=1)[0], exact, atol=1e-13)
        assert transform(array[:0], axis=1).shape == (0, n, 3)
        assert transform(array[0, :, :0]).shape == (n, 0)
        whole = np.arange(n)
        np.testing.assert_allclose(transform(whole), transform(whole.astype(float)))
        np.testing.assert_array_equal(whole, np.arange(n))


@pytest.mark.parametrize("n", SIZES)
def test_series_agree_with_numpy(rng, n):
    c = rng.standard_normal((n, 3))
    x = rng.uniform(-1, 1, (2, 4))
    np.testing.assert_allclose(chebyshev.basis(x, n), oracle.chebvander(x, n - 1), atol=1e-13)
    values = np.moveaxis(oracle.chebval(x, c), 0, -1)
    np.testing.assert_allclose(chebyshev.evaluate(x, c), values, atol=1e-12)
    slope = oracle.chebder(c) if n > 1 else np.zeros((1, 3))
    np.testing.assert_allclose(chebyshev.derivative(c), slope, atol=1e-11)
    np.testing.assert_allclose(chebyshev.antiderivative(c), oracle.chebint(c, lbnd=-1), atol=1e-13)
    np.testing.assert_allclose(chebyshev.derivative(c.T, axis=1).T, chebyshev.derivative(c))
    np.testing.assert_allclose(chebyshev.antiderivative(c.T, axis=1).T, chebyshev.antiderivative(c))


@pytest.mark.parametrize("n", SIZES)
def test_derivative_undoes_the_antiderivative(rng, n):
    c = rng.standard_normal(n)
    integral = chebyshev.antiderivative(c)
    np.testing.assert_allclose(chebyshev.derivative(integral), c, atol=1e-12)
    assert chebyshev.evaluate(-1.0, integral) == pytest.approx(0, abs=1e-13)
    total = chebyshev.evaluate(1.0, integral)
    assert chebyshev.integrals(n) @ c == pytest.approx(float(total), abs=1e-12)


def test_gram_integrates_products(rng):
    t, w = np.polynomial.legendre.leggauss(12)
    a, b = chebyshev.basis(t, 5), chebyshev.basis(t, 8)
    np.testing.assert_allclose(chebyshev.gram(5, 8), (a * w[:, None]).T @ b, atol=1e-14)


def test_intervals_map_ends_exactly(rng):
    lo, hi = 0.1, 0.7
    assert chebyshev.from_reference(np.array([-1.0, 1.0]), lo, hi).tolist() == [lo, hi]
    assert chebyshev.to_reference(np.array([lo, hi]), lo, hi).tolist() == [-1, 1]
    x = rng.uniform(lo, hi, 9)
    back = chebyshev.from_reference(chebyshev.to_reference(x, lo, hi), lo, hi)
    np.testing.assert_allclose(back, x, rtol=1e-15)


def exact_polynomials(x, n):
    values = [Fraction(1), Fraction(x)]
    for _ in range(2, n):
        values.append(2 * values[1] * values[-1] - values[-2])
    return [float(value) for value in values]


@pytest.mark.parametrize("count", [40, 400])
def test_basis_at_few_and_many_points_near_the_ends(rng, count):
    n = 120
    angle = np.pi * rng.uniform(0, 1, count) ** 4  # most points near 1
    x = np.append(np.cos(angle), [-1.0, 1.0, 0.0])
    exact = np.array([exact_polynomials(t, n) for t in x[-60:].tolist()])
    error = np.abs(chebyshev.basis(x, n)[-60:] - exact).max()
    assert error <= (2e-14 if count == 40 else 1e-12)


@pytest.mark.parametrize("interval", [(-1.0, 1.0), (0.0, 2.0), (-3.0, 1.0)])
def test_intervals_are_mapped_without_error_near_their_ends(rng, interval):
    """T_n changes n^2 times as fast there: the result is that of exact arithmetic, rounded once."""
    lo, hi = interval
    away = (hi - lo) * rng.uniform(0, 0.2, 60) ** 3
    for x in (*(hi - away), *(lo + away)):
        exact = 2 * (Fraction(x) - Fraction(lo)) / (Fraction(hi) - Fraction(lo)) - 1
        assert chebyshev.to_reference(np.array(x), lo, hi) == float(exact)
    for t in (*(1 - away / 10), *(away / 10 - 1)):
        exact = Fraction(lo) + (Fraction(t) + 1) * (Fraction(hi) - Fraction(lo)) / 2
        assert chebyshev.from_reference(np.array(t), lo, hi) == float(exact)


@pytest.mark.parametrize("n", [2, 3, 40])
def test_no_polynomial_is_steeper_and_chebyshev_polynomials_nearly_are(n):
    x = np.concatenate([np.linspace(-1, 1, 4001), np.cos(np.linspace(0, 0.1, 101))])
    slope = np.abs(oracle.chebval(x, oracle.chebder(np.eye(n)[-1])))
    ratio = slope / chebyshev.steepest(x, n)
    assert ratio.max() <= 1
    assert ratio[np.abs(x) < 0.9].max() >= 0.99 * (n - 1) / n
    assert ratio[-1] >= 0.2 * (n - 1) / n


@pytest.mark.parametrize("rtol", [1e-4, 1e-8, 1e-13])
@pytest.mark.parametrize("rate", [0.1, 0.5, 2.0])
def test_chop_finds_geometric_decay(rtol, rate):
    c = np.exp(-rate * np.arange(600))
    kept = chebyshev.chop(c, rtol)
    assert np.exp(-rate * kept) <= 20 * rtol
    assert kept <= -1.5 * np.log(rtol) / rate + 3


def test_chop_knows_plateaus_of_noise_even_series_and_their_absence(rng):
    noisy = np.exp(-0.3 * np.arange(200)) + 1e-12 * rng.standard_normal(200)
    assert 60 <= chebyshev.chop(noisy, 1e-12) <= 110
    even = chebyshev.coefficients(np.cos(8 * chebyshev.points(65)))
    assert 20 <= chebyshev.chop(even, 1e-12) <= 40
    assert chebyshev.chop(1 / np.arange(1.0, 100), 1e-10) == 99
    assert chebyshev.chop(np.zeros(40), 1e-10) == 1
    assert chebyshev.chop(np.ones(10), 1e-10) == 10
    joint = np.stack([np.exp(-2.0 * np.arange(100)), np.exp(-0.5 * np.arange(100))], axis=1)
    assert chebyshev.chop(joint, 1e-9) == chebyshev.chop(joint.max(axis=1), 1e-9)
