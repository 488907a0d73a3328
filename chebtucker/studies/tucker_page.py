"""What is drawn of the Tucker study, and what its numbers show."""

from __future__ import annotations

from typing import Any

import numpy as np

from chebtucker.studies.figures import Figure, Panel
from chebtucker.studies.results import Comparison, Table
from chebtucker.studies.tucker_cases import CUTOFF, PROTEIN

_SHOWN = 1e-6
_WAYS = ("HOSVD", "ST-HOSVD", "ALS", "ChebTuck")


def figures(largest: int, smallest: int) -> tuple[Figure, ...]:
    """Return the figures, for the grids of n^3 points that there are."""
    ranks = Panel(
        "sizes", "rtol", ("ALS", "ChebTuck"), "tolerance", "largest rank",
        where={"n": largest, "tensor": PROTEIN}, title=f"protein, {largest}^3",
        labels={"ALS": "Tucker-ALS on the grid"}, xscale="log", yscale="linear",
    )  # fmt: skip
    same = Panel(
        "sizes", "ALS", "equal error", "largest rank, Tucker-ALS on the grid",
        "largest rank, ChebTuck", by="tensor", where={"n": largest},
        title=f"equal error on {largest}^3", xscale="linear", yscale="linear",
    )  # fmt: skip
    growth = Panel(
        "sizes", "n", "ALS", "points an axis n", "largest rank", by="tensor",
        where={"rtol": _SHOWN}, title="Tucker-ALS, tolerance 1e-6", xscale="log2",
        yscale="linear",
    )  # fmt: skip
    errors = Panel(
        "equal", "rank", ("bound", "ALS", "ChebTuck"), "rank", "relative error",
        where={"tensor": PROTEIN}, title=f"protein, {smallest}^3",
        labels={"bound": "lower bound", "ALS": "Tucker-ALS"},
    )  # fmt: skip
    ratios = Panel(
        "equal", "rank", tuple(f"{way} / bound" for way in (*_WAYS[:3], "TensorLy", "ChebTuck")),
        "rank", "error / lower bound", where={"tensor": PROTEIN}, title=f"protein, {smallest}^3",
        yscale="linear",
        labels={f"{way} / bound": way for way in (*_WAYS, "TensorLy")},
    )  # fmt: skip
    times = Panel(
        "times", "n", tuple(f"seconds {way}" for way in _WAYS), "points an axis n",
        "CPU time (s)", where={"tensor": PROTEIN}, title="protein, tolerance 1e-6",
        labels={f"seconds {way}": way for way in _WAYS}, xscale="log2",
    )  # fmt: skip
    return (
        Figure(
            "ranks",
            "Left: ranks at a tolerance, which ChebTuck takes in the norm of coefficients. Right: "
            "ranks at equal error on the grid, 1e-2, 1e-4, 1e-6 and 1e-8; equal ranks are on the "
            "diagonal.",
            (ranks, same),
        ),
        Figure(
            "errors",
            "Errors at equal ranks r, r, r. The bound is what the discarded singular values of "
            "one mode leave out at least.",
            (errors, ratios),
        ),
        Figure(
            "grids",
            "Left: the ranks do not depend on the grid; right: the time to find them does, but for "
            "the function's, which is built from the atoms.",
            (growth, times),
        ),
    )


