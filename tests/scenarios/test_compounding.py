import math

import numpy as np
import polars as pl
import pytest

from scenarios.compounding.parameters import SIZES, CompoundingParameters
from scenarios.compounding.scenario import SCENARIO, run
from simlab.emergence.score import emergence_scores
from simlab.errors import UsageError
from simlab.intervals import clopper_pearson
from simlab.laws.chinchilla import chinchilla_loss
from simlab.parameters import grid
from simlab.scenario import Context
from simlab.simulators.family import power_law_family
from simlab.table import ScoreTable
from tests.scenarios.simulated import by_id, simulated

METRICS = {
    "exact_match",
    "step_accuracy",
    "steps_to_first_error",
    "token_edit_distance",
    "negative_log_likelihood",
}


@pytest.fixture(scope="module")
def default():
    return simulated(SCENARIO, SCENARIO.grid)


def changed(table, column, value, **where):
    """The table with one column changed in the rows where the others have these values."""
    rows = pl.all_horizontal(pl.col(c) == v for c, v in where.items())
    held = pl.when(rows).then(value).otherwise(pl.col(column)).alias(column)
    return ScoreTable(table.frame.with_columns(held))


def test_default_run_has_its_claims_and_they_hold(default):
    found = by_id(SCENARIO, *default)
    assert set(found) == {
        "exact-match-power",
        "step-accuracy",
        "emergence-rises-with-k",
        "emergence-of-steps-keeps",
    }
    assert all(claim.passed for claim in found.values())


def test_every_exact_match_lies_in_its_own_exact_interval_of_p_to_the_k(default):
    rows = default[1].frame.filter(pl.col("metric") == "exact_match")
    p = np.tile(power_law_family(SIZES).token_success, 3)
    hits = np.round(rows["score"].to_numpy() * 100_000)
    low, high = clopper_pearson(hits, 100_000, level=0.999)
    expected = p ** rows["K"].to_numpy()
    assert rows["expected"].to_numpy() == pytest.approx(expected, rel=1e-12)
    assert np.all((low <= expected) & (expected <= high))


def test_emergence_rises_with_k_under_exact_match_only(default):
    scores = emergence_scores(default[1])
    assert scores["status"].unique().to_list() == ["ok"]
    exact = scores.filter(pl.col("metric") == "exact_match")
    assert exact["subtask"].to_list() == ["K=1", "K=4", "K=8"]
    assert exact["emergence_score"].to_list() == sorted(exact["emergence_score"])
    assert exact["emergence_score"][2] > 10 * exact["emergence_score"][0]
    steps = scores.filter(pl.col("metric") == "step_accuracy")["emergence_score"].to_numpy()
    assert steps == pytest.approx(steps[0], rel=0.05)


def test_table(default):
    cells, table = default
    frame = table.frame
    assert set(frame["metric"]) == METRICS
    assert frame.height == len(METRICS) * len(cells) * len(SIZES)
    assert frame["n_items"].unique().to_list() == [100_000]
    assert frame["model"][0] == "62.5M"
    assert (frame["n_steps"] == frame["K"] * 100_000).all()
    lower = set(frame.filter(~pl.col("higher_is_better"))["metric"])
    assert lower == {"token_edit_distance", "negative_log_likelihood"}
    assert frame["chance"].null_count() == frame.height
    assert (
        frame.null_count().select("score", "low", "high", "stderr", "expected").row(0) == (0,) * 5
    )
    distance = (frame["score"] - frame["expected"]).abs()
    assert (distance <= 5 * frame["stderr"] + 1e-5).all()


@pytest.mark.parametrize(
    "given",
    [
        {"K": [1, 2, 3, 5, 8]},
        {"K": [2, 6], "rho": [0.0, 0.2, 1.0], "items": [20_000]},
        {"K": [1, 4], "repair": [0.3], "chance": [0.0, 0.25], "items": [20_000]},
        {"K": [4], "mixed": [False, True], "rho": [0.5], "items": [20_000]},
        {"K": [1, 4], "law": ["chinchilla"]},
        {"K": [1, 4], "noise": [0.1]},
        {"K": [1, 4], "items": [1, 30]},
        {"K": [1, 3], "sizes": [1e6, 1e9, 1e15]},
    ],
)
def test_claims_of_other_grids_hold(given):
    cells, table = simulated(SCENARIO, given, seeds=(0, 1))
    assert table.frame["subtask"].n_unique() == len(cells)
    found = by_id(SCENARIO, cells, table)
    assert [claim for claim in found.values() if not claim.passed] == []
    assert ("correlated-steps" in found) == any(c.rho > 0 and c.K > 1 for c in cells)
    assert ("step-accuracy" in found) == any(c.rho == 0 for c in cells)
    plain = [c for c in cells if not (c.rho or c.repair or c.chance or c.mixed)]
    assert ("exact-match-power" in found) == bool(plain)
    assert ("exact-match-closed-form" in found) == (len(plain) < len(cells))


def test_a_claim_is_left_out_where_the_items_cannot_show_it():
    found = by_id(SCENARIO, *simulated(SCENARIO, {"K": [4, 8], "items": [300]}))
    assert "emergence-rises-with-k" not in found
    found = by_id(SCENARIO, *simulated(SCENARIO, {"K": [4]}))
    assert set(found) == {"exact-match-power", "step-accuracy"}


