"""Cells of crystals from CIF files."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks

Array = NDArray[np.float64]

FORMAL_CHARGES: dict[str, float] = {
    **dict.fromkeys(("H", "Li", "Na", "K", "Rb", "Cs", "Ag"), 1.0),
    **dict.fromkeys(("Be", "Mg", "Ca", "Sr", "Ba", "Zn", "Cd", "Ni"), 2.0),
    **dict.fromkeys(("B", "Al", "Ga", "In", "Sc", "Y", "La"), 3.0),
    **dict.fromkeys(("Si", "Ge", "Ti", "Zr", "Hf", "Th"), 4.0),
    **dict.fromkeys(("F", "Cl", "Br", "I"), -1.0),
    **dict.fromkeys(("O", "S", "Se", "Te"), -2.0),
    "N": -3.0,
}
"""Usual charges of elements with one common oxidation state in salts and minerals."""


def read_cell(
    path: str | os.PathLike[str], charges: Mapping[str, float]
) -> tuple[Array, Array, Array, list[str]]:
    """Return cell vectors (3, 3), fractions (B, 3), charges (B,) and elements of a CIF file.

    See `Lattice.from_cif`.
    """
    path = _checks.existing(path)
    import gemmi

    try:
        found = gemmi.read_small_structure(str(path))
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"{path}: not a CIF file ({' '.join(str(error).split())})") from None
    if not found.sites or not found.cell.is_crystal():
        raise ValueError(f"{path}: has no cell with sites")
    for site in found.sites:
        if site.occ < 1:
            raise ValueError(f"{path}: site {site.label} must be occupied fully, got {site.occ:g}")
    sites = list(found.get_all_unit_cell_sites())
    of_sites = np.array([_charge(site, charges, path) for site in sites])
    total = float(of_sites.sum())
    if abs(total) > 1e-6 * float(np.abs(of_sites).sum()):
        warnings.warn(
            f"{path}: the cell has the charge {total:+g}; give charges={{...}}", stacklevel=3
        )
    vectors = np.array(found.cell.orth.mat.tolist()).T
    basis = np.array([site.fract.tolist() for site in sites])
    return vectors, basis, of_sites, [site.element.name for site in sites]


def _charge(site: Any, charges: Mapping[str, float], path: Path) -> float:
    for name in (site.label, site.element.name):
        if name in charges:
            return float(charges[name])
    if site.charge:
        return float(site.charge)
    if site.element.name not in FORMAL_CHARGES:
        raise ValueError(
            f"{path}: the charge of {site.label} is not known; give "
            f"charges={{{site.element.name!r}: ...}}"
        )
    return FORMAL_CHARGES[site.element.name]
