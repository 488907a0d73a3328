"""From particles in chunks to a potential whose error has been measured.

As for particles in memory, but every sum over particles is formed a piece at a time: in one
reading the box and the direct sums, in another the moments.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck import ChebTuck
from chebtucker.potentials import cost
from chebtucker.potentials.chunks.chunked import ChunkedPotential, ChunkedShortRange
from chebtucker.potentials.chunks.partial import Accumulating, total_moments
from chebtucker.potentials.chunks.survey import Survey, surveyed
from chebtucker.potentials.long_range import compressed, moment_plan, widened, zero
from chebtucker.potentials.moments import translated
from chebtucker.potentials.plan import Plan, Stopwatch
from chebtucker.potentials.sampling import enlarged
from chebtucker.potentials.steps import pair_tolerance, planned, refined, report_of
from chebtucker.systems import ParticleChunks
from chebtucker.systems.chunks import PIECE

Array = NDArray[np.float64]


def of_chunks(particles: ParticleChunks, plan: Plan, watch: Stopwatch) -> ChunkedPotential:
    """Return the potential of particles in chunks."""
    given = plan.domain if len(plan.domain) else None
    with watch("first reading"):
        survey = surveyed(particles, plan.kernel, given, plan.executor)
    domain = enlarged(survey.bounding_box) if given is None else given
    plan = replace(plan, system=survey, domain=domain)
    pair_rtol = pair_tolerance(
        plan.rtol, survey.positions, survey.charges, survey.reference, survey.weight
    )
    return refined(
        lambda pair, sharper: _build(plan, survey, pair, sharper, watch), plan.rtol, pair_rtol
    )


def _build(
    plan: Plan, survey: Survey, pair_rtol: float, sharper: float, watch: Stopwatch
) -> ChunkedPotential:
    reference = survey.reference
    with watch("plan"):
        situation = cost.Situation(
            survey.positions, plan.domain, plan.kernel, pair_rtol, plan.targets, survey.weight
        )
        prediction, split = planned(
            situation, plan.cutoff, survey.bounding_box, cost.MOST_BYTES // 2
        )
    parts = ChunkedShortRange(split, survey.particles, survey.totals.boxes, plan.prefactor)
    points = np.concatenate([reference.uniform, reference.near])
    atol = plan.cut(sharper, reference.rms)
    long, short = _long_part(plan, survey, parts, points, atol, watch)
    with watch("check"):
        sums = np.asarray(long(points)) + short
        at_uniform, at_near = np.split(sums / (plan.prefactor or 1.0), [len(reference.uniform)])
        errors = reference.relative_errors(at_uniform, at_near)
    report = report_of(
        plan, long, split, reference, errors, watch.seconds, prediction,
        neighbours=prediction.neighbours, nbytes=int(long.nbytes),
    )  # fmt: skip
    return ChunkedPotential(long, parts, plan.kernel, survey.particles, plan.prefactor, report)


def _long_part(
    plan: Plan,
    survey: Survey,
    parts: ChunkedShortRange,
    points: Array,
    atol: float,
    watch: Stopwatch,
) -> tuple[ChebTuck, Array]:
    """Return the long part; and the short part at points, summed in the same reading."""
    split = parts.split
    if len(split.long) == 0:
        return zero(plan.domain), parts(points)
    source = widened(survey.bounding_box)
    blocks, sizes = moment_plan(source, split.long, split.rtol, min(len(survey), PIECE))
    task = Accumulating(blocks, sizes, plan.prefactor, split, points)
    with watch("moments"):
        moments, short = total_moments(survey.particles.groups(), task, plan.executor)
    with watch("long part"):
        if not moments.any():
            return zero(plan.domain), short
        coefficients = translated(moments, split.long, source, plan.domain, split.rtol)
        del moments
        return compressed(coefficients, plan.domain, atol), short
