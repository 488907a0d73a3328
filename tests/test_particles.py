"""Particle systems and units."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.units import potential_factor


def test_system_owns_its_arrays():
    positions = np.arange(6.0).reshape(2, 3)
    system = ct.ParticleSystem(positions, [1, -3], radii=[1, 2], names=["N", "CA"])
    positions[:] = 7
    assert_allclose(system.positions, [[0, 1, 2], [3, 4, 5]])
    with pytest.raises(ValueError, match="read-only"):
        system.charges[0] = 5
    with pytest.raises(AttributeError):
        system.charges = np.zeros(2)
    assert len(system) == 2
    assert system.total_charge == -2
    assert_allclose(system.bounding_box, [[0, 3], [1, 4], [2, 5]])
    assert repr(system) == "ParticleSystem(2 particles, total charge -2.000)"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.empty((0, 3)), []), ValueError, "`positions` must hold at least one particle"),
        (([[0, 0]], [1]), ValueError, r"`positions` must be an array of shape \(any, 3\)"),
        (([[0, 0, 0]], [1, 2]), ValueError, r"`charges` must be an array of shape \(1\)"),
        (([[0, 0, np.nan]], [1]), ValueError, r"`positions` must be finite, got nan at index"),
        (([[0, 0, 0]], [np.inf]), ValueError, "`charges` must be finite, got inf at index"),
        (([[0, 0, 0]], ["a"]), TypeError, "`charges` must be an array of real numbers"),
        (([[0, 0, 0], [1]], [1, 1]), ValueError, "`positions` must be a rectangular array"),
        (([[0, 0, 0]], [1], [1, 2]), ValueError, r"`radii` must be an array of shape \(1\)"),
        (([[0, 0, 0]], [1], None, ["a", "b"]), ValueError, "`names` must be 1 strings, got 2"),
    ],
)
def test_errors(arguments, error, message):
    with pytest.raises(error, match=message):
        ct.ParticleSystem(*arguments)


def test_units_agree_with_each_other():
    volt = potential_factor("V")
    assert potential_factor("e/A") == potential_factor("e/Å") == 1
    boltzmann = 8.617333262e-5  # eV/K
    assert potential_factor("KT/E") == pytest.approx(volt / (boltzmann * 298.15), rel=1e-8)
    assert potential_factor("kJ/mol/e") == pytest.approx(4.184 * potential_factor("kcal/mol/e"))
    assert potential_factor("Hartree/e") == pytest.approx(volt / 27.211386245988, rel=1e-9)


@pytest.mark.parametrize("units", ["furlong", 7, ""])
def test_unknown_unit_lists_the_known(units):
    with pytest.raises(ValueError, match="`units` must be one of e/A, kT/e, kcal/mol/e"):
        potential_factor(units)
