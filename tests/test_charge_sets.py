"""Several charge sets on the same positions: linear in the charges, exact as each alone."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.backends import numba_cpu
from chebtucker.potentials import direct_gradient

KERNELS = [ct.Newton(), ct.Yukawa(1.5)]
SETS = 5


def relative(approximate, exact):
    """Relative l2 error of each set."""
    axes = tuple(range(1, exact.ndim))
    return np.sqrt(((approximate - exact) ** 2).sum(axis=axes) / (exact**2).sum(axis=axes))


def random_system(rng, n=300, sets=SETS):
    """Charges of very different sizes; the last set has charges in one half only."""
    positions = rng.uniform(size=(n, 3)) * [1.0, 2.5, 0.7] - [0.2, 3.0, 0.0]
    charges = rng.normal(size=(sets, n)) * np.geomspace(1e-3, 1e3, sets)[:, None]
    charges[-1, : n // 2] = 0.0
    return ct.ParticleSystem(positions, charges)


@pytest.fixture(scope="module")
def built():
    system = random_system(np.random.default_rng(3))
    return {kernel: ct.potential(system, kernel=kernel, rtol=1e-7) for kernel in KERNELS}


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-10])
def test_every_set_meets_rtol(rng, kernel, rtol):
    system = random_system(rng)
    V = ct.potential(system, kernel=kernel, rtol=rtol)
    points = rng.uniform(*V.domain.T, size=(300, 3))
    exact = ct.direct_potential(system, points, kernel)
    errors = relative(V(points), exact)
    assert errors.shape == (SETS,)
    assert errors.max() <= rtol
    assert errors.min() >= 1e-5 * rtol  # not a direct sum in disguise
    report = V.report()
    assert report.error <= rtol
    assert report.error == max(max(pair) for pair in report.error_of_sets)
    assert_allclose([max(p) for p in report.error_of_sets], errors, rtol=2)


def test_points_grids_gradients_energies_and_forces_have_a_leading_axis(rng, built):
    for kernel, V in built.items():
        system, n = V.system, len(V.system)
        points = rng.uniform(*V.domain.T, size=(2, 7, 3))
        exact = ct.direct_potential(system, points, kernel)
        assert V(points).shape == (SETS, 2, 7)
        assert relative(V(points), exact).max() <= 1e-6
        assert_allclose(V(*np.moveaxis(points, -1, 0)), V(points))
        slopes = direct_gradient(system, points, kernel)
        assert V.gradient(points).shape == slopes.shape == (SETS, 2, 7, 3)
        assert relative(V.gradient(points), slopes).max() <= 1e-5
        axes = V.axes(4, 9, 19)
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        values = V.on_grid(4, 9, 19)
        assert values.shape == (SETS, 4, 9, 19)
        assert relative(values, ct.direct_potential(system, grid, kernel)).max() <= 1e-6
        assert V.at_particles().shape == (SETS, n)
        assert V.energy().shape == (SETS,)
        assert V.forces().shape == (SETS, n, 3)


def test_at_particles_energy_and_forces_are_direct_sums_over_the_others(built):
    for kernel, V in built.items():
        x, q = V.system.positions, V.system.charges
        r = np.linalg.norm(x[:, None] - x, axis=-1)
        np.fill_diagonal(r, np.inf)
        felt = q @ kernel(r)
        assert relative(V.at_particles(), felt).max() <= 1e-6
        assert_allclose(V.energy(), 0.5 * (q * felt).sum(axis=1), rtol=1e-5)
        np.fill_diagonal(r, 1e3)
        slope = (np.exp(-kernel.screening * r) * (1 + kernel.screening * r)) / r**3
        force = q[:, :, None] * np.einsum("cj,ij,ijk->cik", q, slope, x[:, None] - x)
        assert relative(V.forces(), force).max() <= 1e-5
        total = V.forces().sum(axis=1)  # action and reaction
        assert np.abs(total).max() <= 1e-5 * np.abs(V.forces()).sum(axis=1).max()


def test_the_potential_is_linear_in_the_charges(rng):
    system = random_system(rng, sets=3)
    a, b, _ = system.charges / np.linalg.norm(system.charges, axis=1, keepdims=True)
    V = ct.potential(ct.ParticleSystem(system.positions, [a, b, 2 * a - 3 * b]), rtol=1e-8)
    points = rng.uniform(*V.domain.T, size=(200, 3))
    first, second, both = V(points)
    assert np.linalg.norm(2 * first - 3 * second - both) <= 5e-8 * np.linalg.norm(both)
    first, second, both = V.on_grid(5, 8, 6)
    assert np.linalg.norm(2 * first - 3 * second - both) <= 5e-8 * np.linalg.norm(both)


def test_each_set_is_what_it_is_alone(rng, built):
    V = built[ct.Newton()]
    points = rng.uniform(*V.domain.T, size=(200, 3))
    together = V(points)
    for index, one in enumerate(V):
        alone = ct.potential(
            ct.ParticleSystem(V.system.positions, V.system.charges[index]), rtol=1e-7
        )
        assert_allclose(one(points), together[index], rtol=1e-12)
        assert_allclose(one.energy(), V.energy()[index], rtol=1e-12)
        assert_allclose(one.on_grid(3, 4, 5), V.on_grid(3, 4, 5)[index], rtol=1e-11)
        assert relative(one(points)[None], alone(points)[None]) <= 2e-7
        assert one.report().error <= 1e-7
        assert one.report().total_charge == pytest.approx(V.system.total_charge[index])
    assert_allclose(V[-1](points), together[-1], rtol=1e-12)


def test_one_set_keeps_its_axis(rng):
    system = random_system(rng, n=50, sets=1)
    V = ct.potential(system, rtol=1e-5)
    assert V([0.0, -2.0, 0.3]).shape == (1,)
    assert V.on_grid(2, 3, 4).shape == (1, 2, 3, 4)
    assert V.energy().shape == (1,)


def test_a_set_without_charge_and_particles_without_charge(rng):
    positions = rng.uniform(size=(40, 3))
    charges = np.ones((3, 40))
    charges[1] = 0.0
    charges[2, 7] = 0.0
    V = ct.potential(ct.ParticleSystem(positions, charges), rtol=1e-6)
    here = V(positions[7])
    assert here[0] == np.inf
    assert here[1] == 0.0
    assert np.isfinite(here[2])
    on_grid = V.on_grid(*positions[7][:, None])[:, 0, 0, 0]
    assert on_grid[0] == np.inf
    assert_allclose(on_grid[1:], here[1:], rtol=1e-6)
    assert_allclose(here[2], V.at_particles()[2, 7], rtol=1e-5)
    assert_allclose(V.at_particles()[1], 0.0, atol=0)
    assert np.isfinite(V.gradient(positions[7])[2]).all()
    nothing = ct.potential(ct.ParticleSystem(positions, np.zeros((2, 40))))
    assert_allclose(nothing(positions[:3] + 0.01), np.zeros((2, 3)), atol=0)


def test_a_tight_pair_and_another_prefactor(rng):
    """One set nearly cancels everywhere: its basis must be better than that of the other."""
    positions = np.concatenate([rng.uniform(size=(30, 3)), [[0.5, 0.5, 0.5], [0.5, 0.5, 0.501]]])
    charges = np.zeros((2, 32))
    charges[0, :30] = 1.0
    charges[1, 30:] = 1.0, -1.0
    system = ct.ParticleSystem(positions, charges)
    V = ct.potential(system, rtol=1e-5, prefactor=-332.0)
    points = rng.uniform(*V.domain.T, size=(300, 3))
    assert relative(V(points), -332 * ct.direct_potential(system, points)).max() <= 1e-5


def test_grids_into_given_arrays(built):
    V = built[ct.Newton()]
    values = V.on_grid(3, 4, 5)
    out = np.empty((SETS, 3, 4, 5))
    assert V.on_grid(3, 4, 5, out=out) is out
    assert_allclose(out, values)
    turned = np.empty((5, 4, 3, SETS), dtype=np.float32).T
    V.on_grid(3, 4, 5, out=turned)
    assert_allclose(turned, values, rtol=1e-5)
    x, y, z = V.axes(3, 4, 5)
    assert_allclose(V.on_grid(x[::-1], y, z[::-1]), values[:, ::-1, :, ::-1], rtol=1e-6)
    with pytest.raises(ValueError, match=r"`out` must be an array of shape \(5, 3, 4, 5\)"):
        V.on_grid(3, 4, 5, out=np.empty((3, 4, 5)))
    with pytest.raises(TypeError, match="`dtype` must be a real floating type, got int64"):
        V.on_grid(3, 4, 5, dtype=int)


def test_saved_and_loaded(tmp_path, rng, built):
    for V in built.values():
        V.save(tmp_path / "v.npz")
        again = ct.load(tmp_path / "v.npz")
        points = rng.uniform(*V.domain.T, size=(20, 3))
        assert_allclose(again(points), V(points), rtol=1e-12)
        assert again.report() == V.report()
        assert again.report().error_of_sets == V.report().error_of_sets


def test_what_is_printed(built):
    V = built[ct.Newton()]
    assert repr(V).startswith("ChargeSetsPotential(5 sets, 300 particles, Newton(), degree=(")
    assert "charge sets            5" in str(V.report())
    assert repr(V.system) == "ParticleSystem(300 particles, 5 charge sets)"
    assert len(V) == SETS
    assert V.system.sets == SETS
    assert ct.ParticleSystem([[0, 0, 0]], [1]).sets is None


BAD = [
    (np.ones((3, 2)), r"`charges` must be an array of shape \(2\), or \(C, 2\) .* got shape"),
    (np.ones((2, 3)), r"got shape \(2, 3\)"),
    (np.ones((0, 2)), r"got shape \(0, 2\)"),
    (np.ones((1, 1, 2)), r"got shape \(1, 1, 2\)"),
    ([[1, np.nan]], r"`charges` must be finite, got nan at index \[0, 1\]"),
]


@pytest.mark.parametrize(("charges", "message"), BAD[1:])
def test_charges_of_a_wrong_shape(charges, message):
    with pytest.raises(ValueError, match=message):
        ct.ParticleSystem([[0, 0, 0], [0, 0, 1]], charges)


def test_transposed_charges_are_refused():
    with pytest.raises(ValueError, match=r"\(3\), or \(C, 3\) for C charge sets, got shape \(3, 2"):
        ct.ParticleSystem(np.eye(3), np.ones((3, 2)))


def test_an_index_beyond_the_sets(built):
    with pytest.raises(IndexError, match=r"`index` must be in \[-5, 5\), got 5"):
        built[ct.Newton()][5]


def test_what_one_set_can_and_sets_cannot(built):
    V = built[ct.Newton()]
    with (
        ThreadPoolExecutor(1) as pool,
        pytest.raises(ValueError, match="`executor` must be None for charge sets, got <concurr"),
    ):
        ct.potential(V.system, executor=pool)
    assert V.to_device("cpu") is V
    with pytest.raises(ValueError, match=r"`device` must be \"cpu\" for charge sets, got 'cuda'"):
        V.to_device("cuda")
    with pytest.raises(TypeError, match=r"`V` must be one potential to be drawn, .* draw V\[c\]"):
        V.plot_slice()
    with pytest.raises(ValueError, match="`charges` must be one for each particle beside multip"):
        ct.ParticleSystem([[0, 0, 0]], [[1.0]], dipoles=[[0, 0, 1.0]])


def test_extra_particles_of_a_crystal_have_one_charge_each():
    ions = ct.ParticleSystem([[0.5, 0.5, 0.5]], [[1.0], [2.0]])
    with pytest.raises(ValueError, match="`extra` must have one charge .*, got 2 charge sets"):
        ct.Lattice.rock_salt(repeats=(2, 2, 2), spacing=1.0, extra=ions)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("is_even", [True, False])
@pytest.mark.parametrize("sets", [1, 4, 11])
def test_loops_over_sets_equal_loops_over_one(rng, dtype, is_even, sets):
    """Points, gradients and grids, beside the loops for one charge vector."""
    count, cutoff = 500, 0.37
    positions = rng.uniform(size=(count, 3)) * [1.0, 2.0, 0.5]
    positions[1] = positions[0]
    box = positions.min(axis=0), np.array([0.2, 0.3, 0.1]), np.array([5, 7, 5])
    cells = numba_cpu.sort_into_cells(positions, *box)
    charges = rng.normal(size=(sets, count))
    coefficients = rng.normal(size=6).astype(dtype)
    points = np.concatenate([rng.uniform(size=(70, 3)) * [1.0, 2.0, 0.5], cells.positions[:30]])
    skip = np.concatenate([np.full(70, -1), np.arange(30)])
    where = points, cells
    how = cutoff, coefficients, is_even, skip
    eps = np.finfo(dtype).eps
    axes = np.linspace(0, 1, 11), np.linspace(-0.1, 2.1, 23), np.sort(rng.uniform(0, 0.5, 13))
    grids = np.ones((sets, 11, 23, 13))
    numba_cpu.add_short_on_grid_of_sets(axes, cells, charges, *how[:3], grids)
    values = numba_cpu.short_values_of_sets(*where, charges, *how)
    slopes = numba_cpu.short_gradients_of_sets(*where, charges, *how)
    for c, q in enumerate(charges):
        one = numba_cpu.short_values(*where, q, *how)
        assert_allclose(values[c], one, atol=300 * eps * np.abs(one[np.isfinite(one)]).max())
        one = numba_cpu.short_gradients(*where, q, *how)
        most = np.abs(one[np.isfinite(one)]).max()
        assert_allclose(slopes[c], one, atol=300 * eps * most)
        grid = np.ones(grids.shape[1:])
        numba_cpu.add_short_on_grid(axes, cells, q, *how[:3], grid)
        assert_allclose(grids[c], grid, atol=300 * eps * np.abs(grid).max())


@pytest.mark.parametrize("screening", [0.0, 0.7])
def test_direct_sums_of_sets(rng, screening):
    positions, points = rng.uniform(size=(150, 3)), rng.uniform(size=(9, 3))
    charges = rng.normal(size=(4, 150))
    got = numba_cpu.direct_values_of_sets(points, positions, charges, screening)
    each = [numba_cpu.direct_values(points, positions, q, screening) for q in charges]
    assert_allclose(got, each, rtol=1e-12)
