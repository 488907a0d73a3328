"""Structures without charges: formal charges, positions, and everything that is left out."""

import gzip
import logging
import sys
import warnings

import gemmi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from peptides import EXAMPLE, formal_charge, heavy_atoms, nucleic_text, pdb_atom, pdb_text

import chebtucker as ct
from chebtucker.cli import main
from chebtucker.io import charging, structures

pytest.importorskip("pdb2pqr", reason="pdb2pqr is not installed (extra charges)")
FIELDS = ("AMBER", "CHARMM", "PARSE", "TYL06")


@pytest.fixture(scope="module")
def ubiquitin(tmp_path_factory):
    path = tmp_path_factory.mktemp("pdb") / "1ubi.pdb"
    path.write_text(pdb_text())
    return path


def test_a_protein_is_as_the_program_writes_it(ubiquitin, capfd, caplog):
    """1ubi.pqr was made by pdb2pqr on the command line; nothing is printed or logged here."""
    before = set(ubiquitin.parent.iterdir())
    with caplog.at_level(logging.INFO):
        system = ct.read_particles(ubiquitin)
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
    assert set(ubiquitin.parent.iterdir()) == before
    reference = ct.read_particles(EXAMPLE)
    assert len(system) == len(reference) == 1231
    heavy = [k for k, name in enumerate(reference.names) if not name.startswith("H")]
    distance = np.linalg.norm(system.positions[:, None] - reference.positions[heavy], axis=-1)
    same = distance.argmin(axis=0)
    assert distance.min(axis=0).max() < 1e-6
    assert [system.names[k] for k in same] == [reference.names[k] for k in heavy]
    assert_allclose(system.charges[same], reference.charges[heavy], atol=1e-6)
    assert_allclose(system.radii[same], reference.radii[heavy], atol=1e-6)
    assert system.total_charge == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "last", "force_field"),
    [*((1, 9, field) for field in FIELDS), (17, 24, "PARSE"), (27, 33, "AMBER"), (42, 54, "AMBER")],
)
def test_formal_charges_of_peptides(write, first, last, force_field):
    path = write("peptide.pdb", pdb_text(first, last))
    with pytest.warns(UserWarning, match=r"peptide.pdb: built: 1 missing heavy atom"):  # OXT
        system = ct.read_particles(path, force_field=force_field.lower())
    assert formal_charge(first, last) != 0 or first == 42
    assert system.total_charge == pytest.approx(formal_charge(first, last), abs=1e-6)
    for _, _, _, position in heavy_atoms(first, last):
        assert np.abs(system.positions - position).max(axis=1).min() < 2e-3


@pytest.mark.parametrize(
    "names", [("DA", "DC", "DG", "DT"), ("RA", "RC", "RG", "RU"), ("RG", "RC")]
)
def test_nucleic_acids_have_a_charge_for_each_phosphate(write, names):
    system = ct.read_particles(write("a.pdb", nucleic_text(names)))
    assert system.total_charge == pytest.approx(1 - len(names), abs=1e-3)
    assert system.names.count("P") == len(names) - 1


def test_mmcif_and_compressed_files_hold_the_same(write, tmp_path):
    source = write("a.pdb", pdb_text(65, 76))
    structure = gemmi.read_structure(str(source))
    structure.setup_entities()
    path = tmp_path / "a.cif"
    structure.make_mmcif_document().write_file(str(path))
    packed = write("A.CIF.gz", gzip.compress(path.read_bytes()))
    named = write("a.pdb.cif", path.read_bytes())  # the last ending counts
    expected = ct.read_particles(source)
    assert expected.total_charge == pytest.approx(formal_charge(65, 76), abs=1e-6)
    for other in (path, packed, named):
        system = ct.read_particles(other)
        assert_allclose(system.positions, expected.positions, atol=1e-9)
        assert_allclose(system.charges, expected.charges)


def test_acids_are_neutral_at_low_ph(write):
    path = write("a.pdb", pdb_text(17, 25))  # three acids, none at an end
    with pytest.warns(UserWarning, match="built"):
        usual, acid, basic = (ct.read_particles(path, ph=ph) for ph in (7, 1, 13.5))
    names = [residue for _, residue, _, _ in {a[2]: a for a in heavy_atoms(17, 25)}.values()]
    acids = sum(name in ("ASP", "GLU") for name in names)
    lysines = names.count("LYS")
    assert acids == 3
    assert lysines == 0
    assert acid.total_charge - usual.total_charge == pytest.approx(acids, abs=1e-6)
    assert basic.total_charge == pytest.approx(usual.total_charge, abs=1e-6)


