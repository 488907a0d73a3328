"""Errors in the norm that potentials state theirs in, and points where these are largest."""

import numpy as np


def relative(approximate, exact):
    """Relative l2 error over all values."""
    return np.linalg.norm(approximate - exact) / np.linalg.norm(exact)


def points_near(rng, system, domain, count=300, distance=(0.03, 0.06)):
    """Points in the domain whose distance from some particle is between two lengths."""
    step = rng.normal(size=(count, 3))
    step *= rng.uniform(*distance, size=(count, 1)) / np.linalg.norm(step, axis=1, keepdims=True)
    points = system.positions[rng.integers(len(system), size=count)] + step
    return np.clip(points, *np.asarray(domain).T)
