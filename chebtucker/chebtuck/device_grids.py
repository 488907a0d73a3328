"""Values on product grids where the arrays are on a device, and from there to the host."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.chebtuck.evaluation import basis_on
from chebtucker.tensors import TuckerTensor, multi_mode_dot

Array = NDArray[np.float64]

_SLAB_BYTES = 2**28
"""What is carried to the host at once; two such slabs are on the device and two on the host."""


def on_axes(coefficients: TuckerTensor, domain: Array, axes: list[Array], out: Any) -> Any:
    """Write the values on the product of the axes to `out`, on the device or of NumPy.

    2 m^d r flops and one write of m^d numbers for m points an axis and the lesser rank r of the
    first and the last axis: one matrix product forms the whole output. In the precision of `out`.
    """
    core, factors = coefficients
    if 0 in out.shape:
        return out
    sampled = [
        basis_on(_arrays.like(x, u), u, box)
        for x, u, box in zip(axes, factors, domain, strict=True)
    ]
    if _arrays.is_numpy(out):
        return _to_host(core, sampled, out)
    last = core.ndim - 1 if core.shape[-1] < core.shape[0] else 0
    partial = _partial(core, sampled, last, out)
    if last == 0:
        _write(_as(sampled[0], out), partial, out)
    else:
        _write(partial, _as(sampled[last], out).T, out)
    return out


def _partial(core: Any, sampled: list[Any], last: int, out: Any) -> Any:
    """Return the core carried to the grid on all axes but one, (r, rest) or (rest, r)."""
    others = [k for k in range(core.ndim) if k != last]
    partial = multi_mode_dot(core, [sampled[k] for k in others], others)
    shape = (core.shape[0], -1) if last == 0 else (-1, core.shape[last])
    return _as(_arrays.namespace(core).reshape(partial, shape), out)


def _as(array: Any, out: Any) -> Any:
    """Return an array in the precision of the output."""
    xp = _arrays.namespace(array)
    return xp.astype(array, getattr(xp, np.dtype(str(out.dtype).rpartition(".")[2]).name))


def _write(a: Any, b: Any, out: Any) -> None:
    """Write the product of two matrices to an array with as many entries."""
    xp = _arrays.namespace(a)
    if _arrays.library(out) == "cupy" and out.flags.c_contiguous:
        xp.matmul(a, b, out=out.reshape(a.shape[0], b.shape[1]))
    else:
        out[...] = xp.reshape(a @ b, out.shape)


def _to_host(core: Any, sampled: list[Any], out: NDArray[Any]) -> NDArray[Any]:
    """Write to an array of NumPy or a memory-mapped file, slab by slab along the first axis."""
    partial = _partial(core, sampled, 0, out)
    first = _as(sampled[0], out)

    def fill(start: int, stop: int, slab: Any) -> None:
        _write(first[start:stop, :], partial, slab)

    by_slabs(fill, core, out)
    return out


def by_slabs(fill: Any, like: Any, out: NDArray[Any]) -> None:
    """Call `fill(start, stop, slab)` on slabs of rows and carry each to `out`, of NumPy.

    With CuPy the copy of one slab overlaps with the computation of the next.
    """
    rows = max(1, _SLAB_BYTES // max(1, out[:1].nbytes))
    if _arrays.library(like) == "cupy":
        from chebtucker.backends.cuda.slabs import to_host_by_slabs

        to_host_by_slabs(fill, out, rows)
        return
    for start in range(0, len(out), rows):
        stop = min(start + rows, len(out))
        slab = _arrays.empty((stop - start, *out.shape[1:]), like, out.dtype)
        fill(start, stop, slab)
        out[start:stop] = _arrays.to_host(slab)
