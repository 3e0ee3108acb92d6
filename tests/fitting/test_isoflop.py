import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from simlab.errors import DataError, UsageError
from simlab.fitting.isoflop import fit_isoflop, minimum_of
from simlab.fitting.isoflop_bootstrap import _draw, _draw_part, bootstrap_isoflop
from simlab.fitting.isoflop_budgets import HOFFMANN_BUDGETS, isoflop_budgets
from simlab.fitting.runs import TrainingRuns, training_runs
from simlab.laws.chinchilla import chinchilla_loss, compute_optimum
from simlab.streams import seed_key
from tests.naive import fits as naive_fits

BUDGETS = np.array([1e18, 1e19, 1e20, 1e21])
numbers = st.integers(-50, 50).map(lambda k: k / 10)


def valley(*, sizes=9, span=4.0, off=1.0, noise=0.0, seed=0) -> TrainingRuns:
    C = np.repeat(BUDGETS, sizes)
    n = off * compute_optimum(C).n_params * np.tile(np.geomspace(1 / span, span, sizes), 4)
    loss = chinchilla_loss(n, C / 6 / n)
    loss = loss * np.exp(noise * np.random.default_rng(seed).standard_normal(loss.size))
    return training_runs(n, loss, flops=C)


def quadratic(minimum=1e9, *, curvature=0.05, third=0.0, sizes=7) -> TrainingRuns:
    """Two budgets whose losses are exactly a polynomial in ln N about ``minimum``."""
    u = np.tile(np.linspace(-1, 1.5, sizes), 2)
    C = np.repeat([1e20, 4e20], sizes)
    n = minimum * np.sqrt(C / 1e20) * np.exp(u)
    return training_runs(n, 2.5 + curvature * u**2 + third * u**3, flops=C)


def test_exact_parabolas_give_their_minima():
    fit = fit_isoflop(quadratic())
    assert [p.n_params for p in fit.used] == pytest.approx([1e9, 2e9], rel=1e-9)
    assert [p.loss for p in fit.used] == pytest.approx([2.5, 2.5], rel=1e-12)
    assert [p.n_params * p.n_tokens * 6 for p in fit.used] == pytest.approx([1e20, 4e20], rel=1e-9)
    assert (fit.frontier.a, fit.frontier.b) == pytest.approx((0.5, 0.5), rel=1e-9)


def test_exact_cubics_give_their_minima_and_parabolas_do_not():
    runs = quadratic(third=0.008)
    assert [p.n_params for p in fit_isoflop(runs, curve="cubic").used] == pytest.approx(
        [1e9, 2e9], rel=1e-7
    )
    assert fit_isoflop(runs).used[0].n_params < 0.98e9


@given(numbers, numbers, numbers, numbers)
def test_the_minimum_is_where_scipy_finds_one(c0, c1, c2, c3):
    found = float(minimum_of(np.array([[c0, c1, c2, c3]]))[0])
    polynomial = np.polynomial.Polynomial([c0, c1, c2, c3])
    if np.isnan(found):
        roots = polynomial.deriv().roots() if abs(c3) + abs(c2) > 0 else np.array([])
        real = roots[np.abs(np.imag(roots)) == 0].real
        assert (polynomial.deriv(2)(real) <= 1e-6 * (1 + abs(c1) + abs(c2))).all()
        return
    step = 1e-4 * (1 + abs(found))
    slack = 1e-12 * (1 + abs(polynomial(found)) + abs(found) ** 3)
    assert polynomial(found) <= min(polynomial(found - step), polynomial(found + step)) + slack
    near = minimize_scalar(polynomial, bounds=(found - step, found + step), method="bounded")
    assert polynomial(found) <= near.fun + slack


def test_fit_is_that_of_polyfit():
    runs = valley(noise=0.003)
    fit = fit_isoflop(runs, of="log-loss")
    for profile in fit.profiles:
        x = np.log(runs.n_params[profile.rows]) - profile.centre
        own = np.polyfit(x, np.log(runs.loss[profile.rows]), 2)[::-1]
        assert list(profile.coefficients) == pytest.approx(own, rel=1e-9)
        assert np.log(profile.n_params) == pytest.approx(
            profile.centre - own[1] / 2 / own[2], rel=1e-12
        )


