"""Largest and smallest values where they are hard to find."""

import numpy as np
import pytest

import chebtucker as ct
from chebtucker.chebtuck import climbing


def rough(function, box, rtol=1e-10):
    return ct.from_function(function, box, rtol=rtol)


@pytest.mark.parametrize(
    ("function", "box", "where", "value"),
    [
        (lambda x: x, [(-2, 3)], [3], 3),  # an end
        (lambda x, y: x - y * y, [(0, 3), (-1, 2)], [3, 0], 3),  # a side
        (lambda x, y, z: x - y + z, [(0, 3), (-1, 1), (2, 5)], [3, -1, 5], 9),  # a corner
        (lambda x, y, z: 1 - (x - 0.3) ** 2 + y, [(-1, 1), (0, 2), (1, 2)], [0.3, 2, None], 3),
        (lambda x, y: np.exp(-3000 * ((x - 0.123) ** 2 + (y - 1.456) ** 2)), [(0, 1), (1, 3)],
         [0.123, 1.456], 1),  # a needle
        (lambda x, y: np.cos(40 * x) * np.cos(30 * y) - 0.01 * (x - 0.2) ** 2 - 0.01 * y * y,
         [(-1, 2), (-2, 1)], [2 * np.pi / 40, 0], None),  # many peaks of nearly one height
        (lambda x, y, z: -((x * y) ** 2) - z**4, [(-1, 2), (-2, 1), (-1, 1)], [None, None, 0], 0),
        (lambda a, b, c, d: -((a - 1) ** 2) - (b * c - 2) ** 2 + d,
         [(0, 3), (1, 3), (0, 2), (-1, 1)], [1, None, None, 1], 1),
        (lambda *x: -sum((v - 0.1 * k) ** 2 for k, v in enumerate(x)),
         [(-1, 1 + k) for k in range(6)], [0.1 * k for k in range(6)], 0),
    ],
)  # fmt: skip
def test_maxima_in_hard_places(function, box, where, value):
    f = rough(function, box)
    top, place = f.max()
    if value is not None:
        assert top == pytest.approx(value, abs=1e-8 + f.error)
    for x, expected in zip(place, where, strict=True):
        if expected is not None:
            assert x == pytest.approx(expected, abs=2e-3)
    assert f(*place) == pytest.approx(top, abs=1e-12)
    bottom, place = (-f).min()
    assert bottom == pytest.approx(-top, abs=1e-9)
    inside = (f.domain[:, 0] <= place) & (place <= f.domain[:, 1])
    assert inside.all()


RISING = {  # peaks of nearly one height on a slow rise: function, box, the largest value
    "waves": (lambda x: np.sin(300 * x) * (1 + 1e-3 * x), [(-5, 2)], None),
    "waves, slower": (lambda x: np.sin(100 * x) + 1e-7 * x, [(-1, 1)],
                      1 + 1e-7 * 30.5 * np.pi / 100),
    "chirp": (lambda x: np.cos(200 * x * x) + 1e-3 * x, [(-1, 1)], None),
    "ridges": (lambda x, y: np.cos(30 * (x + y)) + 0.01 * x * y, [(-1, 1)] * 2,
               1 + 0.0025 * (9 * np.pi / 15) ** 2),  # x = y on the ninth ridge
    "bumps": (lambda x, y: np.sin(40 * x) * np.sin(43 * y) * (1 + 0.003 * x + 0.001 * y),
              [(-1, 1.5), (-2, 1)], None),
    "planes": (lambda x, y, z: np.sin(30 * (x + y + z)) * (1 + 0.003 * x - 0.001 * y + 0.002 * z),
               [(-1, 1)] * 3, 1.005 + 0.001 * (2 - 10.5 * np.pi / 30)),  # on an edge, x = z = 1
    "bumps in four variables": (
        lambda a, b, c, d: (
            np.sin(5 * a) * np.sin(6 * b) * np.cos(4 * c) * np.cos(5 * d) * (1 + 0.01 * a)
        ),
        [(-1, 1)] * 4, 1 + 0.003 * np.pi),
}  # fmt: skip


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", RISING)
def test_the_highest_of_many_peaks_of_nearly_one_height(name, sign):
    function, box, value = RISING[name]
    f = rough(function, box, 1e-11)
    top, place = f.max() if sign > 0 else (-f).min()
    top *= sign
    counts = {1: (300_001,), 2: (1201, 1301), 3: (121, 122, 123), 4: (31, 32, 33, 34)}[len(box)]
    assert top >= f.on_grid(*counts).max() - 1e-12
    assert f(*place) == pytest.approx(top, abs=1e-11)
    if value is not None:  # the rise moves peaks a little, and lifts them by less than this
        assert top == pytest.approx(value, abs=1e-5 if len(box) > 1 else 1e-9)


