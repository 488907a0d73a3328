"""Is an approximation good enough? It is compared with the function where things go wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.chebtuck.evaluation import at_points, sample_points
from chebtucker.construct.sampling import Sampler
from chebtucker.decompositions import round_tucker
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

SAFETY = 1.5  # the error is said to be this times the largest that the checks saw
_SHARES = tuple(2 * 0.7**k for k in range(23))  # of the room: what may be cut off, 2 to 8e-4
_RANKS = 0.7  # of the room: what may be seen at the points when ranks are cut
_LINES = 200  # through the worst points, for the degrees
_CLIMBS = 10  # looks around the worst point
_LOOK = 20  # distances in a look
_SOME = 400  # points at which series that are not the last are compared
_ROOMS = (0.6, 0.4, 0.25)  # of the tolerance: what may be seen at the points after compression


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

    def renewed(self, seed: int, most: int = 3000) -> Checks:
        """Return the checks with fresh points: random ones, at corners, around the largest value.

        They are a twelfth of all evaluations so far, within limits.
        """
        d = len(self.domain)
        count = int(np.clip(self.sampler.evaluations // 12, 40, most))
        t = sample_points(_reference(d), count, seed + 1)
        rng = np.random.default_rng(seed + 2)
        near = np.repeat(all_corners(d), max(1, min(64, count) >> d), axis=0)
        near = near * (1 - 10 ** rng.uniform(-6, -1, near.shape))
        peak = chebyshev.to_reference(self.sampler.peak, *self.domain.T)
        around = _around(peak, np.logspace(-3, 0, min(count // 5, 200)), rng)
        return self.joined(np.concatenate([t, near, around]))

    def errors(self, tensor: TuckerTensor) -> Array:
        """Return the differences of an approximation to the function, absolute, (M,)."""
        return np.abs(self.values - at_points(tensor, _reference(tensor.ndim), self.t))

    def estimate(self, tensor: TuckerTensor, seed: int) -> tuple[float, Checks]:
        """Return the estimated largest error, and the checks with the points that were added.

        Where a series of low degree is worst, and then one of twice that degree, more points are
        taken: that leads to kinks and cusps that random points miss. Then the surroundings of the
        worst point are looked at, for as long as that shows larger errors.
        """
        rng = np.random.default_rng(seed + 3)
        checks = self
        look = int(np.clip(math.prod(tensor.shape) // 100, 6, _LOOK))
        for size in 2 ** np.arange(3, int(math.log2(max(tensor.shape)) + 1)):
            low = TuckerTensor(tensor.core, tuple(u[:size] for u in tensor.factors))
            some = Checks(self.sampler, self.domain, checks.t[-_SOME:], checks.values[-_SOME:])
            where = some.t[np.argmax(some.errors(low))]
            checks = checks.joined(_near(where, np.logspace(-1.5, 0.5, look) / size, rng))
        errors = checks.errors(tensor)
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
        rounding = (4 + sum(tensor.shape)) * np.finfo(float).eps * self.sampler.largest
        return SAFETY * float(errors.max()) + rounding, checks

    def worst(self, tensor: TuckerTensor, count: int = 12) -> Array:
        """Return points (s, d) of large error that are apart from each other, worst first."""
        errors = self.errors(tensor)
        order = np.argsort(-errors)
        large = order[errors[order] >= 0.1 * errors[order[0]]][:400]
        found: list[int] = []
        for i in large:
            if all(np.abs(self.t[i] - self.t[j]).max() > 0.05 for j in found):
                found.append(int(i))
            if len(found) == count:
                break
        return self.t[found]

    def compressed(
        self, tensor: TuckerTensor, atol: float, seed: int
    ) -> tuple[TuckerTensor, float, Checks]:
        """Return the tensor with the lowest ranks and degrees that `atol` allows, and its error.

        Where it misses `atol` already, it is returned as it is.
        """
        checks = self
        for room in _ROOMS:
            if float(checks.errors(tensor).max()) > room * atol:
                break
            small = checks.shortest(tensor, room * atol)
            error, checks = checks.estimate(small, seed)
            if error <= atol:
                return small, error, checks
        return tensor, *checks.estimate(tensor, seed)

    def shortest(self, tensor: TuckerTensor, room: float) -> TuckerTensor:
        """Return the tensor with the lowest ranks and degrees whose errors here are below `room`.

        First ranks, by the Frobenius norm of what goes; then degrees, by the sum of what goes on
        lines through the points. How much may go is found by bisection.
        """
        some = self.some(tensor)

        def fits(share: float, limit: float, cut: Callable[[float], TuckerTensor]) -> bool:
            return float(some.errors(cut(share * room)).max()) <= limit

        def with_lower_ranks(atol: float) -> TuckerTensor:
            return round_tucker(tensor, atol=atol)

        share = largest(_SHARES, lambda one: fits(one, _RANKS * room, with_lower_ranks))
        low = tensor if share is None else with_lower_ranks(share * room)
        tails = some.tails(low)

        def with_lower_degrees(atol: float) -> TuckerTensor:
            kept = [max(int(np.count_nonzero(one > atol)), 1) for one in tails]
            factors = [u[:n] for u, n in zip(low.factors, kept, strict=True)]
            return TuckerTensor(low.core, tuple(factors))

        share = largest(_SHARES, lambda one: fits(one, room, with_lower_degrees))
        return low if share is None else with_lower_degrees(share * room)

    def some(self, tensor: TuckerTensor) -> Checks:
        """Return checks at some of the points: where the approximation is worst, and others."""
        if len(self.t) <= 2 * _SOME:
            return self
        worst = np.argpartition(-self.errors(tensor), _SOME)[:_SOME]
        kept = np.concatenate([worst, np.arange(0, len(self.t), math.ceil(len(self.t) / _SOME))])
        return Checks(self.sampler, self.domain, self.t[kept], self.values[kept])

    def tails(self, tensor: TuckerTensor) -> list[Array]:
        """Return for each axis the largest sums of coefficients of degree n and above, (n,).

        On the lines through those points where the approximation is worst.
        """
        t = self.t[np.argsort(-self.errors(tensor))[:_LINES]]
        rows = [chebyshev.basis(x, len(u)) @ u for x, u in zip(t.T, tensor.factors, strict=True)]
        result = []
        for k, factor in enumerate(tensor.factors):
            partial = np.moveaxis(tensor.core, k, -1)[..., None]  # (r_j .., r_k, 1)
            for row in (one for j, one in enumerate(rows) if j != k):
                partial = np.einsum("a...m,ma->...m", partial, row)
            sizes = np.abs(factor @ partial)  # (n_k, r_k) @ (r_k, m)
            result.append(np.cumsum(sizes[::-1], axis=0)[::-1].max(axis=1))
        return result


def largest(candidates: Sequence[float], fits: Callable[[float], bool]) -> float | None:
    """Return the first of descending candidates that fits, by bisection; None where none does."""
    low, high = 0, len(candidates)
    while low < high:
        middle = (low + high) // 2
        if fits(candidates[middle]):
            high = middle
        else:
            low = middle + 1
    return candidates[low] if low < len(candidates) else None


def all_corners(d: int) -> Array:
    """Return the corners of [-1, 1]^d, (2^d, d)."""
    return np.array(list(product((1.0, -1.0), repeat=d)))


def _reference(d: int) -> Array:
    return np.array([[-1.0, 1.0]] * d)


def _around(point: Array, reach: Array, rng: np.random.Generator) -> Array:
    """Return points at given distances from a point, within the box."""
    steps = reach[:, None] * rng.uniform(-1, 1, (len(reach), len(point)))
    return np.clip(point + steps, -1, 1)


def _near(point: Array, reach: Array, rng: np.random.Generator) -> Array:
    """Return points at given distances in any direction, and as many along the axes.

    Interpolation on a product of points spreads errors along the axes.
    """
    steps = np.zeros((len(reach), len(point)))
    axes = rng.integers(0, len(point), len(reach))
    steps[np.arange(len(reach)), axes] = reach * rng.choice([-1.0, 1.0], len(reach))
    return np.concatenate([_around(point, reach, rng), np.clip(point + steps, -1, 1)])
