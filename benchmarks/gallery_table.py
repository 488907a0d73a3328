"""How near is a construction to the least? A table over the gallery, to tune it with."""

from __future__ import annotations

import json
import math
import statistics
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from measuring import Counted, Row
from references import lowest_ranks, reference, smallest_grid

import chebtucker as ct

TOLERANCES = (1e-4, 1e-8, 1e-12)
_POINTS = 4000

ABOUT = """\
- calls/least: evaluations over the smaller of the two next columns, the main figure.
- grid: points of the smallest product grid whose interpolant meets rtol at 1500 points (random, at
  corners, around the largest value); its points an axis, less one, are the degrees in brackets.
- cross: what a cross of the lowest ranks would take, prod r + sum n r, with the n of that grid.
- ranks: in brackets the lowest of a truncated HOSVD of the coefficients, resolved to rounding, that
  cuts off the same Frobenius norm on every mode and meets rtol in the max norm at those points.
- core: product of the ranks over that of the HOSVD. coefficients: product of degree + 1 over grid.
- error/rtol: the true error over what was asked for (above 1 is a failure, marked !); estimate:
  f.error over the true error (below 1 the estimate was too low, marked ! where the error is above
  a tenth of rtol).
- rows where rounding in the function itself is above the tolerance have no least (marked ~)."""


def gallery_rows(names: list[str], method: str, cache: Path | None) -> list[Row]:
    """Return one row for each smooth function and tolerance."""
    rows = []
    for name, function in ct.gallery.items():
        if not function.smooth or (names and name not in names):
            continue
        known = least(name, function, cache)
        for rtol in TOLERANCES:
            rows.append(_row(name, function, rtol, known[str(rtol)], method))
            print(".", end="", flush=True)
    print()
    return rows


def summary(rows: list[Row]) -> list[Row]:
    """Return geometric means for each tolerance."""
    result = []
    for rtol in sorted({row["rtol"] for row in rows}, reverse=True):
        some = [row for row in rows if row["rtol"] == rtol]
        good = [row for row in some if row["least"]]
        result.append({
            "rtol": rtol,
            "calls/least": _mean(row["calls/least"] for row in good),
            "calls/grid": _mean(row["calls"] / row["grid"] for row in good),
            "core": _mean(row["core"] for row in good),
            "coefficients": _mean(row["coefficients"] for row in good),
            "largest calls/least": max((row["calls/least"] for row in good), default=math.nan),
            "missed": sum("!" in row["error/rtol"] for row in some),
            "estimate too low": sum("!" in row["estimate"] for row in some),
            "calls": sum(row["calls"] for row in some),
            "seconds": sum(row["seconds"] for row in some),
        })  # fmt: skip
    return result


def least(name: str, function: Any, cache: Path | None) -> Row:
    """Return the smallest grids and lowest ranks by tolerance; from the cache where it has them."""
    known = json.loads(cache.read_text()) if cache is not None and cache.exists() else {}
    if name not in known:
        ref = reference(function)
        known[name] = {"largest": ref.largest, "reference": ref.error} | {
            str(rtol): {
                "largest": ref.largest,
                "grid": smallest_grid(ref, rtol),
                "ranks": lowest_ranks(ref, rtol),
            }
            if ref.error < 0.3 * rtol
            else {"largest": ref.largest}
            for rtol in TOLERANCES
        }
        if cache is not None:
            cache.parent.mkdir(parents=True, exist_ok=True)
            cache.write_text(json.dumps(known))
    return known[name]


def _row(name: str, function: Any, rtol: float, known: Row, method: str) -> Row:
    counted = Counted(function)
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        f = ct.from_function(counted, function.domain, rtol=rtol, method=method)
    seconds = time.process_time() - start
    error = true_error(f, function) / known["largest"]
    estimate = f.error / known["largest"]
    low = error > max(estimate, 0.1 * rtol)
    row = {
        "function": name, "rtol": rtol, "calls/least": None, "calls": counted.evaluations,
        "least": None, "grid": None, "cross": None, "ranks": _short(f.rank), "core": None,
        "degrees": _short(f.degree), "coefficients": None,
        "error/rtol": f"{error / rtol:.2g}" + "!" * (error > rtol),
        "estimate": f"{estimate / error:.2g}" + "!" * low if error else "",
        "seconds": seconds,
    }  # fmt: skip
    if "grid" not in known:
        return row | {"function": name + " ~"}
    n, r = known["grid"], known["ranks"]
    grid, cross = math.prod(n), math.prod(r) + int(np.dot(n, r))
    return row | {
        "calls/least": counted.evaluations / min(grid, cross),
        "least": min(grid, cross), "grid": grid, "cross": cross,
        "ranks": f"{_short(f.rank)} ({_short(r)})",
        "core": math.prod(f.rank) / math.prod(r),
        "degrees": f"{_short(f.degree)} ({_short([m - 1 for m in n])})",
        "coefficients": math.prod(m + 1 for m in f.degree) / grid,
    }  # fmt: skip


def true_error(f: ct.ChebTuck, function: Any) -> float:
    """Return the largest error at points that the construction does not know, absolute."""
    rng = np.random.default_rng(77)
    lo, hi = np.array(function.domain).T
    d = len(lo)
    corners = rng.choice([-1.0, 1.0], (_POINTS // 4, d))
    corners *= 1 - 10 ** rng.uniform(-5, -1, corners.shape)
    angles = rng.uniform(0, np.pi, (_POINTS, d))
    t = np.concatenate([rng.uniform(-1, 1, (_POINTS, d)), np.cos(angles), corners])
    points = (1 - t) / 2 * lo + (1 + t) / 2 * hi
    largest = np.abs(function(*points.T))
    peak = points[np.argmax(largest)]
    reach = 10 ** rng.uniform(-4, -1, (_POINTS // 4, 1)) * (hi - lo)
    near = np.clip(peak + reach * rng.uniform(-1, 1, (len(reach), d)), lo, hi)
    points = np.concatenate([points, near])
    return float(np.abs(f(*points.T) - function(*points.T)).max())


def _short(numbers: Any) -> str:
    return ",".join(map(str, numbers))


def _mean(ratios: Any) -> float:
    values = list(ratios)
    return statistics.geometric_mean(values) if values else math.nan
