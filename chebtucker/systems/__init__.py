"""Particles and crystals."""

from chebtucker.systems.lattice import Lattice
from chebtucker.systems.particles import ParticleSystem

__all__ = ["Lattice", "ParticleSystem"]
