"""NumPy's functions of a ChebTuck: what works, what is refused and why."""

import operator

import numpy as np
import pytest

import chebtucker as ct

BOX = [(-1, 1), (0, 1.5)]
ONE = [
    "exp",
    "expm1",
    "exp2",
    "log",
    "log2",
    "log10",
    "log1p",
    "sqrt",
    "cbrt",
    "sin",
    "cos",
    "sinh",
    "cosh",
    "tanh",
    "arctan",
    "arcsinh",
    "reciprocal",
    "square",
    "negative",
    "positive",
    "deg2rad",
]
TWO = [
    "add",
    "subtract",
    "multiply",
    "hypot",
    "arctan2",
    "logaddexp",
    "logaddexp2",
    "power",
    "float_power",
]


@pytest.fixture(scope="module")
def f():
    return ct.from_function(lambda x, y: 2 + x * y, BOX)  # in [0.5, 3.5]


@pytest.fixture(scope="module")
def g():
    return ct.from_function(lambda x, y: x + y, BOX)  # zero on a line


@pytest.fixture
def points(rng):
    return rng.uniform(*np.array(BOX).T, (300, 2)).T


@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_argument(name, f, points):
    function = getattr(np, name)
    result, exact = function(f), function(2 + points[0] * points[1])
    assert np.abs(result(*points) - exact).max() <= result.error + 1e-15
    assert result.error <= 1e-9 * np.abs(exact).max()


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_arguments(name, f, g, points):
    function = getattr(np, name)
    x, y = points
    u, v = 2 + x * y, x + y
    for result, exact in [
        (function(f, g), function(u, v)),
        (function(f, 1.5), function(u, 1.5)),
        (function(1.5, f), function(1.5, u)),
        (function(np.float64(1.5), f), function(1.5, u)),
    ]:
        assert np.abs(result(*points) - exact).max() <= result.error + 1e-15
        assert result.error <= 1e-9 * np.abs(exact).max()


def test_powers(f, g, points):
    u, v = 2 + points[0] * points[1], points[0] + points[1]
    for result, exact in [
        (f**5, u**5),
        (f**20, u**20),
        (f**-3, u**-3.0),
        (f**0.5, u**0.5),
        (2**f, 2**u),
        (f**g, u**v),
        (g**3, v**3),
        (np.divide(g, f), v / u),
        (np.divide(f, 4), u / 4),
        (1 / f, 1 / u),
    ]:
        assert np.abs(result(*points) - exact).max() <= result.error
        assert result.error <= 1e-9 * np.abs(exact).max()


def test_what_no_polynomial_is_close_to_is_refused_with_advice(f, g):
    cases = {
        "has a kink where the two arguments are equal; restrict the domain": (
            "maximum minimum fmax fmin"
        ),
        "has jumps; restrict the domain to where the result is smooth, or sample it with "
        "`from_function` and accept the error": "floor_divide remainder fmod copysign heaviside",
        "has the values True and False; .* compare functions by": (
            "equal not_equal less greater less_equal greater_equal logical_and"
        ),
        "works on whole numbers": "gcd bitwise_and left_shift",
        "returns more than one array": "divmod",
    }
    for message, names in cases.items():
        for name in names.split():
            with pytest.raises(TypeError, match=f"`np.{name}` of a function {message}"):
                getattr(np, name)(f, g)
    cases = {
        "has a kink where its argument is 0; where f has one sign use f or -f": "absolute fabs",
        "has jumps": "sign floor ceil rint trunc",
        "has the values True and False": "isnan isfinite signbit logical_not",
        "works on whole numbers": "invert",
        "returns more than one array": "modf frexp",
    }
    for message, names in cases.items():
        for name in names.split():
            with pytest.raises(TypeError, match=f"`np.{name}` of a function {message}"):
                getattr(np, name)(f)
    with pytest.raises(TypeError, match="absolute` of a function has a kink"):
        abs(f)
    with pytest.raises(TypeError, match="maximum` of a function has a kink"):
        f.apply(lambda u: u).apply(np.maximum)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f, g: 1 / g, r"`divisor` must have no zero in the domain, got 0 at \("),
        (lambda f, g: f / g, "`divisor` must have no zero"),
        (lambda f, g: np.reciprocal(g - 0.5), "`divisor` must have no zero"),
        (lambda f, g: g**-2, "`divisor` must have no zero"),
        (lambda f, g: 1 / (g + 1), r"`divisor` must have no zero .* at \(-1, "),
        (lambda f, g: np.sqrt(g), r"argument of `sqrt` must be at least 0, got -1 at \(-1, 0\)"),
        (lambda f, g: np.log(g), r"the argument of `log` must be above 0, got -1 at \(-1, 0\)"),
        (lambda f, g: g.apply(np.log2), "the argument of `log2` must be above 0"),
        (lambda f, g: np.log1p(g), "the argument of `log1p` must be above -1"),
        (lambda f, g: np.arcsin(f), r"the argument of `arcsin` must be at most 1, got 3.5 at \(1,"),
        (lambda f, g: np.arccosh(f), "the argument of `arccosh` must be at least 1, got 0.5"),
        (lambda f, g: np.arctanh(f), "the argument of `arctanh` must be below 1"),
        (lambda f, g: g**1.5, "the argument of `power` must be at least 0"),
        (lambda f, g: g**-0.5, "the argument of `power` must be above 0"),
        (lambda f, g: g**f, "the argument of `power` must be above 0"),
        (lambda f, g: (-2) ** g, "`base` must be positive, got -2"),
    ],
)  # fmt: skip
def test_arguments_outside_the_domain_of_definition_name_a_point(call, message, f, g):
    with pytest.raises(ValueError, match=message):
        call(f, g)


