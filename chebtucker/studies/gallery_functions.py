"""The gallery: degrees, ranks and errors against tolerance; decay of coefficients and theory."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck import ChebTuck
from chebtucker.chebtuck.changing import degree_sizes
from chebtucker.collection import GalleryFunction, gallery
from chebtucker.construct import from_function
from chebtucker.studies import decay_theory
from chebtucker.studies.gallery_page import NOTES, comparisons, figures, findings
from chebtucker.studies.results import Study, Table
from chebtucker.studies.tracking import Track, quiet
from chebtucker.studies.versions import versions

Array = NDArray[np.float64]
Record = dict[str, Any]

TOLERANCES = (1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12)
ROUGH = (1e-2, 1e-3)
"""Tolerances for functions that polynomials cannot resolve."""

QUICK = (
    "Runge", "Runge product", "ridge", "swirl", "damped wave", "Franke", "Genz oscillatory",
    "Genz product peak", "Genz corner peak", "kink",
)  # fmt: skip
SEED = 0

_POINTS = 6000
_LARGEST, _LEAST = 1e-2, 1e-10  # of the greatest: coefficients that a rate is fitted to
_RESOLVED = 1e-8


def functions(
    data: str | PathLike[str] | None = None, *, quick: bool = False, track: Track = quiet
) -> Study:
    """Study degrees, ranks and errors of the functions of the gallery against tolerance.

    Parameters
    ----------
    data : path_like, optional
        Not used: the functions are formulas.
    quick : bool
        Ten functions and three tolerances only.
    track : Track
        For a progress bar.

    Returns
    -------
    Study
    """
    names = QUICK if quick else tuple(gallery)
    tolerances = TOLERANCES[1::2] if quick else TOLERANCES
    finest: dict[str, ChebTuck] = {}
    records: list[Record] = []
    for name in track(names, "functions"):
        for rtol in tolerances if gallery[name].smooth else ROUGH:
            finest[name] = approximation(gallery[name], rtol)
            records.append(record(gallery[name], rtol, finest[name]))
    sweep = Table.from_records("sweep", "Degrees, ranks and errors at every tolerance", records)
    rates, waves = rate_records(finest), wave_records(finest)
    tables = (
        Table.from_records("gallery", _MAIN_TITLE, main_records(records)),
        Table.from_records("rates", _RATES_TITLE, rates),
        Table.from_records("entire", _WAVES_TITLE, waves),
        Table.from_records("kinks", _KINKS_TITLE, kink_records(names)),
        Table.from_records("errors", _ERRORS_TITLE, error_records(records)),
        sweep,
        Table.from_records("coefficients", _SIZES_TITLE, coefficient_records(finest)),
    )
    return Study(
        name="functions",
        title="Degrees, ranks and errors of the gallery",
        question=(
            "What do functions cost in the hybrid format: which degrees and ranks does a tolerance "
            "ask for, and is it met? Do Chebyshev coefficients fall as theory says, with the "
            "nearest singularity where it is known, and beyond any exponential where there is none?"
        ),
        tables=tables,
        figures=figures(names),
        findings=findings(tables),
        comparisons=comparisons(tables),
        notes=NOTES,
        versions=versions(),
        seed=SEED,
    )


_MAIN_TITLE = "Largest degree and rank at three tolerances, true error over tolerance (the largest)"
_RATES_TITLE = "Rate of decay along an axis: n^-p rho^-n, rho from theory and fitted"
_WAVES_TITLE = f"Entire functions: last degree with a coefficient above {_RESOLVED:.0e}"
_KINKS_TITLE = "Functions that are not smooth: n^-p"
_ERRORS_TITLE = "True error over tolerance, of all smooth functions"
_SIZES_TITLE = "Norms of coefficients along an axis, and what theory says"


def approximation(entry: GalleryFunction, rtol: float) -> ChebTuck:
    """Return the function at a tolerance; that it may not be met is not warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return from_function(entry, entry.domain, rtol=rtol, seed=SEED)


def record(entry: GalleryFunction, rtol: float, f: ChebTuck) -> Record:
    """Return what a tolerance asked for, and what came of it."""
    error, top = true_error(entry, f)
    return {
        "function": entry.name, "tolerance": rtol, "degree": f.degree, "rank": f.rank,
        "error": error / top, "stated error": f.error / top, "evaluations": f.evaluations,
        "largest degree": max(f.degree), "largest rank": max(f.rank),
        "error / tolerance": error / top / rtol,
    }  # fmt: skip


def true_error(entry: GalleryFunction, f: ChebTuck) -> tuple[float, float]:
    """Return the largest difference at random points, some at faces, and the largest value."""
    rng = np.random.default_rng(SEED + 1)
    lo, hi = np.array(entry.domain).T
    points = rng.uniform(lo, hi, size=(_POINTS, entry.ndim))
    at_face = rng.random(points.shape) < 0.2
    points = np.where(at_face, np.where(rng.random(points.shape) < 0.5, lo, hi), points)
    exact = entry(*points.T)
    mine = f(points) if entry.ndim > 1 else f(points[:, 0])
    return float(np.abs(mine - exact).max()), float(np.abs(exact).max())


