"""Values and gradients at points: by contraction of the core, or by local series where it pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.backends.choosing import has_loops
from chebtucker.chebtuck import calculus, evaluation
from chebtucker.tensors import TuckerTensor

if TYPE_CHECKING:
    from chebtucker.local_series import Cut, LocalSeries, Plan

Array = NDArray[np.float64]

_WORTH_PLANNING = 2e-3
"""CPU seconds of contraction below which local series are not considered."""

_LONGEST = 2048
"""Series of more coefficients are not cut into blocks: planning that would take longer."""

_CALLS = 4
"""Local series are formed where they pay within so many calls of the same size."""

_SHARE = 0.2
"""Of the error: what local series may add. The last coefficients of a function whose degrees were
cut to its tolerance are about a tenth of that, and do not fall on blocks either: less would need
long series everywhere. The error is half as much again as what was seen: the sum stays below it.
"""

_ROUNDING = 1e-14


class KeptSeries:
    """The local series of one function: formed when they first pay, kept for the next call.

    Which way a call goes depends on the function and the number of points alone, so equal calls
    give equal results whatever came before. One set is kept for values and one for gradients, of
    at most `local_series.costs.MOST_BYTES` each; larger ones are formed slab by slab in every
    call, and None stands for them. Two threads may form the same series at once; one of the two
    is kept. Copies and pickles start empty.
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


def values(
    coefficients: TuckerTensor, domain: Array, points: Array, error: float, kept: KeptSeries
) -> Array:
    """Return values at points (M, d), shape (M,); local series add at most a fifth of `error`."""
    plan = plan_for(coefficients, domain, points.shape[0], error, kept, slopes=False)
    if plan is None:
        return evaluation.at_points(coefficients, domain, points)
    return _by_local_series(coefficients, plan, points, error, kept, slopes=False)[0]


def value_and_gradient(
    coefficients: TuckerTensor, domain: Array, points: Array, error: float, kept: KeptSeries
) -> tuple[Array, Array]:
    """Return values (M,) and gradients (M, d) at points (M, d).

    Local series add at most a fifth of `error` to values, and a fifth of 2 n error / L to the
    derivative along an axis of n coefficients and length L.
    """
    plan = plan_for(coefficients, domain, points.shape[0], error, kept, slopes=True)
    if plan is not None:
        result, gradient = _by_local_series(coefficients, plan, points, error, kept, slopes=True)
        assert gradient is not None
        return result, gradient
    d = coefficients.ndim
    slopes = [
        calculus.derivative(coefficients, domain, tuple(int(k == axis) for k in range(d)))
        for axis in range(d)
    ]
    columns = [evaluation.at_points(slope, domain, points) for slope in slopes]
    stack = _arrays.namespace(points).stack
    return evaluation.at_points(coefficients, domain, points), stack(columns, axis=-1)


def plan_for(
    coefficients: TuckerTensor,
    domain: Array,
    count: int,
    error: float,
    kept: KeptSeries,
    *,
    slopes: bool,
) -> Plan | None:
    """Return the blocks of local series, or None where contracting the core is faster."""
    core, factors = coefficients
    sums = core.ndim + 1 if slopes else 1
    by_core = evaluation.seconds_at_points(coefficients, sums * count)
    if core.ndim > 3 or by_core < _WORTH_PLANNING or max(coefficients.shape) > _LONGEST:
        return None
    if not has_loops(core):
        return None
    from chebtucker import local_series
    from chebtucker.local_series import costs

    dense = not _arrays.is_numpy(core)
    if slopes not in kept.plans:
        cut = cut_for(core, error, slopes)
        host = _arrays.to_host(core), tuple(map(_arrays.to_host, factors))
        kept.plans[slopes] = local_series.plan_blocks(*host, domain, cut, dense=dense)
    plan = kept.plans[slopes]
    if plan is None:
        return None
    fits = costs.fits(plan, core)
    if dense and not fits:
        return None
    series = costs.formation(core, plan) / (_CALLS if fits else 1)
    series += costs.evaluation(plan, count, slopes=slopes)
    return plan if series < by_core else None


def cut_for(core: Array, error: float, slopes: bool) -> Cut:
    """Return what local series of a function that is off by `error` may be off by."""
    from chebtucker.local_series import Cut

    return Cut(max(_SHARE * error, _ROUNDING * _arrays.norm(core)), slopes)


def _by_local_series(
    coefficients: TuckerTensor,
    plan: Plan,
    points: Array,
    error: float,
    kept: KeptSeries,
    *,
    slopes: bool,
) -> tuple[Array, Array | None]:
    from chebtucker import local_series

    core, factors = coefficients
    if slopes not in kept.series:
        kept.series[slopes] = _formed(coefficients, plan, cut_for(core, error, slopes))
    series = kept.series[slopes]
    if series is None:
        cut = cut_for(core, error, slopes)
        return local_series.evaluate_by_slabs(core, factors, plan, points, cut)
    if slopes:
        return series.values_and_gradients(points)
    return series.values(points), None


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