def test_what_is_left_out_is_said_once(write):
    peptide = pdb_text(1, 4, end=False).splitlines(keepends=True)
    peptide[0] = peptide[0][:16] + "A" + peptide[0][17:]
    extra = [
        pdb_atom(1, "N", "MET", 1, (27.6, 24.4, 2.8), alt="B"),
        "TER\n",
        pdb_atom(90, "O", "HOH", 201, (0, 0, 0), record="HETATM"),
        pdb_atom(91, "O", "HOH", 202, (3, 0, 0), record="HETATM"),
        pdb_atom(92, "C1", "LIG", 301, (5, 0, 0), record="HETATM"),
        pdb_atom(93, "D1", "MET", 1, (26.9, 24.0, 3.0)),
    ]
    body = "".join(peptide[:1] + extra[:1] + peptide[1:] + extra[1:])
    path = write("a.pdb", f"MODEL        1\n{body}ENDMDL\nMODEL        2\n{body}ENDMDL\n")
    with pytest.warns(UserWarning, match="left out") as caught:
        system = ct.read_particles(path)
    assert len(caught) == 1
    text = str(caught[0].message)
    assert caught[0].filename == __file__
    for part in (
        f"{path}: left out: 1 further model",
        "all but the first of alternate locations (1 atom)",
        "2 waters",
        "1 deuterium atom, for hydrogen",
        "residues that are not in the force field (1 LIG)",
        "built: 1 missing heavy atom",
    ):
        assert part in text
    assert np.abs(system.positions - [27.343, 24.294, 2.683]).max(axis=1).min() < 1e-9
    assert system.total_charge == pytest.approx(0, abs=1e-6)  # M Q I F


def test_chains_without_a_name_are_told_apart_by_ter(write):
    """As simulations write them: both chains have charged ends."""
    first = pdb_text(1, 9, chain=" ", end=False) + "TER\n"
    path = write("a.pdb", first + pdb_text(17, 24, chain=" ", shift=60))
    with pytest.warns(UserWarning, match="built: 2 missing heavy atoms"):  # two OXT
        system = ct.read_particles(path)
    total = formal_charge(1, 9) + formal_charge(17, 24)
    assert system.total_charge == pytest.approx(total, abs=1e-6)
    assert system.names.count("OXT") == 2


def test_selenomethionine_is_methionine(write):
    text = pdb_text(1, 4).replace("MET", "MSE")
    text = text.replace(" SD  MSE", "SE   MSE").replace("           S\n", "          SE\n")
    assert "SE   MSE" in text
    paths = write("a.pdb", text), write("b.pdb", pdb_text(1, 4))
    with pytest.warns(UserWarning, match="built: 1"):
        system, expected = map(ct.read_particles, paths)
    assert_allclose(system.positions, expected.positions, atol=1e-9)
    assert_allclose(system.charges, expected.charges)


def test_missing_side_chains_are_built(write):
    lines = pdb_text().splitlines(keepends=True)
    whole = "".join(line for line in lines if line[12:16].strip() not in ("NZ", "CE"))
    with pytest.warns(UserWarning, match=r"built: 15 missing heavy atoms"):  # 7 Lys, Met's CE
        system = ct.read_particles(write("a.pdb", whole))
    assert len(system) == 1231
    assert system.total_charge == pytest.approx(0, abs=1e-9)


def test_parts_of_whole_chains_where_one_file_is_too_small(write, monkeypatch):
    """Three chains far apart are charged alike at once and in parts."""
    text = "".join(
        pdb_text(first, last, chain=c, shift=shift, end=False) + "TER\n"
        for c, first, last, shift in (("A", 1, 9, 0), ("B", 17, 24, 90), ("C", 42, 54, 180))
    )
    path = write("a.pdb", text + "END\n")
    with pytest.warns(UserWarning, match=r"built: 3 missing heavy atoms$"):
        whole = ct.read_particles(path)
    expected = formal_charge(1, 9) + formal_charge(17, 24) + formal_charge(42, 54)
    assert whole.total_charge == pytest.approx(expected, abs=1e-6)
    monkeypatch.setattr(charging, "MOST_ATOMS", 170)
    with pytest.warns(UserWarning, match="charged in 2 parts of whole chains"):
        parts = ct.read_particles(path)
    assert_allclose(parts.positions, whole.positions, atol=1e-9)
    assert_allclose(parts.charges, whole.charges)
    monkeypatch.setattr(charging, "MOST_ATOMS", 9)  # below one chain: serial numbers begin anew
    with pytest.warns(UserWarning, match="charged in 3 parts"):
        assert_allclose(ct.read_particles(path).charges, whole.charges)


