from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import DataError
from simlab.metrics.all_correct import all_correct, subset_accuracy
from simlab.metrics.pass_at_k import pass_at_k
from tests.naive import metrics as naive


@st.composite
def counts(draw):
    n = draw(st.integers(1, 300))
    return n, draw(st.integers(0, n)), draw(st.integers(1, n))


@given(counts())
def test_it_is_the_share_of_sets_with_a_right_sample(case):
    n, c, k = case
    want = 1 - naive.share_without(n, c, k)
    assert pass_at_k(n, c, k)[0] == pytest.approx(float(want), abs=1e-13)
    assert subset_accuracy(n, c, k)[0] == pytest.approx(comb(c, k) / comb(n, k), rel=1e-12)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 20))
def test_it_is_unbiased(n, k, twentieths):
    """Its expectation over n samples of success p is 1 - (1 - p)^k, in whole fractions."""
    k, p = min(k, n), Fraction(twentieths, 20)
    weights = [comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)]
    mean = float(np.dot([float(w) for w in weights], pass_at_k(n, np.arange(n + 1), k)))
    assert mean == pytest.approx(float(1 - (1 - p) ** k), abs=1e-13)
    subsets = float(np.dot([float(w) for w in weights], subset_accuracy(n, np.arange(n + 1), k)))
    assert subsets == pytest.approx(float(p**k), abs=1e-13)


@given(counts())
def test_more_right_samples_or_more_tries_never_lower_it(case):
    n, c, k = case
    assert pass_at_k(n, min(c + 1, n), k)[0] >= pass_at_k(n, c, k)[0] - 1e-15
    assert pass_at_k(n, c, min(k + 1, n))[0] >= pass_at_k(n, c, k)[0] - 1e-15


def test_large_counts_neither_overflow_nor_stall():
    assert pass_at_k(10**9, 10**6, 1000)[0] == pytest.approx(1 - 0.999**1000, rel=1e-5)
    assert pass_at_k(10**9, 5 * 10**8, 10)[0] == pytest.approx(1 - 0.5**10, rel=1e-7)
    assert pass_at_k([10, 10], [0, 10], [1, 10]).tolist() == [0.0, 1.0]


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=9))
def test_a_set_counts_if_all_are_right(sets):
    assert all_correct(sets).tolist() == [float(False not in row) for row in sets]
    assert all_correct(np.array(sets, float)).tolist() == all_correct(sets).tolist()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pass_at_k(5, 6, 1), "n_right: item 0 is 6; give 0 to n_samples=5"),
        (lambda: pass_at_k([5, 5], [1, -1], 1), "n_right: item 1 is -1"),
        (lambda: pass_at_k(5, 2, 6), "k: item 0 is 6; give 1 to n_samples=5"),
        (lambda: pass_at_k(5, 2, 0), "k: item 0 is 0; give 1 to n_samples=5"),
        (lambda: pass_at_k(5, 0.5, 1), r"n_right: shape \(\) of float64"),
        (lambda: pass_at_k([5, 5], [1, 1, 1], 1), r"n_right: shape \(3,\) against \(2,\)"),
        (lambda: subset_accuracy(5, 2, 6), "L: item 0 is 6; give 1 to n_items=5"),
        (lambda: subset_accuracy(5, 6, 2), "n_right: item 0 is -1"),
        (lambda: all_correct([1, 0]), r"right: shape \(2,\); give \(n_sets, L\)"),
        (lambda: all_correct([[], []]), "right: sets of no items"),
        (lambda: all_correct([[1, 0.5]]), "right: item 0 is 0.5; give 1 for right"),
        (lambda: all_correct([["a"]]), "right: holds <U1 values"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(DataError, match=message):
        call()
