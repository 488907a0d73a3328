"""The published data files: canonical tensors of values on grids of cells.

They come with the code of the paper, https://github.com/bonans/ChebTuck, in its folder ``data``.
"""

from __future__ import annotations

import errno
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.tensors import CPTensor

Array = NDArray[np.float64]

PAPER = "arXiv:2503.01696"
"""Where the method and the data are from."""

_CELL = 0.09375
"""Edge of the cells of the lattice."""


def newton_vectors(data: str | PathLike[str], n: int) -> Array:
    """Return the canonical vectors of 1/r on n cells of [-1, 1], averages over cells, (n, R)."""
    return n / 2 * _read(data, f"Newton_CP_-1_1/Newt_canon_{n}.mat")["U1r"]


def biomolecule_terms(data: str | PathLike[str]) -> CPTensor:
    """Return the long-range potential of 500 atoms on 256^3 cells of a box of side 50.

    The 743 terms have columns of unit length and positive weights.
    """
    file = _read(data, "Data_256-2048/n256_Pn500.mat")
    terms = file["LRed"][0, 0]
    weights = terms["LAM1C"].ravel() / float(file["Hunif"].item()) ** 3
    return CPTensor(weights, (terms["CU1"], terms["CU2"], terms["CU3"]))


def lattice_terms(data: str | PathLike[str]) -> CPTensor:
    """Return the long part of 24 x 24 x 4 charges + and 23 x 23 x 4 charges - on 960^3 cells.

    Of the 25 terms of each sign the 14 that are smooth, in a box of half side 45.
    """
    file = _read(data, "lattice/Lattice_n960_ParticlesNumber_2304_Rank_50.mat")
    blocks = [file[name][0, 0] for name in ("ASC", "AvC")]
    names = ("U1k", "U2k", "U3k")
    factors = tuple(np.hstack([block[name][:, :14] for block in blocks]) for name in names)
    return CPTensor(np.repeat([1.0, -1.0], 14) / _CELL**3, factors)


def _read(data: str | PathLike[str], name: str) -> dict[str, Any]:
    from scipy.io import loadmat

    path = Path(data) / name
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "this published file is not there", str(path))
    try:
        return loadmat(path)
    except Exception as error:
        raise ValueError(f"{path}: must be a MATLAB file, could not be read: {error}") from None
