"""One axis of a cross approximation: fibres, the functions they span, points that tell them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.backends.threads import one_blas_thread
from chebtucker.construct.job import Job
from chebtucker.construct.lengths import Length
from chebtucker.construct.lines import Lines, lines_through, missed
from chebtucker.construct.tails import points_needed

Array = NDArray[np.float64]

_TAILS = 0.03  # of the tolerance: where the last coefficients of a fibre are small
_PASSING = 0.3  # of the tolerance: how near a fibre must pass to a value that is known
_ROUNDING = 1e-14  # of the largest value
_WELL_TOLD = 0.5  # smallest singular value of orthonormal series at the points that tell them


class Fibres(Lines):
    """Fibres along one axis, and an orthonormal basis of their Chebyshev coefficients.

    Parameters
    ----------
    job : Job
        The function.
    axis : int
        The axis.
    length : Length
        Points on a fibre at first.
    limit : int
        Points on a fibre at most.
    """

    def __init__(self, job: Job, axis: int, length: Length, limit: int) -> None:
        super().__init__(axis, np.empty((0, len(job.domain))), np.empty((length.size, 0)))
        self.job = job
        self.trusted = length.size if length.abrupt else 0
        self.limit = limit
        self.series = self.values  # their coefficients, when they were looked at last
        self.known = np.empty(0)  # values at the places, NaN where they are not known
        self.basis: Array = np.empty((self.size, 0))  # (n, r)
        self.resolved = True

    def points(self, places: Array) -> Array:
        """Return the points (n m, d) of the fibres through points (m, d)."""
        return lines_through(places, self.axis, chebyshev.points(self.size))

    def take(self, places: Array, values: Array, known: Array, atol: float) -> int:
        """Keep those of the fibres through points (m, d) that the basis does not explain.

        `values` are those at their `points`, `known` (m,) those at the places, NaN where they are
        not known: fibres that do not pass there are kept too. Returns how many were kept; where
        there are some, fibres shall be refined until they are `settled` and the basis renewed.
        """
        if not len(places):
            return 0
        values = values.reshape(-1, len(places))
        series = chebyshev.coefficients(values)
        rest = series - self.basis @ (self.basis.T @ series)  # (n, r) @ (r, m)
        new = np.linalg.norm(rest, axis=0) > atol
        new |= self._misses(places, series, known)
        new[0] |= not self.basis.size
        if new.any():
            self.values = np.concatenate([self.values, values[:, new]], axis=1)
            self.places = np.concatenate([self.places, places[new]])
            self.known = np.concatenate([self.known, known[new]])
        return int(np.count_nonzero(new))

    def settled(self) -> bool:
        """Say whether the fibres are resolved, or there cannot be more points.

        They are where the last coefficients are small and the fibres pass through what is known:
        a narrow peak may lie between all points.
        """
        self.series = chebyshev.coefficients(self.values)
        size = np.abs(self.series).max(axis=1)
        needed = points_needed(size, self.job.small(_TAILS))
        self.resolved = needed <= self.size or self.size == self.trusted
        passing = not self._misses(self.places, self.series, self.known).any()
        return (self.resolved and passing) or self.next_size > self.limit

    def _misses(self, places: Array, series: Array, known: Array) -> NDArray[np.bool_]:
        """Say which fibres (n, m) do not pass through the values known at their places."""
        if np.isnan(known).all():
            return np.zeros(len(known), dtype=bool)
        rounding = self.size * 1e-16 * self.job.sampler.largest
        off = missed(series, self.axis, places, known)
        return np.asarray(off > self.job.small(_PASSING) + rounding)

    def renew(self, atol: float) -> None:
        """Find the basis of settled fibres, without directions below `atol` (2-norm)."""
        left, sizes, _ = _pivoted_qr(self.series, "economic")
        floor = max(atol, _ROUNDING * self.job.sampler.largest)
        kept = int(np.count_nonzero(np.abs(np.diag(sizes)) > floor))
        self.basis = np.asarray(left[:, : max(kept, 1)], dtype=np.float64)

    def at(self, points: Array) -> Array:
        """Return the basis functions at points of [-1, 1], (s, r)."""
        return chebyshev.basis(points, self.size) @ self.basis  # (s, n) @ (n, r)

    def telling(self, points: Array) -> Array:
        """Return points, with more where these do not tell the basis functions apart.

        Without any, the pivots of a QR decomposition are taken (QDEIM); then those that the
        combinations of basis functions need which the points see least.
        """
        nodes = chebyshev.points(self.size)
        values = chebyshev.values(self.basis)  # (n, r)
        r = values.shape[1]
        if not points.size:
            points = nodes[_pivots(values, r)]
        most = min(2 * r, len(nodes))
        while len(points) < most:
            _, sizes, right = np.linalg.svd(self.at(points), full_matrices=True)
            weak = np.pad(sizes, (0, r - len(sizes))) < _WELL_TOLD
            count = min(int(np.count_nonzero(weak)), most - len(points))
            if not count:
                break
            unseen = values @ right[weak].T  # (n, r) @ (r, m)
            unseen[np.isin(nodes, points)] = 0
            points = np.append(points, nodes[_pivots(unseen, count)])
        return points


def _pivots(values: Array, count: int) -> NDArray[np.intp]:
    """Return the rows of values (n, m) that span the others best."""
    return np.asarray(_pivoted_qr(values.T, "r")[1][:count], dtype=np.intp)


def missing_columns(unfolding: Array, seen: Array, atol: float) -> NDArray[np.intp]:
    """Return the columns of an unfolding (s, N) that the functions seen (s, r) do not explain.

    By pivoted QR of the rest, until all columns left are at most `atol` in the 2-norm.
    """
    rest = unfolding
    if seen.shape[1]:
        span = np.linalg.qr(seen)[0]
        rest = unfolding - span @ (span.T @ unfolding)  # (s, r) @ (r, N)
    sizes, pivots = _pivoted_qr(rest, "r")
    count = int(np.count_nonzero(np.abs(np.diag(sizes)) > atol))
    return np.asarray(pivots[:count], dtype=np.intp)


def _pivoted_qr(matrix: Array, mode: Literal["economic", "r"]) -> Any:
    """Return what SciPy does; loading it takes longer than most functions of few values do.

    It brings a BLAS of its own, whose threads are to be limited from then on.
    """
    from scipy.linalg import qr

    with one_blas_thread():
        return qr(matrix, mode=mode, pivoting=True)
