"""Random systems of charged particles of any size, for studies without files."""

from __future__ import annotations

import math

import numpy as np

from chebtucker.systems import ParticleSystem

DENSITY = 0.1
"""Atoms in a cubic Angstrom, as in proteins."""


def globule(count: int, seed: int = 0) -> ParticleSystem:
    """Return a ball of atoms about the origin at the density of a protein, with partial charges.

    They are on a jittered cubic grid, so none are too close; the total charge is zero.

    Examples
    --------
    >>> globule(500)
    ParticleSystem(500 particles, total charge +0.000)
    """
    rng = np.random.default_rng([seed, count])
    spacing = DENSITY ** (-1 / 3)
    reach = math.ceil((3 * count / (4 * math.pi)) ** (1 / 3)) + 1
    axis = spacing * np.arange(-reach, reach + 1)
    sites = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    nearest = np.argsort((sites**2).sum(axis=1), kind="stable")[:count]
    positions = sites[nearest] + rng.uniform(-0.2, 0.2, (count, 3)) * spacing
    return ParticleSystem(positions, _partial_charges(count, rng))


def uniform_particles(count: int, side: float, seed: int = 0) -> ParticleSystem:
    """Return particles anywhere in a cube about the origin, with partial charges."""
    rng = np.random.default_rng([seed, count])
    positions = rng.uniform(-side / 2, side / 2, (count, 3))
    return ParticleSystem(positions, _partial_charges(count, rng))


def nearest_to_centre(system: ParticleSystem, count: int) -> ParticleSystem:
    """Return the particles that are nearest to the mean of all positions."""
    away = ((system.positions - system.positions.mean(axis=0)) ** 2).sum(axis=1)
    chosen = np.sort(np.argsort(away, kind="stable")[:count])
    return ParticleSystem(system.positions[chosen], system.charges[chosen])


def _partial_charges(count: int, rng: np.random.Generator) -> np.ndarray:
    charges = 0.4 * rng.standard_normal(count)
    return charges - charges.mean()
