"""Values at points and on grids, against numpy.polynomial and against each other."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
from numpy.polynomial import chebyshev as numpy_chebyshev
from numpy.testing import assert_allclose, assert_array_equal

import chebtucker as ct
from chebtucker import local_series
from chebtucker.chebtuck import evaluation, kept_series, many_points
from chebtucker.local_series import costs

BOX = np.array([[-1.0, 2.0], [0.5, 1.5], [3.0, 5.0], [-2.0, 2.0], [0.0, 1.0], [7.0, 9.0]])
DEGREES, RANKS = (9, 5, 12, 4, 3, 2), (3, 4, 2, 3, 1, 2)


def random_function(rng, d, *, more=0, rank=None, error=0.0, decay=0.0):
    """Return a function of d variables with degrees that differ, and its full coefficients."""
    shape = [n + more * (k + 1) for k, n in enumerate(DEGREES[:d])]
    core = rng.normal(size=RANKS[:d] if rank is None else rank)
    factors = tuple(
        rng.normal(size=(n, r)) * np.exp(-decay * np.arange(n))[:, None]
        for n, r in zip(shape, core.shape, strict=True)
    )
    f = ct.ChebTuck(ct.TuckerTensor(core, factors), BOX[:d], error=error)
    dense = core
    for k, factor in enumerate(factors):
        dense = np.moveaxis(np.tensordot(factor, dense, axes=(1, k)), 0, k)
    return f, dense


def values_by_numpy(coefficients, domain, points):
    t = 2 * (points - domain[:, 0]) / (domain[:, 1] - domain[:, 0]) - 1
    result = np.broadcast_to(coefficients, (len(points), *coefficients.shape))
    for k, n in enumerate(coefficients.shape):
        basis = numpy_chebyshev.chebvander(t[:, k], n - 1)
        result = np.einsum("mi...,mi->m...", result, basis)
    return result


@pytest.mark.parametrize("d", [1, 2, 3, 4, 6])
def test_points_against_numpy(rng, d):
    f, dense = random_function(rng, d)
    points = rng.uniform(*BOX[:d].T, size=(200, d))
    points[:2] = BOX[:d].T
    exact = values_by_numpy(dense, BOX[:d], points)
    scale = np.abs(dense).sum()
    for count in (0, 1, 2, 31, 33, 200):  # few points take another way than many
        values = f(points[:count]) if d > 1 else f(points[:count, 0])
        assert values.shape == (count,)
        assert_allclose(values, exact[:count], atol=1e-14 * scale)
    assert f(*points[0]) == pytest.approx(exact[0], abs=1e-14 * scale)
    assert np.ndim(f(*points[0])) == 0


@pytest.mark.parametrize("d", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("count", [0, 1, 2, 250])
def test_gradients_against_numpy(rng, d, count):
    f, dense = random_function(rng, d)
    points = rng.uniform(*BOX[:d].T, size=(count, d))
    values, slopes = f.value_and_gradient(points)
    scale = np.abs(dense).sum()
    assert_allclose(values, values_by_numpy(dense, BOX[:d], points), atol=1e-14 * scale)
    assert slopes.shape == (count, d)
    for k, (low, high) in enumerate(BOX[:d]):
        slope = numpy_chebyshev.chebder(dense, axis=k) * 2 / (high - low)
        exact = values_by_numpy(slope, BOX[:d], points)
        assert_allclose(slopes[:, k], exact, atol=1e-14 * np.abs(slope).sum())


def test_the_gradient_along_an_axis_without_any_change_is_zero():
    f = ct.from_function(lambda x, y: np.sin(3 * x) + 0 * y, [(-1, 1)] * 2)
    assert f.degree[1] == 0
    slopes = f.value_and_gradient(np.array([[0.2, 0.3], [0.5, -0.9]]))[1]
    assert_allclose(slopes, [[3 * np.cos(0.6), 0], [3 * np.cos(1.5), 0]], atol=1e-6)


def test_many_points_in_two_and_three_variables_against_chebval(rng):
    for d, chebval in ((2, numpy_chebyshev.chebval2d), (3, numpy_chebyshev.chebval3d)):
        f, dense = random_function(rng, d, more=20, rank=(16, 15, 17)[:d], decay=0.4, error=1e-9)
        points = rng.uniform(*BOX[:d].T, size=(200_000, d))
        t = (2 * (points - BOX[:d, 0]) / (BOX[:d, 1] - BOX[:d, 0]) - 1)[:300].T
        values, slopes = f.value_and_gradient(points)
        assert_allclose(f(points)[:300], chebval(*t, dense), atol=2e-10)
        assert_allclose(values[:300], chebval(*t, dense), atol=2e-10)
        for k in range(d):
            slope = numpy_chebyshev.chebder(dense, axis=k) * 2 / (BOX[k, 1] - BOX[k, 0])
            assert_allclose(slopes[:300, k], chebval(*t, slope), atol=1e-7)
        assert f._kept.nbytes > 0


@pytest.mark.parametrize("d", [1, 2, 3])
def test_gradients_at_few_and_at_many_points_agree(rng, d):
    f, _ = random_function(rng, d, more=10, decay=0.1)
    points = rng.uniform(*BOX[:d].T, size=(60_000, d))
    many, few = f.value_and_gradient(points), f.value_and_gradient(points[:50])
    assert_allclose(many[0][:50], few[0], atol=1e-10)
    assert_allclose(many[1][:50], few[1], atol=1e-8)


# Local series that are kept ---------------------------------------------------------------------


@pytest.fixture
def peak():
    return ct.from_function(
        lambda x, y, z: 1 / (1 + 8 * (x**2 + 0.5 * y**2 + (z - 3) ** 2)), BOX[:3], rtol=1e-7
    )


def test_local_series_stay_well_below_the_error_of_the_function(peak, rng):
    points = rng.uniform(*BOX[:3].T, size=(30_000, 3))
    exact = evaluation.at_points(peak.coefficients, peak.domain, points)
    assert 0 < np.abs(peak(points) - exact).max() <= 0.2 * peak.error
    values, slopes = peak.value_and_gradient(points)
    assert np.abs(values - exact).max() <= 0.2 * peak.error
    inner = (np.abs(points - BOX[:3].mean(axis=1)) < 0.4 * np.diff(BOX[:3])[:, 0]).all(axis=1)
    for k, g in enumerate(peak.gradient()):
        exact = evaluation.at_points(g.coefficients, g.domain, points)
        bound = 2 * (peak.degree[k] + 1) / (BOX[k, 1] - BOX[k, 0]) * peak.error
        assert np.abs(slopes[:, k] - exact)[inner].max() <= 0.2 * bound


def test_series_are_formed_once_and_give_the_same_again(peak, rng, monkeypatch):
    points = rng.uniform(*BOX[:3].T, size=(30_000, 3))
    first, slopes = peak(points), peak.value_and_gradient(points)
    assert peak._kept.nbytes > 0

    def never(*_):
        raise AssertionError("formed again")

    monkeypatch.setattr(local_series, "form", never)
    monkeypatch.setattr(local_series, "plan_blocks", never)
    assert_array_equal(peak(points), first)
    assert_array_equal(peak.value_and_gradient(points)[1], slopes[1])


def test_what_came_before_does_not_change_values(peak, rng):
    points = rng.uniform(*BOX[:3].T, size=(30_000, 3))
    before = peak(points[:20])
    peak(points)
    assert peak._kept.nbytes > 0
    assert_array_equal(peak(points[:20]), before)


def test_copies_start_without_series(peak, rng):
    points = rng.uniform(*BOX[:3].T, size=(30_000, 3))
    values = peak(points)
    size = len(pickle.dumps(replace(peak)))
    assert len(pickle.dumps(peak)) <= size + 200
    for other in (pickle.loads(pickle.dumps(peak)), replace(peak), copy.copy(peak), 1.0 * peak):
        assert other._kept.nbytes == 0 or other._kept is peak._kept
        assert_allclose(other(points), values, atol=1e-14)
    assert replace(peak, error=0.0)._kept.nbytes == 0


def test_series_too_large_to_keep_are_not_kept(peak, rng, monkeypatch):
    points = rng.uniform(*BOX[:3].T, size=(60_000, 3))
    exact = evaluation.at_points(peak.coefficients, peak.domain, points)
    monkeypatch.setattr(costs, "MOST_BYTES", 10_000)
    monkeypatch.setattr(many_points, "_PLANNING", 0.0)
    monkeypatch.setattr(costs, "formation", lambda *_: 0.0)
    other = replace(peak)
    assert_allclose(other(points), exact, atol=0.2 * peak.error)
    values, slopes = other.value_and_gradient(points)
    assert_allclose(values, exact, atol=0.2 * peak.error)
    assert slopes.shape == (60_000, 3)
    assert other._kept.nbytes == 0


@pytest.mark.parametrize(("slopes", "missing"), [(False, 8), (True, 14)])
def test_series_that_do_not_agree_with_the_core_are_not_used(rng, monkeypatch, slopes, missing):
    """Series that are too short for a sharp feature, which few blocks have."""
    f = ct.from_function(
        lambda x, y: 1 / (1 + 300 * ((x - 0.3) ** 2 + (y - 1) ** 2)), BOX[:2], rtol=1e-8
    )
    cut = kept_series.cut_for(f.core, f.error, slopes)
    plan = local_series.plan_blocks(f.core, f.factors, f.domain, cut)
    sizes = tuple(size - missing for size in plan.blocks.sizes)
    short = replace(plan, blocks=replace(plan.blocks, sizes=sizes))
    points = rng.uniform(*BOX[:2].T, size=(100_000, 2))
    exact = evaluation.at_points(f.coefficients, f.domain, points)
    too_short = local_series.form(f.core, f.factors, short.blocks, cut)
    off = np.abs(too_short.values(points) - exact)
    assert off.max() > f.error
    assert np.mean(off > 0.2 * f.error) < 0.01

    monkeypatch.setattr(local_series, "plan_blocks", lambda *_, **__: short)
    values = f.value_and_gradient(points)[0] if slopes else f(points)
    assert_allclose(values, exact, atol=1e-13)
    assert f._kept.nbytes == 0


@pytest.mark.parametrize("index", [0, 511, 99_999, 100_000, 100_102])
@pytest.mark.parametrize("axis", [0, 2])
def test_one_point_outside_among_many_is_found(peak, rng, index, axis):
    points = rng.uniform(*BOX[:3].T, size=(100_103, 3))
    points[index, axis] = BOX[axis, 1] + 1e-6
    with pytest.raises(ValueError, match=f"inside the domain .* on axis {axis}"):
        peak(points)
    points[index, axis] = BOX[axis, 0] - 1e-6
    with pytest.raises(ValueError, match=f"inside the domain .* on axis {axis}"):
        peak(points)


@pytest.mark.parametrize("threads", ["1", "3"])
def test_values_do_not_depend_on_the_number_of_threads(peak, rng, monkeypatch, threads):
    points = rng.uniform(*BOX[:3].T, size=(40_000, 3))
    values, grid = replace(peak)(points), peak.on_grid(40, 50, 60)
    monkeypatch.setenv("NUMBA_NUM_THREADS", threads)
    assert_allclose(replace(peak)(points), values, atol=1e-14)
    assert_allclose(peak.on_grid(40, 50, 60), grid, atol=1e-14)


# Grids ------------------------------------------------------------------------------------------

SHAPES = [(40,), (1, 30), (700, 150), (70, 60, 50), (3, 300, 200), (1, 1, 1), (90, 2, 700),
          (9, 8, 17, 12), (4, 3, 5, 6, 2, 3)]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("small", range(3))  # the mode of least rank, which is taken last
def test_grids_against_numpy(rng, shape, small):
    d = len(shape)
    rank = [3] * d
    rank[small % d] = 1
    f, dense = random_function(rng, d, rank=rank)
    axes = [rng.uniform(*BOX[k], size=n) for k, n in enumerate(shape)]
    exact = dense
    for k, x in enumerate(axes):
        t = 2 * (x - BOX[k, 0]) / (BOX[k, 1] - BOX[k, 0]) - 1
        basis = numpy_chebyshev.chebvander(t, dense.shape[k] - 1)
        exact = np.moveaxis(np.tensordot(basis, exact, axes=(1, k)), 0, k)
    if d == 3:
        t = [2 * (x - b[0]) / (b[1] - b[0]) - 1 for x, b in zip(axes, BOX, strict=False)]
        assert_allclose(exact, numpy_chebyshev.chebgrid3d(*t, dense), atol=1e-11)
    close = {"atol": 1e-14 * np.abs(dense).sum()}
    assert_allclose(f.on_grid(*axes), exact, **close)
    wide = np.full((*shape[:-1], 2 * shape[-1]), np.nan)
    for out in (np.full(shape, np.nan), np.full(shape, np.nan, order="F"), wide[..., ::2]):
        assert f.on_grid(*axes, out=out) is out
        assert_allclose(out, exact, **close)
    assert np.isnan(wide[..., 1::2]).all()
    for order in "CF":
        single = np.full(shape, np.nan, dtype=np.float32, order=order)
        f.on_grid(*axes, out=single)
        assert (np.abs(single - exact) <= 6e-8 * np.abs(exact) + close["atol"]).all()


def test_a_grid_without_points(rng):
    f, _ = random_function(rng, 3)
    assert f.on_grid(4, np.empty(0), 5).shape == (4, 0, 5)


def test_a_grid_is_filled_where_it_is(rng):
    """Rows of a larger array, as a caller does who writes slabs to a file."""
    f, _ = random_function(rng, 3)
    large = np.full((10, 20, 30), np.nan)
    f.on_grid(4, 20, 30, out=large[3:7])
    assert_allclose(large[3:7], f.on_grid(4, 20, 30))
    assert np.isnan(large[[0, 1, 2, 7, 8, 9]]).all()


@pytest.mark.parametrize("end", [1e-3, 0.1, 1 / 3, 1234.567])
def test_ends_of_the_domain_in_single_precision(end):
    """1e-3 is 4.7e-11 larger in float32: still the end of the axis, and not a point beyond it."""
    f = ct.from_function(lambda x, y: x * y + y, [(0, end), (-end, 100)])
    single = np.float32(end)
    expected = f(end, -end)
    for value in (
        f(single, -single),
        f(single, np.float64(-end)),
        f(np.array([[single, -single]])),
        f.on_grid(np.array([single]), np.array([-single])),
        f.value_and_gradient(np.array([single, -single]))[0],
        f(*np.ix_(*np.array([[0, single], [-single, 100]], dtype=np.float32)))[1, 0],
    ):
        assert_allclose(np.ravel(value), expected, rtol=1e-12)
    beyond = np.nextafter(np.nextafter(np.nextafter(single, np.inf), np.inf), np.inf)
    for point in (beyond, end * (1 + 1e-7)):  # more than rounding; a point of float64
        with pytest.raises(ValueError, match="must be inside the domain"):
            f(point, 0)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_local_series_of_a_function_cut_to_its_tolerance_are_small_and_exact_enough(seed):
    """Its last coefficients are a part of the tolerance, on blocks too: they must not matter."""
    f = ct.from_function(ct.gallery["Runge"], rtol=1e-8, seed=seed)
    points = np.random.default_rng(seed).uniform(-1, 1, (3, 150_000))
    f(*points)
    assert 0 < f._kept.nbytes <= 2**23
    assert np.abs(f(*points) - ct.gallery["Runge"](*points)).max() <= f.error


@pytest.mark.parametrize(
    ("name", "rtol"),
    [("quotient", 1e-3), ("tanh", 1e-3), ("two needles", 1e-6), ("smeared charge", 1e-6)],
)
def test_local_series_add_a_fifth_of_the_error_at_most_also_near_the_ends(name, rtol, rng):
    f = ct.from_function(ct.gallery[name], rtol=rtol)
    t = rng.uniform(-1, 1, (400_000, 3))
    t[:20_000] = np.sign(t[:20_000]) * (1 - 10 ** rng.uniform(-8, -0.5, (20_000, 3)))
    points = f.domain.mean(axis=1) + t * np.diff(f.domain)[:, 0] / 2
    exact = evaluation.at_points(f.coefficients, f.domain, points)
    assert 0 < np.abs(f(points) - exact).max() <= 0.2 * f.error
