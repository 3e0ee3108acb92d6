import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU

from simlab.errors import DataError, UsageError
from simlab.metrics.bleu import bleu
from tests.naive import metrics as naive

sequence = st.lists(st.integers(0, 2), max_size=9)
corpora = st.lists(st.tuples(sequence, sequence), min_size=1, max_size=5)
SMOOTHINGS = ("exp", "floor", "add-k", "none")


def text(sequences):
    return [" ".join(f"w{token}" for token in row) for row in sequences]


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@given(corpora, st.integers(1, 5))
def test_it_agrees_with_sacrebleu(smoothing, items, order):
    outputs, targets = [a for a, _ in items], [b for _, b in items]
    got = bleu(outputs, targets, order=order, smoothing=smoothing)
    options = {"tokenize": "none", "smooth_method": smoothing, "max_ngram_order": order}
    one = BLEU(**options, effective_order=True)
    for score, a, b in zip(got.sentence, text(outputs), text(targets), strict=True):
        assert score == pytest.approx(one.sentence_score(a, [b]).score / 100, abs=1e-12)
    corpus = BLEU(**options).corpus_score(text(outputs), [text(targets)])
    assert got.corpus == pytest.approx(corpus.score / 100, abs=1e-12)
    assert got.brevity_penalty == pytest.approx(corpus.bp, abs=1e-12)


@given(corpora, st.integers(1, 4))
def test_without_smoothing_it_is_the_papers(items, order):
    outputs, targets = [a for a, _ in items], [b for _, b in items]
    got = bleu(outputs, targets, order=order, smoothing="none").corpus
    assert got == pytest.approx(naive.corpus_bleu(outputs, targets, order), abs=1e-12)


def test_long_outputs_over_a_large_vocabulary():
    rng = np.random.default_rng(3)
    targets = [rng.integers(0, 50_000, 300) for _ in range(20)]
    outputs = [np.where(rng.random(300) < 0.8, t, rng.integers(0, 50_000, 300)) for t in targets]
    want = BLEU(tokenize="none").corpus_score(text(outputs), [text(targets)]).score / 100
    assert bleu(outputs, targets).corpus == pytest.approx(want, rel=1e-12)


@given(corpora)
def test_the_order_of_items_does_not_matter(items):
    outputs, targets = [a for a, _ in items], [b for _, b in items]
    one, two = bleu(outputs, targets), bleu(outputs[::-1], targets[::-1])
    assert one.corpus == two.corpus
    assert one.sentence.tolist() == two.sentence[::-1].tolist()


def test_a_corpus_is_not_the_mean_of_its_sentences():
    result = bleu([[1, 2, 3, 4], [5, 6]], [[1, 2, 3, 4], [5, 7, 6, 8]])
    assert result.corpus != pytest.approx(result.sentence.mean(), abs=0.01)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: bleu([], []), DataError, "outputs: no item"),
        (lambda: bleu([[1]], [[1], [2]]), DataError, "targets: 2 sequences for 1 outputs"),
        (lambda: bleu([[1]], [[1]], order=0), UsageError, "order: 0; give the length"),
        (lambda: bleu([[1]], [[1]], smoothing="nist"), UsageError, "smoothing 'nist'; give one of"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
