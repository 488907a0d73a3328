"""The whole way on a real protein: file, potential, check, grid, picture, table."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.systems.examples import example_file

RTOL = 1e-6
GRID = 129
CHECKED = 1000


def demonstrate(folder: Path, *, say: Callable[[str], None], progress: bool = False) -> float:
    """Build the potential of ubiquitin, check it, write DX, NPZ and PNG, and print a table.

    Parameters
    ----------
    folder : Path
        Where the files go; made if it does not exist.
    say : callable
        Gets every line of text.
    progress : bool
        Whether to draw a progress bar on standard error.

    Returns
    -------
    float
        The measured relative l2 error, the larger of the two that the table shows.
    """
    from chebtucker import plotting
    from chebtucker.io import read_particles, write_dx
    from chebtucker.potentials import potential

    folder.mkdir(parents=True, exist_ok=True)
    clock = _Clock()
    with clock("reading"):
        system = read_particles(example_file())
    say(f"Ubiquitin (PDB 1UBI): {len(system.charges):,} charged atoms, Newton kernel, {RTOL:.0e}")
    with clock("building"):
        V = potential(system, rtol=RTOL, progress=progress)
    with clock("grid"):
        values = V.on_grid(GRID, GRID, GRID)
    with clock("energy"):
        energy = V.energy()
    with clock("checking"):
        errors = _errors(V)
    with clock("writing"):
        write_dx(folder / "1ubi.dx", values, V.domain)
        V.save(folder / "1ubi.npz")
    with clock("drawing"):
        plotting.save_picture(V.plot_slice(units="e/A"), folder / "1ubi.png")
    say("")
    say(_table(V, errors, energy, clock))
    say("")
    names = ", ".join(str(folder / f"1ubi.{ending}") for ending in ("dx", "npz", "png"))
    say(f"wrote {names}")
    return max(errors)


class _Clock:
    """Wall time of named steps, and how much of it all went into compiling."""

    def __init__(self) -> None:
        from numba.core import event

        self.seconds: dict[str, float] = {}
        self._compiling = event.RecordingListener()
        event.register("numba:compile", self._compiling)

    def __call__(self, name: str) -> Any:
        return _Step(self, name)

    @property
    def compiling(self) -> float:
        """Return the time during which at least one function was being compiled."""
        depth, total, began = 0, 0.0, 0.0
        for at, item in self._compiling.buffer:
            if item.is_start:
                began = at if depth == 0 else began
                depth += 1
            elif item.is_end:
                depth -= 1
                total += at - began if depth == 0 else 0.0
        return total


class _Step:
    def __init__(self, clock: _Clock, name: str) -> None:
        self._clock, self._name = clock, name

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._clock.seconds[self._name] = time.perf_counter() - self._start


def _errors(V: Any) -> tuple[float, float]:
    """Return the relative l2 errors at points uniform in the box and 1 to 2 Å from atoms."""
    from chebtucker.potentials import direct_potential

    rng = np.random.default_rng(2026)
    lo, hi = V.domain.T
    uniform = rng.uniform(lo, hi, size=(CHECKED, 3))
    away = rng.normal(size=(CHECKED, 3))
    away *= rng.uniform(1, 2, size=(CHECKED, 1)) / np.linalg.norm(away, axis=1, keepdims=True)
    atoms = V.system.positions[rng.integers(len(V.system.charges), size=CHECKED)]
    near = np.clip(atoms + away, lo, hi)

    def error(points: NDArray[np.float64]) -> float:
        exact = direct_potential(V.system, points, V.kernel)
        return float(np.linalg.norm(V(points) - exact) / np.linalg.norm(exact))

    return error(uniform), error(near)


def _table(V: Any, errors: tuple[float, float], energy: float, clock: _Clock) -> str:
    core, factors = V.long.coefficients
    stored = core.size + sum(f.size for f in factors)
    report = V.report()
    steps = ", ".join(f"{name} {seconds:.2f}" for name, seconds in clock.seconds.items())
    total = sum(clock.seconds.values())
    rows = [
        ("atoms", f"{len(V.system.charges):,}"),
        ("degree", " x ".join(map(str, V.degree))),
        ("rank", " x ".join(map(str, V.rank))),
        ("Gaussians", str(report.gaussians)),
        ("cutoff", f"{V.cutoff:.2f} Å, {report.neighbours:.0f} neighbours"),
        ("numbers stored", f"{stored:,} in the long part; the {GRID}^3 grid has {GRID**3:,}"),
        ("energy", f"{energy:.8f} e²/Å"),
        ("tolerance", f"{V.summary.rtol:.0e}"),
        ("error, uniform", f"{errors[0]:.1e} (relative l2, {CHECKED:,} direct sums)"),
        ("error, near atoms", f"{errors[1]:.1e} (relative l2, {CHECKED:,} direct sums)"),
        ("seconds", steps),
        ("seconds in all", f"{total:.1f}, of which compiling {clock.compiling:.1f}"),
    ]
    width = max(len(label) for label, _ in rows)
    return "\n".join(f"  {label:<{width}}  {value}" for label, value in rows)
