"""A potential as named arrays and plain values, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck import ChebTuck
from chebtucker.kernels import GaussianSum, Newton, RadialKernel, RangeSplit, Yukawa
from chebtucker.potentials.range_separated import Potential
from chebtucker.potentials.report import Report
from chebtucker.potentials.short_range import short_range
from chebtucker.systems import ParticleSystem
from chebtucker.tensors import TuckerTensor

Arrays = dict[str, NDArray[Any]]


def to_arrays(potential: Potential) -> tuple[Arrays, dict[str, Any]]:
    """Return the arrays and the plain values (JSON) of a potential."""
    core, factors = potential.long.coefficients
    split, system = potential.short.split, potential.system
    arrays = {
        "core": core,
        **{f"factor{k}": factor for k, factor in enumerate(factors)},
        "domain": potential.domain,
        "positions": system.positions,
        "charges": system.charges,
        "gaussian_weights": split.long.weights,
        "gaussian_exponents": split.long.exponents,
        "short_coefficients": split.coefficients,
    }
    if system.radii is not None:
        arrays["radii"] = system.radii
    if system.names is not None:
        arrays["names"] = np.array(system.names, dtype=np.str_)
    meta = {
        "kernel": _kernel_name(potential.kernel),
        "screening": potential.kernel.screening,
        "prefactor": potential.prefactor,
        "cutoff": split.cutoff,
        "pair_rtol": split.rtol,
        "is_even": split.is_even,
        "long_error": potential.long.error,
        "report": potential.summary.as_dict(),
    }
    return arrays, meta


def from_arrays(arrays: Arrays, meta: dict[str, Any]) -> Potential:
    """Return the potential that `to_arrays` took apart."""
    kernel: RadialKernel = Newton()
    if meta["kernel"] == "yukawa":
        kernel = Yukawa(meta["screening"])
    system = ParticleSystem(
        arrays["positions"],
        arrays["charges"],
        radii=arrays.get("radii"),
        names=tuple(arrays["names"].tolist()) if "names" in arrays else None,
    )
    core = TuckerTensor(arrays["core"], tuple(arrays[f"factor{k}"] for k in range(3)))
    long = ChebTuck(core, arrays["domain"], error=meta["long_error"])
    gaussians = GaussianSum(arrays["gaussian_weights"], arrays["gaussian_exponents"])
    split = RangeSplit(
        kernel,
        gaussians,
        meta["cutoff"],
        meta["pair_rtol"],
        arrays["short_coefficients"],
        meta["is_even"],
    )
    report = dict(meta["report"])
    report.update(degree=tuple(report["degree"]), rank=tuple(report["rank"]))
    prefactor = meta["prefactor"]
    short = short_range(split, system.positions, prefactor * system.charges)
    return Potential(long, short, kernel, system, prefactor, Report(**report))


def _kernel_name(kernel: RadialKernel) -> str:
    if not isinstance(kernel, Newton | Yukawa):
        raise ValueError(
            f"`kernel` must be Newton or Yukawa for a potential to be saved, got {kernel!r}"
        )
    return type(kernel).__name__.lower()
