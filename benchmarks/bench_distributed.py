"""Beyond one process and one memory: particles from a file, grids to a file.

Prints Markdown tables and writes one JSON with machine, versions and commit. Every case runs in a
process of its own, whose peak memory is that of the case; processes of a pool are counted apart.

    python benchmarks/bench_distributed.py [--quick] [--output DIR] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from measuring import Row, least_time, machine, markdown, once, write_json

import chebtucker as ct
from chebtucker.backends.executors import in_order, processes

PARTICLES = (10**6, 10**7, 10**8)
WORKERS = (1, 2, 4)
CUTOFF = 0.06  # of the edge of the box
RTOL = 1e-5
CHUNK = 10**6


def main() -> None:
    options = _options()
    if options.case:
        print(json.dumps(CASES[options.case[0]](*options.case[1:])))
        return
    last = 2 if options.quick else 3
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        tables = {
            "Particles from a file, in one process": [
                run("particles", folder, n, 1) for n in PARTICLES[:last]
            ],
            f"{PARTICLES[last - 2]:,} particles, one thread a worker": compared(
                folder, PARTICLES[last - 2]
            ),
            "A grid to a file": [
                run("grid", folder, n, workers, ending)
                for n, workers, ending in GRIDS
                if n < 1000 or not options.quick
            ],
        }
        print(f"\n## Pieces of the model\n\n{markdown([pieces(folder)])}")
    for title, rows in tables.items():
        print(f"\n## {title}\n\n{markdown(rows)}")
    if options.output:
        content = {"machine": machine(("mpi4py", "distributed")), "tables": tables}
        write_json(options.output, "bench_distributed.json", content)


GRIDS = ((256, 1, "npy"), (256, 2, "npy"), (256, 1, "vti"), (256, 1, "dx"), (1024, 1, "npy"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="to 10^7 particles, to 256^3 points")
    parser.add_argument("--output", default="output", help="folder of the JSON")
    parser.add_argument("--folder", help="where 14 GB of temporary files may be")
    parser.add_argument("--case", nargs="+", help=argparse.SUPPRESS)
    return parser.parse_args()


def run(case: str, folder: Path, *arguments: object, threads: int | None = None) -> Row:
    """Run one case in a process of its own."""
    command = [sys.executable, __file__, "--case", case, str(folder), *map(str, arguments)]
    more = {"NUMBA_NUM_THREADS": str(threads)} if threads else {}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **more}
    )
    return json.loads(done.stdout.splitlines()[-1])


def compared(folder: Path, n: int) -> list[Row]:
    """Measure pools of several sizes, and how far their coefficients are apart."""
    rows = []
    exact = None
    for workers in WORKERS:
        row = run("particles", folder, n, workers, threads=1)
        values = ct.load(folder / "long.npz").coefficients.to_array()
        exact = values if exact is None else exact
        row["difference"] = f"{np.abs(values - exact).max() / np.abs(exact).max():.1e}"
        rows.append(row)
    return rows


def particles(folder: str, count: str, workers: str) -> Row:
    """Build the potential of particles in a file; processes that are started are warm."""
    n, k = int(count), int(workers)
    path = Path(folder, f"{n}.npy")
    if not path.exists():
        ct.ParticleFile.write(path, chunks(n))
    source = ct.ParticleFile(path)
    small = ct.ParticleChunks([next(chunks(10_000))] * 8, size=10_000)
    options = {"rtol": RTOL, "cutoff": CUTOFF, "domain": [(-0.05, 1.05)] * 3}
    with processes(k) as executor:
        ct.potential(small, executor=executor, **options)  # compiles and imports
        before = cpu()
        seconds, V = once(lambda: ct.potential(source, executor=executor, **options))
        spent = cpu()[0] - before[0]
    V.long.save(Path(folder, "long.npz"))
    report = V.report()
    return {
        "particles": n,
        "workers": k,
        "seconds": seconds,
        "first reading": report.seconds["first reading"],
        "moments": report.seconds["moments"],
        "the rest": seconds - report.seconds["first reading"] - report.seconds["moments"],
        "CPU s here": spent,
        "CPU s of workers": cpu()[1],
        "peak MB here": peak(resource.RUSAGE_SELF),
        "peak MB of a worker": peak(resource.RUSAGE_CHILDREN) if k > 1 else None,
        "degree": max(V.degree),
        "rank": max(V.rank),
        "error": report.error,
    }


def grid(folder: str, count: str, workers: str, ending: str) -> Row:
    """Write the potential of a protein on a grid of n^3 points."""
    n, k = int(count), int(workers)
    V = protein(n)
    path = Path(folder, f"grid.{ending}")
    with processes(k) as executor:
        ct.write_grid(path, V, 16, executor=executor)
        seconds, _ = once(lambda: ct.write_grid(path, V, n, executor=executor))
    size = path.stat().st_size
    error = None
    if ending == "npy":
        error = largest_error(V, np.load(path, mmap_mode="r"))
    path.unlink()
    return {
        "points": n**3,
        "file": ending,
        "workers": k,
        "seconds": seconds,
        "GB": size / 1e9,
        "peak MB here": peak(resource.RUSAGE_SELF),
        "peak MB of a worker": peak(resource.RUSAGE_CHILDREN) if k > 1 else None,
        "rank": max(V.rank),
        "error": error,
    }


def largest_error(V: ct.Potential, values: np.ndarray) -> float:
    """Return the largest relative difference from V(points) on some rows of a grid."""
    x, y, z = V.axes(*values.shape)
    worst = 0.0
    for i, j in np.random.default_rng(0).integers(0, len(x), size=(20, 2)):
        points = np.stack(np.broadcast_arrays(x[i], y[j], z), axis=-1)
        exact = V(points)
        worst = max(worst, float((np.abs(values[i, j] - exact) / np.abs(exact).max()).max()))
    return worst


def pieces(folder: Path) -> Row:
    """Measure what the model of the time on many nodes is made of, one thread."""
    from chebtucker.backends.threads import one_thread
    from chebtucker.kernels import Newton, split_kernel
    from chebtucker.potentials.chunks.partial import Accumulating, Counting
    from chebtucker.potentials.long_range import moment_plan

    group = next(iter(ct.ParticleFile(folder / f"{PARTICLES[0]}.npy", size=CHUNK).groups()))
    split = split_kernel(Newton(), CUTOFF, 2.0, 0.5 * RTOL)
    points = np.random.default_rng(0).uniform(size=(40, 3))
    blocks, sizes = moment_plan(np.array([[0.0, 1.0]] * 3), split.long, split.rtol, 2**21)
    accumulate, count = Accumulating(blocks, sizes, 1.0, split, points), Counting(points, Newton())
    with one_thread():
        accumulate(group), count(group)
        grid_value = seconds_a_value(1024)
        moments, (sums, _) = least_time(lambda: accumulate(group), warm=False)
        counting, _ = least_time(lambda: count(group), warm=False)
    results = 16
    with processes(2) as executor:
        list(in_order(executor, np.zeros, [sizes]))
        before = cpu()[0]
        for _, result in in_order(executor, np.zeros, [sizes] * results):
            sums += result
        receiving = (cpu()[0] - before) / results
    return {
        "sizes": sizes,
        "moments, us a particle": 1e6 * moments / CHUNK,
        "first reading, us a particle": 1e6 * counting / CHUNK,
        "receiving and adding a result, s": receiving,
        "MB a result": sums.nbytes / 1e6,
        "grid of 1024^3, ns a value": 1e9 * grid_value,
    }


def seconds_a_value(n: int) -> float:
    """Return what a value of a protein's potential takes in a slab of a grid of n^3 points."""
    V = protein(n)
    x, y, z = V.axes(n, n, n)
    slab = x[n // 2 : n // 2 + 8]
    return least_time(lambda: V.on_grid(slab, y, z), warm=False)[0] / (8 * n * n)


def protein(n: int) -> ct.Potential:
    """Return the potential of ubiquitin, for a grid of n^3 points."""
    from chebtucker.systems.examples import example_file

    return ct.potential(ct.read_particles(example_file()), rtol=1e-6, targets=(n, n, n))


def chunks(n: int):  # type: ignore[no-untyped-def]
    """Yield charges of both signs, uniform in a cube."""
    for first in range(0, n, CHUNK):
        rng = np.random.default_rng(first)
        size = min(CHUNK, n - first)
        yield rng.uniform(size=(size, 3)), rng.choice([-1.0, 1.0], size)


def cpu() -> tuple[float, float]:
    """Return the CPU seconds of this process, and of its children that have ended."""
    times = os.times()
    return times.user + times.system, times.children_user + times.children_system


def peak(who: int) -> float:
    """Return the largest memory so far in MB."""
    return resource.getrusage(who).ru_maxrss / 1e3


CASES = {"particles": particles, "grid": grid}

if __name__ == "__main__":
    main()
