"""From multipoles to a potential whose error has been measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.potentials import cost
from chebtucker.potentials.multipole.long import multipole_long_range
from chebtucker.potentials.multipole.range_separated import MultipolePotential
from chebtucker.potentials.multipole.short import multipole_short_range
from chebtucker.potentials.multipole.sources import packed, source_order, strengths
from chebtucker.potentials.plan import Plan, Stopwatch, refuse_executor
from chebtucker.potentials.sampling import Sample, sample
from chebtucker.potentials.steps import SMALLEST, errors_of, planned, refined, report_of

Array = NDArray[np.float64]

OSCILLATION = (1.0, 10.0, 100.0)
"""How much larger a Gaussian sum's error is in derivatives, relative to those of 1/r (rms)."""

PAIR = 6.0
"""A short-range pair of multipoles costs as much as so many pairs of charges."""


def of_multipoles(plan: Plan, watch: Stopwatch) -> MultipolePotential:
    """Return the potential of particles with dipoles or quadrupoles."""
    refuse_executor(plan, "particles with dipoles or quadrupoles")
    with watch("sample"):
        reference = sample(plan.system, plan.kernel, plan.domain)
        moments = packed(plan.system, plan.kernel)
        pair_rtol = _pair_tolerance(plan, moments, reference) / OSCILLATION[source_order(moments)]

    def build(pair: float, sharper: float) -> MultipolePotential:
        return _build(plan, moments, pair, sharper, reference, watch)

    return refined(build, plan.rtol, pair_rtol)


def _pair_tolerance(plan: Plan, moments: Array, reference: Sample) -> float:
    """Return the error of one multipole, relative to r^-1, r^-2 or r^-3, that meets `rtol`."""
    stride = max(len(moments) // 1000, 1)
    squares = np.square(strengths(moments[::stride]))
    some = plan.system.positions[::stride]
    r2 = np.maximum(_arrays.squared_distances(reference.uniform, some), 1e-300)
    sums = (squares[:, 0] / r2 + squares[:, 1] / r2**2 + squares[:, 2] / r2**3).sum(axis=1)
    spread = float(np.sqrt(np.median(sums) * stride))
    share = min(1.0, reference.rms / spread) if spread > 0 else 1.0
    return max(plan.rtol * share, SMALLEST)


def _build(
    plan: Plan,
    moments: Array,
    pair_rtol: float,
    sharper: float,
    reference: Sample,
    watch: Stopwatch,
) -> MultipolePotential:
    positions, scaled = plan.system.positions, plan.prefactor * moments
    with watch("plan"):
        prediction, split = planned(
            _situation(plan, pair_rtol), plan.cutoff, plan.system.bounding_box
        )
    with watch("long part"):
        long = multipole_long_range(
            positions,
            scaled,
            split.long,
            plan.domain,
            rtol=pair_rtol,
            atol=plan.cut(sharper, reference.rms),
        )
    with watch("short part"):
        short = multipole_short_range(split, positions, scaled)
    with watch("check"):
        errors = errors_of(plan, long, short, reference)
    seconds = {"long part": prediction.seconds["long part"]}
    report = report_of(
        plan, long, split, reference, errors, watch.seconds, replace(prediction, seconds=seconds),
        neighbours=prediction.neighbours,
        nbytes=int(long.nbytes + 2 * positions.nbytes + 2 * moments.nbytes),
    )  # fmt: skip
    return MultipolePotential(long, short, plan.kernel, plan.system, plan.prefactor, report)


def _situation(plan: Plan, pair_rtol: float) -> cost.Situation:
    """Return what the cost model should see: the short part at points alone, the dearest."""
    points = int(PAIR * (np.prod(plan.targets.grid) + plan.targets.points))
    targets = cost.Targets((0, 0, 0), points)
    return cost.Situation(plan.system.positions, plan.domain, plan.kernel, pair_rtol, targets)
