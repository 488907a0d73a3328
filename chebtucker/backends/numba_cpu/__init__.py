"""The hot loops compiled by Numba, on as many threads as the process has cores.

The signatures and results are those of `chebtucker.backends.reference`, but for local series:
here they are packed, without the coefficients that do not matter. Compiled code is cached
on disk by Numba; the first call on a machine compiles (a second or so per loop).
"""

from chebtucker.backends.numba_cpu.bilinear import sparse_bilinear
from chebtucker.backends.numba_cpu.blocks import local_moments
from chebtucker.backends.numba_cpu.direct import direct_gradients, direct_values
from chebtucker.backends.numba_cpu.direct_sets import direct_values_of_sets
from chebtucker.backends.numba_cpu.local_series import ragged_values
from chebtucker.backends.numba_cpu.multipole_blocks import local_multipole_moments
from chebtucker.backends.numba_cpu.multipoles import direct_multipoles, short_multipoles
from chebtucker.backends.numba_cpu.octants import (
    gather_columns,
    multiply_parities,
    scatter_columns,
)
from chebtucker.backends.numba_cpu.short import short_gradients, short_values
from chebtucker.backends.numba_cpu.short_grid import add_short_on_grid
from chebtucker.backends.numba_cpu.short_grid_sets import add_short_on_grid_of_sets
from chebtucker.backends.numba_cpu.short_sets import short_gradients_of_sets, short_values_of_sets
from chebtucker.backends.numba_cpu.shortening import shorten
from chebtucker.backends.numba_cpu.sorting import sort_into_cells

__all__ = [
    "add_short_on_grid",
    "add_short_on_grid_of_sets",
    "direct_gradients",
    "direct_multipoles",
    "direct_values",
    "direct_values_of_sets",
    "gather_columns",
    "local_moments",
    "local_multipole_moments",
    "multiply_parities",
    "ragged_values",
    "scatter_columns",
    "short_gradients",
    "short_gradients_of_sets",
    "short_multipoles",
    "short_values",
    "short_values_of_sets",
    "shorten",
    "sort_into_cells",
    "sparse_bilinear",
]
