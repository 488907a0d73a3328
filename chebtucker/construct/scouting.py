"""A first look at a function along a few lines: how large it is, and the degrees it needs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.construct.checking import Checks, all_corners
from chebtucker.construct.products import at_each, lines_through
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
    corners = all_corners(d)
    inward = np.concatenate([corners, 0.98 * corners])
    random = np.cos(rng.uniform(0, np.pi, (32 * d, d)))
    checks = Checks.empty(sampler, domain).joined(np.concatenate([random, inward]))
    steps = np.abs(np.subtract(*np.split(checks.values[-len(inward) :], 2)))
    if not checks.values.any():
        checks = checks.joined(np.cos(rng.uniform(0, np.pi, (20_000, d))))
    peak = _climbed(sampler, domain, checks)
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
            line = lines_through(peak[None], axis, nodes)
            sizes = np.abs(at_each(sampler, domain, [line])[0])
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
    sets = [lines_through(starts, k, nodes) for k in range(len(domain))]
    known, *values = at_each(sampler, domain, [starts, *sets])
    axes = [_Lines(k, starts, some.reshape(len(nodes), -1), known) for k, some in enumerate(values)]
    while True:
        for one in axes:
            if one.found is None:
                one.found = one.length(rtol, sampler.largest, largest_size)
        left = [one for one in axes if one.found is None]
        if not left:
            return [one.found for one in axes if one.found is not None]
        for one, some in zip(
            left, at_each(sampler, domain, [one.between() for one in left]), strict=True
        ):
            one.refine(some)


class _Lines:
    """Lines along one axis through points (s, d), until they are resolved.

    `values` (n, s) are those at n points of each line. `known` (s,) are those at the points that
    the lines go through: a narrow peak may lie between all points of a line, so its interpolant
    must pass there too.
    """

    def __init__(self, axis: int, starts: Array, values: Array, known: Array) -> None:
        self.axis = axis
        self.starts, self.values, self.known = starts, values, known
        self.tails: list[float] = []
        self.found: Length | None = None

    def length(self, rtol: float, largest: float, largest_size: int) -> Length | None:
        """Return the length for the axis, or None where it takes more points to tell."""
        n = len(self.values)
        coefficients = chebyshev.coefficients(self.values)
        needed = length_needed(coefficients, rtol, largest)
        seen = (chebyshev.basis(self.starts[:, self.axis], n) * coefficients.T).sum(axis=1)
        missed = np.abs(seen - self.known)  # (s,)
        if needed is not None and bool((missed <= 10 * rtol * largest).all()):
            end = float(np.abs(coefficients[max(needed - 2, 0) : needed]).max())
            return Length(needed, abrupt=end > 10 * rtol * largest)
        ends = np.abs(coefficients[-(n // 4) :]).max(axis=0)  # (s,)
        self.tails.append(float(ends.max()))
        plateau = plateau_start(coefficients, self.tails) if n >= _NOISE_FROM else None
        if plateau is not None:
            return Length(plateau, noisy=True)
        if 2 * n - 1 > largest_size:
            return Length(largest_size, open=True)
        if n > FIRST and len(self.starts) > _LINES:
            self._keep(np.argsort(-(ends + missed), kind="stable")[:_LINES])
        return None

    def _keep(self, which: NDArray[np.intp]) -> None:
        self.starts, self.known = self.starts[which], self.known[which]
        self.values = self.values[:, which]

    def between(self) -> Array:
        """Return the points between those that are known."""
        nodes = chebyshev.points(2 * len(self.values) - 1)[1::2]
        return lines_through(self.starts, self.axis, nodes)

    def refine(self, values: Array) -> None:
        """Take the values at the points between."""
        self.values = refined(self.values, values.reshape(-1, len(self.starts)))
