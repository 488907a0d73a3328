"""Archives of arrays (.npz), read without trusting what they say."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DEFLATE = 1100
"""No deflated member is more than about a thousand times its compressed size."""


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz file.

    Every header is compared with the size of its member before anything is allocated, objects
    are refused, and whatever is wrong is a ValueError that names the file.
    """
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: the file is empty")
    try:
        with zipfile.ZipFile(path) as archive:
            return {
                info.filename.removesuffix(".npy"): _member(archive, info)
                for info in archive.infolist()
            }
    except (OSError, MemoryError):
        raise
    except Exception as error:  # zip and npy readers raise many kinds on damaged files
        text = " ".join(str(error).split())[:150]
        raise ValueError(f"{path}: not a sound .npz file ({text})") from None


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    if not info.filename.endswith(".npy"):
        raise ValueError(f"unexpected member {info.filename!r}")
    if info.file_size > _DEFLATE * max(info.compress_size, 1):
        raise ValueError(f"{info.filename} claims {info.file_size} bytes")
    with archive.open(info) as file:
        version = np.lib.format.read_magic(file)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read_header is None:
            raise ValueError(f"{info.filename} has npy version {version}")
        shape, fortran, dtype = read_header(file)
        if dtype.hasobject:
            raise ValueError(f"{info.filename} holds Python objects")
        count = math.prod(shape)
        if min(shape, default=0) < 0 or count * dtype.itemsize != info.file_size - file.tell():
            raise ValueError(f"{info.filename} claims shape {shape} and has another size")
        array = np.frombuffer(file.read(), dtype=dtype)
    return array.reshape(shape, order="F" if fortran else "C")
