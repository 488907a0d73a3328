"""Particles from files: real ones, awkward ones, broken ones."""

import contextlib
import gzip
import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.io.reading import READERS
from chebtucker.io.tables import read_points


@pytest.mark.parametrize(
    ("name", "atoms", "charge"),
    [
        ("Membrane-helix-0.pqr", 317, 1.0),
        ("fas2.pqr", 906, 4.053),
        ("1ubi.pqr", 1231, 0.0),
        ("mache.pqr", 8279, -10.004),
        ("4v8r.npz", 259_716, -236.0),
    ],
)
def test_real_molecules(molecule, name, atoms, charge):
    system = ct.read_particles(molecule(name))
    assert len(system) == atoms
    assert system.total_charge == pytest.approx(charge, abs=2e-3)


PQR_LINES = {
    "separate, no chain": "ATOM      1  N   MET     1      27.343  24.294   2.683  0.1592 1.8240",
    "separate, chain": "ATOM      1  N   MET A   1      27.343  24.294   2.683  0.1592 1.8240",
    "insertion code": "ATOM      1  N   MET A   1A     27.343  24.294   2.683  0.1592 1.8240",
    "hetatm": "HETATM    1  N   MET A   1      27.343  24.294   2.683  0.1592 1.8240",
    "glued serial": "HETATM100001  N   MET A   1      27.343  24.294   2.683  0.1592 1.8240",
    "glued serial of atom": "ATOM  100001 N   MET A   1      27.343  24.294   2.683  0.1592 1.8240",
    "wide serial": "ATOM   1234567  N   MET A   1      27.343  24.294   2.683  0.1592 1.8240",
    "overflowed serial": "ATOM  *****  N   MET A   1      27.343  24.294   2.683  0.1592 1.8240",
    "hexadecimal serial": "ATOM  186a0  N   MET A   1      27.343  24.294   2.683  0.1592 1.8240",
    "name of four letters": "ATOM      1 HG21 MET A   1      27.343  24.294   2.683  0.1592 1.8240",
    "glued chain and number": "ATOM      1  N   MET A1000      27.343  24.294   2.683  0.1592 1.8240",
    "no residue letters": "ATOM      1  N   MET     1      27.343  24.294   2.683  0.1592 1.8240   ",
    "exponent": "ATOM      1  N   MET     1      27.343  2.4294e1   2.683  0.1592 1.8240",
}  # fmt: skip


