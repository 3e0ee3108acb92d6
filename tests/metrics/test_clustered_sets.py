"""Sets from one class and of different classes, by enumeration of all sets."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import DataError
from simlab.metrics.clustered_sets import different_class_accuracy, same_class_accuracy

counts = st.lists(
    st.integers(2, 6).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
    min_size=1,
    max_size=5,
)


@given(counts, st.integers(1, 2))
def test_sets_of_one_class_by_enumeration(classes, L):
    n, right = zip(*classes, strict=True)
    expected = sum(
        size / sum(n) * math.comb(good, L) / math.comb(size, L)
        for size, good in zip(n, right, strict=True)
    )
    assert same_class_accuracy(n, right, L) == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.data())
def test_sets_of_different_classes_by_enumeration(accuracies, data):
    L = data.draw(st.integers(1, len(accuracies)))
    found = different_class_accuracy(accuracies, L)
    sets = [math.prod(chosen) for chosen in combinations(accuracies, L)]
    assert found == pytest.approx(np.mean(sets), abs=1e-12)
    assert found <= np.mean(accuracies) ** L + 1e-12  # Maclaurin


def test_equal_classes_follow_the_power():
    assert different_class_accuracy([0.7] * 10, 10) == pytest.approx(0.7**10)
    assert same_class_accuracy([10**6] * 3, [7 * 10**5] * 3, 4) == pytest.approx(0.7**4, rel=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: same_class_accuracy([3, 10], [3, 10], 4), "4"),
        (lambda: same_class_accuracy([3], [4], 1), "n_right"),
        (lambda: different_class_accuracy([0.5, 0.5], 3), "2 classes for sets of 3; give at leas"),
        (lambda: different_class_accuracy([0.5, 1.5], 1), "accuracies: 1.5 lies outside 0 .. 1"),
        (lambda: different_class_accuracy([], 1), "0 classes for sets of 1"),
    ],
)
def test_bad_input_is_one_line_that_names_it(call, message):
    with pytest.raises(DataError, match=message):
        call()
