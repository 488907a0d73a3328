"""Radial interactions, sums of Gaussians for them, and their long/short split."""

from chebtucker.kernels.derivatives import (
    gaussian_derivatives,
    radial_derivatives,
    short_derivatives,
)
from chebtucker.kernels.fitting import fit_gaussians
from chebtucker.kernels.gaussians import GaussianSum
from chebtucker.kernels.minimax import (
    MinimaxSum,
    minimax_gaussians,
    minimax_sequence,
    smoothest_gaussians,
)
from chebtucker.kernels.radial import Newton, RadialKernel, Yukawa
from chebtucker.kernels.split import RangeSplit, split_kernel

__all__ = [
    "GaussianSum",
    "MinimaxSum",
    "Newton",
    "RadialKernel",
    "RangeSplit",
    "Yukawa",
    "fit_gaussians",
    "gaussian_derivatives",
    "minimax_gaussians",
    "minimax_sequence",
    "radial_derivatives",
    "short_derivatives",
    "smoothest_gaussians",
    "split_kernel",
]
