"""A potential as named arrays and plain values, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck import ChebTuck
from chebtucker.kernels import GaussianSum, Newton, RadialKernel, RangeSplit, Yukawa
from chebtucker.potentials.chunks.chunked import ChunkedPotential
from chebtucker.potentials.crystals.crystal import CrystalPotential
from chebtucker.potentials.crystals.short import LatticeShortRange
from chebtucker.potentials.multipole.range_separated import MultipolePotential
from chebtucker.potentials.multipole.short import multipole_short_range
from chebtucker.potentials.multipole.sources import packed
from chebtucker.potentials.range_separated import Potential
from chebtucker.potentials.report import Report
from chebtucker.potentials.sets.long import LongSets
from chebtucker.potentials.sets.range_separated import ChargeSetsPotential
from chebtucker.potentials.sets.short import short_range_sets, sorted_for
from chebtucker.potentials.short_range import short_range
from chebtucker.systems import Lattice, ParticleSystem
from chebtucker.tensors import TuckerTensor

Arrays = dict[str, NDArray[Any]]


def to_arrays(potential: Potential) -> tuple[Arrays, dict[str, Any]]:
    """Return the arrays and the plain values (JSON) of a potential."""
    if isinstance(potential, ChunkedPotential):
        raise TypeError(
            "`thing` must hold its particles in memory to be saved, got "
            f"{potential.system!r}; its long part can be saved"
        )
    several = isinstance(potential, ChargeSetsPotential)
    long: Any = potential.long
    core, factors = (long.cores, long.factors) if several else long.coefficients
    split, system = potential.short.split, potential.system
    arrays = {
        "core": core,
        **{f"factor{k}": factor for k, factor in enumerate(factors)},
        "domain": potential.domain,
        "gaussian_weights": split.long.weights,
        "gaussian_exponents": split.long.exponents,
        "short_coefficients": split.coefficients,
    }
    if isinstance(potential, CrystalPotential):
        arrays.update(_lattice_arrays(potential.system))
    else:
        arrays.update(_particle_arrays(system))
    meta = {
        "kernel": _kernel_name(potential.kernel),
        "screening": potential.kernel.screening,
        "prefactor": potential.prefactor,
        "cutoff": split.cutoff,
        "pair_rtol": split.rtol,
        "is_even": split.is_even,
        "long_error": long.errors.tolist() if several else long.error,
        "report": potential.summary.as_dict(),
    }
    return arrays, meta


def from_arrays(arrays: Arrays, meta: dict[str, Any]) -> Potential:
    """Return the potential that `to_arrays` took apart."""
    kernel: RadialKernel = Newton()
    if meta["kernel"] == "yukawa":
        kernel = Yukawa(meta["screening"])
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
    if arrays["core"].ndim == 4:
        return _charge_sets(arrays, meta, kernel, split, report)
    report["error_of_sets"] = ()
    core = TuckerTensor(arrays["core"], tuple(arrays[f"factor{k}"] for k in range(3)))
    long = ChebTuck(core, arrays["domain"], error=meta["long_error"])
    prefactor = meta["prefactor"]
    if "cell" in arrays:
        crystal = _lattice(arrays)
        few = LatticeShortRange(split, crystal, prefactor)
        return CrystalPotential(long, few, kernel, crystal, prefactor, Report(**report))
    system = _particles(arrays)
    if system.multipole_order:
        moments = prefactor * packed(system, kernel)
        fields = multipole_short_range(split, system.positions, moments)
        return MultipolePotential(long, fields, kernel, system, prefactor, Report(**report))
    short = short_range(split, system.positions, prefactor * system.charges)
    return Potential(long, short, kernel, system, prefactor, Report(**report))


def _charge_sets(
    arrays: Arrays, meta: dict[str, Any], kernel: RadialKernel, split: RangeSplit, report: Any
) -> ChargeSetsPotential:
    first, second, third = (arrays[f"factor{k}"] for k in range(3))
    errors = np.array(meta["long_error"])
    long = LongSets(arrays["core"], (first, second, third), arrays["domain"], errors)
    system, prefactor = _particles(arrays), meta["prefactor"]
    layout = sorted_for(split, system.positions, system.charges)
    short = short_range_sets(layout, prefactor * system.charges)
    report.update(
        total_charge=tuple(report["total_charge"]),
        error_of_sets=tuple(map(tuple, report["error_of_sets"])),
    )
    return ChargeSetsPotential(long, short, kernel, system, prefactor, Report(**report))


def _particle_arrays(system: ParticleSystem) -> Arrays:
    arrays: Arrays = {"positions": system.positions, "charges": system.charges}
    if system.radii is not None:
        arrays["radii"] = system.radii
    if system.dipoles is not None:
        arrays["dipoles"] = system.dipoles
    if system.quadrupoles is not None:
        arrays["quadrupoles"] = system.quadrupoles
    if system.names is not None:
        arrays["names"] = np.array(system.names, dtype=np.str_)
    return arrays


def _particles(arrays: Arrays) -> ParticleSystem:
    names = tuple(arrays["names"].tolist()) if "names" in arrays else None
    return ParticleSystem(
        arrays["positions"], arrays["charges"], radii=arrays.get("radii"), names=names,
        dipoles=arrays.get("dipoles"), quadrupoles=arrays.get("quadrupoles"),
    )  # fmt: skip


def _lattice_arrays(crystal: Lattice) -> Arrays:
    """Return the arrays of a crystal; those of its extra particles begin with ``extra_``."""
    sites, charges = crystal.changed_sites
    arrays: Arrays = {
        "cell": crystal.cell,
        "basis": crystal.basis,
        "cell_charges": crystal.charges,
        "repeats": np.array(crystal.repeats),
        "origin": crystal.origin,
        "missing": crystal.missing,
        "changed_sites": sites,
        "changed_charges": charges,
    }
    if crystal.names is not None:
        arrays["cell_names"] = np.array(crystal.names, dtype=np.str_)
    if crystal.extra is not None:
        own = _particle_arrays(crystal.extra)
        arrays.update({f"extra_{name}": array for name, array in own.items()})
    return arrays


def _lattice(arrays: Arrays) -> Lattice:
    extra = {k.removeprefix("extra_"): v for k, v in arrays.items() if k.startswith("extra_")}
    sites = map(tuple, arrays["changed_sites"].tolist())
    return Lattice(
        arrays["cell"],
        arrays["basis"],
        arrays["cell_charges"],
        tuple(arrays["repeats"].tolist()),
        missing=arrays["missing"],
        substituted=dict(zip(sites, arrays["changed_charges"].tolist(), strict=True)),
        extra=_particles(extra) if extra else None,
        origin=arrays["origin"],
        names=arrays["cell_names"].tolist() if "cell_names" in arrays else None,
    )


def _kernel_name(kernel: RadialKernel) -> str:
    if not isinstance(kernel, Newton | Yukawa):
        raise ValueError(
            f"`kernel` must be Newton or Yukawa for a potential to be saved, got {kernel!r}"
        )
    return type(kernel).__name__.lower()
