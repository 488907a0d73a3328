"""How does a potential get into PyMOL, ChimeraX, VMD and ParaView?

On a grid, as OpenDX (all of them), Gaussian cube (with the atoms, in Bohr and Hartree/e) or VTK
ImageData (ParaView), beside the atoms as a PDB or PQR file. "python viewer_files.py FOLDER" writes
all into a folder, together with a script for each viewer that draws the surfaces at +-100 kT/e (in
vacuum; with water around, +-3 or so are usual). Here they are written and read back.
Expected error: below 1e-6 of the largest value, what six or more digits of text leave.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

import chebtucker as ct
from chebtucker.units import potential_factor

source = Path(__file__).parent / "data" / "1ubi.pqr"
V = ct.potential(ct.read_particles(source), rtol=1e-6)
values = V.on_grid(49, 49, 49)  # e/Angstrom
kt = potential_factor("kT/e")

SCRIPTS = {
    "pymol.pml": """load 1ubi.pqr
load 1ubi.dx, potential
isosurface positive, potential, 100
isosurface negative, potential, -100
color blue, positive
color red, negative
set transparency, 0.4
""",
    "chimerax.cxc": """open 1ubi.pqr
open 1ubi.dx
volume #2 level -100 color red level 100 color blue transparency 0.4
""",
    "vmd.tcl": """mol new 1ubi.pqr
mol addfile 1ubi.dx
foreach {level color} {100 0 -100 1} {
    mol color ColorID $color
    mol representation Isosurface $level 0 0 0
    mol addrep top
}
""",
}


def write(folder):
    """Write the grid in three formats, the atoms, and a script for each viewer."""
    ct.write_dx(folder / "1ubi.dx", kt * values, V.domain)
    ct.write_cube(folder / "1ubi.cube", values, V.domain, system=V.system)
    ct.write_vti(folder / "1ubi.vti", (kt * values).astype(np.float32), V.domain)
    (folder / "1ubi.pqr").write_text(source.read_text())
    for name, text in SCRIPTS.items():
        (folder / name).write_text(text)


# %%
# Both text formats read back: the same box, the same values.
with tempfile.TemporaryDirectory() as name:
    write(Path(name))
    dx = ct.read_dx(Path(name, "1ubi.dx"))
    cube = ct.read_cube(Path(name, "1ubi.cube"), unit="Hartree/e")
scale = np.abs(values).max()
error = max(
    np.abs(dx.values / kt - values).max() / scale,
    np.abs(cube.values - values).max() / scale,
    np.abs(cube.domain - V.domain).max() / np.ptp(V.domain),
)
assert len(cube.system) == len(V.system)


def visualize():
    """Draw what the viewers show, on a plane: lines at multiples of the same values."""
    return V.plot_slice(axis=0, units="kT/e")


if __name__ == "__main__":
    print(f"error {error:.1e}")
    if len(sys.argv) > 1:
        target = Path(sys.argv[1])
        target.mkdir(exist_ok=True)
        write(target)
        print(f"wrote {', '.join(sorted(path.name for path in target.iterdir()))} to {target}")
        print("there: pymol pymol.pml, chimerax chimerax.cxc, vmd -e vmd.tcl")