def findings(ranks: Table, sizes: Table, equal: Table, times: Table) -> tuple[str, ...]:
    """Return what is seen."""
    gaps = [abs(gap) for gap in sizes.column("equal minus ALS")]
    same = sum(gap == 0 for gap in gaps)
    largest = max(sizes.column("n"))
    chosen = {"tensor": PROTEIN, "rtol": _SHOWN}
    als, cheb, even = (ranks.value(c, **chosen) for c in ("ALS", "ChebTuck", "equal error"))
    spread = [
        np.ptp([_row(sizes, row)["ALS"] for row in sizes.select(tensor=name, rtol=rtol)])
        for name in dict.fromkeys(sizes.column("tensor"))
        for rtol in dict.fromkeys(sizes.column("rtol"))
    ]
    gain = max(np.array(equal.column("ST-HOSVD")) / np.array(equal.column("ALS")))
    worst = max(np.array(equal.column("ChebTuck")) / np.array(equal.column("ALS")))
    spent = {way: times.value(f"seconds {way}", tensor=PROTEIN, n=largest) for way in _WAYS}
    return (
        f"At equal error on the grid the ranks are those of Tucker-ALS, or differ by at most "
        f"{max(gaps)} in one mode: the same in all three in {same} of {len(gaps)} cases. The "
        f"protein at 1e-6 on {largest}^3: {_text(als)} by ALS, {_text(even)} in the hybrid format.",
        f"At an equal tolerance ChebTuck takes {_text(cheb)} there: its tolerance is for the norm "
        "of the coefficients, which counts what is near the faces of the box more, so that its "
        "error on the grid is smaller than asked for.",
        f"From the smallest grid to the largest the ranks change by at most {max(spread)}: they "
        "belong to the function. The hybrid format finds them without a grid.",
        f"ALS improves the error of ST-HOSVD at the same ranks by at most {100 * (gain - 1):.1g} "
        f"percent. Cut in the norm of coefficients the error on the grid is at most {worst:.2f} "
        "times that of ALS.",
        f"On {largest}^3 (the protein, 1e-6) HOSVD takes {spent['HOSVD']:.2g} s of CPU time, "
        f"ST-HOSVD {spent['ST-HOSVD']:.2g} s, ALS {spent['ALS']:.2g} s, after the grid has been "
        f"filled; the function from the atoms {spent['ChebTuck']:.2g} s, with a check against "
        "direct sums.",
    )


def _text(rank: tuple[int, ...]) -> str:
    return " x ".join(map(str, rank))


def _row(table: Table, row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(table.columns, row, strict=True))


def comparisons(ranks: Table, equal: Table) -> tuple[Comparison, ...]:
    """Return ranks beside those of Tucker-ALS, and errors beside what is known of them."""
    found = []
    for row in ranks.select(rtol=_SHOWN):
        entry = _row(ranks, row)
        limit = tuple(r + 1 for r in entry["ALS"])
        found.append(Comparison(
            f"ranks of {entry['tensor']} at error 1e-6", entry["equal error"], limit, "at most",
            "Tucker-ALS on the grid, and one",
        ))  # fmt: skip
    columns = {c: np.array(equal.column(c)) for c in (*_WAYS, "TensorLy", "bound")}
    claims = (
        ("ALS", "TensorLy", 1e-3, "Tucker-ALS by TensorLy, and a thousandth"),
        ("ALS", "ST-HOSVD", 1e-9, "ST-HOSVD, where ALS starts"),
        ("ST-HOSVD", "bound", np.sqrt(3) - 1, "sqrt(d) times the lower bound"),
        ("HOSVD", "bound", np.sqrt(3) - 1, "sqrt(d) times the lower bound"),
    )
    for way, other, slack, source in claims:
        ratio = float(np.max(columns[way] / columns[other]))
        found.append(Comparison(
            f"error of {way} over {other}, the largest", ratio, 1 + slack, "at most", source
        ))  # fmt: skip
    return tuple(found)


NOTES = (
    "Grids are uniform with both ends included. Gallery functions fill them by themselves; the "
    f"protein is the long-range part of the potential of ubiquitin (1UBI) with a cutoff of "
    f"{CUTOFF:g} Angstrom (twice that with --quick), at the relative tolerance 1e-10 from "
    "Chebyshev moments of its atoms.",
    "Tolerances of HOSVD, ST-HOSVD and ALS: Frobenius norm of the error on the grid, relative to "
    "the values. That of ChebTuck: Frobenius norm of the coefficients that are cut off, relative "
    "to all. *equal error*: the least ranks of the function, cut by ALS in the norm of "
    "coefficients, at which its error on the grid is within the tolerance.",
    "ALS at a tolerance starts from ST-HOSVD and lowers ranks one by one for as long as sweeps "
    "stay within it. Ranks are of the core that one pass over the grid leaves, exact to 1e-12; "
    "times are of the grid itself. HOSVD cuts an equal part of the tolerance in every mode.",
    "Sizes are n^3 numbers of 8 bytes.",
)
