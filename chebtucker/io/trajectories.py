"""Topologies and trajectories of molecular dynamics, read by MDAnalysis."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

import numpy as np

from chebtucker import _checks
from chebtucker.io.atomic import ending
from chebtucker.io.text import counted
from chebtucker.systems import ParticleSystem

TOPOLOGIES = (".psf", ".prmtop", ".parm7", ".tpr", ".mol2")
"""Endings of files that hold charges; TPR and MOL2 hold positions too."""

PathLike = str | os.PathLike[str]


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory(Sequence[ParticleSystem]):
    """Frames of charged particles, read from their files when they are asked for.

    Made by `chebtucker.read_trajectory`: ``trajectory[5]`` is a `ParticleSystem`,
    ``trajectory[::10]`` another trajectory, and a loop holds one frame at a time.

    Parameters
    ----------
    atoms : MDAnalysis.AtomGroup
        The atoms, of a universe with charges and a trajectory.
    frames : range
        Which frames of the files.
    """

    atoms: Any
    frames: range

    def __len__(self) -> int:
        return len(self.frames)

    @overload
    def __getitem__(self, index: int) -> ParticleSystem: ...
    @overload
    def __getitem__(self, index: slice) -> Trajectory: ...
    def __getitem__(self, index: int | slice) -> ParticleSystem | Trajectory:
        """Return the particles of one frame, or the trajectory of some."""
        if isinstance(index, slice):
            return replace(self, frames=self.frames[index])
        try:
            frame = self.frames[index]
        except IndexError:
            raise IndexError(
                f"the trajectory has {counted(len(self), 'frame')}, got index {index}"
            ) from None
        self.atoms.universe.trajectory[frame]
        names = self.atoms.names.tolist() if hasattr(self.atoms, "names") else None
        return ParticleSystem(
            self.atoms.positions.astype(np.float64), self.atoms.charges, names=names
        )

    def __repr__(self) -> str:
        """Return how many particles and frames."""
        particles, frames = counted(len(self.atoms), "particle"), counted(len(self), "frame")
        return f"Trajectory({particles}, {frames})"


def read_trajectory(
    topology: PathLike,
    coordinates: PathLike | Sequence[PathLike] | None = None,
    *,
    select: str | None = None,
) -> Trajectory:
    """Return the frames of a trajectory with the charges of a topology.

    Parameters
    ----------
    topology : path_like
        A file with charges: ``.psf``, ``.prmtop``, ``.parm7``, ``.tpr``, ``.mol2`` or another
        that MDAnalysis reads charges from, such as ``.pqr``.
    coordinates : path_like or sequence of path_like, optional
        One or more files of positions: DCD, XTC, TRR, NetCDF, INPCRD, GRO, PDB and others.
        Not needed where the topology has positions.
    select : str, optional
        Some atoms in MDAnalysis' language, as ``"protein"`` or ``"not resname SOL"``.

    Returns
    -------
    Trajectory
        A sequence of `ParticleSystem`, read when asked for; positions in Angstrom, charges in e.

    Raises
    ------
    ImportError
        Where MDAnalysis is not installed: ``pip install 'chebtucker[md]'``.
    OSError
        If a file cannot be opened.
    ValueError
        If a file is not what its ending says or is cut short, the numbers of atoms differ, or
        there are no charges, no positions or no selected atoms.

    Notes
    -----
    Periodic images are not made whole: particles are where the file has them.

    Examples
    --------
    >>> import chebtucker as ct
    >>> from chebtucker.systems.examples import example_file
    >>> ct.read_trajectory(example_file(), select="resid 1-3")
    Trajectory(55 particles, 1 frame)
    """
    mda = _mdanalysis()
    first = _checks.existing(topology)
    others = [] if coordinates is None else [_checks.existing(p) for p in _listed(coordinates)]
    universe = _universe(mda, first, others)
    atoms = universe.atoms
    if not hasattr(atoms, "charges"):
        raise ValueError(f"{topology}: has no charges")
    if not hasattr(universe, "trajectory"):
        raise ValueError(f"{topology}: has no positions; give `coordinates`, a file with them")
    if select is not None:
        atoms = _selected(atoms, select)
    return Trajectory(atoms, range(len(universe.trajectory)))


def read_frame(
    topology: PathLike,
    coordinates: PathLike | Sequence[PathLike] | None = None,
    *,
    frame: int = 0,
    select: str | None = None,
) -> ParticleSystem:
    """Return one frame of a trajectory; see `read_trajectory`."""
    trajectory = read_trajectory(topology, coordinates, select=select)
    count, frame = len(trajectory), _checks.integer(frame, "frame", minimum=-(2**63))
    if not -count <= frame < count:
        raise ValueError(f"`frame` must be between {-count} and {count - 1}, got {frame}")
    return trajectory[frame]


def _mdanalysis() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import MDAnalysis
    except ImportError:
        raise ImportError(
            "topologies and trajectories need MDAnalysis: pip install 'chebtucker[md]'"
        ) from None
    return MDAnalysis


def _listed(coordinates: PathLike | Sequence[PathLike]) -> list[PathLike]:
    return [coordinates] if isinstance(coordinates, str | os.PathLike) else list(coordinates)


def _universe(mda: Any, topology: Path, coordinates: list[Path]) -> Any:
    """Return a universe; whatever goes wrong in reading is a ValueError that names the file."""
    options = {"format": "INPCRD"} if _is_restart(coordinates) else {}
    with _quiet():
        try:
            return mda.Universe(str(topology), *map(str, coordinates), **options)
        except (MemoryError, KeyboardInterrupt):
            raise
        except Exception as error:  # the readers raise many kinds on damaged files
            # Raised below, when the half-open reader that `error` holds is gone.
            text = " ".join(str(error).split())[:300] or type(error).__name__
    files = ", ".join(str(path) for path in (topology, *coordinates))
    raise ValueError(f"{files}: cannot be read, perhaps cut short or of another kind ({text})")


def _is_restart(coordinates: list[Path]) -> bool:
    """Say whether these are Amber restart files as text, which MDAnalysis calls .inpcrd."""
    if [ending(path) for path in coordinates] != [".rst7"]:
        return False
    with coordinates[0].open("rb") as file:
        return not file.read(8).startswith((b"CDF", b"\x89HDF"))


def _selected(atoms: Any, select: str) -> Any:
    with _quiet():
        try:
            chosen = atoms.select_atoms(select)
        except Exception as error:
            text = " ".join(str(error).split())[:200]
            raise ValueError(f"`select` must name atoms as MDAnalysis does: {text}") from None
    if len(chosen) == 0:
        raise ValueError(f"`select` must name at least one atom, got none by {select!r}")
    return chosen


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep MDAnalysis' warnings, and its readers' complaints when they are dropped, silent."""
    hook = sys.unraisablehook
    sys.unraisablehook = lambda *_: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.unraisablehook = hook
