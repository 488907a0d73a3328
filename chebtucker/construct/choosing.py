"""Grid or cross? Lines give the degrees, a coarse block of values the ranks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chebtucker.construct.adaptive import tensor_method
from chebtucker.construct.crossing import Block, cross_method
from chebtucker.construct.grids import LARGEST_TENSOR, affordable
from chebtucker.construct.job import Job, Result
from chebtucker.construct.products import grown, nothing
from chebtucker.construct.scouting import FIRST, Length, first_look
from chebtucker.decompositions.range_finders import singular_values
from chebtucker.tensors import TuckerTensor
from chebtucker.tensors.modes import as_three

Array = NDArray[np.float64]

_SMALL = 6000  # values of a grid that is taken without asking
_COARSE = 5000  # values of the first block, at most
_SINGLE = 5e-7  # relative; nothing below it can be found in single precision
_FALLBACK = 20  # times what a cross has cost: a grid that is tried after it
_MARGIN = 2.0  # how much cheaper than the grid the cross must look


def resolve(job: Job, method: str) -> Result:
    """Return what the method finds; "auto" takes the one that needs fewer values."""
    d = len(job.domain)
    checks, starts = first_look(job.sampler, job.domain, job.seed)
    if job.sampler.largest == 0:
        return Result(TuckerTensor(np.zeros((1,) * d), (np.ones((1, 1)),) * d), 0.0)
    if job.sampler.single:
        job = replace(job, rtol=max(job.rtol, _SINGLE))
    lengths = job.lengths(starts) if d > 1 else [Length(min(FIRST, job.largest_size))]
    sizes = [one.size for one in lengths]
    total = math.prod(sizes)
    if d == 1 or method == "tensor" or (method == "auto" and total <= _SMALL):
        return tensor_method(job, lengths, checks)
    coarse, ranks = coarse_block(job, sizes, starts[0])
    forced = method == "cross" or not affordable(sizes)
    if not forced and _MARGIN * _cost_of_cross(sizes, ranks) > total:
        return tensor_method(job, lengths, checks)
    result = cross_method(job, lengths, checks, coarse, share=1.0 if forced else 0.5)
    if method == "auto" and (result is None or _worth_a_grid(job, result, lengths)):
        grid = tensor_method(job, lengths, checks)
        result = grid if result is None or grid.error < result.error else result
    if result is None:
        raise ValueError(
            f"`method` 'cross' needs a core of more than {LARGEST_TENSOR} values "
            f"({8 * LARGEST_TENSOR / 2**30:.2f} GiB); raise `rtol` or make `domain` smaller"
        )
    return result


def _worth_a_grid(job: Job, result: Result, lengths: list[Length]) -> bool:
    """Say whether a grid may reach what a cross has missed."""
    sizes = np.maximum(result.coefficients.shape, [one.size for one in lengths]).tolist()
    within = math.prod(sizes) <= max(_FALLBACK * job.sampler.evaluations, 10**6)
    return result.error > job.atol and within and not any(one.open for one in lengths)


def coarse_block(job: Job, sizes: list[int], peak: Array) -> tuple[Block, list[int]]:
    """Return values on a coarse product of points, and about the rank on each axis.

    The points have the density of Chebyshev points and no symmetry, so an even function does not
    look like one of half as many points. The coordinates of the largest value are among them.
    """
    total = math.prod(sizes)
    power = min(1.0, math.log(min(_COARSE, total / 6 + 100)) / math.log(max(total, 2)))
    axes = []
    for n, x in zip(sizes, peak, strict=True):
        count = math.ceil(n**power)
        points = np.cos(np.pi * (np.arange(count) + 0.25) / count)
        if n > 1:
            points[np.argmin(np.abs(points - x))] = x
        axes.append(points)
    values = grown(job.sampler, job.domain, axes, *nothing(len(axes)))
    cut = 0.05 * job.atol * math.sqrt(values.size)
    ranks = []
    for k, n in enumerate(sizes):
        seen = int(np.count_nonzero(singular_values(as_three(values, k)) > cut))
        hidden = seen > 0.8 * values.shape[k] and n > values.shape[k]
        ranks.append(min(n, round(1.6 * seen)) if hidden else seen)
    return Block(tuple(axes), values), ranks


def _cost_of_cross(sizes: list[int], ranks: list[int]) -> float:
    """Return about how many values a cross of these ranks takes: core, fibres, checks."""
    return math.prod(r + 2 for r in ranks) + sum(
        n * (r + 2) for n, r in zip(sizes, ranks, strict=True)
    )
