"""Steps of making a potential that all kinds of particles share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.chebtuck import ChebTuck
from chebtucker.kernels import RangeSplit, split_kernel
from chebtucker.potentials import cost
from chebtucker.potentials.plan import Plan
from chebtucker.potentials.range_separated import Potential
from chebtucker.potentials.report import Report
from chebtucker.potentials.sampling import Sample

Array = NDArray[np.float64]
AnyPotential = TypeVar("AnyPotential", bound=Potential)

SMALLEST = 2e-14
"""Pairwise tolerances below this are lost in rounding."""

ATTEMPTS = 3


def pair_tolerance(
    rtol: float, positions: Array, charges: Array, reference: Sample, weight: float = 1.0
) -> float:
    """Return the largest error of a pair, relative to 1/r, at which the sum meets `rtol`.

    Errors of pairs add up like independent numbers of size eps q_j / r_j. They are as large as
    that at few distances: the error of the sum is about half of `rtol`. Each of the particles
    stands for `weight`.
    """
    stride = max(len(positions) // 1000, 1)
    r2 = np.maximum(_arrays.squared_distances(reference.uniform, positions[::stride]), 1e-300)
    some, scale = _arrays.balanced(charges[..., ::stride])
    squares = some**2 @ (1 / r2).T
    spread = np.sqrt(np.median(squares, axis=-1) * stride * weight)
    share = np.divide(reference.rms / scale, spread, out=np.ones_like(spread), where=spread > 0)
    return max(rtol * min(1.0, float(share.min())), SMALLEST)


def errors_of(
    plan: Plan, long: ChebTuck, short: Callable[[Array], Array], reference: Sample
) -> tuple[float, float]:
    """Return the relative errors of the sum of both parts, uniform and near particles."""

    def values(points: Array) -> Array:
        there = _arrays.like(points, long.core)
        return _arrays.to_host(long(there) + short(there)) / (plan.prefactor or 1.0)

    return reference.relative_errors(values(reference.uniform), values(reference.near))


def report_of(
    plan: Plan,
    long: ChebTuck,
    split: RangeSplit,
    reference: Sample,
    errors: tuple[float, float],
    seconds: dict[str, float],
    prediction: cost.Prediction | None,
    neighbours: float,
    nbytes: int,
) -> Report:
    """Return the report of a potential of particles or of a crystal."""
    return Report(
        particles=len(plan.system),
        total_charge=plan.system.total_charge,
        kernel=repr(plan.kernel),
        rtol=plan.rtol,
        error=max(errors),
        error_uniform=errors[0],
        error_near=errors[1],
        sample_points=len(reference.uniform),
        rms=reference.rms * abs(plan.prefactor),
        pair_rtol=split.rtol,
        degree=long.degree,
        rank=long.rank,
        gaussians=len(split.long),
        cutoff=split.cutoff,
        neighbours=neighbours,
        nbytes=nbytes,
        predicted=dict(prediction.seconds) if prediction else {},
        seconds=dict(seconds),
    )


def planned(
    situation: cost.Situation, cutoff: float | None, box: Array, most_bytes: int = cost.MOST_BYTES
) -> tuple[cost.Prediction, RangeSplit]:
    """Return what the cutoff costs, by default the cheapest one, and the kernel split there.

    The split holds up to the longest distance between the domain and `box`, that of the particles.
    """
    prediction = _predicted(situation, cutoff, most_bytes)
    reach = longest(situation.domain, box)
    return prediction, split_kernel(situation.kernel, prediction.cutoff, reach, situation.rtol)


def _predicted(situation: cost.Situation, cutoff: float | None, most_bytes: int) -> cost.Prediction:
    """Return what the cutoff costs, or the cheapest one; a cutoff beyond memory is refused."""
    if cutoff is None:
        return cost.cheapest(situation, most_bytes)
    found = cost.predict(situation, cutoff)
    if found.nbytes > cost.available_bytes():
        raise ValueError(
            f"`cutoff` must be larger, got {cutoff:g}: the long part would have "
            f"{' x '.join(map(str, found.sizes))} coefficients and need about "
            f"{found.nbytes / 1e9:.1f} GB of memory"
        )
    return found


def longest(domain: Array, box: Array) -> float:
    """Return the longest distance between points of two boxes."""
    low, high = np.minimum(domain[:, 0], box[:, 0]), np.maximum(domain[:, 1], box[:, 1])
    return float(np.linalg.norm(high - low))


def refined(
    build: Callable[[float, float], AnyPotential], rtol: float, pair_rtol: float
) -> AnyPotential:
    """Return the most exact of a few potentials, built with ever sharper tolerances until met.

    `build` takes the tolerance of a pair, and the factor by which all tolerances are sharper.
    """

    def attempt(sharper: float) -> AnyPotential:
        return build(max(pair_rtol * sharper, SMALLEST), sharper)

    sharper = 1.0
    result = attempt(sharper)
    for _ in range(ATTEMPTS - 1):
        if result.summary.error <= rtol or pair_rtol * sharper <= SMALLEST:
            break
        sharper *= min(max(0.3 * rtol / result.summary.error, 1e-4), 0.3)
        finer = attempt(sharper)
        if finer.summary.error < result.summary.error:
            result = finer
    return result
