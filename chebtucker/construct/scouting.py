"""A first look at a function: how large it is, and its values on a few lines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.chebtuck.points import all_corners, crowded
from chebtucker.construct.checking import Checks
from chebtucker.construct.lines import Stars, lines_through
from chebtucker.construct.sampling import Sampler

Array = NDArray[np.float64]

_STEPS = np.logspace(-3, 0, 6)  # distances from a large value
_CLIMBS = 4  # points that lines are looked at through, on the way to the largest value
_AS_LARGE = 1.5  # times the value at such a point: nothing on its lines is much larger


class FirstLook(NamedTuple):
    """What is known of a function before its degrees.

    `checks` holds every point that was looked at, `stars` the values on lines through some of
    them: the first is near the largest value, the second near the corner where the function is
    steepest, others are anywhere.
    """

    checks: Checks
    stars: Stars

    def in_units(self, unit: float) -> FirstLook:
        """Return it with all values divided by a unit."""
        return FirstLook(self.checks.in_units(unit), self.stars.in_units(unit))


def first_look(sampler: Sampler, domain: Array, seed: int, size: int) -> FirstLook:
    """Look at random points, at corners, on lines of `size` points, and for the largest value.

    A function may be nearly zero almost everywhere, so the largest value is approached by going
    to the largest values on lines through the point.
    """
    d = len(domain)
    rng = np.random.default_rng(seed)
    corners = all_corners(d)
    inward = np.concatenate([corners, 0.98 * corners])
    random = crowded(24 * d, d, rng)
    checks = Checks.empty(sampler, domain).joined(np.concatenate([random, inward]))
    steps = np.abs(np.subtract(*np.split(checks.values[-len(inward) :], 2)))
    if not checks.values.any():
        checks = checks.joined(crowded(20_000, d, rng))
    steepest = corners[np.argmax(steps)] * (1 - 0.01 * rng.uniform(0, 1, d))
    inner = rng.uniform(-1, 1, (2 if d == 2 else 1, d))
    others = np.concatenate([steepest[None], inner]) if d > 1 else np.empty((0, d))
    look = _climbed(checks, others, chebyshev.points(size))
    unit = sampler.take_unit()
    return look if unit == 1 else look.in_units(unit)


def _climbed(checks: Checks, others: Array, nodes: Array) -> FirstLook:
    """Look at lines through the point of the largest value, and go to the largest one on them.

    The largest values on the lines of a point are put together, as those of a product of functions
    can be; where that leads to nothing larger, the largest value so far is the next point. The
    first lines are those through some `others` too.
    """
    center = checks.t[np.argmax(np.abs(checks.values))]
    stars, checks = _looked(checks, center, others, nodes)
    for _ in range(_CLIMBS - 1 if len(center) > 1 else 0):
        top = int(np.argmax(np.abs(checks.values)))
        if abs(checks.values[top]) <= _AS_LARGE * abs(stars.known[0]):
            break
        on_line = np.count_nonzero(checks.t[top] != center) == 1
        center = _put_together(checks, center) if on_line else checks.t[top]
        star, checks = _looked(checks, center, others[:0], nodes)
        stars = stars.with_first(star)
    return FirstLook(checks, stars)


def _looked(checks: Checks, center: Array, others: Array, nodes: Array) -> tuple[Stars, Checks]:
    """Look at lines through a center and others, and near the center; return all checks too."""
    centers = np.concatenate([center[None], others])
    points = Stars.points(centers, nodes)
    climbing = enumerate(center) if len(center) > 1 else ()  # in one dimension nothing is climbed
    near = [lines_through(center[None], k, _near(x)) for k, x in climbing]
    new = checks.fresh(np.concatenate([points, *near]))
    return Stars.of(centers, new.values[: len(points)]), checks.with_checks(new)


def _near(x: float) -> Array:
    """Return points of (-1, 1) near another."""
    points = x + np.concatenate([-_STEPS, _STEPS])
    return points[np.abs(points) < 1]


def _put_together(checks: Checks, center: Array) -> Array:
    """Return the point whose coordinates are those of the largest values on lines of a center."""
    away = checks.t != center  # (M, d)
    best = []
    for k in range(len(center)):
        on_line = np.flatnonzero(~np.delete(away, k, axis=1).any(axis=1))
        best.append(checks.t[on_line[np.argmax(np.abs(checks.values[on_line]))], k])
    return np.array(best)
