"""How many Gaussians a kernel needs: fits, sinc rules, and the best sums there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from chebtucker.kernels import (
    GaussianSum,
    Newton,
    RadialKernel,
    Yukawa,
    fit_gaussians,
    minimax_gaussians,
    minimax_sequence,
)
from chebtucker.kernels.radial import gaussian_quadrature
from chebtucker.studies.figures import Figure, Panel
from chebtucker.studies.results import Comparison, Study, Table
from chebtucker.studies.tracking import Track, quiet
from chebtucker.studies.trapezoids import exponential_rule, hyperbolic_rule
from chebtucker.studies.versions import versions

TOLERANCES = (1e-2, 1e-4, 1e-6, 1e-8, 1e-10)
RANGES = (10, 100, 1000, 10_000)
NEWTON: dict[str, RadialKernel] = {"Newton": Newton()}
SCREENED: dict[str, RadialKernel] = {"Yukawa 0.1": Yukawa(0.1), "Yukawa 1": Yukawa(1.0)}
RULES = {
    "best": "best", "package": "package", "fit": "least squares", "merged": "sinc, merged",
    "sinh": "sinc, sinh", "exp": "sinc, exp",
}  # fmt: skip
BRAESS_HACKBUSCH = "Braess and Hackbusch 2009, of 1/sqrt(x)"

_SHARP = ("best", "package", "fit", "merged")
_SHOWN_RANGE, _SHOWN_RTOL = 100, 1e-6


def kernels(
    data: str | PathLike[str] | None = None, *, quick: bool = False, track: Track = quiet
) -> Study:
    """Study how many Gaussians 1/r and exp(-k r)/r need, against accuracy and range.

    Parameters
    ----------
    data : path_like, optional
        Not used: nothing is read.
    quick : bool
        Ranges to 100 only.
    track : Track
        For a progress bar.

    Returns
    -------
    Study
    """
    ranges = RANGES[:2] if quick else RANGES
    counts = count_table("counts", NEWTON, ranges, TOLERANCES, track)
    screened = count_table("screened", SCREENED, ranges, TOLERANCES, track)
    decay = decay_table(ranges)
    return Study(
        name="kernels",
        title="How many Gaussians does a kernel need?",
        question=(
            "The long part of a potential is a sum of Gaussians, K of them, on distances between "
            "r_min and r_max. How does K grow with the accuracy and with r_max/r_min, and how far "
            "are fits and sinc quadratures from the fewest that are possible?"
        ),
        tables=(counts, screened, decay, curve_table()),
        figures=_figures(),
        findings=_findings(counts, screened, decay, ranges),
        comparisons=_comparisons(counts, decay, ranges),
        notes=_NOTES,
        versions=versions(),
    )


def count_table(
    table: str, chosen: dict[str, RadialKernel], ranges: Sequence[int], tolerances: Sequence[float],
    track: Track,
) -> Table:  # fmt: skip
    """Return the number of terms and the largest t = sqrt(exponent), in 1/r_min, of every rule."""
    cases = [(name, R, rtol) for name in chosen for R in ranges for rtol in tolerances]
    records: list[dict[str, Any]] = []
    for name, R, rtol in track(cases, "sums of Gaussians"):
        sums = sums_of(chosen[name], R, rtol)
        record: dict[str, Any] = {"kernel": name, "range": R, "error": rtol}
        record |= {key: None if g is None else len(g) for key, g in sums.items()}
        published = published_terms(R, rtol) if name == "Newton" else None
        record |= {"bound": published}
        record |= {f"t {key}": _sharpest(sums[key]) for key in _SHARP}
        records.append(record)
    title = f"Number of Gaussians for {', '.join(chosen)}, and the largest t r_min"
    return Table.from_records(table, title, records)


def sums_of(kernel: RadialKernel, R: float, rtol: float) -> dict[str, GaussianSum | None]:
    """Return the sums of every rule for [1, R] with error at most `rtol`/r."""
    best = minimax_gaussians(kernel, 1.0, R, rtol)
    return {
        "best": None if best is None else best.gaussians,
        "package": kernel.gaussians(1.0, R, rtol),
        "fit": fit_gaussians(kernel, 1.0, R, rtol),
        "merged": gaussian_quadrature(1.0, R, rtol, kernel.screening),
        "sinh": hyperbolic_rule(kernel, R, rtol),
        "exp": exponential_rule(kernel, R, rtol),
    }


def published_terms(R: float, rtol: float) -> int:
    """Return with how many terms the published bound for 1/r on [1, R] is below `rtol`."""
    return math.ceil(math.log(8 * math.sqrt(2) / rtol) * math.log(8 * R**2) / math.pi**2)


def published_bound(R: float, terms: int) -> float:
    """Return the bound of the error with the best K Gaussians for 1/r on [1, R]."""
    return 8 * math.sqrt(2) * math.exp(-(math.pi**2) * terms / math.log(8 * R**2))


def decay_table(ranges: Sequence[int], *, most: int = 60, least: float = 1e-10) -> Table:
    """Return the least error against the number of Gaussians, of 1/r."""
    records = []
    for R in ranges:
        for best in minimax_sequence(Newton(), 1.0, R, most=most):
            terms = len(best.gaussians)
            records.append({
                "range": R, "Gaussians": terms, "least error": best.error,
                "proved": best.bound, "bound": published_bound(R, terms),
            })  # fmt: skip
            if best.error < least:
                break
    return Table.from_records("decay", "Least error of K Gaussians for 1/r on [1, R]", records)


def curve_table() -> Table:
    """Return the errors of three sums for 1/r on [1, 100] against r, times r."""
    r = np.geomspace(1, _SHOWN_RANGE, 800)
    sums = sums_of(Newton(), _SHOWN_RANGE, _SHOWN_RTOL)
    rows = {key: r * g(r) - 1 for key, g in sums.items() if g is not None}
    keys = ("best", "fit", "sinh")
    records = [
        {"r": float(x)} | {key: float(rows[key][i]) for key in keys} for i, x in enumerate(r)
    ]
    return Table.from_records("curves", "Error times r, tolerance 1e-6", records)


def decay_rate(table: Table, R: int) -> float:
    """Return the fitted rate of log error per term, over the last two thirds of the terms."""
    rows = table.select(range=R)
    later = rows[len(rows) // 3 :]
    terms, errors = ([row[table.columns.index(c)] for row in later] for c in _DECAY)
    return float(-np.polyfit(terms, np.log(errors), 1)[0])


_DECAY = ("Gaussians", "least error")


def _sharpest(gaussians: GaussianSum | None) -> float | None:
    if gaussians is None or not len(gaussians):
        return None
    return float(np.sqrt(gaussians.exponents.max()))


def _figures() -> tuple[Figure, ...]:
    decay = Panel(
        "decay", "Gaussians", ("least error", "bound"), "Gaussians K", "error times r",
        where={"range": _SHOWN_RANGE}, title="1/r on [1, 100]",
        labels={"least error": "best sums", "bound": "published bound"},
    )  # fmt: skip
    counts = Panel(
        "counts", "error", tuple(RULES), "error times r", "Gaussians K",
        where={"range": _SHOWN_RANGE}, title="1/r on [1, 100]", labels=RULES,
        xscale="log", yscale="log",
    )  # fmt: skip
    growth = Panel(
        "counts", "range", ("best", "package", "fit", "sinh"), "r_max / r_min", "Gaussians K",
        where={"error": _SHOWN_RTOL}, title="1/r, error 1e-6", labels=RULES,
        xscale="log", yscale="linear",
    )  # fmt: skip
    screened = Panel(
        "screened", "range", ("best", "exp"), "r_max / r_min", "Gaussians K", by="kernel",
        where={"error": _SHOWN_RTOL}, title="exp(-k r)/r, error 1e-6",
        labels={"exp": "sinc"}, xscale="log", yscale="linear",
    )  # fmt: skip
    sharp = Panel(
        "counts", "error", tuple(f"t {key}" for key in _SHARP), "error times r", "largest t r_min",
        where={"range": _SHOWN_RANGE}, title="1/r on [1, 100]",
        labels={f"t {key}": RULES[key] for key in _SHARP},
        xscale="log", yscale="linear",
    )  # fmt: skip
    curves = Panel(
        "curves", "r", ("best", "fit"), "r / r_min", "error times r",
        title="1/r on [1, 100], tolerance 1e-6", labels=RULES, xscale="log", yscale="linear",
    )  # fmt: skip
    return (
        Figure(
            "counts",
            "Left: terms of each rule for an accuracy; right: against the length of the range.",
            (counts, growth),
        ),
        Figure(
            "decay",
            "Left: the least error that K Gaussians can have, with the bound in the literature; "
            "right: a screened kernel has died away at some distance, and K no longer grows.",
            (decay, screened),
        ),
        Figure(
            "errors",
            "Left: the error of the best sum has 2K + 1 extrema of one size, which proves that it "
            "is the best. Right: the sharpest Gaussian, to which the degree of a long part is "
            "proportional.",
            (curves, sharp),
        ),
    )


def _findings(
    counts: Table, screened: Table, decay: Table, ranges: Sequence[int]
) -> tuple[str, ...]:
    one = {"range": _SHOWN_RANGE, "error": _SHOWN_RTOL}
    K = {key: counts.value(key, **one) for key in (*RULES, "bound")}
    t = {key: counts.value(f"t {key}", **one) for key in ("best", "package", "fit")}
    off = max(abs(decay_rate(decay, R) * math.log(4 * R**2) / math.pi**2 - 1) for R in ranges)
    far = {"range": max(ranges), "error": _SHOWN_RTOL}
    names = [f"{screened.value('best', kernel=name, **far)} ({name})" for name in SCREENED]
    return (
        f"For 1/r on [1, 100] with error 1e-6/r the best sum has {K['best']} Gaussians, and the "
        f"package takes {K['package']}, as smooth as they can be. A least-squares fit with "
        f"exponents in geometric progression has {K['fit']}, a sinc rule with t = sinh(u) "
        f"{K['sinh']}, one with t = exp(u) {K['exp']}, and {K['merged']} where its flat Gaussians "
        f"are merged. The published bound asks for {K['bound']}.",
        "K grows like log(1/error) log(r_max/r_min). The least error falls like exp(-c K), and c "
        f"is pi^2/log(4 R^2), R = r_max/r_min, to {math.ceil(1000 * off) / 10:g} percent on all "
        "ranges: a little more than the bound says, which has log(8 R^2).",
        f"The sharpest Gaussian of the best sum has t r_min = {t['best']:.2f}, that of the package "
        f"{t['package']:.2f}, of the fit {t['fit']:.2f}. The degree of a long part is proportional "
        "to it, and its work grows like the fourth power.",
        f"A screened kernel needs fewer: {' and '.join(names)} instead of "
        f"{counts.value('best', **far)} at r_max/r_min = {max(ranges):,} and 1e-6. Beyond some "
        "screening lengths nothing is left to approximate, and K no longer grows. What the package "
        "takes does not make use of that.",
    )


def _comparisons(counts: Table, decay: Table, ranges: Sequence[int]) -> tuple[Comparison, ...]:
    found = []
    for R in ranges:
        for rtol in (1e-4, 1e-8):
            row = {"range": R, "error": rtol}
            found.append(Comparison(
                f"best sum for 1/r on [1, {R}], error {rtol:.0e}", counts.value("best", **row),
                counts.value("bound", **row), "at most", BRAESS_HACKBUSCH,
            ))  # fmt: skip
        found.append(Comparison(
            f"rate of the least error on [1, {R}], per Gaussian", decay_rate(decay, R),
            math.pi**2 / math.log(8 * R**2), "within", BRAESS_HACKBUSCH, rtol=0.15,
        ))  # fmt: skip
    for key, other in (("best", "package"), ("package", "fit"), ("fit", "exp")):
        pairs = zip(counts.column(key), counts.column(other), strict=True)
        found.append(Comparison(
            f"terms for 1/r, {RULES[key]} over {RULES[other]}, the largest ratio",
            max(a / b for a, b in pairs), 1.0, "at most", "this study",
        ))  # fmt: skip
    return tuple(found)


_NOTES = (
    "Lengths are in units of r_min; errors are the largest of |K(r) - g(r)| r on [r_min, r_max], "
    "that is, relative to 1/r.",
    "Best sums: Remez' exchange (`chebtucker.kernels.minimax_sequence`). Their errors have 2K + 1 "
    "extrema of alternating sign, the least of them within 2 percent of the largest; no K "
    "Gaussians have a smaller error than the least (column *proved*).",
    "The published bound is 8 sqrt(2) exp(-pi^2 K/log(8 R^2)) for the absolute error of 1/sqrt(x) "
    "on [1, R^2] (D. Braess and W. Hackbusch, On the efficient computation of high-dimensional "
    "integrals and the approximation by exponential sums, 2009). Relative to 1/r the least error "
    "is larger than the absolute one, and still below the bound in every row.",
    "Sinc rules: equal steps in u, with t = exp(u) over all u, or t = s sinh(u), u >= 0, as in "
    "the paper; step, shift and s are tried, and nodes are left out at both ends while the "
    "measured error allows it. Where t = 0 has no weight (screened kernels) the second may not "
    "reach the error, and the entry is empty.",
    "*package* is what `Newton().gaussians` and `Yukawa(k).gaussians` return. For 1/r these are "
    "best sums on ranges that are longer, to the next power of 1.2 and until the error of as many "
    "terms is near the tolerance: the sharpest Gaussian depends on the error and hardly on the "
    "range, for screened kernels too. *sinc, merged* is the "
    "rule with t = exp(u) whose flat Gaussians are merged by a Gauss quadrature; *t* the square "
    "root of the largest exponent.",
)
