"""Does a GPU give the same potential, and where does it run?

The potential of ubiquitin at 1e-6 on the CPU and, where there is a CUDA device, on it: the same
values on a grid. Without a device the example says what is missing, and compares the CPU's grid
with direct sums at a few of its points. Expected error (relative l2): below 1e-5.
"""

from pathlib import Path

import numpy as np

import chebtucker as ct

system = ct.read_particles(Path(__file__).parent / "data" / "1ubi.pqr")
V = ct.potential(system, rtol=1e-6)
shape = (33, 25, 29)
values = V.on_grid(*shape)
try:
    there = ct.potential(system.to_device("cuda"), rtol=1e-6)
except (ImportError, RuntimeError) as missing:
    print(f"On the CPU only: {missing}")
    axes = [np.linspace(lo, hi, n)[::8] for (lo, hi), n in zip(V.domain, shape, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    others, ours = ct.direct_potential(system, points), values[::8, ::8, ::8]
else:
    others, ours = there.on_grid(*shape).get(), values

error = np.linalg.norm(ours - others) / np.linalg.norm(others)


def visualize():
    """Draw the potential on the middle plane."""
    return V.plot_slice(units="e/A")


if __name__ == "__main__":
    print(f"relative difference: {error:.1e}")
