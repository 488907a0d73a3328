"""Moments of particles in blocks on the device."""

from __future__ import annotations

from typing import Any

from chebtucker._device import cupy
from chebtucker.backends.cells import Cells
from chebtucker.backends.cuda.compiling import integers, launch, numbers

_BLOCK = 256
_SUMS = 8  # as in moments.cu


def local_moments(
    cells: Cells, charges: Any, degrees: tuple[int, int, int], slab: tuple[int, int]
) -> Any:
    """Return the Chebyshev moments of the charges in each cell of the x-slabs.

    See `reference.local_moments`. 2 p^3 flops and 16 (p1 + p2 + p3) bytes a particle.
    """
    cp = cupy()
    _, n1, n2 = (int(n) for n in cells.shape)
    planes = slab[1] - slab[0]
    first, last = (int(cells.starts[plane * n1 * n2]) for plane in slab)
    count = last - first
    tables = [_polynomials(cells, charges, first, count, axis, p) for axis, p in enumerate(degrees)]
    p1, p2, p3 = degrees
    moments = cp.empty((planes * p1, n1 * p2, n2 * p3))
    grid = planes * n1 * n2, -(-p1 // _SUMS), -(-p2 * p3 // _BLOCK)
    launch(
        "moments", "local_moments", grid, _BLOCK, *tables, cells.starts, first,
        *integers(slab[0], n1, n2, p1, p2, p3), moments,
    )  # fmt: skip
    return moments


def _polynomials(cells: Cells, charges: Any, first: int, count: int, axis: int, size: int) -> Any:
    """Return T_0..T_{size-1} at particles of a slab, (count, size); times charge on axis 0."""
    table = cupy().empty((count, size))
    launch(
        "moments", "polynomials", -(-count // _BLOCK), _BLOCK, cells.positions, charges, first,
        count, *numbers(cells.low[axis], cells.width[axis]),
        *integers(axis, cells.shape[axis], size), table,
    )  # fmt: skip
    return table
