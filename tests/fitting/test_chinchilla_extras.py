"""Weights, asymmetry, residual resamples, profile likelihood, held-out runs, units of rows."""

import numpy as np
import pytest
from scipy.optimize import minimize

from simlab.errors import DataError, UsageError
from simlab.fitting.bootstrap import bootstrap_chinchilla
from simlab.fitting.chinchilla_fit import fit_chinchilla, log_residuals
from simlab.fitting.chinchilla_objective import objective_value
from simlab.fitting.future import leave_future_out
from simlab.fitting.profile_likelihood import profile_interval
from simlab.fitting.runs import TrainingRuns, training_runs
from simlab.fitting.unit_suspects import unit_suspects
from simlab.laws.chinchilla import chinchilla_loss
from simlab.streams import seed_key
from tests.fitting.conftest import TRUTH, synthetic
from tests.naive import fits as naive_fits


@pytest.fixture(scope="module")
def noisy():
    runs = synthetic(noise=0.004, seed=1)
    return runs, fit_chinchilla(runs, starts=20, objective="log-squares")


def test_a_weight_of_two_is_a_run_twice():
    runs = synthetic(noise=0.004)
    weights = np.where(np.arange(60) % 3 == 0, 2.0, 1.0)
    rows = np.repeat(np.arange(60), weights.astype(int))
    weighted = training_runs(runs.n_params, runs.loss, n_tokens=runs.n_tokens, weights=weights)
    twice = TrainingRuns(runs.n_params[rows], runs.n_tokens[rows], runs.loss[rows])
    one, other = (fit_chinchilla(r, starts=20) for r in (weighted, twice))
    assert one.value == pytest.approx(other.value, rel=1e-10)
    assert list(one.constants) == pytest.approx(list(other.constants), rel=1e-6)


def test_weights_are_checked_and_dropped_with_their_runs():
    with pytest.raises(DataError, match="weights 0 is not a positive"):
        training_runs([1e9, 2e9], [3, 2.9], n_tokens=[1e10] * 2, weights=[1, 0])
    kept = training_runs(
        [1e9, 2e9, 3e9], [3, 3.5, 2.9], n_tokens=[1e10] * 3, weights=[1, 2, 3], drop_highest=1
    )
    assert kept.weights.tolist() == [1, 3]


def test_runs_that_go_wrong_pull_an_asymmetric_fit_less():
    runs = synthetic(noise=0.002, seed=2)
    loss = runs.loss * np.where(np.arange(60) % 4 == 0, 1.04, 1.0)
    spoilt = training_runs(runs.n_params, loss, n_tokens=runs.n_tokens)

    def off(objective):
        fit = fit_chinchilla(spoilt, starts=30, objective=objective)
        residuals = log_residuals(fit)[np.arange(60) % 4 != 0]
        return abs(residuals.mean())

    assert off("asymmetric") < off("huber") < off("log-squares")


def test_a_residual_resample_is_a_fit_of_its_losses(noisy):
    runs, fit = noisy
    draws = bootstrap_chinchilla(fit, resamples=2, starts=3, resample="residual")
    residuals = log_residuals(fit)
    centred = (residuals - residuals.mean()) * np.sqrt(60 / 55)
    for r in range(2):
        key = int(seed_key(0, "fit-bootstrap", "residual", r))
        ln = np.log(runs.loss) - residuals + centred[naive_fits.draw(key, 0, 60, 60)]
        again = TrainingRuns(runs.n_params, runs.n_tokens, np.exp(ln))
        own = fit_chinchilla(again, starts=20, objective="log-squares")
        assert draws.values[r] == pytest.approx(own.value, rel=1e-9)


def test_profile_ends_have_the_likelihood_ratio_of_chi_squared(noisy):
    runs, fit = noisy
    logs = runs.logs()
    for name, place in (("E", 0), ("alpha", 3), ("beta", 4)):
        interval = profile_interval(fit, name, level=0.9)
        assert interval.low < getattr(fit.constants, name) < interval.high
        for end in interval:
            held = np.log(end) if name == "E" else end
            rest = [k for k in range(5) if k != place]

            def value(free, held=held, place=place, rest=rest):
                theta = np.empty(5)
                theta[place], theta[rest] = held, free
                return objective_value(theta, logs, objective="log-squares") / fit.value

            E, A, B, alpha, beta = fit_chinchilla(
                runs, starts=5, objective="log-squares", fixed={name: end}
            ).constants
            start = np.array([np.log(E), np.log(A), np.log(B), alpha, beta])[rest]
            done = minimize(value, start, method="BFGS", options={"gtol": 1e-10})
            # chi-squared with one degree of freedom: 90% lie below 2.705543
            assert 60 * np.log(done.fun) == pytest.approx(2.705543, abs=2e-3)


def test_profiles_cover_the_truth():
    hits = 0
    for seed in range(60):
        runs = synthetic(noise=0.004, seed=100 + seed)
        fit = fit_chinchilla(runs, starts=3, objective="log-squares")
        interval = profile_interval(fit, "alpha")
        hits += (interval.low or 0.0) < TRUTH[3] < (interval.high or np.inf)
    # 60 studies: standard error 3.9%, three of them below 90%
    assert hits / 60 > 0.78


