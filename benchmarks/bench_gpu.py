"""Functions and potentials on a CUDA device: correctness, then times beside the card's own rates.

One call does all: a check of the results against the CPU, which ends the run if it fails; copy
bandwidth and matrix products of the card; then each step as a fraction of its floor, beside the CPU
in the same run, direct sums on the same card, and cufinufft where it is installed; then several
cards, where there are. Medians after a warm-up. Prints Markdown tables and writes one JSON.

    python benchmarks/bench_gpu.py [--quick] [--no-cpu] [--output DIR]
    python benchmarks/bench_gpu.py --check      # says what is missing, and ends with status 2
"""

from __future__ import annotations

import argparse
import importlib
import math
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from measuring import Row, machine, markdown, median_time, once, write_json

import chebtucker as ct
from chebtucker._device import cupy
from chebtucker.kernels import split_kernel
from chebtucker.potentials.long_range import long_range

REPEATS = 5
BOX = np.array([[0.0, 1.0], [0.0, 1.2], [0.0, 0.9]])


@dataclass(frozen=True)
class Sizes:
    """What is measured: the goals, or sizes that show that the benchmark runs."""

    grid: int = 1024
    rank: int = 40
    points: int = 10**8
    charges: int = 10**5
    targets: int = 256
    many: int = 10**6
    gemm: int = 8192
    copied: int = 2**32

    @classmethod
    def quick(cls) -> Sizes:
        """Return sizes of a second."""
        return cls(24, 5, 3000, 300, 10, 500, 64, 2**16)


# The device ---------------------------------------------------------------------------------------


class Clock:
    """Seconds of calls on the device, by events on its stream."""

    def __init__(self, cp: Any) -> None:
        self.cp = cp

    def __call__(self, run: Callable[[], Any]) -> float:
        """Return the median of several runs after one that is not counted."""
        run()
        return statistics.median(self._once(run) for _ in range(REPEATS))

    def _once(self, run: Callable[[], Any]) -> float:
        start, end = self.cp.cuda.Event(), self.cp.cuda.Event()
        start.record()
        run()
        end.record()
        end.synchronize()
        return self.cp.cuda.get_elapsed_time(start, end) / 1000


