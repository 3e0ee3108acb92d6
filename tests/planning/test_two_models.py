import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.planning.two_models import (
    detectable_by_two_models,
    items_for_two_models,
    power_of_two_models,
)
from tests.naive import planning as naive

alphas = st.sampled_from([0.01, 0.05, 0.2])


@given(st.integers(1, 25), st.floats(0, 0.9), st.floats(0, 1), alphas)
def test_power_is_the_mass_of_all_pairs_of_counts(n, p0, gap, alpha):
    p1 = p0 + gap * (1 - p0)
    z = NormalDist().inv_cdf(1 - alpha)
    want = naive.power_of_two_models(n, p0, p1, z)
    assert power_of_two_models(n, p0, p1, alpha=alpha) == pytest.approx(want, abs=1e-10)


@settings(max_examples=30)
@given(st.floats(0.05, 0.6), st.floats(0.2, 0.4), st.sampled_from([0.5, 0.8, 0.9]))
def test_power_stays_above_from_there_on(p0, gap, power):
    p1 = p0 + gap
    n = items_for_two_models(p0, p1, power=power).n_items
    assert n == 1 or power_of_two_models(n - 1, p0, p1) < power
    assert all(power_of_two_models(m, p0, p1) >= power for m in range(n, 2 * n + 50))


@pytest.mark.parametrize(("p0", "p1"), [(0.25, 0.30), (0.25, 0.27), (0.5, 0.51), (1e-4, 2e-4)])
def test_the_textbook_formula_is_near(p0, p1):
    z, b, mean = NormalDist().inv_cdf(0.95), NormalDist().inv_cdf(0.8), (p0 + p1) / 2
    root = z * math.sqrt(2 * mean * (1 - mean)) + b * math.sqrt(p0 * (1 - p0) + p1 * (1 - p1))
    found = items_for_two_models(p0, p1)
    assert found.n_items == pytest.approx((root / (p1 - p0)) ** 2, rel=0.025)
    assert found.size == pytest.approx(0.05, abs=0.002)


def test_power_and_size_by_simulation():
    p0, p1 = 0.25, 0.35
    found = items_for_two_models(p0, p1)
    n, trials, rng = found.n_items, 200_000, np.random.default_rng(21)
    for success, rate in ((p1, found.power), (p0, found.size)):
        x, y = rng.binomial(n, p0, trials) / n, rng.binomial(n, success, trials) / n
        spread = np.sqrt((x + y) * (1 - (x + y) / 2) / n)
        rejected = ((y - x) >= NormalDist().inv_cdf(0.95) * spread).mean()
        assert abs(rejected - rate) < 4.5 * math.sqrt(rate * (1 - rate) / trials)


@given(st.integers(5, 3000), st.floats(0, 0.95))
def test_what_is_detectable_has_the_power(n, p0):
    p1 = detectable_by_two_models(n, p0)
    if math.isnan(p1):
        assert power_of_two_models(n, p0, 1.0) < 0.8
    else:
        assert power_of_two_models(n, p0, p1) == pytest.approx(0.8, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: items_for_two_models(0.3, 0.3), "p1: 0.3 does not lie above p0 0.3"),
        (lambda: items_for_two_models(-0.1, 0.3), "p0: -0.1 lies outside"),
        (lambda: items_for_two_models(0.1, 0.3, power=0.0), "power: 0 lies outside"),
        (lambda: items_for_two_models(0.1, 0.3, alpha=0.5), "alpha: 1 lies outside"),
        (lambda: items_for_two_models(0.25, 0.25001), "more than 100,000,000 items"),
        (lambda: power_of_two_models(0, 0.1, 0.2), "items: 0; give 1 to"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(UsageError, match=message):
        call()
