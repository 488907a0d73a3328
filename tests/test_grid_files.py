"""Grids from OpenDX and cube files: round trips, others' files, broken files."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.io import grid_data

DOMAIN = np.array([[-1.0, 2.0], [10.0, 10.5], [-3.0, -2.0]])
BOHR = 0.529177210903


@pytest.mark.parametrize("shape", [(4, 3, 5), (1, 1, 1), (1, 2, 2), (7, 1, 3), (40, 60, 50)])
def test_what_is_written_is_read_back(tmp_path, rng, shape):
    values = rng.normal(size=shape)
    ct.write_dx(tmp_path / "v.dx", values, DOMAIN, comment="made by hand")
    read, domain = grid = ct.read_dx(tmp_path / "v.dx")
    assert_allclose(read, values, rtol=1e-6)
    assert_allclose(domain, DOMAIN)
    assert grid.comment == "made by hand"
    ct.write_cube(tmp_path / "v.cube", values, DOMAIN, comment="made by hand")
    read, domain = grid = ct.read_cube(tmp_path / "v.cube", unit="Hartree/e")
    assert_allclose(read, values, rtol=1e-8)
    assert_allclose(domain, DOMAIN, atol=1e-9)
    assert grid.comment == "made by hand"
    assert_allclose(ct.read_cube(tmp_path / "v.cube").values, values * BOHR, rtol=1e-8)


def test_a_dx_file_of_griddataformats(tmp_path, rng):
    grid_data_formats = pytest.importorskip("gridData")
    values = rng.normal(size=(4, 3, 5))
    grid = grid_data_formats.Grid(values, origin=[1.0, -2.0, 3.0], delta=[0.5, 0.25, 2.0])
    grid.export(str(tmp_path / "v.dx"))
    read, domain = ct.read_dx(tmp_path / "v.dx")
    assert_allclose(read, values, rtol=1e-6)
    assert_allclose(domain, [[1, 2.5], [-2, -1.5], [3, 11]])


def test_a_cube_file_of_ase(tmp_path, rng):
    ase = pytest.importorskip("ase")
    cube = pytest.importorskip("ase.io.cube")
    values = rng.normal(size=(4, 5, 6))
    atoms = ase.Atoms("CO", positions=[[0, 0, 0], [0.5, 0.2, 1.1]], cell=[4.0, 2.5, 3.0])
    with (tmp_path / "v.cube").open("w") as file:
        cube.write_cube(file, atoms, data=values, origin=[0.5, 0.0, -1.0])
    grid = ct.read_cube(tmp_path / "v.cube")
    assert_allclose(grid.values, values, rtol=1e-5)
    steps = np.array([4.0, 2.5, 3.0]) / values.shape  # ase divides the cell by the counts
    low = np.array([0.5, 0.0, -1.0])
    assert_allclose(grid.domain, np.stack([low, low + steps * [3, 4, 5]], axis=1), atol=1e-5)
    assert grid.system.names == ("C", "O")
    assert_allclose(grid.system.positions, atoms.positions, atol=1e-5)


DX = """# Data from APBS 3.4.1
#
# POTENTIAL (kT/e)
#
object 1 class gridpositions counts 2 2 3
origin -1.5e+00 0.0 2.0
delta 1.0 0.000000e+00 0
delta 0 0.5 0
delta 0 0 0.25
object 2 class gridconnections counts 2 2 3
object 3 class array type double rank 0 items 12 data follows
0 1 2
3 4 5
6 7 8
9 1e1 -1.1E+01
attribute "dep" string "positions"
object "regular positions regular connections" class field
component "positions" value 1
component "connections" value 2
component "data" value 3
"""
CUBE = """a potential
z fastest
    1   -1.5    0.0    2.0
    2    1.0    0.0    0.0
    2    0.0    0.5    0.0
    3    0.0    0.0    0.25
    8    0.5   1.0  2.0  3.0
