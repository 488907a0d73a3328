"""Where the values of a slab are in a file: every format is a head, values of one width, a tail.

So slabs can be written in any order, by anyone, and what a file will be is known beforehand.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.io.atomic import ending
from chebtucker.io.dx import DX_TAIL, dx_head
from chebtucker.io.grids import finite, origin_and_spacing
from chebtucker.io.vti import VTI_TAIL, vti_head

Array = NDArray[np.float64]

FORMATS = (".npy", ".dx", ".vti")

_TEXT = 2**16  # numbers that are turned into text at once


@dataclass(frozen=True, eq=False)
class Layout:
    """A file of values on a grid.

    Parameters
    ----------
    shape : tuple of int
        Points per axis.
    head, tail : bytes
        What comes before and after the values.
    axis : int
        The axis that is slowest in the file, across which slabs are cut.
    width : int
        Bytes of a value.
    dtype : dtype or None
        Of binary values; None for text, three numbers a line.
    """

    shape: tuple[int, ...]
    head: bytes
    tail: bytes
    axis: int
    width: int
    dtype: np.dtype[Any] | None

    @property
    def plane(self) -> int:
        """Number of values in a plane across the slow axis."""
        return math.prod(self.shape) // self.shape[self.axis]

    @property
    def nbytes(self) -> int:
        """Size of the file."""
        return self.offset(self.shape[self.axis]) + len(self.tail)

    def offset(self, first: int) -> int:
        """Return where a plane begins in the file."""
        return len(self.head) + first * self.plane * self.width

    def encoded(self, values: Array, first: int) -> Iterator[Any]:
        """Yield the bytes of a slab whose first plane is number `first`."""
        if self.axis != 0:
            values = values.T
        if self.dtype is not None:
            for plane in values:
                yield np.ascontiguousarray(plane, dtype=self.dtype).data
            return
        numbers = values.reshape(-1)
        total, start = math.prod(self.shape), first * self.plane
        for a in range(0, len(numbers), _TEXT):
            yield _text(numbers[a : a + _TEXT], start + a, total)


def layout(
    path: Any, shape: tuple[int, ...], domain: Array, dtype: np.dtype[Any], name: str
) -> Layout:
    """Return the layout of a file by its ending."""
    kind = ending(path)
    if kind not in FORMATS:
        raise ValueError(f"`path` must end in {', '.join(FORMATS)}, got {path}")
    little = dtype.newbyteorder("<")
    if kind == ".npy":
        head = io.BytesIO()
        fields = {"descr": little.str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(head, fields)
        return Layout(shape, head.getvalue(), b"", 0, little.itemsize, little)
    if len(shape) != 3:
        raise ValueError(f"`path` must end in .npy for {len(shape)} dimensions, got {path}")
    origin, spacing = origin_and_spacing(shape, domain)
    if kind == ".dx":
        return Layout(shape, dx_head(shape, origin, spacing, name), DX_TAIL, 0, 14, None)
    start = vti_head(shape, origin, spacing, name, little)
    return Layout(shape, start, VTI_TAIL, 2, little.itemsize, little)


def _text(numbers: Array, start: int, total: int) -> bytes:
    """Return numbers in 14 bytes each: sign or space, seven digits, blank or end of line."""
    shown = finite(numbers)
    shown = np.where(np.abs(shown) < 1e-99, 0.0, shown)  # three digits in an exponent are wider
    text = ("% .6e " * len(shown)) % tuple(shown.tolist())
    table = np.frombuffer(text.encode(), dtype=np.uint8).reshape(-1, 14).copy()
    count = start + 1 + np.arange(len(shown))
    table[(count % 3 == 0) | (count == total), 13] = ord("\n")
    return table.tobytes()
