"""A model of the time that a cutoff costs, and the choice it leads to.

A larger cutoff makes the long part smoother, hence cheaper (about the fourth power of its
degrees), and the short part dearer (the third power of the cutoff). What will be evaluated decides
between them. Times are seconds of one core, measured on an AMD EPYC (Zen 4, 3.6 GHz); only their
ratios matter for the choice.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.backends.threads import thread_count
from chebtucker.kernels import Newton, RadialKernel, Yukawa
from chebtucker.kernels.split import SINGLE
from chebtucker.potentials.moments import Sizes, gaussian_sizes

Array = NDArray[np.float64]

FLOP = 4.0e-11
"""A floating-point operation in dense algebra."""

DENSE = 28
"""Operations of the long part, in fourth powers of the number of coefficients per axis."""

PARTICLE = 5e-7
"""A particle: sorted into blocks, its moments."""

LONG_POINT = 6e-7
"""The long part at a point, once its local series are there."""

LONG_VALUE = 2e-9
"""Writing a value of the long part on a grid."""

GRID_VALUE = {True: (0.4e-9, 8e-9), False: (1.0e-9, 11e-9)}
"""Short-range value on a grid, and what it costs more over the cutoff in grid steps.

In single precision (True) and in double.
"""

POINT_VALUE = {True: (1.6e-9, 5e-7), False: (3.0e-9, 6.6e-7)}
"""Short-range value at a point, and what it costs more over the number of neighbours."""

DEFAULT_GRID = (100, 100, 100)
"""Grid that will be asked for, unless told otherwise; and the potential at the particles."""

SET = {"long part": 0.9, "long part at targets": 1.5, "short part at targets": 0.06}
"""Part of its cost that each charge set adds to a stage; the rest is shared."""

RANGE = 3.5
"""Longest distance over the cutoff where only the sharpest Gaussian is asked for."""

STRIDE = 16
"""Of so many cutoffs one is asked for Gaussians."""

MOST_BYTES = 2**31
"""Memory that the construction may use unless the user gives a cutoff."""


@dataclass(frozen=True)
class Targets:
    """What will be evaluated.

    Parameters
    ----------
    grid : tuple of int
        Points per axis of a grid on the domain; zeros for no grid.
    points : int
        Number of scattered points.
    sets : int, optional
        Number of charge sets; None where there is one charge for each particle.
    """

    grid: tuple[int, ...]
    points: int
    sets: int | None = None


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
    seconds : dict
        Wall time of building the long part, and of one evaluation of both parts at the targets.
    """

    cutoff: float
    sizes: Sizes
    neighbours: float
    nbytes: int
    seconds: dict[str, float]

    @property
    def total(self) -> float:
        """All of the seconds."""
        return sum(self.seconds.values())


@dataclass(frozen=True, eq=False)
class Situation:
    """All that a prediction depends on besides the cutoff; `rtol` is that of a pair.

    Each of the positions stands for `weight` particles.
    """

    positions: Array
    domain: Array
    kernel: RadialKernel
    rtol: float
    targets: Targets
    weight: float = 1.0

    @property
    def particles(self) -> float:
        """Number of particles."""
        return self.weight * len(self.positions)

    @property
    def reach(self) -> float:
        """Longest distance within the domain."""
        return float(np.linalg.norm(self.domain[:, 1] - self.domain[:, 0]))


def predict(situation: Situation, cutoff: float) -> Prediction:
    """Return the expected cost of one cutoff."""
    neighbours = situation.weight * mean_neighbours(situation.positions, np.array([cutoff]))[0]
    return _predict(situation, cutoff, float(neighbours), _sharpest(situation, cutoff))


def cheapest(situation: Situation, most_bytes: int = MOST_BYTES) -> Prediction:
    """Return the cutoff with the least predicted time among those that fit in memory."""
    domain = situation.domain
    cutoffs = float((domain[:, 1] - domain[:, 0]).max()) * np.geomspace(0.01, 1.0, 32)
    neighbours = situation.weight * mean_neighbours(situation.positions, cutoffs)
    sharpest = _sharpest_of(situation, cutoffs)
    predictions = [
        _predict(situation, float(c), float(near), float(exponent))
        for c, near, exponent in zip(cutoffs, neighbours, sharpest, strict=True)
    ]
    fitting = [p for p in predictions if p.nbytes <= most_bytes] or predictions[-1:]
    return min(fitting, key=lambda p: p.total)