def test_what_the_runs_do_not_bound_has_no_end():
    """All losses far above the floor: E may as well be 0."""
    n, d = (x.ravel() for x in np.meshgrid(np.geomspace(1e5, 1e6, 4), np.geomspace(1e7, 1e8, 4)))
    rng = np.random.default_rng(0)
    loss = (0.2 + 400 / n**0.34 + 1500 / d**0.35) * np.exp(0.02 * rng.standard_normal(16))
    fit = fit_chinchilla(training_runs(n, loss, n_tokens=d), starts=40, objective="log-squares")
    assert profile_interval(fit, "E").low is None


@pytest.mark.parametrize(
    ("name", "level", "words"),
    [("A", 0.9, "profile 'A'"), ("E", 1.0, "level 1"), ("beta", 0.9, "it is fixed")],
)
def test_bad_profiles(name, level, words):
    fit = fit_chinchilla(synthetic(), starts=5, objective="log-squares", fixed={"beta": 0.35})
    with pytest.raises(UsageError, match=words):
        profile_interval(fit, name, level=level)


def test_huber_has_no_profile():
    with pytest.raises(UsageError, match="huber has no likelihood"):
        profile_interval(fit_chinchilla(synthetic(noise=0.01), starts=5), "E")


def test_the_future_of_runs_that_follow_the_law_is_covered():
    inside = total = 0
    for seed in range(10):
        score = leave_future_out(
            synthetic(noise=0.004, seed=seed), starts=10, resamples=100, objective="log-squares"
        )
        assert (score.n_fitted, score.n_held_out) == (48, 12)
        assert score.rms_error < 0.03
        inside += round(score.coverage * 12)
        total += 12
        assert (score.low < score.predicted).all()
        assert (score.predicted < score.high).all()
    # 120 runs, correlated within a study: 90% within 9%
    assert 0.81 < inside / total <= 1.0


def test_the_future_of_another_law_is_missed():
    runs = synthetic(noise=0.002, seed=3)
    bent = np.where(runs.flops > np.quantile(runs.flops, 0.8), 1.05, 1.0)
    spoilt = training_runs(runs.n_params, runs.loss * bent, n_tokens=runs.n_tokens)
    score = leave_future_out(spoilt, starts=10, resamples=60)
    assert score.coverage < 0.5
    assert score.mean_error == pytest.approx(-np.log(1.05), abs=0.02)


def test_the_future_is_predicted_with_what_is_held():
    runs = synthetic(noise=0.004, seed=4)
    how = {"starts": 10, "resamples": 20}
    right = leave_future_out(runs, fixed={"E": TRUTH[0]}, **how)
    wrong = leave_future_out(runs, fixed={"E": 0.0}, **how)
    assert right.rms_error < 0.6 * wrong.rms_error
    held = fit_chinchilla(runs.part(runs.flops <= right.above), starts=10, fixed={"E": TRUTH[0]})
    later = runs.part(right.places)
    law = chinchilla_loss(later.n_params, later.n_tokens, constants=held.constants)
    assert right.predicted == pytest.approx(law, rel=1e-9)
    bound = leave_future_out(runs, bounds={"E": (0.5, 0.6)}, **how)
    beside = leave_future_out(runs, fixed={"E": 0.6}, **how)
    assert bound.predicted == pytest.approx(beside.predicted, rel=1e-6)


def test_bad_futures():
    runs = synthetic()
    with pytest.raises(DataError, match="no run has more than 1e\\+30"):
        leave_future_out(runs, above=1e30)
    with pytest.raises(DataError, match="free parameters"):
        leave_future_out(runs, above=float(runs.flops.min()))
    with pytest.raises(UsageError, match="share 1"):
        leave_future_out(runs, share=1.0)
    with pytest.raises(UsageError, match="level 0"):
        leave_future_out(runs, level=0.0)


def test_rows_in_other_units_are_named():
    runs = synthetic(noise=0.002)
    tokens, sizes = runs.n_tokens.copy(), runs.n_params.copy()
    tokens[7] /= 1e9
    sizes[30] /= 1e6
    fit = fit_chinchilla(training_runs(sizes, runs.loss, n_tokens=tokens), starts=100)
    said = unit_suspects(fit)
    assert len(said) == 2
    assert "run 8: its residual of ln loss goes away if n_tokens" in said[0]
    assert "billions" in said[0]
    assert "run 31: its residual of ln loss goes away if n_params" in said[1]


def test_outliers_are_no_units():
    runs = synthetic(noise=0.002)
    loss = runs.loss * np.where(np.arange(60) == 5, 1.5, 1.0)
    fit = fit_chinchilla(training_runs(runs.n_params, loss, n_tokens=runs.n_tokens), starts=40)
    assert unit_suspects(fit) == []
    assert unit_suspects(fit_chinchilla(runs, starts=20)) == []
