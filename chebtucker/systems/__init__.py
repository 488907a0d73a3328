"""Particles and crystals."""

from chebtucker.systems.particles import ParticleSystem

__all__ = ["ParticleSystem"]
