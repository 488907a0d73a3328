"""A simple model of the time that a cutoff costs, and the choice it leads to.

A larger cutoff makes the long part smoother, hence cheaper (about the fourth power of its
degrees), and the short part dearer (the third power of the cutoff).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker.kernels import RadialKernel, split_kernel
from chebtucker.potentials.moments import Sizes, gaussian_sizes

Array = NDArray[np.float64]

FLOP = 2.0e-11
"""Seconds a floating-point operation in dense algebra."""

GRID_VALUE = 1.2e-9
"""Seconds a short-range kernel value on a grid."""

POINT_VALUE = 4e-9
"""Seconds a short-range kernel value at a scattered point."""

PARTICLE = 4e-7
"""Seconds a particle for its moments, and again for the long part at its place."""

GRID_POINTS = 10**6
"""Grid points that will be asked for, unless told otherwise."""

MOST_BYTES = 2**31
"""Memory that the construction may use unless the user gives a cutoff."""


@dataclass(frozen=True)
class Prediction:
    """What a cutoff is expected to cost.

    Parameters
    ----------
    cutoff : float
        Range of the short part.
    sizes : tuple of int
        Chebyshev coefficients per axis of the long part.
    neighbours : float
        Particles within the cutoff of a particle, on average.
    nbytes : int
        Peak memory of the construction, roughly.
    seconds : float
        Construction, and one evaluation on a grid and at the particles.
    """

    cutoff: float
    sizes: Sizes
    neighbours: float
    nbytes: int
    seconds: float


def predict(
    positions: Array, domain: Array, kernel: RadialKernel, cutoff: float, rtol: float
) -> Prediction:
    """Return the expected cost of one cutoff at the pairwise tolerance `rtol`."""
    neighbours = mean_neighbours(positions, np.array([cutoff]))[0]
    return _predict(positions, domain, kernel, cutoff, rtol, float(neighbours))


def cheapest(positions: Array, domain: Array, kernel: RadialKernel, rtol: float) -> Prediction:
    """Return the cutoff with the least predicted time among those that fit in memory."""
    longest = float((domain[:, 1] - domain[:, 0]).max())
    cutoffs = longest * np.geomspace(0.01, 1.0, 24)
    neighbours = mean_neighbours(positions, cutoffs)
    predictions = [
        _predict(positions, domain, kernel, float(c), rtol, float(near))
        for c, near in zip(cutoffs, neighbours, strict=True)
    ]
    fitting = [p for p in predictions if p.nbytes <= MOST_BYTES] or predictions[-1:]
    return min(fitting, key=lambda p: p.seconds)


def available_bytes() -> int:
    """Return the memory that is free now; without the answer of the system, 4 GiB."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 2**32


def _predict(
    positions: Array,
    domain: Array,
    kernel: RadialKernel,
    cutoff: float,
    rtol: float,
    neighbours: float,
) -> Prediction:
    lengths = domain[:, 1] - domain[:, 0]
    split = split_kernel(kernel, cutoff, float(np.linalg.norm(lengths)), rtol)
    sharpest = float(split.long.exponents.max(initial=0.0))
    sizes = gaussian_sizes(domain, sharpest, rtol)
    volume, edges = float(np.prod(sizes)), sum(sizes)
    long = 12 * volume * edges * FLOP + 2 * len(positions) * PARTICLE
    ball = min(4 / 3 * np.pi * cutoff**3 / float(np.prod(lengths)), 1.0)
    short = len(positions) * (GRID_POINTS * ball * GRID_VALUE + neighbours * POINT_VALUE)
    return Prediction(cutoff, sizes, neighbours, int(8 * volume * 6), long + short)


def mean_neighbours(positions: Array, cutoffs: Array) -> Array:
    """Return how many particles lie within each cutoff of one, itself included, on average.

    Estimated from 64 probes among at most 40,000 particles.
    """
    some = positions[:: max(len(positions) // 64, 1)][:64]
    stride = max(len(positions) // 40_000, 1)
    r2 = np.square(some[:, None] - positions[::stride]).sum(axis=-1)  # (64, N / stride)
    counts = [np.count_nonzero(r2 < cutoff**2) for cutoff in cutoffs]
    return np.array(counts, dtype=np.float64) * (stride / len(some))
