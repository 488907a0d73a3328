import copy
import dataclasses
import pickle
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import chebyshev as oracle

from chebtucker.chebtuck import ChebTuck
from chebtucker.chebtuck.arithmetic import joined
from chebtucker.construct import from_function
from chebtucker.tensors import TuckerTensor

BOX = [(-1, 2), (0.5, 1), (-3, 1)]


def random_function(seed, d=3, degree=(4, 2, 6, 3), domain=(*BOX, (0, 5))):
    rng = np.random.default_rng(seed)
    rank = tuple(min(k + 2, n + 1) for k, n in enumerate(degree[:d]))
    factors = [rng.standard_normal((n + 1, r)) for n, r in zip(degree, rank, strict=False)]
    return ChebTuck(TuckerTensor(rng.standard_normal(rank), factors), domain[:d])


def points_in(f, count=50, seed=0):
    t = np.random.default_rng(seed).uniform(0, 1, (count, f.ndim))
    return f.domain[:, 0] + t * (f.domain[:, 1] - f.domain[:, 0])


def direct(f, points):
    """The definition, with NumPy's Chebyshev polynomials and no structure used."""
    t = (2 * points - f.domain.sum(axis=1)) / (f.domain[:, 1] - f.domain[:, 0])
    result = []
    for point in t:
        value = f.coefficients.to_array()
        for x in point:
            value = oracle.chebval(x, value)
        result.append(value)
    return np.array(result)


@pytest.fixture(scope="module")
def smooth():
    return from_function(lambda x, y, z: np.exp(x * y) / (4 + z), BOX, rtol=1e-11)


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_values_at_points_are_those_of_the_definition(d):
    f = random_function(d, d)
    points = points_in(f)
    expected = direct(f, points)
    values = f(points[:, 0]) if d == 1 else f(points)
    np.testing.assert_allclose(values, expected, atol=1e-11)
    np.testing.assert_allclose(f(*points.T), expected, atol=1e-11)
    assert np.ndim(f(*points[0])) == 0
    assert f(*points[:0].T).shape == (0,)


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_grids_open_grids_and_points_agree(d):
    f = random_function(d, d)
    axes = [np.linspace(*f.domain[k], 3 + k) for k in range(d)]
    full = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    expected = direct(f, full.reshape(-1, d)).reshape(full.shape[:-1])
    grid = f.on_grid(*axes)
    np.testing.assert_allclose(grid, expected, atol=1e-11)
    np.testing.assert_allclose(f.on_grid(*[3 + k for k in range(d)]), grid, atol=1e-12)
    np.testing.assert_allclose(f(*np.ix_(*axes)), grid, atol=1e-12)
    np.testing.assert_allclose(f.to_tucker(*axes).to_array(), grid, atol=1e-12)
    single = f.on_grid(*axes, dtype=np.float32)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, grid, rtol=1e-5, atol=1e-5)
    for order in "CF":
        out = np.full(grid.shape, np.nan, order=order)
        assert f.on_grid(*axes, out=out) is out
        np.testing.assert_allclose(out, grid, atol=1e-12)


def test_broadcasting_and_shapes():
    f = random_function(0)
    x, y, z = np.linspace(-1, 2, 4)[:, None], np.linspace(0.5, 1, 5), 0.25
    values = f(x, y, z)
    assert values.shape == (4, 5)
    assert values[1, 2] == pytest.approx(f(x[1, 0], y[2], z))
    assert f(np.full((2, 3, 3), 0.75)).shape == (2, 3)


