"""Four functions of three variables: this project, plain NumPy and peers in one table."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import function_peers as peers
import numpy as np
from gallery_table import least
from measuring import Counted, Row, median_time, once

import chebtucker as ct

RTOL = 1e-8
PACKAGES = ("tntorch", "torch", "teneva", "pychebyshev", "tensap", "chebyshevnd")
FUNCTIONS = ("Runge", "Gaussians", "ridge", "smeared charge")
_PUBLISHED = dict(zip(FUNCTIONS, (85_000, 80_000, 539_000, 11_000), strict=True))
_POINTS = 10**6
_PATIENCE = 4.0  # seconds; beyond it points are extrapolated from fewer

ABOUT = f"""\
Ratios are to chebtucker auto. Error: the largest at 10^4 random points, relative to the largest
value there; asked for: {RTOL:g}. Calls: points at which f was computed, counted around f. Build:
wall seconds, median of three after a warm-up, or one run where that takes 2 s or more. `~`:
extrapolated from fewer points. "n given": the points an axis, which nobody knows before, are told
to it; ranks it finds. "n found": up to the largest of those. Points: wall seconds, median of five
after a warm-up, in which plans are made that are kept. All peers are tuned by hand on each
function: the setting that meets the tolerance with the fewest calls, or the best that was seen.
Plain NumPy is tuned on these four functions: tail and cut such that it stops at the first n of
17, 33, 65, .. that meets the tolerance. Chebfun3F: published counts, tolerance lowered by hand.
`-`: there is no call for grids but the one at points; 256^3 of those take 17 times 10^6.
chebyshevnd has a compiled function for one point; the parallel loop around it is the benchmark's.
tensap and the crosses start at random, all from seed 0; others find other ranks and errors.
With two other seeds tensap ended at up to 2e-7 (Runge) and 4e-7 (smeared charge), pychebyshev's TT
cross at 5e-8 (Gaussians), 2e-5 (smeared charge), 8e-5 (ridge) and 1e-4 (Runge). The latter
is told a largest rank too, and gets the ridge in the order y, x, z: with y in the middle its ranks
stay at 9 and its error at 0.2.
Cubic splines: the error falls by 16 where n doubles, calls, time and memory grow by 8 (2.8 GB at
129 points an axis), so 1e-8 would need about 270 to 460 points an axis and 25 to 125 GB.
Left out: chebfun (the Python package has one variable only)."""


def rows(names: list[str], cache: Path | None) -> tuple[list[Row], list[str]]:
    """Return a row for each function and code, and what could not be measured."""
    result: list[Row] = []
    notes: list[str] = [_compile_time()]
    for name in FUNCTIONS:
        if names and name not in names:
            continue
        known = least(name, ct.gallery[name], cache)[str(RTOL)]
        some: list[Row] = []
        for code, build in _codes(peers.SETTINGS[name], notes):
            try:
                some.append(_row(name, code, build))
            except Exception as error:
                notes.append(f"{code} on {name}: {type(error).__name__}: {error}"[:200])
            print(".", end="", flush=True)
        some.append(_count(name, "smallest sufficient grid", math.prod(known["grid"]),
                           known["ranks"], known["grid"]))  # fmt: skip
        some.append(_count(name, "Chebfun3F, published", _PUBLISHED[name], None, None))
        result += _with_ratios(some)
    print()
    return result, list(dict.fromkeys(notes))


def _codes(
    given: peers.Settings, notes: list[str]
) -> list[tuple[str, Callable[[Any, float], peers.Fit]]]:
    result = [
        ("chebtucker auto", peers.chebtucker("auto")),
        ("chebtucker tensor", peers.chebtucker("tensor")),
        ("chebtucker cross", peers.chebtucker("cross")),
        ("plain NumPy", peers.plain_numpy),
        ("numpy.polynomial, n given", peers.numpy_polynomial(given)),
        ("SciPy, cubic splines, n given", peers.scipy_cubic(given)),
    ]
    others = {
        "tntorch": [("tntorch cross, n given", peers.tntorch_cross)],
        "teneva": [("teneva cross, n given", peers.teneva_cross)],
        "pychebyshev": [
            ("pychebyshev, n given", peers.pychebyshev_given),
            ("pychebyshev, n found", peers.pychebyshev_found),
            ("pychebyshev TT cross, n given", peers.pychebyshev_train),
            ("pychebyshev TT SVD, n given", peers.pychebyshev_compressed),
        ],
        "tensap": [("tensap Tucker, n given", peers.tensap_tucker)],
        "chebyshevnd": [("chebyshevnd, n given", peers.chebyshevnd_given)],
    }
    for package, makers in others.items():
        if importlib.util.find_spec(package) is None:
            notes.append(f"{package} is not installed: left out (pip install '.[bench]')")
            continue
        result += [(code, make(given)) for code, make in makers]
    return result


def _row(name: str, code: str, build: Callable[[Any, float], peers.Fit]) -> Row:
    function = ct.gallery[name]
    counted = Counted(function)
    first, fit = once(lambda: build(counted, RTOL))
    seconds = first
    if first < 2:
        seconds, _ = median_time(lambda: build(function, RTOL), enough=4, warm=False)
    points = np.random.default_rng(3).uniform(-1, 1, (_POINTS, 3))
    exact = function(*points[:10_000].T)
    scattered, values = _scattered(fit, points)
    error = np.abs(values[: len(exact)] - exact[: len(values)]).max() / np.abs(exact).max()
    grid = "-"
    if fit.on_grid is not None:
        axis = np.linspace(-1, 1, 256)
        on_grid = fit.on_grid
        grid = f"{median_time(lambda: on_grid(axis, axis, axis), enough=10)[0]:.3g}"
    return {
        "function": name, "code": code, "build, ratio": None, "calls, ratio": None,
        "points, ratio": None, "grid, ratio": None, "error": float(error), "build": seconds,
        "calls": counted.evaluations, "ranks": fit.ranks, "points an axis": fit.sizes,
        "10^6 points": scattered, "256^3 grid": grid,
    }  # fmt: skip


def _scattered(fit: peers.Fit, points: Any) -> tuple[str, Any]:
    """Return the seconds for all points as text, and some values."""
    count = 1000
    while True:
        run = partial(fit.at_points, points[:count])
        seconds, values = median_time(run, repeats=5, enough=3)
        if count == len(points):
            return f"{seconds:.3g}", values
        if seconds * 10 > _PATIENCE:
            return f"~{seconds * len(points) / count:.3g}", values
        count *= 10


def _compile_time() -> str:
    """Compile the loops of this project, and say how long that took."""
    f = ct.from_function(ct.gallery["quotient"], rtol=RTOL)
    points = np.random.default_rng(3).uniform(-1, 1, (_POINTS, 3))
    first, _ = once(lambda: f(points))
    again, _ = once(lambda: ct.from_function(ct.gallery["quotient"], rtol=RTOL)(points))
    return f"First use of compiled loops, not in the table: {max(first - again, 0.0):.2g} s."


def _count(name: str, code: str, calls: int, ranks: Any, sizes: Any) -> Row:
    return {"function": name, "code": code, "calls": calls, "ranks": ranks,
            "points an axis": sizes}  # fmt: skip


def _with_ratios(some: list[Row]) -> list[Row]:
    ours = some[0]
    pairs = {"build": "build, ratio", "calls": "calls, ratio", "10^6 points": "points, ratio",
             "256^3 grid": "grid, ratio"}  # fmt: skip
    for row in some:
        for source, target in pairs.items():
            if row.get(source) not in (None, "-") and ours.get(source) not in (None, "-"):
                row[target] = _number(row[source]) / _number(ours[source])
    return some


def _number(value: Any) -> float:
    return float(str(value).lstrip("~"))
