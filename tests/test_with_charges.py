"""New charges on the positions of a potential give what a fresh build gives."""

import numpy as np
import pytest
from comparing import relative
from numpy.testing import assert_allclose

import chebtucker as ct

RTOL = 1e-7


@pytest.fixture(scope="module", params=[ct.Newton(), ct.Yukawa(2.0)], ids=repr)
def V(request):
    rng = np.random.default_rng(8)
    positions = rng.uniform(size=(400, 3)) * [2.0, 1.0, 0.6] + [5.0, -1.0, 0.0]
    system = ct.ParticleSystem(positions, rng.normal(size=400), radii=np.ones(400))
    return ct.potential(system, kernel=request.param, rtol=RTOL, prefactor=3.0)


def exact(V, charges, points):
    return V.prefactor * ct.direct_potential(
        ct.ParticleSystem(V.system.positions, charges), points, V.kernel
    )


def test_new_charges_meet_rtol_and_equal_a_fresh_build(rng, V):
    points = rng.uniform(*V.domain.T, size=(300, 3))
    before, charges = V(points), rng.normal(size=400)
    W = V.with_charges(charges)
    assert type(W) is type(V)
    assert relative(W(points), exact(V, charges, points)) <= RTOL
    fresh = ct.potential(
        ct.ParticleSystem(V.system.positions, charges), kernel=V.kernel, rtol=RTOL, prefactor=3.0
    )
    assert relative(W(points), fresh(points)) <= 2 * RTOL
    assert relative(W.on_grid(5, 6, 7), fresh.on_grid(5, 6, 7)) <= 2 * RTOL
    assert_allclose(W.energy(), fresh.energy(), rtol=1e-5)
    assert relative(W.forces(), fresh.forces()) <= 1e-5
    assert_allclose(W.domain, V.domain)
    assert W.cutoff == V.cutoff
    assert W.report().pair_rtol <= V.report().pair_rtol
    assert_allclose(W.system.radii, V.system.radii)
    assert 0 < W.report().error <= RTOL
    assert W.report().total_charge == pytest.approx(charges.sum())
    assert set(W.report().seconds) == {"new charges"}
    assert_allclose(V(points), before, rtol=0)  # as it was


def test_several_charge_sets_at_once(rng, V):
    points = rng.uniform(*V.domain.T, size=(100, 3))
    charges = rng.normal(size=(3, 400)) * [[1.0], [1e-4], [1e5]]
    charges[1, ::2] = 0.0
    W = V.with_charges(charges)
    assert W(points).shape == (3, 100)
    for q, values, energy in zip(charges, W(points), W.energy(), strict=True):
        assert relative(values, exact(V, q, points)) <= RTOL
        assert_allclose(V.with_charges(q).energy(), energy, rtol=1e-6)
    again = W.with_charges(charges[0])
    assert again(points).shape == (100,)
    assert_allclose(again(points), W(points)[0], rtol=1e-5)
    assert set(again.report().seconds) == {"new charges"}


def test_the_sum_of_charges_has_the_sum_of_potentials(rng, V):
    a, b = rng.normal(size=(2, 400))
    points = rng.uniform(*V.domain.T, size=(100, 3))
    total = V.with_charges(a - 2 * b)(points)
    parts = V.with_charges(a)(points) - 2 * V.with_charges(b)(points)
    assert relative(parts, total) <= 10 * RTOL


def test_particles_may_lose_their_charge(rng, V):
    charges = np.where(np.arange(400) < 30, 1.0, 0.0)
    here = V.system.positions[[0, 100]]
    values = V.with_charges(charges)(here)
    assert values[0] == np.inf
    r = np.linalg.norm(V.system.positions[:30] - here[1], axis=1)
    assert_allclose(values[1], V.prefactor * V.kernel(r).sum(), rtol=1e-5)
    assert_allclose(V.with_charges(np.zeros(400))(here), [0, 0], atol=0)


def test_after_saving(tmp_path, rng, V):
    V.save(tmp_path / "v.npz")
    charges, points = rng.normal(size=400), rng.uniform(*V.domain.T, size=(50, 3))
    W = ct.load(tmp_path / "v.npz").with_charges(charges)
    assert relative(W(points), exact(V, charges, points)) <= RTOL


def test_a_potential_of_nothing_can_be_charged(rng):
    positions = rng.uniform(size=(60, 3))
    V = ct.potential(ct.ParticleSystem(positions, np.zeros(60)), rtol=1e-4)
    charges = np.ones(60)
    points = rng.uniform(*V.domain.T, size=(50, 3))
    assert relative(V.with_charges(charges)(points), exact(V, charges, points)) <= 1e-4


def test_charges_that_cancel_more_get_a_fresh_build():
    rng = np.random.default_rng(0)
    centres = rng.uniform(size=(50, 3))
    positions = np.concatenate([centres, centres + 1e-3])
    V = ct.potential(ct.ParticleSystem(positions, np.ones(100)), rtol=1e-6)
    dipoles = np.repeat([1.0, -1.0], 50)
    W = V.with_charges(dipoles)
    assert "long part" in W.report().seconds
    assert_allclose(W.domain, V.domain)
    points = rng.uniform(*V.domain.T, size=(100, 3))
    assert relative(W(points), exact(V, dipoles, points)) <= 1e-6
    assert "new charges" in V.with_charges(np.ones(100)).report().seconds
    too_close = np.concatenate([centres, centres + 1e-11])
    V = ct.potential(ct.ParticleSystem(too_close, np.ones(100)), rtol=1e-6)
    with pytest.warns(UserWarning, match="the potential has relative error .*, above rtol"):
        V.with_charges(dipoles)


def test_bad_charges(V):
    with pytest.raises(ValueError, match=r"`charges` must be an array of shape \(400\), got"):
        V.with_charges(np.ones(3))
    with pytest.raises(ValueError, match=r"or \(C, 400\) for C charge sets, got shape \(400, 2"):
        V.with_charges(np.ones((400, 2)))
    with pytest.raises(ValueError, match="`charges` must be finite, got nan"):
        V.with_charges(np.full(400, np.nan))


def test_crystals_and_multipoles_say_no():
    crystal = ct.potential(ct.Lattice.rock_salt(repeats=(2, 2, 2), spacing=1.0), rtol=1e-3)
    with pytest.raises(TypeError, match="`charges` can only change .*, got a CrystalPotential on"):
        crystal.with_charges([1.0])
