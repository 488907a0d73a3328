"""Crystals of 10^3 to 10^10 ions: time, rank and memory against the number of cells.

Prints Markdown tables and writes one JSON with machine, versions and commit. Rock salt at 1e-6:
the potential on a box of fixed size inside, values there on a grid, the potential on all of the
crystal and its energy, and, as long as it takes less than a minute, what a list of the ions costs.

    python benchmarks/bench_lattice.py [--quick] [--output DIR]
"""

from __future__ import annotations

import argparse
import resource

import numpy as np
from measuring import Row, machine, markdown, median_time, once, write_json

import chebtucker as ct

SPACING = 2.8
CELLS = (5, 11, 23, 50, 108, 232, 500, 1077)
LISTED = 60  # cells an axis up to which the ions are listed too
BOX = 24.0  # Angstrom


def main() -> None:
    options = _options()
    cells = CELLS[:4] if options.quick else CELLS
    part(cells[0])  # compiles
    tables = {
        f"A box of {BOX:g} Angstrom in the middle": [part(n) for n in cells],
        "All of the crystal": [whole(n) for n in cells],
    }
    for title, rows in tables.items():
        print(f"\n## {title}\n\n{markdown(rows)}")
    if options.output:
        content = {"machine": machine(), "tables": tables}
        write_json(options.output, "bench_lattice.json", content)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="up to a million ions")
    parser.add_argument("--output", default="output", help="folder of the JSON")
    return parser.parse_args()


def part(n: int) -> Row:
    """Measure a box of fixed size in the middle, where the potential hardly depends on n."""
    crystal = ct.Lattice.rock_salt((n, n, n), SPACING, origin=(-n * SPACING,) * 3)
    box = np.array([[-0.5, 0.5]] * 3) * BOX + 0.3
    seconds, V = median_time(lambda: ct.potential(crystal, domain=box))
    on_grid, _ = median_time(lambda: V.on_grid(128, 128, 128))
    return {
        "ions": len(crystal),
        "build, s": seconds,
        "128^3 grid, s": on_grid,
        "degree": V.degree,
        "rank": V.rank,
        "kB": V.long.nbytes / 1e3,
        "error": V.report().error,
    }


def whole(n: int) -> Row:
    """Measure all of a crystal: degrees grow with its edge, ranks do not."""
    crystal = ct.Lattice.rock_salt((n, n, n), SPACING)
    seconds, V = median_time(lambda: ct.potential(crystal), enough=2.0)
    energy_seconds, energy = median_time(V.energy, enough=2.0)
    listed = None
    if n <= LISTED:
        listed, _ = once(lambda: ct.potential(crystal.to_particles()))
    return {
        "ions": len(crystal),
        "build, s": seconds,
        "as a list, s": listed,
        "energy, s": energy_seconds,
        "-2 E d / N": f"{-2 * energy * SPACING / len(crystal):.9f}",
        "degree": max(V.degree),
        "rank": max(V.rank),
        "MB": V.long.nbytes / 1e6,
        "error": V.report().error,
        "peak MB so far": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


if __name__ == "__main__":
    main()