@pytest.mark.parametrize("kind", PQR_LINES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_pqr_lines(write, kind, newline):
    text = newline.join(["REMARK   1 made by hand", "", PQR_LINES[kind], "TER", "END", ""])
    system = ct.read_particles(write("a.pqr", text))
    assert_allclose(system.positions, [[27.343, 24.294, 2.683]])
    assert_allclose([system.charges[0], system.radii[0]], [0.1592, 1.824])
    assert system.names[0] in ("N", "HG21")


def test_pqr_coordinates_that_touch(write):
    columns = "ATOM      1  CA  MET A   1    -113.336-103.045-135.885 -0.541 1.824"
    wide = "ATOM  12345  CA  MET A 12345   -1113.336-1103.045-1135.885 -0.541 1.824"
    assert_allclose(
        ct.read_particles(write("a.pqr", columns + "\n")).positions,
        [[-113.336, -103.045, -135.885]],
    )
    assert_allclose(
        ct.read_particles(write("b.pqr", wide + "\n")).positions,
        [[-1113.336, -1103.045, -1135.885]],
    )


def test_pqr_without_radius(write):
    line = "ATOM      1  N   MET     1      27.343  24.294   2.683  0.1592"
    system = ct.read_particles(write("a.pqr", line))
    assert system.radii is None
    assert system.charges[0] == 0.1592


def test_pqr_of_more_than_99999_atoms(write, rng):
    n = 100_010
    positions = np.round(rng.uniform(-300, 300, (n, 3)), 3)
    lines = [
        f"ATOM  {k:>5d}  O   HOH A{k % 10000:4d}    {x:8.3f}{y:8.3f}{z:8.3f} -0.834 1.768"
        for k, (x, y, z) in enumerate(positions, 1)
    ]
    system = ct.read_particles(write("big.pqr", "\n".join(lines)))
    assert_allclose(system.positions, positions)
    assert_allclose(system.charges, -0.834)


def test_xyz(write):
    plain = "2\nwater\nO 0 0 0.5 -0.8\nH 1.0 2 3e0 0.4\n"
    system = ct.read_particles(write("a.xyz", plain))
    assert_allclose(system.positions, [[0, 0, 0.5], [1, 2, 3]])
    assert_allclose(system.charges, [-0.8, 0.4])
    assert system.names == ("O", "H")
    comment = 'Properties=species:S:1:mass:R:1:pos:R:3:initial_charges:R:1 pbc="F F F"'
    extended = f"1\n{comment}\nO 16.0 1 2 3 -0.8\n"
    system = ct.read_particles(write("b.xyz", extended))
    assert_allclose([*system.positions[0], *system.charges], [1, 2, 3, -0.8])


@pytest.mark.parametrize(
    "text",
    [
        "x,y,z,q\n1,2,3,-0.5\n",
        "# made by hand\n1,2,3,-0.5\n",
        "charge;Z;Y;X;name\n-0.5;3;2;1;N\n",
        "1 2 3 -0.5\n",
        "1\t2\t3\t-0.5\t1.8\n",
        "radius, X, y, z, Charge\n1.8, 1, 2, 3, -0.5\n",
    ],
)
def test_csv(write, text):
    system = ct.read_particles(write("a.csv", text))
    assert_allclose(system.positions, [[1, 2, 3]])
    assert_allclose(system.charges, [-0.5])


@pytest.mark.parametrize("names", [("x", "q"), ("positions", "charges")])
def test_npz(tmp_path, names):
    arrays = dict(zip(names, ([[1.0, 2, 3]], [-0.5]), strict=True))
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    system = ct.read_particles(tmp_path / "a.npz")
    assert_allclose([*system.positions[0], *system.charges], [1, 2, 3, -0.5])


ATOM = PQR_LINES["separate, chain"] + "\n"
BAD = {
    "empty": ("a.pqr", b"", "a.pqr: the file is empty"),
    "byte order mark": ("a.xyz", b"\xef\xbb\xbf", "a.xyz: the file is empty but for a mark"),
    "half a mark": ("a.xyz", b"\xef", "a.xyz: the file is empty but for a mark"),
    "binary": ("a.pqr", b"ATOM\0\1\2", "a.pqr: the file is binary, not text"),
    "no atoms": ("a.pqr", "REMARK nothing\n", "no ATOM or HETATM line in 1 lines"),
    "cut": ("a.pqr", ATOM + ATOM[:45], "a.pqr, line 2: an atom needs x, y, z, charge and radius"),
    "cut before radius": ("a.pqr", ATOM + ATOM[:62], "a.pqr, line 2: the radius is missing"),
    "nan": ("a.pqr", ATOM.replace("24.294", "   nan"), "line 1: y must be finite, got 'nan'"),
    "inf": ("a.pqr", ATOM.replace("0.1592", "   inf"), "line 1: the charge must be finite"),
    "letters": ("a.pqr", ATOM.replace("24.294", "24.2x4"), "line 1: an atom needs x, y, z"),
    "wrong ending": ("a.foo", ATOM, "a.foo: the ending must be one of .pqr, .xyz, .csv, .npz"),
    "pqr as xyz": ("a.xyz", ATOM, "a.xyz, line 1: the number of atoms must be an integer"),
    "pqr as csv": ("a.csv", ATOM, "a.csv: a header and no rows"),
    "pqr as npz": ("a.npz", ATOM, "a.npz: not a sound .npz file"),
    "xyz cut": ("a.xyz", "3\n\nO 1 2 3 4\n", "the file says 3 atoms and has 1; it was cut short"),
    "xyz of none": ("a.xyz", "0\n\n", "line 1: the number of atoms must be at least 1, got 0"),
    "xyz no charges": ("a.xyz", "1\n\nO 1 2 3\n", "line 3: an atom needs element, x, y, z and a"),
    "xyz no charge": ("a.xyz", "1\nProperties=species:S:1:pos:R:3\nO 1 2 3\n", "pos and a charge"),
    "xyz nan": ("a.xyz", "1\n\nO 1 nan 3 1\n", "line 3: y must be finite"),
    "csv no charge": ("a.csv", "x,y,z\n1,2,3\n", "columns x, y, z, charge are needed, charge mis"),
    "csv short row": ("a.csv", "x,y,z,q\n1,2,3\n", "a.csv, line 2: column 'charge' is missing"),
    "csv inf": ("a.csv", "1,2,inf,1\n", "a.csv, line 1: z must be finite, got 'inf'"),
    "csv letters": ("a.csv", "1,2,3,1\n1,b,3,1\n", "a.csv, line 2: y must be a number, got 'b'"),
    "csv of nothing": ("a.csv", "# only this\n", "a.csv: no table in it"),
    "csv wide": ("a.csv", "1,2,3,4,5,6,7\n", "more than 6 columns need a header"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_name_what_is_wrong(write, kind):
    name, content, message = BAD[kind]
    with pytest.raises(ValueError, match=message):
        ct.read_particles(write(name, content))


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing.pqr"):
        ct.read_particles(tmp_path / "nothing.pqr")
    (tmp_path / "folder.pqr").mkdir()
    with pytest.raises(OSError, match="folder.pqr"):
        ct.read_particles(tmp_path / "folder.pqr")


def member(shape, dtype="<f8", data=b"12345678"):
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (member("(1000000000, 1000000)"), "claims shape .1000000000, 1000000. and has another"),
        (member("(-1,)"), "claims shape"),
        (member("(1,)", dtype="|O"), "holds Python objects"),
        (b"not an array", "not a sound .npz file"),
    ],
)
def test_npz_that_claims_what_it_is_not(tmp_path, content, message):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", content)
    with pytest.raises(ValueError, match=message):
        ct.read_particles(path)


def test_npz_bomb(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", member("(2,)", data=b"\0" * 16))
    raw = path.read_bytes().replace((16 + 128).to_bytes(4, "little"), b"\xff\xff\xff\x7f")
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=r"claims \d+ bytes"):
        ct.read_particles(path)


def test_npz_without_charges(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"must hold charges \(or q\), got x"):
        ct.read_particles(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", x=np.zeros((2, 3)), q=np.array([1, np.nan]))
    with pytest.raises(ValueError, match=r"b.npz: `charges` must be finite, got nan at index"):
        ct.read_particles(tmp_path / "b.npz")


NUMBERS = st.one_of(st.floats().map(str), st.integers().map(str), st.sampled_from(["x", "", "-"]))
LIKE_A_FILE = st.lists(
    st.one_of(
        st.builds(" ".join, st.lists(NUMBERS, max_size=8)),
        st.builds(",".join, st.lists(NUMBERS, max_size=8)),
        st.builds("ATOM {} N MET A 1 {}".format, NUMBERS, st.lists(NUMBERS).map(" ".join)),
        st.sampled_from(["ATOM", "HETATM", "2", "Properties=pos:R:3:q:R:1", "x,y,z,q", "\0"]),
    ),
    max_size=12,
).map("\n".join)


@pytest.mark.parametrize("ending", READERS)
@given(content=st.one_of(st.binary(max_size=200), LIKE_A_FILE.map(str.encode)))
@settings(max_examples=150, deadline=None)
def test_nothing_but_clear_errors_escapes(tmp_path_factory, ending, content):
    path = tmp_path_factory.getbasetemp() / f"fuzz{ending}"
    path.write_bytes(content)
    try:
        system = ct.read_particles(path)
    except (ValueError, OSError) as error:
        assert "\n" not in str(error)
        assert path.name in str(error)
    else:
        assert np.isfinite(system.positions).all()
        assert np.isfinite(system.charges).all()


@given(cut=st.integers(0, 1000), flip=st.integers(0, 1000), value=st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_damaged_archives(tmp_path_factory, cut, flip, value):
    buffer = io.BytesIO()
    np.savez(buffer, x=np.zeros((3, 3)), q=np.ones(3))
    raw = bytearray(buffer.getvalue())
    raw[flip % len(raw)] = value
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    path.write_bytes(raw[: len(raw) - cut % 50])
    with contextlib.suppress(ValueError, OSError):
        ct.read_particles(path)


def test_points(write):
    expected = [[1.0, 2, 3], [4, 5, 6]]
    assert_allclose(read_points(write("a.csv", "1,2,3\n4,5,6\n")), expected)
    assert_allclose(read_points(write("b.csv", "z x y extra\n3 1 2 9\n6 4 5 9\n")), expected)
    with pytest.raises(ValueError, match="c.csv: columns x, y, z are needed, z missing"):
        read_points(write("c.csv", "x,y\n1,2\n"))
    with pytest.raises(ValueError, match="a row needs at least x, y and z, got 2 columns"):
        read_points(write("d.csv", "1,2\n"))
    with pytest.raises(ValueError, match="the file is binary"):
        read_points(write("e.csv", gzip.compress(b"1,2,3\n" * 50)))
