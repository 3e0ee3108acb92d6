from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from simlab.errors import DataError
from simlab.metrics.token_edit_distance import _LONG_TARGET, token_edit_distance
from tests.naive import metrics as naive

sequence = st.lists(st.integers(0, 3), max_size=9)


def distance(a, b):
    return int(token_edit_distance([a], [b]).distance[0])


@given(sequence, sequence)
def test_kernel_is_the_recursion(a, b):
    assert distance(a, b) == naive.token_edit_distance(a, b)


def test_all_pairs_of_short_binary_sequences():
    every = [list(s) for n in range(5) for s in product((0, 1), repeat=n)]
    pairs = list(product(every, every))
    got = token_edit_distance([a for a, _ in pairs], [b for _, b in pairs]).distance
    assert got.tolist() == [naive.token_edit_distance(a, b) for a, b in pairs]


@pytest.mark.parametrize(("length", "vocabulary"), [(5, 50257), (20, 10), (200, 100), (300, 2)])
def test_it_agrees_with_rapidfuzz(length, vocabulary):
    rng = np.random.default_rng(length)
    targets = [rng.integers(0, vocabulary, rng.integers(0, length + 1)) for _ in range(60)]
    outputs = [
        np.insert(np.delete(t, slice(2, 4)), len(t) // 3, rng.integers(0, vocabulary, 2))
        if i % 2 and len(t) > 6
        else rng.integers(0, vocabulary, rng.integers(0, length + 1))
        for i, t in enumerate(targets)
    ]
    want = [
        Levenshtein.distance(a.tolist(), b.tolist()) for a, b in zip(outputs, targets, strict=True)
    ]
    assert token_edit_distance(outputs, targets).distance.tolist() == want


@given(sequence, sequence, sequence)
def test_it_is_a_metric_between_its_bounds(a, b, c):
    d = distance(a, b)
    assert d == distance(b, a)
    assert d == distance(a[::-1], b[::-1])
    assert (d == 0) == (a == b)
    assert d <= distance(a, c) + distance(c, b)
    assert abs(len(a) - len(b)) <= d <= max(len(a), len(b))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=9))
def test_it_never_exceeds_the_hamming_distance(places):
    a, b = [x for x, _ in places], [y for _, y in places]
    assert distance(a, b) <= sum(x != y for x, y in places)


def test_normalised_by_the_length_of_the_target():
    result = token_edit_distance([[1, 2, 3], [7, 7, 7], [], [4]], [[1, 2], [], [], [4]])
    assert result.distance.tolist() == [1, 3, 0, 0]
    assert result.normalised.tolist() == [0.5, 3.0, 0.0, 0.0]


def test_text_must_be_tokenised():
    with pytest.raises(DataError, match="outputs: item 0 has shape"):
        token_edit_distance(["kitten"], ["sitting"])


@given(st.lists(st.tuples(sequence, sequence), min_size=1, max_size=6))
def test_a_long_target_beside_them_changes_no_distance(items):
    outputs, targets = [a for a, _ in items], [b for _, b in items]
    alone = token_edit_distance(outputs, targets).distance
    mixed = token_edit_distance([*outputs, [1]], [*targets, [1] * _LONG_TARGET]).distance
    assert mixed.tolist() == [*alone, _LONG_TARGET - 1]
