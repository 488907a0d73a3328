"""VTK ImageData with raw binary data: compact, read by ParaView and VTK."""

from __future__ import annotations

import math
import os
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker.io.atomic import whole_file
from chebtucker.io.grids import checked_grid


def write_vti(
    path: str | os.PathLike[str],
    values: ArrayLike,
    domain: ArrayLike,
    *,
    name: str = "potential",
) -> None:
    """Write values on a grid as a VTK ImageData file; the file is whole or absent.

    Parameters
    ----------
    path : path_like
        Must end in ``.vti``.
    values : array_like, shape (nx, ny, nz)
        Values at the grid points, in whatever unit; float32 stays float32.
    domain : array_like, shape (3, 2)
        The box; its ends are grid points.
    name : str
        Name of the data in the file.

    Notes
    -----
    Little-endian binary, x fastest, 8 bytes a value (4 for float32).
    """
    grid, origin, spacing = checked_grid(path, values, domain, ".vti")
    single = grid.dtype == np.float32
    dtype = "<f4" if single else "<f8"
    with whole_file(path) as file:
        file.write(vti_head(grid.shape, origin, spacing, name, np.dtype(dtype)))
        for k in range(0, grid.shape[2], 16):  # x fastest, then y, then z
            slab = grid[:, :, k : k + 16].transpose(2, 1, 0)
            file.write(np.ascontiguousarray(slab, dtype=dtype).data)
        file.write(VTI_TAIL)


def vti_head(
    shape: tuple[int, ...],
    origin: NDArray[np.float64],
    spacing: NDArray[np.float64],
    name: str,
    dtype: np.dtype[Any],
) -> bytes:
    """Return what is in a file before its values, their number of bytes included."""
    kind = {4: "Float32", 8: "Float64"}[dtype.itemsize]
    extent = " ".join(f"0 {n - 1}" for n in shape)
    numbers = [" ".join(repr(float(x)) for x in row) for row in (origin, spacing)]
    head = f"""<?xml version="1.0"?>
<VTKFile type="ImageData" version="1.0" byte_order="LittleEndian" header_type="UInt64">
<ImageData WholeExtent="{extent}" Origin="{numbers[0]}" Spacing="{numbers[1]}">
<Piece Extent="{extent}"><PointData Scalars={quoteattr(name)}>
<DataArray type="{kind}" Name={quoteattr(name)} format="appended" offset="0"/>
</PointData></Piece></ImageData>
<AppendedData encoding="raw">
_"""
    return head.encode() + np.array([math.prod(shape) * dtype.itemsize], dtype="<u8").tobytes()


VTI_TAIL = b"\n</AppendedData>\n</VTKFile>\n"
"""What is in a file after its values."""
