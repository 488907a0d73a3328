"""Crystals: the published lattice, and ranks against the number of cells and of defects."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np

from chebtucker.decompositions import rhosvd
from chebtucker.studies import compression, crystal_ranks
from chebtucker.studies.compression import Compression, Way
from chebtucker.studies.figures import Figure, Panel, Plane
from chebtucker.studies.particle_ranks import slope_per_decade
from chebtucker.studies.published import PAPER, lattice_terms
from chebtucker.studies.published_lattice import (
    HALF,
    SCALE,
    lattice_series,
    lattice_vectors,
    normalised,
)
from chebtucker.studies.references import CODE, reference
from chebtucker.studies.results import Comparison, Study, Table
from chebtucker.studies.tracking import Track, quiet
from chebtucker.studies.versions import versions

_RTOL, _POINTS, _TIGHT = 1e-7, 129, 1e-9
_DIGITS = 5e-4
_THIN = 4  # cells for each pixel of the pictures
SEED = 0


def lattice(
    data: str | PathLike[str] | None = None, *, quick: bool = False, track: Track = quiet
) -> Study:
    """Study the long-range potential of a finite lattice, and ranks of crystals.

    Parameters
    ----------
    data : path_like, optional
        Folder of the published files; without it the same vectors are made from the sites.
    quick : bool
        Fewer tolerances, cells and defects.
    track : Track
        For a progress bar.

    Returns
    -------
    Study
    """
    known = reference("lattice")
    terms = lattice_vectors() if data is None else lattice_terms(data)
    case = Compression.of(normalised(SCALE * terms), HALF)
    ranks = tuple(known["ranks"])
    what = "Lattice of 2304 and 2116 charges"
    methods = compression.method_table(case, _ways(ranks), what, track, repeats=1 if quick else 5)
    exact = _exact_table(case, [_POINTS, 257] if quick else [65, _POINTS, 193, 257, 385])
    tolerances = known["tolerance_sweep"]["tol"][:: 4 if quick else 1]
    by_rtol = compression.tolerance_table(case, _POINTS, tolerances, what, track)
    counts = [_POINTS, 257] if quick else [33, 65, _POINTS, 193, 257, 385, 513]
    by_points = compression.degree_table(case, counts, _RTOL, what, track)
    cells = crystal_ranks.cell_table(
        (2, 4, 8) if quick else (2, 4, 8, 16, 32, 64, 128, 256, 512), track
    )
    defects = crystal_ranks.defect_table(
        (0, 1, 4) if quick else (0, 1, 2, 4, 8, 16, 32, 64), SEED, track
    )
    return Study(
        name="lattice",
        title="Crystals: error of a finite lattice, ranks against cells and defects",
        question=_QUESTION,
        tables=(methods, exact, by_rtol, by_points, cells, defects),
        figures=(_pictures(case), *_figures()),
        findings=_findings(methods, exact, cells, defects),
        comparisons=tuple(_comparisons(case, methods, by_rtol)),
        notes=_notes(data),
        versions=versions(),
        seed=SEED,
        options="" if data is None else "--data DIR",
    )


_QUESTION = """\
A Gaussian summed over the sites of a lattice is a product of three sums over rows of sites, so the
potential of any number of cells has a canonical rank that does not depend on that number. How good
is the Chebyshev-Tucker format of the long part of a 24 x 24 x 4 lattice with 23 x 23 x 4 opposite
charges between, where is the error, and how do the Tucker ranks of crystals grow with the number
of cells and with the number of defects?"""


def _ways(ranks: tuple[int, ...]) -> list[Way]:
    return [
        Way(_POINTS, "published", 3, _RTOL),
        *(Way(_POINTS, "small core", degree, _RTOL) for degree in (3, 5, 7)),
        Way(_POINTS, "dense", 3, _RTOL),
        Way(257, "small core", 7, _RTOL),
        Way(257, "small core", 7, _RTOL, ranks),
        Way(None, "small core", 7, 1e-8),
        Way(None, "small core", 7, _TIGHT),
    ]


def _exact_table(case: Compression, counts: list[int]) -> Table:
    """Return errors of what needs no grid: sums over rows, expanded where they are known."""
    records = []
    for points in counts:
        series = SCALE * lattice_series(points)
        small = rhosvd(series, rtol=_TIGHT)
        errors = case.errors(small, series)
        records.append({"points": points, "rtol": _TIGHT, "ranks": small.core.shape, **errors})
    title = "The same lattice without a grid: sums over rows expanded at Chebyshev points"
    return Table.from_records("exact", title, records)


def _notes(data: object) -> tuple[str, ...]:
    source = (
        f"Canonical vectors: the published ones, from {PAPER}." if data is not None
        else "Canonical vectors: made from the sites, equal to the published ones to 1e-10."
    )  # fmt: skip
    return (
        source + " 960^3 cells of a cube of half side 45, 14 smooth terms of each sign.",
        f"Values and errors are those of the published pictures, {SCALE:.4f} times the potential "
        "in charge per length. Errors are absolute, in the max norm on the plane of cells just "
        "below z = 0; interpolation and compression as in the study `biomolecule`.",
        "'published': side matrices of columns of unit length at a third of the tolerance, "
        "absolute, without the weights; cubic splines. 'small core' and 'dense': relative "
        "Frobenius norm. Where no tolerance is given the ranks are, and Tucker-ALS improves them.",
        f"Ranks against cells and defects: `potential` of rock salt, rtol {crystal_ranks.RTOL:g}, "
        "no grid, cutoff 1.6 nearest-neighbour distances, box larger on all sides by a tenth of "
        "the longest side: of a large sheet it is mostly empty. Vacancies anywhere or along one "
        f"row of a sheet of {' x '.join(map(str, crystal_ranks.HOST))} cells.",
        "CPU seconds with one thread, the least of up to five runs, error estimate included.",
    )


def _pictures(case: Compression) -> Figure:
    """Return the plane of the paper's pictures: values, error as published, error here."""
    data = case.plane.data
    as_published = case.series(_POINTS, "published", _RTOL, spline_degree=3)
    here = case.series(None, "small core", _TIGHT)
    box = HALF * (1 - 1 / len(data)) * np.array([[-1.0, 1.0]] * 2)
    found = (
        ("potential", data, "potential"),
        ("as published", case.plane.values(as_published) - data, "error"),
        (f"here, rtol {_TIGHT:g}", case.plane.values(here) - data, "error"),
    )
    panels = tuple(
        Plane(values[::_THIN, ::_THIN], box, label, "x", "y", title=title)
        for title, values, label in found
    )
    caption = (
        "The long part of the lattice's potential on the plane of the paper's pictures, and its "
        "errors; lengths as in the published files, 3 between sites."
    )
    return Figure("planes", caption, panels)


