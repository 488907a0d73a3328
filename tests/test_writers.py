"""Grids in files, read back by others' readers."""

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.io.atomic import whole_file
from chebtucker.io.tables import write_table

DOMAIN = np.array([[-1.0, 2.0], [10.0, 10.5], [-3.0, -2.0]])
BOHR = 0.529177210903
HARTREE_PER_E_ANGSTROM = 0.529177210903  # e/Angstrom = 0.529... Hartree/e


@pytest.fixture
def values(rng):
    return rng.normal(size=(4, 3, 5))  # 60 values: no whole number of rows of 3 or 6 a plane


def test_dx_is_read_back_by_griddataformats(tmp_path, values):
    grid_data = pytest.importorskip("gridData")
    path = tmp_path / "v.dx"
    ct.write_dx(path, values, DOMAIN)
    grid = grid_data.Grid(str(path))
    assert_allclose(grid.grid, values, rtol=1e-6)
    assert_allclose(grid.origin, DOMAIN[:, 0])
    assert_allclose(grid.delta, [1.0, 0.25, 0.25])
    for axis, mid in enumerate(grid.midpoints):
        assert_allclose([mid[0], mid[-1]], DOMAIN[axis])


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 2, 2), (2, 1, 1), (7, 1, 3)])
def test_dx_of_odd_sizes(tmp_path, rng, shape):
    grid_data = pytest.importorskip("gridData")
    values = rng.normal(size=shape)
    ct.write_dx(tmp_path / "v.dx", values, DOMAIN)
    assert_allclose(grid_data.Grid(str(tmp_path / "v.dx")).grid, values, rtol=1e-6)
    text = (tmp_path / "v.dx").read_text()
    data = text.split("follows\n")[1].split("attribute")[0].splitlines()
    assert all(len(line.split()) == 3 for line in data[:-1])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_cube_is_read_back_by_ase(tmp_path, values):
    cube = pytest.importorskip("ase.io.cube")
    atoms = ct.ParticleSystem(
        [[0.0, 10.1, -2.5], [1.0, 10.2, -2.0]], [0.5, -0.5], names=["CA", "HG21"]
    )
    path = tmp_path / "v.cube"
    ct.write_cube(path, values, DOMAIN, system=atoms)
    with path.open() as file:
        read = cube.read_cube(file)
    assert_allclose(read["data"], values * HARTREE_PER_E_ANGSTROM, rtol=1e-8)
    assert_allclose(read["atoms"].positions, atoms.positions, atol=1e-8)
    assert read["atoms"].numbers.tolist() == [6, 1]
    assert_allclose(read["origin"], DOMAIN[:, 0], atol=1e-8)
    assert_allclose(np.diag(read["spacing"]), [1.0, 0.25, 0.25], atol=1e-8)
    assert "Bohr" in path.read_text().splitlines()[1]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_vti(tmp_path, values, dtype):
    path = tmp_path / "v.vti"
    ct.write_vti(path, values.astype(dtype), DOMAIN, name='a "name"')
    head, data = path.read_bytes().split(b'<AppendedData encoding="raw">\n_', 1)
    image = ET.fromstring(head + b"</VTKFile>")[0]
    assert image.get("WholeExtent") == "0 3 0 2 0 4"
    assert_allclose(np.fromstring(image.get("Origin"), sep=" "), DOMAIN[:, 0])
    assert_allclose(np.fromstring(image.get("Spacing"), sep=" "), [1.0, 0.25, 0.25])
    size = int.from_bytes(data[:8], "little")
    read = np.frombuffer(data[8 : 8 + size], dtype=np.dtype(dtype).newbyteorder("<"))
    assert_allclose(read.reshape(values.shape[::-1]).T, values.astype(dtype), rtol=0)
    assert image.find(".//DataArray").get("Name") == 'a "name"'


def test_infinite_values_are_written_as_large_numbers(tmp_path, values):
    grid_data = pytest.importorskip("gridData")
    values[1, 2, 3] = -np.inf
    ct.write_dx(tmp_path / "v.dx", values, DOMAIN)
    assert grid_data.Grid(str(tmp_path / "v.dx")).grid[1, 2, 3] == pytest.approx(-3.4e38, rel=0.01)


def test_table(tmp_path):
    write_table(tmp_path / "v.csv", {"x": np.array([1.0, 2]), "value": np.array([0.1, 1e-20])})
    assert (tmp_path / "v.csv").read_text() == "x,value\n1,0.1\n2,1e-20\n"


WRITERS = {".dx": ct.write_dx, ".cube": ct.write_cube, ".vti": ct.write_vti}


def test_atoms_of_a_cube_have_one_charge_each(tmp_path, values):
    sets = ct.ParticleSystem([[0, 0, 0], [1, 2, 3]], [[1, 2], [3, 4], [5, 6]])
    with pytest.raises(ValueError, match="`system` must have one charge .*, got 3 charge sets"):
        ct.write_cube(tmp_path / "v.cube", values, DOMAIN, system=sets)
    with pytest.raises(TypeError, match="`system` must be a ParticleSystem, got Lattice"):
        ct.write_cube(tmp_path / "v.cube", values, DOMAIN, system=ct.Lattice.rock_salt((1, 1, 1)))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("ending", WRITERS)
def test_errors(tmp_path, values, ending):
    write = WRITERS[ending]
    with pytest.raises(ValueError, match=f"`path` must end in {ending}, got .*v.txt"):
        write(tmp_path / "v.txt", values, DOMAIN)
    with pytest.raises(ValueError, match="`values` must be a non-empty array of 3 dimensions"):
        write(tmp_path / f"v{ending}", values[0], DOMAIN)
    with pytest.raises(TypeError, match="`values` must be an array of real numbers"):
        write(tmp_path / f"v{ending}", values + 1j, DOMAIN)
    with pytest.raises(ValueError, match=r"`domain` must be an array of shape \(3, 2\)"):
        write(tmp_path / f"v{ending}", values, DOMAIN[:2])
    with pytest.raises(OSError, match=f"nowhere.*v{ending}"):
        write(tmp_path / "nowhere" / f"v{ending}", values, DOMAIN)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("ending", WRITERS)
def test_nothing_is_left_when_the_disk_is_full(tmp_path, values, ending, monkeypatch):
    target = tmp_path / f"v{ending}"
    target.write_text("what was there before")

    class Full:
        def __init__(self, file):
            self.file, self.room = file, 300

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, data):
            self.room -= len(data)
            if self.room < 0:
                raise OSError(28, "No space left on device")
            return self.file.write(data)

    opened = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda *args: Full(opened(*args)))
    with pytest.raises(OSError, match=f"No space left on device.*v{ending}"):
        WRITERS[ending](target, values, DOMAIN)
    assert os.listdir(tmp_path) == [target.name]
    assert target.read_text() == "what was there before"


def test_a_file_is_whole_or_absent(tmp_path):
    target = tmp_path / "a.txt"

    def interrupted():
        with whole_file(target) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert os.listdir(tmp_path) == []
    with whole_file(target) as file:
        file.write(b"all")
    assert target.read_bytes() == b"all"
    assert Path(target).stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
