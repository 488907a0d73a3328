"""Potentials of many particles: range-separated, and by direct sums."""

from chebtucker.potentials.building import potential
from chebtucker.potentials.chunks.chunked import ChunkedPotential
from chebtucker.potentials.crystals.crystal import CrystalPotential
from chebtucker.potentials.crystals.madelung import bulk_potential, madelung_constant
from chebtucker.potentials.direct import direct_gradient, direct_potential
from chebtucker.potentials.multipole.range_separated import MultipolePotential
from chebtucker.potentials.on_devices import OnDevices
from chebtucker.potentials.range_separated import Potential
from chebtucker.potentials.report import Report
from chebtucker.potentials.sets.range_separated import ChargeSetsPotential
from chebtucker.potentials.trajectory import average_potential, frame_potentials

__all__ = [
    "ChargeSetsPotential",
    "ChunkedPotential",
    "CrystalPotential",
    "MultipolePotential",
    "OnDevices",
    "Potential",
    "Report",
    "average_potential",
    "bulk_potential",
    "direct_gradient",
    "direct_potential",
    "frame_potentials",
    "madelung_constant",
    "potential",
]
