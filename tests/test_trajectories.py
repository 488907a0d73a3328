"""Topologies with charges and frames of positions, made by hand and by MDAnalysis."""

import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from peptides import EXAMPLE

import chebtucker as ct
from chebtucker.cli import main

pytest.importorskip("MDAnalysis", reason="MDAnalysis is not installed (extra md)")

CHARGES = [2.0, -1.0, -0.834, 0.417, 0.417]  # Mg2+, Cl-, and a water: total +1
NAMES = ["MG", "CLA", "OH2", "H1", "H2"]
FRAMES = np.array([[0, 0, 0], [2.5, 0.1, 0], [0, 4, 1], [0.76, 4.6, 1], [-0.76, 4.6, 1]]) + (
    0.25 * np.arange(4)[:, None, None] * [1, -2, 3]
)


def psf(charges=CHARGES):
    rows = [
        f"{k + 1:8d} S    {min(k + 1, 3):<4d} {'MCW'[min(k, 2)]}ES  {name:<4s} {name:<4s} "
        f"{charge:10.6f}     {10.0 + k:9.4f}           0"
        for k, (name, charge) in enumerate(zip(NAMES, charges, strict=True))
    ]
    bonds = "       2 !NBOND: bonds\n       3       4       3       5\n"
    head = "PSF\n\n       1 !NTITLE\n REMARKS ions and water\n\n       5 !NATOM\n"
    return head + "\n".join(rows) + "\n\n" + bonds + "\n       0 !NTHETA: angles\n\n"


def prmtop():
    def section(name, form, lines):
        return f"%FLAG {name:<74s}\n%FORMAT({form}){'':<60s}\n" + lines + "\n"

    charges = "".join(f"{18.2223 * q:16.8E}" for q in CHARGES)
    pointers = [5, 5, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, *[0] * 19]
    rows = [pointers[k : k + 10] for k in range(0, 31, 10)]
    return (
        "%VERSION  VERSION_STAMP = V0001.000  DATE = 01/01/25 00:00:00\n"
        + section("TITLE", "20a4", "ions")
        + section("POINTERS", "10I8", "\n".join("".join(f"{n:8d}" for n in row) for row in rows))
        + section("ATOM_NAME", "20a4", "".join(f"{name:<4s}" for name in NAMES))
        + section("CHARGE", "5E16.8", charges)
        + section("ATOMIC_NUMBER", "10I8", "".join(f"{n:8d}" for n in (12, 17, 8, 1, 1)))
        + section("MASS", "5E16.8", "".join(f"{m:16.8E}" for m in (24.3, 35.4, 16, 1, 1)))
        + section("ATOM_TYPE_INDEX", "10I8", "".join(f"{n:8d}" for n in (1, 2, 3, 4, 4)))
        + section("RESIDUE_LABEL", "20a4", "MG  CL  WAT ")
        + section("RESIDUE_POINTER", "10I8", "".join(f"{n:8d}" for n in (1, 2, 3)))
        + section("BONDS_INC_HYDROGEN", "10I8", "".join(f"{n:8d}" for n in (6, 9, 1, 6, 12, 1)))
        + section("BONDS_WITHOUT_HYDROGEN", "10I8", "")
        + "".join(
            section(f"{kind}_{which}_HYDROGEN", "10I8", "")
            for kind in ("ANGLES", "DIHEDRALS")
            for which in ("INC", "WITHOUT")
        )
        + section("AMBER_ATOM_TYPE", "20a4", "".join(f"{name:<4s}" for name in NAMES))
    )


def mol2():
    rows = [
        f"{k + 1:3d} {name} {x:.4f} {y:.4f} {z:.4f} {name} 1 ION {charge:.4f}"
        for k, (name, (x, y, z), charge) in enumerate(zip(NAMES, FRAMES[0], CHARGES, strict=True))
    ]
    return (
        "@<TRIPOS>MOLECULE\nions\n 5 2 1 0 0\nSMALL\nUSER_CHARGES\n\n@<TRIPOS>ATOM\n"
        + "\n".join(rows)
        + "\n@<TRIPOS>BOND\n1 3 4 1\n2 3 5 1\n"
    )


def restart(frame):
    flat = frame.ravel()
    rows = [flat[k : k + 6] for k in range(0, len(flat), 6)]
    return "ions\n    5\n" + "\n".join("".join(f"{x:12.7f}" for x in row) for row in rows) + "\n"


