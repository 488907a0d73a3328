"""Values by local series that are too large to be held as a whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker.blocks import BlockGrid
from chebtucker.local_series import costs
from chebtucker.local_series.costs import Plan
from chebtucker.local_series.formation import across, carried_down, shortened
from chebtucker.local_series.planning import Cut

Array = NDArray[np.float64]
Index = NDArray[np.intp]


def evaluate_by_slabs(
    core: Array, factors: tuple[Array, ...], plan: Plan, points: Array, cut: Cut
) -> tuple[Array, Array | None]:
    """Return values (M,), and gradients (M, d) or None, without holding all local series.

    A slab is some layers of blocks along the first axis; its series are formed, used, forgotten.
    """
    blocks = plan.blocks
    down = carried_down(factors, blocks)
    carried = across(core, down)
    weights = cut.weights([len(u) for u in factors], blocks.counts)
    count, size = blocks.counts[0], blocks.sizes[0]
    group = max(count * (costs.MOST_BYTES // 2) // costs.stored_bytes(plan), 1)
    order, starts = _by_slab(points, blocks, group)
    values = np.empty(len(points))
    gradients = np.empty(points.shape) if cut.slopes else None
    for s in np.flatnonzero(np.diff(starts)):
        first, last = int(s) * group, min((int(s) + 1) * group, count)
        rows = down[0][first * size : last * size]
        series = shortened(carried, rows, _slab(blocks, first, last), cut.left_out, weights)
        mine = order[starts[s] : starts[s + 1]]
        here = points.take(mine, axis=0)
        if gradients is None:
            values[mine] = series.values(here)
        else:
            values[mine], gradients[mine] = series.values_and_gradients(here)
    return values, gradients


def _by_slab(points: Array, blocks: BlockGrid, group: int) -> tuple[Index, Index]:
    """Return an order in which the points of a slab are together, and where each slab starts."""
    slabs = -(-blocks.counts[0] // group)
    layer = np.floor((points[:, 0] - blocks.box[0, 0]) / (group * blocks.width[0]))
    slab = np.clip(layer, 0, slabs - 1).astype(np.int16)
    order = np.argsort(slab, kind="stable")
    return order, np.searchsorted(slab[order], np.arange(slabs + 1))


def _slab(blocks: BlockGrid, first: int, last: int) -> BlockGrid:
    box = blocks.box.copy()
    box[0] = blocks.box[0, 0] + np.array([first, last]) * blocks.width[0]
    return BlockGrid(box, (last - first, *blocks.counts[1:]), blocks.sizes)
