"""From particles to a potential whose error has been measured."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _arrays, _checks
from chebtucker._device import current
from chebtucker.backends.executors import checked_executor
from chebtucker.chebtuck import ChebTuck
from chebtucker.kernels import Newton, RadialKernel, RangeSplit, split_kernel
from chebtucker.potentials import cost
from chebtucker.potentials.long_range import long_range
from chebtucker.potentials.range_separated import Potential
from chebtucker.potentials.report import Report
from chebtucker.potentials.sampling import Sample, enlarged, sample, squared_distances
from chebtucker.potentials.short_range import short_range
from chebtucker.systems import Lattice, ParticleChunks, ParticleSystem

Array = NDArray[np.float64]
AnyPotential = TypeVar("AnyPotential", bound=Potential)

CUT = 0.05
"""Part of the tolerance that the ranks may use: what they cut off always lowers the energy."""

SMALLEST = 2e-14
"""Pairwise tolerances below this are lost in rounding."""

ATTEMPTS = 3

NO_DOMAIN: Array = np.empty((0, 2))
"""Stands for a domain that is not known yet."""


def potential(
    system: ParticleSystem | Lattice | ParticleChunks,
    *,
    kernel: RadialKernel | None = None,
    rtol: float = 1e-6,
    cutoff: float | None = None,
    domain: ArrayLike | None = None,
    targets: int | tuple[int, ...] | None = None,
    prefactor: float = 1.0,
    executor: Executor | None = None,
    progress: bool = False,
) -> Potential:
    """Return the potential of particles: long part as a ChebTuck, short part within a cutoff.

    Parameters
    ----------
    system : ParticleSystem, Lattice or ParticleChunks
        N particles (with dipoles and quadrupoles or without), a crystal whose sites are never
        listed, or particles that are read a chunk at a time.
    kernel : Newton, Yukawa or another RadialKernel, optional
        The interaction; Newton by default.
    rtol : float
        Relative l2 error against the exact sum, over points uniform in the domain and over
        points near particles; from 1e-12 to below 1.
    cutoff : float, optional
        Range of the short part, in the length unit of the positions. By default a cost model
        chooses; for a crystal it is 1.6 times the cube root of the volume of a site.
    domain : array_like, shape (3, 2), optional
        Box on which the potential is defined. By default the bounding box enlarged on every
        side by a tenth of its longest side (by 1 where all particles coincide).
    targets : int or tuple of int, optional
        What will be evaluated, for the cost model: a number of points, or the shape of a grid. By
        default a grid of 100 points an axis and the potential at the particles. It changes how
        fast the potential is, not what it is; for a crystal it changes nothing.
    prefactor : float
        Factor of all values, e.g. from `chebtucker.units`.
    executor : concurrent.futures.Executor, optional
        Forms the moments of pieces of the particles: processes of a pool, MPI ranks, Dask workers.
        Those of a `chebtucker.DeviceExecutor` form them on their CUDA devices; particles on a
        device take no other. Pieces and order of summation do not depend on the workers, hence
        the potential neither. Crystals, charge sets and multipoles refuse it.
    progress : bool
        Whether to draw a progress bar on standard error.

    Returns
    -------
    Potential
        V with V(points), V.on_grid, V.gradient, V.energy, V.forces and V.report; of C charge sets
        a `ChargeSetsPotential`, whose results have a leading axis C.

    Warns
    -----
    UserWarning
        If the measured error stays above `rtol`; the potential is returned all the same and
        its report has the error.

    Notes
    -----
    The kernel is split into a sum of Gaussians and a remainder of range `cutoff`. The Gaussians
    act on the Chebyshev moments of the particles, so no grid is ever formed. About N microseconds
    and a part that is independent of N. The error is measured against direct sums at some
    hundred points; where it exceeds `rtol` the construction is repeated with a sharper split.

    References
    ----------
    P. Benner, B. Khoromskij, V. Khoromskaia and B. Sun, "A mesh-free hybrid Chebyshev-Tucker
    tensor format with applications to multi-particle modelling", arXiv:2503.01696 (2025).

    Examples
    --------
    >>> import chebtucker as ct
    >>> ion = ct.ParticleSystem([[0.0, 0.0, 0.0]], [2.0])
    >>> V = ct.potential(ion, rtol=1e-6)
    >>> bool(abs(V([0.5, 0.0, 0.0]) - 4.0) < 1e-5)
    True
    """
    plan = _checked(system, kernel, rtol, cutoff, domain, targets, prefactor, executor)
    with _bar(progress) as step:
        watch = Stopwatch(step)
        if isinstance(system, Lattice):
            from chebtucker.potentials.crystals.building import of_crystal

            result: Potential = of_crystal(system, plan, watch)
        elif isinstance(system, ParticleChunks):
            from chebtucker.potentials.chunks.building import of_chunks

            result = of_chunks(system, plan, watch)
        elif system.multipole_order:
            from chebtucker.potentials.multipole.building import of_multipoles

            result = of_multipoles(plan, watch)
        elif system.sets is not None:
            from chebtucker.potentials.sets.building import of_sets

            result = of_sets(plan, watch)
        else:
            with current(system.device):
                result = _of_particles(plan, watch)
    if result.summary.error > rtol:
        warnings.warn(
            f"the potential has relative error {result.summary.error:.1e}, above rtol = "
            f"{rtol:.1e}: rounding in sums that nearly cancel sets the limit; ask for less "
            "(rtol=...) or take a smaller domain (domain=...)",
            stacklevel=2,
        )
    return result


def _of_particles(plan: Plan, watch: Stopwatch) -> Potential:
    with watch("sample"):
        near = plan.system.to_device("cpu")  # to choose points and the cutoff by
        reference = sample(near, plan.kernel, plan.domain, summed=plan.system)
        pair_rtol = pair_tolerance(plan.rtol, near.positions, near.charges, reference)
    return refined(
        lambda pair, sharper: _build(plan, pair, sharper, reference, watch), plan.rtol, pair_rtol
    )


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


@dataclass(frozen=True, eq=False)
class Plan:
    """What was asked for, checked.

    `system` is a ParticleSystem, a Lattice, ParticleChunks or, once they are read, their Survey;
    the domain of ParticleChunks is that which was given, or a box without axes.
    """

    system: Any
    kernel: RadialKernel
    rtol: float
    cutoff: float | None
    domain: Array
    targets: cost.Targets
    prefactor: float
    executor: Executor | None = None

    def cut(self, sharper: float, rms: Any) -> Any:
        """Return what the ranks may cut off, a Frobenius norm, of potentials of that size."""
        return CUT * sharper * self.rtol * abs(self.prefactor) * rms


@dataclass
class Stopwatch:
    """Adds up the wall time of named stages."""

    on_stage: object
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Add the time that the block takes to the stage."""
        self.on_stage(stage)  # type: ignore[operator]
        start = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start


