"""What does each lysine do to the potential of a protein, and what remains of it while it vibrates?

Ubiquitin as it is and with each of its lysines neutralised in turn, V_c(x) = sum_j q_cj / |x - x_j|
for all c in one call: everything that depends on positions only is done once. Then one more charge
vector on the same positions, and the mean potential of frames that vibrate. Expected error of every
one of them: below 1e-6, relative to the potential.
"""

from pathlib import Path

import numpy as np

import chebtucker as ct

protein = ct.read_particles(Path(__file__).parent / "data" / "1ubi.pqr")
lysines = [j for j, name in enumerate(protein.names) if name == "NZ"]  # side-chain nitrogens
charges = np.tile(protein.charges, (1 + len(lysines), 1))
charges[np.arange(1, len(charges)), lysines] -= 1.0

V = ct.potential(ct.ParticleSystem(protein.positions, charges), rtol=1e-6)  # 8 at once
points = np.random.default_rng(0).uniform(*V.domain.T, size=(500, 3))
exact = ct.direct_potential(V.system, points)  # (8, 500)
errors = np.linalg.norm(V(points) - exact, axis=1) / np.linalg.norm(exact, axis=1)

none = V.with_charges(protein.charges - sum(protein.charges - q for q in charges[1:]))
energies = np.append(V.energy(), none.energy())  # e^2 per Angstrom

rng = np.random.default_rng(1)
frames = [protein.positions + 0.1 * rng.normal(size=(len(protein), 3)) for _ in range(3)]
mean = ct.average_potential(frames, points[:100], protein.charges, domain=V.domain)
each = [ct.direct_potential(ct.ParticleSystem(x, protein.charges), points[:100]) for x in frames]
exact_mean = np.mean(each, axis=0)

error = max(errors.max(), np.linalg.norm(mean - exact_mean) / np.linalg.norm(exact_mean))


def visualize():
    """Draw what the first lysine does on the middle plane: the difference of two potentials."""
    import matplotlib.pyplot as plt

    x, y, z = V.axes(81, 81, 1)
    before, after = V.on_grid(x, y, z)[:2, :, :, 0]
    _, ax = plt.subplots()
    change = ax.pcolormesh(x, y, (after - before).T, cmap="RdBu", shading="gouraud")
    most = float(np.abs(after - before).max())
    change.set_clim(-most, most)
    plt.colorbar(change, ax=ax, label="change of potential, e/Angstrom")
    ax.set(xlabel="x, Angstrom", ylabel="y, Angstrom", aspect="equal")
    ax.set_title("One lysine of ubiquitin loses its charge")
    return ax


if __name__ == "__main__":
    names = ["all charged", *(f"lysine {k} neutral" for k in range(1, 1 + len(lysines)))]
    for name, energy in zip([*names, "all neutral"], energies, strict=True):
        print(f"{name:<17} energy {332.0637 * energy:12.1f} kcal/mol")
    print(f"error {error:.1e}")
