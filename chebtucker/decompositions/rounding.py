"""Lower ranks for a tensor that is in the Tucker format already."""

from __future__ import annotations

from chebtucker import _arrays
from chebtucker._device import current
from chebtucker.decompositions.scaling import balanced
from chebtucker.decompositions.sweeps import cut
from chebtucker.decompositions.truncation import target
from chebtucker.tensors import TuckerTensor, multi_mode_dot


def round_tucker(
    tucker: TuckerTensor,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    rank: int | tuple[int, ...] | None = None,
    max_rank: int | tuple[int, ...] | None = None,
    truncation: str = "hosvd",
) -> TuckerTensor:
    """Return the tensor with lower ranks and orthonormal factors.

    Parameters
    ----------
    tucker : TuckerTensor
        What is rounded; its factors need not be orthonormal.
    rtol, atol, rank, max_rank
        As for `st_hosvd`: tolerances are Frobenius norms of the error of the whole.
    truncation : {"hosvd", "hooi"}
        Whether the core is truncated mode after mode, or that is then improved by Tucker-ALS as
        in `hooi`: smaller errors at given ranks, at times smaller ranks at a given tolerance.

    Returns
    -------
    TuckerTensor
        QR of the factors, then `st_hosvd` of the core: n r^2 + r^(d+1) flops.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> from chebtucker.decompositions import round_tucker
    >>> t = ct.TuckerTensor(np.ones((1, 1)), (np.ones((3, 1)), np.ones((4, 1))))
    >>> round_tucker(t + t, rtol=1e-12).rank
    (1, 1)
    """
    if not isinstance(tucker, TuckerTensor):
        raise TypeError(f"`tucker` must be a TuckerTensor, got {type(tucker).__name__}")
    with current(tucker.device):
        core, bases = in_orthonormal_bases(tucker)
        core, scale = balanced(core)
        norm = _arrays.norm(core)
        wanted = target(
            norm, core.shape, rtol=rtol, atol=atol, rank=rank, max_rank=max_rank, scale=scale
        )
        small = cut(core, wanted, norm, truncation)
        factors = tuple(q @ u for q, u in zip(bases, small.factors, strict=True))
        return TuckerTensor(scale * small.core, factors)


def in_orthonormal_bases(tucker: TuckerTensor) -> TuckerTensor:
    """Return the same tensor with orthonormal factors, by a QR decomposition of each."""
    split = [_arrays.namespace(factor).linalg.qr(factor) for factor in tucker.factors]
    core = multi_mode_dot(tucker.core, [triangle for _, triangle in split])
    return TuckerTensor(core, tuple(q for q, _ in split))
