"""Functions from canonical tensors on uniform grids: any format, any number of terms."""

import tracemalloc

import numpy as np
import pytest
import tensorly
import tensorly.decomposition

import chebtucker as ct
from chebtucker.construct.splines import uniform

BOX = np.array([(-1.0, 2.0), (0.5, 1.0), (-3.0, 1.0), (0.0, 2.0)])


def gaussians(sizes, terms, grid="cells", widest=4.0):
    """Sums of Gaussians about random centres, as a canonical tensor and as a function."""
    d = len(sizes)
    rng = np.random.default_rng(d)
    box = BOX[:d]
    exponents = rng.uniform(0.3, widest, terms)
    centres = rng.uniform(box[:, 0], box[:, 1], (terms, d))
    weights = rng.choice([-1.0, 1.0], terms)

    def f(points):
        squares = ((np.asarray(points)[:, None, :] - centres) ** 2).sum(axis=2)
        return np.exp(-exponents * squares) @ weights

    axes = [
        lo + (hi - lo) * (1 + uniform(n, grid)) / 2 for n, (lo, hi) in zip(sizes, box, strict=True)
    ]
    factors = [np.exp(-exponents * (x[:, None] - centres[:, k]) ** 2) for k, x in enumerate(axes)]
    return ct.CPTensor(weights, factors), f


def check_points(d, count=400):
    """Points in the box, crowded at its faces, and its corners: splines are worst there."""
    rng = np.random.default_rng(0)
    inner = np.cos(rng.uniform(0, np.pi, (count, d)))
    corners = 1 - 2 * ((np.arange(2**d)[:, None] >> np.arange(d)) & 1)
    lo, hi = BOX[:d].T
    return lo + (hi - lo) * (1 + np.concatenate([inner, corners])) / 2


@pytest.mark.parametrize("method", ["rhosvd", "dense"])
@pytest.mark.parametrize("grid", ["cells", "nodes"])
@pytest.mark.parametrize("sizes", [(60,), (50, 41), (40, 33, 45), (30, 24, 33, 27)])
def test_the_error_is_that_which_is_stated(sizes, grid, method):
    cp, f = gaussians(sizes, 6, grid)
    d = len(sizes)
    g = ct.from_cp(cp, BOX[:d], rtol=1e-9, grid=grid, method=method)
    points = check_points(d)
    error = np.abs(g(*points.T) - f(points)).max()
    assert 0.5 * error <= g.error <= (100 if d < 4 else 300) * max(error, 1e-9)


@pytest.mark.parametrize("rtol", [1e-2, 1e-4, 1e-6])
def test_both_methods_and_the_dense_grid_give_the_same_ranks(rtol):
    cp, _ = gaussians((60, 52, 71), 40)
    ranks = [
        ct.from_cp(cp, BOX[:3], rtol=rtol, degree=(50, 40, 60)).rank,
        ct.from_cp(cp, BOX[:3], rtol=rtol, degree=(50, 40, 60), method="dense").rank,
        ct.from_grid(cp.to_array(), BOX[:3], rtol=rtol, degree=(50, 40, 60)).rank,
    ]
    assert np.ptp(ranks, axis=0).max() <= 1
    for scale in (1e-6, 1e6, 1e-200, 1e200):
        assert ct.from_cp(scale * cp, BOX[:3], rtol=rtol, degree=(50, 40, 60)).rank == ranks[0]


def test_prescribed_ranks_come_from_tucker_als():
    cp, _ = gaussians((60, 52, 71), 40)
    exact = ct.from_cp(cp, BOX[:3], rtol=1e-12, degree=40).coefficients
    errors = {}
    for how in ("hosvd", "hooi", None):
        for method in ("rhosvd", "dense"):
            f = ct.from_cp(cp, BOX[:3], rank=(3, 2, 4), degree=40, truncation=how, method=method)
            assert f.rank == (3, 2, 4)
            errors[how, method] = (f.coefficients - exact).norm()
    assert errors["hooi", "rhosvd"] < errors["hosvd", "rhosvd"]
    assert errors["hooi", "rhosvd"] == pytest.approx(errors["hooi", "dense"], rel=1e-6)
    assert errors[None, "rhosvd"] == errors["hooi", "rhosvd"]


def test_tensors_of_tensorly_and_pairs():
    cp, f = gaussians((40, 33, 45), 3)
    points = check_points(3)
    scaled = [u.copy() for u in cp.factors]
    scaled[0] = scaled[0] * cp.weights
    forms = [
        (cp.weights, cp.factors),
        (None, scaled),
        tensorly.cp_tensor.CPTensor((cp.weights, [*cp.factors])),
        tensorly.cp_tensor.CPTensor((None, scaled)),
    ]
    for form in forms:
        g = ct.from_cp(form, BOX[:3])
        np.testing.assert_allclose(g(points), f(points), atol=g.error)
    found = tensorly.decomposition.parafac(cp.to_array(), 3, init="svd", n_iter_max=20)
    g = ct.from_cp(found, BOX[:3], rtol=1e-6)
    axes = [
        lo + (hi - lo) * (1 + uniform(n, "cells")) / 2
        for n, (lo, hi) in zip(cp.shape, BOX[:3], strict=True)
    ]
    np.testing.assert_allclose(g.on_grid(*axes), found.to_tensor(), atol=g.error)
    assert g.error < 1e-2


