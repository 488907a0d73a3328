"""Do moments of atoms give the potential of their lone pairs?

Four atoms, each with a lone pair in a hybrid (s + sqrt(3) p)/2 of Slater orbitals r exp(-zeta r),
and a core of charge +2. A product of s and p orbitals of one centre has harmonics up to l = 2 only,
so outside the cloud charge, dipole and quadrupole are all there is: from products of harmonics
(`density_moments`) to moments, to a potential, beside the density itself at 60,000 nodes of a
quadrature. What is left of the cloud is exp(-2 zeta r). Expected error four Bohr or more from
every atom, relative to the largest value there: below 1e-4.
"""

import numpy as np

import chebtucker as ct
from chebtucker.angular import cartesian_moments, density_moments, real_sph_harm, sphere_grid

zeta = 2.3  # 1/Bohr, like the valence shell of oxygen
atoms = np.array([[0.0, 0.0, 0.0], [5.0, 1.0, 0.5], [1.5, 6.0, -1.0], [5.5, 6.5, 4.0]])
pairs = np.array([[1.0, 0.2, 0.0], [-0.5, 1.0, 0.3], [0.0, -0.8, 1.0], [-1.0, 0.1, -0.6]])
pairs /= np.linalg.norm(pairs, axis=1, keepdims=True)

# one hybrid an atom: coefficients of s, p_y, p_z, p_x; two electrons in it
hybrids = np.column_stack([np.ones(4), np.sqrt(3) * pairs[:, [1, 2, 0]]]) / 2
density_matrices = -2 * hybrids[:, :, None] * hybrids[:, None, :]  # (4, 4, 4)
radial = np.empty((2, 2, 3))  # integrals of R^2 r^(l + 2), the same for s and p
radial[:] = 1.0, 5 / (2 * zeta), 30 / (2 * zeta) ** 2

moments = density_moments(density_matrices, [0, 1], radial)  # (4, 9)
charges, dipoles, quadrupoles = cartesian_moments(moments)
system = ct.ParticleSystem(atoms, charges + 2, dipoles=dipoles, quadrupoles=quadrupoles)
box = [(-6, 11), (-5, 12), (-7, 9)]
V = ct.potential(system, rtol=1e-8, domain=box)

# the same density as point charges at the nodes of a quadrature
t, weights = np.polynomial.legendre.leggauss(40)
r, weights = 5 * (t + 1), 5 * weights * (5 * (t + 1)) ** 2
sphere = sphere_grid(26)
shape = (2 * zeta) ** 5 / 24 * r**2 * np.exp(-2 * zeta * r) * weights
values = real_sph_harm(1, sphere.directions) @ hybrids.T  # (nz, n, 4)
cloud = -2 * values[..., None] ** 2 * shape * sphere.weights[:, None, None, None]
nodes = sphere.directions[..., None, None, :] * r[:, None] + atoms[:, None]
density = ct.ParticleSystem(
    np.concatenate([nodes.reshape(-1, 3), atoms]), np.concatenate([cloud.ravel(), np.full(4, 2.0)])
)

points = np.random.default_rng(0).uniform(*np.transpose(box), size=(1000, 3))
points = points[np.linalg.norm(points[:, None] - atoms, axis=-1).min(axis=1) >= 4]
exact = ct.direct_potential(density, points)
error = float(np.abs(V(points) - exact).max() / np.abs(exact).max())


def visualize():
    """Draw the potential on the plane z = 2, between the atoms."""
    from chebtucker.plotting import plot_plane

    return plot_plane(
        V.on_grid, V.domain, value=2.0, label="potential (Hartree/e)", length_unit="Bohr"
    )


if __name__ == "__main__":
    print(V)
    print(f"dipole {np.linalg.norm(dipoles[0]):.4f} e Bohr, energy {V.energy():.6f} Hartree")
    print(f"largest torque {np.linalg.norm(V.torques(), axis=1).max():.6f} Hartree")
    print(f"{len(points)} points, error {error:.1e}")