0 1 2
3 4 5
6 7 8
9 10 -11
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_file_as_apbs_writes_it(write, newline):
    grid = ct.read_dx(write("a.dx", DX.replace("\n", newline)))
    assert_allclose(grid.values.ravel(), [*range(11), -11])
    assert grid.values[1, 0, 2] == 8
    assert_allclose(grid.domain, [[-1.5, -0.5], [0, 0.5], [2, 2.5]])
    assert "POTENTIAL (kT/e)" in grid.comment
    text = DX.replace("0 1 2\n3 4 5\n6 7 8\n", "0 1 2 3 4 5 6\n\n7 8\n").split("attribute")[0]
    assert_allclose(ct.read_dx(write("b.dx", text)).values, grid.values)
    assert repr(grid) == "GridData(shape=(2, 2, 3), domain=[-1.5, -0.5] x [0, 0.5] x [2, 2.5])"


def test_cube_units_and_orbitals(write):
    grid = ct.read_cube(write("a.cube", CUBE))
    assert_allclose(grid.domain, np.array([[-1.5, -0.5], [0, 0.5], [2, 2.5]]) * BOHR)
    assert_allclose(grid.values.ravel(), [*range(11), -11])
    assert_allclose(grid.system.positions, np.array([[1.0, 2, 3]]) * BOHR)
    assert grid.system.charges == [0.5]
    angstrom = CUBE.replace("    2    1.0", "   -2    1.0")
    angstrom = angstrom.replace("    2    0.0", "   -2    0.0").replace(
        "    3    0.0", "   -3    0.0"
    )
    grid = ct.read_cube(write("b.cube", angstrom))
    assert_allclose(grid.domain, [[-1.5, -0.5], [0, 0.5], [2, 2.5]])
    assert_allclose(grid.system.positions, [[1.0, 2, 3]])
    orbital = CUBE.replace("    1   -1.5", "   -1   -1.5").replace(
        "3.0\n0 1", "3.0\n    1   21\n0 1"
    )
    assert_allclose(ct.read_cube(write("c.cube", orbital)).values, grid.values)
    many = CUBE.replace("2.0\n    2", "2.0    1\n    2")
    assert_allclose(ct.read_cube(write("d.cube", many)).values, grid.values)


def test_from_file_to_function(tmp_path):
    axes = [np.linspace(lo, hi, n) for (lo, hi), n in zip(DOMAIN, (40, 30, 35), strict=True)]
    x, y, z = np.ix_(*axes)
    ct.write_dx(tmp_path / "v.dx", np.exp(-x) * np.cos(y + z), DOMAIN)
    f = ct.from_grid(*ct.read_dx(tmp_path / "v.dx"), grid="nodes", rtol=1e-6, spline_degree=3)
    points = np.random.default_rng(0).uniform(*DOMAIN.T, (200, 3))
    exact = np.exp(-points[:, 0]) * np.cos(points[:, 1] + points[:, 2])
    assert np.abs(f(points) - exact).max() <= f.error <= 1e-3
    with pytest.raises(ValueError, match="`domain` must be an array of shape"):
        ct.GridData(np.zeros((2, 3)), DOMAIN)


