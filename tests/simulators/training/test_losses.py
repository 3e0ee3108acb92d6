"""Losses on blocks of logits: the naive ones, the exponential, ties, and what is not a number."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simlab.simulators.training.losses import (
    count_right,
    cross_entropies,
    cross_entropy_gradient,
    exp32,
    squared_error_gradient,
    squared_errors,
)
from tests.naive import grokking as naive

logits = st.tuples(st.integers(2, 9), st.integers(1, 40)).flatmap(
    lambda shape: st.tuples(
        arrays(np.float32, shape, elements=st.floats(-40, 40, width=32)),
        arrays(np.int32, shape[1], elements=st.integers(0, shape[0] - 1)),
    )
)


def space(block):
    return np.empty((2, block.shape[1]), np.float32)


@given(st.floats(-60, 0, width=32))
def test_the_exponential_is_right_to_a_bit(x):
    assert exp32(np.float32(x)) == pytest.approx(math.exp(np.float32(x)), rel=1.5e-7)


def test_the_exponential_of_zero_and_of_far_below():
    assert exp32(np.float32(0)) == 1.0
    assert exp32(np.float32(-60.01)) == 0.0
    assert exp32(np.float32(-1e30)) == 0.0
    assert np.isnan(exp32(np.float32("nan")))


@given(logits)
def test_cross_entropy_is_the_naive_one(block):
    values, target = block
    share = 1 / len(target)
    loss, gradient, right = naive.cross_entropy(values, target, share)
    ours = values.copy()
    seen = cross_entropy_gradient(ours, target, np.float32(share), *space(values))
    assert math.isfinite(seen)
    np.testing.assert_allclose(ours, gradient, atol=3e-7)
    assert cross_entropies(values.copy(), target, *space(values)) == (
        pytest.approx(loss, rel=1e-5, abs=2e-5),
        right,
    )


@given(logits)
def test_squared_error_is_the_naive_one(block):
    values, target = block
    share = 1 / len(target)
    loss, gradient, right = naive.squared_error(values, target, share)
    ours = values.copy()
    seen = squared_error_gradient(ours, target, np.float32(share), space(values)[0])
    assert math.isfinite(seen)
    np.testing.assert_allclose(ours, gradient, rtol=1e-6, atol=1e-7)
    assert squared_errors(values.copy(), target, *space(values)) == (
        pytest.approx(loss, rel=1e-5, abs=1e-6),
        right,
    )


def test_a_tie_is_not_right():
    values = np.array([[0, 1, 2], [0, 1, 1], [0, 0, 0]], np.float32)
    assert count_right(values, np.zeros(3, np.int32), *space(values)) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_logit_that_is_no_number_is_seen(bad):
    values = np.zeros((5, 20), np.float32)
    values[3, 7] = bad
    target = np.full(20, 3, np.int32)
    loss, _ = cross_entropies(values.copy(), target, *space(values))
    assert not math.isfinite(loss)
    if bad != -np.inf:  # a probability of zero is no obstacle to a gradient
        seen = cross_entropy_gradient(values.copy(), target, np.float32(1), *space(values))
        assert not math.isfinite(seen)
    assert not math.isfinite(
        squared_error_gradient(values.copy(), target, np.float32(1), space(values)[0])
    )
    assert count_right(values, target, *space(values)) <= 1


def test_no_gradient_is_denormal():
    rng = np.random.default_rng(0)
    values = rng.uniform(-120, 0, (97, 64)).astype(np.float32)
    cross_entropy_gradient(values, np.zeros(64, np.int32), np.float32(1e-4), *space(values))
    assert np.all((values == 0) | (np.abs(values) >= np.finfo(np.float32).tiny))
