"""Potentials of particles that are read a chunk at a time, on any executor."""
