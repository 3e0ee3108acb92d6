from fractions import Fraction
from math import comb

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from simlab.audit.count_curves import CountCurves
from simlab.audit.fisher_tail import fisher_tail
from simlab.audit.improvement import improvement, successive_rho
from simlab.audit.stratified_items import stratified_p
from simlab.errors import DataError


def fisher_oracle(a, n1, m, n):
    """Sum of exact fractions."""
    terms = sum(comb(m, k) * comb(n - m, n1 - k) for k in range(a, min(n1, m) + 1))
    return float(Fraction(terms, comb(n, n1)))


@given(st.data())
def test_fisher_tail_is_the_exact_sum(data):
    n1, n2 = data.draw(st.integers(0, 300)), data.draw(st.integers(1, 300))
    a, b = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    expected = fisher_oracle(a, n1, a + b, n1 + n2)
    assert fisher_tail([a], [n1], [a + b], [n1 + n2])[0] == pytest.approx(expected, rel=1e-9)


def test_fisher_tail_far_out():
    expected = fisher_oracle(900, 1000, 1000, 9000)
    assert 0 < expected < 1e-300 or expected == 0
    assert fisher_tail([300], [1000], [1000], [9000])[0] == pytest.approx(
        fisher_oracle(300, 1000, 1000, 9000), rel=1e-8
    )
    with pytest.raises(DataError, match="3 of 2"):
        fisher_tail([3], [2], [3], [6])


def brute_force(bits, n_top):
    """Put the right answers of each item on every choice of scales."""
    from itertools import combinations, product

    n_scales = len(bits)
    observed = sum(sum(row) for row in bits[n_scales - n_top :])
    places = [
        [sum(s >= n_scales - n_top for s in chosen) for chosen in combinations(range(n_scales), t)]
        for t in np.sum(bits, axis=0)
    ]
    draws = [sum(counts) for counts in product(*places)]
    return np.mean([d >= observed for d in draws])


@given(
    st.integers(2, 4).flatmap(
        lambda k: st.lists(
            st.lists(st.integers(0, 1), min_size=5, max_size=5), min_size=k, max_size=k
        )
    ),
    st.integers(1, 3),
)
def test_stratified_test_enumerates(bits, n_top):
    n_top = min(n_top, len(bits) - 1)
    assert stratified_p(bits, n_top) == pytest.approx(brute_force(bits, n_top))


def test_two_scales_are_mcnemar():
    rng = np.random.default_rng(0)
    bits = (rng.random((2, 60)) < [[0.3], [0.6]]).astype(int)
    gained = int(((bits[0] == 0) & (bits[1] == 1)).sum())
    lost = int(((bits[0] == 1) & (bits[1] == 0)).sum())
    expected = binomtest(gained, gained + lost, alternative="greater").pvalue
    assert stratified_p(bits, 1) == pytest.approx(expected)


def test_by_hand():
    curves = CountCurves.from_counts([0, 1, 2, 3], [[2, 3, 2, 9]], 10, chance=0.25)
    found = improvement(curves)
    cuts = [fisher_oracle(a, n, 16, 40) for a, n in ((9, 10), (11, 20), (14, 30))]
    simes = min(3 * p / (k + 1) for k, p in enumerate(sorted(cuts)))
    assert found.p_flat[0] == pytest.approx(simes)
    assert found.p_chance[0] == pytest.approx(binom.sf(8, 10, 0.25))
    assert found.p[0] == max(found.p_flat[0], found.p_chance[0])
    assert (found.first[0], found.last[0]) == (0.2, 0.9)


def rate(p):
    return (p <= 0.05).mean()


@pytest.mark.parametrize("share", [0.02, 0.25, 0.9])
@pytest.mark.parametrize("n_scales", [4, 8, 12])
def test_flat_curves_fire_at_most_at_the_level(share, n_scales):
    rng = np.random.default_rng(1)
    right = rng.binomial(100, share, (4000, n_scales))
    found = improvement(CountCurves.from_counts(np.arange(n_scales), right, 100))
    assert rate(found.p) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)
    if share == 0.25:
        assert rate(found.p) > 0.01  # and not because it never fires


def test_curves_at_chance_fire_at_most_at_the_level():
    rng = np.random.default_rng(2)
    truth = np.array([0.1, 0.15, 0.2, 0.22, 0.25, 0.25])  # they do rise, but only to chance
    curves = CountCurves.from_counts(
        np.arange(6), rng.binomial(200, truth, (4000, 6)), 200, chance=0.25
    )
    found = improvement(curves)
    assert rate(found.p_flat) > 0.9
    assert rate(found.p) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)


