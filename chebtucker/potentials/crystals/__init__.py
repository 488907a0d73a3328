"""Potentials of crystals whose sites are never listed."""
