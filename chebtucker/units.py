"""Units of potentials and energies of charges in e at distances in Angstrom (CODATA 2018)."""

from __future__ import annotations

from typing import NoReturn

ANGSTROM_PER_BOHR = 0.529177210903

_VOLT = 14.3996454687
"""e / (4 pi epsilon_0 Angstrom) in V."""

_POTENTIAL = {
    "e/A": 1.0,
    "kT/e": 560.4593218,
    "kcal/mol/e": 332.0637130742,
    "kJ/mol/e": 1389.3545755,
    "V": _VOLT,
    "Hartree/e": ANGSTROM_PER_BOHR,
}

UNITS = tuple(_POTENTIAL)


def potential_factor(units: str) -> float:
    """Return the factor from e/Angstrom to another unit of the potential.

    Parameters
    ----------
    units : str
        "e/A", "kT/e" (at 298.15 K), "kcal/mol/e", "kJ/mol/e", "V" or "Hartree/e"; upper and
        lower case are the same, and so are A and Å.

    Returns
    -------
    float
        What to multiply values in e/Angstrom by. Times e, it is also the factor of energies.

    Raises
    ------
    ValueError
        If the unit is not one of these.

    Examples
    --------
    >>> potential_factor("kcal/mol/e")
    332.0637130742
    """
    if not isinstance(units, str):
        _refuse(units)
    wanted = units.strip().replace("Å", "A").replace("\u212b", "A").lower()
    for name, factor in _POTENTIAL.items():
        if name.lower() == wanted:
            return factor
    return _refuse(units)


def _refuse(units: object) -> NoReturn:
    raise ValueError(f"`units` must be one of {', '.join(UNITS)}, got {units!r}")
