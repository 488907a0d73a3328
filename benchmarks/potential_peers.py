"""Other codes for potentials of point charges, behind one signature.

Each takes a system, a domain, targets and a tolerance and returns a function that does all of the
work once: (values at the targets, function that evaluates again or None).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import chebtucker as ct

Array = NDArray[np.float64]
Run = Callable[[], tuple[Array, Callable[[], Array] | None]]

ORDERS = {1e-4: 6, 1e-6: 8, 1e-10: 13}
"""Interpolation orders at which ferreus-bbfmm reaches a tolerance on random charges."""


@dataclass(frozen=True)
class Targets:
    """A uniform grid on the domain (`shape`), or scattered points (`points`)."""

    name: str
    shape: tuple[int, int, int] | None
    points: Array | None

    @property
    def size(self) -> int:
        """Number of targets."""
        return int(np.prod(self.shape)) if self.shape else len(self.points)  # type: ignore[arg-type]

    def some(self, domain: Array, count: int) -> tuple[Any, Array]:
        """Return an index into the values, and the points that belong to it."""
        rng = np.random.default_rng(3)
        if self.shape is None:
            index = rng.integers(self.size, size=count)
            return index, self.points[index]  # type: ignore[index]
        where = tuple(rng.integers(n, size=count) for n in self.shape)
        axes = _axes(domain, self.shape)
        return where, np.stack([a[i] for a, i in zip(axes, where, strict=True)], axis=1)


def _axes(domain: Array, shape: tuple[int, int, int]) -> list[Array]:
    return [np.linspace(*ends, n) for ends, n in zip(domain, shape, strict=True)]


def chebtucker(system: ct.ParticleSystem, domain: Array, targets: Targets, rtol: float) -> Run:
    """Return the run of this package, told what it will evaluate."""

    def run() -> tuple[Array, Callable[[], Array]]:
        V = ct.potential(system, rtol=rtol, domain=domain, targets=targets.shape or targets.size)
        again = (
            (lambda: V.on_grid(*targets.shape)) if targets.shape else (lambda: V(targets.points))
        )
        return again(), again

    return run


def fmm3d(system: ct.ParticleSystem, domain: Array, targets: Targets, rtol: float) -> Run | None:
    """Return the run of fmm3dpy: potential at targets only; the wheel has one thread."""
    if not importlib.util.find_spec("fmm3dpy"):
        return None
    import fmm3dpy

    if targets.shape:
        grid = np.meshgrid(*_axes(domain, targets.shape), indexing="ij")
        points = np.asfortranarray(np.stack(grid).reshape(3, -1))
    else:
        points = np.asfortranarray(targets.points.T)  # type: ignore[union-attr]
    sources = np.asfortranarray(system.positions.T)

    def run() -> tuple[Array, None]:
        out = fmm3dpy.lfmm3d(
            eps=rtol, sources=sources, charges=system.charges, targets=points, pgt=1
        )
        values = out.pottarg.reshape(targets.shape or -1)
        return values * FMM3D_FACTOR, None

    return run


FMM3D_FACTOR = 4 * np.pi
"""FMM3D's kernel is 1/(4 pi r)."""


def fmm3d_seconds(system: ct.ParticleSystem, targets: Targets, rtol: float) -> float:
    """Return about how long the wheel of fmm3dpy takes."""
    return (9e-6 * targets.size + 4e-5 * len(system)) * (1.6 if rtol < 1e-8 else 1.0)


def ferreus(system: ct.ParticleSystem, domain: Array, targets: Targets, rtol: float) -> Run | None:
    """Return the run of ferreus-bbfmm, with its native grids where there is one."""
    if not importlib.util.find_spec("ferreus_bbfmm"):
        return None
    import ferreus_bbfmm as fb

    order = ORDERS[min(ORDERS, key=lambda r: abs(np.log(r / rtol)))]
    kernel = fb.KernelParams(fb.FmmKernelType.Laplacian)
    weights = np.ascontiguousarray(system.charges[:, None])
    wider = domain + 1e-9 * np.array([-1.0, 1.0]) * np.ptp(domain)
    extents = np.ascontiguousarray(wider.T.ravel())
    options: dict[str, Any] = {"extents": extents, "target_points": targets.points}
    if targets.shape:
        steps = [(hi - lo) / (n - 1) for (lo, hi), n in zip(domain, targets.shape, strict=True)]
        grid = fb.TargetGrid(domain[:, 0].tolist(), steps, list(targets.shape))
        options = {"extents": extents, "target_grid": grid}

    def run() -> tuple[Array, Callable[[], Array]]:
        tree = fb.FmmTree(system.positions, order, kernel, False, **options)
        tree.set_weights(weights)

        def again() -> Array:
            if targets.shape:
                return tree.evaluate_grid(weights, grid)
            return tree.evaluate(weights, targets.points).ravel()

        return again(), again

    return run


def ferreus_seconds(system: ct.ParticleSystem, targets: Targets, rtol: float) -> float:
    """Return about how long ferreus-bbfmm takes on two cores."""
    return (1e-6 * targets.size + 1.5e-5 * len(system)) * (3.0 if rtol < 1e-8 else 1.0)
