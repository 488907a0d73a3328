"""Tensors in the canonical and in the Tucker format; nothing here knows of polynomials."""

from chebtucker.tensors.canonical import CPTensor
from chebtucker.tensors.modes import fold, mode_dot, multi_mode_dot, unfold
from chebtucker.tensors.tucker import TuckerTensor

__all__ = ["CPTensor", "TuckerTensor", "fold", "mode_dot", "multi_mode_dot", "unfold"]
