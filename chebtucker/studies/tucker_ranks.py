"""Ranks of functions in the hybrid format beside Tucker decompositions of full grids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck import ChebTuck
from chebtucker.construct.memory import memory
from chebtucker.decompositions import hooi, st_hosvd
from chebtucker.studies.higher_order import Hosvd
from chebtucker.studies.results import Study, Table
from chebtucker.studies.tracking import Track, quiet
from chebtucker.studies.tucker_cases import CUTOFF, Case, gallery_case, long_part_case
from chebtucker.studies.tucker_page import NOTES, comparisons, figures, findings
from chebtucker.studies.versions import versions
from chebtucker.systems.examples import example_file
from chebtucker.tensors import TuckerTensor, multi_mode_dot
from chebtucker.tensors.modes import triangle

Array = NDArray[np.float64]

FUNCTIONS = ("Runge", "tanh", "sech squared", "quotient", "helix")
TOLERANCES = (1e-2, 1e-4, 1e-6, 1e-8)
SIZES = (64, 128, 256)
RANKS = (2, 4, 6, 8, 12, 16, 20)
COPIES = 4
"""Arrays of the size of the grid that a decomposition holds at once."""

_RANKS_TITLE = "Ranks and relative errors (Frobenius norm on the grid) at a tolerance"
_SIZES_TITLE = "Largest rank of every tensor on every grid"
_EQUAL_TITLE = "Relative errors at prescribed ranks r, r, r"
_TIMES_TITLE = "CPU seconds, summed over threads, at tolerance 1e-6"
_EXACT = 1e-12  # of the norm: what the first pass over a grid leaves out
_TIMED = 1e-6
_LEAST = 1e-8  # beyond, the functions themselves are not exact enough
_LOOSER = np.geomspace(8.0, 0.4, 19)


def tucker(
    data: str | PathLike[str] | None = None,
    *,
    sizes: Sequence[int] | None = None,
    quick: bool = False,
    track: Track = quiet,
) -> Study:
    """Study whether ranks in the hybrid format are those of Tucker-ALS on the full grid.

    Parameters
    ----------
    data : path_like, optional
        Not used: functions are from the gallery, the protein comes with the package.
    sizes : sequence of int, optional
        Points an axis of the grids, (64, 128, 256) by default. A grid of 512^3 takes 1 GiB, and
        four times that while it is decomposed; sizes that need more than half of the machine's
        memory are refused.
    quick : bool
        Runge's function and the protein with twice the cutoff, on 40^3 and 64^3 only.
    track : Track
        For a progress bar.

    Returns
    -------
    Study

    Raises
    ------
    MemoryError
        If a grid of the largest size does not fit.
    """
    chosen = tuple(sizes or ((40, 64) if quick else SIZES))
    _refuse_too_large(max(chosen))
    cases = list(_cases(quick, track))
    records = rank_records(cases, chosen, track)
    on_largest = [record for record in records if record["n"] == max(chosen)]
    ranks = Table.from_records("ranks", _RANKS_TITLE, on_largest)
    on_grids = Table.from_records("sizes", _SIZES_TITLE, size_records(records))
    equal = Table.from_records("equal", _EQUAL_TITLE, equal_rank_records(cases, min(chosen)))
    timed = [cases[0], cases[-1]]
    times = Table.from_records("times", _TIMES_TITLE, time_records(timed, chosen, track))
    return Study(
        name="tucker",
        title="Ranks of functions and of their values on full grids",
        question=(
            "The hybrid format finds Tucker ranks from Chebyshev coefficients, and no grid is "
            "formed. Are they those that Tucker-ALS finds in the full tensor of values on a fine "
            "uniform grid? And what do HOSVD, ST-HOSVD and ALS differ by in rank, error and time?"
        ),
        tables=(ranks, equal, times, on_grids),
        figures=figures(max(chosen), min(chosen)),
        findings=findings(ranks, on_grids, equal, times),
        comparisons=comparisons(ranks, equal),
        notes=(*NOTES, _memory_note(max(chosen))),
        versions=versions(),
    )


def _cases(quick: bool, track: Track) -> Iterable[Case]:
    from chebtucker.io import read_particles

    for name in track(FUNCTIONS[:1] if quick else FUNCTIONS, "functions"):
        yield gallery_case(name)
    yield long_part_case(read_particles(example_file()), 2 * CUTOFF if quick else CUTOFF)


def _refuse_too_large(n: int) -> None:
    need, have = 8 * COPIES * n**3, memory()
    if have is not None and need > have / 2:
        raise MemoryError(
            f"`sizes` must leave half of the memory free, got {n}: {COPIES} arrays of {n}^3 "
            f"numbers need {need / 2**30:,.1f} GiB and the machine has {have / 2**30:,.1f} GiB"
        )


def _memory_note(n: int) -> str:
    gib = 8 * n**3 / 2**30
    return (
        f"The largest grid, {n}^3, has {gib:.3g} GiB, and about {COPIES} times that is used while "
        'it is decomposed. `chebtucker.studies.run("tucker", sizes=(512,))` takes a larger one.'
    )


def rank_records(cases: Sequence[Case], sizes: Sequence[int], track: Track) -> list[dict[str, Any]]:
    """Return ranks and errors of every way for every function, grid size and tolerance."""
    records = []
    for case, n in track([(case, n) for case in cases for n in sizes], "decompositions"):
        core, others = st_hosvd(case.sample(n), rtol=_EXACT)
        norm = float(np.linalg.norm(core))
        hosvd = Hosvd.of(core)
        for rtol in TOLERANCES:
            als = hooi(core, rtol=rtol)
            cheb = case.function.round(rtol)
            equal = at_equal_error(case.function, core, others, rtol)
            found = {
                "HOSVD": hosvd.rank(rtol * norm), "ST-HOSVD": st_hosvd(core, rtol=rtol).rank,
                "ALS": als.rank, "ChebTuck": cheb.rank, "equal error": equal.rank,
            }  # fmt: skip
            errors = {
                "error ALS": float(np.linalg.norm(als.to_array() - core)) / norm,
                "error ChebTuck": grid_error(cheb, core, others),
                "error, equal": grid_error(equal, core, others),
            }
            records.append({"tensor": case.name, "n": n, "rtol": rtol} | found | errors)
    return records


def size_records(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the largest rank of every way, and by how much those at equal error differ."""
    found = []
    for record in records:
        most = {way: max(record[way]) for way in ("ALS", "ChebTuck", "equal error")}
        gap = {"equal minus ALS": _gap(record["equal error"], record["ALS"])}
        found.append({key: record[key] for key in ("tensor", "n", "rtol")} | most | gap)
    return found


