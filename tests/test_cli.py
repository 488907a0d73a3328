"""The command line as a newcomer uses it, and what it says when things go wrong."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.cli import main
from chebtucker.systems.examples import example_file
from chebtucker.units import potential_factor

PROTEIN = str(example_file())


@pytest.fixture
def small(tmp_path, rng, monkeypatch):
    """A file of 40 ions in an empty current folder."""
    monkeypatch.chdir(tmp_path)
    table = np.column_stack([rng.uniform(0, 10, (40, 3)), rng.choice([-1, 1], 40)])
    np.savetxt("ions.csv", table, delimiter=",")
    return tmp_path


def files(folder):
    return sorted(p.name for p in Path(folder).iterdir())


def test_potential_grid_evaluate_info(small, capsys):
    make = "potential ions.csv --rtol 1e-4 --save v.npz --grid 9 --output v.dx"
    assert main(make.split()) == 0
    said = capsys.readouterr()
    assert "grid 9 x 9 x 9: 729 points" in said.out
    assert "wrote v.npz" in said.out
    assert "error, near atoms" in said.out
    assert said.err == ""  # no progress bar where there is no terminal
    assert main(["grid", "v.npz", "--shape", "4", "5", "6", "--output", "v.vti"]) == 0
    assert main(["info", "v.npz"]) == 0
    assert "Potential(40 particles" in capsys.readouterr().out
    Path("points.csv").write_text("x,y,z\n5,5,5\n1,2,3\n")
    evaluate = "evaluate v.npz points.csv --output values.csv --field --units V"
    assert main(evaluate.split()) == 0
    V = ct.load("v.npz")
    factor = potential_factor("V")
    points = np.array([[5.0, 5, 5], [1, 2, 3]])
    table = np.loadtxt("values.csv", delimiter=",", skiprows=1)
    assert_allclose(table[:, 3], factor * V(points), rtol=1e-10)
    assert_allclose(table[:, 4:], -factor * V.gradient(points), rtol=1e-10)


@pytest.mark.parametrize("units", ["e/A", "kT/e", "kcal/mol/e", "V"])
def test_units_of_a_grid(small, units):
    grid_data = pytest.importorskip("gridData")
    main(["potential", "ions.csv", "--rtol", "1e-3", "--save", "v.npz"])
    main(["grid", "v.npz", "--shape", "5", "--output", "v.dx", "--units", units])
    expected = ct.load("v.npz").on_grid(5, 5, 5) * potential_factor(units)
    assert_allclose(grid_data.Grid("v.dx").grid, expected, rtol=1e-6)


def test_yukawa_domain_cube_and_picture(small, capsys):
    command = (
        "potential ions.csv --rtol 1e-3 --kernel yukawa --screening 0.5 --grid 5 6 7 "
        "--domain 0 10 0 10 -1 11 --output v.cube --save v.npz --plot v.png"
    )
    assert main(command.split()) == 0
    V = ct.load("v.npz")
    assert V.kernel == ct.Yukawa(0.5)
    assert_allclose(V.domain, [[0, 10], [0, 10], [-1, 11]])
    assert Path("v.png").read_bytes().startswith(b"\x89PNG")
    assert "Hartree/e" in Path("v.cube").read_text()


def test_demo(tmp_path, capsys):
    assert main(["demo", "--output", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert files(tmp_path / "out") == ["1ubi.dx", "1ubi.npz", "1ubi.png"]
    for word in ("1,231", "degree", "rank", "Gaussians", "cutoff", "numbers stored", "compiling"):
        assert word in said
    V = ct.load(tmp_path / "out" / "1ubi.npz")
    assert V.report().error <= 1e-6


BAD = {
    "no command": ("", "the following arguments are required: COMMAND"),
    "unknown command": ("paint", "invalid choice: 'paint'"),
    "missing file": ("potential nothing.pqr", "nothing.pqr: No such file"),
    "empty file": ("potential empty.pqr", "empty.pqr: the file is empty"),
    "binary file": ("potential binary.pqr", "binary.pqr: the file is binary"),
    "truncated file": ("potential cut.pqr", "cut.pqr, line 2: an atom needs"),
    "wrong ending": ("potential ions.txt", "ions.txt: the ending must be one of"),
    "wrong content": ("potential wrong.xyz", "wrong.xyz, line 1: the number of atoms"),
    "nan": ("potential nan.csv", "nan.csv, line 1: x must be finite"),
    "inf charge": ("potential inf.csv", "inf.csv, line 1: charge must be finite"),
    "no charges": ("potential bare.xyz", "bare.xyz, line 3: an atom needs element, x, y, z and a"),
    "grid of none": ("potential ions.csv --grid 0 --output v.dx", "at least 1 point an axis"),
    "huge grid": ("potential ions.csv --grid 10000 --output v.dx", "8,000.0 GB of memory"),
    "grid of two": ("potential ions.csv --grid 5 5 --output v.dx", "one number of points or three"),
    "grid, no output": ("potential ions.csv --grid 5", "`--output` must be a file"),
    "bad output": ("potential ions.csv --output v.foo", "`--output` must end in .dx, .cube, .vti"),
    "no folder": ("potential ions.csv --output none/v.dx", "none/v.dx: the folder"),
    "no folder to save": ("potential ions.csv --save none/v.npz", "none/v.npz: the folder"),
    "bad save": ("potential ions.csv --save v.foo", "`--save` must end in .npz"),
    "bad plot": ("potential ions.csv --plot v.foo", "`--plot` must end in .png"),
    "unknown unit": ("potential ions.csv --units furlong", "`units` must be one of"),
    "cube in volts": ("potential ions.csv --units V --output v.cube", "leave out --units"),
    "bad rtol": ("potential ions.csv --rtol 2", "`rtol` must be in"),
    "text as rtol": ("potential ions.csv --rtol x", "invalid float value: 'x'"),
    "no screening": ("potential ions.csv --kernel yukawa", "`--screening` must be given"),
    "needless screening": ("potential ions.csv --screening 1", "`--screening` must be given"),
    "bad domain": ("potential ions.csv --domain 0 1 1 0 0 1", "`domain` must be a box with lo <"),
    "corrupted npz": ("info damaged.npz", "damaged.npz: not a sound .npz file"),
    "particles as potential": ("info particles.npz", "particles.npz: not a file of chebtucker"),
    "function as potential": ("grid f.npz --shape 4 --output v.dx", "must hold a potential"),
    "sets on a grid": ("grid sets.npz --shape 4 --output v.cube", "got 2 charge sets; save one"),
    "sets in slabs": ("grid sets.npz --shape 4 --output v.npy", "got 2 charge sets; save one"),
    "sets at points": ("evaluate sets.npz far.csv --output w.csv", "got 2 charge sets; save one"),
    "charge sets": ("potential charges.npz --output v.dx", "got 2 charge sets; --save keeps"),
    "picture of sets": ("potential charges.npz --plot v.png", "got 2 charge sets; --save keeps"),
    "missing points": ("evaluate v.npz none.csv --output w.csv", "none.csv: No such file"),
    "far points": ("evaluate v.npz far.csv --output w.csv", "`points` must be inside the domain"),
    "a folder as target": ("grid v.npz --shape 4 --output folder.dx", "folder.dx: Is a directory"),
}


@pytest.fixture(scope="module")
def mess(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mess")
    rng = np.random.default_rng(3)
    ions = np.column_stack([rng.uniform(0, 10, (40, 3)), rng.choice([-1, 1], 40)])
    for name in ("ions.csv", "ions.txt"):
        np.savetxt(folder / name, ions, delimiter=",")
    lines = Path(PROTEIN).read_text().splitlines()
    (folder / "empty.pqr").touch()
    (folder / "binary.pqr").write_bytes(bytes(range(256)))
    (folder / "cut.pqr").write_text(lines[0] + "\n" + lines[1][:40])
    (folder / "wrong.xyz").write_text("\n".join(lines[:5]))
    (folder / "bare.xyz").write_text("1\n\nO 1 2 3\n")
    (folder / "nan.csv").write_text("nan,1,1,1\n")
    (folder / "inf.csv").write_text("1,1,1,inf\n")
    (folder / "far.csv").write_text("100,1,1\n")
    (folder / "damaged.npz").write_bytes(b"PK\3\4 and so on")
    np.savez(folder / "particles.npz", x=ions[:, :3], q=ions[:, 3])
    tucker = ct.TuckerTensor(np.ones((1,)), (np.ones((2, 1)),))
    ct.ChebTuck(tucker, [(0, 1)]).save(folder / "f.npz")
    np.savez(folder / "charges.npz", x=ions[:, :3], q=[ions[:, 3], 2 * ions[:, 3]])
    V = ct.potential(ct.ParticleSystem(ions[:, :3], ions[:, 3]), rtol=1e-3)
    V.save(folder / "v.npz")
    V.with_charges([ions[:, 3], 2 * ions[:, 3]]).save(folder / "sets.npz")
    (folder / "folder.dx").mkdir()
    return folder


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_line_exit_code_2_and_no_output(mess, kind, monkeypatch, capsys):
    monkeypatch.chdir(mess)
    before = files(mess)
    command, message = BAD[kind]
    try:
        code = main(command.split())
    except SystemExit as stop:  # argparse
        code = stop.code
    error = capsys.readouterr().err
    assert code == 2
    assert message in error
    assert error.count("\n") == 1
    assert error.startswith("chebtucker")
    assert files(mess) == before


def test_a_full_disk_leaves_nothing(small, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    main(["potential", "ions.csv", "--rtol", "1e-2", "--save", "v.npz"])
    before = files(small)
    monkeypatch.setattr("chebtucker.io.dx._write_numbers", full)
    monkeypatch.setattr("chebtucker.io.slab_layouts.Layout.encoded", full)
    for command in ("grid v.npz --shape 4", "potential ions.csv --rtol 1e-2 --grid 4"):
        assert main([*command.split(), "--output", "v.dx"]) == 2
        assert "v.dx: No space left on device" in capsys.readouterr().err
        assert files(small) == before


def test_a_tolerance_out_of_reach_is_a_warning_on_one_line(small, capsys):
    Path("pair.csv").write_text("0,0,0,1\n1e-9,0,0,-1\n")
    command = "potential pair.csv --rtol 1e-10 --domain -1 1 -1 1 -1 1"
    assert main(command.split()) == 0
    error = capsys.readouterr().err
    assert error.startswith("chebtucker: warning: the potential has relative error")
    assert error.count("\n") == 1


def test_as_a_program(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "chebtucker", "potential", "nothing.pqr"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert run.returncode == 2
    assert run.stderr == "chebtucker: nothing.pqr: No such file or directory\n"
    assert run.stdout == ""


def test_help_and_version(capsys):
    for option in ("--help", "--version"):
        with pytest.raises(SystemExit) as stop:
            main([option])
        assert stop.value.code == 0
    assert "potential" in capsys.readouterr().out
