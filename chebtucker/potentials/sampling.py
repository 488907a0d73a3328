"""Points at which a potential is compared with direct sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.kernels import RadialKernel
from chebtucker.potentials.direct import direct_potential
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]

_MOST_PAIRS = 10**8
_MOST_POINTS = 400


@dataclass(frozen=True, eq=False)
class Sample:
    """Exact potentials at points uniform in the domain and at points near particles.

    Parameters
    ----------
    uniform, near : ndarray, shape (m, 3)
        The points.
    at_uniform, at_near : ndarray, shape (m,)
        Direct sums there.
    """

    uniform: Array
    near: Array
    at_uniform: Array
    at_near: Array

    @property
    def rms(self) -> Any:
        """Root mean square of the potential outside the particles (see `_ordinary`)."""
        return min(_size(v) / np.sqrt(len(v)) for v in (self.at_uniform, self.at_near))

    def relative_errors(self, at_uniform: Array, at_near: Array) -> tuple[float, float]:
        """Return the relative l2 errors of approximate values, uniform and near particles."""
        return _relative(at_uniform, self.at_uniform), _relative(at_near, self.at_near)


def _ordinary(values: Array) -> NDArray[np.bool_]:
    """Return which values are not among the largest twentieth.

    A point that happens to lie almost on a particle would hide the error of all others.
    """
    size = np.abs(values)
    return size <= np.quantile(size, 0.95)


def _relative(approximate: Array, exact: Array) -> float:
    error = _arrays.norm((approximate - exact)[_ordinary(exact)])
    size = _size(exact)
    return error / size if size > 0 else error


def _size(values: Array) -> float:
    """Return the l2 norm without the largest twentieth, unless there is little else.

    A strongly screened potential is next to nothing at most points of a box.
    """
    ordinary = _arrays.norm(values[_ordinary(values)])
    return max(ordinary, 0.01 * _arrays.norm(values))


def sample(
    system: ParticleSystem,
    kernel: RadialKernel,
    domain: Array,
    *,
    summed: ParticleSystem | None = None,
) -> Sample:
    """Return direct sums at some points of each kind.

    The points near particles lie between 0.8 and 1.6 times the median distance of nearest
    neighbours from a random particle. There are so many that the sums stay below 10^8 pairs.
    `summed` is the system where the sums run, if that is not here.
    """
    summed = system if summed is None else summed
    count = sample_size(len(system))
    distance = spacing(summed.positions, domain)
    uniform, near = sample_points(system, domain, count, distance)
    points = _arrays.like(np.concatenate([uniform, near]), summed.positions)
    both = _arrays.to_host(direct_potential(summed, points, kernel))
    return Sample(uniform, near, both[:count], both[count:])


def sample_points(
    system: ParticleSystem, domain: Array, count: int, distance: float | None = None
) -> tuple[Array, Array]:
    """Return points uniform in the domain, and points about `distance` away from particles.

    By default the distance of nearest neighbours. Always the same points.
    """
    if distance is None:
        distance = spacing(system.positions, domain)
    rng = generator()
    uniform = rng.uniform(domain[:, 0], domain[:, 1], size=(count, 3))
    return uniform, _near_points(system, domain, count, rng, distance)


def generator() -> np.random.Generator:
    """Return what draws the points of checks, always the same.

    They are not those of ``default_rng(0)``: users place particles with that, and the points would
    be the particles where the domain is the box that those were drawn from.
    """
    return np.random.default_rng([0, 2503, 1696])


def sample_size(particles: int) -> int:
    """Return how many points of each kind keep the direct sums below 10^8 pairs, or 20."""
    return int(np.clip(_MOST_PAIRS // (2 * particles), 20, _MOST_POINTS))


def _near_points(
    system: ParticleSystem, domain: Array, count: int, rng: np.random.Generator, distance: float
) -> Array:
    """Return points in the domain, 0.8 to 1.6 times `distance` away from random particles."""
    radius = distance * rng.uniform(0.8, 1.6, size=(count, 1))
    direction = rng.normal(size=(count, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    inside = np.flatnonzero(_arrays.between(system.positions, *domain.T))
    chosen = rng.choice(inside if len(inside) else len(system.positions), size=count)
    points = system.positions[chosen] + radius * direction
    return np.clip(points, domain[:, 0], domain[:, 1])


def spacing(positions: Array, domain: Array) -> float:
    """Return the median distance from a particle to its nearest distinct neighbour."""
    probes = int(np.clip(2**21 // len(positions), 8, 64))
    longest = float((domain[:, 1] - domain[:, 0]).max())
    nearest = []
    for row in range(0, len(positions), max(len(positions) // probes, 1))[:probes]:
        r2 = _arrays.squared_distances(positions[row : row + 1], positions)[0]
        r2[r2 <= (1e-9 * longest) ** 2] = np.inf
        least = float(r2.min())
        if np.isfinite(least):
            nearest.append(least**0.5)
    return min(float(np.median(nearest)), longest / 4) if nearest else longest / 20


def enlarged(box: Array) -> Array:
    """Return a box enlarged on every side by a tenth of its longest side, by 1 if it is a point."""
    longest = float((box[:, 1] - box[:, 0]).max())
    margin = longest / 10 if longest > 0 else 1.0
    margin = max(margin, 1e-9 * float(np.abs(box).max()))
    return box + np.array([-margin, margin])