def test_random_sums_of_waves_are_nowhere_above_their_maximum():
    rng = np.random.default_rng(8)
    for d, count, fastest in ((1, 8, 80), (2, 5, 20), (3, 2, 8)):
        for _ in range(count):
            rates, phases = rng.uniform(-fastest, fastest, (9, d)), rng.uniform(0, 6, 9)
            f = rough(
                lambda *x, rates=rates, phases=phases: sum(
                    np.cos(sum(w * v for w, v in zip(row, x, strict=True)) + phase)
                    for row, phase in zip(rates, phases, strict=True)
                ),
                [(-1, 1 + 0.1 * k) for k in range(d)],
                1e-8,
            )
            largest = f.on_grid(*((100_001,), (901, 902), (101, 102, 103))[d - 1]).max()
            assert f.max()[0] >= largest - 1e-12


def test_maxima_of_large_and_small_multiples():
    f = rough(lambda x, y: np.cos(9 * x - 0.3) + x * y, [(-1, 2), (0, 3)])
    value, place = f.max()
    for factor in (1e-200, 1e200):
        top, where = (factor * f).max()
        assert top / factor == pytest.approx(value, rel=1e-12)
        np.testing.assert_allclose(where, place, atol=1e-6)


def test_slopes_and_curvatures_in_the_angles_are_those_of_the_function():
    rng = np.random.default_rng(2)
    tensor = ct.TuckerTensor(
        rng.normal(size=(2, 3, 2)), [rng.normal(size=(n, r)) for n, r in ((4, 2), (6, 3), (5, 2))]
    )
    f = ct.ChebTuck(tensor, [(-1, 1)] * 3)
    angles = rng.uniform(0, np.pi, (7, 3))
    values, slopes, bends = climbing.jets(tensor, angles)
    np.testing.assert_allclose(values, f(np.cos(angles)), rtol=1e-12)
    cos, sin = np.cos(angles), np.sin(angles)
    for j, g in enumerate(f.gradient()):
        np.testing.assert_allclose(slopes[:, j], -sin[:, j] * g(cos), rtol=1e-10, atol=1e-10)
        for k, h in enumerate(g.gradient()):
            mixed = sin[:, j] * sin[:, k] * h(cos) - (j == k) * cos[:, j] * g(cos)
            np.testing.assert_allclose(bends[:, j, k], mixed, rtol=1e-10, atol=1e-9)


def test_smooth_maxima_are_polished():
    f = rough(lambda x, y: np.cos(x - 0.3) * np.exp(-((y - 1.1) ** 2)), [(-1, 2), (0, 3)], 1e-13)
    value, where = f.max()
    assert value == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(where, [0.3, 1.1], atol=1e-6)


def test_plateaus_and_constants():
    assert rough(lambda x, y: 0 * x + 2.5, [(0, 1), (0, 2)]).max()[0] == pytest.approx(2.5)
    zero = ct.ChebTuck(ct.TuckerTensor(np.zeros((1, 1)), [np.ones((1, 1))] * 2), [(0, 1)] * 2)
    assert zero.max()[0] == zero.min()[0] == 0
    flat = rough(lambda x, y: -((x - 0.5) ** 8), [(0, 1), (0, 2)])
    assert flat.max()[0] == pytest.approx(0, abs=1e-9)


def test_a_grid_too_coarse_for_the_degrees_is_followed_along_lines():
    """In six variables a grid has 12 points an axis; this peak needs more on two of them."""

    def peak(a, b, c, d, e, g):
        ridge = 1 / (1 + 300 * (a - 0.37) ** 2) + 1 / (1 + 200 * (e + 0.21) ** 2)
        return ridge - 0.1 * (b * b + c * c) + 0.1 * d * g

    box = [(-1, 1), (-1, 2), (-2, 1), (0, 1), (-1, 1), (0, 3)]
    f = rough(peak, box, 1e-6)
    value, where = f.max()
    assert value == pytest.approx(2.3, abs=1e-5)
    np.testing.assert_allclose(where, [0.37, 0, 0, 1, -0.21, 3], atol=1e-3)
