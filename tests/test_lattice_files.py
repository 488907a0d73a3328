"""Crystals on the command line and in files."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.cli import main


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_saved_and_loaded(rng):
    extra = ct.ParticleSystem([[1.0, 2.0, 9.0]], [0.5], names=["X"])
    crystal = ct.Lattice.fluorite(
        (3, 4, 2), 2.0, missing=[(1, 2, 0, 11)], substituted={(0, 0, 1, 2): -1.5}, extra=extra,
        origin=(1.0, 0.0, -2.0),
    )  # fmt: skip
    V = ct.potential(crystal, rtol=1e-7, prefactor=3.0)
    V.save("v.npz")
    W = ct.load("v.npz")
    assert repr(W) == repr(V)
    assert repr(W.system) == repr(crystal)
    points = rng.uniform(*V.domain.T, size=(50, 3))
    assert_allclose(W(points), V(points), rtol=1e-12)
    assert W.energy() == pytest.approx(V.energy(), rel=1e-12)
    assert W.system.to_particles().names == crystal.to_particles().names
    plain = ct.potential(ct.Lattice((1, 2, 3), [[0, 0, 0]], [1.0], (2, 2, 2)), rtol=1e-3)
    plain.save("plain.npz")
    assert ct.load("plain.npz").system.names is None


def test_lattice_command(capsys):
    command = (
        "lattice rock-salt --repeats 20 30 25 --spacing 2.8 --vacancy 10,12,11,0 --rtol 1e-5 "
        "--substitute 10,12,12,4,-2 --domain 50 62 60 76 56 70 "
        "--grid 7 8 9 --output v.cube --save v.npz --plot v.png"
    )
    assert main(command.split()) == 0
    said = capsys.readouterr()
    assert "rock-salt: Lattice(20 x 30 x 25 cells of 8 sites, 119,999 particles" in said.out
    assert said.err == ""
    values, domain = (lambda grid: (grid.values, grid.domain))(ct.read_cube("v.cube"))
    crystal = ct.Lattice.rock_salt(
        (20, 30, 25), 2.8, missing=[(10, 12, 11, 0)], substituted={(10, 12, 12, 4): -2.0}
    )
    V = ct.load("v.npz")
    assert_allclose(V.domain, [(50, 62), (60, 76), (56, 70)])
    points = np.array([[56.1, 67.3, 61.7], [51.0, 75.5, 60.2]])
    assert_allclose(V(points), ct.direct_potential(crystal.to_particles(), points), rtol=1e-4)
    assert values.shape == (7, 8, 9)
    assert Path("v.png").stat().st_size > 1000
    assert len(domain) == 3
    atoms = int(Path("v.cube").read_text().splitlines()[2].split()[0])
    assert abs(atoms) == len(crystal.to_particles(V.domain))
    assert main(["grid", "v.npz", "--shape", "5", "--output", "v.dx"]) == 0
    assert main(["info", "v.npz"]) == 0
    assert "CrystalPotential(119,999 particles" in capsys.readouterr().out


def test_a_grid_beside_the_crystal_has_no_atoms():
    command = "lattice wurtzite --repeats 3 2 4 --domain -9 -5 0 3 0 4 --grid 4 --output v.cube"
    assert main([*command.split(), "--plot", "v.png"]) == 0
    assert int(Path("v.cube").read_text().splitlines()[2].split()[0]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("foo --repeats 1 1 1", "the structure must be one of rock-salt, .* or a .cif file, got"),
        ("rock-salt --repeats 1 1 1 --vacancy 1,2", "`--vacancy` must be I,J,K,S with whole"),
        ("rock-salt --repeats 1 1 1 --vacancy 1,2,3,4", r"`missing` must be sites .* below \(1, 1"),
        ("rock-salt --repeats 1 1 1 --substitute 0,0,0,x,2", "`--substitute` must be I,J,K,S,Q"),
        ("none.cif --repeats 1 1 1", "none.cif: No such file"),
        ("x.cif --repeats 1 1 1 --spacing 2", "`--spacing` must be left out with a .cif file"),
        ("rock-salt --repeats 0 1 1", "`repeats` must be an integer of at least 1, got 0"),
    ],
)
def test_errors_are_one_line(arguments, message, capsys):
    assert main(["lattice", *arguments.split()]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    with pytest.raises(ValueError, match=message):
        raise ValueError(said)
