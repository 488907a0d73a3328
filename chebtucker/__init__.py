"""Functions of several variables in the hybrid Chebyshev-Tucker format, and potentials in it.

Every public name is here once and is imported when it is first used, so ``import chebtucker``
takes milliseconds.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "CPTensor": "tensors",
    "ChebTuck": "chebtuck",
    "DeviceExecutor": "backends.devices",
    "GaussianSum": "kernels",
    "Lattice": "systems",
    "Newton": "kernels",
    "OnDevices": "potentials",
    "ParticleChunks": "systems",
    "ParticleFile": "io",
    "ParticleSystem": "systems",
    "Potential": "potentials",
    "TuckerTensor": "tensors",
    "Yukawa": "kernels",
    "average_potential": "potentials",
    "curl": "chebtuck",
    "direct_potential": "potentials",
    "divergence": "chebtuck",
    "frame_potentials": "potentials",
    "from_cp": "construct",
    "from_function": "construct",
    "from_grid": "construct",
    "from_values": "construct",
    "gallery": "collection",
    "GridData": "io",
    "hooi": "decompositions",
    "laplacian": "chebtuck",
    "load": "io",
    "potential": "potentials",
    "read_cube": "io",
    "read_dx": "io",
    "read_particles": "io",
    "read_trajectory": "io",
    "rhosvd": "decompositions",
    "save": "io",
    "st_hosvd": "decompositions",
    "write_cube": "io",
    "write_dx": "io",
    "write_grid": "io",
    "write_vti": "io",
}

_MODULES = {"angular"}

__all__ = sorted({*_HOMES, *_MODULES})


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"chebtucker.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'chebtucker' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"chebtucker.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
