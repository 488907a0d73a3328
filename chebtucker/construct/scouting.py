"""A first look at a function along a few lines: how large it is, and the degrees it needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.chebtuck.evaluation import all_corners, crowded
from chebtucker.construct.checking import Checks
from chebtucker.construct.lines import Lines, lines_through, refine_all
from chebtucker.construct.products import at_each
from chebtucker.construct.sampling import Sampler
from chebtucker.construct.tails import length_needed, plateau_start

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


class FirstLook(NamedTuple):
    """What is known of a function before its degrees.

    `checks` holds every point that was looked at. Lines shall be looked at through the points
    `starts` (s, d): the first is near the largest value, the second near the corner where the
    function is steepest. `lines` has for each axis the values at `FIRST` points on the line
    through the first of them, or None where they are not known.
    """

    checks: Checks
    starts: Array
    lines: tuple[Array | None, ...]


def first_look(sampler: Sampler, domain: Array, seed: int) -> FirstLook:
    """Look at random points, at corners, and for the largest value.

    A function may be nearly zero almost everywhere, so the largest value is approached by going
    to the largest value on a line through the point, one axis after the other.
    """
    d = len(domain)
    rng = np.random.default_rng(seed)
    corners = all_corners(d)
    inward = np.concatenate([corners, 0.98 * corners])
    random = crowded(32 * d, d, rng)
    checks = Checks.empty(sampler, domain).joined(np.concatenate([random, inward]))
    steps = np.abs(np.subtract(*np.split(checks.values[-len(inward) :], 2)))
    if not checks.values.any():
        checks = checks.joined(crowded(20_000, d, rng))
    checks, peak, lines = _climbed(checks)
    steepest = corners[np.argmax(steps)] * (1 - 0.01 * rng.uniform(0, 1, d))
    inner = rng.uniform(-1, 1, (2 if d == 2 else 1, d))
    starts = np.concatenate([peak[None], steepest[None], inner])
    return FirstLook(checks, starts if d > 1 else starts[:1], lines)


def _climbed(checks: Checks) -> tuple[Checks, Array, tuple[Array | None, ...]]:
    """Go from the largest value to the largest one on a line through it, again and again.

    Returns the checks with all points on the way, the last point (d,), and those of the values
    that are on lines through it, as in `FirstLook`.
    """
    highest = int(np.argmax(np.abs(checks.values)))
    peak, largest = checks.t[highest], float(abs(checks.values[highest]))
    lines: list[Array | None] = [None] * len(peak)
    for _ in range(3):
        before = largest
        for axis in range(len(peak)):
            near = peak[axis] + np.concatenate([-_STEPS, _STEPS])
            nodes = [chebyshev.points(FIRST), np.clip(near, -1, 1)]
            line = checks.fresh(lines_through(peak[None], axis, np.concatenate(nodes)))
            checks, sizes = checks.with_checks(line), np.abs(line.values)
            if sizes.max() > largest:
                peak, largest = line.t[np.argmax(sizes)], float(sizes.max())
                lines = [None] * len(peak)  # those do not pass through it
            lines[axis] = line.values[:FIRST]
        if largest <= 1.5 * before:
            break
    return checks, peak, tuple(lines)


def sizes_on_lines(
    sampler: Sampler,
    domain: Array,
    starts: Array,
    rtol: float,
    largest_size: int,
    lines: Sequence[Array | None] = (),
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
    lines : sequence of (ndarray or None), optional
        What is known of the lines through the first of the points, as in `FirstLook`.
    """
    nodes = chebyshev.points(min(FIRST, largest_size))
    usable = lines if lines and len(nodes) == FIRST else [None] * len(domain)
    first = [np.empty((len(nodes), 0)) if one is None else one[:, None] for one in usable]
    sets = [lines_through(starts[one.shape[1] :], k, nodes) for k, one in enumerate(first)]
    known, *values = at_each(sampler, domain, [starts, *sets])
    axes = [
        _Lines(k, starts, np.hstack([one, some.reshape(len(nodes), -1)]), known)
        for k, (one, some) in enumerate(zip(first, values, strict=True))
    ]
    while True:
        for one in axes:
            if one.found is None:
                one.found = one.length(rtol, sampler.largest, largest_size)
        left = [one for one in axes if one.found is None]
        if not left:
            return [one.found for one in axes if one.found is not None]
        refine_all(sampler, domain, left)


class _Lines(Lines):
    """Lines along one axis through points (s, d), until they are resolved.

    `values` (n, s) are those at n points of each line. `known` (s,) are those at the points that
    the lines go through: a narrow peak may lie between all points of a line, so its interpolant
    must pass there too.
    """

    def __init__(self, axis: int, starts: Array, values: Array, known: Array) -> None:
        super().__init__(axis, starts, values)
        self.known = known
        self.tails: list[float] = []
        self.found: Length | None = None

    def length(self, rtol: float, largest: float, largest_size: int) -> Length | None:
        """Return the length for the axis, or None where it takes more points to tell."""
        n = self.size
        coefficients = chebyshev.coefficients(self.values)
        needed = length_needed(coefficients, rtol, largest)
        seen = (chebyshev.basis(self.places[:, self.axis], n) * coefficients.T).sum(axis=1)
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
        if n > FIRST and len(self.places) > _LINES:
            self._keep(np.argsort(-(ends + missed), kind="stable")[:_LINES])
        return None

    def _keep(self, which: NDArray[np.intp]) -> None:
        self.places, self.known = self.places[which], self.known[which]
        self.values = self.values[:, which]
