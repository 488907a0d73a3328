"""The tensor method: all values on a product grid of Chebyshev points, refined axis by axis."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck.evaluation import crowded
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
    lengths = _more_lines(job, lengths)
    noisy = tuple(k for k, one in enumerate(lengths) if one.noisy)
    trusted = [one.size if one.abrupt else 0 for one in lengths]
    hopeless = any(one.open for one in lengths)
    most = HOPELESS if hopeless else LARGEST_TENSOR
    grid = Grid(job.sampler, job.domain, job.limits(lengths), most, start)
    wanted, cut, before = [one.size for one in lengths], _CUT, np.inf
    best: Result | None = None
    doubled, idle = False, 0
    for attempt in range(_ROUNDS):
        grid.sample(wanted)
        wanted = _longer(wanted, grid.resolve(max(_TAILS * job.rtol, EXACT), trusted))
        tensor = st_hosvd(grid.coefficients, atol=cut * job.atol)
        seed = job.seed + attempt
        fresh = checks.renewed(seed)
        tensor, error, seen = compressed(fresh, tensor, fresh.errors(tensor), job.atol, seed)
        short = tuple(grid.short(wanted))
        if best is None or error < best.error:
            best = Result(tensor, error, short, noisy)
        gained = error <= 0.8 * before
        idle += doubled and not gained
        if error <= job.atol or short or idle == 2:
            break
        places = seen.apart(seen.errors(tensor), 3).t
        found = job.lengths(places)
        if any(one.open for one in found):
            grid.most = min(grid.most, HOPELESS)
        wanted = _longer(wanted, [one.size for one in found])
        if math.prod(wanted) > enough:
            longer = [max(pair, key=_size) for pair in zip(lengths, found, strict=True)]
            return Longer(longer, seen, places)
        more = tuple(k for k, one in enumerate(found) if one.open)
        if more and grid.covers(wanted):
            best = replace(best, short=more)
            break
        doubled = grid.covers(wanted) or not gained
        if doubled:
            wanted = _longer(wanted, grid.doubled(trusted))
            if math.prod(wanted) > HOPELESS:
                break
        cut, before = 0.2 * cut, error
    assert best is not None
    return best


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
