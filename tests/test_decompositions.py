import numpy as np
import pytest
import tensorly.decomposition

from chebtucker.decompositions import hooi, rank_for_tolerance, rhosvd, round_tucker, st_hosvd
from chebtucker.tensors import CPTensor, TuckerTensor

METHODS = ["auto", "gram", "lq", "randomized"]


def smooth(*shape):
    """1 / (1 + 3 |x|^2 + x_1) on a box with other sizes on each axis: no two axes are alike."""
    axes = np.ix_(*[np.linspace(0, 1 + 0.5 * k, n) for k, n in enumerate(shape)])
    return 1 / (1 + 3 * sum(x**2 for x in axes) + axes[0])


def relative_error(tensor, array):
    return np.linalg.norm(tensor.to_array() - array) / np.linalg.norm(array)


def is_orthonormal(tensor):
    return all(np.allclose(u.T @ u, np.eye(u.shape[1]), atol=1e-13) for u in tensor.factors)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rtol", [0.3, 1e-3, 1e-6, 1e-8, 1e-10])
def test_the_error_stays_below_the_tolerance_with_few_ranks(method, rtol):
    array = smooth(50, 40, 45)
    tensor = st_hosvd(array, rtol=rtol, method=method)
    exact = st_hosvd(array, rtol=rtol, method="lq")
    assert relative_error(tensor, array) <= rtol
    assert is_orthonormal(tensor)
    assert np.abs(np.subtract(tensor.rank, exact.rank)).max() <= 1


@pytest.mark.parametrize(
    "shape", [(9,), (12, 7), (6, 5, 4, 7), (3, 4, 2, 3, 4), (2, 3, 2, 3, 2, 3)]
)
@pytest.mark.parametrize("method", METHODS)
def test_any_dimension(shape, method):
    array = smooth(*shape)
    assert relative_error(st_hosvd(array, rtol=1e-5, method=method), array) <= 1e-5
    assert relative_error(st_hosvd(array, method=method), array) <= 1e-11


def test_without_a_tolerance_only_rounding_is_lost():
    array = np.random.default_rng(0).standard_normal((8, 7, 6))
    tensor = st_hosvd(array)
    assert tensor.rank == (8, 7, 6)
    assert relative_error(tensor, array) < 1e-14


@pytest.mark.parametrize("method", METHODS)
def test_exact_ranks_are_found_far_below_the_root_of_rounding(method):
    rng = np.random.default_rng(1)
    core = rng.standard_normal((3, 4, 5)) * np.logspace(0, -6, 3)[:, None, None]
    factors = [np.linalg.qr(rng.standard_normal((n, r)))[0] for n, r in ((30, 3), (31, 4), (32, 5))]
    array = TuckerTensor(core, factors).to_array()
    assert st_hosvd(array, rtol=1e-9, method=method).rank == (3, 4, 5)


def test_the_quality_is_that_of_tensorly():
    array = smooth(20, 24, 22)
    expected = tensorly.decomposition.tucker(array, rank=[3, 4, 3], init="svd", tol=1e-12)
    best = np.linalg.norm(expected.to_tensor() - array) / np.linalg.norm(array)
    assert relative_error(hooi(array, (3, 4, 3)), array) <= best * (1 + 1e-6)
    assert relative_error(st_hosvd(array, rank=(3, 4, 3)), array) <= np.sqrt(3) * best


def test_rank_max_rank_and_atol():
    array = smooth(20, 24, 22)
    assert st_hosvd(array, rank=(3, 4, 5)).rank == (3, 4, 5)
    assert st_hosvd(array, rank=100).rank == (20, 24, 22)
    assert st_hosvd(array, rtol=1e-9, max_rank=(2, 9, 4)).rank[::2] == (2, 4)
    assert st_hosvd(array, rtol=1e-9, max_rank=4, method="randomized").rank == (4, 4, 4)
    assert st_hosvd(array, rank=3, method="randomized").rank == (3, 3, 3)
    absolute = st_hosvd(array, atol=1e-3)
    assert np.linalg.norm(absolute.to_array() - array) <= 1e-3
    assert st_hosvd(array, rtol=1e-12, atol=1e-3).rank == absolute.rank


def test_zero_and_scaled_tensors():
    zero = st_hosvd(np.zeros((3, 4)), rtol=1e-3)
    assert zero.rank == (1, 1)
    assert zero.norm() == 0
    assert hooi(np.zeros((3, 4)), 2).norm() == 0
    array = smooth(12, 13, 14)
    for scale in (1e-100, 1e100):
        assert st_hosvd(scale * array, rtol=1e-6).rank == st_hosvd(array, rtol=1e-6).rank


