"""One test function, and what is known about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GalleryFunction:
    """A test function on a box.

    Parameters
    ----------
    name : str
        What it is found by in the gallery.
    function : callable
        Takes one array for each variable, all of one shape.
    domain : tuple of tuple of float
        Lower and upper end on every axis.
    about : str
        What is hard about it, or where it is from.
    integral : float, optional
        Its integral over the domain, to all digits.
    rank : tuple of int, optional
        Its Tucker rank, where that is finite.
    smooth : bool
        Whether polynomials converge geometrically, so that small tolerances are within reach.

    Examples
    --------
    >>> import chebtucker as ct
    >>> wave = ct.gallery["plane wave"]
    >>> f = ct.from_function(wave, wave.domain, rtol=1e-8)
    >>> f.rank == wave.rank
    True
    """

    name: str
    function: Callable[..., Any]
    domain: tuple[tuple[float, float], ...]
    about: str
    integral: float | None = None
    rank: tuple[int, ...] | None = None
    smooth: bool = True

    def __call__(self, *points: Array) -> Array:
        """Return the values at points given by d arrays."""
        values: Array = np.asarray(self.function(*points), dtype=np.float64)
        return values

    @property
    def ndim(self) -> int:
        """How many variables."""
        return len(self.domain)
