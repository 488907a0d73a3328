"""Local Chebyshev series at scattered points on the device."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chebtucker._device import cupy
from chebtucker.backends.cuda.compiling import integers, launch, numbers
from chebtucker.backends.cuda.sorting import cells_of

_BLOCK = 128


def local_values(points: Any, box: Any, series: Any, values: Any, slopes: Any = None) -> None:
    """Write the local series at points to `values`, and gradients to `slopes`.

    See `reference.local_values`. The points are sorted by block first, some 60 bytes a point.
    """
    cp = cupy()
    points = cp.ascontiguousarray(points)
    count, dim = points.shape
    if count == 0:
        return
    blocks, sizes = series.shape[:dim], series.shape[dim:]
    low, width = box[:, 0], (box[:, 1] - box[:, 0]) / np.array(blocks)
    keys = cells_of(points, low, width, blocks)
    order = (
        cp.argsort(keys).astype(np.int64, copy=False) if math.prod(blocks) > 1 else cp.arange(count)
    )
    missing = 3 - dim
    n, p = (1,) * missing + blocks, (1,) * missing + sizes
    place = numbers(*[0.0] * missing, *low, *[1.0] * missing, *width)
    launch(
        "local_series", "local_values" if slopes is None else "local_slopes",
        -(-count // _BLOCK), _BLOCK, points, *integers(dim), count, order, keys, *place,
        *integers(*n[1:], *p[:2]), series, values, *(() if slopes is None else (slopes,)), P3=p[2],
    )  # fmt: skip
