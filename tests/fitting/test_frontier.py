import numpy as np
import pytest
from scipy.stats import linregress

from simlab.errors import DataError, UsageError
from simlab.fitting.bootstrap import bootstrap_chinchilla
from simlab.fitting.chinchilla_fit import fit_chinchilla
from simlab.fitting.chinchilla_frontier import frontier_draws, frontier_of
from simlab.fitting.frontier import Frontier, FrontierDraws, fit_frontier
from simlab.laws.chinchilla import BESIROGLU, compute_optimum
from tests.fitting.conftest import synthetic


def test_slopes_are_those_of_scipy():
    rng = np.random.default_rng(0)
    C = 10 ** rng.uniform(18, 22, 9)
    N, D = C**0.5 * rng.lognormal(size=9), C**0.5 * rng.lognormal(size=9)
    found = fit_frontier(C, N, D)
    for slope, values in ((found.a, N), (found.b, D)):
        assert slope == pytest.approx(linregress(np.log(C), np.log(values)).slope, rel=1e-12)
    ratio = np.log(found.optimum(3e20).n_params)
    line = linregress(np.log(C), np.log(N))
    assert ratio == pytest.approx(line.intercept + line.slope * np.log(3e20), rel=1e-12)


def test_porians_published_exponents_from_their_optimal_pairs(data):
    """`n_exponent` of the fit "basic" is the slope of ln n on ln flops over the optimal pairs."""
    import polars as pl

    key = ["file", "dataset", "hparams", "warmup", "decay", "param_count", "val"]
    pairs = pl.read_csv(data / "scaling" / "porian2024_optimal_pairs.csv")
    fits = pl.read_csv(data / "scaling" / "porian2024_fit_results.csv")
    basic = fits.filter(pl.col("fit") == "basic")
    assert basic.height == 15
    for row in basic.iter_rows(named=True):
        same = pl.all_horizontal(pl.col(k).eq_missing(pl.lit(row[k])) for k in key)
        here = pairs.filter(same & pl.col("n").is_finite())
        found = fit_frontier(here["flops"], here["n"], here["t"])
        assert found.a == pytest.approx(row["n_exponent"], abs=1e-9)
        assert found.b == pytest.approx(row["t_exponent"], abs=1e-9)


def test_the_law_of_chinchilla_implies_a_frontier():
    frontier = frontier_of(BESIROGLU, 1e20)
    for flops in (1e18, 5.76e23):
        ours, exact = frontier.optimum(flops), compute_optimum(flops)
        assert float(ours.n_params) == pytest.approx(float(exact.n_params), rel=1e-12)
        assert float(ours.n_tokens) == pytest.approx(float(exact.n_tokens), rel=1e-12)


def test_draws_of_a_bootstrap_are_frontiers_of_their_constants():
    runs = synthetic(noise=0.005)
    draws = bootstrap_chinchilla(fit_chinchilla(runs, starts=10), resamples=6, starts=1)
    found = frontier_draws(draws, 1e21)
    for row, constants in zip(found.frontiers, draws.constants, strict=True):
        law = type(BESIROGLU)(*constants)
        assert row.tolist() == pytest.approx(list(frontier_of(law, 1e21)), rel=1e-12)
    assert found.interval("a", 0.9) == pytest.approx(draws.interval("a", 0.9), rel=1e-12)


def test_intervals_are_percentiles():
    rows = np.array([[0.4 + i / 1000, 0.5, 1e20, 1e9, 2e10] for i in range(101)])
    draws = FrontierDraws(rows, "pairs")
    assert draws.interval("a", 0.9) == pytest.approx((0.405, 0.495))
    low, high = draws.optimum_interval(1e22, 0.9)
    assert (low, high) == pytest.approx((1e9 * 100**0.405, 1e9 * 100**0.495))


def test_bad_requests():
    with pytest.raises(DataError, match="two budgets or more"):
        fit_frontier([1e19, 1e19], [1e8, 2e8], [1e9, 1e9])
    with pytest.raises(UsageError, match="flops: -1"):
        Frontier(0.5, 0.5, 1e20, 1e9, 1e10).optimum(-1.0)
    with pytest.raises(UsageError, match="level 1"):
        FrontierDraws(np.ones((2, 5)), "pairs").interval("a", 1.0)
