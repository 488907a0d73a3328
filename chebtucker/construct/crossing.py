"""The cross method: fibres and a small core instead of a full grid."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chebtucker.construct.checking import Checks
from chebtucker.construct.compressing import compressed
from chebtucker.construct.fibres import Fibres, missing_columns
from chebtucker.construct.grids import LARGEST_TENSOR
from chebtucker.construct.job import Job, Result
from chebtucker.construct.lengths import Length
from chebtucker.construct.lines import refine_all
from chebtucker.construct.products import Block, at_each, grown, nothing
from chebtucker.tensors import TuckerTensor, multi_mode_dot

Array = NDArray[np.float64]

_GOAL = 0.08  # of the tolerance: what may be seen at a few points before more are looked at
_ALMOST = 0.5  # of the tolerance: what may be seen at these before ranks are cut
_FINE = 0.02  # of the tolerance: what a column of the core must show to be worth a fibre
_GROWTH = 2.0  # of a core that the coordinates of worst points join
_SMALL = 50_000  # values of a core that is never too large where the method is asked for
_ROUNDS = 30
_PATIENCE = 4  # rounds without progress


def cross_method(
    job: Job, lengths: list[Length], checks: Checks, blocks: Sequence[Block], share: float = 1.0
) -> Result | None:
    """Return coefficients whose error is at most the tolerance, or the best that were found.

    Columns of the unfoldings of blocks of values that earlier fibres do not explain get fibres of
    their own; these give bases, points that tell the bases apart (DEIM), and with them the next
    block, the core. Where the result differs from the function, fibres through the worst points
    show what is missing; where they show nothing, the points join the core.

    Parameters
    ----------
    job, lengths, checks
        What is asked for, the points on each axis, points to compare with at first.
    blocks : sequence of Block
        Values to start from.
    share : float
        Of the full grid: how many values the core may have. None is returned where it has more
        before there is any result.

    References
    ----------
    .. [1] S. Dolgov, D. Kressner and C. Stroessner, Functional Tucker approximation using
       Chebyshev interpolation, SIAM J. Sci. Comput. 43 (2021), A2190-A2210.
    """
    cross = Cross(job, lengths, share)
    cross.add_fibres(blocks[:1])
    cross.add_fibres(blocks[1:])
    best: Result | None = None
    seen: list[float] = []
    for attempt in range(_ROUNDS):
        if not cross.extend():
            break
        if cross.add_fibres([cross.core]):
            continue
        tensor, seed = cross.tensor(), job.seed + attempt
        if attempt:
            checks = checks.renewed(seed, 100)
        errors = checks.errors(tensor)
        seen.append(float(errors.max()))
        if seen[-1] == min(seen):
            closest = tensor
        stuck = len(seen) > _PATIENCE and min(seen[-_PATIENCE:]) > 0.7 * min(seen[:-_PATIENCE])
        if stuck:
            tensor, errors = closest, checks.errors(closest)
        if seen[-1] <= _GOAL * job.atol + checks.rounding(tensor) or stuck:
            checks = checks.renewed(seed + _ROUNDS)
            errors = checks.completed(errors, tensor)
            if errors.max() <= _ALMOST * job.atol or stuck:
                small, error, checks = compressed(checks, tensor, errors, job.atol, seed)
                if best is None or error < best.error:
                    best = Result(small, error, cross.short, cross.noisy, cross.full)
                if error <= job.atol or stuck:
                    break
                errors = checks.completed(errors, tensor)
        cross.look_at(checks.apart(errors, 12))
    if best is None and cross.core.values.size:
        tensor = closest if seen else cross.tensor()
        tensor, error, _ = compressed(checks, tensor, checks.errors(tensor), job.atol, job.seed)
        best = Result(tensor, error, cross.short, cross.noisy, cross.full)
    return best


class Cross:
    """Fibres along each axis, and values on a product of points that tell their spans apart."""

    def __init__(self, job: Job, lengths: list[Length], share: float) -> None:
        self.job = job
        limits = job.limits(lengths)
        self.fibres = [
            Fibres(job, k, one, limit)
            for k, (one, limit) in enumerate(zip(lengths, limits, strict=True))
        ]
        self.noisy = tuple(k for k, one in enumerate(lengths) if one.noisy)
        self.share = share
        self.full = False
        self.core = Block((np.empty(0),) * len(lengths), nothing(len(lengths))[0])
        self._atol = max(_FINE * job.atol, 1e-14 * job.sampler.largest)

    @property
    def short(self) -> tuple[int, ...]:
        """Axes whose fibres would need more points."""
        return tuple(k for k, one in enumerate(self.fibres) if not one.resolved)

    def add_fibres(self, blocks: Sequence[Block]) -> int:
        """Sample fibres through what blocks show and the bases do not have; say how many."""
        if not blocks:
            return 0
        places = [
            np.concatenate([self._unexplained(block, one) for block in blocks])
            for one in self.fibres
        ]
        unknown = [np.full(len(some), np.nan) for some in places]
        return sum(self._sampled(places, unknown))

    def _unexplained(self, block: Block, one: Fibres) -> Array:
        """Return points (m, d) through which an axis needs fibres to explain a block of values."""
        k, d = one.axis, len(self.fibres)
        unfolding = np.moveaxis(block.values, k, 0)
        if len(unfolding) == 1 and one.basis.size:
            return np.empty((0, d))
        others = unfolding.shape[1:]
        known = one.at(block.axes[k]) if one.basis.size else np.empty((len(unfolding), 0))
        columns = missing_columns(unfolding.reshape(len(unfolding), -1), known, self._atol)
        if not len(columns) and not one.basis.size:
            columns = np.zeros(1, dtype=np.intp)
        places = np.zeros((len(columns), d))
        rest = [j for j in range(d) if j != k]
        for j, index in zip(rest, np.unravel_index(columns, others), strict=True):
            places[:, j] = block.axes[j][index]
        return places

    def _sampled(self, places: list[Array], known: list[Array]) -> list[int]:
        """Sample fibres through points (m, d), one array for each axis; say how many were kept.

        `known` are the values at the points, (m,), NaN where they are not known.
        """
        sets = [one.points(some) for one, some in zip(self.fibres, places, strict=True)]
        atol = 0.5 * self._atol
        values = at_each(self.job.sampler, self.job.domain, sets)
        kept = [
            one.take(some, on_fibres, there, atol)
            for one, some, on_fibres, there in zip(self.fibres, places, values, known, strict=True)
        ]
        grown = [one for one, count in zip(self.fibres, kept, strict=True) if count]
        while rough := [one for one in grown if not one.settled()]:
            refine_all(self.job.sampler, self.job.domain, rough)
        for one in grown:
            one.renew(atol)
        return kept

    def extend(self) -> bool:
        """Take more values of the core where the bases grew; False where it would be too large."""
        axes = [
            one.telling(points) for one, points in zip(self.fibres, self.core.axes, strict=True)
        ]
        return self._take(axes)

    def look_at(self, checks: Checks) -> None:
        """Sample fibres through checks where they show something new, or else the core."""
        d, t, known = len(self.fibres), checks.t, checks.values
        first = self._sampled([t[:2]] * d, [known[:2]] * d)
        rest = [slice(2, None) if new else slice(0) for new in first]
        self._sampled([t[some] for some in rest], [known[some] for some in rest])
        if not any(first):
            self._take([_with(x, t[:, k], d) for k, x in enumerate(self.core.axes)])

    def tensor(self) -> TuckerTensor:
        """Return the tensor in the span of the bases that is nearest to the core."""
        inverses: list[Array] = [
            np.asarray(np.linalg.pinv(one.at(x)), dtype=np.float64)
            for one, x in zip(self.fibres, self.core.axes, strict=True)
        ]
        core = multi_mode_dot(self.core.values, inverses)  # (r_k, s_k) on each axis
        return TuckerTensor(core, tuple(one.basis for one in self.fibres))

    def _take(self, axes: list[Array]) -> bool:
        """Sample the core on points that begin with those of the present one, if memory allows."""
        size = math.prod(len(x) for x in axes)
        most = self.share * math.prod(one.size for one in self.fibres)
        if self.share >= 1:
            most = max(most, _SMALL)
        self.full = size > LARGEST_TENSOR
        if size > min(LARGEST_TENSOR, most):
            return False
        places = [np.arange(len(x)) for x in self.core.axes]
        values = grown(self.job.sampler, self.job.domain, axes, self.core.values, places)
        self.core = Block(tuple(axes), values)
        return True


def _with(points: Array, more: Array, ndim: int) -> Array:
    """Return points and those of others that are not there yet.

    So many that a block grows to `_GROWTH` times its size at most, but one at least.
    """
    most = math.ceil(len(points) * (_GROWTH ** (1 / ndim) - 1))
    fresh: list[float] = []
    for x in more.tolist():
        known = np.concatenate([points, fresh])
        if len(fresh) < most and np.abs(known - x).min() > 1e-6:
            fresh.append(x)
    return np.concatenate([points, fresh])