def test_claims_fail_on_scores_that_are_off(default):
    cells, table = default
    off = changed(table, "score", 0.5, metric="exact_match", subtask="K=1", model="1B")
    claim = by_id(SCENARIO, cells, off)["exact-match-power"]
    assert not claim.passed
    assert claim.observed.startswith("1 of 27 outside")
    off = changed(table, "score", pl.col("score") + 0.004, metric="step_accuracy", model="8B")
    found = by_id(SCENARIO, cells, off)
    assert not found["step-accuracy"].passed
    assert found["exact-match-power"].passed
    smooth = pl.col("token_success")
    off = changed(table, "score", smooth, metric="exact_match", subtask="K=8")
    assert not by_id(SCENARIO, cells, off)["emergence-rises-with-k"].passed
    off = changed(table, "score", smooth**2, metric="step_accuracy", subtask="K=8")
    assert not by_id(SCENARIO, cells, off)["emergence-of-steps-keeps"].passed


def test_independent_scores_fail_the_claim_about_correlated_ones():
    cells, table = simulated(SCENARIO, {"K": [4], "rho": [0.3]})
    claim = by_id(SCENARIO, cells, table)["correlated-steps"]
    assert claim.passed
    assert claim.expected > 0.03 > 10 * claim.tolerance
    independent = run(CompoundingParameters(K=4), Context()).frame["score"]
    off = ScoreTable(table.frame.with_columns(independent))
    found = by_id(SCENARIO, cells, off)
    assert not found["correlated-steps"].passed
    assert not found["exact-match-closed-form"].passed


def test_threads_and_neighbouring_cells_change_no_bit(default):
    cell = CompoundingParameters(K=4, rho=0.5, mixed=True, items=600_000, sizes=(1e9, 2e9, 4e9))
    one = run(cell, Context(seed=7, threads=1))
    assert one.frame.equals(run(cell, Context(seed=7, threads=2)).frame)
    wider = run(CompoundingParameters(K=4, sizes=(*SIZES, 5e12)), Context()).frame
    alone = default[1].frame.filter(pl.col("K") == 4)
    assert wider.filter(pl.col("scale") < 1e12).equals(alone)


def test_seeds_differ_and_name_their_rows():
    _, table = simulated(SCENARIO, {"K": [2], "items": [5_000]}, seeds=(3, 4))
    curves = table.frame.filter(pl.col("metric") == "exact_match").partition_by("seed")
    assert [rows["seed"][0] for rows in curves] == [3, 4]
    assert curves[0]["score"].to_list() != curves[1]["score"].to_list()
    assert curves[0]["expected"].to_list() == curves[1]["expected"].to_list()


def test_noise_changes_the_models_and_not_only_their_scores():
    _, table = simulated(SCENARIO, {"K": [1], "noise": [0.2], "items": [10]}, seeds=(0, 1))
    first, second = table.frame.partition_by("seed")
    assert first["token_success"].to_list() != second["token_success"].to_list()


def test_chinchilla_family():
    frame = run(CompoundingParameters(K=1, law="chinchilla", items=10), Context()).frame
    assert frame["family"].unique().to_list() == ["chinchilla"]
    loss = chinchilla_loss(np.array(SIZES), 20 * np.array(SIZES))
    assert frame["token_success"][: len(SIZES)].to_numpy() == pytest.approx(np.exp(-loss))
    nats = frame.filter(pl.col("metric") == "negative_log_likelihood")
    assert nats["score"].to_numpy() == pytest.approx(loss)


def test_an_infinite_likelihood_is_missing_not_infinite():
    frame = run(CompoundingParameters(K=2, rho=1.0, items=500), Context()).frame
    nats = frame.filter(pl.col("metric") == "negative_log_likelihood")
    assert nats["expected"].null_count() == nats["score"].null_count() == len(SIZES)
    assert not any(math.isinf(x) for x in frame["score"].drop_nulls())


def test_chance_is_a_floor_of_exact_match_only():
    frame = run(CompoundingParameters(K=8, chance=0.25, items=2_000), Context()).frame
    chance = dict(frame.group_by("metric").agg(pl.col("chance").first()).iter_rows())
    assert chance == {metric: 0.25 if metric == "exact_match" else None for metric in METRICS}
    exact = frame.filter(pl.col("metric") == "exact_match")
    assert (exact["high"] > 0.25).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"K": [0]}, "--K 0: "),
        ({"K": [-3]}, "--K -3: "),
        ({"K": [2.5]}, "--K 2.5: "),
        ({"K": []}, "--K: give at least one value"),
        ({"items": [0]}, "--items 0: "),
        ({"sizes": [1e9]}, "--sizes 1e\\+09: a curve needs at least 3 sizes; got 1"),
        ({"sizes": [1e9, 1e8, 1e9]}, "sizes: 1e\\+09 stands twice"),
        ({"sizes": [1e9, -1e8, 1e10]}, "--sizes"),
        ({"sizes": [1e9, 1e8, math.inf]}, "sizes: inf is not a size"),
        ({"rho": [1.5]}, "--rho 1.5: "),
        ({"rho": [-0.1]}, "--rho -0.1: "),
        ({"rho": [1e-12]}, "--rho 1e-12: too small"),
        ({"repair": [2.0]}, "--repair 2.0: "),
        ({"chance": [-1.0]}, "--chance -1.0: "),
        ({"alpha": [0.5]}, "--alpha 0.5: "),
        ({"c": [0.0]}, "--c 0.0: "),
        ({"noise": [-0.1]}, "--noise -0.1: "),
        ({"law": ["cubic"]}, "--law cubic: "),
    ],
)
def test_bad_input_is_one_line_that_names_it(given, message):
    with pytest.raises(UsageError, match=message) as caught:
        grid(CompoundingParameters, given)
    assert "\n" not in str(caught.value)