def test_early_rises_count_too():
    curves = CountCurves.from_counts(np.arange(8), [[5, 20, 21, 20, 19, 20, 22, 20]], 25)
    assert improvement(curves).p[0] < 1e-4
    falling = CountCurves.from_counts(np.arange(8), [[20, 21, 20, 19, 20, 22, 20, 5]], 25)
    assert improvement(falling).p[0] > 0.5


def test_power():
    rng = np.random.default_rng(3)
    step = np.array([0.25, 0.25, 0.25, 0.25, 0.25, 0.45])
    curves = CountCurves.from_counts(
        np.arange(6), rng.binomial(100, step, (1000, 6)), 100, chance=0.25
    )
    assert rate(improvement(curves).p) > 0.85


def test_overdispersion_is_taken_off():
    rng = np.random.default_rng(4)
    rho, n = 0.05, 200
    ability = rng.beta(0.25 * (1 / rho - 1), 0.75 * (1 / rho - 1), (2000, 8))
    curves = CountCurves.from_counts(np.arange(8), rng.binomial(n, ability), n)
    assert rate(improvement(curves).p) > 0.3
    assert rate(improvement(curves, rho=np.full(2000, rho)).p) < 0.07
    with pytest.raises(DataError, match="rho"):
        improvement(curves, rho=np.full(3, rho))


@pytest.mark.parametrize(("n_scales", "n", "p", "rho"), [
    (4, 400, 0.25, 0.03), (8, 400, 0.25, 0.01), (8, 100, 0.6, 0.05), (12, 1000, 0.05, 0.01),
])  # fmt: skip
def test_scatter_is_estimated_from_neighbours(n_scales, n, p, rho):
    """Flat curves whose models scatter: far too many rise as binomial ones, few with their rho."""
    rng = np.random.default_rng(6)
    ability = rng.beta(p * (1 / rho - 1), (1 - p) * (1 / rho - 1), (1500, n_scales))
    curves = CountCurves.from_counts(np.arange(n_scales), rng.binomial(n, ability), n)
    estimate = successive_rho(curves)
    assert np.mean(estimate) == pytest.approx(rho, rel=0.15)
    assert rate(improvement(curves).p) > 0.25
    assert rate(improvement(curves, rho=estimate).p) < 0.085


def test_a_slow_rise_from_below_chance_is_no_scatter():
    """ARC challenge of eight Pythia models: it begins below the chance of 1 in 4."""
    share = np.array([0.181, 0.188, 0.213, 0.244, 0.26, 0.295, 0.313, 0.318])
    curves = CountCurves.from_counts(np.arange(8), np.round(share * 1172)[None], 1172, chance=0.25)
    rho = successive_rho(curves)
    assert rho[0] < 0.001
    assert improvement(curves, rho=rho).p[0] < 1e-3


def test_replicates_of_a_scale_are_pooled():
    once = CountCurves.from_counts([0, 1, 2, 3], [[4, 4, 6, 16]], 20)
    twice = CountCurves.from_counts([0, 0, 1, 1, 2, 2, 3, 3], [[1, 3, 2, 2, 4, 2, 9, 7]], 10)
    assert improvement(once).p.tolist() == improvement(twice).p.tolist()


def test_shared_items_are_tested_item_by_item():
    rng = np.random.default_rng(5)
    difficulty = rng.beta(0.2, 0.2, 100)
    bits = rng.random((4, 100)) < np.array([0, 0, 0, 0.06])[:, None] + 0.94 * difficulty
    curves = CountCurves.from_counts([0, 1, 2, 3], bits.sum(axis=1)[None], 100)
    rows = [(float(10**s), str(j), float(bits[s, j])) for s in range(4) for j in range(100)]
    none = {"subtask": pl.String, "shots": pl.Int64, "seed": pl.Int64, "epoch": pl.Int64}
    items = pl.DataFrame(rows, schema=["scale", "item", "value"], orient="row").with_columns(
        pl.lit("m").alias("model"),
        *(pl.lit(curves.keys[c][0]).alias(c) for c in ("family", "task", "metric", "scale_kind")),
        *(pl.lit(None, d).alias(c) for c, d in none.items()),
    )
    paired, apart = improvement(curves, items), improvement(curves)
    cuts = sorted(stratified_p(bits, k) for k in (1, 2, 3))
    assert paired.p_flat[0] == min(3 * cuts[0], 3 * cuts[1] / 2, cuts[2])
    assert paired.p_flat[0] < apart.p_flat[0]
