"""A canonical tensor on a grid of cells, made a ChebTuck by the paper's ways and by ours."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.backends.threads import one_blas_thread
from chebtucker.construct import from_cp
from chebtucker.construct.splines import Splines
from chebtucker.studies.middle_plane import MiddlePlane
from chebtucker.studies.results import Table
from chebtucker.studies.tracking import Track
from chebtucker.tensors import CPTensor, TuckerTensor
from chebtucker.tensors.modes import triangle

Array = NDArray[np.float64]

METHODS: dict[str, dict[str, Any]] = {
    "published": {"truncation": "published"},
    "dense": {"method": "dense"},
    "small core": {},
}
"""RHOSVD of the paper: side matrices at an absolute tolerance; HOSVD of the dense tensor of
coefficients; truncation of the small core, the default."""

_ENOUGH = 0.5  # seconds after which a measurement is not repeated


@dataclass(frozen=True, eq=False)
class Compression:
    """A canonical tensor with what errors are measured on.

    Parameters
    ----------
    plane : MiddlePlane
        Of the canonical tensor.
    box : ndarray, shape (3, 2)
        Its box.
    """

    plane: MiddlePlane
    box: Array

    @classmethod
    def of(cls, cp: CPTensor, half: float) -> Compression:
        """Return what is measured for a tensor in a cube of half a side."""
        return cls(MiddlePlane(cp), np.array([(-half, half)] * 3))

    def interpolant(self, sizes: Sequence[int], spline_degree: int) -> CPTensor:
        """Return coefficients (sizes) before any compression, as a canonical tensor."""
        cp, splines = self.plane.cp, Splines.checked("cells", spline_degree)
        columns = zip(cp.factors, sizes, strict=True)
        return CPTensor(cp.weights, tuple(splines.coefficients(u, m) for u, m in columns))

    def series(self, points: int | None, method: str, rtol: float, **more: Any) -> TuckerTensor:
        """Return the coefficients by one of `METHODS`; None are as many points as are needed."""
        degree = None if points is None else points - 1
        return from_cp(
            self.plane.cp, self.box, rtol=rtol, degree=degree, **METHODS[method], **more
        ).coefficients

    def record(
        self,
        points: int | None,
        method: str,
        spline_degree: int,
        rtol: float,
        *,
        rank: tuple[int, ...] | None = None,
        repeats: int = 1,
    ) -> dict[str, Any]:
        """Return ranks, errors and CPU seconds as a row; errors are absolute, in the max norm."""
        options: dict[str, Any] = {"spline_degree": spline_degree, "rank": rank}
        with one_blas_thread():
            seconds: list[float] = []
            while len(seconds) < repeats and sum(seconds) < _ENOUGH:
                start = time.process_time()
                series = self.series(points, method, rtol, **options)
                seconds.append(time.process_time() - start)
            errors = self.errors(series, self.interpolant(series.shape, spline_degree))
        return {
            "method": method, "spline degree": spline_degree, "points": max(series.shape),
            "rtol": None if rank else rtol, "ranks": series.core.shape, **errors,
            "seconds, CPU": min(seconds),
        }  # fmt: skip

    def errors(self, series: TuckerTensor, interpolant: CPTensor) -> dict[str, float]:
        """Return the error of a series, of what it is without compression, and the difference."""
        found, before = self.plane.values(series), self.plane.values(interpolant)
        return {
            "error": _largest(found - self.plane.data),
            "interpolation": _largest(before - self.plane.data),
            "compression": _largest(found - before),
        }

    def side_values(self, points: int, spline_degree: int) -> tuple[list[Any], list[Any]]:
        """Return the singular values of the side matrices and of the tensor's unfoldings."""
        interpolant = self.interpolant((points,) * 3, spline_degree)
        sides = [np.linalg.svd(u, compute_uv=False) for u in interpolant.factors]
        # Orthonormal factors change no singular value: the triangles of a QR are enough.
        inside = tuple(triangle(u) for u in interpolant.factors)
        core = CPTensor(interpolant.weights, inside).to_array()
        unfoldings = [
            np.linalg.svd(np.moveaxis(core, k, 0).reshape(core.shape[k], -1), compute_uv=False)
            for k in range(3)
        ]
        return sides, unfoldings


def _largest(values: Array) -> float:
    return float(np.abs(values).max())


@dataclass(frozen=True)
class Way:
    """One way to a ChebTuck: what `Compression.record` takes."""

    points: int | None
    method: str
    spline_degree: int
    rtol: float
    rank: tuple[int, ...] | None = None


def method_table(
    case: Compression, ways: Sequence[Way], what: str, track: Track, *, repeats: int = 5
) -> Table:
    """Return how good and how fast each way is."""
    records = [
        case.record(
            way.points, way.method, way.spline_degree, way.rtol, rank=way.rank, repeats=repeats
        )
        for way in track(ways, "methods")
    ]  # fmt: skip
    return Table.from_records("methods", f"{what}: errors in the max norm on the plane", records)


def tolerance_table(
    case: Compression, points: int, tolerances: Sequence[float], what: str, track: Track
) -> Table:
    """Return ranks and errors against the tolerance: the paper's way, and both of ours."""
    cases = [
        (rtol, method, degree) for rtol in tolerances
        for method, degree in (("published", 3), ("small core", 7), ("dense", 7))
    ]  # fmt: skip
    records = []
    for rtol, method, degree in track(cases, "tolerances"):
        record = case.record(points, method, degree, rtol)
        record["sum of ranks"] = sum(record["ranks"])
        records.append(record)
    title = f"{what}: against the tolerance, {points} points an axis"
    return Table.from_records("tolerances", title, records)


def degree_table(
    case: Compression, counts: Sequence[int], rtol: float, what: str, track: Track
) -> Table:
    """Return ranks and errors against the number of points."""
    cases = [
        (points, method, degree) for points in counts
        for method, degree in (("published", 3), ("small core", 5), ("small core", 7))
    ]  # fmt: skip
    records = []
    for points, method, degree in track(cases, "degrees"):
        tolerance = rtol if method == "published" else rtol * 1e-5
        record = case.record(points, method, degree, tolerance)
        words = "as published" if method == "published" else f"splines {degree}"
        records.append({"kind": words, **record})
    title = f"{what}: against the number of points, at tolerances that do not matter"
    return Table.from_records("degrees", title, records)


def singular_table(case: Compression, points: int, spline_degree: int, what: str) -> Table:
    """Return singular values of side matrices and of unfoldings, the first of each is 1."""
    sides, unfoldings = case.side_values(points, spline_degree)
    records = []
    for kind, all_values in (("side matrix", sides), ("unfolding", unfoldings)):
        for axis, values in zip("xyz", all_values, strict=True):
            records += [
                {"kind": kind, "axis": axis, "matrix": f"{kind} {axis}", "index": k + 1,
                 "value": float(s), "relative value": float(s / values[0])}
                for k, s in enumerate(values) if s > 1e-17 * values[0]
            ]  # fmt: skip
    return Table.from_records(
        "singular", f"{what}: singular values of the matrices of coefficients", records
    )
