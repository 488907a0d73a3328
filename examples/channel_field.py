"""What does an ion meet on its way through a channel?

A pore of 16 rings, each of 8 dipoles that point inward with their negative ends, as the carbonyl
groups of a potassium channel do, and a ring of 4 charges -1 at either mouth with a wide ring of
counter-ions around it. On the axis a ring of charge Q and radius a at height h has the potential
Q / sqrt(a^2 + (z - h)^2), so that potential and field along the channel are known exactly.
Expected error: below 1e-6 of the potential along the axis, and below 1e-5 of the field.
"""

import numpy as np

import chebtucker as ct


def ring(charge, count, radius, height, turn=0.0):
    """Point charges (count,) on a circle around the z axis."""
    angle = 2 * np.pi * (np.arange(count) + turn) / count
    circle = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return np.column_stack([circle, np.full(count, height)]), np.full(count, charge / count)


# %%
# The rings: charge, number of atoms, radius and height (e, Angstrom), then all as one system.
heights = np.linspace(-15, 15, 16)
rings = [(-4.0, 8, 3.2, h) for h in heights] + [(4.0, 8, 4.4, h) for h in heights]
rings += [
    (-4.0, 4, 6.0, -20.0),
    (-4.0, 4, 6.0, 20.0),
    (3.2, 40, 25.0, -20.0),
    (3.2, 40, 25.0, 20.0),
]
parts = [ring(*each, turn=0.37 * k) for k, each in enumerate(rings)]
positions, charges = (np.concatenate(column) for column in zip(*parts, strict=True))
channel = ct.ParticleSystem(positions, charges)

# %%
# Potential and field along the axis, beside the closed form.
V = ct.potential(channel, rtol=1e-7, domain=[(-27, 27), (-27, 27), (-30, 30)])
z = np.linspace(-30, 30, 401)
axis = np.column_stack([0 * z, 0 * z, z])
potential, field = V(axis), -V.gradient(axis)

Q, _, a, h = (np.array(column)[:, None] for column in zip(*rings, strict=True))
distance = np.sqrt(a**2 + (z - h) ** 2)
exact = (Q / distance).sum(axis=0)
exact_field = (Q * (z - h) / distance**3).sum(axis=0)

error = np.abs(potential - exact).max() / np.abs(exact).max()
field_error = np.abs(field[:, 2] - exact_field).max() / np.abs(exact_field).max()
assert field_error < 1e-5
assert np.abs(field[:, :2]).max() < 1e-4 * np.abs(exact_field).max()  # no force sideways


def visualize():
    """Draw potential and field along the axis."""
    from chebtucker.plotting.canvas import COLOURS, new_axes

    ax = new_axes()
    ax.plot(z, 332.06 * potential, color=COLOURS[0], label="energy of a charge +1")
    ax.plot(z, 332.06 * field[:, 2], color=COLOURS[1], ls="--", label="force on it, per Å")
    ax.axhline(0, color="black", lw=0.5)
    ax.set(xlabel="z along the channel (Å)", ylabel="kcal/mol, in vacuum")
    ax.legend(frameon=False, loc="center")
    return ax


if __name__ == "__main__":
    print(V)
    deepest = potential.argmin()
    print(f"deepest point {332.06 * potential[deepest]:.1f} kcal/mol at z = {z[deepest]:.1f} Å")
    print(f"error {error:.1e}, of the field {field_error:.1e}")
