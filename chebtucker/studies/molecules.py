"""The long part of a bio-molecule: error, ranks, what they depend on, and the time."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from chebtucker.studies import compression, particle_ranks
from chebtucker.studies.compression import Compression, Way
from chebtucker.studies.figures import Figure, Panel
from chebtucker.studies.globules import globule
from chebtucker.studies.published import PAPER, biomolecule_terms
from chebtucker.studies.references import CODE, reference
from chebtucker.studies.results import Comparison, Study, Table
from chebtucker.studies.tracking import Track, quiet
from chebtucker.studies.versions import versions
from chebtucker.systems import ParticleSystem

_RTOL, _POINTS = 1e-7, 129
_CUTOFFS = (5.0, 10.0)  # in the same box, and at the same density
_DIGITS = 5e-4
SEED = 0


def biomolecule(
    data: str | PathLike[str] | None = None,
    *,
    quick: bool = False,
    track: Track = quiet,
    particles: ParticleSystem | None = None,
) -> Study:
    """Study the long-range potential of a molecule as a canonical tensor and from coordinates.

    Parameters
    ----------
    data : path_like, optional
        Folder of the published files; without it a random globule of 500 atoms stands for the
        published molecule.
    quick : bool
        Fewer atoms, tolerances and points.
    track : Track
        For a progress bar.
    particles : ParticleSystem, optional
        A molecule, in Angstrom: the ranks against N and against the cutoff are then those of its
        parts, instead of random globules.

    Returns
    -------
    Study
    """
    known = reference("biomolecule")
    case, what = _case(data, quick)
    points = 65 if quick and data is None else _POINTS
    sweep = known["points_sweep"]["points"][1:5] if quick else known["points_sweep"]["points"]
    tolerances = known["tolerance_sweep"]["tol"]
    tolerances = tolerances[::3] if quick else tolerances
    methods = compression.method_table(case, _ways(points), what, track, repeats=1 if quick else 5)
    by_rtol = compression.tolerance_table(case, points, tolerances, what, track)
    by_points = compression.degree_table(case, sweep, _RTOL, what, track)
    singular = compression.singular_table(case, points, 3, what)
    counts = (100, 300, 1000) if quick else (100, 300, 1000, 3000, 10_000, 30_000, 100_000)
    by_count = particle_ranks.particle_table(counts, _CUTOFFS, particles, SEED, track)
    ratios = (3.0, 6.0) if quick else (3.0, 5.0, 8.0, 12.0, 18.0)
    molecule = globule(300 if quick else 3000, SEED) if particles is None else particles
    by_cutoff = particle_ranks.cutoff_table(molecule, ratios, track)
    return Study(
        name="biomolecule",
        title="A bio-molecule: where the error is, and what the ranks depend on",
        question=_QUESTION,
        tables=(methods, by_rtol, by_points, singular, by_count, by_cutoff),
        figures=_figures(what, tolerances),
        findings=_findings(case, methods, by_rtol, by_count, by_cutoff),
        comparisons=() if data is None else tuple(
            _comparisons(case, methods, by_rtol, by_points, singular)
        ),
        notes=_notes(data, particles),
        versions=versions(),
        seed=SEED,
        options=" ".join(
            (["--data DIR"] if data is not None else [])
            + (["--particles FILE"] if particles is not None else [])
        ),
    )  # fmt: skip


_QUESTION = """\
The long part of the potential of some hundred atoms, known on 256^3 cells as a canonical tensor of
many terms, becomes a Tucker tensor of Chebyshev coefficients. How large is the error of
interpolation and how large that of compression? Which ranks are needed, which way to them is the
cheapest, and how do they depend on the tolerance, on the number N of atoms and on the cutoff
between long and short? The paper expects log N."""


def _ways(points: int) -> list[Way]:
    found = [Way(points, "published", 3, _RTOL)]
    return found + [
        Way(points, method, degree, _RTOL)
        for degree in (3, 5, 7) for method in ("small core", "dense")
    ]  # fmt: skip


def _case(data: str | PathLike[str] | None, quick: bool) -> tuple[Compression, str]:
    half = particle_ranks.SIDE / 2
    if data is not None:
        terms, what = biomolecule_terms(data), "published molecule of 500 atoms"
    else:
        system = globule(60 if quick else 500, SEED)
        terms = particle_ranks.canonical_terms(system, 2 * half, 256)
        what = f"random globule of {len(system)} atoms"
    return Compression.of(terms, half), what


def _notes(data: object, particles: ParticleSystem | None) -> tuple[str, ...]:
    source = (
        f"The canonical tensor is the published one, from {PAPER}: 743 terms, box of side 50."
        if data is not None else
        "The canonical tensor is made here: a random ball of atoms at the density of a protein, "
        "for each the smooth terms of the Newton kernel that the paper takes for 256 cells."
    )  # fmt: skip
    coordinates = (
        "random balls of atoms" if particles is None
        else f"the {len(particles):,} atoms of the file and those of them nearest to the middle"
    )  # fmt: skip
    return (
        source,
        "Errors are absolute, in the max norm on the plane of cells just below z = 0. "
        "Interpolation: the spline and polynomial before compression, against the data. "
        "Compression: after it against before it.",
        "'published': each side matrix is truncated at a third of the tolerance, absolute, without "
        "the weights; cubic splines. 'dense': HOSVD of all coefficients. 'small core': the "
        "default of `from_cp`. Both cut at a relative Frobenius norm.",
        f"Ranks against N and cutoff: `potential` with rtol {particle_ranks.RTOL:g}, no grid; "
        f"'same box': uniform in a box of side {particle_ranks.SIDE:g}, cutoff {_CUTOFFS[0]:g}; "
        f"otherwise {coordinates}, cutoff {_CUTOFFS[1]:g}, in Angstrom.",
        "CPU seconds with one thread, the least of up to five runs, error estimate included.",
    )


def _figures(what: str, tolerances: Sequence[float]) -> tuple[Figure, ...]:
    points, error = "Chebyshev points an axis", "error (max norm)"
    spectra = Panel(
        "singular", "index", "relative value", "index", "singular value / first", by="matrix"
    )
    names = {"published": "as published", "small core": "small core", "dense": "dense"}
    ranks, errors = (
        Panel("tolerances", "rtol", column, "tolerance", label, by="method", labels=names,
              xscale="log", yscale=scale)
        for column, label, scale in (
            ("sum of ranks", "sum of the three ranks", "linear"), ("error", error, "log"))
    )  # fmt: skip
    degrees = Panel("degrees", "points", "error", points, error, by="kind", xscale="log2")
    count = Panel("particles", "N", "largest rank", "number of particles N", "largest Tucker rank",
                  by="kind", xscale="log", yscale="log")  # fmt: skip
    cutoff = Panel("cutoffs", "side/cutoff", ("largest rank", "largest degree"), "side / cutoff",
                   "rank and degree", yscale="linear")  # fmt: skip
    return (
        Figure("errors", f"Error against the number of points and singular values, {what}.",
               (degrees, spectra)),
        Figure("tolerances", f"Ranks and errors against the tolerance, {what}.", (ranks, errors)),
        Figure("ranks", "Ranks of the long part against the number of particles and against the "
               "cutoff.", (count, cutoff)),
    )  # fmt: skip


def _findings(
    case: Compression, methods: Table, by_rtol: Table, by_count: Table, by_cutoff: Table
) -> tuple[str, ...]:
    def of(column: str, method: str, degree: int) -> Any:
        return methods.value(column, method=method, **{"spline degree": degree})

    loosest = by_rtol.column("rtol")[0]
    loose = {m: by_rtol.value("ranks", method=m, rtol=loosest) for m in compression.METHODS}
    box = _pairs(by_count, "same box")
    other = by_count.rows[-1][0]
    growing = _pairs(by_count, other)
    constants = by_cutoff.column("rank times cutoff/side")
    return (
        f"As published, cubic splines make an error of {of('interpolation', 'published', 3):.1e} "
        f"and compression {of('compression', 'published', 3):.0e}. With degree 7, as many points "
        f"and ranks {of('ranks', 'small core', 7)} the error is "
        f"{of('error', 'small core', 7):.1e}; the largest value is {case.plane.largest:.2f}.",
        f"At rtol {loosest:g} the published rule keeps ranks {loose['published']}, the small core "
        f"{loose['small core']} and the dense HOSVD {loose['dense']}: a tolerance on side matrices "
        "without their weights says little about the whole.",
        f"CPU seconds: {of('seconds, CPU', 'small core', 7):.3f} by the small core, "
        f"{of('seconds, CPU', 'published', 3):.3f} as published, "
        f"{of('seconds, CPU', 'dense', 7):.2f} by the dense tensor.",
        f"In the same box at the same cutoff the largest rank goes from {box[0][1]} at N = "
        f"{box[0][0]:,} to {box[-1][1]} at {box[-1][0]:,}, "
        f"{round(particle_ranks.slope_per_decade(box), 1) + 0.0:+.1f} a decade of N. "
        "The claim of log N asks for no more than a constant a decade.",
        f"With '{other}' at the same cutoff it goes from {growing[0][1]} to {growing[-1][1]}, like "
        f"N^{particle_ranks.exponent(growing):.2f}: there the box grows with N, and what counts is "
        "the ratio of its side to the cutoff.",
        f"Largest rank times cutoff over side: {min(constants):.1f} to {max(constants):.1f} over "
        "all cutoffs.",
    )


def _pairs(table: Table, kind: str) -> list[tuple[Any, Any]]:
    n, rank = table.columns.index("N"), table.columns.index("largest rank")
    return [(row[n], row[rank]) for row in table.select(kind=kind)]


def _comparisons(
    case: Compression, methods: Table, by_rtol: Table, by_points: Table, singular: Table
) -> list[Comparison]:
    known = reference("biomolecule")
    found = [Comparison("largest value on the plane", case.plane.largest, known["slice_max"],
                        "within", CODE, rtol=_DIGITS)]  # fmt: skip
    for name, table, column in (
        ("points_sweep", by_points, "points"), ("tolerance_sweep", by_rtol, "rtol")
    ):  # fmt: skip
        sweep, suffix = known[name], "" if name == "points_sweep" else "_alg4"
        keys = sweep["points" if name == "points_sweep" else "tol"]
        for key, ranks, error in zip(
            keys, sweep[f"ranks{suffix}"], sweep["error" if not suffix else "err_alg4"], strict=True
        ):
            if key not in table.column(column):
                continue
            pick = {column: key, "method": "published"}
            where = f"as published, {column} {key:g}"
            found += [
                Comparison(f"error {where}", table.value("error", **pick), error, "within", CODE,
                           rtol=_DIGITS),
                Comparison(f"ranks {where}", table.value("ranks", **pick), tuple(ranks), "equal",
                           CODE),
            ]  # fmt: skip
    for rtol, ranks in zip(
        known["tolerance_sweep"]["tol"], known["tolerance_sweep"]["ranks_alg3"], strict=True
    ):
        if rtol in by_rtol.column("rtol"):
            here = by_rtol.value("ranks", method="small core", rtol=rtol)
            found.append(Comparison(f"ranks of the small core, rtol {rtol:g}", here, tuple(ranks),
                                    "at most", f"dense algorithm of {CODE}"))  # fmt: skip
    best = {"method": "small core", "spline degree": 7}
    return [
        *found,
        Comparison("largest relative deviation of the 40 first singular values of side matrices",
                   _deviation(singular, known["side_values"]), 1e-4, "below", CODE),
        Comparison(f"error of the default, {_POINTS} points", methods.value("error", **best), 1e-9,
                   "below", f"{CODE}: {known['error']:.1e}"),
        Comparison("ranks of the default", methods.value("ranks", **best), tuple(known["ranks"]),
                   "at most", CODE),
    ]  # fmt: skip


def _deviation(singular: Table, known: list[list[float]]) -> float:
    value = singular.columns.index("value")
    here = [
        [row[value] for row in singular.select(kind="side matrix", axis=axis)[:40]]
        for axis in "xyz"
    ]
    there = np.array([values[:40] for values in known])
    return float(np.abs(np.array(here) / there - 1).max())
