"""The tensor method: all values on a product grid of Chebyshev points, refined axis by axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.chebtuck.changing import trimmed
from chebtucker.chebtuck.evaluation import at_points, sample_points
from chebtucker.construct.sampling import Sampler
from chebtucker.construct.scouting import sizes_on_lines, starting_points
from chebtucker.decompositions import st_hosvd
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]

LARGEST_TENSOR = 2**25  # values of the largest grid: 256 MiB, and a few times that in between
_LARGEST_WORK = 2**34  # of that times its longest axis, what the decomposition costs
_ROUNDS = 5
_CUT = 0.025  # of the tolerance: what compression may cut off, in the Frobenius norm
_LINES = 0.1  # of the tolerance: where coefficients on a line are small
_CHECKS = 1000  # random points at which a result is checked, besides those near the corners
_SINGLE = 5e-7  # relative; nothing below it can be found in single precision
_SAFETY = 2.0  # the error is said to be this times the largest that the checks saw


@dataclass
class Result:
    """Coefficients, the estimated largest error, and the axes that would need more points."""

    coefficients: TuckerTensor
    error: float
    short: list[int]
    wanted: list[int]


def tensor_method(
    sampler: Sampler, domain: Array, rtol: float, largest_size: int, seed: int
) -> Result:
    """Return coefficients whose error is at most rtol times the largest value, or the best.

    Lines through a few points give the number of points for each axis. The grid with so many is
    sampled, axes with large last coefficients get 2n - 1 points (the old ones are used again),
    and the result is checked at random points and near the corners. Lines through the worst of
    these show what is missing.
    """
    starts = starting_points(sampler, domain, seed)
    if sampler.largest == 0:
        zero = TuckerTensor(np.zeros((1,) * len(domain)), (np.ones((1, 1)),) * len(domain))
        return Result(zero, 0.0, [], [1] * len(domain))
    if sampler.single:
        rtol = max(rtol, _SINGLE)
    wanted = sizes_on_lines(sampler, domain, starts, _LINES * rtol, largest_size)
    grid = Grid(sampler, domain, largest_size)
    cut = _CUT * rtol
    results = []
    for attempt in range(_ROUNDS):
        grid.sample(wanted)
        wanted = [max(sizes) for sizes in zip(wanted, grid.resolve(0.3 * rtol), strict=True)]
        tensor = st_hosvd(grid.coefficients, atol=cut * sampler.largest)
        tensor = trimmed(tensor, 0.5 * cut * sampler.largest / max(tensor.norm(), 1e-300))
        error, worst = measured_error(sampler, domain, tensor, seed + attempt)
        results.append(Result(tensor, error, grid.short(wanted), wanted))
        if error <= rtol * sampler.largest:
            break
        needed = sizes_on_lines(sampler, domain, worst, _LINES * rtol, largest_size)
        longer = [max(sizes) for sizes in zip(wanted, needed, strict=True)]
        stuck = attempt > 0 and error > 0.5 * results[-2].error
        if stuck or (longer == wanted and grid.short(wanted)):
            break
        wanted, cut = longer, 0.2 * cut
    best = min(results, key=lambda result: result.error)
    best.short, best.wanted = grid.short(wanted), wanted
    return best


def measured_error(
    sampler: Sampler, domain: Array, tensor: TuckerTensor, seed: int, count: int = _CHECKS
) -> tuple[float, Array]:
    """Return the estimated largest error, and the worst points as (s, d) in [-1, 1]^d."""
    box = np.array([[-1.0, 1.0]] * len(domain))
    t = sample_points(box, count, seed + 1)
    rng = np.random.default_rng(seed + 2)
    near = t[-(2 ** len(domain)) :] * (1 - 0.01 * rng.uniform(0, 1, (2 ** len(domain), 1)))
    reach = np.logspace(-3, 0, count // 5)[:, None]
    peak = (2 * sampler.peak - domain.sum(axis=1)) / (domain[:, 1] - domain[:, 0])
    around = np.clip(peak + reach * rng.uniform(-1, 1, (len(reach), len(domain))), -1, 1)
    t = np.concatenate([t, near, around])
    errors = _differences(sampler, domain, tensor, t)
    for _ in range(2):  # look again around the worst point, closer and closer
        reach = np.logspace(-5, -0.5, count // 5)[:, None]
        around = t[np.argmax(errors)] + reach * rng.uniform(-1, 1, (len(reach), len(domain)))
        around = np.clip(around, -1, 1)
        t = np.concatenate([t, around])
        errors = np.concatenate([errors, _differences(sampler, domain, tensor, around)])
    floor = 4 * np.finfo(float).eps * sampler.largest
    return _SAFETY * float(errors.max()) + floor, t[np.argsort(-errors)[:3]]


def _differences(sampler: Sampler, domain: Array, tensor: TuckerTensor, t: Array) -> Array:
    box = np.array([[-1.0, 1.0]] * len(domain))
    values = sampler.at(chebyshev.from_reference(t, domain[:, 0], domain[:, 1]))
    return np.abs(values - at_points(tensor, box, t))


def _affordable(shape: Sequence[int]) -> bool:
    size = math.prod(shape)
    return size <= LARGEST_TENSOR and size * max(shape) <= _LARGEST_WORK


class Grid:
    """Values of a function on a product of Chebyshev points that grows axis by axis."""

    def __init__(self, sampler: Sampler, domain: Array, largest_size: int) -> None:
        self.sampler = sampler
        self.domain = domain
        self.largest_size = largest_size
        self.values = np.empty((0,) * len(domain))
        self.coefficients = self.values

    def sample(self, wanted: Sequence[int]) -> None:
        """Take at least the wanted points on each axis, as far as memory goes."""
        shape = self._fitting([min(n, self.largest_size) for n in wanted])
        old = self.values
        if old.size and all(n <= m for n, m in zip(shape, old.shape, strict=True)):
            return
        if old.size:
            doubled = [m if n <= m else 2 * m - 1 for n, m in zip(shape, old.shape, strict=True)]
            enough = all(n <= m <= 1.25 * n or m == o for n, m, o in zip(
                shape, doubled, old.shape, strict=True))  # fmt: skip
            if enough and _affordable(doubled):
                self._double(doubled)
                return
        axes = self._axes(shape)
        self._take(self.sampler.on_grid(axes))

    def resolve(self, rtol: float) -> list[int]:
        """Double axes until their last coefficients are small; return the points they need."""
        while True:
            wanted = self._needed(rtol * self.sampler.largest)
            doubled = [
                2 * n - 1 if need > n and 2 * n - 1 <= self.largest_size else n
                for need, n in zip(wanted, self.values.shape, strict=True)
            ]
            grows = math.prod(doubled) > self.values.size
            if not grows or not _affordable(doubled):
                return wanted
            self._double(doubled)

    def short(self, wanted: Sequence[int]) -> list[int]:
        """Return the axes that have fewer points than they need."""
        return [k for k, n in enumerate(wanted) if n > self.values.shape[k]]

    def _needed(self, atol: float) -> list[int]:
        """Return the points for each axis; more than there are where the tail is not small."""
        result = []
        for axis, n in enumerate(self.values.shape):
            others = tuple(k for k in range(self.values.ndim) if k != axis)
            size = np.abs(self.coefficients).max(axis=others)
            tail = max(2, n // 16)  # an even function has every other coefficient zero
            resolved = n > 2 * tail and bool((size[-tail:] <= atol).all())
            resolved = resolved or (n <= 2 * tail and bool(size[1:].max(initial=0) <= atol))
            result.append(n if resolved else 2 * n - 1)
        return result

    def _take(self, values: Array) -> None:
        self.values = values
        for axis in range(values.ndim):
            values = chebyshev.coefficients(values, axis)
        self.coefficients = values

    def _double(self, shape: Sequence[int]) -> None:
        """Sample between the points on the axes that grow, and use the old values again."""
        old = self.values
        grown = [k for k, n in enumerate(shape) if n > old.shape[k]]
        values = np.empty(shape)
        every = [slice(None, None, 2 if k in grown else 1) for k in range(old.ndim)]
        values[tuple(every)] = old
        axes = self._axes(shape)
        for j, axis in enumerate(grown):  # new points on this axis, old on the grown ones after
            part = [slice(None)] * old.ndim
            part[axis] = slice(1, None, 2)
            for later in grown[j + 1 :]:
                part[later] = slice(None, None, 2)
            values[tuple(part)] = self.sampler.on_grid(
                [x[s] for x, s in zip(axes, part, strict=True)]
            )
        self._take(values)

    def _axes(self, shape: Sequence[int]) -> list[Array]:
        return [
            chebyshev.from_reference(chebyshev.points(n), lo, hi)
            for n, (lo, hi) in zip(shape, self.domain, strict=True)
        ]

    @staticmethod
    def _fitting(shape: list[int]) -> list[int]:
        """Return the shape with its longest axes cut until it fits."""
        shape = list(shape)
        while not _affordable(shape):
            longest = max(range(len(shape)), key=shape.__getitem__)
            shape[longest] = shape[longest] * 4 // 5
        return shape
