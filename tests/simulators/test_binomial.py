"""Binomial and beta-binomial draws: oracle, distribution, edges, independence of the order."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import special, stats

from simlab.errors import UsageError
from simlab.simulators import binomial
from simlab.simulators.binomial import sample_counts
from simlab.streams import seed_key
from tests.naive import zoo as naive_zoo

U64 = np.uint64
keys = st.integers(0, 2**64 - 1)
trials = st.integers(0, 30) | st.integers(0, 20_000) | st.integers(0, 2**31)
rates = st.floats(0.0, 1.0) | st.floats(0.0, 1e-3) | st.sampled_from([0.0, 0.25, 0.5, 1.0])


@settings(max_examples=400)
@given(key=keys, i=st.integers(0, 2**40), n=trials, p=rates)
@example(key=1, i=0, n=20, p=0.5)
@example(key=1, i=0, n=2**31, p=0.5)
@example(key=1, i=0, n=10**6, p=1.0 - 2.0**-53)
def test_a_draw_is_the_oracles(key: int, i: int, n: int, p: float) -> None:
    drawn = binomial.binomial(U64(key), U64(i), n, p)
    assert drawn == naive_zoo.binomial(key, i, n, p)
    assert 0 <= drawn <= n


@settings(max_examples=200)
@given(key=keys, i=st.integers(0, 2**40), n=st.integers(0, 20_000), p=rates, rho=st.floats(0, 1))
def test_an_overdispersed_draw_is_the_oracles(
    key: int, i: int, n: int, p: float, rho: float
) -> None:
    if 0.0 < rho < 1e-9:  # rejection of gamma draws blurs beyond such shapes
        rho = 1e-9
    drawn = binomial.beta_binomial(U64(key), U64(i), n, p, rho)
    assert drawn == naive_zoo.beta_binomial(key, i, n, p, rho)
    assert 0 <= drawn <= n


def p_value(draws: np.ndarray, mass: np.ndarray) -> float:
    """Pearson's test of draws against the masses of 0, 1, ...; rare counts are one class."""
    seen = np.bincount(draws, minlength=len(mass)).astype(float)
    expected = mass * len(draws)
    common = expected >= 10
    if not common.all():
        rest = seen[~common].sum(), len(draws) - expected[common].sum()
        seen, expected = np.append(seen[common], rest[0]), np.append(expected[common], rest[1])
        if rest[1] < 5:  # merged with the last common one
            seen[-2:], expected[-2:] = [0.0, seen[-2:].sum()], [1e-300, expected[-2:].sum()]
            seen, expected = seen[np.r_[: len(seen) - 2, -1]], expected[np.r_[: len(seen) - 2, -1]]
    return float(stats.chisquare(seen, expected, sum_check=False).pvalue)


@pytest.mark.parametrize(
    ("n", "p"),
    [
        (1, 0.3),
        (7, 0.5),
        (20, 0.49999),  # the last of inversion
        (20, 0.5),  # the first of rejection
        (25, 0.6),
        (50, 0.2001),
        (100, 0.01),
        (100, 0.25),
        (1000, 0.999),
        (1000, 0.0101),
        (10_000, 0.5),
        (10_000, 1e-4),
        (1_000_000, 0.3),
    ],
)
def test_the_distribution_is_binomial(n: int, p: float) -> None:
    draws = sample_counts([seed_key(3, "binomial", n, p)], n, p, n_draws=400_000)[:, 0]
    assert p_value(draws, stats.binom.pmf(np.arange(n + 1), n, p)) > 1e-4


@pytest.mark.parametrize(
    ("n", "p", "rho"), [(10, 0.3, 0.2), (200, 0.05, 0.03), (200, 0.8, 0.01), (40, 0.5, 0.9)]
)
def test_the_distribution_is_beta_binomial(n: int, p: float, rho: float) -> None:
    draws = sample_counts([seed_key(4, "beta", n, p, rho)], n, p, rho=rho, n_draws=200_000)[:, 0]
    strength = (1 - rho) / rho
    mass = stats.betabinom.pmf(np.arange(n + 1), n, p * strength, (1 - p) * strength)
    assert p_value(draws, mass) > 1e-4


