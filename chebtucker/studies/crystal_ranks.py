"""Ranks of the long part of crystals, against the number of cells and of defects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chebtucker.potentials import potential
from chebtucker.studies.results import Table
from chebtucker.studies.tracking import Track
from chebtucker.systems import Lattice

RTOL = 1e-6
SHEET = 4
"""Cells across a sheet, as in the paper."""

HOST = (12, 12, SHEET)
"""Cells of the crystal in which defects are."""


def cell_table(sizes: Sequence[int], track: Track) -> Table:
    """Return ranks of rock salt: cubes of L^3 cells and sheets of L^2 times `SHEET`."""
    cases = [(kind, size) for kind in ("cube", "sheet") for size in sizes]
    records = []
    for kind, size in track(cases, "number of cells"):
        repeats = (size, size, size if kind == "cube" else SHEET)
        crystal = Lattice.rock_salt(repeats)
        records.append({"kind": kind, "cells an axis": size, **_record(crystal)})
    title = f"Rock salt of nearest-neighbour distance 1: ranks of the long part, rtol {RTOL:g}"
    return Table.from_records("cells", title, records)


def defect_table(counts: Sequence[int], seed: int, track: Track) -> Table:
    """Return ranks of a sheet of rock salt with vacancies anywhere, or all in one row."""
    rng = np.random.default_rng(seed)
    sites = rng.permutation(np.prod(HOST) * 8)  # random sites, the first of them for few vacancies
    anywhere = np.stack(np.unravel_index(sites, (*HOST, 8)), axis=1)
    row = np.array([(i, 6, 2, 0) for i in rng.permutation(HOST[0])])
    cases = [("anywhere", anywhere[:count]) for count in counts]
    cases += [("in a row", row[:count]) for count in counts if count <= len(row)]
    records = []
    for kind, missing in track(cases, "defects"):
        crystal = Lattice.rock_salt(HOST, missing=missing)
        records.append({"kind": kind, "vacancies": len(missing), **_record(crystal)})
    cells = " x ".join(map(str, HOST))
    title = f"Rock salt of {cells} cells with vacancies: ranks of the long part, rtol {RTOL:g}"
    return Table.from_records("defects", title, records)


def _record(crystal: Lattice) -> dict[str, Any]:
    V = potential(crystal, rtol=RTOL)
    report = V.report()
    return {
        "ions": len(crystal), "ranks": V.rank, "largest rank": max(V.rank),
        "largest degree": max(V.degree), "Gaussians": report.gaussians, "cutoff": V.cutoff,
        "error (relative l2)": report.error, "seconds, wall": sum(report.seconds.values()),
    }  # fmt: skip
