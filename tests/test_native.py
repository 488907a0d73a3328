"""Our own files: there and back, and what damaged ones say."""

import contextlib
import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import chebtucker as ct


@pytest.fixture
def function(rng):
    tucker = ct.TuckerTensor(
        rng.normal(size=(2, 3)), (rng.normal(size=(5, 2)), rng.normal(size=(4, 3)))
    )
    return ct.ChebTuck(tucker, [(0, 1), (-2, 3)], error=1e-9, evaluations=17)


@pytest.fixture
def potential(rng):
    system = ct.ParticleSystem(
        rng.uniform(size=(30, 3)), rng.normal(size=30), radii=np.ones(30), names=["é"] * 30
    )
    return ct.potential(system, kernel=ct.Yukawa(2.0), rtol=1e-4, prefactor=3.0)


def test_function(tmp_path, function, rng):
    function.save(tmp_path / "f.npz")
    again = ct.load(tmp_path / "f.npz")
    points = rng.uniform(0, 1, (10, 2))
    assert_array_equal(again(points), function(points))
    assert_array_equal(again.domain, function.domain)
    assert (again.error, again.evaluations) == (1e-9, 17)


def test_potential(tmp_path, potential, rng):
    potential.save(tmp_path / "v.npz")
    again = ct.load(tmp_path / "v.npz")
    points = rng.uniform(0.2, 0.8, (10, 3))
    assert_array_equal(again(points), potential(points))
    assert_array_equal(again.gradient(points), potential.gradient(points))
    assert again.energy() == potential.energy()
    assert again.report() == potential.report()
    assert again.kernel == potential.kernel
    assert again.system.names == potential.system.names


def test_names_are_kept_as_given(tmp_path, function):
    with pytest.raises(ValueError, match="`path` must end in .npz, got .*f.txt"):
        ct.save(tmp_path / "f.txt", function)
    with pytest.raises(TypeError, match="`thing` must be a ChebTuck or a Potential, got int"):
        ct.save(tmp_path / "f.npz", 3)
    with pytest.raises(OSError, match="nowhere"):
        ct.save(tmp_path / "nowhere" / "f.npz", function)


def rewrite(path, change):
    with np.load(path) as archive:
        arrays = dict(archive)
    header = json.loads(str(arrays["header"]))
    change(header, arrays)
    arrays["header"] = np.array(json.dumps(header))
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h, a: h.update(version=99), "written in format 99, this chebtucker reads up to 1"),
        (lambda h, a: h.update(version="x"), "written in format x"),
        (lambda h, a: h.update(format="other"), "not a file of chebtucker .its header"),
        (lambda h, a: h.update(kind="sculpture"), "holds an unknown kind 'sculpture'"),
        (lambda h, a: h.pop("kind"), "holds an unknown kind ''"),
        (lambda h, a: a.pop("factor1"), "damaged, 'factor1' is missing"),
        (lambda h, a: h.pop("error"), "damaged, 'error' is missing"),
        (lambda h, a: a.update(core=np.zeros((2, 9))), "damaged, "),
        (lambda h, a: a.update(core=np.array(["a"])), "damaged, "),
        (lambda h, a: a.update(domain=np.array([[1.0, 0.0], [0, 1]])), "damaged, `domain`"),
        (lambda h, a: a["core"].fill(np.nan), "damaged, "),
    ],
)
def test_damaged_contents(tmp_path, function, change, message):
    path = tmp_path / "f.npz"
    function.save(path)
    rewrite(path, change)
    with pytest.raises(ValueError, match=r"f\.npz: " + message):
        ct.load(path)


def test_files_of_other_kinds(tmp_path, function):
    np.savez(tmp_path / "particles.npz", x=np.zeros((1, 3)), q=np.ones(1))
    with pytest.raises(ValueError, match="not a file of chebtucker .it has no header"):
        ct.load(tmp_path / "particles.npz")
    function.save(tmp_path / "f.npz")
    with pytest.raises(ValueError, match="holds a saved function or potential; use chebtucker.lo"):
        ct.read_particles(tmp_path / "f.npz")
    with pytest.raises(FileNotFoundError, match=r"nothing\.npz"):
        ct.load(tmp_path / "nothing.npz")
    (tmp_path / "empty.npz").touch()
    with pytest.raises(ValueError, match=r"empty\.npz: the file is empty"):
        ct.load(tmp_path / "empty.npz")


def test_a_kernel_of_the_users_own_is_not_saved(tmp_path, potential):
    from dataclasses import replace

    class Own(type(potential.kernel)):
        pass

    class Other:
        screening = 1.0

    with pytest.raises(ValueError, match="`kernel` must be Newton or Yukawa for a potential to"):
        replace(potential, kernel=Other()).save(tmp_path / "v.npz")


@given(place=st.integers(0, 10**6), value=st.integers(0, 255), cut=st.integers(0, 10**6))
@settings(max_examples=200, deadline=None)
def test_no_damage_does_more_than_raise(tmp_path_factory, place, value, cut):
    folder = tmp_path_factory.getbasetemp()
    sound = folder / "sound.npz"
    if not sound.exists():
        tucker = ct.TuckerTensor(np.ones((1, 1)), (np.ones((2, 1)), np.ones((3, 1))))
        ct.ChebTuck(tucker, [(0, 1), (0, 1)]).save(sound)
    raw = bytearray(sound.read_bytes())
    raw[place % len(raw)] = value
    if cut % 3 == 0:
        raw = raw[: cut % len(raw)]
    damaged = folder / "damaged-native.npz"
    damaged.write_bytes(raw)
    with contextlib.suppress(ValueError, OSError):
        ct.load(damaged)
    shutil.rmtree(folder / "none", ignore_errors=True)
