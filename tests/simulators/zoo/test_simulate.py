"""Every kind of the zoo: simulated means against the stated truth, streams, ranges, bad input."""

import dataclasses

import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.simulators.zoo.kinds import KINDS, NULLS, POWER, SMOOTH, default_log_scales, kind_of
from simlab.simulators.zoo.simulate import expected_scores, simulate, simulate_scores
from simlab.simulators.zoo.smooth import Gumbel

X = default_log_scales()
CASES = [(name, metric) for name, kind in KINDS.items() for metric in kind.metrics]
N_CURVES = 1500


@pytest.mark.parametrize(("name", "metric"), CASES)
@pytest.mark.parametrize("chance", [0.0, 0.25])
def test_means_over_curves_are_the_stated_truth(name: str, metric: str, chance: float) -> None:
    """5 standard errors: one false alarm in 1,500 runs of all of these. The truth of percolation
    is a mean over 2,000 graphs, with an error of its own."""
    scores = simulate_scores(
        name, X, 60, metric=metric, chance=chance, n_curves=N_CURVES, seed=1, threads=2
    )
    truth = expected_scores(name, X, chance=chance, metric=metric)
    error = scores.std(axis=0) / np.sqrt(N_CURVES)
    # a score that is rare has no spread in the sample: its true one, if the items are independent
    error = np.maximum(error, np.sqrt(np.clip(truth * (1 - truth), 0, None) / 60 / N_CURVES))
    if name == "percolation":
        error = error * np.sqrt(1 + N_CURVES / 2000)
    assert (np.abs(scores.mean(axis=0) - truth) <= 5 * error + 1e-9).all()


@pytest.mark.parametrize("name", KINDS)
def test_counts_keep_their_range_and_their_draws(name: str) -> None:
    counts = simulate(name, X, 50, chance=0.1, n_curves=300, seed=2)
    assert counts.shape == (300, 12)
    assert counts.dtype == np.int64
    assert counts.min() >= 0
    assert counts.max() <= 50
    # fewer scales in another order, other curves, other threads: the same draws
    some = simulate(name, X[[7, 2, 9]], 50, chance=0.1, n_curves=300, seed=2, threads=2)
    assert (some == counts[:, [7, 2, 9]]).all()
    part = simulate(name, X, 50, chance=0.1, n_curves=40, first=250, seed=2)
    assert (part == counts[250:290]).all()
    if name != "quanta-monogenic":  # 0 and .9 draw little
        assert (simulate(name, X, 50, chance=0.1, n_curves=300, seed=3) != counts).any()


@pytest.mark.parametrize("name", KINDS)
def test_two_scales_and_two_curves_have_draws_of_their_own(name: str) -> None:
    """Noise, score less truth, is uncorrelated between curves; between scales wherever they share
    neither items nor a graph."""
    # near the threshold a graph of one scale says nothing on that of the next
    x, n_items = (X[8:10], 10_000) if name == "percolation" else (X[6:8], 80)
    counts = simulate(name, x, n_items, chance=0.3, n_curves=8000, seed=4)
    noise = counts - counts.mean(axis=0)
    if (noise == 0).all(axis=0).any():
        return
    noise /= noise.std(axis=0)
    bound = 4.5 / np.sqrt(8000)
    assert abs(np.mean(noise[1:] * noise[:-1])) < bound
    shared = name in ("same-items", "percolation")
    between = np.mean(noise[:, 0] * noise[:, 1])
    assert (between > bound) if shared else (abs(between) < bound)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("chance", [0.25, 0.5, 1.0])
def test_guessing_is_a_floor(name: str, chance: float) -> None:
    ability, score = expected_scores(name, X), expected_scores(name, X, chance=chance)
    assert score == pytest.approx(chance + (1 - chance) * ability, abs=1e-12)
    assert (score >= chance).all()
    assert (score <= 1).all()


FALLING = ("token_edit_distance", "brier_score")


@pytest.mark.parametrize(("name", "metric"), CASES)
def test_scores_improve_with_scale(name: str, metric: str) -> None:
    scores = expected_scores(name, np.linspace(X[0], X[-1], 200), metric=metric)
    steps = np.diff(scores) * (-1 if metric in FALLING else 1)
    if metric in ("accuracy_easy", "accuracy_hard"):
        assert steps.min() < 0 < steps.max()
    elif name == "percolation":
        assert steps.min() > -1e-12  # the graphs of all scales are nested
    else:
        assert steps.min() >= -1e-12
        assert (steps.max() > 0) == (name != "flat")


