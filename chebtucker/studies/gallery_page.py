"""What is drawn of the study of the gallery, and what its numbers show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chebtucker.collection import gallery
from chebtucker.studies.figures import Figure, Panel
from chebtucker.studies.results import Comparison, Table

_DRAWN = ("Runge", "tanh", "Gaussians", "outside charge", "Hilbert", "plane wave")
_DRAWN_QUICK = ("Runge", "ridge", "swirl", "Genz product peak")
_SOURCE = "the nearest singularity (Bernstein ellipse)"


def figures(names: Sequence[str]) -> tuple[Figure, ...]:
    """Return the figures, of the functions that there are."""
    few = _DRAWN if set(_DRAWN) <= set(names) else _DRAWN_QUICK
    entire = "plane wave, 0" if "plane wave" in names else "damped wave, 0"
    degrees, ranks = (
        Panel(
            "sweep", "tolerance", f"largest {what}", "tolerance", f"largest {what}",
            by="function", only=few, xscale="log", yscale=scale,
        )
        for what, scale in (("degree", "log"), ("rank", "linear"))
    )  # fmt: skip
    poles, waves = (
        Panel(
            "coefficients", "degree", ("norm", "theory"), "degree", "norm of coefficients",
            by="function", only=chosen, title=title,
            labels={name: name.split(",")[0] for name in chosen},
        )
        for chosen, title in (
            (("Runge, 0", "swirl, 0", "Genz corner peak, 0"), "a singularity"),
            ((entire,), "entire"),
        )
    )  # fmt: skip
    errors = Panel(
        "errors", "tolerance", ("largest", "median"), "tolerance", "true error / tolerance",
        xscale="log", yscale="linear", title="all smooth functions",
    )  # fmt: skip
    return (
        Figure("sweep", "Largest degree and largest rank of six functions.", (degrees, ranks)),
        Figure(
            "decay",
            "Coefficients along an axis and theory. Left: poles and a corner, n^-p rho^-n with a "
            "free factor. Right: an entire function, Bessel functions of its wave number.",
            (poles, waves),
        ),
        Figure("errors", "True errors over what was asked for; below 1 is met.", (errors,)),
    )


def findings(tables: Sequence[Table]) -> tuple[str, ...]:
    """Return what is seen."""
    by_name = {table.name: table for table in tables}
    main, rates, waves = (by_name[name] for name in ("gallery", "rates", "entire"))
    off = 100 * max(abs(np.array(rates.column("rate fitted / rate")) - 1))
    smooth = [row for row in main.rows if gallery[row[0]].smooth]
    met = sum(row[-1] <= 1 for row in smooth)
    apart = max(abs(a - b) for a, b in zip(*map(waves.column, waves.columns[-2:]), strict=True))
    ratio = [
        (b - c) / (a - b) if a != b else 1.0
        for c, b, a in zip(*(main.column(f"degree {t}") for t in _SHOWN_TOLERANCES), strict=True)
        if a is not None
    ]
    return (
        f"{met} of {len(smooth)} smooth functions meet every tolerance at all points tried; the "
        f"largest error over tolerance is {max(row[-1] for row in smooth):.2g}. Functions that "
        "are not smooth cannot be resolved to small tolerances by polynomials on their whole box.",
        f"Fitted rates are those of the nearest singularity to {off:.1f} percent, over "
        f"{len(rates.rows)} axes with rho from {min(rates.column('rho')):.3f} to "
        f"{max(rates.column('rho')):.1f}. A factor n^-p belongs to it: p is 1 - s for a "
        "singularity of order s, and 1/4 more for each other variable with which it moves.",
        f"So degrees grow in proportion to the digits: from 1e-4 to 1e-8 by as much as from 1e-8 "
        f"to 1e-12 (the median of the ratio is {np.median(ratio):.2f}). Entire functions stop "
        f"where their Bessel functions do, within {apart} of the degree that these give.",
        "Ranks are far below degrees where variables hardly act on each other, and half of them "
        "for ridges along a diagonal (ridge, tanh, sech squared).",
    )


_SHOWN_TOLERANCES = ("1e-04", "1e-08", "1e-12")


def comparisons(tables: Sequence[Table]) -> tuple[Comparison, ...]:
    """Return rates, degrees, powers and ranks beside those that are known."""
    by_name = {table.name: table for table in tables}
    found = [
        Comparison(
            f"rate log(rho) of {name}, axis {axis}", float(np.log(fitted)), float(np.log(rho)),
            "within", _SOURCE, rtol=0.05,
        )
        for name, axis, _, _, rho, fitted, _, _ in by_name["rates"].rows
    ]  # fmt: skip
    found += [
        Comparison(
            f"degree of {name}, axis {axis}", degree, exact + 1, "at most",
            "its Bessel functions, and one",
        )
        for name, axis, _, degree, exact in by_name["entire"].rows
    ]  # fmt: skip
    found += [
        Comparison(
            f"power of {name}, axis {axis}", power, known, "within", "the order of its kink",
            rtol=0.03,
        )
        for name, axis, _, known, power in by_name["kinks"].rows
    ]  # fmt: skip
    sweep = by_name["sweep"]
    for name in dict.fromkeys(sweep.column("function")):
        exact = gallery[name].rank
        if exact is not None and gallery[name].smooth:
            own = np.array([row[3] for row in sweep.select(function=name)])
            ranks = tuple(int(r) for r in own.max(axis=0))
            found.append(Comparison(f"ranks of {name}", ranks, exact, "at most", "exact"))
    return tuple(found)


NOTES = (
    "Tolerances are for the max norm, relative to the largest value. True errors are the largest "
    "difference at 6000 points, coordinates uniform or (one in five) at an end, over the largest "
    "value seen there.",
    "Norm of the coefficients of degree n along an axis: Frobenius, over all degrees of the other "
    "axes, of the approximation at 1e-12. Rates are fitted to norms between 1e-2 and 1e-10 of the "
    "largest, the power p given by theory. The last column says how many those are; where they "
    "are few, the rate is not yet the asymptotic one.",
    "rho is the sum of the half axes of the largest ellipse with foci at the ends of the axis in "
    "which the function is analytic, for all values of the other variables (L. N. Trefethen, "
    "Approximation Theory and Approximation Practice, 2013, chapter 8).",
    "exp(z u) on [-1, 1] has the coefficients 2 I_n(z); for waves z is imaginary and |I_n(z)| is "
    "the Bessel function |J_n(|z|)|.",
    "Functions and their exact ranks: `chebtucker.gallery`.",
)
