"""The hot loops as CUDA kernels, for arrays of CuPy.

The signatures and results are those of `chebtucker.backends.reference`: arrays of CuPy in and out,
boxes and coefficients of polynomials from the host. Kernels are CUDA C in the files beside this
one, compiled by CuPy when they are first used.
"""

from chebtucker.backends.cuda.direct import direct_gradients, direct_values
from chebtucker.backends.cuda.local_series import local_values
from chebtucker.backends.cuda.moments import local_moments
from chebtucker.backends.cuda.short_range import (
    add_short_on_grid,
    short_gradients,
    short_values,
)
from chebtucker.backends.cuda.sorting import sort_into_cells

__all__ = [
    "add_short_on_grid",
    "direct_gradients",
    "direct_values",
    "local_moments",
    "local_values",
    "short_gradients",
    "short_values",
    "sort_into_cells",
]
