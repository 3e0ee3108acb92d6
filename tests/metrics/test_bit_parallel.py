import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq, Levenshtein

from simlab.metrics.bit_parallel import common_subsequence1, dense_ids, edit_distance_bits1
from simlab.metrics.tokens import pack_tokens
from tests.naive import metrics as naive

short = st.lists(st.integers(0, 3), max_size=8)
long = st.lists(st.integers(0, 2), max_size=140)


def both(a, b):
    """Distance and subsequence of one pair; the working space must be left as it was found."""
    a, b = np.array(a, np.int64), np.array(b, np.int64)
    places = np.zeros(max(a.max(initial=0), b.max(initial=0)) + 1, np.uint64)
    carry = np.full(len(a), 7, np.int8)
    found = edit_distance_bits1(a, b, places, carry), common_subsequence1(a, b, places, carry)
    assert not places.any()
    return found


@given(short, short)
def test_short_sequences_against_the_definitions(a, b):
    assert both(a, b) == (naive.token_edit_distance(a, b), naive.common_subsequence(a, b))


@given(long, long)
def test_across_blocks_of_64_against_rapidfuzz(a, b):
    assert both(a, b) == (Levenshtein.distance(a, b), LCSseq.similarity(a, b))


@pytest.mark.parametrize("m", [63, 64, 65, 127, 128, 129, 300])
def test_lengths_around_the_blocks(m):
    rng = np.random.default_rng(m)
    target = rng.integers(0, 4, m)
    for n in (0, 1, m - 1, m, m + 1, 2 * m):
        output = np.resize(np.delete(target, m // 2), n)
        a, b = output.tolist(), target.tolist()
        assert both(a, b) == (Levenshtein.distance(a, b), LCSseq.similarity(a, b))


@pytest.mark.parametrize(("output", "target"), [([], [3, 5]), ([3, 5], []), ([], [])])
def test_without_dense_ids_nothing_is_written(output, target):
    a, b, size = dense_ids(pack_tokens([output]), pack_tokens([target]))
    assert size == 0
    memory, carry = np.full(16, 9, np.uint64), np.zeros(2, np.int8)
    assert edit_distance_bits1(a, b, memory[4:4], carry) == len(output) + len(target)
    assert common_subsequence1(a, b, memory[4:4], carry) == 0
    assert (memory == 9).all()


@given(st.lists(st.integers(-(2**62), 2**62), max_size=6), st.lists(st.integers(0, 9), max_size=6))
def test_dense_ids_keep_what_is_equal(a, b):
    one, two, size = dense_ids(pack_tokens([a]), pack_tokens([b]))
    if a and b:
        assert min(*one, *two) >= 0
        assert max(*one, *two) < size
    pairs = zip([*one.tolist(), *two.tolist()], [*a, *b], strict=True)
    assert len(set(pairs)) == len({*one.tolist(), *two.tolist()}) == len({*a, *b})
