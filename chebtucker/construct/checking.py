"""Is an approximation good enough? It is compared with the function where things go wrong."""

from __future__ import annotations

import math
import sys

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.chebtuck.evaluation import at_points, rounding
from chebtucker.chebtuck.points import reference
from chebtucker.construct.places import hard_points, near_points, where_short
from chebtucker.construct.sampling import Sampler
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

_SAFETY = 1.5  # the error is said to be this times the largest that the checks saw
_CLIMBS = 10  # looks around the worst point
_LOOK = 20  # distances in a look
_SUMMITS = 6  # places whose surroundings are looked at where the tensor is not small
_CLOSE = np.logspace(-3, -0.7, 10)
_SUSPECTS = 50  # points of the largest errors, where series of different lengths are compared
_PEAKED = 5.0  # times the root mean square of errors: the largest of those that one place causes


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

    def in_units(self, unit: float) -> Checks:
        """Return the checks with all values divided by a unit."""
        return Checks(self.sampler, self.domain, self.t, self.values / unit)

    def renewed(self, seed: int, most: int = 2000) -> Checks:
        """Return the checks with fresh points: random, at corners, around the largest value, mixed.

        They are a sixteenth of all evaluations so far, within limits; of those at the checks half
        are counted.
        """
        count = int(np.clip((self.sampler.evaluations - len(self.t) // 2) // 16, 22, most))
        peak = chebyshev.to_reference(self.sampler.peak, *self.domain.T)
        return self.joined(hard_points(peak, count, seed, corners=not len(self.t)))

    def errors(self, tensor: TuckerTensor) -> Array:
        """Return the differences of an approximation to the function, absolute, (M,)."""
        return np.abs(self.values - at_points(tensor, reference(tensor.ndim), self.t))

    def completed(self, errors: Array, tensor: TuckerTensor) -> Array:
        """Return the `errors` at all points from those at the first ones."""
        return np.concatenate([errors, self.at(slice(len(errors), None)).errors(tensor)])

    def estimate(self, tensor: TuckerTensor, seed: int) -> tuple[float, Checks]:
        """Return the estimated largest error, and the checks with the points that were added.

        More points are taken where series of low degree differ most from those of twice as many
        coefficients: that leads to kinks and cusps between the points. So they are around the
        worst points, and then around the worst of all for as long as errors grow. A small tensor
        gets fewer of them, unless its errors are peaked.
        """
        rng = np.random.default_rng(seed + 3)
        checks, errors = self, self.errors(tensor)
        peaked = self.peaked(errors, tensor)
        look = _LOOK if peaked else int(np.clip(math.prod(tensor.shape) // 100, 6, _LOOK))
        near = [
            near_points(where, np.logspace(-1.5, 0.5, look) / size, rng)
            for size, where in where_short(tensor, self.t[largest(errors, _SUSPECTS)], rng)
        ]
        if look == _LOOK:
            near += [near_points(where, _CLOSE, rng) for where in self.apart(errors, _SUMMITS).t]
        failures = 0
        for _ in range(_CLIMBS):
            before = float(errors.max())
            where = checks.t[np.argmax(errors)]
            new = checks.fresh(
                np.concatenate([*near, near_points(where, np.logspace(-6, 0, look), rng)])
            )
            near = []
            errors = np.concatenate([errors, new.errors(tensor)])
            checks = checks.with_checks(new)
            failures = failures + 1 if errors.max() <= 1.3 * before else 0
            if failures == 2:
                break
        return self.said(errors, tensor), checks

    def said(self, errors: Array, tensor: TuckerTensor) -> float:
        """Return the error that is said where the largest of some errors (M,) was seen."""
        return _SAFETY * float(errors.max()) + self.rounding(tensor)

    def rounding(self, tensor: TuckerTensor) -> float:
        """Return about how much rounding moves the values of an approximation."""
        return rounding(tensor.shape, self.sampler.largest)

    def apart(self, errors: Array, count: int) -> Checks:
        """Return those of large errors (M,) that are apart from each other, worst first."""
        large = np.flatnonzero(errors >= 0.1 * errors.max())
        left = large[np.argsort(-errors[large], kind="stable")[:400]]
        found: list[int] = []
        while len(left) and len(found) < count:
            found.append(left[0])
            left = left[np.abs(self.t[left] - self.t[left[0]]).max(axis=1) > 0.05]
        return self.at(np.array(found, dtype=np.intp))

    def at(self, which: NDArray[np.intp] | slice) -> Checks:
        """Return some of the checks."""
        return Checks(self.sampler, self.domain, self.t[which], self.values[which])

    def peaked(self, errors: Array, tensor: TuckerTensor) -> bool:
        """Say whether errors (M,) above rounding are far larger at one place than elsewhere.

        They may be the tail of a narrow feature that no point has met. Rounding of a coordinate
        near the end of an axis is multiplied by the square of the degree there.
        """
        most = float(errors.max())
        rounding = max(20, *tensor.shape) ** 2 * sys.float_info.epsilon * self.sampler.largest
        alike = most <= _PEAKED * float(np.sqrt(np.square(errors).mean()))
        return not alike and most > rounding


def largest(values: Array, count: int) -> NDArray[np.intp]:
    """Return where the largest `count` of some values are, in no order."""
    return np.argpartition(-values, min(count, len(values) - 1))[:count]
