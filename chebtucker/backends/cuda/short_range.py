"""Short-range sums at points and on grids on the device."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker._device import cupy
from chebtucker.backends.cells import Cells
from chebtucker.backends.cuda.compiling import integers, launch, numbers

_BLOCK = 128
_TILE = (4, 4, 8)  # points of a grid that a warp takes, as in short_range.cu
_ROUNDED = 4  # numbers of coefficients are multiples of it, so that fewer kernels are compiled


class _Plan:
    """The arguments that the kernels share, with lengths in a power of two near the cutoff.

    Scaling is exact, and single precision neither over- nor underflows.
    """

    def __init__(
        self, cells: Cells, charges: Any, cutoff: float, coefficients: NDArray[Any], is_even: bool
    ) -> None:
        cp = cupy()
        self.scale = scale = 2.0 ** -math.floor(math.log2(cutoff))
        packed = cp.concatenate([cells.positions, charges[:, None]], axis=1)
        packed *= scale
        count = -(-len(coefficients) // _ROUNDED) * _ROUNDED
        p = np.zeros(count)
        p[count - len(coefficients) :] = coefficients / (scale if is_even else 1.0)
        box = numbers(*(np.asarray(cells.low) * scale), *(np.asarray(cells.width) * scale))
        self.arguments = (
            packed, cells.starts, *box, *integers(*cells.shape), cutoff * scale,
            cp.asarray(p.astype(coefficients.dtype)),
        )  # fmt: skip
        single = coefficients.dtype == np.float32
        self.macros = {
            "COUNT": count, "EVEN": int(is_even), "REAL": "float" if single else "double",
        }  # fmt: skip


def short_values(
    points: Any, cells: Cells, charges: Any, cutoff: float, coefficients: NDArray[Any],
    is_even: bool, skip: Any,
) -> Any:  # fmt: skip
    """Return sum over j of q_j short(|x - x_j|) at points (M, 3); see `reference`.

    In the precision of `coefficients`, which are on the host; sums of a column of cells are added
    in double precision. Points in the order of the cells are faster.
    """
    return _at_points(
        "short_values", points, (), cells, charges, cutoff, coefficients, is_even, skip
    )


def short_gradients(
    points: Any, cells: Cells, charges: Any, cutoff: float, coefficients: NDArray[Any],
    is_even: bool, skip: Any,
) -> Any:  # fmt: skip
    """Return the gradient (M, 3) of `short_values`; see `reference`."""
    more = (cells, charges, cutoff, coefficients, is_even, skip)
    slopes = _at_points("short_gradients", points, (3,), *more)
    slopes *= 2.0 ** -math.floor(math.log2(cutoff))
    return slopes


def _at_points(
    kernel: str, points: Any, more: tuple[int, ...], cells: Cells, charges: Any, cutoff: float,
    coefficients: NDArray[Any], is_even: bool, skip: Any,
) -> Any:  # fmt: skip
    plan = _Plan(cells, charges, cutoff, coefficients, is_even)
    count = len(points)
    cp = cupy()
    points = cp.ascontiguousarray(points) * plan.scale
    out = cp.empty((count, *more))
    launch(
        "short_range", kernel, -(-count // _BLOCK), _BLOCK, points, count,
        skip, *plan.arguments, out, **plan.macros,
    )  # fmt: skip
    return out


def add_short_on_grid(
    axes: tuple[Any, Any, Any], cells: Cells, charges: Any, cutoff: float,
    coefficients: NDArray[Any], is_even: bool, out: Any,
) -> None:  # fmt: skip
    """Add sum over j of q_j short(|x - x_j|) on the product of three axes; see `reference`.

    `out` is contiguous and float64.
    """
    cp = cupy()
    plan = _Plan(cells, charges, cutoff, coefficients, is_even)
    tiles = math.prod(-(-n // t) for n, t in zip(out.shape, _TILE, strict=True))
    scaled = [cp.asarray(axis, dtype=np.float64) * plan.scale for axis in axes]
    launch(
        "short_range", "add_short_on_grid", -(-tiles * 32 // _BLOCK), _BLOCK, *scaled,
        *integers(*out.shape), *plan.arguments, out, **plan.macros,
    )  # fmt: skip
