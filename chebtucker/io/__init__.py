"""Files: particles in, grids and tables out, our own format both ways."""

from chebtucker.io.cube import write_cube
from chebtucker.io.dx import write_dx
from chebtucker.io.native import load, save
from chebtucker.io.reading import read_particles
from chebtucker.io.tables import read_points, write_table
from chebtucker.io.vti import write_vti

__all__ = [
    "load",
    "read_particles",
    "read_points",
    "save",
    "write_cube",
    "write_dx",
    "write_table",
    "write_vti",
]
