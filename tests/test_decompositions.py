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
    assert hooi(array, (20, 2, 2)).rank == (4, 2, 2)  # no more than the others' product
    assert hooi(array, 12).rank == (12, 12, 12)


@pytest.mark.parametrize("rank", [(2, 3, 2), (4, 4, 5), 1])
def test_hooi_works_on_the_core_of_any_format(rank):
    cp = gaussians((30, 26, 34), 40)
    array = cp.to_array()
    dense = hooi(array, rank)
    for tensor in (cp, st_hosvd(array), st_hosvd(array) + 0 * st_hosvd(array)):
        found = hooi(tensor, rank)
        assert found.rank == dense.rank
        assert is_orthonormal(found)
        assert relative_error(found, array) == pytest.approx(relative_error(dense, array), rel=1e-4)
    expected = tensorly.decomposition.tucker(array, rank=dense.rank, init="svd", tol=1e-10)
    best = np.linalg.norm(expected.to_tensor() - array) / np.linalg.norm(array)
    assert relative_error(dense, array) <= best * (1 + 1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_hooi_fits_rough_tensors_as_well_as_tensorly(seed):
    rng = np.random.default_rng(seed)
    array = smooth(14, 11, 12) + 0.2 * rng.standard_normal((14, 11, 12))
    expected = tensorly.decomposition.tucker(array, rank=[3, 2, 4], init="svd", tol=1e-10)
    best = np.linalg.norm(expected.to_tensor() - array)
    ours = hooi(array, (3, 2, 4))
    assert np.linalg.norm(ours.to_array() - array) <= best * (1 + 1e-3)
    plain = st_hosvd(array, rank=(3, 2, 4))
    assert relative_error(ours, array) < relative_error(plain, array)


@pytest.mark.parametrize("rtol", [1e-1, 1e-2, 1e-4, 1e-6])
def test_hooi_keeps_a_tolerance_with_no_more_ranks(rtol):
    x, y, z = np.ogrid[-1:1:20j, -1:1:22j, -1:1:24j]
    array = np.tanh(5 * (x + y + z))
    plain, better = st_hosvd(array, rtol=rtol), hooi(array, rtol=rtol)
    assert relative_error(better, array) <= rtol
    assert np.prod(better.rank) <= np.prod(plain.rank)
    assert hooi(array, rtol=rtol, max_rank=3).rank <= (3, 3, 3)
    absolute = hooi(array, atol=rtol * np.linalg.norm(array))
    assert absolute.rank == better.rank
    again = round_tucker(st_hosvd(array), rtol=rtol, truncation="hooi")
    assert again.rank == better.rank


def test_hooi_takes_ranks_away():
    x, y, z = np.ogrid[-1:1:41j, -1:1:45j, -1:1:49j]
    array = np.tanh(5 * (x + y + z))
    assert sum(hooi(array, rtol=1e-3).rank) < sum(st_hosvd(array, rtol=1e-3).rank)


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


@pytest.mark.parametrize("scale", [1e-200, 1e-6, 1e6, 1e200])
def test_scale_changes_no_rank(scale):
    array = smooth(12, 13, 14)
    cp = gaussians((30, 26, 34), 12)
    rtol = 1e-5
    tucker = st_hosvd(array)
    scaled_inside = CPTensor(cp.weights, (cp.factors[0], scale * cp.factors[1], cp.factors[2]))
    for plain, scaled in (
        (st_hosvd(array, rtol=rtol), st_hosvd(scale * array, rtol=rtol)),
        (hooi(array, 3), hooi(scale * array, 3)),
        (rhosvd(cp, rtol=rtol), rhosvd(scale * cp, rtol=rtol)),
        (rhosvd(cp, rtol=rtol), rhosvd(scaled_inside, rtol=rtol)),
        (round_tucker(tucker, rtol=rtol), round_tucker(scale * tucker, rtol=rtol)),
    ):
        assert scaled.rank == plain.rank
        np.testing.assert_allclose(
            scaled.to_array() / scale, plain.to_array(), atol=1e-12 * np.abs(plain.to_array()).max()
        )
    absolute = st_hosvd(scale * array, atol=rtol * np.linalg.norm(array) * scale)
    assert absolute.rank == st_hosvd(array, rtol=rtol).rank


def many_terms(d, terms, n, widest=30.0):
    rng = np.random.default_rng(d)
    exponents = np.exp(rng.uniform(np.log(0.3), np.log(widest), terms))
    centres = rng.uniform(-1, 1, (d, terms))
    axes = [np.linspace(-1, 1, n + k)[:, None] for k in range(d)]
    charges = rng.choice([-1.0, 1.0], terms)
    return CPTensor(
        charges, [np.exp(-exponents * (x - centres[k]) ** 2) for k, x in enumerate(axes)]
    )


def entries(tensor, index):
    """Return entries of a canonical or a Tucker tensor at indices (d, M)."""
    core, factors = tensor
    rows = [factor[i] for factor, i in zip(factors, index, strict=True)]
    if core.ndim == 1:
        return np.prod(rows, axis=0) @ core
    values = np.einsum("ma,a...->m...", rows[0], core)
    for row in rows[1:]:
        values = np.einsum("ma,ma...->m...", row, values)
    return values


@pytest.mark.parametrize(("d", "rtol"), [(3, 1e-4), (3, 1e-9), (4, 1e-6)])
def test_thousands_of_terms_are_sketched(d, rtol):
    cp = many_terms(d, 3000, 100, widest=30.0 if d == 3 else 2.0)
    tensor = rhosvd(cp, rtol=rtol)
    index = np.array(
        [np.random.default_rng(k).integers(0, n, 3000) for k, n in enumerate(cp.shape)]
    )
    exact = entries(cp, index)
    assert np.linalg.norm(entries(tensor, index) - exact) <= 2 * rtol * np.linalg.norm(exact)
    assert max(tensor.rank) <= 40
    fixed = rhosvd(cp, rank=6)
    fine = round_tucker(rhosvd(cp, rtol=1e-10), rank=6)
    assert fixed.rank == (6,) * d
    difference = (fixed - fine).norm() / fine.norm()
    assert difference <= 0.05 * (rhosvd(cp, rtol=1e-10) - fine).norm() / fine.norm()


def test_sketches_find_the_ranks_of_the_dense_tensor(monkeypatch):
    from chebtucker.decompositions import sketching

    cp = many_terms(3, 400, 60)
    array = cp.to_array()
    monkeypatch.setattr(sketching, "_CHEAP", 0)
    for rtol in (1e-2, 1e-6, 1e-11):
        tensor = rhosvd(cp, rtol=rtol)
        assert relative_error(tensor, array) <= rtol
        assert np.abs(np.subtract(tensor.rank, st_hosvd(array, rtol=rtol).rank)).max() <= 1
    assert relative_error(rhosvd(cp), array) < 1e-13


def test_a_core_that_is_too_large_is_refused_with_its_size():
    rng = np.random.default_rng(0)
    cp = CPTensor(np.ones(300), [rng.standard_normal((200, 300)) for _ in range(4)])
    with pytest.raises(ValueError, match=r"200 x 200 x 200 x 200 entries, 11.9 GiB; raise `rtol`"):
        rhosvd(cp, rtol=1e-8)


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
        (lambda a: hooi(a), ValueError, "`rank` must be given where there is no tolerance"),
        (lambda a: hooi(a, 2, rtol=1e-3), ValueError, "`rank` must be alone"),
        (lambda a: hooi(a, 2, growth=2), ValueError, "`growth` must be in"),
        (
            lambda a: round_tucker(st_hosvd(a), truncation="als"),
            ValueError,
            "one of 'hosvd', 'hooi'",
        ),
        (lambda a: rhosvd(a), TypeError, "`cp` must be a CPTensor"),
        (lambda a: round_tucker(a), TypeError, "`tucker` must be a TuckerTensor"),
    ],
)
def test_errors(call, error, message):
    with np.errstate(all="ignore"), pytest.raises(error, match=message):
        call(np.ones((3, 4)))
