"""The cross method: fibres and a small core instead of a full grid."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker.construct.checking import Checks
from chebtucker.construct.fibres import Fibres, missing_columns
from chebtucker.construct.grids import LARGEST_TENSOR
from chebtucker.construct.job import Job, Result
from chebtucker.construct.products import grown, nothing
from chebtucker.construct.scouting import Length
from chebtucker.tensors import TuckerTensor, multi_mode_dot

Array = NDArray[np.float64]

_FINE = 0.02  # of the tolerance: what a column of the core must show to be worth a fibre
_ROUNDS = 14
_PATIENCE = 3  # rounds without progress


@dataclass(frozen=True)
class Block:
    """Values on a product of points in [-1, 1], one list of them for each axis."""

    axes: tuple[Array, ...]
    values: Array


def cross_method(
    job: Job, lengths: list[Length], checks: Checks, coarse: Block, share: float = 1.0
) -> Result | None:
    """Return coefficients whose error is at most the tolerance, or the best that were found.

    Columns of the unfoldings of a small block of values that earlier fibres do not explain get
    fibres of their own; these give bases, points that tell the bases apart (DEIM), and with them
    the next block, the core. Where the result differs from the function, the coordinates of the
    worst points join the block.

    Parameters
    ----------
    job, lengths, checks
        What is asked for, the points on each axis, points to compare with at first.
    coarse : Block
        Values to start from.
    share : float
        Of the full grid: how many values the core may have. None is returned where it has more
        before there is any result.

    References
    ----------
    .. [1] S. Dolgov, D. Kressner and C. Stroessner, Functional Tucker approximation using
       Chebyshev interpolation, SIAM J. Sci. Comput. 43 (2021), A2190-A2210.
    """
    noisy = tuple(k for k, one in enumerate(lengths) if one.noisy)
    limits = job.limits(lengths)
    fibres = [
        Fibres(job, k, one, limit)
        for k, (one, limit) in enumerate(zip(lengths, limits, strict=True))
    ]
    block, first = coarse, True
    results: list[Result] = []
    for attempt in range(_ROUNDS):
        _add_fibres(job, fibres, block)
        old = [np.empty(0)] * len(fibres) if first else block.axes
        axes = [one.telling(points) for one, points in zip(fibres, old, strict=True)]
        if _too_large(axes, fibres, share):
            break
        block = _extended(job, axes, None if first else block)
        first = False
        seed = job.seed + attempt
        fresh = checks.renewed(block.values.size, seed)
        tensor, error, seen = fresh.compressed(_tensor(fibres, block), job.atol, seed)
        short = tuple(k for k, one in enumerate(fibres) if not one.resolved)
        results.append(Result(tensor, error, short, noisy))
        earlier = [result.error for result in results[:-_PATIENCE]]
        stuck = bool(earlier) and min(r.error for r in results[-_PATIENCE:]) > 0.7 * min(earlier)
        if error <= job.atol or stuck:
            break
        worst = seen.worst(tensor)
        axes = [_with(points, worst[:, k]) for k, points in enumerate(block.axes)]
        if _too_large(axes, fibres, share):
            break
        block = _extended(job, axes, block)
    return min(results, key=lambda result: result.error) if results else None


def _add_fibres(job: Job, fibres: list[Fibres], block: Block) -> None:
    """Sample fibres through what the block shows and the bases do not have."""
    atol = max(_FINE * job.atol, 1e-14 * job.sampler.largest)
    for k, one in enumerate(fibres):
        unfolding = np.moveaxis(block.values, k, 0)
        others = unfolding.shape[1:]
        seen = one.at(block.axes[k]) if one.basis.size else np.empty((len(unfolding), 0))
        columns = missing_columns(unfolding.reshape(len(unfolding), -1), seen, atol)
        if not len(columns) and one.basis.size:
            continue
        columns = columns if len(columns) else np.zeros(1, dtype=np.intp)
        places = np.zeros((len(columns), len(fibres)))
        rest = [j for j in range(len(fibres)) if j != k]
        for j, index in zip(rest, np.unravel_index(columns, others), strict=True):
            places[:, j] = block.axes[j][index]
        one.add(places, 0.5 * atol)


def _too_large(axes: list[Array], fibres: list[Fibres], share: float) -> bool:
    size = math.prod(len(x) for x in axes)
    return size > min(LARGEST_TENSOR, share * math.prod(one.size for one in fibres))


def _extended(job: Job, axes: list[Array], old: Block | None) -> Block:
    """Return the block on points that begin with those of the old one."""
    known, places = nothing(len(axes))
    if old is not None:
        known, places = old.values, [np.arange(len(x)) for x in old.axes]
    return Block(tuple(axes), grown(job.sampler, job.domain, axes, known, places))


def _tensor(fibres: list[Fibres], block: Block) -> TuckerTensor:
    """Return the tensor in the span of the bases that is nearest to the block."""
    inverses: list[Array] = [
        np.asarray(np.linalg.pinv(one.at(x)), dtype=np.float64)
        for one, x in zip(fibres, block.axes, strict=True)
    ]
    core = multi_mode_dot(block.values, inverses)  # (r_k, s_k) on each axis
    return TuckerTensor(core, tuple(one.basis for one in fibres))


def _with(points: Array, more: Array) -> Array:
    """Return points and those of others that are not there yet, at most as many as a third."""
    fresh: list[float] = []
    for x in more.tolist():
        known = np.concatenate([points, fresh])
        if len(fresh) < max(3, len(points) // 3) and np.abs(known - x).min() > 1e-6:
            fresh.append(x)
    return np.concatenate([points, fresh])
