"""Scenario icl: its claims hold, fail where they should, and its charts draw."""

import polars as pl
import pytest

from scenarios.icl.chart import difference_figure, error_figure
from scenarios.icl.scenario import SCENARIO, IclParameters, charts, run
from simlab.errors import UsageError
from simlab.parameters import grid
from simlab.scenario import Context
from simlab.table import ScoreTable
from tests.scenarios.simulated import by_id, simulated


@pytest.fixture(scope="module")
def small():
    return simulated(SCENARIO, {**SCENARIO.grid, "tasks": [1500]})


def test_claims_hold(small):
    found = by_id(SCENARIO, *small)
    assert set(found) == {
        "ridge-equals-bayes",
        "no-examples",
        "error-zero",
        "error-average",
        "error-ols",
        "bayes-is-best",
        "double-descent",
        "gd-goes-to-least-squares",
        "newton-goes-to-least-squares",
        "lasso-on-sparse-tasks",
        "lasso-on-gaussian-tasks",
    }
    assert [claim for claim in found.values() if not claim.passed] == []


def test_claims_fail_on_scores_that_are_off(small):
    cells, table = small
    change = {
        "ridge, bayes": (0.01, "ridge-equals-bayes"),
        "average": (0.5, "error-average"),
        "gd_20": (-0.5, "bayes-is-best"),
        "ols": (1.0, "error-ols"),
    }
    for family, (by, claim) in change.items():
        off = pl.when(pl.col("family") == family).then(pl.col("score") + by)
        frame = table.frame.with_columns(
            score=off.otherwise(pl.col("score")), low=None, high=None
        ).with_columns(low=pl.lit(None, pl.Float64), high=pl.lit(None, pl.Float64))
        assert not by_id(SCENARIO, cells, ScoreTable(frame))[claim].passed
    flat = pl.when(pl.col("family") == "ols").then(0.1).otherwise(pl.col("score"))
    found = by_id(SCENARIO, cells, ScoreTable(table.frame.with_columns(score=flat)))
    assert not found["double-descent"].passed


def test_claims_of_another_penalty_leave_out_the_equality():
    found = by_id(SCENARIO, *simulated(SCENARIO, {"ridge": [1.0], "tasks": [200], "points": [10]}))
    assert "ridge-equals-bayes" not in found
    assert "no-examples" in found


def test_each_pair_and_each_prefix_has_its_row(small):
    frame = small[1].frame.filter(pl.col("task") == "sparse")
    names = frame.filter(pl.col("metric") == "squared_error")["family"].n_unique()
    assert frame.height == (names + names * (names - 1) // 2) * 41


def test_threads_change_no_bit():
    cell = IclParameters(tasks=300, points=12)
    frames = [run(cell, Context(seed=1, threads=t)).frame for t in (1, 2)]
    assert frames[0].equals(frames[1])


def test_charts_draw(small):
    import vl_convert

    assert [figure.name for figure in charts(*small)] == ["error", "differences"]
    svg = vl_convert.vegalite_to_svg(error_figure(small[1]).spec())
    assert "heavy-tailed" in svg
    assert "newton_4" in svg
    assert "24 examples" in vl_convert.vegalite_to_svg(difference_figure(small[1]).spec())
    tiny = simulated(SCENARIO, {"tasks": [50], "points": [3], "d": [2, 3]})[1]
    assert "gaussian, d=2" in vl_convert.vegalite_to_svg(error_figure(tiny).spec())
    assert "3 examples" in vl_convert.vegalite_to_svg(difference_figure(tiny).spec())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"neighbours": [50]},
            "--neighbours 50: a prompt of 40 points has no more than 40; give 1 to 40",
        ),
        ({"task": ["sparse"], "nonzero": [9]}, "--nonzero 9: a task has no more than d = 8"),
        ({"gd_steps": [20, 1]}, "--gd-steps 20 1: give different numbers from 1, ascending"),
        ({"d": [0]}, "--d 0: "),
        ({"sigma": [0.0]}, "--sigma 0.0: "),
        ({"ridge": [0.0]}, "--ridge 0.0: "),
    ],
)
def test_bad_input_is_one_line_that_names_it(given, message):
    with pytest.raises(UsageError, match=message):
        grid(IclParameters, given)
