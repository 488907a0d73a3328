"""What does a missing ion do to the potential inside a crystal of eight billion ions?

Sodium chloride, 1000 x 1000 x 1000 cells, one chloride ion missing in the middle (an F centre
before an electron is caught). Without polarisation the potential where the ion was is M / d with
Madelung's M, which holds the electron; and the vacancy adds 1/r everywhere else. Expected error
of both: below 1e-6.
"""

import numpy as np

import chebtucker as ct
from chebtucker.potentials import madelung_constant

d = 2.82  # nearest neighbours of NaCl, Angstrom
middle = -500.5 * 2 * d  # puts the vacancy at the origin
perfect = ct.Lattice.rock_salt((1000, 1000, 1000), d, origin=(middle,) * 3)
crystal = perfect.remove([(500, 500, 500, 4)])  # sites 4 to 7 are the chloride ions
hole = crystal.positions_of(crystal.missing)[0]
box = hole[:, None] + [[-11, 11], [-9, 9], [-5, 5]]

V = ct.potential(crystal, rtol=1e-8, domain=box)
without = ct.potential(perfect, rtol=1e-8, domain=box)

at_hole = float(V(hole))
expected = madelung_constant(perfect) / d
points = np.random.default_rng(0).uniform(*box.T, size=(200, 3))
change = V(points) - without(points)
distance = np.linalg.norm(points - hole, axis=1)
error = max(abs(at_hole / expected - 1), float(np.abs(change * distance - 1).max()))


def visualize():
    """Draw the potential on a plane of ions through the vacancy."""
    return V.plot_slice(value=hole[2], units="e/A", thickness=0.1)


if __name__ == "__main__":
    print(V)
    print(f"potential at the vacancy {at_hole:.8f} e/Å, Madelung {expected:.8f} e/Å")
    print(f"error {error:.1e}")
