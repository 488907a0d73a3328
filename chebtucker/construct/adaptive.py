"""The tensor method: all values on a product grid of Chebyshev points, refined axis by axis."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck.points import crowded
from chebtucker.construct.checking import Checks
from chebtucker.construct.compressing import compressed
from chebtucker.construct.grids import LARGEST_TENSOR, Grid
from chebtucker.construct.job import EXACT, Job, Result
from chebtucker.construct.lengths import Length
from chebtucker.construct.products import Block
from chebtucker.decompositions import st_hosvd

Array = NDArray[np.float64]

_CUT = 0.02  # of the tolerance: what the first decomposition cuts off (Frobenius)
_TAILS = 0.3  # of the tolerance: where the last coefficients of a grid are small
_SCOUTING = 0.1  # of a grid: what may be spent on lines before it is sampled
HOPELESS = 2**21  # values of a grid where more than `max_degree` would be needed anyway
_ROUNDS = 5
_IDLE = 2  # times twice as many points may not help


class Longer(NamedTuple):
    """Why a grid was left: the points that lines through some places (s, d) need are many more."""

    lengths: list[Length]
    checks: Checks
    places: Array


def tensor_method(
    job: Job, lengths: list[Length], checks: Checks, start: Block | None = None
) -> Result:
    """Return coefficients whose error is at most the tolerance, or the best that were found.

    A grid of the size that lines asked for is sampled, axes with large last coefficients get
    more points, and the result is checked. Lines through the worst points show what is missing;
    where they show nothing, axes with the largest last coefficients get twice as many points.
    """
    result = small_grid(job, lengths, checks, start, math.inf)
    assert isinstance(result, Result)
    return result


def small_grid(
    job: Job, lengths: list[Length], checks: Checks, start: Block | None, enough: float
) -> Result | Longer:
    """Do as `tensor_method`, but stop where lines ask for a grid of more than `enough` values."""
    search = _Search(job, _more_lines(job, lengths), start)
    for attempt in range(_ROUNDS):
        seen = search.attempt(checks, job.seed + attempt)
        if search.ended():
            break
        places = seen.apart(seen.errors(search.results[-1].coefficients), 3).t
        found = job.lengths(places)
        search.lengthen(found)
        if math.prod(search.wanted) > enough:
            longer = [max(pair, key=_size) for pair in zip(search.lengths, found, strict=True)]
            return Longer(longer, seen, places)
        if not search.grow(found):
            break
    return search.best


class _Search:
    """A grid that grows, and what it gave.

    `wanted` are the points it gets next, `results` those of all attempts. `idle` counts how often
    twice as many points did not help. `more` are axes where lines need more than is allowed.
    """

    def __init__(self, job: Job, lengths: list[Length], start: Block | None) -> None:
        self.job, self.lengths = job, lengths
        most = HOPELESS if any(one.open for one in lengths) else LARGEST_TENSOR
        trusted = [one.size if one.abrupt else 0 for one in lengths]
        self.grid = Grid(job.sampler, job.domain, job.limits(lengths), most, start, trusted)
        self.wanted = [one.size for one in lengths]
        self.results: list[Result] = []
        self.cut, self.doubled, self.idle = _CUT, False, 0
        self.more: tuple[int, ...] = ()

    @property
    def best(self) -> Result:
        """The result of the least error."""
        best = min(self.results, key=lambda one: one.error)
        return replace(best, short=self.more) if self.more else best

    def attempt(self, checks: Checks, seed: int) -> Checks:
        """Sample and decompose the grid and check the result; return all checks."""
        job = self.job
        self.grid.sample(self.wanted)
        self.wanted = _longer(self.wanted, self.grid.resolve(max(_TAILS * job.rtol, EXACT)))
        tensor = st_hosvd(self.grid.coefficients, atol=self.cut * job.atol)
        fresh = checks.renewed(seed)
        tensor, error, seen = compressed(fresh, tensor, fresh.errors(tensor), job.atol, seed)
        noisy = tuple(k for k, one in enumerate(self.lengths) if one.noisy)
        self.results.append(Result(tensor, error, tuple(self.grid.short(self.wanted)), noisy))
        return seen

    def ended(self) -> bool:
        """Say whether the tolerance is met, or more points are not allowed or do not help."""
        self.idle += self.doubled and not self._gained()
        last = self.results[-1]
        return last.error <= self.job.atol or bool(last.short) or self.idle == _IDLE

    def lengthen(self, found: list[Length]) -> None:
        """Ask for the points that lines need."""
        if any(one.open for one in found):
            self.grid.most = min(self.grid.most, HOPELESS)
        self.wanted = _longer(self.wanted, [one.size for one in found])

    def grow(self, found: list[Length]) -> bool:
        """Prepare the next attempt, with twice as many points where lines did not ask for more.

        Returns False where there is none.
        """
        covered = self.grid.covers(self.wanted)
        if covered:
            self.more = tuple(k for k, one in enumerate(found) if one.open)
        if self.more:
            return False
        self.doubled = covered or not self._gained()
        if self.doubled:
            self.wanted = _longer(self.wanted, self.grid.doubled())
        self.cut *= 0.2
        return not self.doubled or math.prod(self.wanted) <= HOPELESS

    def _gained(self) -> bool:
        before, now = ([math.inf] + [one.error for one in self.results])[-2:]
        return now <= 0.8 * before


def _more_lines(job: Job, lengths: list[Length]) -> list[Length]:
    """Return lengths that lines at more places ask for, where those are cheap beside the grid."""
    sizes = [one.size for one in lengths]
    count = min(int(_SCOUTING * math.prod(sizes)) // (2 * sum(sizes)), 32)
    if len(sizes) == 1 or count < 2:
        return lengths
    rng = np.random.default_rng(job.seed + 7)
    places = crowded(count, len(sizes), rng)
    return [max(pair, key=_size) for pair in zip(lengths, job.lengths(places), strict=True)]


def _size(length: Length) -> int:
    return length.size


def _longer(sizes: list[int], others: list[int]) -> list[int]:
    return [max(pair) for pair in zip(sizes, others, strict=True)]
