"""How does screening change the energy of a salt solution, and how is it written for a viewer?

2,000 ions of charge +-1 in a box of 60 Angstrom; Newton and Yukawa kernels at 1e-6; the potential
goes to an OpenDX file. Expected error of the energies: below 1e-5, since the terms of ions at
random places nearly cancel in the sum.
"""

import tempfile
from pathlib import Path

import numpy as np

import chebtucker as ct

rng = np.random.default_rng(1)
ions = ct.ParticleSystem(rng.uniform(0, 60, (2000, 3)), np.repeat([1.0, -1.0], 1000))
kernels = {"none": ct.Newton(), "10 Angstrom": ct.Yukawa(0.1), "3 Angstrom": ct.Yukawa(1 / 3)}
potentials = {name: ct.potential(ions, kernel=kernel) for name, kernel in kernels.items()}
energies = {name: V.energy() for name, V in potentials.items()}


def direct_energy(kernel):
    """Sum over all pairs."""
    r = np.linalg.norm(ions.positions[:, None] - ions.positions, axis=-1)
    np.fill_diagonal(r, np.inf)
    return 0.5 * ions.charges @ kernel(r) @ ions.charges


error = max(abs(energies[name] / direct_energy(kernel) - 1) for name, kernel in kernels.items())

with tempfile.TemporaryDirectory() as folder:
    V = potentials["10 Angstrom"]
    ct.write_dx(Path(folder, "ions.dx"), V.on_grid(33, 33, 33), V.domain)


def visualize():
    """Draw the potential screened over 10 Angstrom on the middle plane."""
    return V.plot_slice(units="e/A")


if __name__ == "__main__":
    for name, energy in energies.items():
        print(f"screening length {name:<12} energy {332.0637 * energy:12.3f} kcal/mol")
    print(f"error {error:.1e}")