def _checked(
    system: ParticleSystem | Lattice | ParticleChunks,
    kernel: RadialKernel | None,
    rtol: float,
    cutoff: float | None,
    domain: ArrayLike | None,
    targets: int | tuple[int, ...] | None,
    prefactor: float,
    executor: Executor | None,
) -> Plan:
    if not isinstance(system, ParticleSystem | Lattice | ParticleChunks):
        got = type(system).__name__
        raise TypeError(
            f"`system` must be a ParticleSystem, a Lattice or ParticleChunks, got {got}"
        )
    kernel = Newton() if kernel is None else kernel
    if not isinstance(kernel, RadialKernel):
        raise TypeError(f"`kernel` must be a radial kernel such as Newton(), got {kernel!r}")
    return Plan(
        system,
        kernel,
        _checks.tolerance(rtol, "rtol", minimum=1e-12),
        None if cutoff is None else _checks.positive(cutoff, "cutoff"),
        _domain(system) if domain is None else _checks.domain(domain, ndim=3),
        _targets(targets, 0 if isinstance(system, ParticleChunks) else len(system)),
        _checks.number(prefactor, "prefactor"),
        checked_executor(executor),
    )


def refuse_executor(plan: Plan, what: str) -> None:
    """Refuse an executor where moments are not formed in pieces."""
    if plan.executor is not None:
        raise ValueError(f"`executor` must be None for {what}, got {plan.executor!r}")


def _targets(targets: int | tuple[int, ...] | None, particles: int) -> cost.Targets:
    if targets is None:
        return cost.Targets(cost.DEFAULT_GRID, particles)
    if not isinstance(targets, tuple | list):
        return cost.Targets((0, 0, 0), _checks.integer(targets, "targets", minimum=1))
    if len(targets) != 3:
        raise ValueError(f"`targets` must be a number of points or three, got {targets!r}")
    counts = (_checks.integer(n, f"targets[{k}]", minimum=1) for k, n in enumerate(targets))
    return cost.Targets(tuple(counts), 0)


def _domain(system: ParticleSystem | Lattice | ParticleChunks) -> Array:
    """Return the default domain; that of ParticleChunks is not known before they are read."""
    return NO_DOMAIN if isinstance(system, ParticleChunks) else enlarged(system.bounding_box)


def pair_tolerance(
    rtol: float, positions: Array, charges: Array, reference: Sample, weight: float = 1.0
) -> float:
    """Return the largest error of a pair, relative to 1/r, at which the sum meets `rtol`.

    Errors of pairs add up like independent numbers of size eps q_j / r_j. They are as large as
    that at few distances: the error of the sum is about half of `rtol`. Each of the particles
    stands for `weight`.
    """
    stride = max(len(positions) // 1000, 1)
    r2 = squared_distances(reference.uniform, positions[::stride])
    squares = charges[..., ::stride] ** 2 @ (1 / r2).T
    spread = np.sqrt(np.median(squares, axis=-1) * stride * weight)
    share = np.divide(reference.rms, spread, out=np.ones_like(spread), where=spread > 0)
    return max(rtol * min(1.0, float(share.min())), SMALLEST)


def _build(
    plan: Plan, pair_rtol: float, sharper: float, reference: Sample, watch: Stopwatch
) -> Potential:
    system = plan.system
    charges = plan.prefactor * system.charges
    with watch("plan"):
        situation = cost.Situation(
            _arrays.to_host(system.positions), plan.domain, plan.kernel, pair_rtol, plan.targets
        )
        prediction, split = planned(situation, plan.cutoff, system.bounding_box)
    with watch("long part"):
        long = long_range(
            system.positions,
            charges,
            split.long,
            plan.domain,
            rtol=pair_rtol,
            atol=plan.cut(sharper, reference.rms),
            executor=plan.executor,
        )
    with watch("short part"):
        short = short_range(split, system.positions, charges)
    with watch("check"):
        errors = errors_of(plan, long, short, reference)
    report = report_of(
        plan, long, split, reference, errors, watch.seconds, prediction,
        neighbours=prediction.neighbours,
        nbytes=int(long.nbytes + 2 * system.positions.nbytes + 4 * system.charges.nbytes),
    )  # fmt: skip
    return Potential(long, short, plan.kernel, system, plan.prefactor, report)


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


@contextmanager
def _bar(progress: bool) -> Iterator[object]:
    if not progress:
        yield lambda stage: None
        return
    from tqdm import tqdm

    with tqdm(total=5, bar_format="{desc:<12}{bar:30}| {elapsed}", leave=False) as bar:

        def advance(stage: str) -> None:
            bar.set_description_str(stage)
            bar.update()

        yield advance
