import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import DataError
from simlab.metrics.multiple_choice_grade import multiple_choice_grade
from tests.naive import metrics as naive

masses = st.lists(st.sampled_from([-np.inf, -2.0, -1.0, 0.0, 0.25, 0.5]), min_size=1, max_size=5)


@given(masses)
def test_kernel_is_the_mean_over_ways_to_pick_a_best_option(m):
    grades = multiple_choice_grade([m] * len(m), range(len(m)))
    assert grades.tolist() == [naive.multiple_choice_grade(m, c) for c in range(len(m))]


@given(masses)
def test_the_grades_of_all_options_sum_to_one(m):
    assert multiple_choice_grade([m] * len(m), range(len(m))).sum() == pytest.approx(1.0)


@given(masses, st.data())
def test_the_order_of_the_options_does_not_matter(m, data):
    order = data.draw(st.permutations(range(len(m))))
    correct = data.draw(st.integers(0, len(m) - 1))
    shuffled = [m[i] for i in order]
    assert multiple_choice_grade([m], [correct]) == multiple_choice_grade(
        [shuffled], [order.index(correct)]
    )


def test_equal_masses_score_chance():
    for k in (2, 3, 4, 7):
        assert multiple_choice_grade([[1 / k] * k], [k - 1]).tolist() == [1 / k]


@pytest.mark.parametrize(
    ("options", "correct", "message"),
    [
        ([[0.5, float("nan")]], [0], "masses: item 0, option 1 is NaN"),
        ([0.5, 0.5], [0], r"masses: shape \(2,\)"),
        ([[0.5, 0.5]], [5], "correct: item 0 names option 5 of 2"),
    ],
)
def test_bad_input_is_named(options, correct, message):
    with pytest.raises(DataError, match=message):
        multiple_choice_grade(options, correct)
