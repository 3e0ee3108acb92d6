"""Scenario ``grokking-linear``: its table, its claims and when they fail, its chart, bad input."""

import polars as pl
import pytest

from scenarios.grokking_linear.parameters import LinearParameters, name
from scenarios.grokking_linear.scenario import SCENARIO, run
from simlab.errors import UsageError
from simlab.parameters import grid
from simlab.scenario import Context
from simlab.table import ScoreTable
from tests.scenarios.simulated import by_id

ESTIMATOR = LinearParameters(draws=2)
LOGISTIC = LinearParameters(model="logistic", ratios=(0.4,), draws=1)
DIAGONAL = LinearParameters(model="diagonal", draws=1, steps=12_000, test_items=1000)
CELLS = [ESTIMATOR, LOGISTIC, DIAGONAL]


@pytest.fixture(scope="module")
def table():
    return ScoreTable.concat([run(cell, Context(threads=2)) for cell in CELLS])


def test_the_table_holds_every_curve_over_steps(table):
    frame = table.frame
    assert frame["scale_kind"].unique().to_list() == ["steps"]
    curves = frame.select("subtask", "family", "task", "metric").unique()
    assert curves.height == 4 * 2 * 4 + 6 + 5
    accuracy = frame.filter(pl.col("metric") == "accuracy")
    assert accuracy["score"].is_between(0, 1).all()
    unseen = accuracy.filter(pl.col("task") == "test")
    assert unseen.filter(pl.col("subtask").str.starts_with("diagonal"))["n_items"][0] == 1000
    assert unseen.filter(~pl.col("subtask").str.starts_with("diagonal"))["n_items"].is_null().all()


def test_all_claims_hold(table):
    found = by_id(SCENARIO, CELLS, table)
    assert set(found) == {
        "loss-stays-finite",
        "estimator-is-exact",
        "estimator-steps",
        "estimator-delay-grows",
        "estimator-never",
        "estimator-floor-1-1",
        "logistic-delay",
        "diagonal-delay",
    }
    assert all(claim.passed for claim in found.values()), found


def test_claims_fail_where_curves_are_others(table):
    frame = table.frame
    soon = frame.with_columns(test_steps_to_99=pl.col("test_steps_to_99") // 5)
    found = by_id(SCENARIO, CELLS, ScoreTable.from_frame(soon))
    assert not found["estimator-steps"].passed
    assert not found["logistic-delay"].passed
    assert not found["diagonal-delay"].passed
    learned = frame.with_columns(test_steps_to_99=pl.lit(1000, pl.Int64))
    found = by_id(SCENARIO, CELLS, ScoreTable.from_frame(learned))
    assert not found["estimator-never"].passed
    assert not found["estimator-delay-grows"].passed
    halved = frame.with_columns(
        score=pl.when(pl.col("metric") == "loss")
        .then(pl.col("score") / 4)
        .otherwise(pl.col("score"))
    )
    assert not by_id(SCENARIO, CELLS, ScoreTable.from_frame(halved))["estimator-floor-1-1"].passed
    lost = frame.with_columns(diverged_at=pl.lit(7, pl.Int64))
    claim = by_id(SCENARIO, CELLS, ScoreTable.from_frame(lost))["loss-stays-finite"]
    assert not claim.passed
    assert claim.observed.endswith("at step 7")


@pytest.mark.parametrize(("model", "lr"), [("estimator", 0.6), ("diagonal", 1e3)])
def test_divergence_is_said_and_keeps_the_curve(model, lr):
    cell = LinearParameters(model=model, lr=lr, ratios=(0.5,), draws=1, steps=2000)
    found = run(cell, Context())
    (claim,) = by_id(SCENARIO, [cell], found).values()
    assert not claim.passed
    assert claim.observed.startswith("1 of 1 left the numbers; ratio 0.5: at step ")
    assert found.frame["scale"].max() < found.frame["diverged_at"][0]


def test_separable_examples_are_never_understood():
    cell = LinearParameters(model="logistic", ratios=(0.6,), draws=1)
    claim = by_id(SCENARIO, [cell], run(cell, Context()))["logistic-never"]
    assert claim.passed
    assert claim.observed == "0 of 1 did"


def test_the_control_without_weight_decay():
    cell = LinearParameters(model="diagonal", weight_decay=0.0, draws=1, steps=3000)
    found = by_id(SCENARIO, [cell], run(cell, Context()))
    assert found["diagonal-control"].passed


def test_threads_and_further_ratios_change_no_bit():
    small = LinearParameters(size=50, ratios=(0.5, 0.9), steps=1000, draws=2)
    one, two = (run(small, Context(seed=3, threads=n)).frame for n in (1, 2))
    assert one.equals(two)
    wider = run(LinearParameters(size=50, ratios=(0.9, 0.3), steps=1000, draws=3), Context(seed=3))
    both = [
        f.filter(pl.col("ratio") == 0.9, pl.col("family").is_in(["draw 0", "draw 1"]))["score"]
        for f in (one, wider.frame)
    ]
    assert both[0].equals(both[1])


def test_the_figure_shows_each_ratio(table):
    (figure,) = SCENARIO.charts(CELLS, table)
    panels = [panel for row in figure.spec()["vconcat"] for panel in row["hconcat"]]
    titles = [panel["vconcat"][0]["title"]["text"] for panel in panels]
    assert titles[0].startswith("estimator, ratio=0.5")
    assert titles[4].startswith("logistic, ratio=0.4")
    assert len(titles) == 6


def test_names_tell_cells_apart():
    assert name(LinearParameters(), 0.5) == "estimator, ratio=0.5"
    assert name(LinearParameters(lr=0.02), 0.5) == "estimator, ratio=0.5, lr=0.02"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ratios": [0.5, 0.5]}, "--ratios 0.5 0.5: give each ratio once"),
        ({"model": ["diagonal"], "steps": [10**8]}, "--steps 100000000: only the estimator"),
        ({"ratios": [-1.0]}, "--ratios -1.0: expected `float` > 0"),
        ({"model": ["lasso"]}, "--model lasso: .*use one of estimator, logistic, diagonal"),
    ],
)
def test_bad_input_is_one_line(given, message):
    with pytest.raises(UsageError, match=message):
        grid(LinearParameters, given)
