"""How is a function of space and time held, and does it still obey its equation?

The heat kernel u(x, y, z, t) = exp(-r^2 / (4 t)) / (4 pi t)^(3/2) from t = 0.05 to t = 1, on a box
that is neither a cube nor symmetric: a peak that is 4.5 times narrower and 90 times higher at first
than at last. The heat in the box at time t is the product over its sides [a, b] of
(erf(b / s) - erf(a / s)) / 2 with s = 2 sqrt(t), and u_t = u_xx + u_yy + u_zz.
Expected error: below 1e-6 in the values, in the heat at all times (both relative to the largest)
and in the equation (relative to the largest u_t).
"""

import numpy as np
from scipy.special import erf

import chebtucker as ct

domain = [(-1, 1), (-0.5, 1.5), (-1, 0.75), (0.05, 1)]


def kernel(x, y, z, t):
    return np.exp(-(x * x + y * y + z * z) / (4 * t)) / (4 * np.pi * t) ** 1.5


u = ct.from_function(kernel, domain, rtol=1e-10)

points = np.random.default_rng(0).uniform(*np.array(domain).T, size=(2000, 4))
values = kernel(*points.T)

heat = u.integrate(axis=(0, 1, 2))  # a function of t
t = np.linspace(*domain[3], 200)
scale = 2 * np.sqrt(t)
exact_heat = np.prod([erf(b / scale) - erf(a / scale) for a, b in domain[:3]], axis=0) / 8

rate = u.derivative((0, 0, 0, 1))
orders = 2 * np.eye(3, 4, dtype=int)
flow = sum(u.derivative(tuple(one)) for one in orders)

error = max(
    np.abs(u(points) - values).max() / u.max()[0],
    np.abs(heat(t) - exact_heat).max(),
    np.abs(rate(points) - flow(points)).max() / np.abs(rate(points)).max(),
)


def visualize():
    """Draw the heat that is left in the box."""
    from chebtucker.plotting.canvas import COLOURS, new_axes

    ax = new_axes()
    ax.plot(t, heat(t), color=COLOURS[0], label="u.integrate(axis=(0, 1, 2))")
    ax.plot(t[::10], exact_heat[::10], "o", color=COLOURS[1], label="closed form")
    ax.set(xlabel="t", ylabel="heat in the box", ylim=(0, 1))
    ax.legend()
    return ax


if __name__ == "__main__":
    full = np.prod([n + 1 for n in u.degree])
    print(u)
    print(f"{u.evaluations:,} evaluations, {u.nbytes // 8:,} numbers; full grid {full:,}")
    print(f"error {error:.1e}")
