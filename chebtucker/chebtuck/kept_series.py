"""The local series of one function: formed once, compared with its core, and kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, chebyshev
from chebtucker.backends.ragged import Ragged
from chebtucker.chebtuck import evaluation
from chebtucker.tensors import TuckerTensor

if TYPE_CHECKING:
    from chebtucker.blocks import BlockGrid
    from chebtucker.local_series import Cut, LocalSeries, Plan

Array = NDArray[np.float64]
Index = NDArray[np.intp]

_SHARE = 0.2
"""Of the error: what local series may add. The last coefficients of a function whose degrees were
cut to its tolerance are about a tenth of that, and do not fall on blocks either: less would need
long series everywhere. The error is half as much again as what was seen: the sum stays below it.
"""

_ROUNDING = 1e-14

_MOST = 4096
"""Points, a block each, at which local series are compared with the core."""

_HARD, _EACH = 32, 8
"""Blocks with the most coefficients, and points in each of them: the series are to be longest
there, so that is where they may be too short.
"""


class KeptSeries:
    """The local series of one function: formed when they first pay, kept for the next call.

    Which way a call goes depends on the function and the number of points alone, so equal calls
    give equal results whatever came before. One set is kept for values and one for gradients, of
    at most `local_series.costs.MOST_BYTES` each; larger ones are formed slab by slab in every
    call, and None stands for them. Where series are not what the core says, there is no plan: the
    core is contracted. Two threads may form the same series at once; one of the two is kept.
    Copies and pickles start empty.
    """

    def __init__(self) -> None:
        self.plans: dict[bool, Plan | None] = {}
        self.series: dict[bool, LocalSeries | None] = {}

    def __reduce__(self) -> tuple[type[KeptSeries], tuple[()]]:
        return KeptSeries, ()

    @property
    def nbytes(self) -> int:
        """Bytes of the local series that are kept now."""
        return sum(series.nbytes for series in self.series.values() if series is not None)

    def form(self, coefficients: TuckerTensor, plan: Plan, cut: Cut) -> bool:
        """Form local series, and keep them if they agree with the core; say whether they do."""
        series = _formed(coefficients, plan, cut)
        if series is not None and not _agrees(series, coefficients, plan, cut):
            self.plans[cut.slopes] = None
            return False
        self.series[cut.slopes] = series
        return True


def cut_for(core: Array, error: float, slopes: bool) -> Cut:
    """Return what local series of a function that is off by `error` may be off by."""
    from chebtucker.local_series import Cut

    return Cut(max(_SHARE * error, _ROUNDING * _arrays.norm(core)), slopes)


def _formed(coefficients: TuckerTensor, plan: Plan, cut: Cut) -> LocalSeries | None:
    """Return local series; None where they are too large to be held as a whole."""
    from chebtucker import local_series

    core, factors = coefficients
    if not local_series.costs.fits(plan, core):
        return None
    try:
        return local_series.form(core, factors, plan.blocks, cut)
    except local_series.TooLargeError:
        return None


def _agrees(series: LocalSeries, coefficients: TuckerTensor, plan: Plan, cut: Cut) -> bool:
    """Say whether local series are within `cut` of the core, at some points."""
    domain = plan.blocks.box
    which = np.concatenate([_hardest(series), _evenly(coefficients, plan, cut)])
    points = _within(plan.blocks, which)
    there = _arrays.like(points, coefficients.core)
    if not cut.slopes:
        expected = evaluation.at_points(coefficients, domain, there)
        off = _arrays.largest(series.values(there) - expected)
    else:
        expected, gradient = evaluation.value_and_gradient(coefficients, domain, there)
        values, slopes = series.values_and_gradients(there)
        low, high = domain.T
        x = chebyshev.to_reference(points, low, high)
        steepest = chebyshev.steepest(x, np.array(coefficients.shape)) * 2 / (high - low)
        steep = _arrays.to_host(slopes - gradient) / steepest
        off = max(_arrays.largest(values - expected), _arrays.largest(steep))
    rounding = evaluation.rounding(coefficients.shape, _arrays.largest(expected))
    return off <= cut.atol + rounding


def _evenly(coefficients: TuckerTensor, plan: Plan, cut: Cut) -> Index:
    """Return all blocks, or every so many: a point in each takes no longer than to form them."""
    from chebtucker.local_series import costs

    total = math.prod(plan.blocks.counts)
    each = evaluation.seconds_at_points(coefficients, 1, slopes=cut.slopes)
    affordable = int(costs.formation(coefficients.core, plan) / each)
    count = min(max(affordable, 1), _MOST, total)
    return np.arange(count) * total // count


def _hardest(series: LocalSeries) -> Index:
    """Return the blocks with the most coefficients, each some times; none if all have as many."""
    coefficients = series.coefficients
    if not isinstance(coefficients, Ragged):
        return np.empty(0, dtype=np.intp)
    lengths = coefficients.lengths.sum(axis=(1, 2), dtype=np.intp)
    return np.repeat(np.argsort(-lengths, kind="stable")[:_HARD], _EACH)


def _within(blocks: BlockGrid, which: Index) -> Array:
    """Return a random point in each of some blocks, often near its faces, (len(which), d)."""
    layers = np.stack(np.unravel_index(which, blocks.counts), axis=-1)
    within = np.cos(np.pi * np.random.default_rng(0).uniform(0, 1, layers.shape))
    return np.asarray(blocks.box[:, 0] + blocks.width * (layers + (1 + within) / 2))
