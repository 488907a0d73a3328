"""Is an approximation good enough? It is compared with the function where things go wrong."""

from __future__ import annotations

import math
import sys
from itertools import product

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.chebtuck.evaluation import at_points, sample_points
from chebtucker.construct.sampling import Sampler
from chebtucker.construct.shortening import shortest
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

SAFETY = 1.5  # the error is said to be this times the largest that the checks saw
_CLIMBS = 10  # looks around the worst point
_LOOK = 20  # distances in a look
_SUMMITS = 6  # places whose surroundings are looked at where the tensor is not small
_CLOSE = np.logspace(-3, -0.7, 10)
_SOME = 400  # points at which series that are not the last are compared
_ROOMS = (0.65, 0.6, 0.5, 0.3)  # of the tolerance: what may be seen at the points after compression


class Checks:
    """Points at which a function is known, to compare approximations with.

    Parameters
    ----------
    sampler : Sampler
        The function.
    domain : ndarray, shape (d, 2)
        Its box.
    t, values : ndarray
        Points in [-1, 1]^d, (M, d), and values, (M,), that are known already.
    """

    def __init__(self, sampler: Sampler, domain: Array, t: Array, values: Array) -> None:
        self.sampler = sampler
        self.domain = domain
        self.t = t
        self.values = values

    @classmethod
    def empty(cls, sampler: Sampler, domain: Array) -> Checks:
        """Return checks without points."""
        return cls(sampler, domain, np.empty((0, len(domain))), np.empty(0))

    def fresh(self, t: Array) -> Checks:
        """Return checks at other points of the same function, which is called there."""
        values = self.sampler.at(chebyshev.from_reference(t, *self.domain.T))
        return Checks(self.sampler, self.domain, t, values)

    def with_checks(self, other: Checks) -> Checks:
        """Return the checks of both."""
        t = np.concatenate([self.t, other.t])
        return Checks(self.sampler, self.domain, t, np.concatenate([self.values, other.values]))

    def joined(self, t: Array) -> Checks:
        """Return the checks with more points, at which the function is called."""
        return self.with_checks(self.fresh(t))

    def renewed(self, seed: int, most: int = 2000) -> Checks:
        """Return the checks with fresh points: random, at corners, around the largest value, mixed.

        They are a sixteenth of all evaluations so far, within limits.
        """
        d = len(self.domain)
        count = int(np.clip(self.sampler.evaluations // 16, 40, most))
        t = sample_points(_reference(d), count, seed + 1)
        rng = np.random.default_rng(seed + 2)
        near = np.repeat(all_corners(d), max(1, min(64, count) >> d), axis=0)
        near = near * (1 - 10 ** rng.uniform(-6, -1, near.shape))
        peak = chebyshev.to_reference(self.sampler.peak, *self.domain.T)
        around = _around(peak, np.logspace(-3, 0, min(count // 5, 200)), rng)
        mixed = _mixed(peak, min(count // 3, 500), rng)
        return self.joined(np.concatenate([t, near, around, mixed]))

    def errors(self, tensor: TuckerTensor) -> Array:
        """Return the differences of an approximation to the function, absolute, (M,)."""
        return np.abs(self.values - at_points(tensor, _reference(tensor.ndim), self.t))

    def estimate(self, tensor: TuckerTensor, seed: int) -> tuple[float, Checks]:
        """Return the estimated largest error, and the checks with the points that were added.

        Where a series of low degree is worst, and then one of twice that degree, more points are
        taken: that leads to kinks and cusps that random points miss. Then the surroundings of
        the worst points are looked at, and those of the worst for as long as errors grow.
        """
        rng = np.random.default_rng(seed + 3)
        checks = self
        look = int(np.clip(math.prod(tensor.shape) // 100, 6, _LOOK))
        some = Checks(self.sampler, self.domain, checks.t[-_SOME:], checks.values[-_SOME:])
        added = [np.empty((0, tensor.ndim))]
        for size in 2 ** np.arange(3, int(math.log2(max(tensor.shape)) + 1)):
            low = TuckerTensor(tensor.core, tuple(u[:size] for u in tensor.factors))
            where = some.t[np.argmax(some.errors(low))]
            added.append(_near(where, np.logspace(-1.5, 0.5, look) / size, rng))
        checks = checks.joined(np.concatenate(added))
        errors = checks.errors(tensor)
        if look == _LOOK:
            near = [_near(x, _CLOSE, rng) for x in checks.apart(errors, _SUMMITS)]
            new = checks.fresh(np.concatenate(near))
            errors = np.concatenate([errors, new.errors(tensor)])
            checks = checks.with_checks(new)
        failures = 0
        for _ in range(_CLIMBS):
            before = float(errors.max())
            where = checks.t[np.argmax(errors)]
            new = checks.fresh(_near(where, np.logspace(-6, 0, look), rng))
            errors = np.concatenate([errors, new.errors(tensor)])
            checks = checks.with_checks(new)
            failures = failures + 1 if errors.max() <= 1.3 * before else 0
            if failures == 2:
                break
        return SAFETY * float(errors.max()) + self.rounding(tensor), checks

    def rounding(self, tensor: TuckerTensor) -> float:
        """Return about how much rounding moves the values of an approximation."""
        return float((4 + sum(tensor.shape)) * sys.float_info.epsilon * self.sampler.largest)

    def worst(self, tensor: TuckerTensor, count: int = 12) -> Array:
        """Return points (s, d) of large error that are apart from each other, worst first."""
        return self.apart(self.errors(tensor), count)

    def apart(self, errors: Array, count: int) -> Array:
        """Return those of the points (s, d) with large errors (M,) that are apart, worst first."""
        large = np.flatnonzero(errors >= 0.1 * errors.max())
        t = self.t[large[np.argsort(-errors[large], kind="stable")[:400]]]
        found: list[Array] = []
        while len(t) and len(found) < count:
            found.append(t[0])
            t = t[np.abs(t - t[0]).max(axis=1) > 0.05]
        return np.array(found)

    def compressed(
        self, tensor: TuckerTensor, atol: float, seed: int
    ) -> tuple[TuckerTensor, float, Checks]:
        """Return the tensor with the lowest ranks and degrees that `atol` allows, and its error.

        Where it misses `atol` already, it is returned as it is.
        """
        checks = self
        for room in _ROOMS:
            errors = checks.errors(tensor)
            if float(errors.max()) > room * atol:
                break
            some = checks.some(errors)
            small = shortest(tensor, some.t, some.values, room * atol)
            error, checks = checks.estimate(small, seed)
            if error <= atol:
                return small, error, checks
        return tensor, *checks.estimate(tensor, seed)

    def some(self, errors: Array) -> Checks:
        """Return checks at some of the points: those of the largest errors (M,), and others."""
        if len(self.t) <= 2 * _SOME:
            return self
        worst = np.argpartition(-errors, _SOME)[:_SOME]
        kept = np.concatenate([worst, np.arange(0, len(self.t), math.ceil(len(self.t) / _SOME))])
        return Checks(self.sampler, self.domain, self.t[kept], self.values[kept])


def all_corners(d: int) -> Array:
    """Return the corners of [-1, 1]^d, (2^d, d)."""
    return np.array(list(product((1.0, -1.0), repeat=d)))


def _reference(d: int) -> Array:
    return np.array([[-1.0, 1.0]] * d)


def _around(point: Array, reach: Array, rng: np.random.Generator) -> Array:
    """Return points at given distances from a point, within the box."""
    steps = reach[:, None] * rng.uniform(-1, 1, (len(reach), len(point)))
    return np.clip(point + steps, -1, 1)


def _mixed(point: Array, count: int, rng: np.random.Generator) -> Array:
    """Return points with each coordinate near that of a point, near an end, or anywhere.

    Functions with one peak are hard to resolve on lines and planes through it, near the faces.
    """
    shape = (count, len(point))
    close = np.clip(point + 10 ** rng.uniform(-3, -0.5, shape) * rng.uniform(-1, 1, shape), -1, 1)
    ends = (1 - 10 ** rng.uniform(-6, -1, shape)) * rng.choice([-1.0, 1.0], shape)
    kinds = [close, ends, rng.uniform(-1, 1, shape)]
    return np.choose(rng.integers(0, 3, shape), kinds)


def _near(point: Array, reach: Array, rng: np.random.Generator) -> Array:
    """Return points at given distances in any direction, and as many along the axes.

    Interpolation on a product of points spreads errors along the axes.
    """
    steps = np.zeros((len(reach), len(point)))
    axes = rng.integers(0, len(point), len(reach))
    steps[np.arange(len(reach)), axes] = reach * rng.choice([-1.0, 1.0], len(reach))
    return np.concatenate([_around(point, reach, rng), np.clip(point + steps, -1, 1)])
