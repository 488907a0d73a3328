"""Local series of many blocks without the coefficients that do not matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROWS = 4
"""Rows of a group: they are stored side by side and have one length."""


@dataclass(frozen=True, eq=False)
class Ragged:
    """Coefficients c[a, b, k] of every block: of a row (a, b) the leading ones only.

    Four rows b, .., b + 3 make a group, stored as (length, 4); absent rows are zeros. Where there
    is one row (always in one variable) it is alone. Groups follow each other in b, then in a,
    then in the blocks. In one and two variables the missing indices are the leading ones.

    Parameters
    ----------
    counts : tuple of int
        Blocks an axis.
    sizes : tuple of int
        Coefficients an axis, of which some may be missing.
    coefficients : ndarray, shape (N,)
        The groups.
    lengths : ndarray of uint8, shape (B, p_1, groups)
        The length of each group, B blocks in all.
    starts : ndarray of int64, shape (B,)
        Where the coefficients of each block begin.
    """

    counts: tuple[int, ...]
    sizes: tuple[int, ...]
    coefficients: NDArray[np.float64]
    lengths: NDArray[np.uint8]
    starts: NDArray[np.int64]

    @property
    def nbytes(self) -> int:
        """Bytes of all that is stored."""
        return self.coefficients.nbytes + self.lengths.nbytes + self.starts.nbytes


def groups_of(rows: int) -> tuple[int, int]:
    """Return how many groups the rows make, and how many rows each of them stores."""
    return (1, 1) if rows == 1 else (-(-rows // ROWS), ROWS)