@given(st.integers(0, 2**31), st.floats(-3, 3), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_algebra_is_pointwise(seed, a, d):
    f, g = random_function(seed, d), random_function(seed + 1, d, degree=(2, 5, 1, 4))
    points = points_in(f).T
    x, y = f(*points), g(*points)
    scale = 1e-12 * (1 + np.abs(x).max()) * (1 + np.abs(y).max()) * (1 + np.abs(x).max())
    for result, expected in [
        (f + g, x + y),
        (f - a * g, x - a * y),
        (a + f, a + x),
        (a - f, a - x),
        (-f + (+g), y - x),
        (f * g, x * y),
        (f / 2, x / 2),
        (f**2, x**2),
        (f**0, np.ones_like(x)),
        (np.multiply(a, f), a * x),
        (np.square(f) - np.float64(a), x**2 - a),
    ]:
        np.testing.assert_allclose(result(*points), expected, atol=100 * scale)


def test_sums_and_products_are_compressed():
    f = random_function(3)
    assert (f + f).rank == f.rank
    assert (f + 3).rank <= tuple(r + 1 for r in f.rank)
    assert (f - f).rank == (1, 1, 1)
    assert (f * 1.5).degree == f.degree
    assert (f * f).degree == tuple(2 * n for n in f.degree)


def test_sums_before_compression_are_exact_and_share_factors():
    f, g = random_function(3), random_function(4, degree=(2, 5, 1))
    second = [f.derivative(tuple(2 * (k == j) for k in range(3))).coefficients for j in range(3)]
    total = joined(second)
    assert all(r <= 2 * s for r, s in zip(total.rank, f.rank, strict=True))  # not three times
    mixed = joined([f.coefficients, g.coefficients, (2 * f).coefficients])
    assert mixed.rank == tuple(r + s for r, s in zip(f.rank, g.rank, strict=True))
    for result, terms in [(total, second), (mixed, [3 * f.coefficients, g.coefficients])]:
        expected = np.zeros(result.shape)
        for term in terms:
            expected[tuple(map(slice, term.shape))] += term.to_array()
        np.testing.assert_allclose(result.to_array(), expected, atol=1e-11 * result.norm())


def test_functions_of_functions(smooth):
    points = points_in(smooth)
    values = smooth(points)
    for result, expected in [
        (np.exp(smooth), np.exp(values)),
        (1 / smooth, 1 / values),
        (smooth**-0.5, values**-0.5),
        (smooth / (2 + smooth), values / (2 + values)),
        (smooth.apply(np.tanh, rtol=1e-9), np.tanh(values)),
    ]:
        assert np.abs(result(points) - expected).max() <= result.error
        assert result.error <= 1e-7 * np.abs(expected).max()
        assert result.evaluations in (smooth.evaluations, 2 * smooth.evaluations)


def test_errors_are_carried_honestly(smooth):
    exact = lambda x, y, z: np.exp(x * y) / (4 + z)  # noqa: E731
    f = from_function(exact, BOX, rtol=1e-5)
    g = from_function(lambda x, y, z: np.cos(x + y * z), BOX, rtol=1e-4)
    points = points_in(f, 2000)
    x, y, z = points.T
    u, v = exact(x, y, z), np.cos(x + y * z)
    for result, expected in [
        (f + g, u + v),
        (f - 3 * g, u - 3 * v),
        (f * g, u * v),
        (g**2, v**2),
        (np.exp(f), np.exp(u)),
        (f.derivative((1, 0, 0)), y * u),
        (f.round(1e-3), u),
        (f.trim(1e-3), u),
        (f.restrict([(0, 1), (0.5, 1), (-1, 0)]), None),
    ]:
        if expected is not None:
            assert np.abs(result(points) - expected).max() <= result.error
        assert result.error > 0


def test_round_and_trim_lower_ranks_and_degrees(smooth):
    rough = smooth.round(1e-3)
    assert all(r <= s for r, s in zip(rough.rank, smooth.rank, strict=True))
    assert max(rough.rank) < max(smooth.rank)
    moved = rough.coefficients.to_array() - smooth.coefficients.to_array()
    assert np.linalg.norm(moved) <= 1e-3 * smooth.coefficients.norm()
    short = smooth.trim(1e-3)
    assert all(r < s for r, s in zip(short.degree, smooth.degree, strict=True))
    assert np.abs(short(points_in(short)) - smooth(points_in(short))).max() <= short.error
    assert smooth.trim(0).degree == smooth.degree


def test_restrict_and_slice_are_the_same_function():
    f = random_function(5)
    smaller = f.restrict([(0, 1), (0.5, 0.75), (-3, -2)])
    points = points_in(smaller)
    np.testing.assert_allclose(smaller(points), f(points), atol=1e-10)
    np.testing.assert_array_equal(smaller.domain, [(0, 1), (0.5, 0.75), (-3, -2)])
    x, _, z = points.T
    np.testing.assert_allclose(f.slice(1, 0.6)(x, z), f(x, 0.6, z), atol=1e-11)
    line = f.slice(0, -1).slice(-1, 1)
    assert line.ndim == 1
    assert line(0.7) == pytest.approx(f(-1, 0.7, 1))


def test_smaller_functions_have_the_ranks_and_degrees_that_they_need():
    def exact(x, y, z):
        return np.sin(6 * x + y) / (4 + z + x * y / 2)

    f = from_function(exact, BOX, rtol=1e-8)
    line = f.slice(1, 0.75).slice(1, -1.5)
    assert line.rank == (1,)
    assert f.integrate(axis=(0, 1)).rank == (1,)
    assert line.degree[0] <= f.degree[0]
    smaller = f.restrict([(0.5, 1), (0.5, 0.6), (-1, 0)])
    assert all(n < m for n, m in zip(smaller.degree, f.degree, strict=True))
    assert all(r < s for r, s in zip(smaller.rank, f.rank, strict=True))
    points = points_in(smaller, 500)
    error = np.abs(smaller(points) - exact(*points.T)).max()
    assert error <= smaller.error <= 1.5 * f.error
    x = np.linspace(-1, 2, 300)
    assert np.abs(line(x) - exact(x, 0.75, -1.5)).max() <= line.error <= 1.5 * f.error
    whole = f.restrict(BOX)
    assert whole.degree == f.degree
    assert whole.rank == f.rank


def test_maximum_and_minimum_are_global():
    f = from_function(
        lambda x, y: np.sin(7 * x) * np.cos(5 * y) + x / 3 - y / 7, [(0, 3), (-1, 1)], rtol=1e-9
    )
    dense = f.on_grid(1500, 1500)
    for (value, where), best in [(f.max(), dense.max()), (f.min(), dense.min())]:
        assert f(where) == pytest.approx(value)
        assert value == pytest.approx(best, abs=1e-4)
    assert f.max()[0] >= dense.max() - 1e-12
    assert f.min()[0] <= dense.min() + 1e-12
    value, where = from_function(lambda x, y: x - y, [(0, 3), (-1, 1)]).max()
    assert value == pytest.approx(4)
    np.testing.assert_allclose(where, [3, -1], atol=1e-12)


def test_it_is_immutable_copied_and_pickled():
    f = random_function(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        f.error = 1.0
    with pytest.raises(ValueError, match="read-only"):
        f.domain[0, 0] = 3
    for twin in (copy.copy(f), copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        np.testing.assert_array_equal(twin(points_in(f)), f(points_in(f)))
        assert (twin.error, twin.evaluations) == (f.error, f.evaluations)
        arrays = [twin.core, twin.domain, *twin.factors, *twin.to_tucker(3, 3, 3).factors]
        assert not any(array.flags.writeable for array in arrays)
    assert f.nbytes == f.core.nbytes + sum(u.nbytes for u in f.factors)
    assert f.to_device("cpu") is f


def test_it_shows_itself_in_terminals_and_notebooks():
    f = dataclasses.replace(random_function(1), error=2.5e-7, evaluations=12345)
    assert repr(f) == (
        "ChebTuck(domain=[-1, 2] x [0.5, 1] x [-3, 1], degree=(4, 2, 6), rank=(2, 3, 4), "
        "error=2.5e-07, size=568 B)"
    )
    table = ElementTree.fromstring(f._repr_html_())
    rows = [[cell.text for cell in row] for row in table.iter("tr")]
    assert rows == [
        ["axis", "interval", "degree", "rank"],
        ["0", "[-1, 2]", "4", "2"],
        ["1", "[0.5, 1]", "2", "3"],
        ["2", "[-3, 1]", "6", "4"],
    ]
    assert table.find("caption").text == "ChebTuck: error 2.5e-07, 568 B, 12,345 evaluations"
    assert not list(table.iter("script"))
    assert "http" not in f._repr_html_()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda f: f(np.ones((4, 2))), ValueError, r"must be an array of shape \(..., 3\)"),
        (lambda f: f(1, 1), ValueError, "`points` must be 3 arrays"),
        (lambda f: f(np.ones(2), np.ones(3), 0), ValueError, "must be arrays that broadcast"),
        (lambda f: f(0, 2, 0), ValueError, "`points` must be inside the domain .* 2 on axis 1"),
        (lambda f: f(0, np.nan, 0), ValueError, "must be finite"),
        (lambda f: f(0, 1j, 0), TypeError, "real numbers"),
        (lambda f: f.on_grid(2, 2), ValueError, "`axes` must be 3 arrays or counts"),
        (lambda f: f.on_grid(2, 0, 2), ValueError, r"`axes\[1\]` must be an integer"),
        (lambda f: f.on_grid(2, [7.0], 2), ValueError, r"`axes\[1\]` must be inside"),
        (lambda f: f.on_grid(2, 2, 2, dtype=int), TypeError, "`dtype` must be float64 or float32"),
        (lambda f: f.on_grid(2, 2, 2, out=np.empty(3)), ValueError, r"shape \(2, 2, 2\)"),
        (lambda f: f.on_grid(2, 2, 2, out=[1]), TypeError,
         r"`out` must be an array of floats of shape \(2, 2, 2\), got one of type list"),
        (lambda f: f(f, 0, 0), TypeError, r"`points\[0\]` must be .* numbers, got a ChebTuck"),
        (lambda f: f.derivative((1, 0)), ValueError, "one for each of 3 axes"),
        (lambda f: f.derivative((-1, 0, 0)), ValueError, "`orders` must be an integer"),
        (lambda f: f.antiderivative(3), ValueError, "`axis` must be below 3"),
        (lambda f: f.slice(1, 3.0), ValueError, "`value` must be inside the domain"),
        (lambda f: f.slice(0, 0).slice(0, 1).slice(0, 0), ValueError, "`slice` must have two"),
        (lambda f: f.restrict([(0, 9)] * 3), ValueError, "`domain` must be inside the domain"),
        (lambda f: f.to_device("tpu"), ValueError, "`device` must be one of 'cpu'"),
        (lambda f: f.round(2.0), ValueError, r"`rtol` must be in \[0, 1\)"),
        (lambda f: f / 0, ZeroDivisionError, "must not be zero"),
        (lambda f: f + "a", TypeError, "unsupported operand"),
        (lambda f: f * [1, 2], TypeError, "unsupported operand|can't multiply"),
        (lambda f: np.ones(2) + f, TypeError, "returned NotImplemented"),
        (lambda f: f + random_function(0, 2), ValueError, "`other` must be on the same domain"),
        (lambda f: f * f.restrict([(0, 1), (0.5, 1), (0, 1)]), ValueError, "the same domain"),
        (lambda f: f.inner(3), TypeError, "`other` must be a ChebTuck"),
        (lambda f: ChebTuck(f.core, BOX), TypeError, "`coefficients` must be a TuckerTensor"),
        (lambda f: ChebTuck(f.coefficients, BOX[:2]), ValueError, r"shape \(3, 2\)"),
        (lambda f: ChebTuck(f.coefficients, BOX, error=-1), ValueError, "`error` must be at least"),
    ],
)  # fmt: skip
def test_errors(call, error, message):
    f = from_function(lambda x, y, z: x + y * z, BOX)
    with pytest.raises(error, match=message):
        call(f)
