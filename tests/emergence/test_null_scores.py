"""Emergence scores of simulated nulls: published rates, the slow way, and the threads."""

import numpy as np
import pytest

from simlab.emergence.batch import OK, ZERO_MEDIAN, emergence_scores_of
from simlab.emergence.null_scores import CHUNK, null_emergence_scores
from simlab.errors import UsageError
from simlab.simulators.count_tables import count_tables, tabled_counts
from simlab.streams import seed_key


def exceeds(p: list[float], n: int, threshold: float) -> float:
    scores, codes = null_emergence_scores(p, n, n_curves=200_000, seed=1)
    return float(np.mean((scores > threshold) | (codes == ZERO_MEDIAN)))


def test_rates_of_flat_curves() -> None:
    """Measured for the project with another simulator: .052 beyond 5, .0052 beyond 10."""
    assert exceeds([0.25] * 8, 100, 5.0) == pytest.approx(0.052, abs=0.002)
    assert exceeds([0.25] * 8, 100, 10.0) == pytest.approx(0.0052, abs=0.0007)


@pytest.mark.parametrize(("p", "n", "K", "share"), [(0.01, 100, 8, 0.08), (0.001, 100, 6, 0.31)])
def test_near_the_floor_scores_rise_without_end(p: float, n: int, K: int, share: float) -> None:
    """Zero medians of curves whose maximum comes after their minimum: B is plus infinity."""
    _, codes = null_emergence_scores([p] * K, n, n_curves=100_000)
    keys = [seed_key(0, "null-emergence", s) for s in range(K)]
    counts = tabled_counts(count_tables([n] * K, p), keys, n_draws=100_000)
    zero = np.median(np.abs(np.diff(counts)), axis=1) == 0
    moves = counts.min(axis=1) < counts.max(axis=1)
    assert ((codes == ZERO_MEDIAN) == (zero & moves)).all()
    rises = counts.argmax(axis=1) > counts.argmin(axis=1)
    assert np.mean(zero & rises) == pytest.approx(share, abs=0.006)


def test_against_numpys_draws() -> None:
    p, n = np.array([0.02, 0.1, 0.3, 0.5, 0.6]), np.array([50, 200, 100, 70, 400])
    ours, codes = null_emergence_scores(p, n, rho=[0, 0.05, 0, 0, 0.01], n_curves=50_000)
    rng = np.random.default_rng(0)
    rates = np.tile(p, (50_000, 1))
    for s, rho in (1, 0.05), (4, 0.01):
        strength = (1 - rho) / rho
        rates[:, s] = rng.beta(p[s] * strength, (1 - p[s]) * strength, 50_000)
    theirs, their_codes = emergence_scores_of(rng.binomial(n, rates) / n)
    assert np.mean(codes == OK) == pytest.approx(np.mean(their_codes == OK), abs=0.005)
    quantiles = np.linspace(0.05, 0.95, 10)
    low = np.nanquantile(theirs, quantiles - 0.01)
    high = np.nanquantile(theirs, quantiles + 0.01)
    found = np.nanquantile(ours, quantiles)
    assert ((low <= found) & (found <= high)).all()


def test_threads_and_more_curves_change_nothing() -> None:
    one = null_emergence_scores([0.2, 0.3, 0.6], 40, n_curves=2 * CHUNK + 5, seed=3)
    two = null_emergence_scores([0.2, 0.3, 0.6], 40, n_curves=2 * CHUNK + 5, seed=3, threads=2)
    few = null_emergence_scores([0.2, 0.3, 0.6], 40, n_curves=17, seed=3)
    for a, b, c in zip(one, two, few, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a[:17], c)


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        (([0.2, 1.2], 10), {}, "p: 1.2 lies outside"),
        (([0.2, 0.3], 0), {}, "at least 1 item"),
        (([0.2, 0.3], 10), {"n_curves": 0}, "0 curves"),
        (([0.2, 0.3], 10), {"rho": 2.0}, "rho: 2 lies outside"),
    ],
)
def test_arguments_out_of_range(arguments: tuple, options: dict, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        null_emergence_scores(*arguments, **options)
