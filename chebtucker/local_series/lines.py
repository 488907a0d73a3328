"""Lines along each axis on which a function is hardest to follow: they show what blocks need."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.tensors import multi_mode_dot

Array = NDArray[np.float64]

_SPACING = 3.0  # coefficients of an axis for each point on it: features are not much narrower
_FEWEST, _MOST = 17, 65  # points on an axis
_FEWEST_OF_TWO, _MOST_OF_TWO = 129, 513  # the same where lines go through them on one axis only
_EVENLY = 81  # lines that are chosen without looking
_HARD = 32  # lines with the largest coefficients of high degree, for each weight
_POWERS = (4, 8, 16)
"""Of a degree over the highest one: the local coefficient of degree p of T_j grows like j^p."""


def hard_lines(core: Array, factors: tuple[Array, ...]) -> list[Array]:
    """Return for every axis the coefficients (r, L) of the function on L lines along it.

    The lines go through points of a Chebyshev grid in the other variables: some evenly chosen,
    and those with the largest coefficients of high degree, for they are near the sharpest
    features, where local series must be longest. In three variables (n/3)^2 lines, 4225 at most,
    are looked at, which takes some 2 r n flops each.
    """
    d = core.ndim
    samples = [chebyshev.basis(_points(len(u), d), len(u)) @ u for u in factors]
    result = []
    for axis, factor in enumerate(factors):
        others = [k for k in range(d) if k != axis]
        crossed = multi_mode_dot(core, [samples[k] for k in others], others)
        lines = np.moveaxis(crossed, axis, 0).reshape(core.shape[axis], -1)
        result.append(lines[:, _hardest(np.abs(factor @ lines))])
    return result


def _points(n: int, d: int) -> Array:
    """Return points on an axis of n coefficients, the middle one among them."""
    least, most = (_FEWEST, _MOST) if d > 2 else (_FEWEST_OF_TWO, _MOST_OF_TWO)
    return chebyshev.points(int(np.clip(n / _SPACING, least, most)) | 1)


def _hardest(sizes: Array) -> NDArray[np.intp]:
    """Return which of the lines are chosen, from the sizes of their coefficients (n, L)."""
    n, count = sizes.shape
    if count <= _EVENLY:
        return np.arange(count)
    degree = np.arange(n) / n
    found = [np.linspace(0, count - 1, _EVENLY).astype(np.intp)]
    found += [np.argpartition(-(degree**power @ sizes), _HARD)[:_HARD] for power in _POWERS]
    return np.unique(np.concatenate(found))
