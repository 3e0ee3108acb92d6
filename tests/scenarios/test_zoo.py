"""Scenario zoo: its table, its claims and how they fail, its figures."""

import numpy as np
import polars as pl
import pytest

from scenarios.zoo.chart import what, zoo_figures
from scenarios.zoo.parameters import GROUPS, KIND_NAMES, ZooParameters
from scenarios.zoo.scenario import SCENARIO
from simlab.errors import UsageError
from simlab.simulators.zoo.kinds import KINDS
from simlab.simulators.zoo.simulate import simulate
from simlab.table import ScoreTable
from tests.scenarios.simulated import by_id, simulated


@pytest.fixture(scope="module")
def default():
    return simulated(SCENARIO, SCENARIO.grid)


def test_the_names_are_those_of_the_zoo():
    assert tuple(KINDS) == KIND_NAMES
    assert set(GROUPS) == set(KINDS["opposite-trends"].metrics[1:])


def test_default_run_has_its_claims_and_they_hold(default):
    found = by_id(SCENARIO, *default)
    slopes = {
        "gumbel", "zeros", "mirage", "steep", "mild-hinge-before", "mild-hinge-after",
        "strong-hinge-before", "strong-hinge-after",
    }  # fmt: skip
    assert set(found) == {
        *(f"mean-{name}" for name in KINDS),
        *(f"slope-{name}" for name in slopes),
        "quanta-exponent",
        "beyond-10-says-little",
    }
    assert [claim for claim in found.values() if not claim.passed] == []
    assert found["slope-strong-hinge-after"].expected == -1.5


def test_the_table_says_what_is_true(default):
    _, table = default
    frame = table.frame
    assert frame.height == 12 * 2 * sum(len(kind.metrics) for kind in KINDS.values())
    for name, kind in KINDS.items():
        rows = frame.filter(pl.col("task") == name)
        assert rows["breaks"].unique().to_list() == [kind.truth.breaks]
        assert rows["break_at"].unique().to_list() == [kind.truth.break_at]
    metrics = {"accuracy", "exact_match", "multiple_choice_grade", "token_edit_distance"}
    assert set(frame["metric"]) == metrics | {"brier_score"}
    falling = frame.filter(~pl.col("higher_is_better"))
    assert set(falling["metric"]) == {"token_edit_distance", "brier_score"}
    assert frame.filter(pl.col("metric") != "brier_score")["low"].null_count() == 0


def test_scores_are_the_zoos_counts(default):
    cells, table = default
    cell = next(c for c in cells if c.kind == "step" and c.chance == 0.25)
    rows = table.frame.filter(pl.col("task") == "step", pl.col("subtask") == "chance=0.25")
    counts = simulate("step", cell.log_scales, 200, chance=0.25)[0]
    assert rows["score"].to_list() == (counts / 200).tolist()
    assert ((rows["low"] <= rows["score"]) & (rows["score"] <= rows["high"])).all()


@pytest.mark.parametrize("kind", ["mirage", "percolation", "overdispersed", "opposite-trends"])
def test_threads_change_nothing(kind):
    one = simulated(SCENARIO, {"kind": [kind]}, threads=1)[1].frame
    assert simulated(SCENARIO, {"kind": [kind]}, threads=2)[1].frame.equals(one)


def test_claims_of_other_grids_and_seeds_hold():
    cells, table = simulated(
        SCENARIO,
        {"kind": KIND_NAMES, "chance": [0.0, 0.5], "items": [30], "n_scales": [6], "curves": [200]},
        seeds=(1, 2),
    )
    found = by_id(SCENARIO, cells, table)
    assert [claim for claim in found.values() if not claim.passed] == []
    assert "beyond-10-says-little" not in found
    assert "slope-mirage-chance-0-items-30-n-scales-6-curves-200" in found


def test_one_item_has_no_easy_and_hard_ones():
    table = simulated(SCENARIO, {"kind": ["opposite-trends"], "items": [1]})[1]
    assert table.frame["subtask"].unique().sort().to_list() == [
        "chance=0, items=1",
        "chance=0, items=1, easy items",
    ]


def test_claims_fail_on_means_that_are_off(default):
    cells, table = default
    off = {"gumbel": 0.01, "percolation": 0.05, "seed-mixture": 0.05, "step": 0.01}
    score = pl.col("mean_score") + pl.col("task").replace_strict(off, default=0.0)
    found = by_id(SCENARIO, cells, ScoreTable(table.frame.with_columns(score.alias("mean_score"))))
    failed = {claim.id for claim in found.values() if not claim.passed}
    assert {f"mean-{name}" for name in off} <= failed
    assert failed <= {f"mean-{name}" for name in off} | {"slope-gumbel"}


def test_slopes_fail_on_curves_that_bend(default):
    cells, table = default
    bent = pl.col("mean_score") ** (1.0 + 0.05 * (pl.col("scale").log() - np.log(1e9)))
    found = by_id(SCENARIO, cells, ScoreTable(table.frame.with_columns(bent.alias("mean_score"))))
    assert not found["slope-mirage"].passed
    assert not found["slope-gumbel"].passed


def test_smooth_curves_below_10_fail_their_claim(default):
    cells, table = default
    low = pl.lit(0.4).alias("beyond_10")
    found = by_id(SCENARIO, cells, ScoreTable(table.frame.with_columns(low)))
    assert not found["beyond-10-says-little"].passed


def test_sizes_the_wrong_way_round():
    with pytest.raises(UsageError, match="give a size above --smallest"):
        ZooParameters(smallest=1e9, largest=1e8)


def test_figures(default):
    cells, table = default
    figures = {figure.name: figure.spec() for figure in zoo_figures(cells, table)}
    assert list(figures) == ["zoo", "other-metrics", "beyond-10"]
    rows = rows_of(figures["zoo"])
    panels = {row["panel"] for row in rows}
    assert len(panels) == len(KINDS)
    assert {"step: breaks at 3B", "gumbel: smooth", "steep: too steep"} <= panels
    assert {row["panel"] for row in rows if "at" in row} == {p for p in panels if " at " in p}
    points = [row for row in rows if "score" in row]
    assert len(points) == 2 * 12 * len(KINDS)
    assert all(row["low"] <= row["score"] <= row["high"] for row in points)
    assert all(0.0 <= row["expected"] <= 1.0 for row in rows if "expected" in row)
    bars = rows_of(figures["beyond-10"])
    assert len(bars) == 2 * len(KINDS)
    assert {what(name) for name in KINDS} == {"smooth", "metric only", "too steep", "breaks"}
    whole = {row["kind"]: 0.0 for row in bars}
    for row in bars:
        whole[row["kind"]] += row["share"]
    assert max(whole.values()) <= 1 + 1e-12


def rows_of(spec):
    data = spec["data"]
    return data["values"] if "values" in data else spec["datasets"][data["name"]]


def test_figures_of_one_kind_alone():
    cells, table = simulated(SCENARIO, {"kind": ["flat"]})
    assert [figure.name for figure in zoo_figures(cells, table)] == ["zoo", "beyond-10"]
