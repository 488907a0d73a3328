"""Dipoles and quadrupoles as sources: achieved errors, ranks and times, beside charges alone.

Sites a bit off a lattice, two length units apart, with charges, dipoles and quadrupoles as atoms
in molecules have them. Prints Markdown tables and writes one JSON. Times are CPU seconds of one
thread, the least of a few runs.

    python benchmarks/bench_multipoles.py
    python benchmarks/bench_multipoles.py --shape 8 10 7 --rtol 1e-6
"""

from __future__ import annotations

import os

os.environ["NUMBA_NUM_THREADS"] = "1"

import argparse
from typing import Any

import numpy as np
from measuring import Row, least_time, machine, markdown, relative, write_json

import chebtucker as ct
from chebtucker.backends import numba_cpu
from chebtucker.kernels import split_kernel
from chebtucker.potentials import direct_gradient
from chebtucker.potentials.direct import direct_fields
from chebtucker.potentials.multipole import sources as multipoles
from chebtucker.potentials.multipole.short import multipole_short_range
from chebtucker.potentials.short_range import short_range

SOURCES = ["charges", "dipoles", "quadrupoles", "all three"]
CHECKED = 200
POINTS = 2000


def main() -> None:
    options = _options()
    tables = {
        "Errors against direct sums": [
            error_row(sources, kernel, rtol, options.shape)
            for kernel in (ct.Newton(), ct.Yukawa(0.1))
            for rtol in options.rtol
            for sources in SOURCES
        ],
        "Ranks at the same cutoff": [
            rank_row(rtol, options.shape, cutoff) for cutoff in (6.0, 12.0) for rtol in options.rtol
        ],
        "Nanoseconds": [speed_row(count) for count in (50, 300)],
    }
    for title, rows in tables.items():
        print(f"\n## {title}\n\n{markdown(rows)}")
    content = {"machine": machine(), "tables": tables}
    write_json(options.output, "bench_multipoles.json", content)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("--shape", nargs=3, type=int, default=[14, 12, 10], help="sites per axis")
    add("--rtol", nargs="+", type=float, default=[1e-4, 1e-6, 1e-8, 1e-10])
    add("--output", default="output", help="folder of the JSON")
    return parser.parse_args()


def sites(sources: str, shape: Any) -> ct.ParticleSystem:
    rng = np.random.default_rng(0)
    places = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, 3)
    positions = 2.0 * places + rng.uniform(-0.5, 0.5, size=places.shape)
    n = len(positions)
    charges = 0.4 * rng.permutation(np.where(np.arange(n) % 2, -1.0, 1.0))
    dipoles = 0.2 * rng.normal(size=(n, 3))
    second = 0.2 * rng.normal(size=(n, 3, 3))
    every = sources == "all three"
    return ct.ParticleSystem(
        positions,
        charges if every or sources == "charges" else 0.0 * charges,
        dipoles=dipoles if every or sources == "dipoles" else None,
        quadrupoles=second + second.swapaxes(1, 2) if every or sources == "quadrupoles" else None,
    )


def error_row(sources: str, kernel: Any, rtol: float, shape: Any) -> Row:
    system = sites(sources, shape)
    seconds, V = least_time(lambda: ct.potential(system, kernel=kernel, rtol=rtol), repeats=1)
    points = np.random.default_rng(1).uniform(*V.domain.T, size=(POINTS, 3))
    row: Row = {"kernel": type(kernel).__name__, "rtol": rtol, "sources": sources}
    row["error"] = relative(V(points), ct.direct_potential(system, points, kernel))
    row["error, gradient"] = relative(V.gradient(points), direct_gradient(system, points, kernel))
    forces, torques = exact(system, kernel)
    row["error, forces"] = relative(V.forces()[:CHECKED], forces)
    row["error, torques"] = None
    if system.multipole_order:
        row["error, torques"] = relative(V.torques()[:CHECKED], torques)
    row |= {"cutoff": V.cutoff, "degree": V.degree, "rank": V.rank, "build": seconds}
    return row


def exact(system: ct.ParticleSystem, kernel: Any) -> tuple[Any, Any]:
    """Return forces and torques on the first particles by direct sums."""
    moments = multipoles.packed(system, kernel)[:CHECKED]
    fields = np.empty((CHECKED, 20))
    for i in range(CHECKED):
        rest = np.arange(len(system)) != i
        others = ct.ParticleSystem(
            system.positions[rest],
            system.charges[rest],
            dipoles=None if system.dipoles is None else system.dipoles[rest],
            quadrupoles=None if system.quadrupoles is None else system.quadrupoles[rest],
        )
        fields[i] = direct_fields(others, system.positions[i : i + 1], kernel, 3)
    return multipoles.forces(moments, fields), multipoles.torques(moments, fields)


def rank_row(rtol: float, shape: Any, cutoff: float) -> Row:
    potentials = {s: ct.potential(sites(s, shape), rtol=rtol, cutoff=cutoff) for s in SOURCES}
    row: Row = {"cutoff": cutoff, "rtol": rtol}
    return row | {sources: V.rank for sources, V in potentials.items()}


def speed_row(neighbours: int) -> Row:
    """Time a short-range pair, and a pair of a direct sum, at so many neighbours."""
    rng = np.random.default_rng(0)
    n = 20_000
    positions, moments = rng.uniform(size=(n, 3)), rng.normal(size=(n, 10))
    split = split_kernel(ct.Newton(), (neighbours / n / 4.19) ** (1 / 3), 1.8, 1e-8)
    points = rng.uniform(0.2, 0.8, size=(2000, 3))
    pair = 1e9 / (len(points) * neighbours)
    charges = short_range(split, positions, moments[:, 0].copy())
    both = multipole_short_range(split, positions, moments)
    few = moments.copy()
    few[:, 4:] = 0.0
    dipoles = multipole_short_range(split, positions, few)
    row: Row = {"neighbours": neighbours, "charges": least_time(lambda: charges(points))[0] * pair}
    row["gradient"] = least_time(lambda: charges.gradient(points))[0] * pair
    row["dipoles"] = least_time(lambda: dipoles(points))[0] * pair
    row["quadrupoles"] = least_time(lambda: both(points))[0] * pair
    row["their gradient"] = least_time(lambda: both.gradient(points))[0] * pair
    at = least_time(lambda: both.fields_at_particles(positions, 3))[0]
    row["for forces"] = at * 1e9 / (n * neighbours)
    some, every = points[:100], 1e9 / (100 * n)
    for name, screening in (("direct", 0.0), ("direct, Yukawa", 1.0)):
        seconds, _ = least_time(
            lambda k=screening: numba_cpu.direct_multipoles(some, positions, moments, k, 0)
        )
        row[name] = seconds * every
    return row


if __name__ == "__main__":
    main()
