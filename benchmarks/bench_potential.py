"""Potentials of random charges and of real molecules: time against achieved error.

Prints Markdown tables and writes one JSON with machine, versions and commit. Peers are measured
in the same run where they are installed (``pip install '.[bench]'``); direct sums over all pairs
stand beside them. Times are medians of wall seconds after a warm-up.

    python benchmarks/bench_potential.py [--quick] [--large] [--systems DIR] [--output DIR]
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import platform
import resource
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import chebtucker as ct
from chebtucker.backends.threads import thread_count
from chebtucker.kernels import split_kernel
from chebtucker.potentials.long_range import long_range

Row = dict[str, Any]


def main() -> None:
    options = _options()
    sizes = [10**4, 10**5] if options.quick else [10**3, 10**4, 10**5, 10**6]
    tables = {
        "Long-range part alone, about 129 points an axis": [
            long_part(n) for n in ([*sizes, 10**7] if options.large else sizes)
        ],
        "Random charges at 1e-6, with peers": [
            row for n in sizes[-3:] for row in random_charges(n, peers=not options.quick)
        ],
        "Molecules": molecules(Path(options.systems), options.quick),
    }
    for title, rows in tables.items():
        print(f"\n## {title}\n\n{markdown(rows)}")
    if options.output:
        folder = Path(options.output)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "bench_potential.json").write_text(
            json.dumps({"machine": machine(), "tables": tables}, indent=1)
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, no peers")
    parser.add_argument("--large", action="store_true", help="the long part of 10^7 charges too")
    parser.add_argument("--systems", default="../shared/systems", help="folder of molecules")
    parser.add_argument("--output", default="output", help="folder of the JSON")
    return parser.parse_args()


def median_time(run: Callable[[], Any], *, repeats: int = 3) -> tuple[float, Any]:
    """Return the median wall seconds of a call after a warm-up, and its last result."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - start)
    return statistics.median(times), result


def relative(approximate: Any, exact: Any) -> float:
    return float(np.linalg.norm(approximate - exact) / np.linalg.norm(exact))


def random_ions(n: int) -> ct.ParticleSystem:
    rng = np.random.default_rng(n)
    return ct.ParticleSystem(rng.uniform(size=(n, 3)), rng.choice([-1.0, 1.0], n))


def long_part(n: int) -> Row:
    """Time the long-range part of n charges at a fixed cutoff; it should be linear in n."""
    rtol = 1e-7
    system = random_ions(n)
    split = split_kernel(ct.Newton(), 0.094, 1.74, rtol)
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
        "charges": f"{n:,}",
        "points an axis": f.degree[0] + 1,
        "Gaussians": len(split.long),
        "rank": f.rank[0],
        "seconds": seconds,
        "ns a charge": seconds / n * 1e9,
        "error": relative(f(points), exact),
        "peak memory (GB)": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def random_charges(n: int, *, peers: bool) -> list[Row]:
    """Time build, grid and scattered points for n charges, and what others need for the same."""
    system = random_ions(n)
    build, V = median_time(lambda: ct.potential(system, rtol=1e-6))
    grid, _ = median_time(lambda: V.on_grid(128, 128, 128))
    rng = np.random.default_rng(2)
    points = rng.uniform(*V.domain.T, size=(n, 3))
    some = points[: max(10**8 // n, 50)][:2000]
    exact = ct.direct_potential(system, some)
    at_points, values = median_time(lambda: V(points))
    direct = median_time(lambda: ct.direct_potential(system, some))[0] / len(some)
    ours = build + grid, build + at_points
    rows = [
        {
            "charges": f"{n:,}", "code": "chebtucker", "build": build,
            "128^3 grid, all": ours[0], "as many points, all": ours[1],
            "points again": at_points, "error": relative(values[: len(some)], exact),
            "grid, ratio": 1.0, "points, ratio": 1.0,
        },
        _peer_row("direct sum (scaled up from 2,000 points)", n, direct * 128**3, direct * n, ours),
    ]  # fmt: skip
    if peers and importlib.util.find_spec("fmm3dpy"):
        rows.append(_fmm3d_row(system, V, points, exact, ours))
    elif peers:
        print("fmm3dpy is not installed: left out (pip install fmm3dpy)")
    return rows


def _peer_row(code: str, n: int, grid: float, at_points: float, ours: tuple[float, float]) -> Row:
    return {
        "charges": f"{n:,}", "code": code, "build": None, "128^3 grid, all": grid,
        "as many points, all": at_points, "points again": at_points, "error": None,
        "grid, ratio": grid / ours[0], "points, ratio": at_points / ours[1],
    }  # fmt: skip


def _fmm3d_row(
    system: ct.ParticleSystem, V: ct.Potential, points: Any, exact: Any, ours: tuple[float, float]
) -> Row:
    """FMM3D computes q/r without 1/(4 pi); its tolerance is 1e-6 too. One run: it is slow."""
    import fmm3dpy

    sources = np.asfortranarray(system.positions.T)
    axes = np.meshgrid(*V.axes(128, 128, 128), indexing="ij")
    grid = np.asfortranarray(np.stack(axes).reshape(3, -1))

    def run(targets: Any) -> tuple[float, Any]:
        start = time.perf_counter()
        out = fmm3dpy.lfmm3d(
            eps=1e-6, sources=sources, charges=system.charges, targets=targets, pgt=1
        )
        return time.perf_counter() - start, out.pottarg

    on_grid, _ = run(grid)
    at_points, values = run(np.asfortranarray(points.T))
    row = _peer_row("fmm3dpy (wheel)", len(system), on_grid, at_points, ours)
    factor = float(values[: len(exact)] @ exact / (values[: len(exact)] @ values[: len(exact)]))
    row["error"] = relative(factor * values[: len(exact)], exact)
    return row


def molecules(folder: Path, quick: bool) -> list[Row]:
    """Time and check real molecules; those that are missing are left out."""
    rows = []
    names = ["Membrane-helix-0.pqr", "fas2.pqr", "1ubi.pqr", "mache.pqr", "4v8r.npz"]
    for name in names[: 3 if quick else None]:
        path = folder / name
        if not path.exists():
            print(f"{path} is not there: left out")
            continue
        system = ct.read_particles(path)
        rows += [molecule(name, system, rtol) for rtol in (1e-3, 1e-6, 1e-9)]
    return rows


def molecule(name: str, system: ct.ParticleSystem, rtol: float) -> Row:
    build, V = median_time(lambda: ct.potential(system, rtol=rtol))
    grid, _ = median_time(lambda: V.on_grid(129, 129, 129))
    energy_time, energy = median_time(V.energy)
    report = V.report()
    return {
        "molecule": name, "atoms": f"{len(system):,}", "rtol": rtol,
        "degree": "x".join(map(str, V.degree)), "rank": "x".join(map(str, V.rank)),
        "build": build, "129^3 grid": grid, "energy": energy_time,
        "energy (e^2/A)": f"{energy:.8f}",
        "error, uniform": report.error_uniform, "error, near atoms": report.error_near,
    }  # fmt: skip


def markdown(rows: list[Row]) -> str:
    if not rows:
        return "(nothing measured)"
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(_text(n, row[n]) for n in names) + " |" for row in rows]
    return "\n".join(lines)


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.1e}" if "error" in name or name == "rtol" else f"{value:.3g}"
    return str(value)


def machine() -> Row:
    versions = {
        name: importlib.metadata.version(name) for name in ("chebtucker", "numpy", "scipy", "numba")
    }
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "threads": thread_count(),
        "commit": commit,
        **versions,
    }


if __name__ == "__main__":
    main()
