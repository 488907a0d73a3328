"""Values of four functions on a grid and at scattered points, beside NumPy and the machine.

Prints Markdown tables and writes one JSON with machine, versions and commit. The machine's own
rates come from the same run: filling a fresh array of the grid's size, and a large matrix product.
Times are the least of several wall seconds after a warm-up.

    python benchmarks/bench_evaluation.py [--quick] [--output DIR]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from measuring import Row, least_time, machine, markdown, write_json
from numpy.polynomial import chebyshev as numpy_chebyshev

import chebtucker as ct
from chebtucker import local_series
from chebtucker.backends.threads import thread_count


def least(run: Callable[[], Any], repeats: int = 7) -> float:
    """Return the least wall seconds of some calls after a warm-up."""
    return least_time(run, repeats=repeats, clock=time.perf_counter)[0]


FUNCTIONS = {
    "1/(1 + 25 r^2)": "Runge",
    "50 Gaussians": "Gaussians",
    "tanh(5(x + z)) e^y": "ridge",
    "erf(4r)/r": "smeared charge",
}


def main() -> None:
    options = _options()
    m, count = (128, 10**5) if options.quick else (256, 10**6)
    rates = limits(m)
    points = np.random.default_rng(0).uniform(-1, 1, (count, 3))
    functions = {
        title: ct.from_function(ct.gallery[n], rtol=1e-8) for title, n in FUNCTIONS.items()
    }
    tables = {
        "The machine": [rates],
        f"A grid of {m}^3 points": [on_grid(n, f, m, rates) for n, f in functions.items()],
        f"{count:,} scattered points": [
            at_points(n, f, points, rates) for n, f in functions.items()
        ],
        "Few points, microseconds a call": [few(n, f) for n, f in functions.items()],
    }
    for title, rows in tables.items():
        print(f"\n## {title}\n\n{markdown(rows)}")
    content = {"machine": machine(), "tables": tables}
    write_json(options.output, "bench_evaluation.json", content)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--output", default="output", help="folder of the JSON")
    return parser.parse_args()


def limits(m: int) -> Row:
    """Measure what bounds everything: fresh memory on one thread, and matrix products."""

    def fill() -> None:
        np.empty((m, m, m)).fill(1.0)

    a = np.random.default_rng(0).normal(size=(1500, 1500))
    return {
        "threads": thread_count(),
        "fill fresh (s)": least(fill),
        "matrix product (Gflop/s)": 2e-9 * 1500**3 / least(lambda: a @ a, 5),
    }


def on_grid(name: str, f: Any, m: int, rates: Row) -> Row:
    """Time a grid: ours, by three plain tensor products, and by numpy.polynomial (float64)."""
    axis = np.linspace(-1, 1, m)
    basis = [numpy_chebyshev.chebvander(axis, n) for n in f.degree]

    def plain() -> Any:
        values = f.core
        for b, u in zip(basis, f.factors, strict=True):
            values = np.tensordot(values, b @ u, axes=(0, 1))
        return values

    dense, out = f.coefficients.to_array(), np.empty((m, m, m))
    ours = least(lambda: f.on_grid(m, m, m))
    slab = axis[: m // 16]
    numpy_grid = 16 * least(lambda: numpy_chebyshev.chebgrid3d(axis, axis, slab, dense), 1)
    return {
        "function": name,
        "rank": "x".join(map(str, f.rank)),
        "chebtucker (s)": ours,
        "into out= (s)": least(lambda: f.on_grid(m, m, m, out=out)),
        "float32 (s)": least(lambda: f.on_grid(m, m, m, dtype=np.float32)),
        "tensordot (s)": least(plain, 3),
        "chebgrid3d, scaled up (s)": numpy_grid,
        "times a fill": ours / rates["fill fresh (s)"],
        "deviation, error": float(np.abs(plain() - f.on_grid(m, m, m)).max()),
    }


def contraction(f: Any, points: Any) -> Any:
    """Contract the core at points with plain NumPy, in blocks."""
    r1, r2, r3 = f.rank
    result = np.empty(len(points))
    for start in range(0, len(points), 1000):
        t = points[start : start + 1000]
        u, v, w = (
            numpy_chebyshev.chebvander(t[:, k], f.degree[k]) @ f.factors[k] for k in range(3)
        )
        values = (w @ f.core.reshape(r1 * r2, r3).T).reshape(len(t), r1, r2)
        result[start : start + 1000] = np.einsum("mab,ma,mb->m", values, u, v, optimize=True)
    return result


def at_points(name: str, f: Any, points: Any, rates: Row) -> Row:
    """Time scattered points: the first call forms the local series, later ones use them."""
    f(points[:: len(points) // 100_000 or 1])  # compiles
    fresh = 1.0 * f
    start = time.perf_counter()
    values = fresh(points)
    first = time.perf_counter() - start
    again = least(lambda: fresh(points), 5)
    both = least(lambda: fresh.value_and_gradient(points), 3)
    plain = 20 * least(lambda: contraction(f, points[: len(points) // 20]), 2)
    few_points = points[: len(points) // 5000]
    dense = f.coefficients.to_array()
    chebval = 5000 * least(lambda: numpy_chebyshev.chebval3d(*few_points.T, dense), 1)
    kept = fresh._kept.series.get(False)
    blocks = kept.coefficients if kept is not None else None
    flops = 2 * len(blocks.coefficients) // len(blocks.starts) if blocks is not None else 0
    rate = 1e-9 * flops * len(points) / again
    return {
        "function": name,
        "first call (s)": first,
        "again (s)": again,
        "with gradients (s)": both,
        "NumPy contraction, scaled up (s)": plain,
        "chebval3d, scaled up (s)": chebval,
        "NumPy / ours": plain / again,
        "flops a point": flops,
        "Gflop/s": rate,
        "share of matrix products": rate / rates["matrix product (Gflop/s)"],
        "kept (MB)": fresh._kept.nbytes / 1e6,
        "deviation, error": float(np.abs(values[:5000] - contraction(f, points[:5000])).max()),
        "f.error, error": f.error,
    }


def few(name: str, f: Any) -> Row:
    points = np.random.default_rng(1).uniform(-1, 1, (1000, 3))
    row: Row = {"function": name, "three floats": 1e6 * least(lambda: f(0.1, 0.2, 0.3), 200)}
    for count in (1, 10, 100, 1000):
        row[f"{count} points"] = 1e6 * least(lambda n=count: f(points[:n]), 100)
    return row


if __name__ == "__main__":
    print(f"local series hold at most {local_series.costs.MOST_BYTES / 2**20:.0f} MiB a function")
    main()
