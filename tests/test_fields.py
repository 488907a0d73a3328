import numpy as np
import pytest

import chebtucker as ct

BOX = [(-1, 2), (0.5, 1), (-3, 1)]


@pytest.fixture(scope="module")
def field():
    parts = (
        lambda x, y, z: x * np.sin(y) + z,
        lambda x, y, z: np.exp(x) * z * z,
        lambda x, y, z: np.cos(x * y),
    )
    return tuple(ct.from_function(part, BOX, rtol=1e-12) for part in parts)


@pytest.fixture
def points(rng):
    return rng.uniform(*np.array(BOX).T, (200, 3)).T


def test_divergence_curl_and_laplacian_have_closed_forms(field, points):
    x, y, z = points
    divergence = ct.divergence(field)
    exact = np.sin(y)
    assert np.abs(divergence(x, y, z) - exact).max() <= divergence.error <= 1e-7
    exact = (
        -x * np.sin(x * y) - 2 * np.exp(x) * z,
        1 + y * np.sin(x * y),
        np.exp(x) * z * z - x * np.cos(y),
    )
    for part, expected in zip(ct.curl(field), exact, strict=True):
        assert np.abs(part(x, y, z) - expected).max() <= part.error <= 1e-7
    exact = (
        -x * np.sin(y),
        np.exp(x) * (z * z + 2),
        -(x * x + y * y) * np.cos(x * y),
    )
    for part, expected in zip(ct.laplacian(field), exact, strict=True):
        assert np.abs(part(x, y, z) - expected).max() <= part.error <= 1e-5


def test_plane_fields_turn_by_one_number():
    box = [(0, 1), (-2, 3)]
    u, v = (ct.from_function(part, box) for part in (lambda x, y: -x * y, lambda x, y: x**2))
    turn = ct.curl((u, v))
    assert turn(0.5, 2.0) == pytest.approx(3 * 0.5)
    assert ct.divergence([u, v])(0.5, 2.0) == pytest.approx(-2.0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda u: ct.divergence(u[:2]), ValueError, "for each of 3 variables, got 2"),
        (lambda u: ct.divergence(u[0]), TypeError, "a tuple of ChebTuck.*, got a single ChebTuck"),
        (lambda u: ct.divergence((u[0], 1.0, u[2])), TypeError, "tuple of ChebTuck.*, got float"),
        (lambda u: ct.divergence(3), TypeError, "tuple of ChebTuck.*, got int"),
        (lambda u: ct.laplacian(()), TypeError, "tuple of ChebTuck.*, got none"),
        (lambda u: ct.curl(u[:2]), ValueError, "two functions of two .* got 2 of 3"),
        (
            lambda u: ct.curl((u[0], u[1], u[2].restrict([(0, 1), (0.5, 1), (-3, 1)]))),
            ValueError,
            r"same domain \[\[-1.0, 2.0\], .*, got \[\[0.0, 1.0\]",
        ),
    ],
)
def test_errors(call, error, message, field):
    with pytest.raises(error, match=message):
        call(field)