def _figures() -> tuple[Figure, ...]:
    points, error = "Chebyshev points an axis", "error (max norm)"
    names = {"published": "as published", "small core": "small core", "dense": "dense"}
    ranks, errors = (
        Panel("tolerances", "rtol", column, "tolerance", label, by="method", labels=names,
              xscale="log", yscale=scale)
        for column, label, scale in (("sum of ranks", "sum of the three ranks", "linear"),
                                     ("compression", "error of compression (max norm)", "log"))
    )  # fmt: skip
    degrees = Panel("degrees", "points", "error", points, error, by="kind")
    cells = Panel("cells", "cells an axis", "largest rank", "cells an axis L", "largest rank",
                  by="kind", labels={"cube": "L x L x L", "sheet": "L x L x 4"}, xscale="log2",
                  yscale="linear")  # fmt: skip
    defects = Panel("defects", "vacancies", "largest rank", "vacancies", "largest rank", by="kind",
                    yscale="linear")  # fmt: skip
    return (
        Figure("errors", "Error against the number of points, tolerances that do not matter.",
               (degrees,)),
        Figure("tolerances", "Ranks and error of compression against the tolerance, 129 points.",
               (ranks, errors)),
        Figure("ranks", "Rock salt: ranks of the long part against cells and vacancies.",
               (cells, defects)),
    )  # fmt: skip


