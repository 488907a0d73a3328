"""A first look at a function along a few lines: how large it is, and the degrees it needs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.construct.checking import Checks, all_corners
from chebtucker.construct.products import lines_through, on_lines
from chebtucker.construct.sampling import Sampler
from chebtucker.construct.tails import length_needed, plateau_start, refined

Array = NDArray[np.float64]

FIRST = 17  # points on a line at first
_STEPS = np.logspace(-3, 0, 6)
_LINES = 2  # that go on where more than 2 FIRST points are needed
_NOISE_FROM = 1025  # points on a line before noise is told from features that are not resolved


class Length(NamedTuple):
    """Points that an axis needs, and how sure that is.

    `abrupt`: coefficients end there suddenly, as those of a polynomial do. `noisy`: more points
    would resolve noise. `open`: more points than the limit would be needed.
    """

    size: int
    abrupt: bool = False
    noisy: bool = False
    open: bool = False


def first_look(sampler: Sampler, domain: Array, seed: int) -> tuple[Checks, Array]:
    """Return checks at random points, and points (s, d) whose lines shall be looked at.

    A function may be nearly zero almost everywhere, so the largest value is approached by going
    to the largest value on a line through the point, one axis after the other. The first of the
    points is near the largest value, the second near the corner where the function is steepest.
    """
    d = len(domain)
    rng = np.random.default_rng(seed)
    checks = Checks.empty(sampler, domain)
    for count in (32 * d, 20_000):
        checks = checks.joined(np.cos(rng.uniform(0, np.pi, (count, d))))
        if checks.values.any():
            break
    peak = _climbed(sampler, domain, checks)
    corners = all_corners(d)
    checks = checks.joined(np.concatenate([corners, 0.98 * corners]))
    steps = np.abs(np.subtract(*np.split(checks.values[-(2 ** (d + 1)) :], 2)))
    steepest = corners[np.argmax(steps)] * (1 - 0.01 * rng.uniform(0, 1, d))
    inner = rng.uniform(-1, 1, (2 if d == 2 else 1, d))
    starts = np.concatenate([peak[None], steepest[None], inner])
    return checks, starts if d > 1 else starts[:1]


def _climbed(sampler: Sampler, domain: Array, checks: Checks) -> Array:
    """Return a point of larger value, by going to the largest one on a line again and again."""
    highest = int(np.argmax(np.abs(checks.values)))
    peak, largest = checks.t[highest], float(abs(checks.values[highest]))
    for _ in range(3):
        before = largest
        for axis in range(len(domain)):
            near = np.concatenate([peak[axis] - _STEPS, peak[axis] + _STEPS])
            nodes = np.concatenate([chebyshev.points(FIRST), np.clip(near, -1, 1)])
            line = np.repeat(peak[None], len(nodes), axis=0)
            line[:, axis] = nodes
            sizes = np.abs(sampler.at(chebyshev.from_reference(line, *domain.T)))
            if sizes.max() > largest:
                peak, largest = line[np.argmax(sizes)], float(sizes.max())
        if largest <= 1.5 * before:
            break
    return peak


def sizes_on_lines(
    sampler: Sampler, domain: Array, starts: Array, rtol: float, largest_size: int
) -> list[Length]:
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
    nodes = chebyshev.points(min(FIRST, largest_size))
    axes = range(len(domain))
    t = np.concatenate([starts, *(lines_through(starts, k, nodes) for k in axes)])
    known, *first = np.split(
        sampler.at(chebyshev.from_reference(t, *domain.T)).reshape(-1, len(starts)),
        [1 + k * len(nodes) for k in axes],
    )
    return [
        _size_on_lines(_Lines(sampler, domain, starts, k), values, known[0], rtol, largest_size)
        for k, values in zip(axes, first, strict=True)
    ]


class _Lines:
    """Lines along one axis through some points."""

    def __init__(self, sampler: Sampler, domain: Array, starts: Array, axis: int) -> None:
        self.sampler, self.domain, self.starts, self.axis = sampler, domain, starts, axis

    def some(self, which: NDArray[np.intp]) -> _Lines:
        """Return some of the lines."""
        return _Lines(self.sampler, self.domain, self.starts[which], self.axis)

    def at(self, nodes: Array) -> Array:
        """Return values (len(nodes), s)."""
        return on_lines(self.sampler, self.domain, self.starts, self.axis, nodes)


def _size_on_lines(
    lines: _Lines, values: Array, known: Array, rtol: float, largest_size: int
) -> Length:
    """Return the length for one axis, from values (n, s) at the first points of its lines.

    `known` are the values at the points that the lines go through: a narrow peak may lie between
    all points of a line, so its interpolant must pass there too.
    """
    n = len(values)
    tails: list[float] = []
    while True:
        largest = lines.sampler.largest
        coefficients = chebyshev.coefficients(values)
        needed = length_needed(coefficients, rtol, largest)
        seen = (chebyshev.basis(lines.starts[:, lines.axis], n) * coefficients.T).sum(axis=1)
        missed = np.abs(seen - known)  # (s,)
        if needed is not None and bool((missed <= 10 * rtol * largest).all()):
            end = float(np.abs(coefficients[max(needed - 2, 0) : needed]).max())
            return Length(needed, abrupt=end > 10 * rtol * largest)
        tails.append(float(np.abs(coefficients[-(n // 4) :]).max()))
        plateau = plateau_start(coefficients, tails) if n >= _NOISE_FROM else None
        if plateau is not None:
            return Length(plateau, noisy=True)
        if 2 * n - 1 > largest_size:
            return Length(largest_size, open=True)
        if n > FIRST and values.shape[1] > _LINES:
            ends = np.abs(coefficients[-(n // 4) :]).max(axis=0) + missed
            kept = np.argsort(-ends, kind="stable")[:_LINES]
            lines, values, known = lines.some(kept), values[:, kept], known[kept]
        values = refined(values, lines.at(chebyshev.points(2 * n - 1)[1::2]))
        n = 2 * n - 1
