"""Grid or cross? Lines give the degrees, a coarse block of values the ranks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.construct.adaptive import HOPELESS, small_grid, tensor_method
from chebtucker.construct.crossing import cross_method
from chebtucker.construct.grids import LARGEST_TENSOR, affordable
from chebtucker.construct.job import Job, Result
from chebtucker.construct.lengths import Length
from chebtucker.construct.one_variable import of_one_variable
from chebtucker.construct.products import Block, blocks_on
from chebtucker.construct.scouting import first_look
from chebtucker.decompositions.range_finders import singular_values
from chebtucker.tensors import TuckerTensor
from chebtucker.tensors.modes import as_three

Array = NDArray[np.float64]

_SMALL = 6000  # values of a grid that is taken without asking
_PLAIN = 8_000  # values of a grid that is taken where a coarse block does not show the ranks
_COARSE = 5000  # values of the first block, at most
_SINGLE = 5e-7  # relative; nothing below it can be found in single precision
_DOUBLE = 3e-15  # relative; the same for double precision
_FALLBACK = 20  # times what a cross has cost: a grid that is tried after it
_MARGIN = 1.7  # how many times cheaper than the grid the cross must look
_ALGEBRA = 0.24  # values that are computed while a cross tells r^3 basis functions apart, over r^3
_CUT = 0.05  # of the tolerance: a root mean square that a rank is counted for
_PLANE = 0.04  # of the grid: values on a plane that shows a rank
_LARGEST_PLANE = 150**2  # values
_TOLD = 0.35  # of the rank: points of a core beyond it, in three dimensions


def resolve(job: Job, method: str) -> Result:
    """Return what the method finds; "auto" takes the one that needs fewer values."""
    d = len(job.domain)
    checks, stars = first_look(job.sampler, job.domain, job.seed, job.first_size)
    if job.sampler.largest == 0:
        return Result(TuckerTensor(np.zeros((1,) * d), (np.ones((1, 1)),) * d), 0.0)
    least = _SINGLE if job.sampler.single else _DOUBLE
    job = replace(job, rtol=max(job.rtol, least))
    if d == 1:
        line = Block((chebyshev.points(job.first_size),), stars.values[0, :, 0])
        return of_one_variable(job, checks, line)
    lengths, starts = job.lengths_of(stars), stars.centers
    if method == "tensor":
        return tensor_method(job, lengths, checks)
    sizes = [one.size for one in lengths]
    if method == "auto" and math.prod(sizes) <= _SMALL:
        found = small_grid(job, lengths, checks, None, _PLAIN)
        if isinstance(found, Result):
            return found
        lengths, checks, starts = found
        sizes = [one.size for one in lengths]
    total = math.prod(sizes)
    hopeless = any(one.open for one in lengths)
    blocks, ranks = looks(job, sizes, starts, planes=not hopeless and total > _PLAIN)
    cost = _cost_of_cross(sizes, ranks)
    forced = method == "cross" or not affordable(sizes)
    algebra = _ALGEBRA * sum(r**3 for r in ranks)
    if (not forced and _MARGIN * cost + algebra > total) or (
        hopeless and method == "auto" and cost > HOPELESS
    ):
        return tensor_method(job, lengths, checks, blocks[0])
    result = cross_method(job, lengths, checks, blocks, share=1.0 if forced else 0.5)
    if method == "auto" and (result is None or _worth_a_grid(job, result, lengths)):
        grid = tensor_method(job, lengths, checks, blocks[0])
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


def looks(job: Job, sizes: list[int], starts: Array, planes: bool) -> tuple[list[Block], list[int]]:
    """Return values on small products of grid points, and about the rank on each axis.

    First a coarse block: some points of the grid, without its symmetry, so an even function does
    not look like one of half as many points. Those nearest to the largest value are among them.
    Where the block is too coarse to show the rank of an axis, planes through the first and the
    last of the `starts` show it; without `planes` it is taken to be full.
    """
    total = math.prod(sizes)
    power = min(1.0, math.log(min(_COARSE, total / 8 + 100)) / math.log(max(total, 2)))
    axes = [_some_points(n, round(n**power), x) for n, x in zip(sizes, starts[0], strict=True)]
    (coarse,) = _sampled(job, [axes])
    ranks = [_visible_rank(job, coarse, k) for k in range(len(sizes))]
    hidden = [
        k
        for k, (r, n, m) in enumerate(zip(ranks, sizes, coarse.values.shape, strict=True))
        if r > 0.8 * m and n > m
    ]
    if not planes:
        return [coarse], [n if k in hidden else ranks[k] for k, n in enumerate(sizes)]
    asked = [(pair, where) for pair in _pairs(hidden, sizes) for where in starts[[0, -1]]]
    found = _sampled(job, [_plane(sizes, pair, where) for pair, where in asked])
    for (pair, _), plane in zip(asked, found, strict=True):
        for k in set(pair) & set(hidden):
            seen = round(_visible_rank(job, plane, k) / _share(sizes, pair))
            ranks[k] = max(ranks[k], min(seen, sizes[k]))
    return [coarse, *found], ranks


def _pairs(hidden: list[int], sizes: list[int]) -> list[tuple[int, int]]:
    """Return pairs of axes so that each hidden one is with another, if possible a hidden one."""
    found: dict[tuple[int, int], None] = {}
    for k in sorted(hidden, key=lambda k: -sizes[k]):
        rest = [j for j in range(len(sizes)) if j != k]
        partner = max(rest, key=lambda j: (j in hidden, sizes[j]))
        found[min(k, partner), max(k, partner)] = None
    return list(found)


def _share(sizes: list[int], pair: tuple[int, int]) -> float:
    """Return the share of the points on each of two axes that a plane has."""
    area = math.prod(sizes[k] for k in pair)
    return math.sqrt(min(area, _PLANE * math.prod(sizes), _LARGEST_PLANE) / area)


def _plane(sizes: list[int], pair: tuple[int, int], where: Array) -> list[Array]:
    """Return points on the axes of a plane through a point."""
    axes = [np.array([x]) for x in where]
    for k in pair:
        axes[k] = _some_points(sizes[k], math.ceil(_share(sizes, pair) * sizes[k]), where[k])
    return axes


def _visible_rank(job: Job, block: Block, axis: int) -> int:
    cut = _CUT * job.atol * math.sqrt(block.values.size)
    return int(np.count_nonzero(singular_values(as_three(block.values, axis)) > cut))


def _some_points(n: int, count: int, x: float) -> Array:
    """Return some of n Chebyshev points, the one nearest to x among them."""
    nodes = chebyshev.points(n)
    points = nodes[((np.arange(count) + 0.25) * n / count).astype(int)]
    points[np.argmin(np.abs(points - x))] = nodes[np.argmin(np.abs(nodes - x))]
    return np.unique(points)


def _sampled(job: Job, grids: list[list[Array]]) -> list[Block]:
    return blocks_on(job.sampler, job.domain, grids)


def _cost_of_cross(sizes: list[int], ranks: list[int]) -> float:
    """Return about how many values a cross of these ranks takes: core, fibres, checks."""
    more = _TOLD if len(sizes) <= 3 else 0.0
    told = [min((1 + more) * r + 1, n) for n, r in zip(sizes, ranks, strict=True)]
    return math.prod(told) + sum(n * (r + 2) for n, r in zip(sizes, ranks, strict=True))