def test_bias_shrinks_with_the_span_and_cubics_have_less():
    truth = compute_optimum(1e20).n_params

    def bias(**how):
        curve = how.pop("curve", "parabola")
        fit = fit_isoflop(valley(**how), curve=curve)
        return abs(np.log(fit.frontier.optimum(1e20).n_params / truth))

    assert bias(span=1.5) < 0.003
    assert bias(span=1.5) < bias(span=4) < bias(span=16)
    assert bias(span=8, curve="cubic") < 0.2 * bias(span=8)
    assert bias(off=3, span=4, curve="cubic") < bias(off=3, span=4)


@pytest.mark.parametrize(
    ("runs", "why"),
    [
        (lambda: quadratic(curvature=-0.05), "the parabola opens downward"),
        (lambda: valley(off=40, span=4), "outside of the sizes"),
        (lambda: quadratic(sizes=3), "3 sizes; a curve with 3 coefficients needs 4"),
    ],
)
def test_profiles_without_a_minimum_are_refused_with_the_reason(runs, why):
    with pytest.raises(DataError, match=r"0 of \d budgets have a minimum.*" + why):
        fit_isoflop(runs())


def test_a_single_bad_budget_is_named_and_left_out():
    runs = valley()
    loss = runs.loss.copy()
    loss[9:18] = loss[9:18].max() * 2 - loss[9:18]
    fit = fit_isoflop(training_runs(runs.n_params, loss, flops=runs.flops))
    assert [bool(p.refused) for p in fit.profiles] == [False, True, False, False]
    assert any("1e+19 FLOPs refused: the parabola opens downward" in note for note in fit.notes)
    assert np.isnan(fit.profiles[1].n_params)
    assert fit.frontier.a == pytest.approx(fit_isoflop(runs).frontier.a, abs=1e-3)


def test_the_runs_of_hoffmanns_figure_4(epoch_file):
    """They scatter about the nine budgets; the exponent hangs on which are taken."""
    from simlab.fitting.runs_file import read_runs

    found = {}
    for drop in (0, 5):
        runs = read_runs(epoch_file, drop_highest=drop)
        for within in (1.1, 1.25, 1.35):
            fit = fit_isoflop(runs, budgets=HOFFMANN_BUDGETS, within=within)
            found[drop, within] = fit.frontier.a
    assert 0.47 < min(found.values()) < max(found.values()) < 0.53
    for within in (1.1, 1.25, 1.35):  # what the outliers do
        assert found[5, within] - found[0, within] > 0.008
    with pytest.raises(DataError, match="scatter from"):
        fit_isoflop(runs)


def test_budgets_by_gaps_and_by_name():
    runs = valley()
    groups, notes = isoflop_budgets(runs)
    assert [g.flops for g in groups] == pytest.approx(BUDGETS.tolist(), rel=1e-11)
    assert not notes
    named, notes = isoflop_budgets(runs, budgets=[1.05e19, 1e20])
    assert [g.rows.tolist() for g in named] == [list(range(9, 18)), list(range(18, 27))]
    assert "18 of 36 runs are farther" in notes[0]


def test_flops_counted_in_another_way_stay():
    """With 8ND instead of 6ND the tokens at a minimum are those that the runs have."""
    runs = valley()
    eight = training_runs(
        runs.n_params, runs.loss, n_tokens=runs.n_tokens, flops=8 * runs.n_params * runs.n_tokens
    )
    one, other = fit_isoflop(runs), fit_isoflop(eight)
    for a, b in zip(one.used, other.used, strict=True):
        assert b.flops == pytest.approx(a.flops * 8 / 6, rel=1e-9)
        assert b.n_tokens == pytest.approx(a.n_tokens, rel=1e-9)


