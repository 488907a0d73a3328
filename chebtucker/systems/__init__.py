"""Particles, in memory or a chunk at a time, and crystals."""

from chebtucker.systems.chunks import ParticleChunks
from chebtucker.systems.lattice import Lattice
from chebtucker.systems.particles import ParticleSystem

__all__ = ["Lattice", "ParticleChunks", "ParticleSystem"]
