import numpy as np
import polars as pl
import pytest
from scipy.optimize import curve_fit as scipy_fit
from scipy.stats import linregress

from simlab.errors import DataError, UsageError
from simlab.fitting.curve_file import read_curve
from simlab.fitting.curve_fit import (
    bootstrap_curve,
    curve_data,
    curve_intervals,
    fit_curve,
)
from simlab.laws.broken_power_law import Break, broken_power_law
from simlab.laws.learning_curve import learning_curve

X = np.geomspace(1e3, 1e7, 12)


def noisy(*, noise=0.01, seed=0, g=0.2):
    y = learning_curve(X, 30.0, 0.4, g=g)
    return curve_data(X, y * np.exp(noise * np.random.default_rng(seed).standard_normal(12)))


def test_a_power_law_is_a_straight_line():
    data = noisy(g=0.0, noise=0.1)
    fit = fit_curve(data, "power-law", starts=4)
    line = linregress(np.log(data.x), np.log(data.y))
    assert fit.params["b"] == pytest.approx(-line.slope, rel=1e-8)
    assert np.log(fit.params["a"]) == pytest.approx(line.intercept, rel=1e-8)
    assert fit.share_best == 1.0


@pytest.mark.parametrize("of", ["log", "log1p", "loss"])
def test_scipy_finds_nothing_lower(of):
    data = noisy(noise=0.05)
    fit = fit_curve(data, "learning-curve", of=of, starts=16)
    scale = {"log": np.log, "log1p": np.log1p, "loss": lambda v: v}[of]

    def law(x, a, b, g):
        return scale(learning_curve(x, abs(a) + 1e-12, abs(b) + 1e-12, g=abs(g)))

    best, _ = scipy_fit(law, data.x, scale(data.y), p0=list(fit.params.values()), maxfev=20000)
    lowest = np.sqrt(np.mean((law(data.x, *best) - scale(data.y)) ** 2))
    assert fit.rms_error == pytest.approx(lowest, rel=1e-6)
    assert list(fit.params.values()) == pytest.approx(np.abs(best).tolist(), rel=1e-3)


def test_curves_without_noise_give_their_law():
    fit = fit_curve(curve_data(X, learning_curve(X, 30.0, 0.4, g=0.2)), "learning-curve", starts=8)
    assert fit.params == pytest.approx({"a": 30.0, "b": 0.4, "g": 0.2}, rel=1e-6)
    bend = Break(d=1e5, c=0.6, f=0.2)
    x = np.geomspace(1e3, 1e7, 30)
    y = broken_power_law(x, 5.0, 0.1, a=0.05, breaks=[bend])
    broken = fit_curve(curve_data(x, y), "bnsl", starts=40)
    named = {"a": 0.05, "b": 5.0, "c0": 0.1, "d1": 1e5, "c1": 0.6, "f1": 0.2}
    assert broken.params == pytest.approx(named, rel=1e-3)


def test_a_floor_that_is_not_there_is_zero_and_said():
    rising = curve_data(X, 5.0 * X**-0.3 * np.exp(-0.02 * np.log(X / 1e5) ** 2))
    fit = fit_curve(rising, "learning-curve", starts=16)
    assert fit.params["g"] == 0.0
    assert any("floor is 0" in note for note in fit.notes)


def test_the_published_extrapolation_of_four_digit_addition(data):
    """Fitted on 14 points: errors of ln loss .00059849 there and .01091574 on the rest."""
    curve = read_curve(data / "scaling" / "bnsl_4digit_addition.csv")
    fitted = curve_data(curve.x[:14], curve.y[:14])
    fit = fit_curve(fitted, "bnsl", of="log1p", starts=24)
    error = np.log(fit.predict(curve.x) / curve.y)
    assert np.sqrt(np.mean(error[:14] ** 2)) == pytest.approx(0.00059849, abs=5e-9)
    assert np.sqrt(np.mean(error[14:] ** 2)) == pytest.approx(0.01091574, abs=5e-7)
    plain = fit_curve(fitted, "learning-curve", of="log1p", starts=8)
    worse = np.log(plain.predict(curve.x[14:]) / curve.y[14:])
    assert np.sqrt(np.mean(worse**2)) > 0.5


def test_residual_intervals_cover():
    hits = 0
    for seed in range(40):
        data = noisy(noise=0.01, seed=seed)
        fit = fit_curve(data, "learning-curve", starts=1)
        draws = bootstrap_curve(data, fit, resamples=40, seed=seed)
        low, high = curve_intervals(fit, draws, 0.9)["b"]
        hits += low < 0.4 < high
    # 40 curves: standard error 4.7%, three of them below 90%
    assert hits / 40 > 0.76


def test_resamples_do_not_depend_on_threads_and_more_keep_the_former():
    data = noisy()
    fit = fit_curve(data, "learning-curve", starts=4)
    for resample in ("residual", "pairs"):
        one, two = (
            bootstrap_curve(data, fit, resamples=n, resample=resample, threads=t)
            for n, t in ((20, 1), (40, 3))
        )
        assert two.theta[:20].tobytes() == one.theta.tobytes()
        assert one.predict([1e4, 1e9]).shape == (20, 2)


def test_columns_are_found_or_asked_for(tmp_path):
    path = tmp_path / "curve.csv"
    frame = pl.DataFrame({"examples": [1.0, 2.0], "error": [0.5, 0.4], "seed": [1.0, 2.0]})
    frame.write_csv(path)
    assert read_curve(path).x.tolist() == [1.0, 2.0]
    assert read_curve(path, y="seed").y.tolist() == [1.0, 2.0]
    frame.rename({"error": "mistakes"}).write_csv(path)
    with pytest.raises(DataError, match="which column is y"):
        read_curve(path)
    with pytest.raises(DataError, match="no column 'z'"):
        read_curve(path, x="z", y="mistakes")
    with pytest.raises(DataError, match="x and y are both examples"):
        read_curve(path, y="examples")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: fit_curve(noisy(), "powerlaw"), UsageError, "did you mean 'power-law'"),
        (lambda: fit_curve(noisy(), "bnsl", of="logs"), UsageError, "did you mean 'log'"),
        (lambda: fit_curve(noisy(), "bnsl", breaks=5), UsageError, "breaks 5"),
        (lambda: fit_curve(noisy(), "bnsl", starts=0), UsageError, "starts 0"),
        (lambda: fit_curve(noisy(), "bnsl", breaks=4), DataError, "fewer breaks"),
        (
            lambda: fit_curve(curve_data([1, 1, 1], [3, 2, 1]), "power-law"),
            DataError,
            "3 points at 1 different x",
        ),
        (lambda: curve_data([1, 2], [1, -1]), DataError, "row 2: y -1"),
        (lambda: curve_data([1, 2], [1]), DataError, "one of both a point"),
    ],
)
def test_bad_requests(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_bad_resamples():
    fit = fit_curve(noisy(), "power-law", starts=2)
    with pytest.raises(UsageError, match="did you mean 'pairs'"):
        bootstrap_curve(noisy(), fit, resample="pair")
    with pytest.raises(UsageError, match="bootstrap 0"):
        bootstrap_curve(noisy(), fit, resamples=0)
