"""Files: particles in, grids both ways, tables out, our own format both ways."""

from chebtucker.io.cube import read_cube, write_cube
from chebtucker.io.dx import read_dx, write_dx
from chebtucker.io.grid_data import GridData
from chebtucker.io.native import load, save
from chebtucker.io.particle_files import ParticleFile
from chebtucker.io.reading import read_particles
from chebtucker.io.slabs import write_grid
from chebtucker.io.tables import read_points, write_table
from chebtucker.io.trajectories import Trajectory, read_trajectory
from chebtucker.io.vti import write_vti

__all__ = [
    "GridData",
    "ParticleFile",
    "Trajectory",
    "load",
    "read_cube",
    "read_dx",
    "read_particles",
    "read_points",
    "read_trajectory",
    "save",
    "write_cube",
    "write_dx",
    "write_grid",
    "write_table",
    "write_vti",
]
