"""From several charge sets to their potentials: everything geometric is done once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chebtucker.kernels import GaussianSum
from chebtucker.potentials import cost
from chebtucker.potentials.plan import Plan, Stopwatch, refuse_executor
from chebtucker.potentials.report import Report
from chebtucker.potentials.sets.common_bases import CommonBases, common_bases
from chebtucker.potentials.sets.long import LongSets, compressed, zeros
from chebtucker.potentials.sets.range_separated import ChargeSetsPotential
from chebtucker.potentials.sets.sampling import SampleOfSets, points_for, sample_at
from chebtucker.potentials.sets.short import ShortRangeSets, short_range_sets, sorted_for
from chebtucker.potentials.steps import pair_tolerance, planned, refined, report_of

Array = NDArray[np.float64]


def of_sets(plan: Plan, watch: Stopwatch) -> ChargeSetsPotential:
    """Return the potentials of a system of C charge sets."""
    refuse_executor(plan, "charge sets")
    plan = replace(plan, targets=replace(plan.targets, sets=plan.system.sets))
    with watch("sample"):
        points = points_for(plan.system, plan.domain)
        reference = sample_at(plan.system, plan.kernel, points)
        pair_rtol = pair_tolerance(plan.rtol, plan.system.positions, plan.system.charges, reference)
    return refined(
        lambda pair, sharper: _build(plan, pair, sharper, reference, watch), plan.rtol, pair_rtol
    )


def _build(
    plan: Plan, pair_rtol: float, sharper: float, reference: SampleOfSets, watch: Stopwatch
) -> ChargeSetsPotential:
    system = plan.system
    charges = plan.prefactor * system.charges
    with watch("plan"):
        situation = cost.Situation(
            system.positions, plan.domain, plan.kernel, pair_rtol, plan.targets
        )
        prediction, split = planned(situation, plan.cutoff, system.bounding_box)
    atol = plan.cut(sharper, reference.rms)
    with watch("bases"):
        bases = bases_for(system.positions, charges, split.long, plan.domain, pair_rtol, atol)
    with watch("long part"):
        long = long_parts(bases, charges, plan.domain, atol)
    with watch("short part"):
        layout = sorted_for(split, system.positions, charges)
        short = short_range_sets(layout, charges)
    with watch("check"):
        errors = errors_of_sets(long, short, plan.prefactor, reference)
    report = report_of(
        plan, long, split, reference, errors_over_all(errors), watch.seconds, prediction,  # type: ignore[arg-type]
        neighbours=prediction.neighbours,
        nbytes=int(long.nbytes + 2 * system.positions.nbytes + 2 * system.charges.nbytes),
    )  # fmt: skip
    rms = abs(plan.prefactor) * reference.rms
    summary = with_sets(report, rms, system.total_charge, errors)
    return ChargeSetsPotential(long, short, plan.kernel, system, plan.prefactor, summary)


def bases_for(
    positions: Array,
    charges: Array,
    gaussians: GaussianSum,
    domain: Array,
    rtol: float,
    atol: Array,
) -> CommonBases | None:
    """Return common bases good enough for every charge set; None where there is nothing to carry.

    `atol` (C,) is what may be cut off of the coefficients of each.
    """
    norms = np.linalg.norm(charges, axis=1)
    if len(gaussians) == 0 or not norms.any():
        return None
    unit = float((atol[norms > 0] / norms[norms > 0]).min())
    return common_bases(positions, gaussians, domain, rtol=rtol, atol=unit)


def long_parts(bases: CommonBases | None, charges: Array, domain: Array, atol: Array) -> LongSets:
    """Return the long parts of charges (C, N), of ranks as low as `atol` (C,) allows."""
    if bases is None or not charges.any():
        return zeros(len(charges), domain)
    return compressed(bases.cores(charges), bases.factors, domain, atol)


def errors_of_sets(
    long: LongSets, short: ShortRangeSets, prefactor: float, reference: SampleOfSets
) -> Array:
    """Return the relative errors (C, 2) of both parts, uniform and near particles."""
    at = (
        (long(points) + short(points)) / (prefactor or 1.0)
        for points in (reference.uniform, reference.near)
    )
    return reference.errors_of_sets(*at)


def errors_over_all(errors: Array) -> tuple[float, float]:
    """Return the largest errors (C, 2) over the sets."""
    uniform, near = errors.max(axis=0)
    return float(uniform), float(near)


def with_sets(report: Report, rms: Array, total_charge: Array, errors: Array) -> Report:
    """Return a report with plain numbers from those of each set, and errors (C, 2)."""
    return replace(
        report,
        rms=float(rms.min()),
        total_charge=tuple(total_charge.tolist()),
        error_of_sets=tuple(map(tuple, errors.tolist())),
    )