def available_bytes() -> int:
    """Return the memory that is free now; without the answer of the system, 4 GiB."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 2**32


def _sharpest_of(situation: Situation, cutoffs: Array) -> Array:
    """Return the sharpest exponent for each cutoff; times its square it varies little.

    For Newton and Yukawa not at all, until the kernel has died away: then there are no Gaussians.
    """
    alive = np.abs(cutoffs * situation.kernel(cutoffs)) > situation.rtol
    if not alive.any():
        return np.zeros(len(cutoffs))
    if isinstance(situation.kernel, Newton | Yukawa):
        situation = replace(situation, kernel=Newton())
    unscreened = situation.kernel.screening == 0
    known = cutoffs[[len(cutoffs) // 2]] if unscreened else cutoffs[alive][::STRIDE]
    units = [_sharpest(situation, float(c)) * c**2 for c in known]
    return np.asarray(alive * np.interp(np.log(cutoffs), np.log(known), units) / cutoffs**2)


def _sharpest(situation: Situation, cutoff: float) -> float:
    """Return the sharpest exponent, which hardly depends on the end of a range this long."""
    end = min(max(situation.reach, 1.01 * cutoff), RANGE * cutoff)
    long = situation.kernel.gaussians(cutoff, end, situation.rtol)
    return float(long.exponents.max(initial=0.0))


def _predict(situation: Situation, cutoff: float, neighbours: float, sharpest: float) -> Prediction:
    sizes = gaussian_sizes(situation.domain, sharpest, situation.rtol)
    seconds = {
        "long part": _long_part(sizes, situation.particles),
        "long part at targets": _long_at_targets(sizes, situation.targets),
        "short part at targets": _short_at_targets(situation, cutoff, neighbours),
    }
    threads, sets = thread_count(), situation.targets.sets or 1
    seconds = {name: time * (1 + (sets - 1) * SET[name]) for name, time in seconds.items()}
    return Prediction(
        cutoff, sizes, neighbours, int(8 * math.prod(sizes) * (6 + sets // 2)),
        {name: time / threads for name, time in seconds.items()},
    )  # fmt: skip


def _long_part(sizes: Sizes, particles: float) -> float:
    return DENSE * math.prod(sizes) * sum(sizes) / 3 * FLOP + particles * PARTICLE


def _long_at_targets(sizes: Sizes, targets: Targets) -> float:
    rank = 0.65 * sum(sizes) / 3
    expansion = 2 * math.prod(1.5 * n for n in sizes) * rank if targets.points else 0.0
    values = math.prod(targets.grid)
    grid = values * (2 * rank * FLOP + LONG_VALUE)
    return expansion * FLOP + targets.points * LONG_POINT + grid


def _short_at_targets(situation: Situation, cutoff: float, neighbours: float) -> float:
    single = situation.rtol >= SINGLE
    targets = situation.targets
    lengths = situation.domain[:, 1] - situation.domain[:, 0]
    value, more = POINT_VALUE[single]
    points = targets.points * (neighbours * value + more)
    if not all(targets.grid):
        return points
    value, more = GRID_VALUE[single]
    ball = min(4 / 3 * np.pi * cutoff**3 / float(np.prod(lengths)), 1.0)
    steps = cutoff * max(float(n / length) for n, length in zip(targets.grid, lengths, strict=True))
    grid = situation.particles * math.prod(targets.grid) * ball * (value + more / steps)
    return points + float(grid)


def mean_neighbours(positions: Array, cutoffs: Array) -> Array:
    """Return how many particles lie within each cutoff of one, itself included, on average.

    Estimated from 64 probes among at most 10,000 particles.
    """
    some = positions[:: max(len(positions) // 64, 1)][:64]
    stride = max(len(positions) // 5_000, 1)
    others = positions[::stride]
    r2 = _arrays.squared_distances(some, others)
    rings = np.bincount(np.searchsorted(np.square(cutoffs), r2.ravel()), minlength=len(cutoffs))
    counts = np.cumsum(rings[: len(cutoffs)])
    return np.asarray(counts * (stride / len(some)), dtype=np.float64)