def test_hooi_never_gets_worse():
    array = smooth(15, 16, 17)
    errors = [relative_error(hooi(array, 2, max_iterations=k, growth=0), array) for k in range(6)]
    assert errors[0] == pytest.approx(relative_error(st_hosvd(array, rank=2), array))
    assert (np.diff(errors) <= 1e-15).all()
    assert errors[-1] < errors[0]
    assert hooi(array, (20, 2, 2)).rank == (15, 2, 2)


def gaussians(shape, terms):
    exponents = np.geomspace(0.5, 30, terms)
    axes = [np.linspace(-1, 1 + k, n)[:, None] for k, n in enumerate(shape)]
    return CPTensor(exponents**0.5, [np.exp(-exponents * x**2) for x in axes])


@pytest.mark.parametrize("terms", [1, 12, 300])
@pytest.mark.parametrize("rtol", [1e-2, 1e-5, 1e-9])
def test_canonical_tensors_get_the_ranks_of_dense_ones_at_any_scale(terms, rtol):
    cp = gaussians((30, 26, 34), terms)
    array = cp.to_array()
    tensor = rhosvd(cp, rtol=rtol)
    assert relative_error(tensor, array) <= rtol * (1 + 1e-6)
    assert tensor.rank == st_hosvd(array, rtol=rtol).rank
    assert rhosvd(1e8 * cp, rtol=rtol).rank == tensor.rank
    assert is_orthonormal(tensor)


def test_canonical_tensors_that_cancel_and_vanish():
    cp = gaussians((20, 21, 22), 9)
    small = gaussians((20, 21, 22), 2) * 1e-6
    tensor = rhosvd((cp - cp) + small, rtol=1e-6)
    np.testing.assert_allclose(tensor.to_array(), small.to_array(), atol=1e-12)
    assert rhosvd(0 * cp, rtol=1e-3).norm() == 0
    assert rhosvd(cp, rank=(2, 3, 1)).rank == (2, 3, 1)
    empty = CPTensor(np.zeros(0), [np.zeros((4, 0)), np.zeros((5, 0))])
    np.testing.assert_array_equal(rhosvd(empty).to_array(), np.zeros((4, 5)))


def test_rounding_a_sum_gives_back_the_ranks():
    tensor = st_hosvd(smooth(20, 24, 22), rtol=1e-6)
    again = round_tucker(tensor + 2 * tensor, rtol=1e-12)
    assert again.rank == tensor.rank
    np.testing.assert_allclose(again.to_array(), 3 * tensor.to_array(), atol=1e-11)
    rough = round_tucker(tensor, rtol=1e-2)
    assert relative_error(rough, tensor.to_array()) <= 1e-2
    assert max(rough.rank) < max(tensor.rank)


def test_rank_for_tolerance_is_the_smallest():
    values = np.array([3.0, 2.0, 1.0, 0.5])
    assert rank_for_tolerance(values, 0.0) == 4
    assert rank_for_tolerance(values, 0.5) == 3
    assert rank_for_tolerance(values, np.sqrt(1.25)) == 2
    assert rank_for_tolerance(values, 100) == 1
    assert rank_for_tolerance(values, 0.0, max_rank=2) == 2


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda a: st_hosvd(a, rtol=1e-3, rank=2), ValueError, "`rank` must be alone"),
        (lambda a: st_hosvd(a, rtol=-1), ValueError, "`rtol` must be in"),
        (lambda a: st_hosvd(a, atol=-1), ValueError, "`atol` must be at least 0"),
        (lambda a: st_hosvd(a, rank=0), ValueError, "`rank` must be an integer of at least 1"),
        (lambda a: st_hosvd(a, rank=(1, 2, 3)), ValueError, "one for each of 2 axes"),
        (lambda a: st_hosvd(a, method="svd"), ValueError, "`method` must be one of 'auto'"),
        (lambda a: st_hosvd(a * 1j), TypeError, "real numbers"),
        (lambda a: st_hosvd(a[:0]), ValueError, "with entries"),
        (lambda a: st_hosvd(a / 0), ValueError, "`tensor` must be finite"),
        (lambda a: hooi(a, 2, max_iterations=-1), ValueError, "`max_iterations`"),
        (lambda a: hooi(3.0, 2), ValueError, "with entries"),
        (lambda a: rhosvd(a), TypeError, "`cp` must be a CPTensor"),
        (lambda a: round_tucker(a), TypeError, "`tucker` must be a TuckerTensor"),
    ],
)
def test_errors(call, error, message):
    with np.errstate(all="ignore"), pytest.raises(error, match=message):
        call(np.ones((3, 4)))