@pytest.mark.parametrize("name", KINDS)
def test_the_truth_says_where_the_score_is_steepest(name: str) -> None:
    kind = KINDS[name]
    truth = kind.truth
    assert truth.reason.endswith(".")
    assert (truth.metric in kind.metrics) == (truth.breaks == "metric")
    if truth.breaks == "yes":
        assert truth.sharp
        assert X[0] < np.log(truth.break_at) < X[-1]
        x = np.linspace(X[0], X[-1], 1001)
        slope = np.diff(expected_scores(name, x))
        steepest = x[:-1][slope.argmax()]
        after = steepest - np.log(truth.break_at)
        # a step is steepest where it is, a hinge some e-folds on, an onset around its middle
        assert abs(after) < 0.1 if "step" in name or "mono" in name else -0.1 < after < 1.5


def test_the_lists_of_kinds() -> None:
    assert set(SMOOTH) < set(NULLS)
    assert not set(NULLS) & set(POWER)
    assert all(KINDS[name].truth.breaks != "yes" for name in NULLS)
    assert len({type(kind) for kind in KINDS.values()}) >= 15


def test_a_kind_may_have_other_constants() -> None:
    kind = dataclasses.replace(KINDS["gumbel"], half_at=1e10)
    assert expected_scores(kind, [np.log(1e10)])[0] == pytest.approx(0.5)
    assert (simulate(kind, X, 50) != simulate("gumbel", X, 50)).any()
    whole = dataclasses.replace(kind, half_at=10**10)
    assert (simulate(whole, X, 50) == simulate(kind, X, 50)).all()


def test_counts_beyond_the_tables() -> None:
    n = 1_000_000
    scores = simulate_scores("overdispersed", X, n, n_curves=400)
    truth = expected_scores("overdispersed", X)
    spread = np.sqrt(truth * (1 - truth) * (0.03 + 0.97 / n))
    assert (np.abs(scores.mean(axis=0) - truth) < 5 * spread / 20).all()
    assert scores.std(axis=0) == pytest.approx(spread, rel=0.15)


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        (("stepp", X, 10), {}, "no kind 'stepp'; did you mean 'step'"),
        (("step", [], 10), {}, "log_scales : give finite, distinct"),
        (("step", [1.0, 1.0], 10), {}, "log_scales 1, 1: give"),
        (("step", [1.0, np.nan], 10), {}, "log_scales 1, nan"),
        (("step", X, 0), {}, "n_items: 0 lies outside"),
        (("step", X, 10), {"chance": 1.5}, "chance: 1.5 lies outside 0 .. 1"),
        (("step", X, 10), {"chance": np.nan}, "chance: nan lies outside"),
        (("step", X, 10), {"n_curves": 0}, "n_curves: 0 from 0"),
        (("percolation", [np.log(1e30)], 10), {}, "at most 1e7 are drawn"),
    ],
)
def test_arguments_out_of_range(arguments: tuple, options: dict, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        simulate(*arguments, **options)


def test_an_unknown_metric_and_a_metric_without_items() -> None:
    with pytest.raises(UsageError, match="no metric 'acuracy'; did you mean 'accuracy'"):
        expected_scores("step", X, metric="acuracy")
    with pytest.raises(UsageError, match="none of 1 items belongs to it"):
        simulate_scores("opposite-trends", X, 1, metric="accuracy_hard")
    with pytest.raises(UsageError, match="no kind"):
        kind_of("")


@pytest.mark.parametrize("name", KINDS)
def test_constants_out_of_range(name: str) -> None:
    for field in dataclasses.fields(KINDS[name]):
        for value in (np.nan, np.inf, -1e9):
            if field.name != "same_items":
                said = f"{field.name} ({value:g}|{value!r}) (lies outside|is no)"
                with pytest.raises(UsageError, match=said.replace("+", "\\+")):
                    dataclasses.replace(KINDS[name], **{field.name: value})


def test_overdispersion_is_said_to_need_items_of_its_own() -> None:
    with pytest.raises(UsageError, match=r"rho 0.1 lies outside 0 .. 0"):
        dataclasses.replace(KINDS["same-items"], rho=0.1)
    assert Gumbel(rho=1.0).rho == 1.0
