"""Repeated sampling and the distributions of success: oracles, closed forms, limits, bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.simulators.repeated_sampling import (
    Answers,
    expected_best_of,
    sample_answers,
    vote_threshold,
)
from simlab.simulators.success_distributions import (
    DISTRIBUTIONS,
    SuccessDistribution,
    expected_miss,
    miss_asymptote,
    share_below,
    success_quantile,
    with_mean,
)
from simlab.streams import seed_key
from tests.naive import sampling as naive_sampling

shares = st.floats(0, 1)


@settings(max_examples=30)
@given(
    st.lists(st.tuples(shares, st.booleans()), min_size=1, max_size=4),
    st.sets(st.integers(1, 20), min_size=1, max_size=4), st.floats(0, 3), st.floats(0, 0.9),
    st.integers(1, 4), st.integers(0, 99),
)  # fmt: skip
def test_as_the_oracle(items, ks, d, distractor, wrong, seed):
    p, fooled = [x for x, _ in items], [f for _, f in items]
    key, numbers = seed_key(seed, "sampling"), sorted(ks)
    found = sample_answers(
        np.array(p), np.array(fooled), numbers, key=key,
        answers=Answers(d=d, distractor=distractor, wrong_answers=wrong),
    )  # fmt: skip
    n_right, picked, voted = naive_sampling.sample(
        int(key), p, fooled, numbers, d, distractor, wrong
    )
    assert found.n_right.tolist() == n_right
    assert found.picked.tolist() == picked
    assert found.voted.tolist() == voted


def test_more_answers_begin_with_those_of_fewer():
    p, none = np.full(50, 0.4), np.zeros(50, bool)
    few, many = (sample_answers(p, none, ks, key=seed_key(1)) for ks in ([1, 8], [1, 8, 64]))
    assert many.n_right[:, :2].tolist() == few.n_right.tolist()
    assert many.picked[:, :2].tolist() == few.picked.tolist()


@pytest.mark.parametrize("d", [0.0, 0.7, 2.0, -1.5])
def test_best_of_against_drawn_answers(d):
    p, n = 0.3, 20_000
    fooled = np.full(n, d < 0)
    found = sample_answers(
        np.full(n, p), fooled, [1, 2, 5, 16], key=seed_key(2), answers=Answers(d=abs(d))
    )
    (expected,) = expected_best_of(np.array([p]), [1, 2, 5, 16], d)
    error = np.sqrt(expected * (1 - expected) / n)
    assert (np.abs(found.picked.mean(axis=0) - expected) < 4.5 * error).all()


@given(shares, st.integers(1, 100), st.floats(-4, 4))
def test_best_of_lies_between_its_bounds(p, k, d):
    value = expected_best_of(np.array([p]), [k], d)[0, 0]
    assert -1e-9 <= value <= 1 - (1 - p) ** k + 1e-9
    assert (value >= p - 1e-9) if d >= 0 else (value <= p + 1e-9)


def test_best_of_two_by_hand():
    # one right and one wrong answer: the right one wins with probability Phi(d / sqrt 2)
    p, d = 0.4, 1.3
    wins = 0.5 * (1 + math.erf(d / 2))
    expected = p * p + 2 * p * (1 - p) * wins
    assert expected_best_of(np.array([p]), [2], d)[0, 0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("p", "right"), [(0.2, 0.0), (0.36, 1.0)])
def test_votes_decide_by_the_threshold(p, right):
    answers = Answers(distractor=0.4, wrong_answers=5)  # threshold 2/7
    found = sample_answers(
        np.full(40, p), np.zeros(40, bool), [5000], key=seed_key(3), answers=answers
    )
    assert vote_threshold(answers) == pytest.approx(2 / 7)
    assert found.voted.mean() == right


@given(
    st.sampled_from(DISTRIBUTIONS), st.floats(0.2, 5), st.floats(0.02, 0.95),
    st.sampled_from([0.0, 0.01]),
)  # fmt: skip
def test_distributions_have_their_mean_and_quantiles(kind, shape, mean, floor):
    law = with_mean(kind, shape, mean, floor=floor)
    middle = success_quantile(law, (np.arange(20_000) + 0.5) / 20_000)
    assert middle.mean() == pytest.approx(mean, abs=2e-3)
    assert 1 - expected_miss(law, 1) == pytest.approx(mean, rel=1e-6)
    for u in (0.1, 0.5, 0.9):
        p = float(success_quantile(law, u))
        if floor + 1e-6 < p < 1 - 1e-6:
            assert share_below(law, p) == pytest.approx(u, rel=1e-5)


@given(st.floats(0.2, 4), st.floats(0.2, 50), st.integers(1, 60))
def test_beta_miss_by_a_product(shape, rest, k):
    law = SuccessDistribution("beta", shape, rest)
    assert expected_miss(law, k) == pytest.approx(
        naive_sampling.beta_miss(shape, rest, k), rel=1e-9
    )


@given(st.floats(0.3, 4), st.floats(0.3, 20), st.integers(1, 8))
def test_kumaraswamy_miss_by_moments(shape, rest, k):
    law = SuccessDistribution("kumaraswamy", shape, rest)
    expected = naive_sampling.kumaraswamy_miss(shape, rest, k)
    assert expected_miss(law, k) == pytest.approx(expected, rel=1e-6, abs=1e-10)


@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_a_floor_multiplies_the_miss(kind):
    law = with_mean(kind, 0.5, 0.3)
    raised = law._replace(floor=0.05)
    ks = np.array([1.0, 10.0, 300.0])
    assert expected_miss(raised, ks) == pytest.approx(0.95**ks * expected_miss(law, ks), rel=1e-12)
    assert success_quantile(raised, 0.0) == pytest.approx(0.05)
    with pytest.raises(UsageError, match=r"floor 0.05: with a floor"):
        miss_asymptote(raised)


@pytest.mark.parametrize("kind", DISTRIBUTIONS)
@pytest.mark.parametrize("shape", [0.5, 1.0, 1.7])
def test_the_miss_becomes_its_power_law(kind, shape):
    law = with_mean(kind, shape, 0.3)
    c, exponent = miss_asymptote(law)
    assert exponent == shape
    assert expected_miss(law, 1e8) == pytest.approx(c * 1e8**-shape, rel=1e-3)


def test_kumaraswamy_with_shape_one_is_beta():
    for k in (1, 7, 1000):
        one = expected_miss(SuccessDistribution("kumaraswamy", 1.0, 3.0), k)
        assert one == pytest.approx(3 / (3 + k), rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: with_mean("bta", 1, 0.5), "did you mean 'beta'"),
        (lambda: with_mean("beta", 0, 0.5), "shape 0"),
        (lambda: with_mean("beta", 1, 0.5, floor=1), "floor 1"),
        (lambda: with_mean("beta", 1, 0.1, floor=0.1), "above the floor"),
        (lambda: expected_miss(SuccessDistribution("beta", 1, 1), 0), "k 0: give at least 1"),
        (lambda: sample_answers(np.ones(2), np.ones(2, bool), [], key=seed_key(0)), "ks: give"),
        (lambda: sample_answers(np.ones(2), np.ones(2, bool), [4, 2], key=seed_key(0)), "ks: give"),
        (lambda: sample_answers(2 * np.ones(2), np.ones(2, bool), [1], key=seed_key(0)), "p 2"),
        (lambda: sample_answers(np.ones(2), np.ones(3, bool), [1], key=seed_key(0)), "one probab"),
        (lambda: sample_answers(np.ones(2), np.ones(2, bool), [1], key=seed_key(0),
                                answers=Answers(distractor=1.0)), "distractor lies in"),
    ],
)  # fmt: skip
def test_bad_input(call, message):
    with pytest.raises(UsageError, match=message):
        call()
