import itertools
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.simulators import compounding
from simlab.simulators.compounding import simulate_compounding
from simlab.simulators.compounding_closed_form import (
    expected_exact_match,
    expected_negative_log_likelihood,
    expected_step_accuracy,
    expected_steps_to_first_error,
    expected_token_edit_distance,
)
from simlab.streams import seed_key
from tests.naive import simulators as naive

probability = st.floats(0, 1) | st.sampled_from([0.0, 1.0])
correlation = st.floats(1e-6, 1) | st.sampled_from([0.0, 1.0])


@settings(max_examples=60)
@given(
    p=probability,
    K=st.integers(1, 9),
    n=st.integers(1, 60),
    rho=correlation,
    repair=probability | st.just(0.0),
    chance=probability | st.just(0.0),
    mixed=st.booleans(),
    key=st.integers(0, 2**64 - 1),
)
def test_every_score_is_that_of_the_oracles_outcomes(p, K, n, rho, repair, chance, mixed, key):
    cell = simulate_compounding(
        p, K, n, rho=rho, repair=repair, chance=chance, mixed=mixed, key=key
    )
    rho = 0.0 if p in (0, 1) else rho
    items = naive.compounding(p, K, n, rho, repair, chance, mixed, key)
    exact = [exact for exact, _, _ in items]
    right = np.array([sum(steps) for _, steps, _ in items])
    length = np.array([len(steps) for _, steps, _ in items])
    before = np.array([naive.right_before_error(steps) for _, steps, _ in items])
    assert (cell.n_exact, cell.n_right) == (sum(exact), right.sum())
    assert (cell.n_items, cell.n_steps) == (n, length.sum())
    assert cell.exact_match.score == sum(exact) / n
    assert cell.step_accuracy.score == right.sum() / length.sum()
    close = {"rel": 1e-12, "abs": 1e-12}
    assert cell.steps_to_first_error.score == pytest.approx(before.mean(), **close)
    assert cell.token_edit_distance.score == pytest.approx((length - right).mean(), **close)
    nats = np.array([x for _, _, x in items])
    if not np.isfinite(nats).all():
        assert cell.negative_log_likelihood.score is None
    else:
        assert cell.negative_log_likelihood.score == pytest.approx(nats.mean(), **close)
    if n == 1:
        return
    for score, values in (
        (cell.steps_to_first_error, before),
        (cell.token_edit_distance, (length - right)),
        (cell.negative_log_likelihood, nats),
    ):
        if score.score is not None and (rho > 0 or mixed or score is cell.steps_to_first_error):
            stderr = values.std(ddof=1) / math.sqrt(n)
            assert score.stderr == pytest.approx(stderr, rel=1e-6, abs=1e-7 * (1 + values.max()))
    share = right.sum() / length.sum()
    if rho > 0:
        ratio = (right - share * length).std(ddof=1) / math.sqrt(n) / length.mean()
        assert cell.step_accuracy.stderr == pytest.approx(ratio, rel=1e-6, abs=1e-7)
    else:
        binomial = math.sqrt(share * (1 - share) / length.sum())
        assert cell.step_accuracy.stderr == pytest.approx(binomial, rel=1e-9)


@given(
    p=probability,
    K=st.integers(1, 5),
    n=st.integers(1, 40),
    rho=correlation,
    chance=probability,
    mixed=st.booleans(),
)
def test_scores_keep_their_order_and_their_bounds(p, K, n, rho, chance, mixed):
    cell = simulate_compounding(p, K, n, rho=rho, chance=chance, mixed=mixed)
    for score, most in zip(cell[:5], (1, 1, K, K, math.inf), strict=True):
        if score.score is None:
            assert score == (None, None, None, None)
        elif score.low is not None:
            assert 0 <= score.low <= score.score + 1e-12
            assert score.score <= score.high + 1e-12
            assert score.high <= most + 1e-12
    mean_length = cell.n_steps / n
    assert cell.steps_to_first_error.score <= cell.step_accuracy.score * mean_length + 1e-12
    wrong = (1 - cell.step_accuracy.score) * mean_length
    assert cell.token_edit_distance.score == pytest.approx(wrong, abs=1e-12)
    guessless = simulate_compounding(p, K, n, rho=rho, mixed=mixed)
    assert guessless.n_exact <= cell.n_exact
    assert guessless[1:5] == cell[1:5]


