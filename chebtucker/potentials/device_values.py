"""Values of a potential on a grid where its arrays are on a device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chebtucker import _arrays
from chebtucker.chebtuck.device_grids import by_slabs

if TYPE_CHECKING:
    from chebtucker.potentials.range_separated import Potential


def on_grid(potential: Potential, axes: tuple[Any, Any, Any], out: Any) -> Any:
    """Write the values on the product of three axes to `out`: on the device, or of NumPy.

    Arrays of NumPy and memory-mapped files are filled slab by slab, see `by_slabs`.
    """
    if not _arrays.is_numpy(out):
        _fill(potential, axes, out)
        return out

    def fill(start: int, stop: int, slab: Any) -> None:
        _fill(potential, (axes[0][start:stop], *axes[1:]), slab)

    if out.size:
        by_slabs(fill, potential.long.core, out)
    return out


def _fill(potential: Potential, axes: tuple[Any, Any, Any], out: Any) -> None:
    in_place = out.dtype == np.float64 and out.flags.c_contiguous
    values = potential.long.on_grid(*axes, out=out if in_place else None)
    potential.short.add_on_grid(axes, values)
    if not in_place:
        out[...] = values.astype(out.dtype)
