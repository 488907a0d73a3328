"""Values and gradients at points: by contraction of the core, or by local series where it pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.backends.choosing import has_loops
from chebtucker.chebtuck import evaluation
from chebtucker.chebtuck.kept_series import KeptSeries, cut_for
from chebtucker.tensors import TuckerTensor

if TYPE_CHECKING:
    from chebtucker.local_series import Plan

Array = NDArray[np.float64]

_FEWEST = 64
"""Points below which nothing else is looked at."""

_LONGEST = 2048
"""Series of more coefficients are not cut into blocks: planning that would take longer."""

_PLANNING = 7.0e-5
"""CPU seconds that choosing blocks takes for each coefficient of an axis."""

_CALLS = 4
"""Local series are planned and formed where they pay within so many calls of the same size."""


def values(
    coefficients: TuckerTensor, domain: Array, points: Array, error: float, kept: KeptSeries
) -> Array:
    """Return values at points (M, d), shape (M,); local series add at most a fifth of `error`."""
    results = _by_local_series(coefficients, domain, points, error, kept, slopes=False)
    return results[0] if results else evaluation.at_points(coefficients, domain, points)


def value_and_gradient(
    coefficients: TuckerTensor, domain: Array, points: Array, error: float, kept: KeptSeries
) -> tuple[Array, Array]:
    """Return values (M,) and gradients (M, d) at points (M, d).

    Local series add at most a fifth of `error` to values, and a fifth of 2 n error / L to the
    derivative along an axis of n coefficients and length L.
    """
    results = _by_local_series(coefficients, domain, points, error, kept, slopes=True)
    if results is None:
        return evaluation.value_and_gradient(coefficients, domain, points)
    result, gradient = results
    assert gradient is not None
    return result, gradient


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
    core = coefficients.core
    if (
        count < _FEWEST
        or core.ndim > 3
        or max(coefficients.shape) > _LONGEST
        or not has_loops(core)
    ):
        return None
    by_core = evaluation.seconds_at_points(coefficients, count, slopes=slopes)
    planning = _PLANNING * sum(coefficients.shape)
    if by_core < planning / _CALLS:
        return None
    plan = _planned(coefficients, domain, error, kept, slopes)
    if plan is None:
        return None
    from chebtucker.local_series import costs

    forming = costs.formation(core, plan)
    fits = costs.fits(plan, core)
    if not (fits or _arrays.is_numpy(core)):
        return None
    once, each = (planning + forming, 0.0) if fits else (planning, forming)
    each += costs.evaluation(plan, count, slopes=slopes)
    return plan if once / _CALLS + each < by_core else None


def _planned(
    coefficients: TuckerTensor, domain: Array, error: float, kept: KeptSeries, slopes: bool
) -> Plan | None:
    """Return the blocks for local series, chosen at the first call; None where none will do."""
    if slopes not in kept.plans:
        from chebtucker import local_series

        core, factors = coefficients
        cut, dense = cut_for(core, error, slopes), not _arrays.is_numpy(core)
        host = _arrays.to_host(core), tuple(map(_arrays.to_host, factors))
        kept.plans[slopes] = local_series.plan_blocks(*host, domain, cut, dense=dense)
    return kept.plans[slopes]


def _by_local_series(
    coefficients: TuckerTensor,
    domain: Array,
    points: Array,
    error: float,
    kept: KeptSeries,
    *,
    slopes: bool,
) -> tuple[Array, Array | None] | None:
    """Return values, and gradients or None, by local series; None where they do not pay."""
    plan = plan_for(coefficients, domain, points.shape[0], error, kept, slopes=slopes)
    if plan is None:
        return None
    cut = cut_for(coefficients.core, error, slopes)
    if slopes not in kept.series and not kept.form(coefficients, plan, cut):
        return None
    series = kept.series[slopes]
    if series is None:
        from chebtucker import local_series

        core, factors = coefficients
        return local_series.evaluate_by_slabs(core, factors, plan, points, cut)
    if slopes:
        return series.values_and_gradients(points)
    return series.values(points), None
