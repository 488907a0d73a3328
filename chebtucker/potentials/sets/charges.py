"""New charges on the positions of a potential: everything geometric is used again."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.kernels import RangeSplit, split_kernel
from chebtucker.kernels.split import SINGLE
from chebtucker.potentials.building import potential as fresh
from chebtucker.potentials.plan import CUT
from chebtucker.potentials.range_separated import Potential
from chebtucker.potentials.report import Report
from chebtucker.potentials.sets.building import (
    bases_for,
    errors_of_sets,
    errors_over_all,
    long_parts,
    with_sets,
)
from chebtucker.potentials.sets.common_bases import CommonBases
from chebtucker.potentials.sets.long import LongSets
from chebtucker.potentials.sets.range_separated import ChargeSetsPotential
from chebtucker.potentials.sets.sampling import points_for, sample_at
from chebtucker.potentials.sets.short import ShortRangeSets, in_cells, short_range_sets
from chebtucker.potentials.short_range import ShortRange, short_range
from chebtucker.potentials.steps import SMALLEST, longest
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]

_FINER = 0.25
"""Split and bases are finer than the first charges need: others may cancel more."""

_CHECK = 0.125
"""Part of the direct sums of a fresh build that a check takes."""


@dataclass(frozen=True, eq=False)
class Geometry:
    """All that a potential knows without its charges.

    Parameters
    ----------
    bases : CommonBases or None
        From charges to the long part; None where there is no long part.
    layout : ShortRange
        All particles in cells, for the short part.
    points : tuple of ndarray, shape (m, 3)
        Where the error is measured: uniform in the domain and near particles.
    """

    bases: CommonBases | None
    layout: ShortRange
    points: tuple[Array, Array]


def geometry_of(potential: Potential) -> Geometry:
    """Lay out what does not depend on the charges; a fraction of a fresh build."""
    system, summary = potential.system, potential.summary
    split = _finer(potential)
    charges = np.atleast_2d(system.charges)
    norms = np.linalg.norm(charges, axis=1)
    if not norms.any():
        charges, norms = np.ones((1, len(system))), np.array([len(system) ** 0.5])
    scale = abs(potential.prefactor) or 1.0
    rms = summary.rms / scale if summary.rms > 0 else float(norms.max())
    atol = _FINER * CUT * summary.rtol * rms * norms / norms[norms > 0].min()
    return Geometry(
        bases_for(system.positions, charges, split.long, potential.domain, split.rtol, atol),
        short_range(split, system.positions, np.ones(len(system))),
        points_for(system, potential.domain, share=_CHECK),
    )


def _finer(potential: Potential) -> RangeSplit:
    """Return a split of the same cutoff and a finer tolerance, yet in the same precision."""
    split = potential.short.split
    rtol = max(_FINER * split.rtol, SINGLE if split.rtol >= SINGLE else SMALLEST)
    reach = longest(potential.domain, potential.system.bounding_box)
    return split_kernel(split.kernel, split.cutoff, reach, rtol)


def with_charges(potential: Potential, charges: Any) -> Potential:
    """Return the potential of new charges (N,) or (C, N); see `Potential.with_charges`."""
    if type(potential) not in (Potential, ChargeSetsPotential) or potential.device != "cpu":
        raise TypeError(
            "`charges` can only change where a ParticleSystem of charges in memory was given, "
            f"got a {type(potential).__name__} on {potential.device!r}"
        )
    start = time.perf_counter()
    system = replace(potential.system, charges=charges)
    geometry: Geometry = potential._geometry
    rows = np.atleast_2d(system.charges)
    sets = ParticleSystem(system.positions, rows)
    reference = sample_at(sets, potential.kernel, geometry.points)
    factor = potential.prefactor
    atol = CUT * potential.summary.rtol * abs(factor) * reference.rms
    long = long_parts(geometry.bases, factor * rows, potential.domain, atol)
    short = short_range_sets(geometry.layout, factor * rows)
    errors = errors_of_sets(long, short, factor, reference)
    summary = _summary(potential, long, reference.rms * abs(factor), sets.total_charge, errors)
    if summary.error > summary.rtol:  # they cancel more than the first ones: a split of their own
        return fresh(
            system, kernel=potential.kernel, rtol=summary.rtol, domain=potential.domain,
            prefactor=factor,
        )  # fmt: skip
    summary = replace(summary, seconds={"new charges": time.perf_counter() - start})
    result = _assembled(potential, system, long, short, summary)
    vars(result)["_geometry"] = geometry  # of the cached property
    return result


def _summary(
    potential: Potential, long: LongSets, rms: Array, total_charge: Array, errors: Array
) -> Report:
    uniform, near = errors_over_all(errors)
    report = replace(
        potential.summary,
        rank=long.rank,
        degree=long.degree,
        error=max(uniform, near),
        error_uniform=uniform,
        error_near=near,
        sample_points=len(potential._geometry.points[0]),
        pair_rtol=potential._geometry.layout.split.rtol,
        gaussians=len(potential._geometry.layout.split.long),
        predicted={},
    )
    return with_sets(report, rms, total_charge, errors)


def _assembled(
    potential: Potential,
    system: ParticleSystem,
    long: LongSets,
    short: ShortRangeSets,
    summary: Report,
) -> Potential:
    """Return the potential of one charge vector, or of charge sets, as the charges are."""
    kernel, factor = potential.kernel, potential.prefactor
    if system.sets is not None:
        return ChargeSetsPotential(long, short, kernel, system, factor, summary)
    assert isinstance(summary.total_charge, tuple)
    summary = replace(summary, total_charge=summary.total_charge[0], error_of_sets=())
    if system.charges.all():
        layout: ShortRange = short
        one = ShortRange(
            layout.split, layout.cells, in_cells(layout, factor * system.charges), layout.rows
        )
    else:
        one = short_range(short.split, system.positions, factor * system.charges)
    return Potential(long[0], one, kernel, system, factor, summary)
