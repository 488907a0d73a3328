"""Local series: the function and its gradient on blocks, from the coefficients that matter."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.polynomial import chebyshev as numpy_chebyshev
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker import local_series
from chebtucker.backends import numba_cpu, reference
from chebtucker.backends.ragged import Ragged, groups_of
from chebtucker.blocks import BlockGrid
from chebtucker.chebtuck.evaluation import at_points
from chebtucker.chebtuck.kept_series import cut_for
from chebtucker.local_series import Cut, costs

BOX = np.array([[-1.0, 2.0], [0.5, 1.5], [3.0, 5.0]])


def smooth_tucker(rng, shape=(40, 33, 52), rank=(4, 3, 5)):
    decay = [np.exp(-0.45 * np.arange(n))[:, None] for n in shape]
    factors = tuple(rng.normal(size=(n, r)) * d for n, r, d in zip(shape, rank, decay, strict=True))
    return rng.normal(size=rank), factors


def test_local_series_evaluate_the_function_and_its_gradient(rng):
    core, factors = smooth_tucker(rng)
    cut = Cut(1e-11, slopes=True)
    plan = local_series.plan_blocks(core, factors, BOX, cut)
    assert plan is not None
    blocks = plan.blocks
    assert max(blocks.counts) > 1
    points = rng.uniform(BOX[:, 0], BOX[:, 1], size=(400, 3))
    points[:8] = np.stack(np.meshgrid(*BOX, indexing="ij"), axis=-1).reshape(-1, 3)  # corners
    edges = BOX[:, 0] + blocks.width * rng.integers(0, np.array(blocks.counts) + 1, (20, 3))
    points[8:28] = np.minimum(edges, BOX[:, 1])  # where blocks meet
    series = local_series.form(core, factors, blocks, cut)
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
    cut = Cut(atol, slopes=True)
    plan = local_series.plan_blocks(core, tuple(factors), box, cut)
    assert plan is not None
    t = rng.uniform(-1, 1, (1500, 2))
    t[:500] = np.sign(t[:500]) * (1 - 10 ** rng.uniform(-8, -0.5, (500, 2)))
    counts = np.array(plan.blocks.counts)
    meeting = 2 * rng.integers(0, counts + 1, (500, 2)) / counts - 1
    t[500:1000] = np.clip(meeting + rng.choice([-1e-9, 1e-9], (500, 2)), -1, 1)
    half = (box[:, 1] - box[:, 0]) / 2
    points = np.clip(box[:, 0] + (t + 1) * half, *box.T)
    series = local_series.form(core, tuple(factors), plan.blocks, cut)
    _, slopes = series.values_and_gradients(points)
    whole = np.einsum("ab,ia,jb->ij", core, *factors)
    for k in range(2):
        exact = numpy_chebyshev.chebval2d(*t.T, numpy_chebyshev.chebder(whole, axis=k))
        allowed = n * atol / np.sqrt(np.maximum(1 - t[:, k] ** 2, n**-2.0))
        assert np.max(np.abs(slopes[:, k] * half[k] - exact) / allowed) <= 1.0


@pytest.mark.parametrize(
    ("d", "center"),
    [
        (3, (0.31, 0.57, -0.1)),
        (3, (0.64, 0.02, -0.56)),
        (3, (0.13, 0.49, 0.31)),
        (2, (0.79, -0.06)),
    ],
)
def test_blocks_follow_a_sharp_feature_wherever_it_is(rng, d, center):
    """A rounded cone: its neighbourhood takes a ten-thousandth of the box, and all the degrees."""

    def f(*x):
        return np.sqrt(0.055**2 + sum((a - c) ** 2 for a, c in zip(x, center, strict=True)))

    found = ct.from_function(f, [(-1, 1)] * d, rtol=1e-8)
    where = np.clip(np.array(center) + 0.1 * rng.uniform(-1, 1, (5000, d)), -1, 1)

    def by_core(g):
        return at_points(g.coefficients, g.domain, where)

    def by_blocks(slopes):
        cut = cut_for(found.core, found.error, slopes)
        plan = local_series.plan_blocks(found.core, found.factors, found.domain, cut)
        return cut.atol, local_series.form(found.core, found.factors, plan.blocks, cut)

    atol, series = by_blocks(slopes=False)
    assert np.abs(series.values(where) - by_core(found)).max() <= atol
    atol, series = by_blocks(slopes=True)
    gradients = series.values_and_gradients(where)[1]
    for k, n in enumerate(found.degree):
        assert np.abs(gradients[:, k] - by_core(found.gradient()[k])).max() <= n * atol


@pytest.mark.parametrize("bytes_held", [1, 3 * 10**4])
def test_slabs_give_what_the_whole_series_gives(rng, monkeypatch, bytes_held):
    core, factors = smooth_tucker(rng)
    cut, also_slopes = Cut(1e-11), Cut(1e-11, slopes=True)
    plan = local_series.plan_blocks(core, factors, BOX, also_slopes)
    points = rng.uniform(BOX[:, 0], BOX[:, 1], size=(300, 3))
    points[:2] = BOX.T
    series = local_series.form(core, factors, plan.blocks, cut)
    with_slopes = local_series.form(core, factors, plan.blocks, also_slopes)
    monkeypatch.setattr(costs, "MOST_BYTES", bytes_held)
    values, nothing = local_series.evaluate_by_slabs(core, factors, plan, points, cut)
    assert nothing is None
    assert_allclose(values, series.values(points), atol=1e-13)
    both = local_series.evaluate_by_slabs(core, factors, plan, points, also_slopes)
    assert_allclose(both[0], with_slopes.values(points), atol=1e-13)
    assert_allclose(both[1], with_slopes.values_and_gradients(points)[1], atol=1e-11)


def test_no_blocks_for_a_function_that_is_rough_everywhere(rng):
    core = rng.normal(size=(3, 3, 3))
    factors = tuple(rng.normal(size=(60, 3)) for _ in range(3))
    assert local_series.plan_blocks(core, factors, BOX, Cut(1e-12)) is None


# What is left out -------------------------------------------------------------------------------


def packed(dense, atol, weights=(0.0, 0.0, 0.0)):
    """The series (B, p_1, p_2, p_3) of blocks in a row, without what may be left out."""
    blocks, p1, p2, p3 = dense.shape
    groups, rows = groups_of(p2)
    lengths = np.zeros((blocks, p1, groups), dtype=np.uint8)
    room = np.empty(blocks * p1 * groups * rows * p3)
    apart = np.ascontiguousarray(dense.transpose(1, 2, 0, 3))[:, None]
    used = numba_cpu.shorten(apart, atol, np.array(weights), rows, lengths, room)
    stored = lengths.sum(axis=(1, 2), dtype=np.int64) * rows
    assert used == stored.sum()
    counts = (blocks, 1, 1)
    return Ragged(counts, (p1, p2, p3), room[:used], lengths, np.cumsum(stored) - stored)


def unpacked(series):
    """The series (B, p_1, p_2, p_3), zero where nothing is stored."""
    p1, p2, p3 = series.sizes
    _, rows = groups_of(p2)
    result = np.zeros((len(series.starts), p1, -(-p2 // rows) * rows, p3))
    for (block, a, group), length in np.ndenumerate(series.lengths):
        before = int(series.lengths[block].reshape(-1)[: a * series.lengths.shape[2] + group].sum())
        at = series.starts[block] + before * rows
        part = series.coefficients[at : at + length * rows].reshape(length, rows)
        result[block, a, group * rows : (group + 1) * rows, :length] = part.T
    assert not result[:, :, p2:].any()
    return result[:, :, :p2]


SHAPES = [(3, 5, 4, 7), (2, 1, 1, 9), (4, 6, 9, 3), (1, 24, 23, 24)]


def decaying(rng, shape):
    """Coefficients that fall by a factor of 3 with the sum of the indices."""
    a, b, c = np.ogrid[: shape[1], : shape[2], : shape[3]]
    return rng.normal(size=shape) * 3.0 ** -(a + b + c)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("atol", [0.0, 1e-9, 1e-2, 1e3])
@pytest.mark.parametrize("weights", [(0.0, 0.0, 0.0), (0.5, 0.0, 2.0)])
def test_what_is_left_out_of_a_block_sums_up_to_the_tolerance(rng, shape, atol, weights):
    dense = decaying(rng, shape)
    kept = unpacked(packed(dense, atol, weights))
    assert np.all((kept == dense) | (kept == 0))
    squares = [w * np.arange(n) ** 2.0 for w, n in zip(weights, shape[1:], strict=True)]
    heavy = np.maximum.reduce(np.broadcast_arrays(1.0, *np.ix_(*squares)))
    left_out = np.abs(dense - kept) * heavy
    assert left_out.sum(axis=(1, 2, 3)).max() <= atol
    if atol == 0:
        assert np.all(kept == dense)


def test_a_simplex_is_kept_of_coefficients_that_decay_with_the_sum_of_indices():
    a, b, c = np.ogrid[:24, :24, :24]
    dense = 3.0 ** -(a + b + c)[None]
    series = packed(dense, 1e-6)
    least = next(n for n in range(72) if dense[0][a + b + c >= n].sum() <= 1e-6)
    simplex = least * (least + 1) * (least + 2) / 6
    assert simplex <= len(series.coefficients) <= 2 * simplex


def test_nothing_is_kept_of_blocks_where_the_function_is_negligible():
    dense = np.zeros((2, 4, 5, 3))
    dense[1] = 1.0
    series = packed(dense, 1e-3)
    assert not series.lengths[0].any()
    assert np.all(series.lengths[1] == 3)
    values = np.full(2, np.nan)
    box = np.array([[0.0, 2.0], [-1.0, 1.0], [-1.0, 1.0]])
    numba_cpu.ragged_values(np.array([[0.3, 0.1, 0.2], [2.0, 1.0, 1.0]]), box, series, values)
    assert_allclose(values, [0, 60], atol=1e-13)


def assert_as_dense(rng, box, count, series, dense, *, slopes, alone):
    """Compare values and gradients at points, corners among them, with those of all coefficients.

    `slopes` and `alone` are tolerances, of gradients and of values computed without them.
    """
    points = rng.uniform(*box.T, size=(count, len(box)))
    points[:2] = box.T[: len(points[:2])]
    ours, theirs = ((np.full(count, np.nan), np.full(points.shape, np.nan)) for _ in range(2))
    numba_cpu.ragged_values(points, box, series, *ours)
    reference.local_values(points, box, dense, *theirs)
    assert_allclose(ours[0], theirs[0], atol=1e-12)
    assert_allclose(ours[1], theirs[1], atol=slopes)
    only = np.full(count, np.nan)
    numba_cpu.ragged_values(points, box, series, only)
    assert_allclose(only, ours[0], atol=alone)


@pytest.mark.parametrize(
    "shape", [(3, 5), (1, 17), (4, 7, 3, 5), (2, 3, 1, 1), (4, 7, 3, 3, 5, 4), (1, 2, 30, 2, 1, 11)]
)
@pytest.mark.parametrize("count", [0, 1, 16, 300])
def test_values_and_gradients_in_one_to_three_variables(rng, shape, count):
    d = len(shape) // 2
    counts, sizes, box = shape[:d], shape[d:], BOX[:d]
    dense = rng.normal(size=shape)
    all_kept = packed(dense.reshape(-1, *(1,) * (3 - d), *sizes), 0.0)
    series = replace(all_kept, counts=counts, sizes=sizes)
    assert_as_dense(rng, box, count, series, dense, slopes=1e-9, alone=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [0, 1, 16, 300])
@pytest.mark.parametrize("atol", [0.0, 1e-4])
def test_values_and_gradients_of_what_is_kept(rng, shape, count, atol):
    series = packed(decaying(rng, shape), atol)
    dense = unpacked(series).reshape(*series.counts, *series.sizes)
    assert_as_dense(rng, BOX, count, series, dense, slopes=1e-10, alone=1e-13)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_series_in_one_to_three_variables_are_those_of_the_dense_tensor(rng, d):
    """Nothing left out: also where a block has one coefficient on an axis, and blocks one row."""
    sizes, counts = ((9,), (6, 1), (5, 1, 7))[d - 1], ((4,), (3, 2), (2, 5, 3))[d - 1]
    core = rng.normal(size=(3, 2, 4)[:d])
    shape = tuple(min(p, 5) for p in sizes)
    factors = tuple(rng.normal(size=(n, r)) for n, r in zip(shape, core.shape, strict=True))
    whole = core
    for k, u in enumerate(factors):
        whole = np.moveaxis(np.tensordot(u, whole, (1, k)), 0, k)
    series = local_series.form(core, factors, BlockGrid(BOX[:d], counts, sizes), Cut(0.0))
    points = rng.uniform(*BOX[:d].T, size=(200, d))
    t = (2 * (points - BOX[:d, 0]) / (BOX[:d, 1] - BOX[:d, 0]) - 1).T
    chebval = (numpy_chebyshev.chebval, numpy_chebyshev.chebval2d, numpy_chebyshev.chebval3d)
    assert_allclose(series.values(points), chebval[d - 1](*t, whole), atol=1e-11)


def test_series_that_turn_out_too_large_are_given_up(rng, monkeypatch):
    core, factors = smooth_tucker(rng)
    plan = local_series.plan_blocks(core, factors, BOX, Cut(1e-11))
    size = local_series.form(
        core, factors, plan.blocks, Cut(1e-11)
    ).coefficients.coefficients.nbytes
    monkeypatch.setattr(costs, "MOST_BYTES", size)
    local_series.form(core, factors, plan.blocks, Cut(1e-11))
    monkeypatch.setattr(costs, "MOST_BYTES", size - 1)
    with pytest.raises(local_series.TooLargeError):
        local_series.form(core, factors, plan.blocks, Cut(1e-11))
