import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from simlab.errors import DataError, UsageError
from simlab.metrics.expected_calibration_error import expected_calibration_error
from tests.naive import metrics as naive

# multiples of 1/64 and powers of two as bins: edges are hit, and hit exactly
stated = st.lists(st.integers(0, 64).map(lambda i: i / 64), min_size=1, max_size=30)


@given(stated, st.data(), st.sampled_from([1, 2, 4, 8, 16]))
def test_it_is_equation_3(confidence, data, n_bins):
    n = len(confidence)
    right = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    got = expected_calibration_error(confidence, right, n_bins=n_bins)
    want = naive.calibration_error(confidence, right, n_bins)
    assert got.error == pytest.approx(want, abs=1e-14)
    assert got.n_items.sum() == n
    assert 0.0 <= got.error <= 1.0


@pytest.mark.parametrize("n_bins", [5, 10, 15])
def test_bins_agree_with_scikit_learn(n_bins):
    rng = np.random.default_rng(n_bins)
    confidence = np.concatenate([rng.random(500), np.linspace(0, 1, 101)])
    right = rng.random(len(confidence)) < confidence**2
    got = expected_calibration_error(confidence, right, n_bins=n_bins)
    share, mean = calibration_curve(right, confidence, n_bins=n_bins)
    assert got.share_right == pytest.approx(share)
    assert got.confidence == pytest.approx(mean)
    want = np.average(abs(share - mean), weights=got.n_items)
    assert got.error == pytest.approx(want)


@given(st.floats(0, 1), st.lists(st.booleans(), min_size=1, max_size=20))
def test_one_confidence_gives_the_gap(c, right):
    got = expected_calibration_error([c] * len(right), right).error
    assert got == pytest.approx(abs(np.mean(right) - c), abs=1e-14)


def test_an_empty_bin_holds_nan():
    got = expected_calibration_error([0.9], [1], n_bins=2)
    assert np.isnan(got.confidence).tolist() == [True, False]
    assert got.n_items.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: expected_calibration_error([], []), DataError, "right: 0 outcomes"),
        (lambda: expected_calibration_error([0.5], [1, 0]), DataError, "right: 2 outcomes for 1"),
        (lambda: expected_calibration_error([1.5], [1]), DataError, "confidence: item 0 is 1.5"),
        (lambda: expected_calibration_error([0.5], [2]), DataError, "right: item 0 is 2"),
        (lambda: expected_calibration_error([0.5], [1], n_bins=0), UsageError, "n_bins: 0"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
