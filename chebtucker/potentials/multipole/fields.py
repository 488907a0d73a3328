"""All derivatives up to the third of a long part at points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.backends.reference_multipoles import AXES, COLUMNS, SECOND
from chebtucker.backends.threads import for_ranges, one_blas_thread
from chebtucker.chebtuck import ChebTuck
from chebtucker.chebtuck.calculus import differentiated, length

Array = NDArray[np.float64]

_BLOCK = 128
_MOST = 5e9  # points times core, from which on local series of the derivatives are faster


def long_fields(long: ChebTuck, points: Array, order: int) -> Array:
    """Return all derivatives up to an order, at most 3, at points (M, 3): (M, columns).

    Columns as in `backends.reference_multipoles`. Few points share contractions of the core, many
    are done by local series of each second derivative.
    """
    if order == 0:
        return np.asarray(long(points))[:, None]
    if len(points) * long.core.size > _MOST:
        return _by_local_series(long, points, order)
    modes = sorted(range(3), key=lambda k: -long.core.shape[k])  # the longest by BLAS
    core = long.core.transpose(modes).reshape(long.core.shape[modes[0]], -1).T
    factors = [
        [differentiated(long.factors[k], m, length(long.domain, k)) for m in range(order + 1)]
        for k in modes
    ]
    columns = np.empty((len(points), COLUMNS[order]))

    def some(start: int, stop: int) -> None:
        for first in range(start, stop, _BLOCK):
            part = slice(first, min(first + _BLOCK, stop))
            _contract(core, factors, modes, long.domain, points[part], columns[part])

    with one_blas_thread():
        for_ranges(some, len(points), least=_BLOCK)
    return columns


def _contract(
    core: Array,
    factors: list[list[Array]],
    modes: list[int],
    domain: Array,
    points: Array,
    columns: Array,
) -> None:
    order = len(factors[0]) - 1
    rows = []
    for k, mode in enumerate(modes):
        t = chebyshev.to_reference(points[:, mode], *domain[mode])
        table = chebyshev.basis(t, len(factors[k][0]))
        rows.append([(table[:, : len(u)] @ u).T for u in factors[k]])  # (M, n) @ (n, r)
    place = np.empty(3, dtype=np.intp)
    for i in range(order + 1):
        first = core @ rows[0][i]  # (r_2 r_3, r_1) @ (r_1, M)
        first = first.reshape(len(rows[1][0]), -1, len(points))
        for j in range(order + 1 - i):
            second = np.einsum("abm,am->bm", first, rows[1][j])
            for k in range(order + 1 - i - j):
                place[modes] = i, j, k
                axes = tuple(int(a) for a in np.repeat(np.arange(3), place))
                columns[:, AXES.index(axes)] = np.einsum("bm,bm->m", second, rows[2][k])


def _by_local_series(long: ChebTuck, points: Array, order: int) -> Array:
    columns = np.empty((len(points), COLUMNS[order]))
    columns[:, 0], columns[:, 1:4] = long.value_and_gradient(points)
    for k, axes in enumerate(SECOND if order > 1 else ()):
        second = long.derivative(tuple(axes.count(a) for a in range(3)))
        if order == 2:
            columns[:, 4 + k] = second(points)
            continue
        columns[:, 4 + k], slopes = second.value_and_gradient(points)
        for a in range(3):
            columns[:, AXES.index(tuple(sorted((*axes, a))))] = slopes[:, a]
    return columns
