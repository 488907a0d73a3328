"""What is the potential of a protein, and the field along a line through it?

V(x) = sum_j q_j / |x - x_j| over the 1,231 atoms of ubiquitin at a relative error of 1e-6, and
E = -grad V. Expected error: below 1e-6 against direct sums, below 1e-5 for the field.
"""

from pathlib import Path

import numpy as np

import chebtucker as ct
from chebtucker.potentials import direct_gradient

here = Path(__file__).parent
system = ct.read_particles(here / "data" / "1ubi.pqr")
V = ct.potential(system, rtol=1e-6)

s = np.linspace(0, 1, 200)[:, None]
line = (1 - s) * V.domain[:, 0] + s * V.domain[:, 1]  # from corner to corner
potential, field = V(line), -V.gradient(line)

exact = ct.direct_potential(system, line)
error = np.linalg.norm(potential - exact) / np.linalg.norm(exact)
exact_field = -direct_gradient(system, line)
field_error = np.linalg.norm(field - exact_field) / np.linalg.norm(exact_field)
assert field_error < 1e-5


def visualize():
    """Draw the potential on a plane through the protein, with the atoms near it."""
    return V.plot_slice(units="e/A")


if __name__ == "__main__":
    print(V.report())
    print(f"error {error:.1e}, of the field {field_error:.1e}")