def test_thousands_of_terms_need_no_array_that_grows_with_them_but_the_factors():
    sizes = (128, 120, 136)
    few, _ = gaussians(sizes, 10)
    many, f = gaussians(sizes, 5000)
    for cp in (few, many):
        tracemalloc.start()
        g = ct.from_cp(cp, BOX[:3], rtol=1e-6)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak <= 6 * cp.nbytes + 40e6  # a grid of 128^3 alone is 17 MB; terms times core 10^9
    points = check_points(3)
    error = np.abs(g(points) - f(points)).max()
    assert error <= g.error <= 1e-2 * np.abs(f(points)).max()
    assert max(g.rank) <= 20


def test_many_terms_in_four_dimensions():
    cp, f = gaussians((40, 44, 48, 52), 2000, "nodes", widest=1.0)
    g = ct.from_cp(cp, BOX, rtol=1e-6, grid="nodes")
    points = check_points(4)
    assert np.abs(g(points) - f(points)).max() <= g.error <= 1e-2 * np.abs(f(points)).max()


@pytest.mark.parametrize("sizes", [(30,), (25, 31), (40, 33, 28), (20, 18, 21, 24)])
def test_the_published_truncation_cuts_each_side_matrix_at_an_absolute_tolerance(sizes, rng):
    """Polynomials of degree 6 are reproduced by splines of degree 7: the coefficients are known."""
    d, rtol = len(sizes), 1e-3
    known = [rng.normal(size=(7, 5)) * 10.0 ** -rng.uniform(0, 6, 5) for _ in sizes]
    weights = rng.normal(size=5)
    for scale in (1.0, 1e-2):
        factors = [
            scale * np.polynomial.chebyshev.chebval(uniform(n, "cells"), u).T
            for n, u in zip(sizes, known, strict=True)
        ]
        cp = ct.CPTensor(weights, factors)
        f = ct.from_cp(cp, rtol=rtol, degree=(6, 7, 8, 9)[:d], truncation="published")
        for rank, u in zip(f.rank, known, strict=True):
            singular = scale * np.linalg.svd(u, compute_uv=False)
            tails = [np.linalg.norm(singular[k:]) for k in range(5)]
            assert rank == max(sum(tail > rtol / d for tail in tails), 1)
    whole = ct.from_cp(cp, rtol=1e-14, degree=6, truncation="published")
    x = rng.uniform(-1, 1, (50, d))
    columns = [scale * np.polynomial.chebyshev.chebval(x[:, k], u) for k, u in enumerate(known)]
    exact = weights @ np.prod(columns, axis=0)
    np.testing.assert_allclose(whole(*x.T), exact, atol=1e-11 * scale**d)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda c: ct.from_cp(3.0), TypeError, r"a CPTensor or a pair .*, got float"),
        (lambda c: ct.from_cp(np.ones((3, 3))), TypeError, "a pair .*, got ndarray"),
        (lambda c: ct.from_cp((None, [])), TypeError, "a pair .*, got tuple"),
        (lambda c: ct.from_cp((None, [np.eye(2), np.eye(3)])), ValueError, r"factors\[1\]"),
        (lambda c: ct.from_cp(c, [(0, 1)]), ValueError, r"`domain` must be .* shape \(2, 2\)"),
        (lambda c: ct.from_cp(c, rtol=1.0), ValueError, r"`rtol` must be in \[0, 1\)"),
        (lambda c: ct.from_cp(c, truncation="als"), ValueError, "`truncation` must be one of"),
        (lambda c: ct.from_cp(c, truncation="published", rank=1), ValueError,
         '`truncation` must be "hosvd" or "hooi" with `rank` or .* got "published"'),
        (lambda c: ct.from_cp(c, truncation="published", method="dense"), ValueError,
         '`truncation` must be "hosvd" or "hooi" with `rank` or .* got "published"'),
        (lambda c: ct.from_cp(c, grid="points"), ValueError, "`grid` must be one of"),
        (lambda c: ct.from_cp(c, degree=(3, 4, 5)), ValueError, "one for each of 2 axes"),
        (lambda c: ct.from_cp((None, [u / 0 for u in c.factors])), ValueError, "got inf at"),
    ],
)  # fmt: skip
def test_errors(call, error, message):
    with np.errstate(all="ignore"), pytest.raises(error, match=message):
        call(ct.CPTensor([1.0, 2.0], (np.ones((12, 2)), np.ones((9, 2)))))


def test_a_dense_tensor_that_does_not_fit_is_refused():
    x = np.ones((60_000, 1))
    with pytest.raises(MemoryError, match=r"`cp` must fit into memory"):
        ct.from_cp(ct.CPTensor([1.0], (x, x, x)), degree=59_999, method="dense", spline_degree=1)