def rates(cp: Any, clock: Clock, sizes: Sizes) -> dict[str, float]:
    """Return bytes a second of a copy and of a fill, and flops a second of matrix products."""
    n, result = sizes.gemm, _bandwidths(cp, clock, sizes.copied // 8)
    for name, kind in (("dgemm", cp.float64), ("sgemm", cp.float32)):
        left, right = cp.zeros((n, n), dtype=kind), cp.zeros((n, n), dtype=kind)
        out = cp.zeros((n, n), dtype=kind)
        product = _product(cp, left, right, out)
        result[name] = 2 * n**3 / clock(product)
    return result


def _bandwidths(cp: Any, clock: Clock, entries: int) -> dict[str, float]:
    a, b = cp.zeros(entries), cp.zeros(entries)
    return {
        "copy": 2 * 8 * entries / clock(lambda: b.__setitem__(..., a)),
        "fill": 8 * entries / clock(lambda: a.fill(1.0)),
    }


def _product(cp: Any, left: Any, right: Any, out: Any) -> Callable[[], Any]:
    return lambda: cp.matmul(left, right, out=out)


# Steps --------------------------------------------------------------------------------------------


def row(step: str, seconds: float, floor: float, goal: str, cpu: float | None, what: str) -> Row:
    """Return one line of the table."""
    return {
        "step": step, "seconds": seconds, "floor s": floor or None,
        "of the floor": floor / seconds if floor else None,
        "goal": goal, "CPU s": cpu, "CPU / device": None if cpu is None else cpu / seconds,
        "floor": what,
    }  # fmt: skip


def grids(cp: Any, clock: Clock, sizes: Sizes, rate: dict[str, float], cpu: bool) -> list[Row]:
    """Return the times of a grid of a function of given ranks, in double and in single."""
    rng = np.random.default_rng(0)
    r, n, m = sizes.rank, 2 * sizes.rank, sizes.grid
    core = rng.normal(size=(r, r, r))
    factors = [np.linalg.qr(rng.normal(size=(n, r)))[0] for _ in range(3)]
    f = ct.ChebTuck(ct.TuckerTensor(core, tuple(factors)), BOX)
    g = f.to_device("cuda")
    rows = []
    for dtype, bytes_, gemm in ((np.float64, 8, "dgemm"), (np.float32, 4, "sgemm")):
        out = cp.zeros((m, m, m), dtype=dtype)
        seconds = clock(_grid(g, m, out))
        write, multiply = bytes_ * m**3 / rate["fill"], 2 * r * m**3 / rate[gemm]
        host = _host(lambda: f.on_grid(m, m, m // 8), cpu, 8)
        what = "write" if write > multiply else gemm
        name = f"{m}^3 grid, rank {r}, {np.dtype(dtype)}"
        goal = "60 %" if dtype == np.float64 else ""
        rows.append(row(name, seconds, max(write, multiply), goal, host, what))
        del out
    return rows


def _grid(g: Any, m: int, out: Any) -> Callable[[], Any]:
    return lambda: g.on_grid(m, m, m, out=out)


def points(cp: Any, clock: Clock, sizes: Sizes, rate: dict[str, float], cpu: bool) -> list[Row]:
    """Return the times of a long-range potential of rank about 45 at scattered points."""
    system = particles(10**4)
    split = split_kernel(ct.Newton(), 0.21, 1.9, 1e-9)
    f = long_range(
        system.positions, system.charges, split.long, BOX, rtol=1e-9, atol=1e-8 * math.sqrt(10**4)
    )
    g = f.to_device("cuda")
    low, high = cp.asarray(BOX[:, 0]), cp.asarray(BOX[:, 1])
    where = low + random(cp, (sizes.points, 3)) * (high - low)
    few = BOX[:, 0] + np.random.default_rng(1).random((max(sizes.points // 100, 10), 3)) * (
        BOX[:, 1] - BOX[:, 0]
    )
    rows = []
    for name, sums, call, host in (
        ("values", 1, lambda: g(where), lambda: f(few)),
        ("values and gradients", 2, lambda: g.value_and_gradient(where),
         lambda: f.value_and_gradient(few)),
    ):  # fmt: skip
        seconds = clock(call)
        plan = g._kept.plans.get(sums == 2)
        p3 = math.prod(plan.blocks.sizes) if plan else 0
        moved = sizes.points * (32 + 24 * (sums - 1))
        floor = max(2 * sums * p3 * sizes.points / rate["dgemm"], moved / rate["copy"])
        goal = "1e9 points/s" if sums == 1 else ""
        text = f"{sizes.points:.0e} points, ranks {'x'.join(map(str, g.rank))}, {name}"
        line = row(text, seconds, floor, goal, _host(host, cpu, 100), "2 p^3 flops or bytes")
        rows.append(line | {"step": f"{text}: {sizes.points / seconds:.2e} points/s"})
    return rows


def totals(cp: Any, clock: Clock, sizes: Sizes, rate: dict[str, float], cpu: bool) -> list[Row]:
    """Return the times of building a potential, of its values on a grid, and of direct sums."""
    system = particles(sizes.charges)
    there = system.to_device("cuda")
    m = sizes.targets
    options: dict[str, Any] = {"rtol": 1e-6, "domain": BOX, "targets": (m, m, m)}
    potential = ct.potential(there, **options)
    out = cp.zeros((m, m, m))
    pairs = (
        sizes.charges * m**3 * 4 / 3 * math.pi * potential.cutoff**3 / np.ptp(BOX, axis=1).prod()
    )
    build = clock(lambda: ct.potential(there, **options))
    grid = clock(lambda: potential.on_grid(m, m, m, out=out))
    host_build = _host(lambda: ct.potential(system, **options), cpu, 1)
    on_cpu = potential.to_device("cpu")
    host_grid = _host(lambda: on_cpu.on_grid(m, m, m), cpu, 1)
    share = 1024
    some = out.reshape(-1)[: m**3 // share + 1]
    where = random(cp, (len(some), 3))
    direct = clock(lambda: ct.direct_potential(there, where)) * share
    single = potential.short.split.coefficients.dtype == np.float32
    flops = (2 * len(potential.short.split.coefficients) + 14) * pairs
    floor = max(flops / rate["sgemm" if single else "dgemm"], 16 * m**3 / rate["copy"])
    size = f"{sizes.charges:.0e} charges at 1e-6"
    both = None if host_build is None or host_grid is None else host_build + host_grid
    return [
        row(f"{size}: build", build, 0.0, "", host_build, ""),
        row(f"{size}: {m}^3 grid", grid, floor, "", host_grid, "2 m + 14 flops a pair"),
        row(f"{size}: both", build + grid, floor, "0.1 s", both, ""),
        row(f"{size}: direct sums, scaled up from {len(some)} points", direct, 0.0, "", None, ""),
    ]


def long_parts(cp: Any, clock: Clock, sizes: Sizes, rate: dict[str, float], cpu: bool) -> list[Row]:
    """Return the time from charges to the ChebTuck of the long part."""
    system = particles(sizes.many)
    there = system.to_device("cuda")
    split = split_kernel(ct.Newton(), 0.12, 1.9, 1e-7)
    more = {"rtol": 1e-7, "atol": 1e-6 * math.sqrt(sizes.many)}

    def build(s: Any) -> Any:
        return long_range(s.positions, s.charges, split.long, BOX, **more)

    seconds = clock(lambda: build(there))
    floor = 2 * sizes.many * 12**3 / rate["dgemm"]
    host = _host(lambda: build(system), cpu, 1)
    text = f"{sizes.many:.0e} charges to a ChebTuck"
    return [row(text, seconds, floor, "0.05 s", host, "2 N 12^3 flops of local moments")]


def several(cp: Any, sizes: Sizes) -> list[Row]:
    """Return wall times on one device, two, four, .. and all, from the host and back to it."""
    count = cp.cuda.runtime.getDeviceCount()
    if count < 2:
        return [{"devices": count, "left out": "it takes two devices to compare one with several"}]
    system = particles(sizes.many)
    where = BOX[:, 0] + np.random.default_rng(2).random((sizes.points // 10, 3)) * np.ptp(
        BOX, axis=1
    )
    out = np.empty((sizes.grid // 2,) * 3)
    options: dict[str, Any] = {"rtol": 1e-6, "domain": BOX, "targets": out.shape}
    rows: list[Row] = []
    for number in sorted({1, count, *(2**k for k in range(1, count.bit_length()) if 2**k < count)}):
        with ct.DeviceExecutor(range(number)) as gpus:
            build = _built_by(system, options, gpus)
            everywhere = ct.OnDevices(build(), gpus)
            calls = {
                f"{sizes.many:.0e} charges, build": build,
                f"{len(where):.0e} points": _call(everywhere, where),
                f"{out.shape[0]}^3 grid": _grid_to(everywhere, out),
            }
            times = {name: median_time(call, repeats=REPEATS)[0] for name, call in calls.items()}
        for name, seconds in times.items():
            rows.append({"devices": number, "step": name, "wall s": seconds})
    first = {line["step"]: line["wall s"] for line in rows if line["devices"] == 1}
    return [line | {"speed-up": first[line["step"]] / line["wall s"]} for line in rows]


def _built_by(system: Any, options: dict[str, Any], gpus: Any) -> Callable[[], Any]:
    return lambda: ct.potential(system, executor=gpus, **options)


def _call(function: Any, where: Any) -> Callable[[], Any]:
    return lambda: function(where)


def _grid_to(function: Any, out: Any) -> Callable[[], Any]:
    return lambda: function.on_grid(*out.shape, out=out)


def peers(cp: Any, clock: Clock, sizes: Sizes) -> list[Row]:
    """Return times of cufinufft for as many charges and points, where it is installed."""
    try:
        cufinufft = importlib.import_module("cufinufft")
    except ImportError as error:
        return [{"peer": f"cufinufft is not there: {error}", "seconds": None}]
    modes = (128, 128, 128)
    x = [2 * math.pi * (random(cp, (sizes.many,)) - 0.5) for _ in range(3)]
    q = cp.zeros(sizes.many, dtype=cp.complex128) + 1
    hats = cufinufft.nufft3d1(*x, q, modes, eps=1e-7)
    return [
        {"peer": f"cufinufft type 1, {sizes.many:.0e} charges to 128^3 modes, eps 1e-7",
         "seconds": clock(lambda: cufinufft.nufft3d1(*x, q, modes, eps=1e-7))},
        {"peer": f"cufinufft type 2, 128^3 modes to {sizes.many:.0e} points, eps 1e-7",
         "seconds": clock(lambda: cufinufft.nufft3d2(*x, hats, eps=1e-7))},
    ]  # fmt: skip


# Shared -------------------------------------------------------------------------------------------


def particles(count: int) -> ct.ParticleSystem:
    """Return charges of both signs, uniform in the box."""
    rng = np.random.default_rng(count)
    positions = BOX[:, 0] + rng.random((count, 3)) * (BOX[:, 1] - BOX[:, 0])
    return ct.ParticleSystem(positions, rng.choice([-1.0, 1.0], count))


def random(cp: Any, shape: tuple[int, ...]) -> Any:
    """Return uniform numbers in [0, 1) on the device."""
    return cp.random.default_rng(0).random(shape)


def _host(run: Callable[[], Any], wanted: bool, times: int) -> float | None:
    """Return the wall seconds on the CPU of a part, times how many parts there are."""
    if not wanted:
        return None
    run()
    return once(run)[0] * times


def check(cp: Any) -> list[Row]:
    """Return errors against the CPU and against direct sums; raise where one is too large."""
    system = particles(2000)
    there = system.to_device("cuda")
    V = ct.potential(system, rtol=1e-7, domain=BOX)
    W = V.to_device("cuda")
    where = BOX[:, 0] + np.random.default_rng(3).random((500, 3)) * (BOX[:, 1] - BOX[:, 0])
    exact = ct.direct_potential(system, where)
    by_core = np.concatenate([V.long(few) for few in np.split(where, 25)])  # no local series
    share = 0.2 * V.long.error * np.sqrt(len(where)) / np.linalg.norm(by_core)
    pairs = [
        ("values at points, device and CPU", W(cp.asarray(where)), V(where), 1e-5),
        ("gradients", W.gradient(cp.asarray(where)), V.gradient(where), 1e-4),
        ("grid", W.on_grid(9, 7, 8), V.on_grid(9, 7, 8), 1e-5),
        ("long part", W.long(cp.asarray(where)), by_core, 1e-11),
        ("long part, local series on the CPU", W.long(cp.asarray(where)), V.long(where), share),
        ("direct sums", ct.direct_potential(there, cp.asarray(where)), exact, 1e-12),
        ("built on the device, against direct sums",
         ct.potential(there, rtol=1e-7, domain=BOX)(cp.asarray(where)), exact, 1e-6),
    ]  # fmt: skip
    rows = []
    for name, ours, theirs, limit in pairs:
        error = float(np.linalg.norm(ours.get() - theirs) / np.linalg.norm(theirs))
        rows.append({"result": name, "error": error, "limit": f"{limit:.0e}"})
        if not error <= limit:
            raise SystemExit(f"wrong: {name} has a relative error of {error:.1e}")
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Run; return the exit status."""
    options = _options(arguments)
    try:
        cp = cupy()
    except (ImportError, RuntimeError) as error:
        print(f"nothing can be measured: {error}", file=sys.stderr)
        return 2
    name = cp.cuda.runtime.getDeviceProperties(0)["name"].decode()
    print(f"{name}, CuPy {cp.__version__}\n")
    if options.check:
        return 0
    sizes = Sizes.quick() if options.quick else Sizes()
    clock = Clock(cp)
    errors = check(cp)
    print(markdown(errors), "\n")
    rate = rates(cp, clock, sizes)
    print(markdown([{"rate of the card": k, "per second": v} for k, v in rate.items()]), "\n")
    cpu = not options.no_cpu
    steps = [
        line
        for part in (grids, points, totals, long_parts)
        for line in part(cp, clock, sizes, rate, cpu)
    ]
    print(markdown(steps), "\n")
    spread = several(cp, sizes)
    print(markdown(spread), "\n")
    others = peers(cp, clock, sizes)
    print(markdown(others))
    content = {"machine": machine(["cupy-cuda12x", "cupy-cuda13x"]), "device": name}
    results = {"errors": errors, "rates": rate, "steps": steps, "several": spread, "peers": others}
    write_json(options.output, "gpu.json", content | results)
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say whether it can run")
    parser.add_argument("--quick", action="store_true", help="sizes of a second")
    parser.add_argument("--no-cpu", action="store_true", help="leave out the times of the CPU")
    parser.add_argument("--output", default="output")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
