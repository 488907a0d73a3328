"""Potentials keep their tolerance, wherever points and particles are."""

import warnings

import numpy as np
import pytest
from comparing import points_near, relative
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.kernels import fit_gaussians
from chebtucker.potentials import cost, direct_gradient

KERNELS = [ct.Newton(), ct.Yukawa(1.5)]


def random_system(rng, n=400, sides=(1.0, 2.5, 0.7)):
    return ct.ParticleSystem(
        rng.uniform(size=(n, 3)) * sides - [0.2, 3.0, 0.0], rng.choice([-1.0, 1.0], n)
    )


@pytest.fixture(scope="module")
def built():
    """One system with its potentials at 1e-7, for the tests that only look."""
    system = random_system(np.random.default_rng(5))
    return {kernel: ct.potential(system, kernel=kernel, rtol=1e-7) for kernel in KERNELS}


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize("rtol", [1e-2, 1e-4, 1e-6, 1e-9, 1e-11])
def test_relative_l2_error_is_below_rtol(rng, kernel, rtol):
    system = random_system(rng)
    V = ct.potential(system, kernel=kernel, rtol=rtol)
    uniform = rng.uniform(*V.domain.T, size=(400, 3))
    near = points_near(rng, system, V.domain)
    corners = np.stack(np.meshgrid(*V.domain, indexing="ij"), axis=-1).reshape(-1, 3)
    for points in (uniform, near):
        exact = ct.direct_potential(system, points, kernel)
        assert relative(V(points), exact) <= rtol
        assert relative(V(points), exact) >= 1e-5 * rtol  # not a direct sum in disguise
    rms = np.sqrt(np.mean(ct.direct_potential(system, uniform, kernel) ** 2))
    for points in (uniform, near, corners):
        worst = np.abs(V(points) - ct.direct_potential(system, points, kernel)).max()
        assert worst <= 20 * rtol * rms
    assert V.report().error <= rtol
    assert V.report().error >= 0.05 * relative(V(near), ct.direct_potential(system, near, kernel))


@pytest.mark.parametrize("cutoff", [0.1, 0.4, 1.5, 10.0])
def test_any_cutoff_gives_the_same_potential(rng, cutoff):
    system = random_system(rng)
    V = ct.potential(system, rtol=1e-7, cutoff=cutoff)
    assert V.cutoff == cutoff
    points = rng.uniform(*V.domain.T, size=(200, 3))
    assert relative(V(points), ct.direct_potential(system, points)) <= 1e-7


def test_more_targets_get_a_smaller_cutoff_and_the_same_potential(rng):
    system = random_system(rng, 2000)
    few, many = (ct.potential(system, targets=(n, n, n)) for n in (16, 256))
    assert many.cutoff < 0.8 * few.cutoff
    assert min(many.degree) > min(few.degree)
    points = rng.uniform(*few.domain.T, size=(200, 3))
    exact = ct.direct_potential(system, points)
    at_points = ct.potential(system, targets=200)
    for V in (few, many, at_points):
        assert relative(V(points), exact) <= 1e-6
        assert set(V.report().predicted) >= {"long part", "short part at targets"}
        assert "predicted" in str(V.report())


SHAPES = {
    "one": lambda rng: np.array([[3.0, -2.0, 7.0]]),
    "two": lambda rng: np.array([[0.0, 0, 0], [0, 0, 1]]),
    "collinear": lambda rng: np.outer(rng.uniform(size=50), [1.0, 0, 0]),
    "diagonal": lambda rng: np.outer(rng.uniform(size=50), [1.0, 2, 3]),
    "planar": lambda rng: rng.uniform(size=(100, 3)) * [1.0, 1.0, 0.0],
    "clustered": lambda rng: np.concatenate(
        [rng.normal(scale=0.01, size=(100, 3)), rng.normal(scale=0.01, size=(100, 3)) + 1]
    ),
    "needle": lambda rng: rng.uniform(size=(200, 3)) * [100.0, 1.0, 1.0],
    "far from the origin": lambda rng: rng.uniform(size=(100, 3)) + 1e4,
    "one far away": lambda rng: np.append(rng.uniform(size=(100, 3)), [[30.0, 0, 0]], axis=0),
    "duplicated": lambda rng: np.repeat(rng.uniform(size=(50, 3)), 2, axis=0),
    "all at one place": lambda rng: np.zeros((5, 3)),
    "tiny": lambda rng: 1e-9 * rng.uniform(size=(100, 3)),
    "almost at one place": lambda rng: [[0, 0, 0], [1e-12, 0, 0], [1, 1, 1]],
    "in one corner": lambda rng: np.append(0.01 * rng.uniform(size=(300, 3)), [[1.0] * 3], axis=0),
    "thin plate": lambda rng: rng.uniform(size=(300, 3)) * [1.0, 1.0, 0.01],
}


