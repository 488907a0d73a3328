"""A first look at a function along a few lines: how large it is, and the degrees it needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.construct.sampling import Sampler

Array = NDArray[np.float64]

FIRST = 17  # points on a line at first


def starting_points(sampler: Sampler, domain: Array, seed: int) -> Array:
    """Return points (s, d) whose lines shall be looked at; the last is near the largest value.

    A function may be nearly zero almost everywhere, so the largest value is approached by going
    to the largest value on a line through the point, one axis after the other.
    """
    d = len(domain)
    rng = np.random.default_rng(seed)
    for count in (500, 20_000):
        t = np.cos(rng.uniform(0, np.pi, (count, d)))
        values = np.abs(sampler.at(_mapped(t, domain)))
        if values.any():
            break
    peak = t[np.argmax(values)]
    steps = np.logspace(-4, 0, 30)
    for axis in [*range(d)] * 3:
        nodes = np.concatenate([chebyshev.points(65), peak[axis] - steps, peak[axis] + steps])
        line = _line(peak, axis, np.clip(nodes, -1, 1))
        sizes = np.abs(sampler.at(_mapped(line, domain)))
        peak = line[np.argmax(sizes)] if sizes.max() > 0 else peak
    inner = rng.uniform(-1, 1, (3, d))
    corner = np.sign(rng.uniform(-1, 1, (2, d))) * (1 - 0.02 * rng.uniform(0, 1, (2, d)))
    return np.concatenate([inner, corner, peak[None]])


def sizes_on_lines(
    sampler: Sampler, domain: Array, starts: Array, rtol: float, largest_size: int
) -> list[int]:
    """Return for each axis how many coefficients its lines need.

    Parameters
    ----------
    starts : ndarray, shape (s, d)
        Points in [-1, 1]^d; s lines along each axis go through them.
    rtol : float
        Relative to the largest value seen anywhere.
    largest_size : int
        Where to give up.
    """
    known = sampler.at(_mapped(starts, domain))
    axes = range(len(domain))
    return [_size_on_lines(sampler, domain, starts, known, k, rtol, largest_size) for k in axes]


def _size_on_lines(
    sampler: Sampler,
    domain: Array,
    starts: Array,
    known: Array,
    axis: int,
    rtol: float,
    largest_size: int,
) -> int:
    """Return the size for one axis; `known` are the values at the points the lines go through.

    A narrow peak may lie between all points of a line, so its interpolant must pass there too.
    """
    n = min(FIRST, largest_size)
    values = _on_lines(sampler, domain, starts, axis, chebyshev.points(n))  # (n, s)
    while True:
        coefficients = chebyshev.coefficients(values)
        needed = length_needed(coefficients, rtol, sampler.largest)
        seen = (chebyshev.basis(starts[:, axis], n) * coefficients.T).sum(axis=1)  # (s,)
        passes = bool((np.abs(seen - known) <= 10 * rtol * sampler.largest).all())
        if needed is not None and passes:
            return needed
        if 2 * n - 1 > largest_size:
            return largest_size
        finer = np.empty((2 * n - 1, values.shape[1]))
        finer[::2] = values
        nodes = chebyshev.points(2 * n - 1)[1::2]
        finer[1::2] = _on_lines(sampler, domain, starts, axis, nodes)
        n, values = 2 * n - 1, finer


def length_needed(coefficients: Array, rtol: float, scale: float) -> int | None:
    """Return how many coefficients (n, m) matter, or None where n points do not show it.

    A plateau has been reached below rtol * scale; what is cut off is below that too.
    """
    size = float(np.abs(coefficients).max())
    if size <= rtol * scale:
        return 1
    n = len(coefficients)
    kept = chebyshev.chop(coefficients, rtol * scale / size)
    return None if kept >= n else kept


def _on_lines(sampler: Sampler, domain: Array, starts: Array, axis: int, nodes: Array) -> Array:
    """Return values (len(nodes), s) on the lines through the points along an axis."""
    points = np.repeat(starts[None], len(nodes), axis=0)  # (n, s, d)
    points[:, :, axis] = nodes[:, None]
    flat = _mapped(points.reshape(-1, points.shape[-1]), domain)
    return sampler.at(flat).reshape(len(nodes), -1)


def _line(point: Array, axis: int, nodes: Array) -> Array:
    points = np.repeat(point[None], len(nodes), axis=0)
    points[:, axis] = nodes
    return points


def _mapped(t: Array, domain: Array) -> Array:
    return chebyshev.from_reference(t, domain[:, 0], domain[:, 1])