def frames_as_xyz():
    return "".join(
        "5\nframe\n" + "".join(f"X {x:.5f} {y:.5f} {z:.5f}\n" for x, y, z in frame)
        for frame in FRAMES
    )


@pytest.fixture
def dcd(tmp_path, write):
    """All frames, written by MDAnalysis."""
    import MDAnalysis

    path = tmp_path / "run.dcd"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe = MDAnalysis.Universe(str(write("w.psf", psf())), FRAMES.astype(np.float32))
        with MDAnalysis.Writer(str(path), 5) as writer:
            for _ in universe.trajectory:
                writer.write(universe.atoms)
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.psf", psf()), ("a.prmtop", prmtop()), ("a.PARM7", prmtop())],
)
@pytest.mark.parametrize("frame", [None, 0, 2, -1])
def test_charges_of_the_topology_and_positions_of_the_frame(write, dcd, name, text, frame):
    system = ct.read_particles(write(name, text), coordinates=dcd, frame=frame)
    assert_allclose(system.charges, CHARGES, atol=1e-6)
    assert_allclose(system.positions, FRAMES[frame or 0], atol=1e-6)
    assert system.names == tuple(NAMES)
    assert system.total_charge == pytest.approx(1.0, abs=1e-6)


def test_other_files_of_positions(write):
    """Text in Angstrom, and GROMACS files in nanometres."""
    path = write("a.prmtop", prmtop())
    for name, text in (("a.rst7", restart(FRAMES[1])), ("a.inpcrd", restart(FRAMES[1]))):
        system = ct.read_particles(path, coordinates=write(name, text))
        assert_allclose(system.positions, FRAMES[1], atol=1e-6)
    xyz = write("a.xyz", frames_as_xyz())
    assert_allclose(ct.read_particles(path, coordinates=xyz, frame=3).positions, FRAMES[3])
    rows = "".join(
        f"{1:5d}{'MES':<5s}{name:>5s}{k + 1:5d}{x / 10:8.3f}{y / 10:8.3f}{z / 10:8.3f}\n"
        for k, (name, (x, y, z)) in enumerate(zip(NAMES, FRAMES[0], strict=True))
    )
    gro = write("a.gro", f"ions\n    5\n{rows}   1.0   1.0   1.0\n")
    assert_allclose(ct.read_particles(path, coordinates=gro).positions, FRAMES[0], atol=0.006)


def test_mol2_has_positions_of_its_own(write):
    system = ct.read_particles(write("a.mol2", mol2()))
    assert_allclose(system.positions, FRAMES[0], atol=1e-4)
    assert_allclose(system.charges, CHARGES, atol=1e-6)


def test_a_trajectory_is_a_lazy_sequence(write, dcd):
    path = write("a.psf", psf())
    trajectory = ct.read_trajectory(path, dcd)
    assert len(trajectory) == 4
    assert repr(trajectory) == "Trajectory(5 particles, 4 frames)"
    for _ in range(2):  # it can be gone through again
        for system, frame in zip(trajectory, FRAMES, strict=True):
            assert isinstance(system, ct.ParticleSystem)
            assert_allclose(system.positions, frame, atol=1e-6)
    first, last = trajectory[0], trajectory[-1]  # frames do not share memory
    assert_allclose(last.positions - first.positions, FRAMES[-1] - FRAMES[0], atol=1e-6)
    other = trajectory[3:0:-2]
    assert_allclose([s.positions for s in other], FRAMES[3:0:-2], atol=1e-6)
    with pytest.raises(IndexError, match="the trajectory has 2 frames, got index 2"):
        other[2]
    twice = ct.read_trajectory(path, [dcd, dcd], select="resname WES")
    assert len(twice) == 8
    assert_allclose(twice[5].positions, FRAMES[1][2:], atol=1e-6)
    assert_allclose(twice[5].charges, CHARGES[2:], atol=1e-6)


def test_energies_along_a_trajectory_are_those_of_a_rigid_body(write, dcd):
    """The frames differ by a translation, so the energy does not change."""
    q = np.array(CHARGES)
    r = np.linalg.norm(FRAMES[0][:, None] - FRAMES[0], axis=-1)
    expected = 0.5 * q @ np.where(r > 0, 1 / np.where(r > 0, r, 1), 0) @ q
    for system in ct.read_trajectory(write("a.psf", psf()), dcd)[::3]:
        assert ct.potential(system, rtol=1e-8).energy() == pytest.approx(expected, rel=1e-5)