@pytest.mark.parametrize("rtol", [1e-6, 1e-9])  # in single and in double precision
@pytest.mark.parametrize("signs", ["same", "both"])
@pytest.mark.parametrize("shape", SHAPES)
def test_hard_shapes(rng, shape, signs, rtol):
    positions = np.asarray(SHAPES[shape](rng), dtype=np.float64)
    charges = rng.uniform(0.5, 1.5, len(positions))
    if signs == "both":
        charges *= np.where(np.arange(len(positions)) % 3 == 0, -0.5, 1.0)
    system = ct.ParticleSystem(positions, charges)
    V = ct.potential(system, rtol=rtol)
    points = rng.uniform(*V.domain.T, size=(300, 3))
    assert relative(V(points), ct.direct_potential(system, points)) <= rtol
    axes = V.axes(9, 20, 17)
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    exact = ct.direct_potential(system, grid)
    assert relative(V.on_grid(*axes), exact) <= rtol


LARGE = {
    "in one corner": [0.1, 0.1, 0.1],
    "thin plate": [1.0, 1.0, 0.01],
    "needle": [1.0, 0.01, 0.01],
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", LARGE)
def test_a_million_charges_in_hard_shapes(rng, shape):
    positions = rng.uniform(size=(10**6, 3)) * LARGE[shape]
    positions[-1] = 1.0 if shape == "in one corner" else positions[-1]
    system = ct.ParticleSystem(positions, rng.choice([-1.0, 1.0], 10**6))
    V = ct.potential(system, rtol=1e-6, targets=1000)
    for points in (rng.uniform(*V.domain.T, size=(60, 3)), points_near(rng, system, V.domain)[:60]):
        assert relative(V(points), ct.direct_potential(system, points)) <= 1e-6


def test_two_of_the_same_sign_almost_at_one_place(rng):
    system = ct.ParticleSystem([[0, 0, 0], [1e-12, 0, 0]], [1.0, 1.0])
    V = ct.potential(system, rtol=1e-8, domain=[(-1, 1)] * 3)
    points = rng.uniform(-1, 1, size=(100, 3))
    assert relative(V(points), ct.direct_potential(system, points)) <= 1e-8
    assert_allclose(V.at_particles(), [1e12, 1e12], rtol=1e-8)


def test_a_tolerance_out_of_reach_warns_and_says_so():
    pair = ct.ParticleSystem([[0, 0, 0], [1e-9, 0, 0]], [1.0, -1.0])
    with pytest.warns(UserWarning, match="has relative error .*, above rtol = 1.0e-10"):
        V = ct.potential(pair, rtol=1e-10, domain=[(-1, 1)] * 3)
    assert V.report().error > 1e-10


def test_charges_of_zero(rng):
    positions = rng.uniform(size=(60, 3))
    charges = np.where(np.arange(60) % 3 == 0, 0.0, 1.0)
    full = ct.potential(ct.ParticleSystem(positions, charges), rtol=1e-8)
    only = ct.ParticleSystem(positions[charges != 0], charges[charges != 0])
    assert relative(full.at_particles(), _without_self(full.system)) <= 1e-8
    points = rng.uniform(size=(50, 3))
    assert relative(full(points), ct.direct_potential(only, points)) <= 1e-8
    assert np.isfinite(full(positions[:1])).all()  # on a particle without charge


def test_no_charge_at_all(rng):
    V = ct.potential(ct.ParticleSystem(rng.uniform(size=(10, 3)), np.zeros(10)))
    assert_allclose(V(rng.uniform(*V.domain.T, size=(5, 3))), 0, atol=0)
    assert V.energy() == 0
    assert_allclose(V.forces(), 0, atol=0)


def _without_self(system, kernel=None):
    kernel = kernel or ct.Newton()
    r = np.linalg.norm(system.positions[:, None] - system.positions, axis=-1)
    np.fill_diagonal(r, np.inf)
    return kernel(r) @ system.charges


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_at_particles_and_energy_leave_out_the_self_term(built, kernel):
    V = built[kernel]
    exact = _without_self(V.system, kernel)
    assert relative(V.at_particles(), exact) <= 1e-7
    charges = V.system.charges
    bound = 0.5 * np.linalg.norm(charges) * np.linalg.norm(exact)
    assert V.energy() == pytest.approx(0.5 * charges @ exact, abs=1e-7 * bound)


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_gradient(built, kernel, rng):
    V = built[kernel]
    for points in (rng.uniform(*V.domain.T, (200, 3)), points_near(rng, V.system, V.domain)):
        exact = direct_gradient(V.system, points, kernel)
        assert relative(V.gradient(points), exact) <= 2e-6
    x = points[0]
    h = 1e-4
    steps = np.array([(V(x + h * e) - V(x - h * e)) / (2 * h) for e in np.eye(3)])
    assert_allclose(V.gradient(x), steps, rtol=1e-4, atol=1e-4 * np.abs(steps).max())


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_forces(built, kernel):
    V = built[kernel]
    system = V.system
    exact = np.empty_like(system.positions)
    for i in range(len(system)):
        rest = ct.ParticleSystem(
            np.delete(system.positions, i, axis=0), np.delete(system.charges, i)
        )
        slope = direct_gradient(rest, system.positions[i : i + 1], kernel)[0]
        exact[i] = -system.charges[i] * slope
    forces = V.forces()
    assert relative(forces, exact) <= 1e-6
    scale = np.abs(forces).sum()
    assert np.abs(forces.sum(axis=0)).max() <= 1e-7 * scale
    torque = np.cross(system.positions, forces).sum(axis=0)
    assert np.abs(torque).max() <= 1e-7 * scale * 3


def test_grid_equals_points(built):
    V = built[KERNELS[0]]
    axes = V.axes(5, [-1.0, -0.9, -0.4], 37)
    values = V.on_grid(*axes)
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    assert values.shape == (5, 3, 37)
    assert_allclose(values, V(points), rtol=1e-9)
    assert_allclose(V(*np.meshgrid(*axes, indexing="ij")), values, rtol=1e-9)
    for axis, (lo, hi) in zip((axes[0], axes[2]), V.domain[[0, 2]], strict=True):
        assert axis[0] == lo
        assert axis[-1] == hi


def test_grid_into_out(built):
    V = built[KERNELS[0]]
    values = V.on_grid(4, 5, 6)
    out = np.full((4, 5, 6), np.nan)
    assert V.on_grid(4, 5, 6, out=out) is out
    assert_allclose(out, values, rtol=0, atol=0)
    single = V.on_grid(4, 5, 6, dtype=np.float32)
    assert single.dtype == np.float32
    assert_allclose(single, values, rtol=1e-6)
    strided = np.empty((6, 5, 4), np.float32).T
    assert_allclose(V.on_grid(4, 5, 6, out=strided), values, rtol=1e-6)


def test_no_points_at_all(built):
    V = built[KERNELS[0]]
    assert V(np.empty((0, 3))).shape == (0,)
    assert V.gradient(np.empty((2, 0, 3))).shape == (2, 0, 3)


def test_a_particle_is_infinite(built):
    for V in built.values():
        values = V(V.system.positions[:3])
        assert_allclose(values, np.inf * V.system.charges[:3])


def test_linear_in_charges_and_prefactor(rng):
    system = random_system(rng, 100)
    points = rng.uniform(0.1, 0.6, size=(50, 3)) * [1, 1, 1] + [0, -2.5, 0]
    V = ct.potential(system, rtol=1e-8)
    doubled = ct.potential(system, rtol=1e-8, prefactor=-2.0)
    assert_allclose(doubled(points), -2 * V(points), rtol=1e-6)
    assert_allclose(doubled.long(points) + doubled.short(points), doubled(points))
    assert doubled.energy() == pytest.approx(-2 * V.energy(), rel=1e-7)
    assert doubled.report().error <= 1e-8


def test_rotation_and_scaling(rng):
    system = random_system(rng, 100)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turned = ct.ParticleSystem(3.0 * system.positions @ turn.T, system.charges)
    energy = ct.potential(system, rtol=1e-9).energy()
    assert ct.potential(turned, rtol=1e-9).energy() == pytest.approx(energy / 3, rel=1e-8)


def test_domain_of_the_users_choice(rng):
    system = random_system(rng)
    domain = [(0.0, 0.3), (-2.0, -1.0), (0.1, 0.2)]  # most particles are outside
    V = ct.potential(system, rtol=1e-7, domain=domain)
    assert_allclose(V.domain, domain)
    points = rng.uniform(*V.domain.T, size=(200, 3))
    assert relative(V(points), ct.direct_potential(system, points)) <= 1e-7
    with pytest.raises(ValueError, match="`positions of the particles` must be inside the domain"):
        V.energy()


def test_default_domain():
    system = ct.ParticleSystem([[0, 0, 0], [10, 4, 2]], [1, 1])
    V = ct.potential(system, rtol=1e-3)
    assert_allclose(V.domain, [[-1, 11], [-1, 5], [-1, 3]])
    one = ct.potential(ct.ParticleSystem([[5, 5, 5], [5, 5, 5]], [1, 1]), rtol=1e-3)
    assert_allclose(one.domain, [[4, 6]] * 3)


def test_same_numbers_every_time(rng):
    system = random_system(rng)
    points = rng.uniform(0, 0.5, size=(20, 3)) - [0, 2, 0]
    first, second = (ct.potential(system, rtol=1e-6) for _ in range(2))
    assert_allclose(first(points), second(points), rtol=0, atol=0)


@pytest.mark.parametrize("fitted", [False, True])
def test_kernel_of_the_users_own(rng, fitted):
    class TwoScreenings:
        """Mean of two Yukawa kernels."""

        screening = 1.0
        parts = (ct.Yukawa(0.5), ct.Yukawa(3.0))

        def __call__(self, r):
            return (self.parts[0](r) + self.parts[1](r)) / 2

        def gaussians(self, r_min, r_max, rtol):
            if fitted:
                return fit_gaussians(self, r_min, r_max, rtol)
            a, b = (part.gaussians(r_min, r_max, rtol) for part in self.parts)
            return ct.GaussianSum(
                np.append(a.weights, b.weights) / 2, np.append(a.exponents, b.exponents)
            )

    system = random_system(rng)
    V = ct.potential(system, kernel=TwoScreenings(), rtol=1e-7)
    points = rng.uniform(*V.domain.T, size=(100, 3))
    exact = sum(ct.direct_potential(system, points, part) / 2 for part in TwoScreenings.parts)
    assert_allclose(ct.direct_potential(system, points, TwoScreenings()), exact, rtol=1e-12)
    assert relative(V(points), exact) <= 1e-7


def test_report(built):
    report = built[KERNELS[0]].report()
    assert report.particles == 400
    assert report["error"] == report.error
    assert set(report) == set(report.as_dict())
    assert {"degree", "rank", "seconds"} <= set(dict(report))
    assert "error, near atoms" in str(report)
    with pytest.raises(KeyError):
        report["nonsense"]
    assert "Potential(400 particles, Newton()" in repr(built[KERNELS[0]])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"rtol": 0.0}, ValueError, r"`rtol` must be in \[1e-12, 1\), got 0.0"),
        ({"rtol": "x"}, TypeError, "`rtol` must be a real number, got 'x'"),
        ({"cutoff": -1.0}, ValueError, "`cutoff` must be positive, got -1.0"),
        ({"cutoff": 1e-4}, ValueError, "`cutoff` must be larger, got 0.0001: .* GB of memory"),
        ({"domain": [(0, 1)]}, ValueError, r"`domain` must be an array of shape \(3, 2\)"),
        ({"domain": [(0, 1), (2, 1), (0, 1)]}, ValueError, r"lo < hi on every axis, got \[2, 1\]"),
        ({"targets": 0}, ValueError, "`targets` must be an integer of at least 1, got 0"),
        ({"targets": (8, 8)}, ValueError, r"`targets` must be a number of points or three, got \("),
        ({"targets": (8, 8, 0)}, ValueError, r"`targets\[2\]` must be an integer of at least 1"),
        ({"targets": "grid"}, TypeError, "`targets` must be an integer, got"),
        ({"kernel": "newton"}, TypeError, "`kernel` must be a radial kernel such as Newton"),
        ({"prefactor": np.inf}, ValueError, "`prefactor` must be finite, got inf"),
    ],
)
def test_errors_when_building(rng, change, error, message):
    with pytest.raises(error, match=message):
        ct.potential(random_system(rng, 20), **change)


