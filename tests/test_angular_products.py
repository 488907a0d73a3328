"""Products of functions on the sphere: exact, equivariant, at the fewest nodes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from chebtucker.angular import (
    cg_product,
    clebsch_gordan,
    product,
    real_sph_harm,
    real_sph_harm_gradient,
    rotation_matrix,
    sphere_grid,
)
from chebtucker.angular.costs import is_sparse_faster
from chebtucker.angular.fourier import fourier_product, torus_nodes
from chebtucker.angular.grid import grid_product, octant_nodes
from chebtucker.angular.sparse import clebsch_gordan_table, gaunt_table
from chebtucker.backends import numba_cpu, reference

METHODS = ["auto", "sparse", "fourier", "grid"]


def coefficients(rng, lmax, *shape):
    """Return random coefficients of functions of about unit size."""
    return rng.normal(size=(*shape, (lmax + 1) ** 2)) / (lmax + 1)


def values(c, directions):
    lmax = int(np.sqrt(c.shape[-1])) - 1
    return c @ real_sph_harm(lmax, directions).T


@pytest.mark.parametrize("lmax", range(1, 21))
def test_methods_agree_with_the_pointwise_product(rng, lmax):
    a, b = coefficients(rng, lmax, 2, 1), coefficients(rng, lmax, 3)
    v = rng.normal(size=(15, 3))
    exact = values(a, v) * values(b, v)
    for method in METHODS:
        if method == "sparse" and 12 < lmax < 20:
            continue
        c = product(a, b, method=method)
        assert c.shape == (2, 3, (2 * lmax + 1) ** 2)
        assert_allclose(values(c, v), exact, atol=1e-12)


@pytest.mark.parametrize(("la", "lb"), [(0, 0), (0, 3), (1, 6), (5, 2), (7, 8), (20, 1)])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("batch", [1, 5, 70])
def test_unequal_degrees(rng, la, lb, method, batch):
    a, b = coefficients(rng, la, batch), coefficients(rng, lb, batch)
    v = rng.normal(size=(9, 3))
    c = product(a, b, method=method)
    assert c.shape == (batch, (la + lb + 1) ** 2)
    assert_allclose(values(c, v), values(a, v) * values(b, v), atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_truncation_is_projection(rng, method):
    a, b = coefficients(rng, 4, 3), coefficients(rng, 6, 3)
    whole = product(a, b, method="grid")
    for lmax in range(11):
        part = product(a, b, method=method, lmax=lmax)
        assert_allclose(part, whole[:, : (lmax + 1) ** 2], atol=1e-13)


@pytest.mark.parametrize("method", METHODS)
def test_many_factors(rng, method):
    factors = [coefficients(rng, l, 3) for l in (2, 0, 3, 1)]
    v = rng.normal(size=(9, 3))
    exact = np.prod([values(c, v) for c in factors], axis=0)
    c = product(*factors, method=method)
    assert c.shape == (3, 49)
    assert_allclose(values(c, v), exact, atol=1e-13)
    assert_allclose(product(*factors, method=method, lmax=2), c[:, :9], atol=1e-14)


@pytest.mark.parametrize("method", METHODS)
def test_one_factor_is_copied(rng, method):
    a = coefficients(rng, 3, 2)
    c = product(a, method=method, lmax=1)
    assert (c == a[:, :4]).all()
    c[:] = 0
    assert a.all()


@pytest.mark.parametrize("method", METHODS)
def test_scalars_and_empty_batches(method):
    assert_allclose(product([2.0], [3.0], method=method), [6 / np.sqrt(4 * np.pi)], rtol=1e-14)
    assert product(np.ones((0, 4)), np.ones((0, 9)), method=method).shape == (0, 16)


@pytest.mark.parametrize(("la", "lb", "lmax"), [(3, 3, 6), (4, 4, 8), (2, 5, 7), (4, 3, 3)])
@pytest.mark.parametrize(
    ("multiply", "count"), [(grid_product, octant_nodes), (fourier_product, torus_nodes)]
)
def test_exact_at_the_node_counts_of_theory_and_not_with_one_fewer(
    rng, la, lb, lmax, multiply, count
):
    a, b = coefficients(rng, la, 4), coefficients(rng, lb, 4)
    exact = product(a, b, lmax=lmax, method="sparse")
    first, second = count(la + lb, lmax)
    assert_allclose(multiply([a, b], lmax, (first, second)), exact, atol=1e-13)
    for fewer in ((first - 1, second), (first, second - 1)):
        assert np.abs(multiply([a, b], lmax, fewer) - exact).max() > 1e-3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sign", [1, -1])
def test_equivariance(rng, method, sign):
    R = sign * Rotation.random(rng=rng).as_matrix()
    a, b = coefficients(rng, 6, 3), coefficients(rng, 4, 3)
    turned = product(a @ rotation_matrix(6, R).T, b @ rotation_matrix(4, R).T, method=method)
    assert_allclose(turned, product(a, b, method=method) @ rotation_matrix(10, R).T, atol=1e-11)


def test_product_is_symmetric_and_bilinear(rng):
    a, b, c = coefficients(rng, 4, 3)
    assert_allclose(product(a, b), product(b, a), atol=1e-15)
    assert_allclose(product(a + 2 * c, b), product(a, b) + 2 * product(c, b), atol=1e-14)


def test_mean_of_a_product_is_the_inner_product(rng):
    a, b = coefficients(rng, 5, 2)
    for method in METHODS:
        first = product(a, b, method=method, lmax=0)[0]
        assert_allclose(first * np.sqrt(4 * np.pi), a @ b, rtol=1e-12)


# Clebsch-Gordan ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lmax", "paths", "even"), [(1, 6, 5), (2, 19, 14), (3, 44, 30), (4, 85, 55)]
)
def test_counts_of_paths(rng, lmax, paths, even):
    """With l1, l2 <= L and l3 <= 2 L; the even ones are those of the product of functions."""
    found = cg_product(coefficients(rng, lmax), coefficients(rng, lmax))
    assert len(found) == paths
    assert sum(sum(path) % 2 == 0 for path in found) == even
    assert all(np.abs(c).max() > 1e-12 for c in found.values())


def test_paths_are_clebsch_gordan_sums(rng):
    a, b = coefficients(rng, 3, 2, 1), coefficients(rng, 2, 4)
    paths = cg_product(a, b)
    assert list(paths) == sorted(paths)
    for (l1, l2, l3), c in paths.items():
        x, y = a[..., l1 * l1 : (l1 + 1) ** 2], b[..., l2 * l2 : (l2 + 1) ** 2]
        expected = np.einsum("...a,...b,abc->...c", x, y, clebsch_gordan(l1, l2, l3))
        assert c.shape == (2, 4, 2 * l3 + 1)
        assert_allclose(c, expected, atol=1e-14)
    fewer = cg_product(a, b, lmax=2)
    assert list(fewer) == [path for path in paths if path[2] <= 2]
    assert_allclose(fewer[3, 2, 2], paths[3, 2, 2], atol=1e-14)


def test_odd_paths_are_the_poisson_bracket_pointwise(rng):
    """{f, g} = n . (grad f x grad g) at the nodes of a grid, without any table."""
    grid = sphere_grid(12)
    n = grid.directions
    for l1, l2 in ((1, 1), (2, 3), (3, 3)):
        a, b = np.zeros((2, 5, 16))
        a[:, l1 * l1 : (l1 + 1) ** 2] = rng.normal(size=(5, 2 * l1 + 1))
        b[:, l2 * l2 : (l2 + 1) ** 2] = rng.normal(size=(5, 2 * l2 + 1))
        slope = real_sph_harm_gradient(3, n)
        f, g = (np.einsum("sa,xyak->sxyk", c, slope) for c in (a, b))
        bracket = grid.analysis(np.einsum("xyk,sxyk->sxy", n, np.cross(f, g)), 6)
        paths = cg_product(a, b)
        for l3 in range(7):
            part = bracket[:, l3 * l3 : (l3 + 1) ** 2]
            if (l1 + l2 + l3) % 2 == 0 or l3 > l1 + l2 or l3 < abs(l1 - l2):
                assert_allclose(part, 0, atol=1e-13)
            else:
                path = paths[l1, l2, l3]
                scale = np.vdot(path, part) / np.vdot(path, path)
                assert scale > 0.1
                assert_allclose(part, scale * path, atol=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_paths_are_equivariant(rng, sign):
    R = sign * Rotation.random(rng=rng).as_matrix()
    D = rotation_matrix(6, R)
    a, b = coefficients(rng, 3, 2), coefficients(rng, 3, 2)
    turned = cg_product(a @ D[:16, :16].T, b @ D[:16, :16].T)
    for path, c in cg_product(a, b).items():
        block = slice(path[2] ** 2, (path[2] + 1) ** 2)
        assert_allclose(turned[path], sign ** sum(path) * c @ D[block, block].T, atol=1e-11)


def test_swapping_the_inputs_changes_the_sign_of_odd_paths_only(rng):
    a, b = coefficients(rng, 3, 2)
    swapped = cg_product(b, a)
    for (l1, l2, l3), c in cg_product(a, b).items():
        assert_allclose(swapped[l2, l1, l3], (-1) ** (l1 + l2 + l3) * c, atol=1e-14)


# Loops and choice ----------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [1, 6, 7, 64, 130])
@pytest.mark.parametrize("table", [gaunt_table(3, 2, 4), clebsch_gordan_table(2, 3, 5)[0]])
def test_sparse_loops(rng, table, batch):
    n = table.pairs.max(axis=0) + 1
    if table.mirrored.any():
        n[:] = n.max()
    a, b = (rng.normal(size=(batch, k)) for k in n)
    assert_allclose(table(a, b), reference.sparse_bilinear(a, b, *table), atol=1e-13)


def test_sparse_loops_on_threads(rng):
    table = gaunt_table(5, 5, 10)
    a, b = rng.normal(size=(2, 600, 36))
    assert_allclose(table(a, b), reference.sparse_bilinear(a, b, *table), atol=1e-12)


@pytest.mark.parametrize("size", [1, 63, 64, 200])
def test_octant_loops(rng, size):
    f, g = rng.normal(size=(2, 8, size))
    ours, theirs = f.copy(), f.copy()
    numba_cpu.multiply_parities(ours, g)
    reference.multiply_parities(theirs, g)
    assert_allclose(ours, theirs, atol=1e-12)
    index = rng.integers(0, 8, size=(5, 3))
    blocks = numba_cpu.gather_columns(f.T, index)
    assert blocks.shape == (5, size, 3)
    assert (blocks == reference.gather_columns(f.T, index)).all()
    row, column = rng.integers(0, 5, size=7), rng.integers(0, 3, size=7)
    ours = numba_cpu.scatter_columns(blocks, row, column)
    assert (ours == reference.scatter_columns(blocks, row, column)).all()


def test_tables_for_small_degrees_and_grids_for_large_ones():
    assert is_sparse_faster((2, 2), 4, 1)
    assert is_sparse_faster((2, 2), 4, 1000)
    assert not is_sparse_faster((14, 14), 28, 1)
    assert not is_sparse_faster((14, 14), 28, 1000)
    assert not is_sparse_faster((60, 1), 61, 1)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: product(), TypeError, "`coefficients` must be at least one array, got none"),
        (lambda: product([1, 2, 3]), ValueError, "shape (..., (L + 1)^2), got shape (3,)"),
        (lambda: product(1.0), ValueError, "shape (..., (L + 1)^2), got shape ()"),
        (lambda: product(np.ones((2, 0))), ValueError, "(..., (L + 1)^2), got shape (2, 0)"),
        (lambda: product([1.0], method="fft"), ValueError, "`method` must be one of 'auto', 's"),
        (lambda: product(np.ones(4), np.ones(4), lmax=3), ValueError, "`lmax` must be at most th"),
        (lambda: product(np.ones(4), np.ones(4), lmax=-1), ValueError, "`lmax` must be an integ"),
        (lambda: product([1j], [1.0]), TypeError, "`coefficients` must be an array of real num"),
        (lambda: product([np.inf], [1.0]), ValueError, "`coefficients` must be finite, got inf"),
        (lambda: product(np.ones((2, 1)), np.ones((3, 1))), ValueError, "broadcast, got (2,) and"),
        (lambda: cg_product([1.0], [1, 2]), ValueError, "`b` must be of shape (..., (L + 1)^2)"),
        (lambda: cg_product([1.0], [1.0], lmax=1), ValueError, "the degree 0 of the product, go"),
    ],
)  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)
