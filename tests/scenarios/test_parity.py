"""Scenario parity: its claims hold, fail where they should, and its charts draw."""

import polars as pl
import pytest

from scenarios.parity.chart import jump_figure, steps_figure
from scenarios.parity.scenario import SCENARIO, ParityParameters, charts, run
from simlab.audit.audit import Question, audit
from simlab.errors import UsageError
from simlab.parameters import grid
from simlab.scenario import Context
from simlab.table import ScoreTable
from tests.scenarios.simulated import by_id, simulated


@pytest.fixture(scope="module")
def default():
    return simulated(SCENARIO, {"n": [20, 35, 50], "k": [2, 3, 4]})


def test_claims_hold(default):
    found = by_id(SCENARIO, *default)
    assert set(found) == {
        "finite",
        "flat-then-jump",
        "hidden-progress",
        "smoother-than-accuracy",
        "steps-to-99",
        *(f"steps-grow-with-n-k-{k}" for k in (2, 3, 4)),
        "steps-grow-with-k",
        "statistical-gap",
    }
    assert [claim for claim in found.values() if not claim.passed] == []


def test_claims_fail_on_curves_that_are_off(default):
    cells, table = default
    ratio = pl.col("metric") == "relevant_weight_ratio"
    still = table.frame.with_columns(
        score=pl.when(ratio & (pl.col("scale") < 3000)).then(1.0).otherwise(pl.col("score"))
    )
    found = by_id(SCENARIO, cells, ScoreTable(still))
    assert not found["hidden-progress"].passed
    assert not found["smoother-than-accuracy"].passed
    slope = pl.min_horizontal(pl.lit(1.0), 0.5 + pl.col("scale") / 12_000)
    smooth = table.frame.with_columns(
        score=pl.when(pl.col("metric") == "accuracy").then(slope).otherwise(pl.col("score"))
    )
    found = by_id(SCENARIO, cells, ScoreTable(smooth))
    assert not found["flat-then-jump"].passed
    assert not found["steps-grow-with-n-k-3"].passed


def test_a_network_that_diverges_fails_its_claim_and_keeps_its_curve():
    cells, table = simulated(
        SCENARIO, {"n": [20], "lr": [1e4], "weight_decay": [1.0], "networks": [2], "width": [10]}
    )
    found = by_id(SCENARIO, cells, table)
    assert not found["finite"].passed
    assert "no number at step" in found["finite"].observed
    assert table.frame.height >= 2 * 3
    assert table.frame["diverged_at"].null_count() == 0


def test_claims_need_networks_that_learn():
    found = by_id(SCENARIO, *simulated(SCENARIO, {"n": [50], "steps": [200], "networks": [2]}))
    assert set(found) == {"finite"}


def test_the_audit_lets_the_jump_survive():
    """With training steps the outputs themselves change: no other metric takes the jump away."""
    table = simulated(SCENARIO, {"n": [50], "networks": [2]})[1]
    accuracy = ScoreTable(table.frame.filter(pl.col("metric") == "accuracy"))
    found = audit(accuracy, question=Question(replicates=99)).verdicts
    assert found["verdict"].to_list() == ["survives"] * 2


def test_threads_change_no_bit():
    cell = ParityParameters(n=20, k=2, networks=4, steps=200)
    frames = [run(cell, Context(seed=1, threads=t)).frame for t in (1, 2)]
    assert frames[0].equals(frames[1])


def test_more_networks_leave_the_first_as_they_were():
    few, many = (
        run(ParityParameters(n=20, k=2, networks=m, steps=100), Context()).frame for m in (1, 3)
    )
    # the subtask names what is not at its default
    same = [c for c in few.columns if c != "subtask"]
    assert few.select(same).equals(many.filter(pl.col("family") == "network 0").select(same))


def test_charts_hold_every_network_and_draw(default):
    import vl_convert

    assert [figure.name for figure in charts(*default)] == ["hidden-progress", "inputs-against-n"]
    svg = vl_convert.vegalite_to_svg(jump_figure(default[1]).spec())
    assert "n=50, k=4" in svg
    assert "weights, relevant / other" in svg
    svg = vl_convert.vegalite_to_svg(steps_figure(default[1])[0].spec())
    assert "k=4" in svg
    assert steps_figure(simulated(SCENARIO, {"n": [20], "steps": [300], "networks": [1]})[1]) == []


def test_the_default_grid_is_valid():
    assert len(grid(SCENARIO.parameters, SCENARIO.grid)) == 12


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n": [3], "k": [4]}, "--k 4: the label cannot depend on more than n = 3 bits"),
        ({"width": [0]}, "--width 0: "),
        ({"items": [0]}, "--items 0: "),
        ({"lr": [0.0]}, "--lr 0.0: "),
    ],
)
def test_bad_input_is_one_line_that_names_it(given, message):
    with pytest.raises(UsageError, match=message):
        grid(ParityParameters, given)
