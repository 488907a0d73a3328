"""The numbers of the study of the Newton kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.backends.threads import one_blas_thread
from chebtucker.construct import from_cp
from chebtucker.construct.splines import through, uniform
from chebtucker.decompositions import rhosvd
from chebtucker.studies.middle_plane import MiddlePlane, columns_at
from chebtucker.studies.results import Table
from chebtucker.studies.sinc import CellAverages
from chebtucker.studies.tracking import Track
from chebtucker.tensors import CPTensor, TuckerTensor

Array = NDArray[np.float64]
Vectors = Callable[[int], Array]

METHODS = ("published", "splines 3", "splines 5", "splines 7", "published ranks", "exact")
"""The paper's algorithm; splines of a degree and the small core; the same with splines of degree
7 at the ranks of the paper; no splines: the terms expanded where they are known exactly."""

RTOL = 1e-7


def vector_errors(
    vectors: Array, counts: Sequence[int], known: dict[str, Any], track: Track
) -> Table:
    """Return the error of each vector (n, R) at its cells after interpolation at m points."""
    n = len(vectors)
    x, averages = uniform(n, "cells"), CellAverages.published(n)
    largest = np.abs(vectors).max(axis=0)
    records = []
    for m in track(counts, "canonical vectors"):
        points = chebyshev.points(m)
        found = []
        for values in (through(x, vectors, 3, points), averages.at(points)):
            series = chebyshev.coefficients(values)
            found.append(np.abs(columns_at(x, series) - vectors).max(axis=0) / largest)
        published = _known_vector_errors(n, m, known)
        records += [
            {"vector": k + 1, "points": m, "error by cubic splines": float(found[0][k]),
             "error of the exact expansion": float(found[1][k]),
             "published error": published[k] if published else None}
            for k in range(len(largest))
        ]  # fmt: skip
    title = f"Relative error (max norm over {n} cells) of the canonical vectors of 1/r"
    return Table.from_records("vectors", title, records)


def _known_vector_errors(n: int, m: int, known: dict[str, Any]) -> list[float] | None:
    if n != known["vectors_n"] or m not in known["vectors_points"]:
        return None
    return known["vector_errors"][known["vectors_points"].index(m)]


def coefficient_table(vectors: Array, chosen: Sequence[int], m: int) -> Table:
    """Return the even Chebyshev coefficients of some vectors; the odd ones are zero."""
    x = uniform(len(vectors), "cells")
    series = chebyshev.coefficients(through(x, vectors, 3, chebyshev.points(m)))
    records = [
        {"degree": k, "vector": number, "coefficient": float(abs(series[k, number - 1]))}
        for number in chosen for k in range(0, m, 2)
    ]  # fmt: skip
    title = f"Absolute Chebyshev coefficients of even degree, {m} points, {len(vectors)} cells"
    return Table.from_records("coefficients", title, records)


@dataclass(frozen=True)
class KernelCase:
    """One part of the kernel on one grid: n cells, "full" or "long".

    `plane` has the canonical vectors, `smooth` the functions without what was put into the
    middle cells, which is the full kernel's only.
    """

    n: int
    part: str
    averages: CellAverages
    plane: MiddlePlane
    smooth: MiddlePlane

    @classmethod
    def of(cls, vectors: Array, part: str) -> KernelCase:
        """Return the case of canonical vectors (n, R)."""
        averages = CellAverages.published(len(vectors))
        count = averages.long if part == "long" else averages.terms
        planes = [
            MiddlePlane(CPTensor(np.ones(count), (columns[:, :count],) * 3))
            for columns in (vectors, averages.at(averages.centres))
        ]
        return cls(len(vectors), part, averages, *planes)

    def series(self, m: int, method: str, rank: int) -> TuckerTensor:
        """Return the coefficients for m points an axis by one of `METHODS`."""
        cp = self.plane.cp
        if method == "exact":
            columns = chebyshev.coefficients(self.averages.at(chebyshev.points(m))[:, : cp.rank])
            return rhosvd(CPTensor(cp.weights, (columns,) * 3), rtol=RTOL)
        options: dict[str, Any] = {"rtol": RTOL, "spline_degree": 3, "truncation": "published"}
        if method == "published ranks":
            options = {"rtol": 1e-13, "rank": rank}
        elif method != "published":
            options = {"rtol": RTOL, "spline_degree": int(method.split()[1])}
        return from_cp(cp, degree=m - 1, **options).coefficients

    def record(self, m: int, method: str, known: dict[str, Any]) -> dict[str, Any]:
        """Return errors and rank as a row, errors relative to the largest value of the plane."""
        row, column = known["n"].index(self.n), known["points"].index(m)
        rank = known[f"rank_{self.part}"][row][column]
        with one_blas_thread():
            series = self.series(m, method, rank)
            plane = self.smooth if method == "exact" else self.plane
            error = plane.error(series) / plane.largest
            between = self._between(series) if self.part == "long" else None
        return {
            "n": self.n, "part": self.part, "points": m, "method": method, "error": error,
            "error between cells": between, "rank": max(series.core.shape),
            "published error": known[f"error_{self.part}"][row][column], "published rank": rank,
        }  # fmt: skip

    def _between(self, series: TuckerTensor) -> float:
        """Return the error on the line y = z = 0, which runs between the cells, at their ends."""
        x = uniform(self.n + 1, "nodes")
        terms = self.averages.at(np.append(x, 0.0))[:, : self.plane.cp.rank]
        u, v, w = (columns_at(t, c) for t, c in zip((x, x[:1] * 0, x[:1] * 0), series.factors,
                                                    strict=True))  # fmt: skip
        found = u @ (series.core @ w[0] @ v[0])
        return float(np.abs(found - terms[:-1] @ terms[-1] ** 2).max()) / self.plane.largest


def kernel_table(
    vectors: Vectors, sizes: Sequence[int], counts: Sequence[int], known: dict[str, Any],
    track: Track,
) -> Table:  # fmt: skip
    """Return errors and ranks of the kernel and of its long part, by all methods."""
    cases = [(n, part) for n in sizes for part in ("full", "long")]
    records = []
    for n, part in track(cases, "error and rank tables"):
        case = KernelCase.of(vectors(n), part)
        records += [case.record(m, method, known) for m in counts for method in METHODS]
    title = f"Relative errors and ranks of 1/r and of its long part on n^3 cells, rtol {RTOL:g}"
    return Table.from_records("errors", title, records)


def rank_table(errors: Table, m: int) -> Table:
    """Return the ranks at m points, one row for each grid."""
    records: list[dict[str, Any]] = []
    for n in dict.fromkeys(errors.column("n")):
        record = {"n": n}
        for part in ("full", "long"):
            for method, words in (("published", "published"), ("splines 7", "here")):
                rank = errors.value("rank", n=n, points=m, part=part, method=method)
                record[f"{part}, {words}"] = rank
        records.append(record)
    return Table.from_records("ranks", f"Ranks at rtol {RTOL:g} and {m} points an axis", records)


def summary_table(errors: Table) -> Table:
    """Return the methods side by side for each part, grid and few numbers of points."""
    counts = sorted(set(errors.column("points")))
    records = []
    for part in ("long", "full"):
        for n in dict.fromkeys(errors.column("n")):
            for m in sorted({counts[0], 1025, counts[-1]} & set(counts)):
                error, rank = (
                    {
                        method: errors.value(column, part=part, n=n, points=m, method=method)
                        for method in METHODS
                    }
                    for column in ("error", "rank")
                )
                known = errors.value("published error", part=part, n=n, points=m, method="exact")
                records.append({
                    "part": part, "n": n, "points": m, "published error": known,
                    "here, as published": error["published"],
                    "degree 7, same ranks": error["published ranks"],
                    "degree 7, fewer ranks": error["splines 7"], "exact": error["exact"],
                    "published rank": rank["published"], "fewer ranks": rank["splines 7"],
                })  # fmt: skip
    title = f"Relative errors and ranks on n^3 cells, rtol {RTOL:g}: the methods side by side"
    return Table.from_records("summary", title, records)
