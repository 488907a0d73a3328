"""Largest and smallest values where they are hard to find."""

import numpy as np
import pytest

import chebtucker as ct


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
