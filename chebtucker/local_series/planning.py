"""Which blocks: many with short series, or few with longer ones."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.backends.threads import one_blas_thread
from chebtucker.blocks import BlockGrid, restricted
from chebtucker.local_series import costs
from chebtucker.local_series.costs import Plan
from chebtucker.local_series.lines import hard_lines

Array = NDArray[np.float64]

_LEFT_OUT = 0.4  # of the tolerance: for products of polynomials that do not matter on a block
_CUT_OFF = 0.3  # of the tolerance: for what all axes cut off together; interpolation doubles it
_INNER = 0.5  # at the inner end of a block slopes may be off by less than at the outer one
_PROBE = 32
_LONGEST = 28
_POINTS = 2**19  # for which blocks are chosen
_LARGEST_MATRIX = 2**22  # entries that carry an axis to blocks: more blocks are not tried
_KEPT = (1.0, 0.8, 0.45)
"""Of the products of what blocks need an axis: what is kept in one, two and three variables."""

_PER_BLOCK = (14.0, 10.0, 7.0, 5.0, 3.5, 2.5)  # coefficients of the whole series for each block
_MORE_BLOCKS = (1.5, 0.8)  # in one and two variables, where memory does not matter


@dataclass(frozen=True)
class Cut:
    """What local series may be off by.

    Parameters
    ----------
    atol : float
        Of values (max norm), about.
    slopes : bool, default False
        Along an axis of n coefficients and length L, derivatives may then be off by about
        2 n / L times `atol` in the middle, and by more near the ends: the bounds of Bernstein and
        of Markov for the derivative of a polynomial that is at most `atol`.
    """

    atol: float
    slopes: bool = False

    @property
    def left_out(self) -> float:
        """What the coefficients that are left out of a block may sum up to."""
        return _LEFT_OUT * self.atol

    def weights(self, lengths: Sequence[int], counts: Sequence[int]) -> Array:
        """Return w (3,): w_k i^2 times a coefficient of index i stands for a derivative."""
        three = np.zeros(3)
        if self.slopes:  # |T_i'| <= i^2 on a block, which is `count` times shorter
            three[3 - len(counts) :] = np.array(counts) / np.array(lengths)
        return three


def plan_blocks(
    core: Array, factors: tuple[Array, ...], domain: Array, cut: Cut, *, dense: bool = False
) -> Plan | None:
    """Return blocks on which short series reproduce the function within `cut`.

    With `dense` they will keep all coefficients. None where long series remain on blocks of any
    size: the function is rough everywhere, and it does not pay.
    """
    shares = _PER_BLOCK if core.ndim == 3 else _PER_BLOCK + _MORE_BLOCKS
    atol = _CUT_OFF * cut.atol / core.ndim
    with one_blas_thread():
        choices = [
            _axis_choices(factor, lines, shares, atol, cut.slopes)
            for factor, lines in zip(factors, hard_lines(core, factors), strict=True)
        ]
    if not all(choices):
        return None
    plans = [_plan(domain, chosen, dense) for chosen in itertools.product(*choices)]
    small = [plan for plan in plans if costs.stored_bytes(plan) <= costs.MOST_BYTES]
    return min(small or plans, key=lambda plan: _seconds(core, plan))


def _plan(domain: Array, chosen: tuple[_Choice, ...], dense: bool) -> Plan:
    blocks = BlockGrid(domain, tuple(c.blocks for c in chosen), tuple(c.size for c in chosen))
    if dense:
        return Plan(blocks, math.prod(blocks.sizes))
    return Plan(blocks, _KEPT[len(chosen) - 1] * math.prod(c.mean for c in chosen))


def _seconds(core: Array, plan: Plan) -> float:
    return costs.formation(core, plan) + costs.evaluation(plan, _POINTS)


class _Choice(NamedTuple):
    blocks: int  # on an axis
    size: int  # coefficients that do for each
    mean: float  # of what a block would need


def _axis_choices(
    factor: Array, lines: Array, shares: tuple[float, ...], atol: float, slopes: bool
) -> list[_Choice]:
    """Return numbers of blocks, and how many local coefficients they take on lines (r, L)."""
    n = len(factor)
    found = []
    for count in _numbers_of_blocks(n, shares):
        if count == 1:
            local = (factor @ lines)[None]
        else:
            local = (restricted(factor, count, _PROBE) @ lines).reshape(count, _PROBE, -1)
        rows = _above_rounding(np.abs(local).max(axis=2))  # (count, probe)
        size = int(_enough(rows.max(axis=0), atol))
        mean = float(_enough(rows, atol).mean())
        longer = max(size, _size_for_slopes(rows, n, atol)) if slopes else size
        if longer <= _LONGEST:
            found.append(_Choice(count, longer, mean + longer - size))
    return found


def _above_rounding(rows: Array) -> Array:
    """Return sizes of coefficients, those that rounding makes replaced by zeros."""
    return np.where(rows > 4 * np.finfo(np.float64).eps * rows.max(), rows, 0.0)


def _numbers_of_blocks(n: int, shares: tuple[float, ...]) -> list[int]:
    """Return one, and those that give a block about such a share of n coefficients."""
    counts = sorted({math.ceil(n / share) for share in shares})
    tried = [count for count in counts if count * _PROBE * n <= _LARGEST_MATRIX]
    return sorted({1, *(tried or counts[:1])})


def _size_for_slopes(rows: Array, n: int, atol: float) -> int:
    """Return how many local coefficients derivatives need, of sizes (count, probe) on blocks."""
    count = len(rows)
    left = 2 * np.arange(count) / count - 1
    outer = np.maximum(np.abs(left), np.abs(left + 2 / count))
    allowed = atol * chebyshev.steepest(outer, n)
    allowed = np.maximum(_INNER * allowed, np.finfo(np.float64).smallest_subnormal)
    degrees = np.arange(rows.shape[1])  # |T_k'| <= k^2 on a block, which is `count` times shorter
    steep = rows * degrees**2 * count / allowed[:, None]
    return int(_enough(steep.max(axis=0), 1.0))


def _enough(rows: Array, atol: float) -> NDArray[np.intp]:
    """Return how many leading terms of each row leave a sum of at most `atol`."""
    tails = np.cumsum(rows[..., ::-1], axis=-1)
    return np.maximum(np.count_nonzero(~(tails <= atol), axis=-1), 1)