ATOMS = pdb_text(1, 4)
BAD = {
    "empty": ("a.pdb", "", "a.pdb: the file is empty"),
    "empty cif": ("a.cif", "", "a.cif: the file is empty"),
    "binary": ("a.pdb", b"ATOM\0\1", "a.pdb: the file is binary, not text"),
    "table": ("a.pdb", "x,y,z\n1,2,3\n", "a.pdb: has no atoms of a molecule"),
    "cut": ("a.pdb", ATOMS[: 79 * 5 + 50], "a.pdb, line 6: an atom ends in the middle"),
    "no cif": ("a.cif", "hello", "a.cif: not a whole structure file .*expected block header"),
    "cif of nothing": ("a.cif", "data_x\n", r"no atoms of a molecule \(a crystal: see Lattice."),
    "cif as pdb": ("a.pdb", "data_x\n_a 1\nloop_\n_b\n1\n", "a.pdb: .*"),
    "pdb as cif": ("a.cif", ATOMS, "a.cif: not a whole structure file .*expected block header"),
    "pdb as packed cif": ("a.cif.gz", ATOMS, r"a.cif.gz: not a whole .*not in the gzip format"),
    "packed and cut": (
        "a.pdb.gz", gzip.compress(ATOMS.encode())[:-200], "a.pdb.gz: not a whole structure file",
    ),
    "ligand": (
        "a.pdb", pdb_text(1, 2).replace("MET", "LIG").replace("GLN", "LIG"),
        r"has no residue of a protein or nucleic acid, only: residues .*\(2 LIG\)",
    ),
    "carbons": (
        "a.pdb", "".join(line for line in ATOMS.splitlines(True) if " CA " in line) + "END\n",
        "a.pdb: pdb2pqr cannot charge it: ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_bad_files(write, kind, capfd):
    name, content, message = BAD[kind]
    with pytest.raises(ValueError, match=message):
        ct.read_particles(write(name, content))
    assert capfd.readouterr() == ("", "")


def test_a_cut_mmcif_and_coordinates_beyond_a_pdb_file(ubiquitin, write):
    text = gemmi.read_structure(str(ubiquitin)).make_mmcif_document().as_string()
    with pytest.raises(ValueError, match=r"a.cif: not a whole structure file .*Wrong number of"):
        ct.read_particles(write("a.cif", text[: len(text) // 2]))
    far = text.replace("27.343", "27343.5")
    with pytest.raises(ValueError, match="coordinates must be below 9999 Angstrom, got"):
        ct.read_particles(write("b.cif", far))


def test_a_file_without_end_is_doubted(write):
    with pytest.warns(UserWarning, match="the last line is not END, so the file may be cut short"):
        ct.read_particles(write("a.pdb", pdb_text(1, 4, end=False)))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.pdb", {"force_field": "OPLS"}, "`force_field` must be one of AMBER, .*, got OPLS"),
        ("a.pdb", {"ph": 15}, "`ph` must be between 0 and 14, got 15"),
        ("a.pdb", {"frame": 1}, r"`frame` must be left out with .pdb files: it is for a topology"),
        ("a.csv", {"ph": 7}, r"`ph` must be left out with .csv files: it is for a structure with"),
        ("a.xyz", {"select": "all"}, r"`select` must be left out with .xyz files: it is for a top"),
    ],
)
def test_options_that_do_not_fit(write, name, options, message):
    with pytest.raises(ValueError, match=message):
        ct.read_particles(write(name, ATOMS), **options)


def test_ph_must_be_a_number(write):
    with pytest.raises(TypeError, match="`ph` must be a real number"):
        ct.read_particles(write("a.pdb", ATOMS), ph="acid")


def test_without_pdb2pqr_the_extra_is_named(write, monkeypatch, capsys):
    for name in ("pdb2pqr", "pdb2pqr.io", "pdb2pqr.main"):
        monkeypatch.setitem(sys.modules, name, None)
    path = write("a.pdb", ATOMS)
    with pytest.raises(ImportError, match=r"pip install 'chebtucker\[charges\]'"):
        ct.read_particles(path)
    assert main(["potential", str(path)]) == 2
    assert capsys.readouterr().err == (
        "chebtucker: charges for .pdb and .cif files need pdb2pqr: "
        "pip install 'chebtucker[charges]'\n"
    )


def test_the_command_line_charges_and_says_what_it_left(write, tmp_path, capsys):
    path = write("a.pdb", pdb_text(1, 9))
    out = tmp_path / "v.dx"
    call = ["potential", str(path), "--force-field", "parse", "--ph", "7", "--rtol", "1e-3"]
    assert main([*call, "--grid", "9", "--output", str(out)]) == 0
    said = capsys.readouterr()
    assert "total charge +1.000" in said.out
    assert f"chebtucker: warning: {path}: built: 1 missing heavy atom" in said.err
    values, _ = ct.read_dx(out)
    assert np.isfinite(values).all()


@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("ending", structures.ENDINGS)
def test_nothing_but_clear_errors_escapes(tmp_path_factory, ending, content):
    path = tmp_path_factory.getbasetemp() / f"fuzz{ending}"
    path.write_bytes(content)
    with pytest.raises((ValueError, OSError), match=f"fuzz{ending}"):
        ct.read_particles(path)


@given(cut=st.integers(0, len(ATOMS)), where=st.integers(0, len(ATOMS)), put=st.characters())
@settings(max_examples=25, deadline=None)
def test_damaged_structures(tmp_path_factory, cut, where, put):
    text = (ATOMS[:where] + put + ATOMS[where + 1 :])[:cut]
    path = tmp_path_factory.getbasetemp() / "damaged.pdb"
    path.write_bytes(text.encode(errors="replace"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            system = ct.read_particles(path)
        except ValueError as error:
            assert "\n" not in str(error)
        else:
            assert np.isfinite(system.charges).all()