def test_charges_of_a_pqr_file_with_other_positions(write):
    reference = ct.read_particles(EXAMPLE)
    shifted = reference.positions + np.array([1, -2, 3])
    rows = "".join(f"X {x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in shifted)
    xyz = write("moved.xyz", f"{len(shifted)}\n\n{rows}")
    system = ct.read_particles(EXAMPLE, coordinates=xyz)
    assert_allclose(system.positions, shifted, atol=1e-5)
    assert_allclose(system.charges, reference.charges, atol=1e-6)


BAD = {
    "no positions": (psf(), {}, "a.psf: has no positions; give `coordinates`, a file with them"),
    "no psf": ("hello\n", {"coordinates": "a.xyz"}, "a.psf, .*a.xyz: cannot be read, perhaps cut"),
    "cut": (psf()[:200], {"coordinates": "a.xyz"}, "a.psf, .*: cannot be read, perhaps cut short"),
    "other atoms": (psf(), {"coordinates": "b.xyz"}, r"cannot be read, .*number of atoms"),
    "frame": (psf(), {"coordinates": "a.xyz", "frame": 4}, "`frame` must be between -4 and 3, got"),
    "select": (psf(), {"coordinates": "a.xyz", "select": "foo"}, "`select` must name atoms as MD"),
    "none": (
        psf(), {"coordinates": "a.xyz", "select": "resname FOO"},
        "`select` must name at least one atom, got none by 'resname FOO'",
    ),
    "infinite": (psf([np.inf, 0, 0, 0, 0]), {"coordinates": "a.xyz"}, "a.psf: `charges` must be"),
    "charging": (psf(), {"ph": 7}, "`ph` must be left out with .psf files"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_and_options(write, tmp_path, kind):
    text, options, message = BAD[kind]
    write("a.xyz", frames_as_xyz())
    write("b.xyz", "2\n\nX 0 0 0\nX 1 1 1\n")
    if "coordinates" in options:
        options = {**options, "coordinates": tmp_path / options["coordinates"]}
    with pytest.raises(ValueError, match=message):
        ct.read_particles(write("a.psf", text), **options)


def test_types_missing_files_and_no_charges(write, tmp_path):
    path, xyz = write("a.psf", psf()), write("a.xyz", frames_as_xyz())
    with pytest.raises(TypeError, match="`frame` must be an integer, got 1.5"):
        ct.read_particles(path, coordinates=xyz, frame=1.5)
    for arguments in ((path, tmp_path / "nothing.dcd"), (tmp_path / "nothing.dcd", xyz)):
        with pytest.raises(FileNotFoundError, match="nothing.dcd"):
            ct.read_trajectory(*arguments)
    with pytest.raises(ValueError, match="a.xyz: has no charges"):
        ct.read_trajectory(xyz)


def test_without_mdanalysis_the_extra_is_named(write, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "MDAnalysis", None)
    path = write("a.psf", psf())
    with pytest.raises(ImportError, match=r"need MDAnalysis: pip install 'chebtucker\[md\]'"):
        ct.read_trajectory(path)
    assert main(["potential", str(path)]) == 2
    assert "pip install 'chebtucker[md]'" in capsys.readouterr().err


def test_the_command_line_takes_a_frame(write, dcd, capsys):
    path = str(write("a.psf", psf()))
    call = ["potential", path, "--rtol", "1e-3", "--coordinates", str(dcd)]
    assert main([*call, "--frame", "-1", "--select", "resname MES CES"]) == 0
    assert "2 particles, total charge +1.000" in capsys.readouterr().out
    assert main([*call, "--frame", "9"]) == 2
    assert capsys.readouterr().err == "chebtucker: `frame` must be between -4 and 3, got 9\n"


@given(cut=st.integers(0, 900), where=st.integers(0, 900), put=st.characters())
@settings(max_examples=30, deadline=None)
def test_damaged_topologies(tmp_path_factory, cut, where, put):
    text = psf()
    text = (text[:where] + put + text[where + 1 :])[:cut]
    folder = tmp_path_factory.getbasetemp()
    path, xyz = folder / "damaged.psf", folder / "frames.xyz"
    path.write_bytes(text.encode(errors="replace"))
    xyz.write_text(frames_as_xyz())
    try:
        system = ct.read_particles(path, coordinates=xyz)
    except ValueError as error:
        assert "\n" not in str(error)
        assert "damaged.psf" in str(error)
    else:
        assert np.isfinite(system.charges).all()
