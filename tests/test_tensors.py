import copy
import dataclasses
import pickle

import numpy as np
import pytest
import tensorly
from hypothesis import given, settings
from hypothesis import strategies as st

from chebtucker.tensors import CPTensor, TuckerTensor, fold, mode_dot, multi_mode_dot, unfold


def random_tucker(seed, shape, rank):
    rng = np.random.default_rng(seed)
    factors = [rng.standard_normal((n, r)) for n, r in zip(shape, rank, strict=True)]
    return TuckerTensor(rng.standard_normal(rank), factors)


def random_cp(seed, shape, rank):
    rng = np.random.default_rng(seed)
    return CPTensor(rng.standard_normal(rank), [rng.standard_normal((n, rank)) for n in shape])


@st.composite
def shapes(draw):
    d = draw(st.integers(1, 4))
    shape = tuple(draw(st.lists(st.integers(1, 5), min_size=d, max_size=d)))
    rank = tuple(draw(st.lists(st.integers(1, 3), min_size=d, max_size=d)))
    return shape, rank, draw(st.integers(0, 2**31))


@given(shapes(), st.floats(-3, 3))
@settings(max_examples=30, deadline=None)
def test_tucker_algebra_is_that_of_arrays(case, scalar):
    shape, rank, seed = case
    a, b = random_tucker(seed, shape, rank), random_tucker(seed + 1, shape, rank[::-1])
    x, y = a.to_array(), b.to_array()
    assert a.shape == shape
    assert a.rank == rank
    np.testing.assert_allclose((a + b).to_array(), x + y, atol=1e-10)
    np.testing.assert_allclose((a - scalar * b).to_array(), x - scalar * y, atol=1e-10)
    np.testing.assert_allclose((-a).to_array(), -x)
    assert a.inner(b) == pytest.approx(np.vdot(x, y), abs=1e-8)
    assert a.norm() == pytest.approx(np.linalg.norm(x), rel=1e-10, abs=1e-12)


@given(shapes(), st.floats(-3, 3))
@settings(max_examples=30, deadline=None)
def test_canonical_algebra_is_that_of_arrays(case, scalar):
    shape, rank, seed = case
    a, b = random_cp(seed, shape, rank[0]), random_cp(seed + 1, shape, 4)
    x, y = a.to_array(), b.to_array()
    np.testing.assert_allclose((a + b).to_array(), x + y, atol=1e-10)
    np.testing.assert_allclose((a - scalar * b).to_array(), x - scalar * y, atol=1e-10)
    np.testing.assert_allclose((-a).to_array(), -x)
    assert a.inner(b) == pytest.approx(np.vdot(x, y), abs=1e-8)
    assert a.norm() == pytest.approx(np.linalg.norm(x), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("shape", [(5,), (4, 6), (3, 5, 7), (2, 3, 4, 5)])
def test_dense_tensors_agree_with_tensorly(shape):
    rank = tuple(range(2, 2 + len(shape)))
    core, factors = random_tucker(1, shape, rank)
    expected = tensorly.tucker_to_tensor((core, list(factors)))
    np.testing.assert_allclose(TuckerTensor(core, factors).to_array(), expected, atol=1e-12)
    weights, columns = random_cp(2, shape, 6)
    expected = tensorly.cp_to_tensor((weights, list(columns)))
    np.testing.assert_allclose(CPTensor(weights, columns).to_array(), expected, atol=1e-12)


def test_products_along_modes_agree_with_tensorly():
    rng = np.random.default_rng(3)
    tensor = rng.standard_normal((3, 4, 5, 6))
    matrices = [
        rng.standard_normal((m, n)) for m, n in zip((7, 2, 9, 1), tensor.shape, strict=True)
    ]
    for k, matrix in enumerate(matrices):
        expected = tensorly.tenalg.mode_dot(tensor, matrix, k)
        np.testing.assert_allclose(mode_dot(tensor, matrix, k), expected, atol=1e-12)
        np.testing.assert_allclose(mode_dot(tensor, matrix, k - 4), expected, atol=1e-12)
        np.testing.assert_array_equal(unfold(tensor, k), tensorly.unfold(tensor, k))
        np.testing.assert_array_equal(fold(unfold(tensor, k), k, tensor.shape), tensor)
    expected = tensorly.tenalg.multi_mode_dot(tensor, matrices)
    np.testing.assert_allclose(multi_mode_dot(tensor, matrices), expected, atol=1e-11)
    partial = multi_mode_dot(tensor, [matrices[3], matrices[1]], [3, 1])
    expected = tensorly.tenalg.multi_mode_dot(tensor, [matrices[1], matrices[3]], modes=[1, 3])
    np.testing.assert_allclose(partial, expected, atol=1e-11)


def test_tensors_are_immutable_and_leave_their_arrays_alone():
    core, factor = np.ones((2, 2)), np.ones((3, 2))
    tensor = TuckerTensor(core, (factor, factor))
    with pytest.raises(ValueError, match="read-only"):
        tensor.core[0, 0] = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        tensor.core = core
    core[0, 0] = 1  # the array that came in can still be written to
    for twin in (copy.deepcopy(tensor), pickle.loads(pickle.dumps(tensor))):
        np.testing.assert_array_equal(twin.to_array(), tensor.to_array())
    assert tensor.nbytes == 8 * (4 + 6 + 6)
    assert repr(tensor) == "TuckerTensor(shape=(3, 3), rank=(2, 2))"
    assert random_cp(0, (3, 4), 5).nbytes == 8 * (5 + 15 + 20)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: TuckerTensor(1.0, ()), ValueError, "`core` must be an array of at least one"),
        (lambda: TuckerTensor(np.ones((2, 2)), (np.ones((3, 2)),)), ValueError, "2 matrices"),
        (
            lambda: TuckerTensor(np.ones((2, 2)), (np.ones((3, 2)), np.ones((3, 1)))),
            ValueError,
            r"`factors\[1\]` must be an array of shape \(any, 2\)",
        ),
        (lambda: TuckerTensor(np.full((1,), np.nan), (np.ones((2, 1)),)), ValueError, "finite"),
        (lambda: TuckerTensor(np.ones(1) * 1j, (np.ones((2, 1)),)), TypeError, "real numbers"),
        (lambda: CPTensor([1.0, 2.0], ()), ValueError, "at least one matrix"),
        (lambda: CPTensor([1.0], (np.ones((3, 2)),)), ValueError, r"\(any, 1\)"),
        (lambda: random_tucker(0, (2, 3), (1, 1)) + random_tucker(0, (3, 2), (1, 1)), ValueError,
         r"`other` must be of shape \(2, 3\)"),
        (lambda: random_cp(0, (2, 3), 1) + random_cp(0, (3, 2), 1), ValueError,
         r"`other` must be of shape \(2, 3\)"),
        (lambda: random_cp(0, (2,), 1).inner(3), TypeError, "must be a CPTensor"),
        (lambda: random_tucker(0, (2,), (1,)).inner(3), TypeError, "must be a TuckerTensor"),
        (lambda: random_tucker(0, (2,), (1,)) * "a", TypeError, "unsupported operand|can't mult"),
        (lambda: random_cp(0, (2,), 1) + 1, TypeError, "unsupported operand"),
        (lambda: random_cp(0, (2,), 1) * np.nan, ValueError, "`scalar` must be finite"),
    ],
)  # fmt: skip
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()
