"""Frames of a trajectory, checked one by one as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker.potentials.sampling import enlarged
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]


def checked_frames(frames: Any, charges: ArrayLike | None) -> Iterator[ParticleSystem]:
    """Yield the frames as particle systems, as many particles in each as in the first.

    Errors name the number of the frame.
    """
    if isinstance(frames, ParticleSystem | str | bytes) or not isinstance(frames, Iterable):
        got = type(frames).__name__
        raise TypeError(
            "`frames` must be an iterable of ParticleSystem, or an array of shape (F, N, 3), "
            f"got {got}"
        )
    if isinstance(frames, np.ndarray) and (frames.ndim != 3 or frames.shape[2] != 3):
        raise ValueError(f"`frames` must be an array of shape (F, N, 3), got shape {frames.shape}")
    first: int | None = None
    for number, frame in enumerate(frames):
        system = _system(frame, charges, number)
        first = len(system) if first is None else first
        if len(system) != first:
            raise ValueError(
                f"`frames` must have {first} particles like frame 0, got {len(system)} in frame "
                f"{number}"
            )
        yield system
    if first is None:
        raise ValueError("`frames` must hold at least one frame, got none")


def _system(frame: Any, charges: ArrayLike | None, number: int) -> ParticleSystem:
    if isinstance(frame, ParticleSystem):
        if charges is not None:
            raise TypeError(
                f"`charges` must be None where frames are ParticleSystems, got some at frame "
                f"{number}"
            )
        return frame
    if charges is None:
        raise TypeError(
            f"`charges` must be given where frames are arrays, got None at frame {number}"
        )
    try:
        return ParticleSystem(frame, charges)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise type(error)(f"frame {number}: {error}") from None


def common_domain(frames: Any, charges: ArrayLike | None = None) -> Array:
    """Return the default domain (3, 2) of all frames together; reads each of them once."""
    boxes = np.stack([system.bounding_box for system in checked_frames(frames, charges)])
    return enlarged(np.stack([boxes[:, :, 0].min(axis=0), boxes[:, :, 1].max(axis=0)], axis=1))
