"""Blocks: local series, moments carried up, and the Gaussians between boxes."""

import numpy as np
import pytest
from numpy.polynomial import chebyshev as numpy_chebyshev
from numpy.testing import assert_allclose

from chebtucker import local_series
from chebtucker.blocks import BlockGrid, gaussian_size, local_matrix
from chebtucker.kernels import GaussianSum
from chebtucker.potentials.moments import gaussian_sizes, moment_blocks, moment_tensor, translated

BOX = np.array([[-1.0, 2.0], [0.5, 1.5], [3.0, 5.0]])


def test_local_matrix_restricts_a_polynomial_exactly(rng):
    n, count = 9, 4
    series = rng.normal(size=n)
    local = (local_matrix(n, count, n) @ series).reshape(count, n)
    t = np.linspace(-1, 1, 13)
    for b in range(count):
        x = -1 + (2 * b + 1 + t) / count
        assert_allclose(
            numpy_chebyshev.chebval(t, local[b]), numpy_chebyshev.chebval(x, series), atol=1e-13
        )


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


def smooth_tucker(rng, shape=(40, 33, 52), rank=(4, 3, 5)):
    decay = [np.exp(-0.45 * np.arange(n))[:, None] for n in shape]
    factors = tuple(rng.normal(size=(n, r)) * d for n, r, d in zip(shape, rank, decay, strict=True))
    return rng.normal(size=rank), factors


def test_local_series_evaluate_the_function_and_its_gradient(rng):
    core, factors = smooth_tucker(rng)
    blocks = local_series.plan_blocks(core, factors, BOX, 1e-11, slopes=True)
    assert blocks is not None
    assert max(blocks.counts) > 1
    points = rng.uniform(BOX[:, 0], BOX[:, 1], size=(400, 3))
    points[:8] = np.stack(np.meshgrid(*BOX, indexing="ij"), axis=-1).reshape(-1, 3)  # corners
    edges = BOX[:, 0] + blocks.width * rng.integers(0, np.array(blocks.counts) + 1, (20, 3))
    points[8:28] = np.minimum(edges, BOX[:, 1])  # where blocks meet
    series = local_series.form(core, factors, blocks)
    values, slopes = series.values_and_gradients(points)
    whole = np.einsum("abc,ia,jb,kc->ijk", core, *factors)
    t = (2 * (points - BOX[:, 0]) / (BOX[:, 1] - BOX[:, 0]) - 1).T
    assert_allclose(values, numpy_chebyshev.chebval3d(*t, whole), atol=1e-10)
    for k in range(3):
        slope = numpy_chebyshev.chebder(whole, axis=k) * 2 / (BOX[k, 1] - BOX[k, 0])
        exact = numpy_chebyshev.chebval3d(*t, slope)
        assert_allclose(slopes[:, k], exact, atol=1e-10 * np.abs(exact).max())
    assert_allclose(series.values(points), values, atol=1e-12)


def test_slopes_of_local_series_near_the_ends_and_where_blocks_meet(rng):
    """Within n atol / sqrt(1 - t^2), at most n^2 atol: Bernstein's bound and Markov's."""
    n, atol, box = 90, 1e-6, BOX[:2]
    core, factors = rng.normal(size=(3, 3)), []
    for _ in range(2):  # coefficients that end at a size of some atol: they oscillate everywhere
        factors.append(rng.choice([-1.0, 1.0], (n, 3)) * 0.88 ** np.arange(n)[:, None] / 3)
    blocks = local_series.plan_blocks(core, tuple(factors), box, atol, slopes=True)
    assert blocks is not None
    t = rng.uniform(-1, 1, (1500, 2))
    t[:500] = np.sign(t[:500]) * (1 - 10 ** rng.uniform(-8, -0.5, (500, 2)))
    counts = np.array(blocks.counts)
    meeting = 2 * rng.integers(0, counts + 1, (500, 2)) / counts - 1
    t[500:1000] = np.clip(meeting + rng.choice([-1e-9, 1e-9], (500, 2)), -1, 1)
    half = (box[:, 1] - box[:, 0]) / 2
    points = np.clip(box[:, 0] + (t + 1) * half, *box.T)
    slopes = local_series.form(core, tuple(factors), blocks).values_and_gradients(points)[1]
    whole = np.einsum("ab,ia,jb->ij", core, *factors)
    for k in range(2):
        exact = numpy_chebyshev.chebval2d(*t.T, numpy_chebyshev.chebder(whole, axis=k))
        allowed = n * atol / np.sqrt(np.maximum(1 - t[:, k] ** 2, n**-2.0))
        assert np.max(np.abs(slopes[:, k] * half[k] - exact) / allowed) <= 1.0


@pytest.mark.parametrize("bytes_held", [1, 3 * 10**5])
def test_slabs_give_what_the_whole_series_gives(rng, monkeypatch, bytes_held):
    core, factors = smooth_tucker(rng)
    blocks = local_series.plan_blocks(core, factors, BOX, 1e-11)
    points = rng.uniform(BOX[:, 0], BOX[:, 1], size=(300, 3))
    points[:2] = BOX.T
    series = local_series.form(core, factors, blocks)
    monkeypatch.setattr(local_series, "MOST_BYTES", bytes_held)
    values, nothing = local_series.evaluate_by_slabs(core, factors, blocks, points)
    assert nothing is None
    assert_allclose(values, series.values(points), atol=1e-13)
    both = local_series.evaluate_by_slabs(core, factors, blocks, points, slopes=True)
    assert_allclose(both[0], values, atol=1e-13)
    assert_allclose(both[1], series.values_and_gradients(points)[1], atol=1e-11)


def test_no_blocks_for_a_function_that_is_rough_everywhere(rng):
    core = rng.normal(size=(3, 3, 3))
    factors = tuple(rng.normal(size=(60, 3)) for _ in range(3))
    assert local_series.plan_blocks(core, factors, BOX, 1e-12) is None
