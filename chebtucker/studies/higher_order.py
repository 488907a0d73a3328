"""The higher-order SVD as it was first defined: every mode of the whole tensor by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chebtucker.decompositions import rank_for_tolerance
from chebtucker.decompositions.range_finders import Limits, by_gram
from chebtucker.tensors import TuckerTensor, multi_mode_dot
from chebtucker.tensors.modes import as_three

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Hosvd:
    """All-orthogonal core, orthonormal factors and the singular values of every unfolding.

    References
    ----------
    .. [1] L. De Lathauwer, B. De Moor and J. Vandewalle, A multilinear singular value
       decomposition, SIAM J. Matrix Anal. Appl. 21 (2000), 1253-1278.

    Examples
    --------
    >>> import numpy as np
    >>> x, y, z = np.ogrid[0:1:5j, 0:1:6j, 0:1:7j]
    >>> Hosvd.of(np.sin(x + y + z)).rank(1e-8)
    (2, 2, 2)
    """

    core: Array
    factors: tuple[Array, ...]
    values: tuple[Array, ...]

    @classmethod
    def of(cls, tensor: Array, least: float = 1e-13) -> Hosvd:
        """Return the decomposition of a tensor, without what is below `least` of its norm."""
        limits = Limits(least * float(np.linalg.norm(tensor)), None, None)
        modes = range(tensor.ndim)
        factors = [by_gram(as_three(tensor, mode), limits, 0).basis for mode in modes]
        core = multi_mode_dot(tensor, [u.T for u in factors], list(modes))
        rest = [tuple(k for k in modes if k != mode) for mode in modes]
        values = tuple(np.sqrt(np.square(core).sum(axis=others)) for others in rest)
        return cls(core, tuple(factors), values)

    def rank(self, atol: float) -> tuple[int, ...]:
        """Return the ranks that cut off `atol` in all, an equal part in every mode."""
        share = atol / np.sqrt(self.core.ndim)
        return tuple(rank_for_tolerance(sizes, share) for sizes in self.values)

    def truncated(self, rank: Sequence[int]) -> TuckerTensor:
        """Return the leading part: the error is at most sqrt(d) times the least."""
        part = tuple(slice(r) for r in rank)
        factors = (u[:, :r] for u, r in zip(self.factors, rank, strict=True))
        return TuckerTensor(self.core[part], tuple(factors))

    def least_error(self, rank: Sequence[int]) -> float:
        """Return a lower bound of the error of any tensor of these ranks (Frobenius norm)."""
        tails = (np.linalg.norm(s[r:]) for s, r in zip(self.values, rank, strict=True))
        return float(max(tails))
