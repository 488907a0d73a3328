"""Tucker decompositions of dense, canonical and Tucker tensors."""

from chebtucker.decompositions.alternating import hooi
from chebtucker.decompositions.canonical import rhosvd
from chebtucker.decompositions.rounding import round_tucker
from chebtucker.decompositions.sequential import st_hosvd
from chebtucker.decompositions.truncation import rank_for_tolerance

__all__ = ["hooi", "rank_for_tolerance", "rhosvd", "round_tucker", "st_hosvd"]