def at_equal_error(f: ChebTuck, core: Array, others: Sequence[Array], rtol: float) -> ChebTuck:
    """Return f with the least ranks at which its error on the grid is `rtol` of the norm."""
    for factor in _LOOSER:
        small = f.round(float(factor) * rtol, truncation="hooi")
        if grid_error(small, core, others) <= rtol:
            return small
    return small


def grid_error(f: ChebTuck, core: Array, factors: Sequence[Array]) -> float:
    """Return the Frobenius norm of f on the grid minus a Tucker tensor, relative to the latter.

    Both are taken to one orthonormal basis on each axis, so no grid is formed.
    """
    axes = [np.linspace(lo, hi, len(U)) for (lo, hi), U in zip(f.domain, factors, strict=True)]
    mine = f.to_tucker(*axes)
    both = [triangle(np.hstack([b, a])) for a, b in zip(mine.factors, factors, strict=True)]
    theirs = multi_mode_dot(core, [t[:, :n] for t, n in zip(both, core.shape, strict=True)])
    own = [t[:, n:] for t, n in zip(both, core.shape, strict=True)]
    difference = multi_mode_dot(mine.core, own) - theirs
    return float(np.linalg.norm(difference) / np.linalg.norm(theirs))


def _gap(a: Sequence[int], b: Sequence[int]) -> int:
    """Return the difference of ranks that is largest in size, with its sign."""
    return int(max((x - y for x, y in zip(a, b, strict=True)), key=abs))


def equal_rank_records(cases: Sequence[Case], n: int) -> list[dict[str, Any]]:
    """Return errors on a grid at prescribed ranks, and the bound that no tensor can beat."""
    records = []
    for case in cases:
        core, others = st_hosvd(case.sample(n), rtol=_EXACT)
        norm = float(np.linalg.norm(core))
        hosvd = Hosvd.of(core)
        for rank in RANKS:
            bound = hosvd.least_error((rank,) * 3) / norm if rank < min(core.shape) else 0.0
            if bound < _LEAST:
                break
            errors = _errors_at(rank, core, norm, hosvd)
            errors["ChebTuck"] = grid_error(case.function.round(rank=rank), core, others)
            ratios = {f"{way} / bound": error / bound for way, error in errors.items()}
            head = {"tensor": case.name, "rank": rank, "bound": bound}
            records.append(head | errors | ratios)
    return records


def _errors_at(rank: int, core: Array, norm: float, hosvd: Hosvd) -> dict[str, float]:
    found = {
        "HOSVD": hosvd.truncated((rank,) * 3),
        "ST-HOSVD": st_hosvd(core, rank=rank),
        "ALS": hooi(core, rank),
        "TensorLy": by_tensorly(core, rank),
    }
    return {way: float(np.linalg.norm(t.to_array() - core)) / norm for way, t in found.items()}


def by_tensorly(tensor: Array, rank: int) -> TuckerTensor:
    """Return Tucker-ALS by TensorLy, which is independent of ours."""
    from tensorly.decomposition import tucker

    core, factors = tucker(tensor, rank=[rank] * tensor.ndim, n_iter_max=50, tol=1e-10, init="svd")
    return TuckerTensor(core, tuple(factors))


def time_records(cases: Sequence[Case], sizes: Sequence[int], track: Track) -> list[dict[str, Any]]:
    """Return CPU seconds of each way, from the function to ranks, against the size of the grid."""
    records = []
    for case, n in track([(case, n) for case in cases for n in sizes], "times"):
        filling, values = _timed(lambda case=case, n=n: case.sample(n))
        ways = {
            "HOSVD": Hosvd.of,
            "ST-HOSVD": lambda v: st_hosvd(v, rtol=_TIMED),
            "ALS": lambda v: hooi(v, rtol=_TIMED),
            "ChebTuck": lambda _, case=case: case.build(_TIMED),
        }
        spent = {"seconds filling": filling}
        for way, run in ways.items():
            spent[f"seconds {way}"] = _timed(lambda run=run, values=values: run(values))[0]
        records.append({"tensor": case.name, "n": n, "GiB of the grid": 8 * n**3 / 2**30} | spent)
    return records


def _timed(run: Any) -> tuple[float, Any]:
    start = process_time()
    result = run()
    return process_time() - start, result