def _of(methods: Table, column: str, method: str, points: int | None, **wanted: Any) -> Any:
    """Return an entry of the first row of a method at a number of points, None for any."""
    wanted["method"] = method
    if points is not None:
        wanted["points"] = points
    return methods.select(**wanted)[0][methods.columns.index(column)]


def _findings(methods: Table, exact: Table, cells: Table, defects: Table) -> tuple[str, ...]:
    published = {
        name: _of(methods, name, "published", _POINTS)
        for name in ("error", "interpolation", "compression", "ranks")
    }
    seven = _of(methods, "interpolation", "small core", _POINTS, **{"spline degree": 7})
    free = {
        name: _of(methods, name, "small core", None, rtol=_TIGHT)
        for name in ("error", "points", "ranks")
    }
    best = exact.rows[-1]
    growth = slope_per_decade([(r[1] ** 3, max(r[3])) for r in cells.select(kind="cube")])
    largest = cells.select(kind="cube")[-1]
    rank = defects.columns.index("largest rank")
    anywhere, row = (defects.select(kind=kind) for kind in ("anywhere", "in a row"))
    return (
        f"As published the error is {published['error']:.2e} at ranks {published['ranks']}: "
        f"{published['interpolation']:.1e} from splines, {published['compression']:.1e} from a "
        f"compression that misses its tolerance {published['compression'] / _RTOL:.0f}-fold.",
        f"129 points are too few for more: with splines of degree 7 {seven:.1e} is left of the "
        f"interpolation. With the degrees that {_TIGHT:g} asks for ({free['points'] - 1}) the "
        f"error is {free['error']:.1e} at ranks {free['ranks']}.",
        f"Without any grid, {best[0]} points: {best[4]:.0e} before compression.",
        f"Ranks of cubes of rock salt grow by {growth:.1f} with ten times the cells: "
        f"{largest[2]:,} ions have ranks {largest[3]}.",
        f"The first vacancy takes the largest rank from {anywhere[0][rank]} to "
        f"{anywhere[1][rank]}, {anywhere[-1][1]} anywhere to {anywhere[-1][rank]}; "
        f"{row[-1][1]} in one row need {row[-1][rank]}.",
    )


def _comparisons(case: Compression, methods: Table, by_rtol: Table) -> list[Comparison]:
    known = reference("lattice")
    found = [
        Comparison("largest value on the plane", case.plane.largest, known["slice_max"], "within",
                   CODE, rtol=_DIGITS),
        *(
            Comparison(f"{name} as published", _of(methods, name, "published", _POINTS),
                       known[name], "within", CODE, rtol=_DIGITS)
            for name in ("error", "interpolation", "compression")
        ),
    ]  # fmt: skip
    sweep = known["tolerance_sweep"]
    for rtol, ranks, error in zip(sweep["tol"], sweep["ranks"], sweep["error"], strict=True):
        if rtol in by_rtol.column("rtol"):
            pick = {"rtol": rtol, "method": "published"}
            found += [
                Comparison(f"ranks as published, rtol {rtol:g}", by_rtol.value("ranks", **pick),
                           tuple(ranks), "equal", CODE),
                Comparison(f"error as published, rtol {rtol:g}", by_rtol.value("error", **pick),
                           error, "within", CODE, rtol=_DIGITS),
            ]  # fmt: skip
    cubic = {"spline degree": 3}
    return [
        *found,
        Comparison(f"ranks of the small core, rtol {_RTOL:g}",
                   _of(methods, "ranks", "small core", _POINTS, **cubic),
                   tuple(known["dense_ranks"]), "at most", f"dense algorithm of {CODE}"),
        Comparison("error of the dense algorithm (ST-HOSVD here, HOSVD there)",
                   _of(methods, "error", "dense", _POINTS), known["dense_error"], "within", CODE,
                   rtol=0.05),
        Comparison(f"error here, rtol {_TIGHT:g}",
                   _of(methods, "error", "small core", None, rtol=_TIGHT), 1e-7, "below",
                   f"{CODE}: {known['error']:.1e}"),
        Comparison(f"ranks here, rtol {_TIGHT:g}",
                   _of(methods, "ranks", "small core", None, rtol=_TIGHT), tuple(known["ranks"]),
                   "at most", CODE),
    ]  # fmt: skip