@given(p=st.floats(0, 0.9), more=st.floats(0, 0.1), K=st.integers(1, 6), repair=st.floats(0, 1))
def test_on_the_same_draws_a_better_model_never_does_worse(p, more, K, repair):
    n = 200
    worse = simulate_compounding(p, K, n, repair=repair)
    better = simulate_compounding(p + more, K, n, repair=repair)
    assert worse.n_exact <= better.n_exact
    assert worse.steps_to_first_error.score <= better.steps_to_first_error.score
    longer = simulate_compounding(p, K + 1, n, repair=repair)
    assert longer.n_exact <= worse.n_exact
    assert longer.n_right >= worse.n_right
    repaired = simulate_compounding(p, K, n, repair=(1 + repair) / 2)
    assert worse.n_right <= repaired.n_right
    assert worse.negative_log_likelihood == repaired.negative_log_likelihood


def brute_force(p, K, rho, repair):
    """Exact match, right steps, right steps before the first error, over all 3^K histories."""
    exact = right = before = 0.0
    for history in itertools.product(("right", "repaired", "wrong"), repeat=K):
        probability, n_right, n_wrong = 1.0, 0, 0
        for step in history:  # Polya's urn: each first attempt adds a ball of its own colour
            seen = n_right + n_wrong
            if rho < 1 or seen == 0:
                own = p if seen == 0 else (p * (1 - rho) + n_right * rho) / (1 + (seen - 1) * rho)
            else:
                own = float(n_right > 0)
            if step == "right":
                probability *= own
                n_right += 1
            else:
                probability *= (1 - own) * (repair if step == "repaired" else 1 - repair)
                n_wrong += 1
        ends = [step != "wrong" for step in history]
        exact += probability * all(ends)
        right += probability * sum(ends)
        before += probability * naive.right_before_error(ends)
    return exact, right, before