def test_the_point_named_for_a_divisor_is_a_zero(g):
    with pytest.raises(ValueError, match="no zero") as caught:
        1 / (g - 0.25)
    where = [float(x) for x in str(caught.value).split("(")[1].rstrip(")").split(",")]
    assert sum(where) == pytest.approx(0.25, abs=1e-5)


def test_results_are_resolved_as_far_as_the_errors_of_the_arguments_allow():
    """1 / f is a polynomial again; what else is in it are the errors of f."""

    def exact(x, y, z):
        return 1 + x**2 + y**2 + z**2

    box = [(-1, 1), (0, 2), (-3, 3)]
    f = ct.from_function(lambda *x: 1 / exact(*x), box, rtol=1e-10)
    inverse = 1 / f
    assert inverse.degree == (2, 2, 2)
    points = np.random.default_rng(0).uniform(*np.array(box).T, (500, 3)).T
    error = np.abs(inverse(*points) - exact(*points)).max()
    assert error <= inverse.error <= 100 * error


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda u: np.log(u), ValueError, r"finite within the error of .* inf or nan at \("),
        (lambda u: u[:3], ValueError, "shape"),
        (lambda u: u * 1j, TypeError, "real numbers"),
        (lambda u: None, TypeError, "real numbers"),
    ],
)
def test_what_functions_of_the_user_must_return(function, error, message, g):
    with pytest.raises(error, match=message):
        g.apply(function)


def test_what_cannot_be_resolved_warns_at_the_line_of_the_user():
    f = ct.from_function(lambda x: x, [(-1, 2)])
    message = "`hypot` of the functions was not reached to .*; restrict the domain"
    with pytest.warns(UserWarning, match=message) as seen:
        result = np.hypot(f, 0)  # abs(x)
    assert [entry.filename for entry in seen] == [__file__]
    x = np.linspace(-1, 2, 200)
    assert np.abs(result(x) - np.abs(x)).max() <= result.error


