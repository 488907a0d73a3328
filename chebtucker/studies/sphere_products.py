"""Products of functions on the sphere: time, counted work, and work for what they can express."""

from __future__ import annotations

import math
from collections.abc import Sequence
from os import PathLike
from typing import Any

from chebtucker.angular.study import METHODS, cost, expressivity, product_study
from chebtucker.studies.figures import Figure, Panel
from chebtucker.studies.results import Comparison, Study, Table
from chebtucker.studies.tracking import Track, quiet
from chebtucker.studies.versions import versions

Record = dict[str, Any]

DEGREES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20)
BATCH = 128
SEED = 0
EXPONENTS = {"dense": 6, "sparse": 5, "cg": 5, "fourier": 3, "grid": 3}
"""Powers of L with which the counted work grows in the end."""

PATHS = {1: 6, 2: 19, 3: 44, 4: 85}
"""Paths of Clebsch-Gordan products to degrees 2 L, all parities."""

XIE = "Xie, Daigavane, Kotak and Smidt, arXiv:2506.13523"
LUO = "Luo, Chen and Krishnapriyan 2024"
WORDS = {
    "dense": "full table", "sparse": "sparse table", "fourier": "Fourier", "grid": "grid",
    "cg": "all paths (Clebsch-Gordan)",
}  # fmt: skip

_LARGEST = {"dense": 128, "sparse": 128, "cg": 128, "fourier": 512, "grid": 512}


def angular(
    data: str | PathLike[str] | None = None, *, quick: bool = False, track: Track = quiet
) -> Study:
    """Study what products of functions on the sphere cost, and what they can express.

    Parameters
    ----------
    data : path_like, optional
        Not used: coefficients are random.
    quick : bool
        Degrees to 6 and 16 samples a call only.
    track : Track
        For a progress bar.

    Returns
    -------
    Study
    """
    degrees = [L for L in DEGREES if L <= 6] if quick else DEGREES
    batch = 16 if quick else BATCH
    products = Table.from_records("products", _TITLE, product_records(degrees, batch, track))
    growth = Table.from_records("growth", _GROWTH_TITLE, growth_records())
    exponents = Table.from_records("exponents", _EXPONENTS_TITLE, exponent_records(growth))
    return Study(
        name="angular",
        title="Products of functions on the sphere",
        question=(
            "Functions on the sphere are multiplied through a table of Gaunt coefficients, by "
            "Fourier series or on a grid; a Clebsch-Gordan product couples all their parts with a "
            "weight for each path. What does each cost against the degree L, and what for each "
            "map that it can express?"
        ),
        tables=(wide_table(products), exponents, products, growth),
        figures=_figures(),
        findings=_findings(products, exponents),
        comparisons=_comparisons(exponents),
        notes=_NOTES,
        versions=versions(),
        seed=SEED,
    )


_TITLE = "Products of two functions of degree L: time a sample, multiplications, maps"
_WIDE_TITLE = "Multiplications, and seconds a sample, of every method"
_GROWTH_TITLE = "Counted multiplications, and independent maps"
_EXPONENTS_TITLE = "Growth of the counted work with L, between the two largest L"


def product_records(degrees: Sequence[int], batch: int, track: Track) -> list[Record]:
    """Return time, work and expressivity of every method, with None where no time was taken."""
    rows = []
    for L in track(degrees, "products"):
        for found in product_study([L], METHODS, batch=batch, seed=SEED):
            seconds = found["seconds"]
            rows.append({
                "L": L, "method": found["method"],
                "seconds a sample": None if math.isnan(seconds) else seconds,
                "multiplications": found["multiplications"], "maps": found["expressivity"],
                "multiplications a map": found["multiplications_per_map"],
            })  # fmt: skip
    return rows


def wide_table(products: Table) -> Table:
    """Return a row for each degree, with the work and the time of all methods side by side."""
    records = []
    for L in dict.fromkeys(products.column("L")):
        record: Record = {"L": L}
        for column, word in (("multiplications", ""), ("seconds a sample", "seconds ")):
            record |= {word + m: products.value(column, L=L, method=m) for m in METHODS}
        records.append(record)
    return Table.from_records("methods", _WIDE_TITLE, records)


def growth_records() -> list[Record]:
    """Return counted work for L = 1, 2, 4, .., further where counting is quick."""
    return [
        {"method": method, "L": 2**k, "multiplications": cost(2**k, method),
         "maps": expressivity(2**k, method)}
        for method in METHODS for k in range(int(math.log2(_LARGEST[method])) + 1)
    ]  # fmt: skip


