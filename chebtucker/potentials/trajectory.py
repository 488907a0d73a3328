"""Potentials of the frames of a trajectory: one after the other, or their average."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _checks
from chebtucker.potentials.building import potential
from chebtucker.potentials.frames import checked_frames, common_domain
from chebtucker.potentials.range_separated import Potential
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]


def frame_potentials(
    frames: Any,
    charges: ArrayLike | None = None,
    *,
    domain: ArrayLike | None = None,
    progress: bool = False,
    **options: Any,
) -> Iterator[Potential]:
    """Return an iterator over the potentials of the frames of a trajectory.

    Frames are read and potentials are built only when they are asked for, one at a time; nothing
    is kept.

    Parameters
    ----------
    frames : iterable of ParticleSystem, or array_like, shape (F, N, 3)
        The frames; an iterator, a `Trajectory`, a memory-mapped array of positions, ...
    charges : array_like, shape (N,) or (C, N), optional
        Charges of all frames where these are positions only.
    domain : array_like, shape (3, 2), optional
        Box on which all potentials are defined. By default that of the frames together, enlarged
        as by `chebtucker.potential`, for which the frames are read once before; an iterator that
        can be read only once must come with a domain.
    progress : bool
        Whether to draw a bar with the number of frames on standard error.
    **options
        As for `chebtucker.potential`: kernel, rtol, cutoff, targets, prefactor, executor.

    Returns
    -------
    iterator of Potential
        One for each frame, on one domain.

    Raises
    ------
    ValueError, TypeError
        For a frame with NaN, of another number of particles, ...; names the frame's number. The
        potentials of the frames before it have been returned by then.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> steps = np.linspace(1.0, 2.0, 3)
    >>> frames = [[[0, 0, 0], [0, 0, z]] for z in steps]
    >>> [round(V.energy(), 5) for V in ct.frame_potentials(frames, [1, -1], rtol=1e-8)]
    [-1.0, -0.66667, -0.5]
    """
    box = _domain(frames, charges, domain)
    return _potentials(frames, charges, box, progress, options)


def average_potential(
    frames: Any,
    at: Any,
    charges: ArrayLike | None = None,
    *,
    domain: ArrayLike | None = None,
    progress: bool = False,
    **options: Any,
) -> Array:
    """Return the mean over the frames of a trajectory of the potential at points or on a grid.

    One frame is held at a time, beside the sums.

    Parameters
    ----------
    frames, charges, domain, progress, **options
        As for `frame_potentials`.
    at : array_like, shape (..., 3), or tuple of three
        Points, or the axes of a grid as for `Potential.on_grid`: counts or coordinates.

    Returns
    -------
    ndarray, shape (...) or (n1, n2, n3)
        The mean at the points or on the grid; with C charge sets a leading axis C. inf where a
        particle is in any frame.

    Raises
    ------
    ValueError, TypeError
        As for `frame_potentials`.

    Notes
    -----
    The relative l2 error of every frame is at most `rtol`, so that of the mean is at most `rtol`
    times the mean size of the potentials: where frames cancel, relative to the mean it is more.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> frames = [[[0, 0, z]] for z in (-1.0, 1.0)]
    >>> mean = ct.average_potential(frames, [0, 0, 3.0], [1.0], domain=[(-4, 4)] * 3, rtol=1e-8)
    >>> round(float(mean), 6)
    0.375
    """
    grid = isinstance(at, tuple)
    if grid and len(at) != 3:
        raise ValueError(f"`at` must be points or a tuple of three axes, got {len(at)}")
    points = None if grid else _checks.real_array(at, "at")
    total: Any = None
    count = 0
    each = frame_potentials(frames, charges, domain=domain, progress=progress, **options)
    for V in each:
        values = V.on_grid(*at) if grid else V(points)  # type: ignore[arg-type]
        if total is None:
            total = values
        else:
            total += values  # in place
        count += 1
    return np.asarray(total / count)


def _domain(frames: Any, charges: ArrayLike | None, domain: ArrayLike | None) -> Array:
    if domain is not None:
        return _checks.domain(domain, ndim=3)
    if isinstance(frames, Iterator):
        raise ValueError(
            "`domain` must be given where frames can be read only once, got None with a "
            f"{type(frames).__name__}"
        )
    return common_domain(frames, charges)


def _potentials(
    frames: Any, charges: ArrayLike | None, domain: Array, progress: bool, options: dict[str, Any]
) -> Iterator[Potential]:
    systems = checked_frames(frames, charges)
    for number, system in enumerate(_with_bar(systems, frames) if progress else systems):
        try:
            result = potential(system, domain=domain, **options)
        except (TypeError, ValueError) as error:
            raise type(error)(f"frame {number}: {error}") from error
        yield result


def _with_bar(systems: Iterator[ParticleSystem], frames: Any) -> Iterator[ParticleSystem]:
    from tqdm import tqdm

    total = len(frames) if hasattr(frames, "__len__") else None
    return iter(tqdm(systems, total=total, unit="frame", leave=False))