def test_errors_when_evaluating(built):
    V = built[KERNELS[0]]
    with pytest.raises(
        TypeError, match="`system` must be a ParticleSystem, a Lattice or ParticleChunks, got list"
    ):
        ct.potential([1, 2])
    with pytest.raises(ValueError, match=r"`points` must be inside the domain \[.*got 9 on axis 1"):
        V([[0.5, 9.0, 0.3]])
    with pytest.raises(ValueError, match="`points` must be finite, got nan at index"):
        V([[0.5, np.nan, 0.3]])
    with pytest.raises(ValueError, match=r"`points` must be an array of shape \(..., 3\)"):
        V(np.zeros((4, 2)))
    with pytest.raises(TypeError, match="`points` must be one array or three, got 2"):
        V(0.1, 0.2)
    with pytest.raises(ValueError, match="`axes.1.` must be an integer of at least 1, got 0"):
        V.on_grid(4, 0, 4)
    with pytest.raises(ValueError, match="`axes.2.` must be inside the domain"):
        V.on_grid(4, 4, [0.0, 50.0])
    with pytest.raises(TypeError, match="`axes` must be three counts or arrays, got 2"):
        V.on_grid(4, 4)
    with pytest.raises(ValueError, match="`out` must be an array of shape"):
        V.on_grid(4, 4, 4, out=np.empty((4, 4, 5)))
    with pytest.raises(TypeError, match="`out` must be an array of shape .* got one of type list"):
        V.on_grid(4, 4, 4, out=[1])
    with pytest.raises(TypeError, match="`dtype` must be a real floating type, got int64"):
        V.on_grid(4, 4, 4, dtype=int)


def test_progress_bar_goes_to_standard_error(rng, capsys):
    with warnings.catch_warnings():
        ct.potential(random_system(rng, 20), rtol=1e-3, progress=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "long part" in captured.err


@pytest.mark.parametrize("screening", [0.0, 2.0, 60.0])
def test_the_cost_model_knows_the_sharpest_gaussian_of_each_cutoff(rng, screening):
    kernel = ct.Yukawa(screening) if screening else ct.Newton()
    domain = np.array([[0.0, 1.0], [0.0, 0.8], [-0.3, 0.3]])
    targets = cost.Targets((9, 8, 7), 0)
    situation = cost.Situation(rng.uniform(size=(9, 3)), domain, kernel, 1e-6, targets)
    cutoffs = np.geomspace(0.01, 0.4, 9)
    predicted = cost._sharpest_of(situation, cutoffs)
    for c, sharpest in zip(cutoffs, predicted, strict=True):
        long = kernel.gaussians(float(c), situation.reach, 1e-6)
        if len(long) != 2:  # those two for a kernel that has nearly died away are sharper
            assert sharpest == pytest.approx(long.exponents.max(initial=0), rel=0.03)
    assert (predicted[-1] == 0) == (screening == 60.0)