def exponent_records(growth: Table) -> list[Record]:
    """Return the exponent of every method beside that of theory."""
    rows = []
    for method in METHODS:
        (a, work_a), (b, work_b) = [(row[1], row[2]) for row in growth.select(method=method)][-2:]
        rows.append({
            "method": method, "from L": a, "to L": b, "theory": EXPONENTS[method],
            "exponent": math.log(work_b / work_a) / math.log(b / a),
        })  # fmt: skip
    return rows


def crossover(products: Table, first: str, second: str, column: str) -> int | None:
    """Return the least L from which on the second method is below the first in a column."""
    least = None
    for L in sorted(set(products.column("L")), reverse=True):
        a, b = (products.value(column, L=L, method=method) for method in (first, second))
        if a is not None and b is not None:
            if b >= a:
                break
            least = L
    return least


def _figures() -> tuple[Figure, ...]:
    def panel(table: str, y: str, ylabel: str, methods: Sequence[str] = METHODS) -> Panel:
        return Panel(
            table, "L", y, "degree L", ylabel, by="method", only=tuple(methods), labels=WORDS,
            xscale="log2",
        )  # fmt: skip

    return (
        Figure(
            "work",
            "Left: CPU time for one of many samples. Right: multiplications as they are done, "
            "zeros and padding included.",
            (
                panel("products", "seconds a sample", "CPU time (s)"),
                panel("growth", "multiplications", "multiplications"),
            ),
        ),
        Figure(
            "maps",
            "Left: multiplications for each independent map. Right: independent equivariant "
            "bilinear maps; the product of functions has 4 L + 1 by whatever method.",
            (
                panel("products", "multiplications a map", "multiplications / maps"),
                panel("growth", "maps", "independent maps", ("cg", "grid")),
            ),
        ),
    )


def _findings(products: Table, exponents: Table) -> tuple[str, ...]:
    found = {row[0]: row[-1] for row in exponents.rows}
    listed = ", ".join(f"{WORDS[m]} {e:.2f}" for m, e in found.items())
    top = max(products.column("L"))
    work = {m: products.value("multiplications", L=top, method=m) for m in METHODS}
    each = {m: products.value("multiplications a map", L=top, method=m) for m in METHODS}
    cheapest = min(each, key=lambda m: each[m])
    return (
        f"The counted work grows with the exponents {listed}; in the end 6, 5, 3, 3 and 5.",
        _crossing(products),
        f"At L = {top} the sparse table takes {work['sparse'] / work['grid']:.2g} times the "
        f"multiplications of the grid, the full table {work['dense'] / work['grid']:.2g} times.",
        f"Work for each independent map at L = {top}: the least has {WORDS[cheapest]}, "
        f"{each[cheapest]:.3g}; the grid has {each['grid']:.3g}. A product of functions is fast "
        "because it does less: 4 L + 1 maps instead of about 2 L^3/3, and nothing antisymmetric.",
    )


def _crossing(products: Table) -> str:
    counted, timed = (
        crossover(products, "sparse", "grid", column)
        for column in ("multiplications", "seconds a sample")
    )
    words = [
        f"{what} from L = {L} on" if L is not None else f"{what} at none of these degrees"
        for what, L in (("in counted work", counted), ("in measured time", timed))
    ]
    return f"The grid beats the sparse table {' and '.join(words)}; below, tables are faster."


def _comparisons(exponents: Table) -> tuple[Comparison, ...]:
    found = [
        Comparison(
            f"exponent of the work, {WORDS[method]}", exponent, float(theory), "within",
            LUO if method == "fourier" else "count of the loops", rtol=0.05,
        )
        for method, _, _, theory, exponent in exponents.rows
    ]  # fmt: skip
    found += [
        Comparison(f"maps of all paths, L = {L}", expressivity(L, "cg"), paths, "equal", XIE)
        for L, paths in PATHS.items()
    ]
    found += [
        Comparison(f"maps of a product of functions, L = {L}", value, 4 * L + 1, "equal", XIE)
        for L, value in ((L, expressivity(L, "grid")) for L in (1, 10))
    ]
    return tuple(found)


_NOTES = (
    "Both functions have degree L and their product degree 2 L, all of it. Seconds: CPU time of "
    f"one thread for one of {BATCH} samples in a call, the least of several runs, tables made "
    "before. The full table is timed up to L = 6 and all paths up to L = 10.",
    "Multiplications are counted from the arrays that are multiplied "
    "(`chebtucker.angular.cost`); an FFT of N nodes counts N log2 N.",
    "Maps: independent equivariant bilinear maps when every part of inputs and output may be "
    "scaled (`chebtucker.angular.expressivity`).",
    "`benchmarks/bench_angular.py` measures the same beside e3nn.",
)
