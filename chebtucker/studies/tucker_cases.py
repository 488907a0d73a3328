"""Functions whose values fill a grid: from the gallery, and the long part of a real protein."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck import ChebTuck
from chebtucker.collection import GalleryFunction, gallery
from chebtucker.construct import from_function
from chebtucker.potentials import potential
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]

PROTEIN = "protein"
CUTOFF = 8.0
"""Range of what is left out of the protein's potential, in Angstrom."""

_ACCURACY = 1e-10


@dataclass(frozen=True, eq=False)
class Case:
    """A function, as exact as it is needed, what fills its grid of n^3 values, what makes it."""

    name: str
    function: ChebTuck
    sample: Callable[[int], Array]
    build: Callable[[float], ChebTuck]


def gallery_case(name: str) -> Case:
    """Return a function of three variables of the gallery; its grid is filled by itself."""
    entry = gallery[name]

    def build(rtol: float) -> ChebTuck:
        return from_function(entry, entry.domain, rtol=rtol)

    return Case(name, build(_ACCURACY), partial(_values, entry), build)


def long_part_case(system: ParticleSystem, cutoff: float = CUTOFF) -> Case:
    """Return the long-range part of the potential of charged atoms, beyond a cutoff."""

    def build(rtol: float) -> ChebTuck:
        return potential(system, rtol=rtol, cutoff=cutoff).long

    long = build(_ACCURACY)
    return Case(PROTEIN, long, lambda n: long.on_grid(n, n, n), build)


def _values(entry: GalleryFunction, n: int) -> Array:
    """Return values (n, n, n) on a uniform grid, both ends included, a slab at a time."""
    x, y, z = (np.linspace(lo, hi, n) for lo, hi in entry.domain)
    values = np.empty((n, n, n))
    ones = np.ones((1, n, n))
    for i in range(n):
        values[i] = entry(x[i] * ones, y[None, :, None] * ones, z * ones)[0]
    return values
