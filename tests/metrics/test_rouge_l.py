import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import Tokenizer

from simlab.metrics.rouge_l import rouge_l
from tests.naive import metrics as naive

sequence = st.lists(st.integers(0, 3), max_size=8)


class Words(Tokenizer):
    def tokenize(self, text):
        return text.split()


SCORER = RougeScorer(["rougeL"], tokenizer=Words())


@given(st.lists(st.tuples(sequence, sequence), min_size=1, max_size=5))
def test_it_agrees_with_rouge_score(items):
    got = rouge_l([a for a, _ in items], [b for _, b in items])
    for i, (a, b) in enumerate(items):
        want = SCORER.score(" ".join(map(str, b)), " ".join(map(str, a)))["rougeL"]
        assert got.precision[i] == want.precision
        assert got.recall[i] == want.recall
        assert got.f[i] == pytest.approx(want.fmeasure, abs=1e-15)


@given(sequence, sequence)
def test_it_is_the_subsequence_over_the_lengths(a, b):
    got = rouge_l([a], [b])
    length = naive.common_subsequence(a, b)
    assert got.f[0] == (2 * length / (len(a) + len(b)) if a or b else 0.0)
    assert got.precision[0] == rouge_l([b], [a]).recall[0]


def test_long_sequences_agree_with_rouge_score():
    rng = np.random.default_rng(1)
    target = rng.integers(0, 20, 200)
    output = np.insert(target[rng.random(200) < 0.7], 50, rng.integers(0, 20, 30))
    want = SCORER.score(" ".join(map(str, target)), " ".join(map(str, output)))["rougeL"]
    assert rouge_l([output], [target]).f[0] == pytest.approx(want.fmeasure, abs=1e-15)


@given(st.lists(st.booleans(), min_size=1, max_size=80))
def test_replaced_by_foreign_tokens_it_is_the_share_right(right):
    target = np.arange(len(right))
    assert rouge_l([np.where(right, target, -1)], [target]).f[0] == np.mean(right)


def test_what_is_empty_scores_0():
    assert rouge_l([[], [1], []], [[1], [], []]).f.tolist() == [0.0, 0.0, 0.0]
    assert rouge_l([], []).f.shape == (0,)
