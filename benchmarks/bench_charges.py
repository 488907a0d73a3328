"""Many charge sets on the same positions: what they cost beside one, and new charges.

Prints Markdown tables of CPU seconds and writes one JSON with machine, versions and commit. Random
charges of +-1 in a cube, 1e-6 by default: the build, a grid, the potential at the particles, and
new charges on old positions.

    NUMBA_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/bench_charges.py [--quick]
"""

from __future__ import annotations

import argparse
import time
import warnings
from functools import partial
from typing import Any

import numpy as np
from measuring import Row, least_time, machine, markdown, write_json

import chebtucker as ct

SETS = 20
GRID = (100, 100, 100)
REPEATS = 2

least = partial(least_time, repeats=REPEATS, clock=time.process_time)


def main() -> None:
    options = _options()
    tables: dict[str, list[Row]] = {f"{SETS} charge sets and one": [], "New charges": []}
    for n in (1_000, 10_000) if options.quick else (1_000, 10_000, 100_000):
        rng = np.random.default_rng(0)
        positions, charges = rng.uniform(size=(n, 3)), rng.choice([-1.0, 1.0], (SETS, n))
        tables[f"{SETS} charge sets and one"] += rows_of_sets(positions, charges, options.rtol)
        tables["New charges"].append(row_of_new_charges(positions, charges, options.rtol))
    for title, rows in tables.items():
        print(f"\n## {title}\n\n{markdown(rows)}")
    write_json(options.output, "bench_charges.json", {"machine": machine(), "tables": tables})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="up to ten thousand particles")
    parser.add_argument("--rtol", type=float, default=1e-6)
    parser.add_argument("--output", default="output", help="folder of the JSON")
    return parser.parse_args()


def rows_of_sets(positions: Any, charges: Any, rtol: float) -> list[Row]:
    """Measure one charge vector, all of them, and their ratio."""
    one = stages(ct.ParticleSystem(positions, charges[0]), rtol)
    many = stages(ct.ParticleSystem(positions, charges), rtol)
    stage = ("build", "grid", "at particles", "all")
    ratio = {name: many[name] / one[name] for name in stage}
    return [
        {"particles": len(positions), "charges": name, **row}
        for name, row in (("one", one), (f"{SETS} sets", many), ("ratio", ratio))
    ]


def stages(system: ct.ParticleSystem, rtol: float) -> Row:
    """Return the CPU seconds of each stage, the least of some runs."""
    build, V = least(lambda: ct.potential(system, rtol=rtol))
    grid, _ = least(lambda: V.on_grid(*GRID))
    points, _ = least(V.at_particles)
    return {
        "build": build, "grid": grid, "at particles": points, "all": build + grid + points,
        "error": V.report().error, "rank": V.rank, "cutoff": V.cutoff,
    }  # fmt: skip


def row_of_new_charges(positions: Any, charges: Any, rtol: float) -> Row:
    """Measure `with_charges` beside a fresh build."""
    fresh, V = least(lambda: ct.potential(ct.ParticleSystem(positions, charges[0]), rtol=rtol))
    first, _ = least(lambda: V.with_charges(charges[1]), repeats=1, warm=False)
    again, W = least(lambda: V.with_charges(charges[2]))
    return {
        "particles": len(positions), "fresh build": fresh, "first with_charges": first,
        "each further one": again, "ratio": again / fresh, "error": W.report().error,
    }  # fmt: skip


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