@pytest.mark.parametrize("rho", [0.0, 0.1, 0.7, 1.0])
@pytest.mark.parametrize("repair", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("p", [0.0, 0.2, 0.85, 1.0])
def test_closed_forms_are_sums_over_all_histories(p, rho, repair):
    by_length = {K: brute_force(p, K, rho, repair) for K in range(1, 6)}
    for K, (exact, right, before) in by_length.items():
        assert expected_exact_match(p, K, rho=rho, repair=repair) == pytest.approx(exact)
        guessing = expected_exact_match(p, K, rho=rho, repair=repair, chance=0.25)
        assert guessing == pytest.approx(exact + (1 - exact) * 0.25)
        assert K * expected_step_accuracy(p, repair=repair) == pytest.approx(right)
        assert expected_token_edit_distance(p, K, repair=repair) == pytest.approx(K - right)
        first = expected_steps_to_first_error(p, K, rho=rho, repair=repair)
        assert first == pytest.approx(before)
    K = 5
    exact, right, before = np.mean([by_length[k] for k in range(1, K + 1)], axis=0)
    arguments = {"rho": rho, "repair": repair, "mixed": True}
    assert expected_exact_match(p, K, **arguments) == pytest.approx(exact)
    assert expected_steps_to_first_error(p, K, **arguments) == pytest.approx(before)
    wrong = expected_token_edit_distance(p, K, repair=repair, mixed=True)
    assert wrong == pytest.approx(3 - right)


@pytest.mark.parametrize(("p", "rho"), [(0.3, 0.2), (0.9, 0.5), (0.05, 0.01)])
def test_expected_likelihood_is_the_integral_over_the_beta_density(p, rho):
    from scipy.integrate import quad
    from scipy.stats import beta

    a, b = p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho
    integral, _ = quad(lambda x: -math.log(x) * beta.pdf(x, a, b), 0, 1, points=[1e-6, 1e-3, p])
    assert expected_negative_log_likelihood(p, 3, rho=rho) == pytest.approx(3 * integral, rel=1e-5)


def test_likelihood_of_certain_and_impossible_steps():
    assert expected_negative_log_likelihood([0.0, 1.0], 2).tolist() == [math.inf, 0.0]
    assert expected_negative_log_likelihood([0.5, 1.0], 2, rho=1.0).tolist() == [math.inf, 0.0]
    assert simulate_compounding(1.0, 3, 10).negative_log_likelihood == (0.0, 0.0, 0.0, 0.0)
    assert simulate_compounding(0.0, 3, 10).negative_log_likelihood.score is None
    halved = simulate_compounding(0.5, 3, 10).negative_log_likelihood
    assert halved == pytest.approx((3 * math.log(2), 0.0, 3 * math.log(2), 3 * math.log(2)))


def test_small_correlations_tend_to_independence():
    for expected in (
        expected_exact_match,
        expected_steps_to_first_error,
        expected_negative_log_likelihood,
    ):
        assert expected(0.8, 6, rho=1e-9) == pytest.approx(expected(0.8, 6), rel=1e-7)


@given(p=st.floats(1e-3, 0.999), K=st.integers(2, 30), rho=st.floats(1e-3, 1))
def test_correlation_never_lowers_the_expected_exact_match(p, K, rho):
    assume(p**K > 1e-12)
    assert p**K <= expected_exact_match(p, K, rho=rho) * (1 + 1e-12)
    assert expected_exact_match(p, K, rho=rho) <= p * (1 + 1e-12)


CELLS = list(itertools.product([0.0, 0.3, 1.0], [0.0, 0.25], [0.0, 0.2], [False, True], [1, 2, 7]))


def test_simulation_agrees_with_the_closed_forms():
    n, p = 20_000, 0.8
    distances = []
    for rho, repair, chance, mixed, K in CELLS:
        key = seed_key(3, "agreement", rho, repair, chance, int(mixed), K)
        cell = simulate_compounding(
            p, K, n, rho=rho, repair=repair, chance=chance, mixed=mixed, key=key
        )
        steps = {"rho": rho, "repair": repair, "mixed": mixed}
        pairs = [
            (cell.exact_match, expected_exact_match(p, K, chance=chance, **steps)),
            (cell.step_accuracy, expected_step_accuracy(p, repair=repair)),
            (cell.steps_to_first_error, expected_steps_to_first_error(p, K, **steps)),
            (
                cell.token_edit_distance,
                expected_token_edit_distance(p, K, repair=repair, mixed=mixed),
            ),
        ]
        if rho < 1:
            nats = expected_negative_log_likelihood(p, K, rho=rho, mixed=mixed)
            pairs.append((cell.negative_log_likelihood, nats))
        for score, expected in pairs:
            if score.stderr > 1e-12:
                distances.append((score.score - expected) / score.stderr)
            else:
                assert score.score == pytest.approx(float(expected), rel=1e-12)
    distances = np.array(distances)
    # 300-odd scores, correlated within a cell: the largest of as many normals is below 4
    assert np.abs(distances).max() < 4
    assert 0.8 < np.sqrt((distances**2).mean()) < 1.2
    assert len(distances) > 300


@pytest.mark.parametrize(("rho", "K", "mixed"), [(0.0, 5, False), (0.4, 5, False), (0.4, 5, True)])
def test_intervals_cover_their_expectation_nineteen_times_in_twenty(rho, K, mixed):
    p, n, n_cells = 0.7, 400, 1000
    outside = np.zeros(4)
    for i in range(n_cells):
        cell = simulate_compounding(p, K, n, rho=rho, mixed=mixed, key=seed_key(i, "cover", rho, K))
        expected = (
            expected_exact_match(p, K, rho=rho, mixed=mixed),
            expected_step_accuracy(p),
            expected_steps_to_first_error(p, K, rho=rho, mixed=mixed),
            expected_token_edit_distance(p, K, mixed=mixed),
        )
        outside += [not s.low <= e <= s.high for s, e in zip(cell[:4], expected, strict=True)]
    error = math.sqrt(0.05 * 0.95 / n_cells)
    assert np.all(np.abs(outside / n_cells - 0.05) < 4 * error)


def test_an_interval_does_not_shrink_to_a_point_where_all_items_agree():
    none = simulate_compounding(0.0, 4, 50)
    assert none.steps_to_first_error.score == 0.0
    assert none.steps_to_first_error.high > 0.1
    one = simulate_compounding(0.5, 4, 1, rho=0.5)
    assert one.steps_to_first_error.stderr is None
    assert one.steps_to_first_error.high - one.steps_to_first_error.low > 2


def test_threads_and_chunks_do_not_change_a_bit(monkeypatch):
    arguments = {"rho": 0.3, "repair": 0.1, "chance": 0.2, "mixed": True, "key": 99}
    monkeypatch.setattr(compounding, "_CHUNK", 2 * compounding._BLOCK)
    n = 7 * compounding._BLOCK + 13
    one = simulate_compounding(0.6, 5, n, threads=1, **arguments)
    assert simulate_compounding(0.6, 5, n, threads=3, **arguments) == one
    monkeypatch.setattr(compounding, "_CHUNK", 512 * compounding._BLOCK)
    whole = simulate_compounding(0.6, 5, n, **arguments)
    assert whole[:4] == one[:4]  # counts are exact; nats are summed chunk by chunk
    assert whole[5:] == one[5:]
    nats = one.negative_log_likelihood
    assert whole.negative_log_likelihood == pytest.approx(nats, rel=1e-12)


def test_more_items_keep_the_outcomes_of_fewer():
    counts = [simulate_compounding(0.9, 3, n, key=5).n_exact for n in (100, 613, 614, 5000)]
    outcomes = [e for e, _, _ in naive.compounding(0.9, 3, 5000, 0.0, 0.0, 0.0, False, 5)]
    assert counts == [sum(outcomes[:n]) for n in (100, 613, 614, 5000)]


def test_probabilities_of_0_and_1_are_met_exactly():
    n = 3_000_000  # a bare 32-bit comparison would miss one of them once in 4e9 draws
    assert simulate_compounding(1.0, 8, n).n_exact == n
    assert simulate_compounding(0.0, 8, n).n_right == 0
    assert simulate_compounding(0.5, 8, n, repair=1.0).n_right == 8 * n
    assert compounding._threshold1(0.0) == 0
    halves = divmod(int(compounding._EVEN), 2**32)
    assert max(halves) < compounding._threshold1(1.0) < 2**32


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="reads Linux's /proc")
def test_memory_does_not_grow_with_items():
    code = (
        "from simlab.simulators.compounding import simulate_compounding\n"
        "def peak():\n"
        "    return next(int(l.split()[1]) for l in open('/proc/self/status') if 'VmHWM' in l)\n"
        "a = dict(rho=1.0, mixed=True)\n"
        "simulate_compounding(0.9, 1, 300_000, **a); few = peak()\n"
        "simulate_compounding(0.9, 1, 20_000_000, **a); print(few, peak())\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    few, many = map(int, result.stdout.split())
    assert many - few < 20_000  # kilobytes; 2e7 items of one byte each would be as many
    assert many < 400_000


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ((-0.1, 2, 10, {}), "p: -0.1"),
        ((math.nan, 2, 10, {}), "p: nan"),
        ((0.5, 0, 10, {}), "K: 0 lies outside"),
        ((0.5, -3, 10, {}), "K: -3"),
        ((0.5, 2.5, 10, {}), "K: 2.5 is not a whole number"),
        ((0.5, 10**7, 10, {}), "K: 10000000"),
        ((0.5, 2, 0, {}), "n_items: 0"),
        ((0.5, 2, "9", {}), "n_items: '9' is not a whole number"),
        ((0.5, 2, 10, {"rho": 1.1}), "rho: 1.1"),
        ((0.5, 2, 10, {"rho": -1e-3}), "rho: -0.001"),
        ((0.5, 2, 10, {"rho": 1e-12}), "rho: 1e-12 is too small"),
        ((0.5, 2, 10, {"repair": 2}), "repair: 2"),
        ((0.5, 2, 10, {"chance": math.inf}), "chance: inf"),
    ],
)
def test_bad_input_is_named(arguments, place):
    *cell, options = arguments
    with pytest.raises(UsageError, match=place):
        simulate_compounding(*cell, **options)


def test_bad_input_of_closed_forms_is_named():
    with pytest.raises(UsageError, match=r"p: 1.5"):
        expected_exact_match([0.5, 1.5], 2)
    with pytest.raises(UsageError, match=r"chance: -1"):
        expected_exact_match(0.5, 2, chance=-1)
    with pytest.raises(UsageError, match=r"K: 0"):
        expected_token_edit_distance(0.5, 0)