def test_numbers_are_converted_in_pieces(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(grid_data, "_CHUNK", 10)
    values = rng.normal(size=(5, 4, 7))
    ct.write_dx(tmp_path / "v.dx", values, DOMAIN)
    assert_allclose(ct.read_dx(tmp_path / "v.dx").values, values, rtol=1e-6)
    text = (tmp_path / "v.dx").read_text().splitlines()
    text[30] = "1 2 x"
    (tmp_path / "v.dx").write_text("\n".join(text))
    with pytest.raises(ValueError, match="v.dx, line 31: a value must be a number, got 'x'"):
        ct.read_dx(tmp_path / "v.dx")


BAD_DX = {
    "empty": ("", "a.dx: the file is empty"),
    "binary": ("\0" * 20, "a.dx: the file is binary, not text"),
    "another format": ("ATOM 1 2 3\n", "line 1: an object of class gridpositions must be here"),
    "comments only": ("# a\n", "ends before an object of class gridpositions; is it an OpenDX"),
    "cut in the head": (DX[:150], "ends before the steps of the grid; it was cut short"),
    "cut in the data": (DX[: DX.index("6 7")], "a.dx: the file has 6 of 12 values; it was cut"),
    "a line lost": (DX.replace("6 7 8\n", ""), "line 15: the data end after 9 of 12 values"),
    "a line twice": (DX.replace("6 7 8\n", "6 7 8\n6 7 8\n"), "line 16: there are more than the 12"),
    "one too many": (DX.replace("-1.1E+01", "-11 12"), "line 15: there are more than the 12"),
    "nan": (DX.replace("4 5", "nan 5"), "line 13: a value must be finite, got 'nan'"),
    "letters": (DX.replace("4 5", "4 5f"), "line 13: a value must be a number, got '5f'"),
    "items": (DX.replace("items 12", "items 11"), "line 11: the grid has 12 points and the array 11"),
    "no items": (DX.replace("items 12 ", ""), "line 11: the number of items must be an integer"),
    "connections": (DX.replace("ns counts 2 2 3\nobject 3", "ns counts 2 3 3\nobject 3"), "line 10: the"),
    "two counts": (DX.replace("counts 2 2 3", "counts 2 6"), "line 5: `counts` and three numbers"),
    "no counts": (DX.replace("counts 2 2 3", ""), "line 5: `counts` and three numbers must be here"),
    "zero": (DX.replace("counts 2 2 3", "counts 2 0 3"), "line 5: a count must be at least 1, got 0"),
    "fraction": (DX.replace("counts 2 2 3", "counts 2 2.5 3"), "line 5: a count must be an integer"),
    "huge": (DX.replace("counts 2 2 3", "counts 9999999 9999999 99"), "values does not fit into a file"),
    "skew": (DX.replace("delta 0 0.5 0", "delta 0.1 0.5 0"), "the axes of the grid must be along x, y"),
    "turned": (DX.replace("delta 0 0.5 0", "delta 0 0 0.5"), "the axes of the grid must be along x, y"),
    "backwards": (DX.replace("delta 0 0.5 0", "delta 0 -0.5 0"), "steps of the grid must be positive"),
    "no step": (DX.replace("delta 0 0.5 0", "delta 0 0 0"), "steps of the grid must be positive"),
    "far away": (DX.replace("delta 0 0 0.25", "delta 0 0 1e308"), "must end within the range of floats"),
    "tiny step": (DX.replace("delta 0 0 0.25", "delta 0 0 1e-30"), "vanish beside its origin"),
    "short step": (DX.replace("delta 0 0.5 0", "delta 0 0.5"), "line 8: a step must be three numbers"),
    "bad origin": (DX.replace("0.0 2.0", "0.0 inf"), "line 6: the origin must be finite"),
    "vectors": (DX.replace("rank 0", "rank 1 shape 3"), "line 11: the data must be scalars, got rank 1"),
    "elsewhere": (DX.replace("data follows", "data file v.bin"), "line 11: the data must follow as text"),
    "other lines": (DX.replace("origin", "centre"), "line 6: `origin` or `delta` must be here"),
}  # fmt: skip
BAD_CUBE = {
    "empty": ("", "a.cube: the file is empty"),
    "comments only": ("a\nb\n", "ends before the number of atoms; it was cut short"),
    "one line": ("a\n", "ends before its second comment"),
    "no number": (CUBE.replace("    1   -1.5", "    x   -1.5"), "line 3: the number of atoms must be"),
    "cut": (CUBE[: CUBE.index("6 7")], "the file has 6 of 12 values; it was cut short"),
    "cut before the atoms": (CUBE[: CUBE.index("    8")], "ends before atom 1 of 1; it was cut short"),
    "too many": (CUBE + "12\n", "line 12: there are more than the 12 values that the grid has"),
    "nan": (CUBE.replace("4 5", "nan 5"), "line 9: a value must be finite, got 'nan'"),
    "skew": (CUBE.replace("0.0    0.5", "0.1    0.5"), "line 6: the axes of the grid must be along"),
    "backwards": (CUBE.replace("0.0    0.5", "0.0   -0.5"), "line 6: the steps of the grid must be pos"),
    "zero": (CUBE.replace("    3    0.0", "    0    0.0"), "line 6: the count along z must be at least"),
    "huge": (CUBE.replace("    3    0.0", "  999999999  0.0"), "values does not fit into a file of"),
    "short atom": (CUBE.replace("1.0  2.0  3.0", "1.0 2.0"), "line 7: an atom needs number, charge"),
    "bad atom": (CUBE.replace("1.0  2.0  3.0", "1.0 2.0 x"), "line 7: a number of an atom must be a"),
    "strange atom": (CUBE.replace("    8    0.5", "  1e30   0.5"), "line 7: the atomic number"),
    "several": (CUBE.replace("2.0\n    2", "2.0    3\n    2"), "line 3: the file must have one value a"),
    "orbitals": (
        CUBE.replace("    1   -1.5", "   -1   -1.5").replace("3.0\n0 1", "3.0\n    2   21 22\n0 1"),
        "line 8: the file must hold one orbital, got '2   21 22'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_DX)
def test_bad_dx_files_name_what_is_wrong(write, kind):
    content, message = BAD_DX[kind]
    with pytest.raises(ValueError, match=message):
        ct.read_dx(write("a.dx", content))


@pytest.mark.parametrize("kind", BAD_CUBE)
def test_bad_cube_files_name_what_is_wrong(write, kind):
    content, message = BAD_CUBE[kind]
    with pytest.raises(ValueError, match=message):
        ct.read_cube(write("a.cube", content))


def test_missing_files_and_units(tmp_path, write):
    for read in (ct.read_dx, ct.read_cube):
        with pytest.raises(FileNotFoundError, match="nothing"):
            read(tmp_path / "nothing")
        with pytest.raises(OSError, match=tmp_path.name):
            read(tmp_path)
    with pytest.raises(ValueError, match="`unit`|unit"):
        ct.read_cube(write("a.cube", CUBE), unit="furlong")


NUMBERS = st.one_of(
    st.floats().map(str), st.integers(-3, 10**20).map(str), st.sampled_from(["", "x"])
)
ROWS = st.builds(" ".join, st.lists(NUMBERS, max_size=6))
LIKE_DX = st.lists(
    st.one_of(ROWS, ROWS.map("delta {}".format), st.sampled_from(DX.splitlines())), max_size=16
).map("\n".join)
LIKE_CUBE = st.lists(st.one_of(ROWS, st.sampled_from(CUBE.splitlines())), max_size=14).map(
    "\n".join
)


@pytest.mark.parametrize(("read", "sound"), [(ct.read_dx, DX), (ct.read_cube, CUBE)])
@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_nothing_but_clear_errors_escapes(tmp_path_factory, read, sound, data):
    path = tmp_path_factory.getbasetemp() / f"fuzz.{read.__name__}"
    raw = bytearray(sound.encode())
    for _ in range(data.draw(st.integers(0, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(1, 255))
    like = LIKE_DX if read is ct.read_dx else LIKE_CUBE
    choices = [st.just(bytes(raw)), like.map(str.encode), st.binary(max_size=100)]
    path.write_bytes(data.draw(st.one_of(choices)))
    try:
        grid = read(path)
    except (ValueError, OSError) as error:
        assert "\n" not in str(error)
        assert path.name in str(error)
    else:
        assert np.isfinite(grid.values).all()
        assert (grid.domain[:, 0] < grid.domain[:, 1]).all()


@given(cut=st.integers(0, len(DX)))
@settings(max_examples=60, deadline=None)
def test_a_file_cut_anywhere_is_whole_or_an_error(tmp_path_factory, cut):
    path = tmp_path_factory.getbasetemp() / "cut.dx"
    path.write_text(DX[:cut])
    with contextlib.suppress(ValueError):
        values = ct.read_dx(path).values
        assert_allclose(values.ravel()[:-1], range(11))
