"""What all benchmarks share: times, a counter of calls, Markdown tables, the machine, one JSON."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from chebtucker.backends.threads import thread_count

Row = dict[str, Any]


class Counted:
    """A function of d arrays that counts at how many points it is computed."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.evaluations = 0

    def __call__(self, *points: Any) -> Any:
        """Return the values, which may be at broadcast points."""
        self.evaluations += np.broadcast(*points).size
        return self.function(*points)


def once(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return the wall seconds of a call, and its result."""
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def median_time(
    run: Callable[[], Any], *, repeats: int = 3, enough: float = float("inf"), warm: bool = True
) -> tuple[float, Any]:
    """Return the median wall seconds of a call after a warm-up, and its last result.

    A call that takes more than `enough` seconds is not repeated.
    """
    if warm:
        first, result = once(run)
        if first > enough:
            return first, result
    times: list[float] = []
    while len(times) < repeats and sum(times) <= enough:
        seconds, result = once(run)
        times.append(seconds)
    return statistics.median(times), result


def least_time(
    run: Callable[[], Any],
    *,
    repeats: int = 3,
    warm: bool = True,
    clock: Callable[[], float] = time.thread_time,
) -> tuple[float, Any]:
    """Return the least seconds of some calls after a warm-up, and the last result.

    By default CPU seconds of this thread; of the process, or wall seconds, by another `clock`.
    """
    if warm:
        run()
    times = []
    for _ in range(repeats):
        start = clock()
        result = run()
        times.append(clock() - start)
    return min(times), result


def relative(approximate: Any, exact: Any) -> float:
    """Return the relative l2 error."""
    return float(np.linalg.norm(approximate - exact) / np.linalg.norm(exact))


def markdown(rows: list[Row]) -> str:
    """Return a Markdown table whose columns are the keys of the first row."""
    if not rows:
        return "(nothing measured)"
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(cell(n, row.get(n)) for n in names) + " |" for row in rows]
    return "\n".join(lines)


def cell(name: str, value: Any) -> str:
    """Return one entry: errors and tolerances with an exponent, counts with thousands."""
    if value is None:
        return ""
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.1e}" if name.startswith(("error", "rtol")) else f"{value:.3g}"
    return ",".join(map(str, value))


def machine(packages: Iterable[str] = ()) -> Row:
    """Return processor, threads, versions and the commit."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "threads": thread_count(),
        "blas threads": _blas_threads(),
        "commit": _commit(),
        **{name: _version(name) for name in ("chebtucker", "numpy", "scipy", "numba", *packages)},
    }


def write_json(folder: str, name: str, content: Row) -> None:
    """Write `content` beside what the machine is."""
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    (path / name).write_text(json.dumps(content, indent=1, default=str))


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _blas_threads() -> list[str]:
    from threadpoolctl import threadpool_info

    pools = [p for p in threadpool_info() if p["user_api"] == "blas"]
    return [f"{p['internal_api']} {p['version']}: {p['num_threads']}" for p in pools]


def _commit() -> str:
    run = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(
        run, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
