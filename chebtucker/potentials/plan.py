"""What is asked of a potential, checked; and how long the stages of making it take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _checks
from chebtucker.backends.executors import checked_executor
from chebtucker.kernels import Newton, RadialKernel
from chebtucker.potentials import cost
from chebtucker.potentials.sampling import enlarged
from chebtucker.systems import Lattice, ParticleChunks, ParticleSystem

Array = NDArray[np.float64]

CUT = 0.05
"""Part of the tolerance that the ranks may use: what they cut off always lowers the energy."""

NO_DOMAIN: Array = np.empty((0, 2))
"""Stands for a domain that is not known yet."""


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


def checked(
    system: ParticleSystem | Lattice | ParticleChunks,
    kernel: RadialKernel | None,
    rtol: float,
    cutoff: float | None,
    domain: ArrayLike | None,
    targets: int | tuple[int, ...] | None,
    prefactor: float,
    executor: Executor | None,
) -> Plan:
    """Return what was asked for, or say what is wrong with it."""
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


@contextmanager
def stages(progress: bool) -> Iterator[object]:
    """Give what a Stopwatch calls at each stage: it draws a bar, or does nothing."""
    if not progress:
        yield lambda stage: None
        return
    from tqdm import tqdm

    with tqdm(total=5, bar_format="{desc:<12}{bar:30}| {elapsed}", leave=False) as bar:

        def advance(stage: str) -> None:
            bar.set_description_str(stage)
            bar.update()

        yield advance
