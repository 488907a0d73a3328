"""Potentials of random charges and of real molecules: time against achieved error, with peers.

Prints Markdown tables and writes one JSON with machine, versions and commit. Peers (fmm3dpy and
ferreus-bbfmm, ``pip install '.[bench]'``) are measured in the same run on as many threads; direct
sums over all pairs stand beside them, scaled up. A peer that would take more than ``--patience``
seconds is left out, and the table says so.

    python benchmarks/bench_potential.py
    python benchmarks/bench_potential.py --tables peers --charges 1e5 --targets 256 --rtol 1e-6
    python benchmarks/bench_potential.py --tables long molecules --systems DIR
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
from measuring import Row, machine, markdown, median_time, once, relative, write_json

import chebtucker as ct
from chebtucker.backends.threads import thread_count
from chebtucker.kernels import split_kernel
from chebtucker.potentials.long_range import long_range

os.environ.setdefault("RAYON_NUM_THREADS", str(thread_count()))
os.environ.setdefault("OMP_NUM_THREADS", str(thread_count()))

import potential_peers as peers

SAMPLES = 400
MOLECULES = ["Membrane-helix-0.pqr", "fas2.pqr", "1ubi.pqr", "mache.pqr", "4v8r.npz"]


def main() -> None:
    options = _options()
    tables: dict[str, list[Row]] = {}
    start = time.perf_counter()
    if "peers" in options.tables:
        tables["Random charges, with peers"] = list(_peer_rows(options))
    if "long" in options.tables:
        tables["Long part alone, about 129 points an axis"] = [
            long_part(n) for n in (10**3, 10**4, 10**5, 10**6, 10**7)[: options.decades]
        ]
    if "molecules" in options.tables:
        tables["Molecules"] = molecules(options)
    if "molecule-peers" in options.tables:
        tables["Molecules, with peers"] = molecules_with_peers(options)
    for title, rows in tables.items():
        print(f"\n## {title}\n\n{markdown(rows)}")
    print(f"\n{time.perf_counter() - start:.0f} seconds in all, {thread_count()} threads.")
    where = machine(("fmm3dpy", "ferreus-bbfmm"))
    write_json(options.output, "bench_potential.json", {"machine": where, "tables": tables})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("--tables", nargs="+", default=["peers", "long", "molecules", "molecule-peers"])
    add("--charges", nargs="+", type=float, default=[1e3, 1e4, 1e5, 1e6], help="how many")
    add(
        "--targets", nargs="+", default=["128", "256", "points"],
        help="points per axis of a grid, or 'points': as many as there are charges",
    )  # fmt: skip
    add("--rtol", nargs="+", type=float, default=[1e-6], help="1e-4, 1e-6, 1e-10")
    add("--codes", nargs="+", default=["direct", "fmm3dpy", "ferreus-bbfmm"], help="beside ours")
    add("--patience", type=float, default=60.0, help="most seconds of a peer")
    add("--decades", type=int, default=4, help="sizes of the long part: 4 to 10^6, 5 to 10^7")
    add("--systems", default="../shared/systems", help="folder of molecules")
    add("--molecules", nargs="+", default=MOLECULES)
    add("--output", default="output", help="folder of the JSON")
    return parser.parse_args()


def random_ions(n: int) -> ct.ParticleSystem:
    rng = np.random.default_rng(n)
    return ct.ParticleSystem(rng.uniform(size=(n, 3)), rng.choice([-1.0, 1.0], n))


def _peer_rows(options: argparse.Namespace) -> Any:
    for rtol in options.rtol:
        for count in options.charges:
            for name in options.targets:
                yield from random_charges(int(count), name, rtol, options)


def random_charges(n: int, name: str, rtol: float, options: argparse.Namespace) -> list[Row]:
    """Compare codes for n charges in a cube and one kind of targets."""
    domain = np.array([[-0.1, 1.1]] * 3)
    points = None if name != "points" else np.random.default_rng(2).uniform(-0.1, 1.1, (n, 3))
    m = 0 if name == "points" else int(name)
    targets = peers.Targets(
        f"{n:,} points" if not m else f"{m}^3 grid", (m, m, m) if m else None, points
    )
    return compared({"charges": n}, random_ions(n), domain, targets, rtol, options)


def compared(
    what: Row,
    system: ct.ParticleSystem,
    domain: Any,
    targets: peers.Targets,
    rtol: float,
    options: argparse.Namespace,
) -> list[Row]:
    """Time all of the work, and a second evaluation, by all codes; one row each."""
    where, some = targets.some(domain, min(SAMPLES, max(10**8 // len(system), 50)))
    exact = ct.direct_potential(system, some)
    common = {**what, "targets": targets.name, "rtol": rtol}
    ours = _timed(peers.chebtucker(system, domain, targets, rtol), where, exact, repeats=3)
    ones = {"ratio": 1.0, "core ratio": 1.0, "ratio again": 1.0}
    rows = [{**common, "code": "chebtucker", **ours, **ones}]
    for code in options.codes:
        theirs = _by(code, system, domain, targets, rtol, options.patience, where, some, exact)
        if isinstance(theirs, str):
            rows.append({**common, "code": f"{code}: {theirs}"})
            continue
        ratios = {
            "ratio": theirs["seconds"] / ours["seconds"],
            "core ratio": theirs["core seconds"] / ours["core seconds"],
            "ratio again": (theirs["again"] or theirs["seconds"]) / ours["again"],
        }
        rows.append({**common, "code": code, **theirs, **ratios})
    _say(rows)
    return rows


def _by(
    code: str, system: ct.ParticleSystem, domain: Any, targets: peers.Targets, rtol: float,
    patience: float, where: Any, some: Any, exact: Any,
) -> Row | str:  # fmt: skip
    """Return the times of another code, or why there are none."""
    if code == "direct":
        return _direct(system, some, targets.size)
    make, guess = {"fmm3dpy": (peers.fmm3d, peers.fmm3d_seconds),
                   "ferreus-bbfmm": (peers.ferreus, peers.ferreus_seconds)}[code]  # fmt: skip
    if guess(system, targets, rtol) > patience:
        return "skipped, too slow"
    run = make(system, domain, targets, rtol)
    return "not installed" if run is None else _timed(run, where, exact, repeats=0)


def _timed(run: peers.Run, where: Any, exact: Any, *, repeats: int) -> Row:
    """Return wall and core seconds of all of the work, of evaluating again, and the error.

    Medians of some runs after one that may compile; with no repeats that one counts.
    """
    core = time.process_time()
    seconds, (values, again) = once(run)
    cores = time.process_time() - core
    error = relative(values[where], exact)
    del values
    if repeats and seconds < 30:
        repeats = repeats if seconds < 10 else 1
        core = time.process_time()
        seconds, (values, again) = median_time(run, repeats=repeats, warm=False)
        cores = (time.process_time() - core) / repeats
        del values
    later = None
    if again is not None and (repeats or seconds < 10):
        later, _ = median_time(again, repeats=max(repeats, 1), warm=False)
    return {"seconds": seconds, "core seconds": cores, "again": later, "error": error}


def _direct(system: ct.ParticleSystem, some: Any, size: int) -> Row:
    """Return the time of the direct sum at a few points, scaled up to all targets."""
    seconds, _ = median_time(lambda: ct.direct_potential(system, some))
    scaled = seconds * size / len(some)
    return {
        "seconds": scaled, "core seconds": scaled * thread_count(), "again": scaled, "error": None,
    }  # fmt: skip


def _say(rows: list[Row]) -> None:
    for row in rows:
        print(", ".join(f"{k} {v:.3g}" if isinstance(v, float) else str(v) for k, v in row.items()))


def long_part(n: int) -> Row:
    """Time the long-range part of n charges at a fixed cutoff; it should be linear in n."""
    rtol = 1e-7
    system = random_ions(n)
    split = split_kernel(ct.Newton(), 0.08, 1.74, rtol)
    domain = np.array([[0.0, 1.0]] * 3)
    run = lambda: long_range(  # noqa: E731
        system.positions, system.charges, split.long, domain, rtol=rtol, atol=rtol * n**0.5
    )
    seconds, f = median_time(run)
    points = np.random.default_rng(1).uniform(size=(50, 3))
    exact = np.array(
        [split.long(np.linalg.norm(p - system.positions, axis=1)) @ system.charges for p in points]
    )
    return {
        "charges": n,
        "points an axis": f.degree[0] + 1,
        "Gaussians": len(split.long),
        "rank": f.rank[0],
        "seconds": seconds,
        "ns a charge": seconds / n * 1e9,
        "error": relative(f(points), exact),
        "peak memory (GB)": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def molecules(options: argparse.Namespace) -> list[Row]:
    """Time and check real molecules."""
    return [
        molecule(name, system, rtol)
        for name, system in _systems(options)
        for rtol in (1e-3, 1e-6, 1e-9)
    ]


def molecules_with_peers(options: argparse.Namespace) -> list[Row]:
    """Compare codes for real molecules, on a grid of 129 points an axis and at the atoms."""
    rows = []
    for name, system in _systems(options):
        box = system.bounding_box
        domain = box + 0.1 * float(np.ptp(box, axis=1).max()) * np.array([-1.0, 1.0])
        near = system.positions + 0.5 * np.random.default_rng(1).uniform(-1, 1, (len(system), 3))
        for targets in (
            peers.Targets("129^3 grid", (129, 129, 129), None),
            peers.Targets("as many points within 0.9 of the atoms", None, near),
        ):
            what = {"molecule": name, "atoms": len(system)}
            for rtol in options.rtol:
                rows += compared(what, system, domain, targets, rtol, options)
    return rows


def _systems(options: argparse.Namespace) -> Any:
    """Yield names and particles of those molecules whose files are there."""
    for name in options.molecules:
        path = Path(options.systems) / name
        if path.exists():
            yield name, ct.read_particles(path)
        else:
            print(f"{path} is not there: left out")


def molecule(name: str, system: ct.ParticleSystem, rtol: float) -> Row:
    build, V = median_time(lambda: ct.potential(system, rtol=rtol))
    grid, _ = median_time(lambda: V.on_grid(129, 129, 129))
    energy_time, energy = median_time(V.energy)
    report = V.report()
    return {
        "molecule": name, "atoms": len(system), "rtol": rtol,
        "degree": "x".join(map(str, V.degree)), "rank": "x".join(map(str, V.rank)),
        "build": build, "129^3 grid": grid, "energy": energy_time,
        "energy (e^2/A)": f"{energy:.8f}",
        "error, uniform": report.error_uniform, "error, near atoms": report.error_near,
    }  # fmt: skip


if __name__ == "__main__":
    main()