def test_neighbouring_draws_are_independent() -> None:
    """Pairs of draws one and seven counters apart, by rejection and by inversion."""
    for n, p in (40, 0.4), (6, 0.3):
        draws = sample_counts([seed_key(5, "pairs", n)], n, p, n_draws=300_000)[:, 0]
        z = (draws - n * p) / np.sqrt(n * p * (1 - p))
        for lag in 1, 7:
            assert abs(np.mean(z[lag:] * z[:-lag])) < 4.5 / np.sqrt(len(z))


def test_edges_are_exact() -> None:
    n = [0, 0, 5, 5, 1, 2**31]
    counts = sample_counts(range(6), n, [0.0, 1.0, 0.0, 1.0, 1.0, 1.0], n_draws=50)
    assert (counts == [0, 0, 0, 5, 1, 2**31]).all()
    whole = sample_counts([7], 9, 0.25, rho=1.0, n_draws=4000)
    assert set(np.unique(whole).tolist()) == {0, 9}
    assert abs(np.mean(whole == 9) - 0.25) < 4.5 * np.sqrt(0.25 * 0.75 / 4000)


@pytest.mark.parametrize("n", [-1, 2**31 + 1])
def test_a_kernel_marks_trials_out_of_range(n: int) -> None:
    assert binomial.binomial(U64(1), U64(1), n, 0.5) == -1
    assert binomial.beta_binomial(U64(1), U64(1), n, 0.5, 0.1) == -1


@pytest.mark.parametrize("p", [-1e-9, 1.0 + 1e-9, np.nan, np.inf])
def test_a_kernel_marks_rates_out_of_range(p: float) -> None:
    assert binomial.binomial(U64(1), U64(1), 5, p) == -1
    assert binomial.beta_binomial(U64(1), U64(1), 5, p, 0.1) == -1
    assert binomial.beta_binomial(U64(1), U64(1), 5, 0.5, p) == -1


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_draw_depends_on_its_counter_only(first: int, n_draws: int) -> None:
    whole = sample_counts([11, 12], [50, 7], [0.4, 0.2], rho=[0.0, 0.1], n_draws=600)
    part = sample_counts(
        [11, 12], [50, 7], [0.4, 0.2], rho=[0.0, 0.1], n_draws=n_draws, first=first
    )
    assert (part == whole[first : first + n_draws]).all()
    other = sample_counts([12, 11], [7, 50], [0.2, 0.4], rho=[0.1, 0.0], n_draws=600)
    assert (other[:, ::-1] == whole).all()


@given(st.integers(0, 2**31), rates)
def test_stirlings_remainder_and_the_ratio_of_masses(n: int, p: float) -> None:
    k = n % 200
    ln_k = (k + 0.5) * np.log(k + 1) - (k + 1) + 0.5 * np.log(2 * np.pi)
    assert binomial._stirling(k) == pytest.approx(special.gammaln(k + 1) - ln_k, abs=1e-10)
    p = 0.5 * p
    if n * p >= 10:
        mode = int((n + 1) * p)
        k = max(0, mode - 3 * int(np.sqrt(n * p * (1 - p))))
        exact = stats.binom.logpmf(k, n, p) - stats.binom.logpmf(mode, n, p)
        assert binomial._log_ratio(n, p, k) == pytest.approx(exact, abs=1e-8 + 2e-14 * n)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([1], 5, 1.5), "p: 1.5 lies outside 0 .. 1"),
        (([1], -1, 0.5), "n: -1 lies outside"),
        (([1], 2**32, 0.5), "n: 4.29497e\\+09 lies outside"),
        (([1], 2.5, 0.5), "n: 2.5 is not a whole number"),
        (([1, 2], [1, 2, 3], 0.5), "n: shape \\(3,\\) for 2 columns"),
        (([[1]], 1, 0.5), "keys of shape \\(1, 1\\)"),
    ],
)
def test_arguments_out_of_range(arguments: tuple, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        sample_counts(*arguments)
    with pytest.raises(UsageError, match=r"rho: nan lies outside"):
        sample_counts([1], 5, 0.5, rho=np.nan)
