"""From particles to a potential whose error has been measured."""

from __future__ import annotations

import warnings
from concurrent.futures import Executor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _arrays
from chebtucker._device import current
from chebtucker.kernels import RadialKernel
from chebtucker.potentials import cost
from chebtucker.potentials.chunks.building import of_chunks
from chebtucker.potentials.crystals.building import of_crystal
from chebtucker.potentials.long_range import long_range
from chebtucker.potentials.multipole.building import of_multipoles
from chebtucker.potentials.plan import Plan, Stopwatch, checked, stages
from chebtucker.potentials.range_separated import Potential
from chebtucker.potentials.sampling import Sample, sample
from chebtucker.potentials.sets.building import of_sets
from chebtucker.potentials.short_range import short_range
from chebtucker.potentials.steps import errors_of, pair_tolerance, planned, refined, report_of
from chebtucker.systems import Lattice, ParticleChunks, ParticleSystem

Array = NDArray[np.float64]


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
    plan = checked(system, kernel, rtol, cutoff, domain, targets, prefactor, executor)
    with stages(progress) as step:
        watch = Stopwatch(step)
        if isinstance(system, Lattice):
            result: Potential = of_crystal(system, plan, watch)
        elif isinstance(system, ParticleChunks):
            result = of_chunks(system, plan, watch)
        elif system.multipole_order:
            result = of_multipoles(plan, watch)
        elif system.sets is not None:
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
