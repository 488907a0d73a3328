"""Values at points and on grids."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, _checks
from chebtucker.chebtuck import device_grids, evaluation, grids, many_points
from chebtucker.chebtuck.kept_series import KeptSeries
from chebtucker.chebtuck.methods.state import State
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]


class Values(State):
    """What a function is at points."""

    @cached_property
    def _kept(self) -> KeptSeries:
        """Local series for calls with many points; no field: copies by `replace` start anew."""
        return KeptSeries()

    def __call__(self, *points: Any) -> Any:
        """Return values at points.

        Parameters
        ----------
        *points : array_like
            d arrays that broadcast, or one array (..., d). In one dimension a single array is
            taken pointwise. Arrays of float32 may leave the domain by as much as their rounding.

        Returns
        -------
        ndarray or float
            The broadcast shape, or (...). Arrays as from `numpy.ogrid` are evaluated as a grid.

        Notes
        -----
        A point costs 2 r^d flops. For many points in up to three variables the function is
        expanded once into short series on blocks, some 2 10^d flops a point; they are kept with
        the object (at most 128 MiB) and add at most a fifth of `error`. Which way is taken
        depends on the number of points alone.
        """
        if len(points) == 1 and self.ndim > 1:
            array = self._points(points[0])
        else:
            array = self._joined(points)
            if isinstance(array, tuple):
                return self.on_grid(*array)
        _checks.inside(array, self.domain)
        xp = _arrays.namespace(array)
        values = self._evaluate_points(xp.reshape(array, (-1, self.ndim)))
        values = xp.reshape(values, array.shape[:-1])
        return values[()] if xp is np else values

    def _joined(self, points: tuple[Any, ...]) -> Any:
        """Return points (..., d), or a tuple of axes where the arrays form a grid."""
        if len(points) != self.ndim:
            raise ValueError(
                f"`points` must be {self.ndim} arrays or one of shape (..., {self.ndim}), "
                f"got {len(points)} arrays"
            )
        arrays = [
            _checks.onto_faces(self._there(x, f"points[{k}]"), x, self.domain[k])
            for k, x in enumerate(points)
        ]
        xp = _arrays.namespace(self.core)
        if grids.is_open_grid(arrays):
            return tuple(xp.reshape(x, (-1,)) for x in arrays)
        try:
            return xp.stack(xp.broadcast_arrays(*arrays), axis=-1)
        except ValueError:
            shapes = ", ".join(str(x.shape) for x in arrays)
            raise ValueError(f"`points` must be arrays that broadcast, got {shapes}") from None

    def _points(self, value: Any) -> Any:
        array = _checks.points(self._there(value, "points"), self.ndim)
        return _checks.onto_faces(array, value, self.domain)

    def _there(self, value: Any, name: str) -> Any:
        return _checks.carried(value, self.core, name)

    def _evaluate_points(self, points: Array) -> Array:
        """Return values at points (M, d) that lie in the domain, shape (M,)."""
        return many_points.values(self.coefficients, self.domain, points, self.error, self._kept)

    def value_and_gradient(self, points: Any) -> tuple[Array, Array]:
        """Return values (...) and gradients (..., d) at points (..., d), evaluated together."""
        array = self._points(points)
        _checks.inside(array, self.domain)
        xp = _arrays.namespace(array)
        flat = xp.reshape(array, (-1, self.ndim))
        values, slopes = many_points.value_and_gradient(
            self.coefficients, self.domain, flat, self.error, self._kept
        )
        return xp.reshape(values, array.shape[:-1]), xp.reshape(slopes, array.shape)

    def on_grid(
        self, *axes: Any, out: NDArray[Any] | None = None, dtype: Any = np.float64
    ) -> NDArray[Any]:
        """Return values on a product grid.

        Parameters
        ----------
        *axes : array_like or int
            For each variable its points, 1-D, or how many: uniform with both ends included.
        out : ndarray, optional
            Where to write, and what is returned; its shape must fit, and its dtype is kept.
            Of any order: what is not contiguous is written block by block. A function on a
            device also writes to arrays of NumPy and memory-mapped files, slab by slab: for
            results that are larger than the memory of the device.
        dtype : dtype
            Of the result where `out` is not given: float64, or float32 for half the memory.
            Values are computed in float64 and then rounded: each by at most 6e-8 of itself. On a
            device the last product is in float32: a value that is a sum of r terms is wrong by
            at most 6e-8 (r + 2) times the sum of their sizes.

        Returns
        -------
        ndarray, shape (m_1, .., m_d)
            2 m^d r flops, r the least of the ranks, in matrix products that write their
            result tile by tile.
        """
        arrays = grids.grid_axes(axes, self.domain)
        shape = tuple(len(x) for x in arrays)
        if out is None:
            if np.dtype(dtype) not in (np.dtype(np.float64), np.dtype(np.float32)):
                raise TypeError(f"`dtype` must be float64 or float32, got {np.dtype(dtype)}")
            out = _arrays.empty(shape, self.core, dtype)
        _checks.array_to_write(out, "out", f"an array of floats of shape {shape}")
        if out.shape != shape or not _arrays.is_real_floating(out):
            raise ValueError(
                f"`out` must be an array of floats of shape {shape}, "
                f"got {out.dtype} of shape {out.shape}"
            )
        if not _arrays.is_numpy(self.core):
            _checks.on_no_other_device(out, self.core, "out")
            return device_grids.on_axes(self.coefficients, self.domain, arrays, out)
        _checks.there(out, self.core, "out")
        return grids.on_axes(self.coefficients, self.domain, arrays, out)

    def to_tucker(self, *axes: Any) -> TuckerTensor:
        """Return the values on a product grid as a Tucker tensor; axes as for `on_grid`."""
        arrays = grids.grid_axes(axes, self.domain)
        factors = [
            evaluation.basis_on(_arrays.like(x, u), u, box)
            for x, u, box in zip(arrays, self.factors, self.domain, strict=True)
        ]
        return TuckerTensor(self.core, tuple(factors))
