"""Tables of counts: exact masses, the draws of the oracle, and draws that keep their place."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from simlab.errors import UsageError
from simlab.simulators.count_tables import N_PARTS, count_tables, tabled_counts
from simlab.streams import seed_key
from tests.naive import zoo as naive_zoo

rates = st.fractions(0, 1, max_denominator=64)


@settings(max_examples=150)
@given(n=st.integers(0, 60), p=rates, rho=rates)
@example(n=60, p=Fraction(1, 2), rho=Fraction(1, 3))  # all masses are equal
@example(n=60, p=Fraction(1, 2), rho=Fraction(1, 2))  # two peaks
@example(n=60, p=Fraction(1, 64), rho=Fraction(1, 2))  # one, at 0
@example(n=60, p=Fraction(63, 64), rho=Fraction(1, 2))
@example(n=60, p=Fraction(1, 2), rho=Fraction(0))
def test_masses_are_exact(n: int, p: Fraction, rho: Fraction) -> None:
    tables = count_tables(n, float(p), rho=float(rho))
    exact = np.cumsum(naive_zoo.masses(n, p, rho))
    low, end = int(tables.low[0]), int(tables.low[0]) + len(tables.cdf)
    assert tables.cdf == pytest.approx(exact[low:end].astype(float), rel=1e-13, abs=1e-15)
    assert tables.cdf[-1] == 1.0
    left_out = float(1 - exact[end - 1]) + float(exact[low - 1] if low else 0)
    assert left_out < 1e-17


@given(
    key=st.integers(0, 2**64 - 1), first=st.integers(0, 2**40), n=st.integers(0, 40), p=rates,
    rho=rates,
)  # fmt: skip
def test_draws_are_the_oracles(key: int, first: int, n: int, p: Fraction, rho: Fraction) -> None:
    tables = count_tables(n, float(p), rho=float(rho))
    drawn = tabled_counts(tables, [key], n_draws=20, first=first)[:, 0]
    mass = naive_zoo.masses(n, p, rho)
    assert drawn.tolist() == [naive_zoo.tabled_count(key, first + i, mass) for i in range(20)]


@pytest.mark.parametrize(
    ("n", "p", "rho"),
    [(100, 0.25, 0.0), (10_000, 0.3, 0.0), (20_000, 1e-4, 0.0), (200, 0.4, 0.03), (30, 0.5, 0.7)],
)
def test_draws_follow_the_distribution(n: int, p: float, rho: float) -> None:
    tables = count_tables(n, p, rho=rho)
    drawn = tabled_counts(tables, [seed_key(1, "tables", n, p)], n_draws=300_000)[:, 0]
    strength = (1 - rho) / rho if rho else 0.0
    exact = stats.betabinom(n, p * strength, (1 - p) * strength) if rho else stats.binom(n, p)
    quantiles = exact.ppf(np.linspace(0.02, 0.98, 25))
    cells = np.unique(np.concatenate([[-1], quantiles, [n]]))
    expected = np.diff(exact.cdf(cells)) * len(drawn)
    seen = np.histogram(drawn, cells + 0.5)[0]
    assert stats.chisquare(seen, expected, sum_check=False).pvalue > 1e-4


def test_guides_begin_before_the_count_they_lead_to() -> None:
    tables = count_tables([1, 50, 4000], [0.5, 0.02, 0.9])
    for s in range(3):
        cdf = tables.cdf[tables.starts[s] : tables.starts[s + 1]]
        parts = np.arange(N_PARTS) / N_PARTS
        assert (tables.guide[s] == np.searchsorted(cdf, parts, side="right")).all()


@given(st.integers(0, 700), st.integers(0, 700))
def test_a_draw_depends_on_its_counter_only(first: int, n_draws: int) -> None:
    tables = count_tables([50, 7], [0.4, 0.2], rho=[0.0, 0.1])
    whole = tabled_counts(tables, [11, 12], n_draws=1400)
    part = tabled_counts(tables, [11, 12], n_draws=n_draws, first=first)
    assert (part == whole[first : first + n_draws]).all()
    other = tabled_counts(count_tables(7, 0.2, rho=0.1), [12], n_draws=1400)
    assert (other[:, 0] == whole[:, 1]).all()


def test_more_success_never_gives_fewer_counts() -> None:
    """Inversion keeps order: with one stream, counts rise with the rate draw by draw."""
    rates = np.linspace(0, 1, 21)
    counts = tabled_counts(count_tables(60, rates), [5] * 21, n_draws=500)
    assert (np.diff(counts, axis=1) >= 0).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: count_tables(20_001, 0.5), "n: 20001 given; a table takes"),
        (lambda: count_tables([], []), "n: shape \\(0,\\) for 1 columns"),
        (lambda: count_tables([], [], rho=[]), "no column given"),
        (lambda: count_tables(5, 1.1), "p: 1.1 lies outside"),
        (lambda: count_tables([5, 6, 7], [0.1, 0.2]), "p: shape"),
        (lambda: tabled_counts(count_tables(5, 0.5), [1, 2]), "2,\\) for 1 tables"),
        (lambda: tabled_counts(count_tables(5, 0.5), [1], n_draws=-1), "-1 draws"),
    ],
)
def test_arguments_out_of_range(call, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        call()
