import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.planning.binomial_tail import critical_count
from simlab.planning.same_items import (
    detectable_on_same_items,
    discordance,
    items_on_same_items,
    power_on_same_items,
)
from simlab.planning.two_models import items_for_two_models
from tests.naive import planning as naive


@settings(max_examples=40)
@given(st.integers(1, 14), st.floats(0.01, 0.6), st.floats(0, 0.4), st.sampled_from([0.05, 0.2]))
def test_power_is_the_mass_of_all_tables(n, second, first, alpha):
    want = naive.power_on_same_items(n, second, first, alpha)
    assert power_on_same_items(n, second, first, alpha=alpha) == pytest.approx(want, abs=1e-10)


@given(st.floats(0.01, 0.9), st.floats(0.01, 0.99), st.floats(-1, 1))
def test_discordance_has_the_stated_correlation(p0, gap, rho):
    p1 = p0 + gap * (1 - p0)
    assume(p0 < p1 < 1)
    try:
        second, first = discordance(p0, p1, rho)
    except UsageError:
        return
    both = p1 - second
    s = math.sqrt(p0 * (1 - p0) * p1 * (1 - p1))
    assert p0 - first == pytest.approx(both, abs=1e-12)
    assert (both - p0 * p1) / s == pytest.approx(rho, abs=1e-9)
    assert -1e-9 <= both <= p0 + 1e-9


@settings(max_examples=12)
@given(st.floats(0.1, 0.6), st.floats(0.2, 0.3), st.sampled_from([0.0, 0.3]))
def test_power_stays_above_from_there_on(p0, gap, rho):
    shares = discordance(p0, p0 + gap, rho)
    n = items_on_same_items(p0, p0 + gap, rho=rho).n_items
    assert power_on_same_items(n - 1, *shares) < 0.8
    assert all(power_on_same_items(m, *shares) >= 0.8 for m in range(n, 2 * n + 50))


def test_the_more_the_models_agree_the_fewer_items():
    needed = [items_on_same_items(0.25, 0.30, rho=rho).n_items for rho in (0.0, 0.3, 0.6, 0.85)]
    assert needed == sorted(needed, reverse=True)
    # at no correlation nothing is gained, and the exact test is a little more cautious
    assert needed[0] == pytest.approx(items_for_two_models(0.25, 0.30).n_items, rel=0.06)
    # where the weaker model's right items are all among the other's, only their difference counts
    most = 0.25 * 0.7 / math.sqrt(0.25 * 0.75 * 0.3 * 0.7)
    nested = items_on_same_items(0.25, 0.30, rho=most)
    assert nested.discordance == pytest.approx(0.05)


def test_power_and_size_by_simulation():
    p0, p1, rho = 0.4, 0.5, 0.5
    found = items_on_same_items(p0, p1, rho=rho)
    second, first = discordance(p0, p1, rho)
    even, n, trials = found.discordance / 2, found.n_items, 200_000
    rng = np.random.default_rng(22)
    for b, c, rate in ((second, first, found.power), (even, even, found.size)):
        counts = rng.multinomial(n, [b, c, 1 - b - c], trials)
        rejected = (counts[:, 0] >= critical_count(counts[:, 0] + counts[:, 1], 0.5, 0.05)).mean()
        assert abs(rejected - rate) < 4.5 * math.sqrt(rate * (1 - rate) / trials)
    assert found.size <= 0.05


@settings(max_examples=40)
@given(st.integers(5, 2000), st.floats(0.05, 0.9), st.sampled_from([0.0, 0.3, 0.7]))
def test_what_is_detectable_has_the_power(n, p0, rho):
    p1 = detectable_on_same_items(n, p0, rho=rho)
    if not math.isnan(p1):
        assert p1 > p0
        got = power_on_same_items(n, *discordance(p0, p1, rho))
        assert got == pytest.approx(0.8, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: items_on_same_items(0.3, 0.2), "p1: 0.2 does not lie above p0 0.3"),
        (lambda: items_on_same_items(1.0, 1.0), "p0: 1 lies outside"),
        (lambda: items_on_same_items(0.2, 0.8, rho=0.5), "pair-rho: 0.5; .* lies in -1 .. 0.25"),
        (lambda: items_on_same_items(0.2, 0.3, alpha=1.0), "alpha: 1 lies outside"),
        (lambda: power_on_same_items(10, 0.7, 0.6), "discordance: 0.7 and 0.6"),
        (lambda: power_on_same_items(10, 0.0, 0.0), "discordance: 0 and 0"),
        (lambda: power_on_same_items(0, 0.1, 0.1), "items: 0; give 1 to"),
        (lambda: detectable_on_same_items(10, 0.1, rho=-0.1), "pair-rho: -0.1; the smallest"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(UsageError, match=message):
        call()
