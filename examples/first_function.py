"""How few numbers hold a smooth function of three variables?

f(x, y, z) = 1 / (1 + x^2 + y^2 + z^2) on a box that is neither a cube nor symmetric, to a relative
error of 1e-10; its derivative along y and its mean against Gauss quadrature.
Expected error: below 1e-8 in all three.
"""

import numpy as np

import chebtucker as ct


def exact(x, y, z):
    return 1 / (1 + x**2 + y**2 + z**2)


domain = [(-1, 1), (0, 2), (-3, 3)]
f = ct.from_function(exact, domain, rtol=1e-10)

points = np.random.default_rng(0).uniform(*np.array(domain).T, size=(1000, 3))
x, y, z = points.T
slope = -2 * y * exact(x, y, z) ** 2

nodes, weights = np.polynomial.legendre.leggauss(80)
axes = [lo + (hi - lo) * (nodes + 1) / 2 for lo, hi in domain]
grid = exact(axes[0][:, None, None], axes[1][:, None], axes[2])
mean = np.einsum("i,j,k,ijk->", weights, weights, weights, grid) / 8

error = max(
    np.abs(f(points) - exact(x, y, z)).max(),
    np.abs(f.derivative((0, 1, 0))(points) - slope).max() / np.abs(slope).max(),
    abs(f.mean() - mean),
)


def visualize():
    """Draw the function on the plane z = 0."""
    return f.plot_slice(axis=2, value=0.0, label="f")


if __name__ == "__main__":
    print(f)
    print(f"error {error:.1e} with {f.coefficients.nbytes // 8:,} numbers")
