import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import DataError
from simlab.metrics.brier_score import brier_score, brier_score_sum
from tests.naive import metrics as naive

weights = st.lists(st.floats(0.01, 1), min_size=1, max_size=6)


@given(st.lists(st.floats(0, 1), max_size=8))
def test_binary_score_is_the_square_of_what_is_missing(p):
    assert brier_score(p).tolist() == [(1.0 - x) * (1.0 - x) for x in p]


@given(weights, st.data())
def test_summed_score_is_the_squared_distance_to_the_truth(w, data):
    p = (np.array(w) / np.sum(w)).tolist()
    correct = data.draw(st.integers(0, len(p) - 1))
    score = brier_score_sum([p], [correct])[0]
    assert score == naive.brier_score_sum(p, correct)
    assert 0.0 <= score <= 2.0


@given(st.floats(0, 1))
def test_with_two_classes_the_sum_is_twice_the_binary_score(p):
    summed = brier_score_sum([[p, 1.0 - p]], [0])
    assert summed == pytest.approx(2.0 * brier_score([p]), abs=1e-15)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_summed_score_is_proper(truth, stated):
    def expected(p):
        both = brier_score_sum([[p, 1.0 - p], [p, 1.0 - p]], [0, 1])
        return truth * both[0] + (1.0 - truth) * both[1]

    assert expected(truth) <= expected(stated) + 1e-12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: brier_score([0.5, 1.5]), "p_correct: item 1 is 1.5; a probability lies in 0 .. 1"),
        (lambda: brier_score([float("nan")]), "p_correct: item 0 is nan"),
        (lambda: brier_score([[0.5]]), r"p_correct: shape \(1, 1\); give \(n_items,\)"),
        (lambda: brier_score_sum([[0.5, 0.4]], [0]), "probabilities: item 0 sums to 0.9"),
        (lambda: brier_score_sum([[0.5, 0.5]], [2]), "correct: item 0 names option 2 of 2"),
        (lambda: brier_score_sum([[0.5, 0.5]], [-1]), "correct: item 0 names option -1 of 2"),
        (lambda: brier_score_sum([[0.5, 0.5]], [0.0]), "correct: shape .* of float64"),
        (lambda: brier_score_sum([[0.5, 0.5]], [0, 1]), r"correct: shape \(2,\)"),
        (lambda: brier_score_sum([0.5, 0.5], [0]), r"probabilities: shape \(2,\)"),
    ],
)
def test_what_is_no_probability_is_named(call, message):
    with pytest.raises(DataError, match=message):
        call()
