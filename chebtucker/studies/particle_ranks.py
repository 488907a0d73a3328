"""Ranks of the long part of potentials of particles, against their number and the cutoff."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chebtucker.potentials import potential
from chebtucker.studies.globules import globule, nearest_to_centre, uniform_particles
from chebtucker.studies.results import Table
from chebtucker.studies.sinc import CellAverages
from chebtucker.studies.tracking import Track
from chebtucker.systems import ParticleSystem
from chebtucker.tensors import CPTensor

RTOL = 1e-6
SIDE = 50.0
"""Side of the box in which the number of particles grows, Angstrom."""


def canonical_terms(system: ParticleSystem, side: float, n: int) -> CPTensor:
    """Return the long part on n^3 cells of a cube about the origin, columns of unit length.

    With the smooth terms that the paper takes for n cells, and a term of each for each particle.
    """
    averages = CellAverages.published(n, side / 2)
    factors, sizes = [], np.ones((len(system), averages.long))
    for k in range(3):
        shifted = averages.centres[:, None] - system.positions[:, k]  # (n, N)
        columns = averages.at(shifted)[:, :, : averages.long]
        length = np.linalg.norm(columns, axis=0)  # (N, R)
        factors.append((columns / length).reshape(n, -1))
        sizes *= length
    return CPTensor((system.charges[:, None] * sizes).ravel(), tuple(factors))


def particle_table(
    counts: Sequence[int], cutoffs: tuple[float, float], system: ParticleSystem | None,
    seed: int, track: Track,
) -> Table:  # fmt: skip
    """Return ranks against the number of particles, in the same box and at the same density."""
    in_box, dense = cutoffs
    cases: list[tuple[str, int]] = [("same box", n) for n in counts]
    if system is None:
        cases += [("same density", n) for n in counts]
    else:
        sizes = [n for n in counts if n < len(system)] + [len(system)]
        cases += [("parts of the molecule", n) for n in sizes]
    records = []
    for kind, count in track(cases, "number of particles"):
        if kind == "same box":
            chosen, cutoff = uniform_particles(count, SIDE, seed), in_box
        elif system is None:
            chosen, cutoff = globule(count, seed), dense
        else:
            chosen, cutoff = nearest_to_centre(system, count), dense
        domain = [(-SIDE / 2, SIDE / 2)] * 3 if kind == "same box" else None
        records.append({"kind": kind, **_record(chosen, cutoff, domain)})
    title = f"Ranks of the long part against the number of particles N, rtol {RTOL:g}"
    return Table.from_records("particles", title, records)


def cutoff_table(system: ParticleSystem, ratios: Sequence[float], track: Track) -> Table:
    """Return ranks against the cutoff, which is the longest side of the box over each ratio."""
    side = 1.2 * float(np.ptp(system.positions, axis=0).max())  # of the default domain
    records = [_record(system, side / ratio, None) for ratio in track(ratios, "cutoffs")]
    title = f"Ranks of the long part of {len(system):,} particles against the cutoff, rtol {RTOL:g}"
    return Table.from_records("cutoffs", title, records)


def _record(system: ParticleSystem, cutoff: float, domain: Any) -> dict[str, Any]:
    V = potential(system, rtol=RTOL, cutoff=cutoff, domain=domain)
    side = float(np.ptp(V.domain, axis=1).max())
    report = V.report()
    return {
        "N": len(system), "side (A)": side, "cutoff (A)": cutoff, "side/cutoff": side / cutoff,
        "ranks": V.rank, "largest rank": max(V.rank), "largest degree": max(V.degree),
        "Gaussians": report.gaussians, "error (relative l2)": report.error,
        "rank times cutoff/side": max(V.rank) * cutoff / side,
        "seconds, wall": sum(report.seconds.values()),
    }  # fmt: skip


def slope_per_decade(rows: Sequence[tuple[float, float]]) -> float:
    """Return by how much y grows from x to 10 x, fitted."""
    x, y = zip(*rows, strict=True)
    return float(np.polyfit(np.log10(x), y, 1)[0])


def exponent(rows: Sequence[tuple[float, float]]) -> float:
    """Return p of the fit y ~ x^p."""
    return slope_per_decade([(x, math.log10(y)) for x, y in rows])
