"""How many Gaussians: bounds, monotony, rates, and that every rule reaches its error."""

import math

import numpy as np
import pytest

from chebtucker import Newton, Yukawa, studies
from chebtucker.studies import kernel_sums
from chebtucker.studies.trapezoids import exponential_rule, hyperbolic_rule


@pytest.fixture(scope="module")
def study():
    return studies.run("kernels", quick=True)


@pytest.mark.parametrize("kernel", [Newton(), Yukawa(0.2)], ids=repr)
@pytest.mark.parametrize("rtol", [1e-3, 1e-7])
def test_every_rule_reaches_its_error_between_the_points_it_was_tried_at(kernel, rtol):
    r = np.geomspace(1, 60, 12_345)
    for name, g in kernel_sums.sums_of(kernel, 60, rtol).items():
        assert g is None or np.abs(r * (g(r) - kernel(r))).max() < 1.02 * rtol, name


def test_rules_are_trapezoidal():
    g = exponential_rule(Newton(), 20, 1e-5)
    t = np.log(np.sqrt(g.exponents))
    np.testing.assert_allclose(np.diff(t), t[1] - t[0], rtol=1e-9)
    np.testing.assert_allclose(g.weights / np.sqrt(g.exponents), 2 / np.sqrt(np.pi) * (t[0] - t[1]))
    h = hyperbolic_rule(Newton(), 20, 1e-5)
    assert h.exponents[-1] == 0  # the middle node
    assert len(h) < len(g)


def test_fewest_first(study):
    table = study.table("counts")
    for row in table.rows:
        found = dict(zip(table.columns, row, strict=True))
        assert found["best"] <= found["bound"]
        others = (found[key] for key in ("package", "merged", "sinh", "exp"))
        assert found["best"] <= min(others)
        assert found["package"] <= found["exp"]
        assert found["t package"] < found["t merged"]


@pytest.mark.parametrize("rule", kernel_sums.RULES)
def test_more_terms_for_less_error_and_for_longer_ranges(study, rule):
    table = study.table("counts")
    for R in (10, 100):
        counts = [table.value(rule, range=R, error=e) for e in kernel_sums.TOLERANCES]
        assert counts == sorted(counts)
    for e in kernel_sums.TOLERANCES:
        assert table.value(rule, range=10, error=e) <= table.value(rule, range=100, error=e)


def test_the_rate_of_the_least_error(study):
    decay = study.table("decay")
    for R in (10, 100):
        rate = kernel_sums.decay_rate(decay, R)
        assert rate >= math.pi**2 / math.log(8 * R**2)
        assert rate == pytest.approx(math.pi**2 / math.log(4 * R**2), rel=5e-3)
    for row in decay.rows:
        _, _, least, proved, bound = row
        assert 0.98 * least < proved <= least < bound


def test_published_bound_and_count_belong_together():
    for R in (3.0, 50.0):
        for rtol in (1e-3, 1e-9):
            K = kernel_sums.published_terms(R, rtol)
            assert kernel_sums.published_bound(R, K) <= rtol < kernel_sums.published_bound(R, K - 1)


def test_all_known_values_are_met(study):
    assert [c.what for c in study.comparisons if not c.met] == []
