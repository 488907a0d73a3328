"""From a crystal to a potential whose error has been measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.kernels import RadialKernel, RangeSplit, split_kernel
from chebtucker.potentials.cost import MOST_BYTES
from chebtucker.potentials.crystals.crystal import CrystalPotential
from chebtucker.potentials.crystals.lattice_sum import (
    LatticeTerms,
    axis_sizes,
    lattice_long_range,
    lattice_terms,
)
from chebtucker.potentials.crystals.short import LatticeShortRange
from chebtucker.potentials.direct import direct_potential
from chebtucker.potentials.plan import Plan, Stopwatch, refuse_executor
from chebtucker.potentials.sampling import Sample, generator
from chebtucker.potentials.steps import SMALLEST, errors_of, longest, refined, report_of
from chebtucker.systems import Lattice

Array = NDArray[np.float64]

CUTOFF = 1.6
"""Range of the short part, in cube roots of the volume of a site.

Every site in range costs at every point; a sharper long part only costs degrees.
"""

_POINTS = 100
_DIRECT = 2**17
"""Crystals of so many particles are compared with direct sums, larger ones with another split."""


def of_crystal(crystal: Lattice, plan: Plan, watch: Stopwatch) -> CrystalPotential:
    """Return the potential of a crystal; `plan` says what was asked for."""
    refuse_executor(plan, "a crystal, whose sites are never listed")
    size = (float(np.prod(crystal.cell)) / len(crystal.basis)) ** (1 / 3)
    cutoff = CUTOFF * size if plan.cutoff is None else plan.cutoff
    with watch("sample"):
        reference = _sample(crystal, plan, size, cutoff)
        pair_rtol = _pair_tolerance(crystal, plan, reference)

    def build(pair: float, sharper: float) -> CrystalPotential:
        return _build(crystal, plan, cutoff, pair, sharper, reference, watch)

    return refined(build, plan.rtol, pair_rtol)


def _build(
    crystal: Lattice,
    plan: Plan,
    cutoff: float,
    pair_rtol: float,
    sharper: float,
    reference: Sample,
    watch: Stopwatch,
) -> CrystalPotential:
    with watch("plan"):
        split = _split(crystal, plan.kernel, plan.domain, cutoff, pair_rtol)
        terms = lattice_terms(crystal, plan.prefactor)
        _check_size(terms, split, plan.domain)
    with watch("long part"):
        atol = plan.cut(sharper, reference.rms)
        long = lattice_long_range(terms, split.long, plan.domain, atol=atol)
    with watch("short part"):
        short = LatticeShortRange(split, crystal, plan.prefactor)
    with watch("check"):
        errors = errors_of(plan, long, short, reference)
    density = len(crystal.basis) / float(np.prod(crystal.cell))
    report = report_of(
        plan, long, split, reference, errors, watch.seconds, None,
        neighbours=4 / 3 * np.pi * density * split.cutoff**3, nbytes=int(long.nbytes),
    )  # fmt: skip
    return CrystalPotential(long, short, plan.kernel, crystal, plan.prefactor, report)


def _split(
    crystal: Lattice, kernel: RadialKernel, domain: Array, cutoff: float, rtol: float
) -> RangeSplit:
    return split_kernel(kernel, cutoff, longest(domain, crystal.bounding_box), rtol)


def _check_size(terms: LatticeTerms, split: RangeSplit, domain: Array) -> None:
    """Refuse domains on which the functions of an axis have too many coefficients."""
    sizes = axis_sizes(split.long, domain)
    numbers = sum(n * len(axis) for n, axis in zip(sizes, terms.axes, strict=True))
    nbytes = 24 * numbers * len(split.long)
    if nbytes > MOST_BYTES:
        raise ValueError(
            f"`domain` must be smaller, got one on which the long part would have "
            f"{' x '.join(map(str, sizes))} coefficients and need about {nbytes / 1e9:.1f} GB of "
            "memory; give domain=... (a part of the crystal) or a larger cutoff=..."
        )


def _pair_tolerance(crystal: Lattice, plan: Plan, reference: Sample) -> float:
    """Return the error of one pair, relative to 1/r, at which the sum meets `rtol`.

    As for particles; the sum of q_j^2 / r_j^2 is that at the centre of a ball of the same volume.
    """
    volume = crystal.cells * float(np.prod(crystal.cell))
    radius = (volume * 3 / (4 * np.pi)) ** (1 / 3)
    density = float(crystal.charges @ crystal.charges / np.prod(crystal.cell))
    spread = float(np.sqrt(4 * np.pi * density * radius))
    share = min(1.0, reference.rms / spread) if spread > 0 and reference.rms > 0 else 1.0
    return max(plan.rtol * share, SMALLEST)


def _sample(crystal: Lattice, plan: Plan, size: float, cutoff: float) -> Sample:
    """Return exact potentials at points of the domain and near sites, for the check."""
    rng = generator()
    uniform = rng.uniform(plan.domain[:, 0], plan.domain[:, 1], size=(_POINTS, 3))
    away = rng.normal(size=(_POINTS, 3))
    away *= size * rng.uniform(0.2, 0.6, (_POINTS, 1)) / np.linalg.norm(away, axis=1)[:, None]
    near = _some_sites(crystal, plan.domain, rng) + away
    near = np.clip(near, plan.domain[:, 0], plan.domain[:, 1])
    both = _exact(crystal, plan, np.concatenate([uniform, near]), cutoff)
    kept = np.isfinite(both[_POINTS:])  # clipped points may lie on sites
    return Sample(uniform, near[kept], both[:_POINTS], both[_POINTS:][kept])


def _some_sites(crystal: Lattice, domain: Array, rng: np.random.Generator) -> Array:
    """Return the positions of random sites in the domain, or of any where it holds none."""
    cells = np.floor((domain - crystal.origin[:, None]) / crystal.cell[:, None])
    last = np.array(crystal.repeats) - 1
    low, high = np.clip(cells.T, 0, last).astype(np.int64)
    chosen = rng.integers(low, high + 1, size=(_POINTS, 3))
    sites = rng.integers(len(crystal.basis), size=(_POINTS, 1))
    return crystal.positions_of(np.concatenate([chosen, sites], axis=1))


def _exact(crystal: Lattice, plan: Plan, points: Array, cutoff: float) -> Array:
    """Return direct sums or, for large crystals, those of a far sharper split with another cutoff.

    The sums over rows are then taken at the points themselves, without any expansion.
    """
    if len(crystal) <= _DIRECT:
        return direct_potential(crystal.to_particles(), points, plan.kernel)
    rtol = max(1e-5 * plan.rtol, SMALLEST)
    split = _split(crystal, plan.kernel, plan.domain, 1.5 * cutoff, rtol)
    short = LatticeShortRange(split, crystal, 1.0)
    return lattice_terms(crystal).values(points, split.long) + short(points)
