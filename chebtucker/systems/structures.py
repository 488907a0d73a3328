"""The structures that have names: cells in nearest-neighbour distances, and what is in them."""

from __future__ import annotations

import math
from typing import NamedTuple

Triple = tuple[float, float, float]

_FCC: tuple[Triple, ...] = ((0.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0))


class Structure(NamedTuple):
    """An orthogonal cell of a crystal.

    Attributes
    ----------
    cell : tuple of float
        Edges in nearest-neighbour distances.
    basis : tuple of tuple of float
        Fractional coordinates in [0, 1).
    charges : tuple of float
        Formal charges, one for each site.
    names : tuple of str
        Names, one for each site.
    """

    cell: Triple
    basis: tuple[Triple, ...]
    charges: tuple[float, ...]
    names: tuple[str, ...]


def _structure(cell: Triple, *ions: tuple[str, float, tuple[Triple, ...]]) -> Structure:
    sites = [(place, charge, name) for name, charge, places in ions for place in places]
    basis, charges, names = zip(*sites, strict=True)
    return Structure(cell, basis, charges, names)


def _moved(places: tuple[Triple, ...], by: Triple) -> tuple[Triple, ...]:
    x, y, z = by
    return tuple(((a + x) % 1.0, (b + y) % 1.0, (c + z) % 1.0) for a, b, c in places)


def _cube(edge: float) -> Triple:
    return (edge, edge, edge)


def _wurtzite() -> Structure:
    """Return ideal wurtzite, c/a = sqrt(8/3) and u = 3/8, in its orthohexagonal cell."""
    a = math.sqrt(8 / 3)
    zinc = ((0.0, 1 / 6, 0.0), (0.5, 2 / 3, 0.0), (0.0, 5 / 6, 0.5), (0.5, 1 / 3, 0.5))
    cell = (a, a * math.sqrt(3), 8 / 3)
    return _structure(cell, ("Zn", 1.0, zinc), ("S", -1.0, _moved(zinc, (0.0, 0.0, 0.375))))


STRUCTURES = {
    "rock salt": _structure(
        _cube(2.0), ("Na", 1.0, _FCC), ("Cl", -1.0, _moved(_FCC, (0.5, 0.5, 0.5)))
    ),
    "caesium chloride": _structure(
        _cube(2 / math.sqrt(3)), ("Cs", 1.0, _FCC[:1]), ("Cl", -1.0, ((0.5, 0.5, 0.5),))
    ),
    "zincblende": _structure(
        _cube(4 / math.sqrt(3)), ("Zn", 1.0, _FCC), ("S", -1.0, _moved(_FCC, (0.25, 0.25, 0.25)))
    ),
    "fluorite": _structure(
        _cube(4 / math.sqrt(3)),
        ("Ca", 2.0, _FCC),
        (
            "F",
            -1.0,
            _moved(_FCC, (0.25, 0.25, 0.25)) + _moved(_FCC, (0.75, 0.75, 0.75)),
        ),
    ),
    "perovskite": _structure(
        _cube(2.0),
        ("Sr", 2.0, _FCC[:1]),
        ("Ti", 4.0, ((0.5, 0.5, 0.5),)),
        ("O", -2.0, _moved(_FCC[1:], (0.0, 0.0, 0.0))),
    ),
    "wurtzite": _wurtzite(),
}
"""Structures by name."""
