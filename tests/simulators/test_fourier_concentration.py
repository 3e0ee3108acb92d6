"""Fourier concentration: the naive one, a single wave, noise, invariants."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simlab.errors import UsageError
from simlab.simulators.fourier_concentration import fourier_concentration
from tests.naive import grokking as naive


@given(
    st.tuples(st.integers(3, 16), st.integers(1, 5)).flatmap(
        lambda shape: arrays(np.float64, shape, elements=st.integers(-9, 9).map(float))
    )
)
def test_it_is_the_naive_one(embeddings):
    if np.ptp(embeddings, axis=0).max() == 0:
        assert fourier_concentration(embeddings) < 1.0
    else:
        assert fourier_concentration(embeddings) == pytest.approx(
            naive.concentration(embeddings), abs=1e-9
        )


@pytest.mark.parametrize("n", [12, 31])
def test_single_waves_give_one_and_noise_a_harmonic_number(n):
    rng = np.random.default_rng(0)
    frequencies = rng.integers(1, n // 2 + 1, 400)
    waves = np.cos(2 * np.pi * (np.outer(np.arange(n), frequencies) / n + rng.random(400)))
    assert fourier_concentration(waves + 3.0) == pytest.approx(1.0, abs=1e-9)
    noise = fourier_concentration(rng.normal(size=(31, 20_000)))
    harmonic = sum(1 / f for f in range(1, 16))
    assert noise == pytest.approx(harmonic / 15, abs=0.004)


def test_scale_and_cyclic_shift_change_nothing():
    embeddings = np.random.default_rng(1).normal(size=(2, 11, 6))
    value = fourier_concentration(embeddings)
    assert fourier_concentration(-7.0 * embeddings) == pytest.approx(value, abs=1e-12)
    assert fourier_concentration(np.roll(embeddings, 4, axis=1)) == pytest.approx(value, abs=1e-12)


def test_constants_have_none_and_two_elements_are_too_few():
    assert fourier_concentration(np.ones((5, 3))) == 0.0
    with pytest.raises(UsageError, match="embeddings of 2 elements: frequencies need at least 3"):
        fourier_concentration(np.ones((2, 3)))
