"""Which field and which charge belong to a potential?

A Gaussian charge of width s has the potential V(r) = erf(r / (s sqrt 2)) / r (Gaussian units). From
V alone, approximated on a box that is neither a cube nor symmetric, come the field E = -grad V
and, by Poisson's equation, the charge density rho = -laplacian(V) / (4 pi) = div(E) / (4 pi); both
have closed forms. The curl of E is zero, and the flux of E through the faces of the box is 4 pi
times the charge inside (Gauss).
Expected error: below 1e-7, relative to the largest value, in the worst of these four. A second
derivative loses some three of the eleven digits that V has.
"""

import numpy as np
from scipy.special import erf

import chebtucker as ct

s = 0.5
domain = [(-2, 1.5), (-1.25, 2), (-1.5, 1.75)]


def potential(x, y, z):
    r = np.sqrt(x * x + y * y + z * z)
    near = r < 1e-6
    return np.where(near, np.sqrt(2 / np.pi) / s, erf(r / (s * np.sqrt(2))) / np.where(near, 1, r))


V = ct.from_function(potential, domain, rtol=1e-11)
field = tuple(-slope for slope in V.gradient())
density = V.laplacian() / (-4 * np.pi)

points = np.random.default_rng(0).uniform(*np.array(domain).T, size=(2000, 3))
r = np.linalg.norm(points, axis=1)
gauss = np.exp(-(r**2) / (2 * s**2)) / (2 * np.pi * s**2) ** 1.5  # the charge density
inside = erf(r / (s * np.sqrt(2))) - 4 * np.pi * s**2 * r * gauss  # the charge within r
exact_field = inside[:, None] * points / r[:, None] ** 3

flux = 0.0
for axis, component in enumerate(field):
    low, high = (component.slice(axis, end).integrate() for end in domain[axis])
    flux += high - low

approximate = np.stack([component(points) for component in field], axis=-1)
largest = np.abs(exact_field).max()
error = max(
    np.abs(approximate - exact_field).max() / largest,
    np.abs(density(points) - gauss).max() / gauss.max(),
    max(np.abs(part(points)).max() for part in ct.curl(field)) / largest,
    abs(flux / (4 * np.pi) - density.integrate()),
)


def visualize():
    """Draw the charge density on the plane z = 0, and arrows of the field."""
    ax = density.plot_slice(axis=2, value=0.0, label="charge density")
    x, y = (np.linspace(lo, hi, 14) for lo, hi in domain[:2])
    u, v = (component.on_grid(x, y, [0.0])[:, :, 0].T for component in field[:2])
    ax.quiver(x, y, u, v, color="white", scale=12, width=0.003)
    return ax


if __name__ == "__main__":
    print(V)
    print(f"error {error:.1e}; stated for the density: {density.error / gauss.max():.1e}")