def test_a_function_without_zeros_may_be_negative_throughout(f, points):
    u = 2 + points[0] * points[1]
    np.testing.assert_allclose((1 / -f)(*points), -1 / u, rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda f, g: np.divide(f, 0), ZeroDivisionError, "`divisor` must not be zero"),
        (lambda f, g: np.add.reduce(f), TypeError, "`np.add.reduce` must be of arrays"),
        (lambda f, g: np.add.outer(f, g), TypeError, "`np.add.outer` must be of arrays"),
        (lambda f, g: np.add(f, g, out=np.ones(2)), TypeError, "`out` must be left out"),
        (lambda f, g: f // 2, TypeError, "unsupported operand"),
        (lambda f, g: f < g, TypeError, "not supported between instances"),
        (lambda f, g: operator.iadd(np.ones(3), f), TypeError, "`out` must be left out"),
        (lambda f, g: f ** "2", TypeError, "unsupported operand"),
    ],
)
def test_errors(call, error, message, f, g):
    with pytest.raises(error, match=message):
        call(f, g)


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda f: np.matmul(f, f), r"`np.matmul` of a function sums over .* use f \* g"),
        (lambda f: np.vecdot(f, f), r"`np.vecdot` of a function sums over .* f.inner\(g\)"),
        (lambda f: np.max(f), r"`np.max` must be of arrays, got a function; use f.max\(\)"),
        (lambda f: np.amin(f), r"use f.min\(\)"),
        (lambda f: np.mean(f), r"use f.mean\(\)"),
        (lambda f: np.sum(f), r"use f.integrate\(\)"),
        (lambda f: np.linalg.norm(f), r"`np.linalg.norm` must .* use f.norm\(\)"),
        (lambda f: np.sinc(f), r"use f.apply\(np.sinc\)"),
        (lambda f: np.clip(f, 0, 1), "`np.clip` .* restrict the domain to where"),
        (lambda f: np.where(f, 0, 1), "`np.where` .* restrict the domain to where"),
        (lambda f: np.fft.fft(f), r"`np.fft.fft` .* values are f\(points\) and f.on_grid"),
        (lambda f: np.asarray(f), r"`np.asarray` .* values are f\(points\) and f.on_grid"),
        (lambda f: np.array([f, f]), "`np.asarray` must be of arrays, got a function"),
        (lambda f: ct.from_values(f), "`values` must be an array of real numbers, got a ChebTuck"),
    ],
)
def test_what_numpy_does_with_arrays_is_refused_with_what_to_use(call, advice, f):
    with pytest.raises(TypeError, match=advice):
        call(f)


def test_numbers_of_numpy_on_either_side(f, points):
    values = f(*points)
    for two in (2, np.float64(2), np.float32(2), np.array(2.0)):
        np.testing.assert_allclose((two * f)(*points), 2 * values, rtol=1e-12)
        np.testing.assert_allclose((f - two)(*points), values - 2, atol=1e-12)
    np.testing.assert_allclose(f.apply(np.sinc)(*points), np.sinc(values), atol=1e-8)


def test_equality_is_identity(f):
    twin = ct.ChebTuck(f.coefficients, f.domain, error=f.error)
    assert f == f
    assert f != twin
    assert (f - twin).norm() <= 1e-14
    assert len({f, twin, f}) == 2


def test_many_sums_neither_grow_the_rank_nor_lose_the_error():
    def exact(x, y, z):
        return np.exp(x * y) / (4 + z)

    f = ct.from_function(exact, [(-1, 2), (0.5, 1), (-3, 1)], rtol=1e-8)
    total = f
    for _ in range(49):
        total = total + f
    assert total.rank == f.rank
    assert total.degree == f.degree
    points = np.random.default_rng(0).uniform(*f.domain.T, (500, 3)).T
    error = np.abs(total(*points) - 50 * exact(*points)).max()
    assert error <= total.error <= 60 * f.error
    back = total
    for _ in range(49):
        back = back - f
    assert back.rank <= f.rank
    assert np.abs(back(*points) - exact(*points)).max() <= back.error <= 120 * f.error


def test_products_keep_the_accuracy_of_their_factors(f, g):
    rough = np.exp(f).round(1e-5)
    product = rough * rough * np.exp(g)
    points = np.random.default_rng(0).uniform(*f.domain.T, (500, 2)).T
    x, y = points
    exact = np.exp(2 * (2 + x * y) + x + y)
    error = np.abs(product(*points) - exact).max()
    assert error <= product.error <= 100 * error


def test_products_too_large_for_their_arrays_are_resolved_anew(monkeypatch, f, g):
    from chebtucker.chebtuck import arithmetic

    monkeypatch.setattr(arithmetic, "_LARGEST", 3)
    product = f * g
    points = np.random.default_rng(0).uniform(*f.domain.T, (100, 2)).T
    x, y = points
    assert np.abs(product(*points) - (2 + x * y) * (x + y)).max() <= product.error
