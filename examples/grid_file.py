"""How much smaller is a potential on a grid as a function, and what does that cost in accuracy?

The potential of ubiquitin on a box beside the protein, where it is smooth, is written as an OpenDX
file of 61 x 56 x 51 values at spacings of 0.25 Angstrom, read back and made a function:
f(x, y, z) = sum_abc C_abc T_a(x) T_b(y) T_c(z), C in the Tucker format. The file has seven
digits: a tolerance well above that and splines of low degree leave their rounding behind.
Expected error: below 1e-5 of the largest value, between the points of the grid too.
"""

import tempfile
from pathlib import Path

import numpy as np

import chebtucker as ct

here = Path(__file__).parent
system = ct.read_particles(here / "data" / "1ubi.pqr")
top = system.positions.max(axis=0) + 4  # 4 Angstrom away from every atom
domain = np.stack([top, top + np.array([15, 13.75, 12.5])], axis=1)
axes = [np.linspace(lo, hi, n) for (lo, hi), n in zip(domain, (61, 56, 51), strict=True)]
nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
values = ct.direct_potential(system, nodes)

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "beside.dx")
    ct.write_dx(path, values, domain)
    grid = ct.read_dx(path)
    size = path.stat().st_size

f = ct.from_grid(*grid, grid="nodes", rtol=1e-5, spline_degree=3)

points = np.random.default_rng(0).uniform(*domain.T, size=(1000, 3))
exact = ct.direct_potential(system, points)
error = np.abs(f(points) - exact).max() / np.abs(exact).max()
assert np.abs(f(points) - exact).max() <= f.error  # the error that f states is honest


def visualize():
    """Draw the function on a plane through the middle of the box."""
    return f.plot_slice(axis=2, label="potential (e/Å)", length_unit="Å")


if __name__ == "__main__":
    print(f)
    print(f"{size:,} bytes of text, {values.nbytes:,} of values, {f.nbytes:,} of the function:")
    print(f"compression ratio {values.nbytes / f.nbytes:.0f}, against text {size / f.nbytes:.0f}")
    print(f"relative error {error:.1e}, stated {f.error / np.abs(exact).max():.1e}")
