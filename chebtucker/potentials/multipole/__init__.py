"""Potentials of dipoles and quadrupoles."""