@pytest.mark.parametrize("size", [1, 7, 240])
def test_draws_are_those_of_plain_python(size):
    key = seed_key(5, "x")
    out = np.empty(size, np.int64)
    _draw(key, 3, size, out)
    assert out.tolist() == naive_fits.draw(int(key), 3, size, size)
    part = np.empty(max(size * 4 // 5, 1), np.int64)
    _draw_part(key, 3, size, part)
    assert part.tolist() == naive_fits.draw_part(int(key), 3, size, len(part))


@pytest.mark.parametrize("resample", ["residual", "pairs", "subsample"])
def test_a_resample_is_a_fit_of_its_runs(resample):
    runs = valley(noise=0.002)
    fit = fit_isoflop(runs)
    draws = bootstrap_isoflop(runs, fit, resamples=3, resample=resample)
    for r in range(3):
        key = int(seed_key(0, "isoflop-bootstrap", resample, r))
        if resample == "residual":
            pool, fitted = [], []
            for p in fit.profiles:
                x = np.log(runs.n_params[p.rows])
                X = np.stack([x**0, x, x**2], axis=1)
                hat = X @ np.linalg.inv(X.T @ X) @ X.T
                smooth = np.polyval(np.polyfit(x, runs.loss[p.rows], 2), x)
                fitted.extend(smooth)
                pool.extend((runs.loss[p.rows] / smooth - 1) / np.sqrt(1 - np.diag(hat)))
            pool = np.array(pool) - np.mean(pool)
            loss = np.array(fitted) * (1 + pool[naive_fits.draw(key, 0, 36, 36)])
            again = training_runs(runs.n_params, loss, flops=runs.flops)
        else:
            rows = []
            for k in range(4):
                n, part = 9, naive_fits.draw if resample == "pairs" else naive_fits.draw_part
                rows += [9 * k + i for i in part(key, 9 * k, n, 9 if resample == "pairs" else 7)]
            again = training_runs(runs.n_params[rows], runs.loss[rows], flops=runs.flops[rows])
        own = fit_isoflop(again).frontier
        assert draws.frontiers[r].tolist() == pytest.approx(list(own), rel=2e-5)
    more = bootstrap_isoflop(runs, fit, resamples=5, resample=resample)
    assert more.frontiers[:3].tobytes() == draws.frontiers.tobytes()


def test_residual_intervals_cover_the_parabolas_own_truth():
    """Losses are exact parabolas plus normal noise: 90% intervals cover by binomial error."""
    plain = quadratic(sizes=9)
    rng = np.random.default_rng(1)
    hits = 0
    for study in range(200):
        loss = plain.loss + 0.002 * rng.standard_normal(len(plain))
        runs = training_runs(plain.n_params, loss, flops=plain.flops)
        draws = bootstrap_isoflop(runs, fit_isoflop(runs), resamples=200, seed=study)
        low, high = draws.interval("a", 0.9)
        hits += low < 0.5 < high
    # 200 studies: standard error 2.1%, bounds at 3 of them around 90%, less 2% for 18 runs
    assert 0.82 < hits / 200 < 0.965


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: fit_isoflop(valley(), curve="parabla"), UsageError, "did you mean 'parabola'"),
        (lambda: fit_isoflop(valley(), of="los"), UsageError, "did you mean 'loss'"),
        (lambda: fit_isoflop(valley(), budgets=[-1.0]), UsageError, "positive FLOPs"),
        (lambda: fit_isoflop(valley(), budgets=[1e19], within=1.0), UsageError, "within 1"),
        (lambda: fit_isoflop(valley(), budgets=[1e10]), DataError, "no run is within"),
        (lambda: fit_isoflop(valley(), budgets=[1e19]), DataError, "two are needed"),
    ],
)
def test_bad_requests(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_bad_resamples():
    runs = valley()
    fit = fit_isoflop(runs)
    with pytest.raises(UsageError, match="did you mean 'pairs'"):
        bootstrap_isoflop(runs, fit, resample="pair")
    with pytest.raises(UsageError, match="bootstrap 0"):
        bootstrap_isoflop(runs, fit, resamples=0)


def test_porians_corrections_one_by_one(data):
    """RefinedWeb: head FLOPs, warm-up, decay, tuning bring the exponent from .84 down to .50.

    They interpolate between sizes; parabolas give exponents that are up to .08 higher, and fall in
    the same order.
    """
    import polars as pl

    key = ["dataset", "hparams", "warmup", "decay", "param_count", "val"]
    points = pl.read_csv(data / "scaling" / "porian2024_isoflop_points.csv")
    fits = pl.read_csv(data / "scaling" / "porian2024_fit_results.csv")
    basic = fits.filter((pl.col("fit") == "basic") & (pl.col("dataset") == "rw")).head(5)
    found = []
    for row in basic.iter_rows(named=True):
        same = pl.all_horizontal(pl.col(k).eq_missing(pl.lit(row[k])) for k in ["file", *key])
        here = points.filter(same)
        runs = training_runs(here["n"], here["loss"], n_tokens=here["tokens"], flops=here["flops"])
        found.append(fit_isoflop(runs).frontier.a)
    published = basic["n_exponent"].to_list()
    assert published == sorted(published, reverse=True)
    assert found == sorted(found, reverse=True)
    assert found == pytest.approx(published, abs=0.08)
