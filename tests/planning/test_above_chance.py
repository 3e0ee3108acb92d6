import math

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.planning.above_chance import (
    detectable_above_chance,
    items_above_chance,
    power_above_chance,
)
from simlab.planning.binomial_tail import central_counts, critical_count, upper_tail
from simlab.planning.first_hit import items_for_a_hit
from tests.naive import planning as naive

rates = st.sampled_from([0.01, 0.05, 0.2, 0.5, 0.8, 0.95])


@given(st.integers(1, 40), st.integers(-1, 42), st.floats(0, 1))
def test_tail(n, c, p):
    assert upper_tail(c, n, p) == pytest.approx(naive.binomial_tail(c, n, p), abs=1e-12)


@given(st.integers(0, 40), st.sampled_from([0.0, 0.01, 0.25, 0.5, 0.9]), rates)
@example(35, 0.5, 0.5)  # a tie: half of all outcomes have 18 hits or more
def test_critical_count(n, p, alpha):
    assert critical_count(n, p, alpha) == max(1, naive.critical_count(n, p, alpha))


@given(st.integers(0, 10**6), st.floats(0, 1))
def test_central_counts_hold_the_mass(n, p):
    k, mass = central_counts(n, p)
    assert float(upper_tail(k[0], n, p) - upper_tail(k[-1] + 1, n, p)) == pytest.approx(1.0)
    assert mass @ k == pytest.approx(n * p, rel=1e-6, abs=1e-9)


def by_scan(p, chance, power, alpha, *, most=3000):
    """All numbers of items up to ``most``: the first that reaches the power, and the last dip."""
    n = np.arange(1, most)
    reached = upper_tail(critical_count(n, chance, alpha), n, p) >= power
    assume(reached[-most // 3 :].all())
    return int(n[reached][0]), int(n[~reached][-1] + 1 if (~reached).any() else 1)


@settings(max_examples=40)
@given(st.floats(0.01, 0.9), st.floats(0.05, 0.9), rates, st.sampled_from([0.01, 0.05, 0.2]))
def test_it_is_the_last_dip_of_all_numbers_of_items(chance, gap, power, alpha):
    p = chance + gap * (1 - chance)
    first, stays = by_scan(p, chance, power, alpha)
    found = items_above_chance(p, chance=chance, power=power, alpha=alpha)
    assert (found.first, found.n_items) == (first, stays)
    assert found.power >= power
    assert found.size <= alpha


@pytest.mark.parametrize(
    ("chance", "p", "about"), [(0.25, 0.30, 504), (0.25, 0.27, 3000), (1e-4, 2e-4, 96_000)]
)
def test_published_sizes_lie_between_the_first_tooth_and_the_last(chance, p, about):
    found = items_above_chance(p, chance=chance)
    assert found.first <= about <= found.n_items
    assert found.n_items == pytest.approx(about, rel=0.06)
    assert found.first == pytest.approx(about, rel=0.06)


@given(st.floats(1e-6, 0.999), rates)
def test_with_no_chance_it_is_the_first_hit(p, power):
    found = items_above_chance(p, chance=0.0, power=power)
    assert (
        found.n_items
        == found.first
        == pytest.approx(int(items_for_a_hit(p, confidence=power)), abs=1e-9)
    )
    assert found.critical == 1


@given(st.integers(1, 5000), st.sampled_from([0.0, 0.01, 0.25, 0.5]), rates)
def test_what_is_detectable_has_the_power(n, chance, power):
    p = detectable_above_chance(n, chance=chance, power=power)
    if math.isnan(p):
        assert naive.binomial_tail(n, n, chance) > 0.05
        return
    assume(chance < p)
    assert power_above_chance(n, p, chance=chance) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize(("chance", "p"), [(0.25, 0.30), (0.01, 0.03)])
def test_power_and_size_by_simulation(chance, p):
    found = items_above_chance(p, chance=chance)
    rng = np.random.default_rng(20)
    n = 200_000
    for success, rate in ((p, found.power), (chance, found.size)):
        rejected = (rng.binomial(found.n_items, success, n) >= found.critical).mean()
        assert abs(rejected - rate) < 4.5 * math.sqrt(rate * (1 - rate) / n)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: items_above_chance(0.2, chance=0.25), "p: 0.2 does not lie above chance 0.25"),
        (lambda: items_above_chance(1.2, chance=0.25), "p: 1.2 does not lie above"),
        (lambda: items_above_chance(0.2, chance=-0.1), "chance: -0.1 lies outside 0 .. 1"),
        (lambda: items_above_chance(0.2, chance=1.0), "chance: 1 lies outside"),
        (lambda: items_above_chance(0.2, chance=0.1, power=1.0), "power: 1 lies outside"),
        (lambda: items_above_chance(0.2, chance=0.1, alpha=0.0), "alpha: 0 lies outside"),
        (lambda: items_above_chance(0.2500001, chance=0.25), "more than 100,000,000 items"),
        (lambda: items_above_chance(1e-12, chance=0.0), "more than 100,000,000 items"),
        (lambda: power_above_chance(0, 0.3, chance=0.25), "items: 0; give at least 1"),
        (lambda: detectable_above_chance(0, chance=0.25), "items: 0; give 1 to"),
        (lambda: items_above_chance(math.nan, chance=0.25), "p: nan"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(UsageError, match=message):
        call()
