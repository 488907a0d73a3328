"""Points at which functions are looked at and compared."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev

Array = NDArray[np.float64]


def spread(count: int, d: int, rng: np.random.Generator) -> Array:
    """Return points that fill [0, 1]^d evenly from a random start, (count, d).

    Independent points leave holes, where a narrow feature stays unseen. These are multiples of
    (1/g, .., 1/g^d) modulo 1, a Kronecker sequence, with g^(d+1) = g + 1: the golden ratio for
    one dimension (M. Roberts, The unreasonable effectiveness of quasirandom sequences, 2018).
    """
    g = 1.5
    for _ in range(40):  # a fixed point; the error is at least halved each time
        g = (1 + g) ** (1 / (d + 1))
    start = rng.uniform(0, 1, d)
    return np.asarray((start + np.arange(count)[:, None] * g ** -np.arange(1.0, d + 1)) % 1)


def crowded(count: int, d: int, rng: np.random.Generator) -> Array:
    """Return points of [-1, 1]^d, (count, d), spread with the density of Chebyshev points."""
    return np.asarray(np.cos(np.pi * spread(count, d, rng)))


def all_corners(d: int) -> Array:
    """Return the corners of [-1, 1]^d, (2^d, d)."""
    return np.array(list(product((1.0, -1.0), repeat=d)))


def reference(d: int) -> Array:
    """Return the box [-1, 1]^d, (d, 2)."""
    return np.array([[-1.0, 1.0]] * d)


def sample_points(domain: Array, count: int, seed: int = 0) -> Array:
    """Return points for checks, (count + corners, d), and all corners at the end.

    Half of them are spread evenly; half with the density of Chebyshev points, near the faces.
    """
    d = len(domain)
    rng = np.random.default_rng(seed)
    half = crowded(count // 2, d, rng)
    even = 2 * spread(count - count // 2, d, rng) - 1
    t = np.concatenate([half, even, all_corners(d)])
    return chebyshev.from_reference(t, domain[:, 0], domain[:, 1])
