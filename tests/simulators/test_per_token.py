import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.simulators.per_token import (
    CHUNK,
    edit_distance_bias,
    expected_scores,
    sample_answers,
)
from tests.naive import metrics as naive_metrics
from tests.naive import simulators as naive_simulators
from tests.naive import streams as naive_streams

probability = st.floats(0, 1)


@given(probability, st.integers(1, 6), st.integers(2, 12), st.integers(1, 20), st.integers(0, 99))
def test_sums_are_those_of_the_oracle(p, L, vocabulary, items, seed):
    drawn = sample_answers([p], L, items=items, vocabulary=vocabulary, seed=seed)
    key = naive_streams.seed_key(seed, "per-token", L, p)
    answers = [naive_simulators.answer(key, i, p, vocabulary, L) for i in range(items)]
    edits = [naive_metrics.token_edit_distance(*pair) for pair in answers]
    assert drawn.hits.tolist() == [sum(output == target for output, target in answers)]
    assert drawn.edits.tolist() == [sum(edits)]
    assert drawn.edits_squared.tolist() == [sum(e * e for e in edits)]


@given(probability, st.integers(1, 8))
def test_expected_scores_are_sums_over_all_outcomes(p, L):
    scores = expected_scores([p], L)
    weight = [math.comb(L, k) * p ** (L - k) * (1 - p) ** k for k in range(L + 1)]
    assert scores.accuracy[0] == pytest.approx(weight[0], abs=1e-15)
    assert scores.token_edit_distance[0] == pytest.approx(
        sum(k * w for k, w in enumerate(weight)), abs=1e-12
    )


@pytest.mark.parametrize("k", [2, 3, 5, 10])
def test_grade_is_a_step_at_guessing(k):
    p = [0.0, 0.5 / k, 1 / k, np.nextafter(1 / k, 1), 0.9, 1.0]
    grade = expected_scores(p, 1, n_options=k).multiple_choice_grade
    assert grade.tolist() == [1 / k, 1 / k, 1 / k, 1.0, 1.0, 1.0]


def test_threads_do_not_change_a_bit():
    p, items = [0.1, 0.6, 0.95], 2 * CHUNK + 17
    one, two = (sample_answers(p, 4, items=items, seed=3, threads=t) for t in (1, 2))
    for a, b in zip(one, two, strict=True):
        assert np.array_equal(a, b)


def test_company_and_seed():
    both = sample_answers([0.3, 0.7], 3, items=500, seed=1)
    alone = sample_answers([0.7], 3, items=500, seed=1)
    other = sample_answers([0.7], 3, items=500, seed=2)
    assert (both.hits[1], both.edits[1]) == (alone.hits[0], alone.edits[0])
    assert (other.hits[0], other.edits[0]) != (alone.hits[0], alone.edits[0])


@pytest.mark.parametrize("L", [1, 3, 8])
def test_sampled_scores_agree_with_closed_forms(L):
    p, items = np.array([0.2, 0.6, 0.97]), 40_000
    drawn, expected = sample_answers(p, L, items=items), expected_scores(p, L)
    error = np.sqrt(expected.accuracy * (1 - expected.accuracy) / items)
    assert np.all(abs(drawn.accuracy - expected.accuracy) < 4.5 * error + 1e-4)
    error = np.sqrt(L * p * (1 - p) / items)
    assert np.all(abs(drawn.token_edit_distance - expected.token_edit_distance) < 4.5 * error)
    # the standard error of a standard error is about a share 1 / sqrt(2 items) of it
    assert drawn.edit_stderr == pytest.approx(error, rel=0.05)


def test_a_small_vocabulary_lowers_the_edit_distance_within_the_bound():
    L, vocabulary, items = 6, 12, 100_000
    drawn = sample_answers([0.0], L, items=items, vocabulary=vocabulary)
    gap = L - drawn.token_edit_distance[0]
    assert 0.01 < gap <= edit_distance_bias(L, vocabulary)
    assert edit_distance_bias(1, 2) == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sample_answers([1.1], 1), "token_success: 1.1 given"),
        (lambda: sample_answers([float("nan")], 1), "token_success: nan given"),
        (lambda: sample_answers([], 1), r"token_success: shape \(0,\) given"),
        (lambda: sample_answers([0.5], 0), "n_tokens: 0 is no length"),
        (lambda: sample_answers([0.5], 1, items=0), "items: 0 is not"),
        (lambda: sample_answers([0.5], 1, vocabulary=1), "vocabulary: 1 tokens"),
        (lambda: expected_scores([0.5], 1, n_options=1), "n_options: 1 leave no choice"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(UsageError, match=message):
        call()
