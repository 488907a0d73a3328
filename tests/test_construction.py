"""The pieces of from_function: shortening, blocks, fibres, the choice of a method."""

import warnings

import numpy as np
import pytest

import chebtucker as ct
from chebtucker import chebyshev
from chebtucker.chebtuck.evaluation import at_points
from chebtucker.construct.fibres import Fibres
from chebtucker.construct.job import Job
from chebtucker.construct.lengths import Length
from chebtucker.construct.products import Block, at_each, grown, nothing
from chebtucker.construct.sampling import Sampler
from chebtucker.construct.shortening import shortest
from chebtucker.decompositions import round_tucker
from chebtucker.tensors import multi_mode_dot, unfold

BOX = np.array([(-1.0, 1.0), (0.0, 2.0), (-3.0, 3.0)])
UNIT = np.array([(-1.0, 1.0)] * 3)


def decaying(shape, rank, rate, seed=0):
    """A Tucker tensor whose singular values and coefficients fall by `rate` from one to the next.

    The sum over a of rate^(2a) p_a(x) q_a(y) s_a(z), coefficients of degree n about rate^n.
    """
    rng = np.random.default_rng(seed)
    factors = [rng.uniform(-1, 1, (n, rank)) * rate ** np.arange(n)[:, None] for n in shape]
    core = np.zeros((rank,) * len(shape))
    np.einsum("iii->i", core)[:] = rate ** (2 * np.arange(rank))
    return ct.TuckerTensor(core, tuple(factors))


@pytest.mark.parametrize("room", [1e-2, 1e-4, 1e-7])
def test_shortest_keeps_errors_within_room_and_not_much_less(room):
    tensor = decaying((40, 50, 60), 12, 0.6)
    t = np.random.default_rng(1).uniform(-1, 1, (700, 3))
    values = at_points(tensor, UNIT, t)
    small = shortest(round_tucker(tensor), t, values, room)
    error = np.abs(at_points(small, UNIT, t) - values).max()
    assert 0.05 * room <= error <= room
    expected = np.log(room) / np.log(0.6)  # degrees where coefficients fall below the room
    assert all(abs(n - expected) <= 8 for n in small.shape)


def test_shortest_leaves_what_fits_nowhere():
    tensor = decaying((9, 8, 7), 3, 0.9)
    t = np.random.default_rng(1).uniform(-1, 1, (50, 3))
    same = shortest(round_tucker(tensor), t, at_points(tensor, UNIT, t) + 1, 1e-6)
    np.testing.assert_allclose(same.to_array(), tensor.to_array(), atol=1e-12)


def test_a_block_knows_where_its_points_are_among_others():
    nodes = [chebyshev.points(n) for n in (9, 6)]
    block = Block((nodes[0][[1, 4, 8]], nodes[1][[0, 5]]), np.zeros((3, 2)))
    first, second = block.places(nodes)
    np.testing.assert_array_equal(first, [1, 4, 8])
    np.testing.assert_array_equal(second, [0, 5])
    assert block.places([chebyshev.points(10), nodes[1]]) is None


def test_a_grid_that_grows_computes_nothing_twice():
    sampler = Sampler(lambda x, y: x + 10 * y)
    axes = [np.array([-1.0, 0.5, 1.0]), np.array([0.0, 0.3])]
    box = np.array([(-1.0, 1.0), (-1.0, 1.0)])
    old = grown(sampler, box, axes, *nothing(2))
    assert sampler.evaluations == 6
    more = [np.array([-1.0, 0.2, 0.5, 1.0]), np.array([-0.7, 0.0, 0.3])]
    values = grown(sampler, box, more, old, [np.array([0, 2, 3]), np.array([1, 2])])
    assert sampler.evaluations == 12
    np.testing.assert_allclose(values, more[0][:, None] + 10 * more[1])


def test_fibres_keep_what_is_new_only():
    sampler = Sampler(lambda x, y, z: np.exp(x) * y + np.sin(x) * z)
    sampler.at(BOX.T)
    fibres = Fibres(Job(sampler, BOX, 1e-10, 4097, 0), 0, Length(20), 4097)

    def add(places):
        (values,) = at_each(sampler, BOX, [fibres.points(places)])
        kept = fibres.take(places, values, np.full(len(places), np.nan), 1e-12)
        assert fibres.settled()
        fibres.renew(1e-12)
        return kept

    places = np.random.default_rng(2).uniform(-1, 1, (5, 3))
    assert add(places[:1]) == 1
    assert fibres.basis.shape == (20, 1)
    assert add(places[1:]) > 0
    assert fibres.basis.shape == (20, 2)
    assert add(np.random.default_rng(3).uniform(-1, 1, (4, 3))) == 0
    span = fibres.at(np.linspace(-1, 1, 7))
    for function in (np.exp, np.sin):
        values = function(np.linspace(-1, 1, 7))
        rest = values - span @ np.linalg.lstsq(span, values, rcond=None)[0]
        assert np.abs(rest).max() <= 1e-12


@pytest.mark.parametrize(
    "name", ["plane wave", "ridge", "quotient", "outside charge", "OTL circuit"]
)
def test_auto_takes_about_what_the_better_method_takes(name):
    g = ct.gallery[name]
    cross = ct.from_function(g, rtol=1e-6, method="cross").evaluations
    grid = np.prod([n + 1 for n in ct.from_function(g, rtol=1e-6).degree])
    assert ct.from_function(g, rtol=1e-6).evaluations <= 3 * min(cross, grid) + 600


@pytest.mark.parametrize("name", ["ridge", "tanh", "quotient", "outside charge"])
@pytest.mark.parametrize("rtol", [1e-4, 1e-7])
def test_ranks_are_within_two_of_the_best_of_the_dense_tensor(name, rtol):
    """With three columns fewer on each axis the HOSVD of dense coefficients misses `rtol`."""
    g = ct.gallery[name]
    f = ct.from_function(g, rtol=rtol)
    coefficients = g(*np.meshgrid(*(chebyshev.points(n) for n in (75, 76, 77)), indexing="ij"))
    for axis in range(3):
        coefficients = chebyshev.coefficients(coefficients, axis)
    projections = []
    for axis in range(3):
        left = np.linalg.svd(unfold(coefficients, axis), full_matrices=False)[0]
        left = left[:, : max(f.rank[axis] - 3, 1)]
        projections.append(left @ left.T)
    rest = coefficients - multi_mode_dot(coefficients, projections)
    grid = [chebyshev.basis(np.linspace(-1, 1, 60), n) for n in coefficients.shape]
    assert np.abs(multi_mode_dot(rest, grid)).max() > rtol * np.abs(f.max()[0])


@pytest.mark.parametrize("method", ["tensor", "cross"])
def test_both_methods_meet_the_tolerance_on_a_box_with_unequal_sides(method):
    def function(x, y, z):
        return np.cos(4 * x * y) / (2 + np.sin(z - x))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = ct.from_function(function, BOX, rtol=1e-9, method=method)
    points = np.random.default_rng(4).uniform(*BOX.T, (3000, 3))
    error = np.abs(f(points) - function(*points.T)).max()
    assert error <= 1e-9
    assert error <= 2 * f.error
