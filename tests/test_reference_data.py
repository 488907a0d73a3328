"""Ranks and errors with the canonical tensors published with arXiv:2503.01696.

The files are looked for beside the project; without them these tests are skipped.
"""

import numpy as np
import pytest
from conftest import SHARED
from scipy.io import loadmat
from scipy.special import erf

import chebtucker as ct

DATA = SHARED / "reference" / "data"
RANKS = {  # of the dense algorithm; a relative tolerance on the small core gives them to RHOSVD
    1e-2: (19, 15, 19),
    1e-3: (27, 22, 27),
    1e-4: (34, 28, 34),
    1e-5: (39, 34, 40),
    1e-6: (40, 39, 45),
    1e-7: (40, 40, 47),
    1e-8: (40, 40, 47),
    1e-9: (40, 40, 47),
}


def published(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not there: it is looked for in {DATA}")
    return loadmat(path)


@pytest.fixture(scope="module")
def biomolecule():
    """Long-range potential of 500 atoms, 743 terms, 256^3 cells of a box of side 50."""
    file = published("Data_256-2048/n256_Pn500.mat")
    terms = file["LRed"][0, 0]
    weights = terms["LAM1C"].ravel() / float(file["Hunif"].item()) ** 3
    return ct.CPTensor(weights, [terms["CU1"], terms["CU2"], terms["CU3"]])


@pytest.fixture(scope="module")
def lattice():
    """Long-range part of 24 x 24 x 4 positive and 23 x 23 x 4 negative sites, 960^3 cells."""
    file = published("lattice/Lattice_n960_ParticlesNumber_2304_Rank_50.mat")
    signs = {"ASC": 1.0, "AvC": -1.0}
    blocks = {name: file[name][0, 0] for name in signs}
    factors = [np.hstack([blocks[s][u][:, :14] for s in signs]) for u in ("U1k", "U2k", "U3k")]
    return ct.CPTensor(np.repeat(list(signs.values()), 14) / 0.09375**3, factors)


def newton(n):
    """Long-range part of 1/r on n^3 cells of [-1, 1]^3, averages over the cells."""
    columns = published(f"Newton_CP_-1_1/Newt_canon_{n}.mat")["U1r"]
    count = -(-columns.shape[1] // 2) - 3
    return ct.CPTensor(np.ones(count), (columns[:, :count] * n / 2,) * 3)


def error_on_slice(f, cp):
    """Largest error on the plane of cells just below the middle of z, and the largest value."""
    (lo, hi), n = f.domain[0], cp.shape[0]
    axis = lo + (hi - lo) * (np.arange(n) + 0.5) / n
    u, v, w = cp.factors
    data = (u * (cp.weights * w[n // 2 - 1])) @ v.T
    found = f.on_grid(axis, axis, axis[n // 2 - 1 : n // 2])[:, :, 0]
    return np.abs(found - data).max(), np.abs(data).max()


def box(half):
    return [(-half, half)] * 3


@pytest.mark.parametrize("rtol", RANKS)
def test_ranks_of_the_biomolecule_at_any_scale(biomolecule, rtol):
    f = ct.from_cp(biomolecule, box(25), rtol=rtol, degree=128)
    assert (np.array(f.rank) <= RANKS[rtol]).all()
    assert (np.array(f.rank) >= np.array(RANKS[rtol]) - 1).all()
    for scale in (1e-6, 1e6):
        assert ct.from_cp(scale * biomolecule, box(25), rtol=rtol, degree=128).rank == f.rank


def test_compression_keeps_its_tolerance(biomolecule):
    exact = ct.from_cp(biomolecule, box(25), rtol=0, degree=128).coefficients
    for rtol in RANKS:
        f = ct.from_cp(biomolecule, box(25), rtol=rtol, degree=128)
        assert (f.coefficients - exact).norm() <= max(rtol, 1e-13) * exact.norm()


@pytest.mark.parametrize("rtol", [1e-2, 1e-4, 1e-7])
def test_the_dense_algorithm_agrees(biomolecule, rtol):
    dense = ct.from_cp(biomolecule, box(25), rtol=rtol, degree=128, method="dense")
    reduced = ct.from_cp(biomolecule, box(25), rtol=rtol, degree=128)
    assert np.abs(np.subtract(dense.rank, reduced.rank)).max() <= 1
    difference = (dense.coefficients - reduced.coefficients).norm()
    assert difference <= 2 * max(rtol, 1e-13) * reduced.coefficients.norm()


@pytest.mark.parametrize(
    ("degree", "published"),
    [(16, 1.1388716e-1), (32, 2.1700988e-2), (64, 9.4863e-5), (128, 8.5904225e-7), (256, 7.5e-7)],
)
def test_cubic_splines_give_the_published_errors(biomolecule, degree, published):
    f = ct.from_cp(biomolecule, box(25), rtol=1e-12, degree=degree, spline_degree=3)
    error, _ = error_on_slice(f, biomolecule)
    assert error == pytest.approx(published, rel=1e-3)
    assert error <= f.error <= 20 * error


@pytest.mark.parametrize(
    ("rtol", "rank"),
    [(1e-2, (40, 36, 39)), (1e-3, (40, 39, 44)), (1e-4, (40, 40, 47)), (1e-7, (40, 40, 47))],
)
def test_the_published_truncation_gives_the_published_ranks(biomolecule, rtol, rank):
    f = ct.from_cp(
        biomolecule, box(25), rtol=rtol, degree=128, spline_degree=3, truncation="published"
    )
    assert f.rank == rank


def test_splines_of_degree_seven_gain_five_digits(biomolecule):
    f = ct.from_cp(biomolecule, box(25), rtol=1e-9, degree=128)
    error, _ = error_on_slice(f, biomolecule)
    assert error <= 5.5e-12
    assert f.error <= 1e-9  # between the cells and in their outermost halves too
    free = ct.from_cp(biomolecule, box(25), rtol=1e-9)
    assert error_on_slice(free, biomolecule)[0] <= 1e-9
    assert max(free.degree) <= 160


@pytest.mark.parametrize(("n", "rank"), [(256, 7), (1024, 10), (4096, 13)])
def test_ranks_of_the_newton_kernel(n, rank):
    cp = newton(n)
    for scale in (1e-6, 1, 1e6):
        f = ct.from_cp(scale * cp, rtol=1e-7, degree=128)
        assert max(f.rank) == rank


@pytest.mark.parametrize("n", [256, 512, 1024, 2048, 4096])
def test_errors_of_the_newton_kernel(n):
    cp = newton(n)
    f = ct.from_cp(cp, rtol=1e-12)
    error, largest = error_on_slice(f, cp)
    assert error <= 5e-13 * largest
    assert f.error <= 1e-10 * largest


@pytest.mark.parametrize(
    ("n", "degree", "published"),
    [(256, 128, 8.37e-8), (512, 128, 5.17e-8), (1024, 128, 9.4e-9), (4096, 128, 1.07e-4)],
)
def test_cubic_splines_give_the_published_errors_of_the_kernel(n, degree, published):
    cp = newton(n)
    f = ct.from_cp(cp, rtol=1e-12, degree=degree, spline_degree=3)
    error, largest = error_on_slice(f, cp)
    assert error / largest == pytest.approx(published, rel=0.05)


def test_the_kernel_between_the_cells_against_exact_averages():
    """Column k is a cell average of exp(-t_k^2 x^2), known everywhere by error functions."""
    cp, n, step = newton(256), 256, 0.262121708848
    k = np.arange(cp.rank)
    t = np.sinh(k * step)
    weights = 2 * step * np.cosh(k * step) / np.sqrt(np.pi)
    weights[0] /= 2

    def averages(x):
        with np.errstate(divide="ignore", invalid="ignore"):
            means = np.sqrt(np.pi) / 2 * (erf(t * (x + 1 / n)) - erf(t * (x - 1 / n))) / t * n / 2
        return np.where(t == 0, 1.0, means)

    points = np.random.default_rng(0).uniform(-1, 1, (300, 3))
    exact = np.prod([averages(x[:, None]) for x in points.T], axis=0) @ weights
    f = ct.from_cp(cp, rtol=1e-13)
    error = np.abs(f(points) - exact).max()
    assert error <= 2e-12 * np.abs(exact).max()
    assert error <= f.error


def test_the_lattice(lattice):
    tight = ct.from_cp(lattice, box(45), rank=(18, 18, 12), degree=256)
    assert error_on_slice(tight, lattice)[0] <= 5.9e-9
    f = ct.from_cp(lattice, box(45), rtol=1e-7, degree=256)
    assert f.rank == (15, 15, 10)
    error, largest = error_on_slice(f, lattice)
    assert error <= 1.94e-6
    assert error <= f.error
    fine = ct.from_cp(lattice, box(45), rtol=1e-13, degree=256)
    error, largest = error_on_slice(fine, lattice)
    assert error <= 2e-12 * largest
    for scale in (1e-6, 1e6):
        assert ct.from_cp(scale * lattice, box(45), rtol=1e-7, degree=256).rank == f.rank
