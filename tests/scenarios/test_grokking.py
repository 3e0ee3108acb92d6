"""Scenario ``grokking``: its table, its claims and when they fail, its charts, bad input."""

import polars as pl
import pytest

from scenarios.grokking.chart import grokking_figure
from scenarios.grokking.delay_chart import delay_figures
from scenarios.grokking.parameters import GrokkingParameters, name
from scenarios.grokking.scenario import SCENARIO, run
from simlab.audit.audit import Question, audit
from simlab.errors import UsageError
from simlab.parameters import grid
from simlab.scenario import Context
from simlab.table import ScoreTable
from tests.scenarios.simulated import by_id

CELLS = grid(
    GrokkingParameters,
    {"weight_decay": [0.0, 1.0], "fraction": [0.5, 0.7], "networks": [2]},
)


@pytest.fixture(scope="module")
def table():
    return ScoreTable.concat([run(cell, Context()) for cell in CELLS])


def test_the_table_holds_every_curve_over_steps(table):
    frame = table.frame
    assert frame["scale_kind"].unique().to_list() == ["steps"]
    curves = frame.select("subtask", "family", "task", "metric").unique()
    assert curves.height == len(CELLS) * 2 * 6
    accuracy = frame.filter(pl.col("metric") == "accuracy")
    assert accuracy["score"].is_between(0, 1).all()
    assert accuracy["chance"].to_list() == pytest.approx([1 / 31] * accuracy.height)
    right = accuracy["score"] * accuracy["n_items"]
    assert right.to_list() == pytest.approx(right.round().to_list())
    assert set(accuracy.filter(pl.col("fraction") == 0.5)["n_items"]) == {480, 481}
    assert frame.filter(pl.col("metric") == "loss")["higher_is_better"].not_().all()


def test_all_claims_hold(table):
    found = by_id(SCENARIO, CELLS, table)
    assert set(found) == {
        "loss-stays-finite",
        "delay-quick",
        "steps-quick",
        "control-quick",
        "progress-before-the-jump",
        "concentration-needs-decay",
        "sooner-with-more-pairs",
    }
    assert all(claim.passed for claim in found.values()), found


def test_claims_fail_where_curves_are_others(table):
    """Each table below contradicts what its claims say."""
    with_decay, without = name(CELLS[2]), name(CELLS[0])
    swapped = ScoreTable.from_frame(
        table.frame.with_columns(
            pl.col("subtask").replace({with_decay: without, without: with_decay})
        )
    )
    found = by_id(SCENARIO, [CELLS[0], CELLS[2]], swapped)
    assert not found["delay-quick"].passed
    assert not found["steps-quick"].passed
    assert not found["control-quick"].passed
    tenfold = table.frame.with_columns(
        pl.when(pl.col("metric") == "fourier_concentration")
        .then(pl.col("scale") * 10)
        .otherwise(pl.col("scale"))
        .alias("scale")
    )
    late = by_id(SCENARIO, CELLS, ScoreTable.from_frame(tenfold))
    assert not late["progress-before-the-jump"].passed
    soon = table.frame.with_columns(pl.col("test_steps_to_99") // 10)
    assert not by_id(SCENARIO, CELLS, ScoreTable.from_frame(soon))["delay-quick"].passed


def test_claims_about_other_setups_are_left_out(table):
    cell = GrokkingParameters(p=11, width=8, steps=20, networks=1)
    assert set(by_id(SCENARIO, [cell], run(cell, Context()))) == {"loss-stays-finite"}


def test_divergence_is_said_and_keeps_the_curve():
    cell = GrokkingParameters(lr=1e4, steps=100, networks=1)
    found = run(cell, Context())
    claim = by_id(SCENARIO, [cell], found)["loss-stays-finite"]
    assert not claim.passed
    assert "1 of 1 diverged; network 0, seed 0 of weight_decay=1" in claim.observed
    assert "the loss left the numbers at step " in claim.observed
    assert found.frame.height >= 6


def test_threads_change_no_bit():
    cell = GrokkingParameters(p=13, width=16, steps=100, networks=3)
    one, two = (run(cell, Context(seed=4, threads=n)).frame for n in (1, 2))
    assert one.equals(two)


def test_progress_comes_with_the_loss():
    shares, words = [], []
    cell = GrokkingParameters(p=13, width=16, steps=50, networks=2)
    run(cell, Context(progress=shares.append, status=words.append))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(words) == len(shares)
    assert words[-1].startswith("training loss ")


def test_figures_show_each_cell_and_the_delay(table):
    spec = grokking_figure(table).spec()
    panels = [panel for row in spec["vconcat"] for panel in row["hconcat"]]
    titles = [panel["vconcat"][0]["title"]["text"] for panel in panels]
    assert titles == [name(cell).replace("_", " ") for cell in CELLS]
    (delay,) = delay_figures(CELLS, table)
    (points,) = delay.spec()["datasets"].values()
    assert len(points) == len(CELLS) * 2 * 2
    reached = {(p["panel"].split(",")[0], p["set"], p["reached"]) for p in points}
    assert ("weight decay=0", "unseen", False) in reached
    assert ("weight decay=1", "unseen", False) not in reached
    assert delay_figures(CELLS[:1], table) == []
    assert [f.name for f in SCENARIO.charts(CELLS, table)] == ["grokking", "delay"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"p": [90], "op": ["div"]}, "--p 90: not a prime number, .* give a prime such as 97"),
        ({"width": [0]}, "--width 0: expected `int` >= 1"),
        ({"fraction": [0.0001]}, "--fraction 0.0001: of the 961 pairs none is left to train on"),
        ({"fraction": [0.9999]}, "--fraction 0.9999: .* none is left to test on; give a smaller"),
        ({"op": ["pow"]}, "--op pow: .*use one of add, sub, mul, div"),
    ],
)
def test_bad_input_is_one_line(given, message):
    with pytest.raises(UsageError, match=message):
        grid(GrokkingParameters, given)


def test_the_audit_tells_grokking_from_its_control():
    """Accuracy on unseen pairs is sharper than any smooth curve, or never leaves chance."""
    cells = [
        GrokkingParameters(weight_decay=decay, looks=6, networks=1, steps=2000)
        for decay in (0.0, 1.0)
    ]
    both = ScoreTable.concat([run(cell, Context()) for cell in cells])
    chosen = (pl.col("metric") == "accuracy") & (pl.col("task") == "test")
    found = audit(ScoreTable(both.frame.filter(chosen)), question=Question(replicates=99))
    verdicts = dict(found.verdicts.select("subtask", "verdict").iter_rows())
    assert [verdicts[name(cell)] for cell in cells] == ["no_improvement", "survives"]
