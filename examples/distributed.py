"""Does it matter who sums up the particles?

The long part of a potential needs the particles only through their Chebyshev moments, which are
sums. Two processes form them from a file of which neither holds all, each a piece at a time, and
write the values on a grid, slab by slab. Charges of both signs in a slab of 20 x 15 x 5.

Expected error, the largest difference of the coefficients from those of one process with smaller
pieces, relative to the largest: below 1e-13. The executor may as well be MPI ranks or Dask workers.
"""

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import chebtucker as ct

BOX = np.array([[0.0, 20.0], [0.0, 15.0], [-2.5, 2.5]])


def chunks():
    rng = np.random.default_rng(0)
    for _ in range(5):
        yield rng.uniform(*BOX.T, size=(4_000, 3)), rng.choice([-1.0, 1.0], 4_000)


def compute(folder):
    options = {"rtol": 1e-5, "domain": BOX}
    path = Path(folder, "ions.npy")
    ct.ParticleFile.write(path, chunks())
    alone = ct.potential(ct.ParticleFile(path, size=1_500), **options)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        V = ct.potential(ct.ParticleFile(path, size=5_000), executor=pool, **options)
        ct.write_grid(Path(folder, "v.npy"), V, (120, 90, 30), executor=pool)
    together, expected = (W.long.coefficients.to_array() for W in (V, alone))
    values = np.load(Path(folder, "v.npy"), mmap_mode="r")  # nothing is read yet
    difference = np.abs(together - expected).max() / np.abs(expected).max()
    return V, np.array(values[:, :, 15]), difference


if __name__ != "__mp_main__":  # the processes of the pool read this file too
    with tempfile.TemporaryDirectory() as folder:
        V, plane, error = compute(folder)


def visualize():
    """Draw the plane of the file that is nearest to the middle."""
    import matplotlib.pyplot as plt

    ax = plt.figure().add_subplot()
    limit = np.quantile(np.abs(plane), 0.99)
    picture = ax.imshow(
        plane.T, origin="lower", extent=BOX[:2].ravel(), cmap="RdBu", vmin=-limit, vmax=limit
    )
    ax.figure.colorbar(picture, label="potential (charge / length)", shrink=0.8)
    ax.set(xlabel="x", ylabel="y", title="20,000 charges, summed by two processes")
    return ax


if __name__ == "__main__":
    print(V)
    print(f"largest difference of the coefficients {error:.1e}")
