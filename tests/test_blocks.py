"""Blocks: local series, moments carried up, and the Gaussians between boxes."""

import numpy as np
import pytest
from numpy.polynomial import chebyshev as numpy_chebyshev
from numpy.testing import assert_allclose

from chebtucker import chebyshev
from chebtucker.blocks import BlockGrid, gaussian_size, local_matrix, restricted
from chebtucker.kernels import GaussianSum
from chebtucker.potentials.moments import gaussian_sizes, moment_blocks, moment_tensor, translated

BOX = np.array([[-1.0, 2.0], [0.5, 1.5], [3.0, 5.0]])


def test_polynomials_are_restricted_exactly(rng):
    n, count = 9, 4
    series = rng.normal(size=(n, 3))
    t = np.linspace(-1, 1, 13)
    for local in (local_matrix(n, count, n) @ series, restricted(series, count, n)):
        for b, block in enumerate(local.reshape(count, n, 3)):
            x = -1 + (2 * b + 1 + t) / count
            exact = numpy_chebyshev.chebval(x, series)
            assert_allclose(numpy_chebyshev.chebval(t, block), exact, atol=1e-13)


@pytest.mark.parametrize(("n", "count", "size"), [(70, 5, 6), (3, 2, 8), (1, 3, 4), (40, 7, 1)])
def test_restricted_series_interpolate_at_the_points_of_each_block(rng, n, count, size):
    series = rng.normal(size=(n, 2))
    local = restricted(series, count, size).reshape(count, size, 2)
    t = chebyshev.points(size)
    for b, block in enumerate(local):
        exact = numpy_chebyshev.chebval(-1 + (2 * b + 1 + t) / count, series)
        assert_allclose(numpy_chebyshev.chebval(t, block), exact, atol=1e-12)


@pytest.mark.parametrize("exponent", [1e-12, 0.3, 17.0, 400.0, 1e4])
@pytest.mark.parametrize("atol", [1e-3, 1e-7, 1e-12])
def test_gaussian_size_is_enough_and_not_too_much(exponent, atol):
    length = 1.3
    n = gaussian_size(exponent, length, atol)
    x = np.linspace(-1, 1, 2001)

    def error(n, centre):
        c = numpy_chebyshev.chebinterpolate(
            lambda t: np.exp(-exponent * (length / 2 * (t - centre)) ** 2), n - 1
        )
        exact = np.exp(-exponent * (length / 2 * (x - centre)) ** 2)
        return np.abs(numpy_chebyshev.chebval(x, c) - exact).max()

    for centre in (0.0, 0.5, 0.9, 1.0):
        assert error(n, centre) <= 2.5 * atol + 5e-14 * n
    if n > 12:
        assert error(int(0.7 * n), 0.0) > atol


def test_moments_are_sums_of_products_of_polynomials(rng):
    positions = rng.uniform(BOX[:, 0], BOX[:, 1], size=(500, 3))
    charges = rng.normal(size=500)
    sizes = (7, 5, 6)
    blocks = BlockGrid(BOX, (2, 3, 1), sizes)
    reference = 2 * (positions - BOX[:, 0]) / (BOX[:, 1] - BOX[:, 0]) - 1
    bases = [numpy_chebyshev.chebvander(reference[:, k], sizes[k] - 1) for k in range(3)]
    expected = np.einsum("n,na,nb,nc->abc", charges, *bases, optimize=True)
    assert_allclose(moment_tensor(positions, charges, blocks, sizes), expected, atol=1e-11)


APART = np.array([[-2.0, 2.5], [0.0, 2.0], [2.5, 4.0]])  # overlaps the sources' box
AROUND = BOX + np.array([-1.0, 1.0]) * np.array([[0.3], [0.2], [0.1]])  # the same centre: parities


@pytest.mark.parametrize("particles", [10, 10**9])
@pytest.mark.parametrize("target", [APART, AROUND], ids=["apart", "around"])
@pytest.mark.parametrize("rtol", [1e-4, 1e-8, 1e-11])
def test_translated_moments_are_the_potential_of_gaussians(rng, rtol, target, particles):
    positions = rng.uniform(BOX[:, 0], BOX[:, 1], size=(200, 3))
    charges = rng.normal(size=200)
    gaussians = GaussianSum([1.0, 0.5, 2.0], [20.0, 1.0, 1e-3])
    sizes = gaussian_sizes(BOX, 20.0, rtol)
    blocks = moment_blocks(BOX, 20.0, sizes, rtol, particles)
    moments = moment_tensor(positions, charges, blocks, sizes)
    series = translated(moments, gaussians, BOX, target, rtol)
    assert len(set(series.shape)) == 3
    points = rng.uniform(target[:, 0], target[:, 1], size=(100, 3))
    t = 2 * (points - target[:, 0]) / (target[:, 1] - target[:, 0]) - 1
    exact = gaussians(np.linalg.norm(points[:, None] - positions, axis=-1)) @ charges
    values = numpy_chebyshev.chebval3d(*t.T, series)
    assert np.abs(values - exact).max() <= 30 * rtol * np.sqrt(200)
