"""AdamW: the naive one bit for bit, the textbook in double precision, small numbers, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simlab.errors import UsageError
from simlab.simulators.training.adamw import AdamW, adamw
from tests.naive import grokking as naive

floats = st.floats(-1e3, 1e3, width=32)
vectors = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*(arrays(np.float32, n, elements=floats) for _ in range(4)))
)


def textbook(p, gradients, c):
    """Algorithm 2 of Loshchilov & Hutter 2019, in double precision."""
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(gradients, 1):
        m = c.beta1 * m + (1 - c.beta1) * g
        v = c.beta2 * v + (1 - c.beta2) * g * g
        step = (m / (1 - c.beta1**t)) / (np.sqrt(v / (1 - c.beta2**t)) + c.eps)
        p = p - c.lr * (step + c.weight_decay * p)
    return p


@given(
    vectors,
    st.integers(1, 10_000),
    st.floats(1e-6, 1.0),
    st.floats(0.0, 0.999),
    st.floats(0.0, 0.9999),
    st.floats(0.0, 1.0),
)
def test_the_kernel_is_the_naive_step_bit_for_bit(state, step, lr, beta1, beta2, decay):
    p, g, m, v = (x.copy() for x in state)
    v = np.abs(v)
    expected = naive.adamw(p, g, m, v, step, lr, beta1, beta2, 1e-8, decay)
    adamw(p, g, m, v, step, lr, beta1, beta2, 1e-8, decay)
    for ours, theirs in zip((p, m, v), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("c", [AdamW(), AdamW(0.05, 0.8, 0.98, 1e-6, 1.0), AdamW(beta1=0.0)])
def test_twenty_steps_agree_with_the_textbook(c):
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=50), rng.normal(size=(20, 50))
    p = start.astype(np.float32)
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(gradients, 1):
        adamw(p, g.astype(np.float32), m, v, t, *c)
    np.testing.assert_allclose(p, textbook(start, gradients, c), rtol=1e-4, atol=1e-6)


def test_no_moment_ever_becomes_denormal():
    smallest = np.finfo(np.float32).tiny
    p, g = np.ones(4, np.float32), np.array([1.0, 1e-18, -1e-25, 1e-40], np.float32)
    m, v = np.zeros(4, np.float32), np.zeros(4, np.float32)
    for step in range(1, 2001):
        adamw(p, g, m, v, step, 0.01, 0.9, 0.98, 1e-8, 1.0)
        assert np.all((m == 0) | (np.abs(m) >= smallest))
        assert np.all(v >= smallest)
        g[:] = 0.0


def test_not_a_number_stays_visible():
    p, g = np.ones(2, np.float32), np.array([np.nan, 1.0], np.float32)
    m, v = np.zeros(2, np.float32), np.zeros(2, np.float32)
    adamw(p, g, m, v, 1, 0.1, 0.9, 0.999, 1e-8, 0.0)
    assert np.isnan(p[0])
    assert np.isfinite(p[1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lr": 0.0}, "lr 0: give a number above 0"),
        ({"lr": float("nan")}, "lr nan: give"),
        ({"beta2": 1.0}, "beta2 1: give a number from 0 to below 1"),
        ({"weight_decay": -1.0}, "weight_decay -1: give a number from 0"),
    ],
)
def test_bad_constants_are_one_line(change, message):
    with pytest.raises(UsageError, match=message):
        AdamW(**change).checked()