def main_records(records: Sequence[Record]) -> list[Record]:
    """Return a row for each function."""
    rows = []
    for name in dict.fromkeys(r["function"] for r in records):
        own = {r["tolerance"]: r for r in records if r["function"] == name}
        row: Record = {"function": name, "variables": gallery[name].ndim}
        for rtol in (1e-4, 1e-8, 1e-12):
            found = own.get(rtol)
            row[f"degree {rtol:.0e}"] = found and found["largest degree"]
            row[f"rank {rtol:.0e}"] = found and found["largest rank"]
        row["error / tolerance"] = max(r["error / tolerance"] for r in own.values())
        rows.append(row)
    return rows


def error_records(records: Sequence[Record]) -> list[Record]:
    """Return the spread of true errors over tolerance, for each tolerance."""
    rows = []
    for rtol in sorted({r["tolerance"] for r in records}):
        some = [
            r["error / tolerance"] for r in records
            if r["tolerance"] == rtol and gallery[r["function"]].smooth
        ]  # fmt: skip
        if some:
            spread = {"largest": max(some), "median": float(np.median(some)), "least": min(some)}
            rows.append({"tolerance": rtol} | spread)
    return rows


def rate_records(finest: dict[str, ChebTuck]) -> list[Record]:
    """Return fitted rates beside those of theory."""
    rows = []
    for known in decay_theory.SINGULARITIES:
        if known.function in finest:
            sizes = degree_sizes(finest[known.function].coefficients)[known.axis]
            rho, used = decay_theory.fitted_rho(sizes, known.power, largest=_LARGEST, least=_LEAST)
            rows.append({
                "function": known.function, "axis": known.axis,
                "singular at": _complex(known.point[known.axis]), "p": known.power,
                "rho": known.rho, "rho fitted": rho,
                "rate fitted / rate": float(np.log(rho) / np.log(known.rho)),
                "coefficients": used,
            })  # fmt: skip
    return rows


def _complex(value: complex) -> str:
    value = complex(value)
    if value.imag == 0:
        return f"{value.real:.4g}"
    return f"{value.imag:.4g}i" if value.real == 0 else f"{value.real:.4g} {value.imag:+.4g}i"


def wave_records(finest: dict[str, ChebTuck]) -> list[Record]:
    """Return the degrees at which coefficients have died away, beside those of the series."""
    rows = []
    for wave in decay_theory.WAVES:
        if wave.function in finest:
            sizes = degree_sizes(finest[wave.function].coefficients)[wave.axis]
            exact = wave.sizes(2 * len(sizes))
            rows.append({
                "function": wave.function, "axis": wave.axis, "wave number": abs(wave.rate),
                "degree": decay_theory.resolved(sizes, _RESOLVED),
                "degree of its series": decay_theory.resolved(exact, _RESOLVED),
            })  # fmt: skip
    return rows


def kink_records(names: Sequence[str]) -> list[Record]:
    """Return the powers with which coefficients of functions that are not smooth fall."""
    rows = []
    for kink in decay_theory.KINKS:
        if kink.function in names:
            entry = gallery[kink.function]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                f = from_function(entry, entry.domain, degree=kink.degree)
            power = decay_theory.fitted_power(degree_sizes(f.coefficients)[kink.axis])
            rows.append({
                "function": kink.function, "axis": kink.axis, "degree": kink.degree[kink.axis],
                "p": kink.power, "p fitted": power,
            })  # fmt: skip
    return rows


def coefficient_records(finest: dict[str, ChebTuck]) -> list[Record]:
    """Return norms of coefficients of the functions with a known rate, with the law of theory."""
    rows = []
    known = [s for s in decay_theory.SINGULARITIES if s.function in finest]
    for s in known:
        sizes = degree_sizes(finest[s.function].coefficients)[s.axis]
        n = np.arange(1, len(sizes))
        law = -s.power * np.log(n) - n * np.log(s.rho)
        kept = (sizes[1:] < _LARGEST * sizes.max()) & (sizes[1:] > _LEAST * sizes.max())
        law += np.mean(np.log(sizes[1:][kept]) - law[kept])
        top = sizes.max()
        rows += [
            {"function": f"{s.function}, {s.axis}", "degree": int(i), "norm": float(a / top),
             "theory": float(np.exp(b) / top)}
            for i, a, b in zip(n, sizes[1:], law, strict=True) if a > 1e-13 * top
        ]  # fmt: skip
    for wave in decay_theory.WAVES:
        if wave.function in finest:
            sizes = degree_sizes(finest[wave.function].coefficients)[wave.axis]
            exact = wave.sizes(len(sizes))
            rows += [
                {"function": f"{wave.function}, {wave.axis}", "degree": int(i),
                 "norm": float(a / sizes.max()), "theory": float(b / exact.max())}
                for i, (a, b) in enumerate(zip(sizes, exact, strict=True))
                if a > 1e-13 * sizes.max()
            ]  # fmt: skip
    return rows
