"""Which tolerance is worth its price?

The potential of ubiquitin at relative tolerances from 1e-2 to 1e-9: the error that is met (relative
l2 norm over points), the ranks and the bytes. Three digits more cost two or three times the
numbers and little time, so there is no reason to be sparing: 1e-6 is the default. What limits a
result is elsewhere, since the charges of a force field have two or three digits.
Expected error at the tolerance 1e-9: below 1e-9, and below the tolerance at all others.
"""

import time
from pathlib import Path

import numpy as np

import chebtucker as ct

system = ct.read_particles(Path(__file__).parent / "data" / "1ubi.pqr")
tolerances = 10.0 ** -np.arange(2, 10)
rng = np.random.default_rng(0)

points = rng.uniform(*system.bounding_box.T, size=(2000, 3))
exact = ct.direct_potential(system, points)
energies, errors, ranks, sizes, seconds = [], [], [], [], []
for rtol in tolerances:
    start = time.perf_counter()
    V = ct.potential(system, rtol=rtol)
    values = V(points)
    seconds.append(time.perf_counter() - start)
    errors.append(np.linalg.norm(values - exact) / np.linalg.norm(exact))
    ranks.append(max(V.rank))
    sizes.append(V.long.nbytes)
    energies.append(V.energy())

assert (np.array(errors) < tolerances).all()
error = errors[-1]


def visualize():
    """Draw the error against the tolerance, with the ranks."""
    from chebtucker.plotting.canvas import COLOURS, new_axes

    ax = new_axes()
    ax.loglog(tolerances, tolerances, color="black", lw=0.8, ls=":", label="tolerance")
    ax.loglog(tolerances, errors, "o-", color=COLOURS[0], label="measured error")
    for rtol, measured, rank in zip(tolerances, errors, ranks, strict=True):
        below = {"xytext": (-6, -8), "textcoords": "offset points", "ha": "right"}
        ax.annotate(f"rank {rank}", (rtol, measured), **below)
    ax.set_xlim(2e-1, 4e-10)
    ax.set(xlabel="tolerance", ylabel="relative l2 error")
    ax.legend(frameon=False)
    return ax


if __name__ == "__main__":
    for row in zip(tolerances, errors, ranks, sizes, seconds, energies, strict=True):
        print(
            "rtol {:.0e}  error {:.1e}  rank {:3d}  {:9,} bytes  {:.2f} s  energy {:.9f}".format(
                *row
            )
        )
