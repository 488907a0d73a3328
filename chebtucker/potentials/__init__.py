"""Potentials of many particles: range-separated, and by direct sums."""

from chebtucker.potentials.building import potential
from chebtucker.potentials.direct import direct_gradient, direct_potential
from chebtucker.potentials.range_separated import Potential
from chebtucker.potentials.report import Report

__all__ = ["Potential", "Report", "direct_gradient", "direct_potential", "potential"]
