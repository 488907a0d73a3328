"""What does a product of functions on the sphere express, and what not?

A hybrid psi of s, p and d orbitals of one atom has the density psi^2, whose harmonics reach l = 4:
one product, checked at random directions. Turning psi about an axis w changes it at the rate
-(w x n) . grad psi. That is linear in w and in psi and equivariant, but antisymmetric, so that no
product of functions gives it: it is the Clebsch-Gordan path (1, l, l) times sqrt(l (l + 1)).
Expected error of both: below 1e-13.
"""

import numpy as np

import chebtucker as ct

#                 s    p: y  z    x    d: xy   yz   z^2   xz   x^2-y^2
psi = np.array([0.60, 0.3, 0.0, -0.5, 0.25, 0.0, 0.2, 0.0, 0.45])
density = ct.angular.product(psi, psi)  # (25,)

axis = np.array([0.2, -0.4, 0.9])
paths = ct.angular.cg_product([0.0, axis[1], axis[2], axis[0]], psi)  # a vector is y, z, x
rate = np.concatenate([np.sqrt(k * (k + 1)) * paths[1, k, k] for k in (1, 2)])  # l = 0 stays

directions = np.random.default_rng(0).normal(size=(1000, 3))
normals = directions / np.linalg.norm(directions, axis=1)[:, None]
values = ct.angular.real_sph_harm(2, normals) @ psi
slopes = np.einsum("i,nik->nk", psi, ct.angular.real_sph_harm_gradient(2, normals))
turning = -np.einsum("nk,nk->n", np.cross(axis, normals), slopes)

error = max(
    np.abs(ct.angular.real_sph_harm(4, normals) @ density - values**2).max(),
    np.abs(ct.angular.real_sph_harm(2, normals)[:, 1:] @ rate - turning).max(),
)


def visualize():
    """Draw the density with the radial part r^2 exp(-r), on the plane z = 0."""
    from chebtucker.plotting import plot_plane

    def on_grid(*axes):
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        r = np.linalg.norm(points, axis=-1)
        return r**2 * np.exp(-r) * (ct.angular.real_sph_harm(4, points) @ density)

    box = np.array([[-9.0, 9.0]] * 3)
    return plot_plane(on_grid, box, label="density", length_unit="Bohr")


if __name__ == "__main__":
    for k in range(5):
        print(f"l = {k}: norm {np.linalg.norm(density[k * k : (k + 1) ** 2]):.4f}")
    print(f"error {error:.1e}")
