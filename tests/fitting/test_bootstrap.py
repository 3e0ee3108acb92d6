import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.fitting.bootstrap import bootstrap_chinchilla, resample_weights
from simlab.fitting.chinchilla_fit import fit_chinchilla
from simlab.fitting.runs import TrainingRuns
from simlab.streams import seed_key
from tests.fitting.conftest import TRUTH, synthetic
from tests.naive import streams as naive


def test_pairs_count_the_words_of_the_stream():
    key = seed_key(3, "x")
    drawn = [naive.integer(int(key), i, 17) for i in range(17)]
    assert resample_weights(17, key).tolist() == np.bincount(drawn, minlength=17).tolist()


def test_subsamples_hold_each_run_equally_often():
    draws = [resample_weights(20, seed_key(s), resample="subsample") for s in range(2000)]
    total = np.sum(draws, axis=0)
    assert {float(w) for draw in draws for w in draw} == {0.0, 1.0}
    assert all(draw.sum() == 16 for draw in draws)
    # binomial error of a share of .8 over 2000 draws; the bound is 4.5 of them, for 20 runs
    assert np.abs(total / 2000 - 0.8).max() < 4.5 * np.sqrt(0.8 * 0.2 / 2000)


@pytest.fixture(scope="module")
def fitted():
    runs = synthetic(noise=0.005, seed=1)
    return runs, fit_chinchilla(runs, starts=20)


def test_same_bits_at_any_number_of_threads_and_more_resamples_keep_the_former(fitted):
    _, fit = fitted
    one = bootstrap_chinchilla(fit, resamples=12, starts=3, threads=1)
    four = bootstrap_chinchilla(fit, resamples=12, starts=3, threads=4)
    fewer = bootstrap_chinchilla(fit, resamples=5, starts=3, threads=2)
    assert one.constants.tobytes() == four.constants.tobytes()
    assert one.values.tobytes() == four.values.tobytes()
    assert fewer.constants.tobytes() == one.constants[:5].tobytes()
    other = bootstrap_chinchilla(fit, resamples=5, starts=3, seed=1)
    assert not (other.constants == fewer.constants).any()


def test_a_refit_is_a_fit_of_the_repeated_runs(fitted):
    runs, fit = fitted
    draws = bootstrap_chinchilla(fit, resamples=2, starts=4)
    for r in range(2):
        weights = resample_weights(len(runs), seed_key(0, "fit-bootstrap", "pairs", r))
        rows = np.repeat(np.arange(len(runs)), weights.astype(int))
        again = TrainingRuns(runs.n_params[rows], runs.n_tokens[rows], runs.loss[rows])
        refit = fit_chinchilla(again, starts=20)
        assert draws.values[r] == pytest.approx(refit.value, rel=1e-10)
        assert draws.constants[r].tolist() == pytest.approx(list(refit.constants), rel=1e-5)


def test_intervals_hold_the_truth_here_and_subsamples_are_narrower(fitted):
    _, fit = fitted
    pairs = bootstrap_chinchilla(fit, resamples=100, starts=2)
    part = bootstrap_chinchilla(fit, resamples=100, starts=2, resample="subsample")
    truth = dict(zip(("E", "A", "B", "alpha", "beta"), TRUTH, strict=True)) | {"a": 0.35 / 0.69}
    for name, value in truth.items():
        low, high = pairs.interval(name, 0.98)
        assert low < value < high
        inner, outer = pairs.interval(name, 0.5)
        assert low < inner < outer < high
        narrow = part.interval(name, 0.8)
        wide = pairs.interval(name, 0.8)
        assert narrow[1] - narrow[0] < wide[1] - wide[0]


def test_held_parameters_stay_held(fitted):
    runs, _ = fitted
    fit = fit_chinchilla(runs, starts=20, fixed={"E": 1.7})
    draws = bootstrap_chinchilla(fit, resamples=5, starts=2)
    assert draws.constants[:, 0] == pytest.approx(1.7, rel=1e-15)


def test_progress_ends_at_the_total(fitted):
    seen = []
    bootstrap_chinchilla(fitted[1], resamples=70, starts=1, progress=lambda *a: seen.append(a))
    assert seen == [(64, 70), (70, 70)]


def test_bad_settings_are_named(fitted):
    with pytest.raises(UsageError, match="did you mean 'pairs'"):
        bootstrap_chinchilla(fitted[1], resample="pair")
    with pytest.raises(UsageError, match="bootstrap 0"):
        bootstrap_chinchilla(fitted[1], resamples=0)
