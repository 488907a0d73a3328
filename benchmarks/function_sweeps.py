"""What the page on choosing says about functions, measured: sweeps over tolerances and methods."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from gallery_table import true_error
from measuring import Counted, Row

import chebtucker as ct
from chebtucker.collection import GalleryFunction

TOLERANCES = tuple(10.0**-k for k in range(2, 13))
UNIT = ((-1.0, 1.0),) * 3
ROUGH_DEGREE = 500  # limit for functions that no degree resolves


class Case(NamedTuple):
    """A function that polynomials do not resolve, and the tolerance asked for."""

    name: str
    function: Callable[..., Any]
    domain: Any
    rtol: float
    exact: Callable[..., Any]
    max_degree: int = ROUGH_DEGREE


class Built(NamedTuple):
    """An approximation, its true error and the largest value (absolute), and what was warned."""

    f: ct.ChebTuck
    error: float
    largest: float
    warning: str


def built(function: Any, domain: Any, exact: Any = None, **options: Any) -> Built:
    """Return an approximation and its error at points that the construction does not know."""
    known = GalleryFunction("", exact or function, domain, "")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        f = ct.from_function(function, domain, **options)
    message = " ".join(str(one.message) for one in caught)
    return Built(f, true_error(f, known), largest(known), message)


def largest(function: Any) -> float:
    """Return the largest value: at random points, then around the best of them, ever nearer."""
    rng = np.random.default_rng(5)
    lo, hi = np.array(function.domain).T
    d = len(lo)
    t = np.concatenate([np.cos(rng.uniform(0, np.pi, (20_000, d))), np.zeros((1, d))])
    t[: 2**d] = np.array(list(product((-1.0, 1.0), repeat=d)))
    for reach in 0.2 * 0.6 ** np.arange(24):
        sizes = np.abs(function(*((1 - t) / 2 * lo + (1 + t) / 2 * hi).T))
        best = t[np.argmax(sizes)]
        t = np.clip(best + reach * rng.uniform(-1, 1, (300, d)), -1, 1)
        t[0] = best
    return float(sizes.max())


def tolerances(smooth: bool) -> list[Row]:
    """Return for gallery functions and tolerances the error reached and what f.error says of it."""
    rows: list[Row] = []
    some = TOLERANCES[::2] if smooth else TOLERANCES[:3]
    highest = 4096 if smooth else ROUGH_DEGREE
    for name, function in ct.gallery.items():
        if function.smooth != smooth:
            continue
        for rtol in some:
            one = built(function, function.domain, rtol=rtol, max_degree=highest)
            rows.append({
                "function": name, "rtol": rtol, "error": one.error / one.largest,
                "estimate": one.f.error / one.largest, "evaluations": one.f.evaluations,
                "warned": bool(one.warning),
            })  # fmt: skip
        print(".", end="", flush=True)
    return rows


def quantiles(rows: list[Row]) -> list[Row]:
    """Return one row for each tolerance: error over rtol, f.error over error."""
    result = []
    for rtol in sorted({row["rtol"] for row in rows}, reverse=True):
        some = [row for row in rows if row["rtol"] == rtol]
        reached = np.array([row["error"] / rtol for row in some])
        stated = np.array([r["estimate"] / r["error"] for r in some if r["error"] > 1e-14])
        result.append({
            "rtol": rtol, "functions": len(some),
            "error/rtol: median": f"{np.median(reached):.2g}", "largest": f"{reached.max():.2g}",
            "f.error/error: least": f"{stated.min():.2g}", "median": f"{np.median(stated):.2g}",
            "most": f"{stated.max():.2g}", "warned": sum(row["warned"] for row in some),
        })  # fmt: skip
    return result


def decays(names: Iterable[str]) -> dict[str, list[Row]]:
    """Return degrees and ranks of the first axis against the tolerance."""
    result: dict[str, list[Row]] = {}
    for name in names:
        function = ct.gallery[name]
        result[name] = []
        for rtol in TOLERANCES:
            f = ct.from_function(function, rtol=rtol)
            result[name].append({"rtol": rtol, "degree": f.degree[0], "rank": f.rank[0]})
    return result


def methods(names: Iterable[str], rtol: float) -> list[Row]:
    """Return the evaluations of each method."""
    rows = []
    for name in names:
        function = ct.gallery[name]
        row: Row = {"function": name}
        for method in ("tensor", "cross", "auto"):
            counted = Counted(function)
            f = ct.from_function(counted, function.domain, rtol=rtol, method=method)
            row[method] = counted.evaluations
        rows.append(row | {"degree": f.degree, "rank": f.rank})
        print(".", end="", flush=True)
    return rows


def prescribed(function: Any, ranks: Iterable[int]) -> list[Row]:
    """Return the error at given ranks, and at given degrees."""
    rows = []
    options = [{"rank": r} for r in ranks] + [{"degree": n} for n in (20, 40, 80)]
    for one in options:
        made = built(function, function.domain, rtol=1e-10, **one)
        rows.append({
            "given": ", ".join(f"`{k}={v}`" for k, v in one.items()), "degree": made.f.degree,
            "rank": made.f.rank, "error": made.error / made.largest,
            "error stated": made.f.error / made.largest, "evaluations": made.f.evaluations,
        })  # fmt: skip
    return rows


def seeds(names: Iterable[str], rtol: float, count: int = 20) -> list[Row]:
    """Return how much results depend on the seed."""
    rows = []
    for name in names:
        function = ct.gallery[name]
        made = [built(function, function.domain, rtol=rtol, seed=s) for s in range(count)]
        calls = [one.f.evaluations for one in made]
        errors = [one.error / one.largest / rtol for one in made]
        rows.append({
            "function": name, "rtol": rtol, "evaluations": f"{min(calls):,} to {max(calls):,}",
            "error/rtol": f"{min(errors):.2g} to {max(errors):.2g}",
            "core": f"{min(_core(o.f) for o in made):,} to {max(_core(o.f) for o in made):,}",
        })  # fmt: skip
    return rows


def hard() -> list[Row]:
    """Return what comes of functions that polynomials do not resolve, and what is said."""
    rng = np.random.default_rng(0)

    def smooth(x: Any, y: Any, z: Any) -> Any:
        return np.exp(x + y * z)

    def noisy(x: Any, y: Any, z: Any) -> Any:
        return smooth(x, y, z) + 1e-5 * rng.standard_normal(np.shape(x))

    def single(x: Any, y: Any, z: Any) -> Any:
        return smooth(x, y, z).astype(np.float32)

    def oblique(x: Any, y: Any, z: Any) -> Any:
        return np.abs(x + y + z - 0.3)

    cases = [
        Case(name, ct.gallery[name], ct.gallery[name].domain, rtol, ct.gallery[name])
        for name, rtol in (
            ("kink", 1e-3), ("kink", 1e-6), ("cone", 1e-3), ("cone", 1e-6),
            ("corner root", 1e-3), ("corner root", 1e-6), ("step", 1e-3),
        )
    ]  # fmt: skip
    cases += [
        Case("abs(x + y + z - 0.3)", oblique, UNIT, 1e-2, oblique),
        Case("abs(x + y + z - 0.3)", oblique, UNIT, 1e-3, oblique),
        Case("noise of 1e-5", noisy, UNIT, 1e-8, smooth, 4096),
        Case("noise of 1e-5", noisy, UNIT, 1e-4, smooth, 4096),
        Case("single precision", single, UNIT, 1e-8, smooth),
    ]
    rows = []
    for case in cases:
        one = built(
            case.function,
            case.domain,
            case.exact,
            rtol=case.rtol,
            max_degree=case.max_degree,
        )
        rows.append({
            "function": case.name, "rtol": case.rtol, "error": one.error / one.largest,
            "error stated": one.f.error / one.largest, "degree": one.f.degree,
            "rank": one.f.rank, "evaluations": one.f.evaluations, "warning": one.warning,
        })  # fmt: skip
        print(".", end="", flush=True)
    return rows


def _core(f: ct.ChebTuck) -> int:
    return int(np.prod(f.rank))
