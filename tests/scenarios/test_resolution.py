import itertools

import polars as pl
import pytest

from scenarios.resolution.chart import resolution_figure
from scenarios.resolution.scenario import SCENARIO, ResolutionParameters, charts, claims, run
from simlab.errors import UsageError
from simlab.parameters import grid
from simlab.scenario import Context
from simlab.table import ScoreTable
from tests.scenarios.simulated import by_id, simulated


@pytest.fixture(scope="module")
def default():
    return simulated(SCENARIO, SCENARIO.grid)


def test_default_run_has_its_claims_and_they_hold(default):
    found = by_id(SCENARIO, *default)
    assert set(found) == {
        *(f"zero-hits-items-{10**k}" for k in range(1, 7)),
        "exact-match",
        "items-for-a-hit",
        "enough-items-k-5",
    }
    assert all(claim.passed for claim in found.values())
    assert found["items-for-a-hit"].observed == "32; 356; 3,898; 42,574; 464,851"
    assert 0.85 < found["enough-items-k-5"].observed < 1


def test_zeros_give_way_to_the_curve_as_items_grow(default):
    exact = default[1].frame.filter(pl.col("metric") == "exact_match")
    zeros = [(rows["score"] == 0).sum() for rows in exact.partition_by("n_items")]
    assert zeros == sorted(zeros, reverse=True)
    assert zeros[0] >= 4
    assert zeros[-1] == 0
    largest = exact.filter(pl.col("n_items") == 1_000_000)["score"].to_list()
    assert largest == sorted(largest)
    steps = default[1].frame.filter(pl.col("metric") == "step_accuracy")
    assert (steps["score"] > 0).all()


def test_larger_tests_contain_the_smaller(default):
    exact = default[1].frame.filter(pl.col("metric") == "exact_match")
    hits = [(rows["score"] * rows["n_items"]).round() for rows in exact.partition_by("n_items")]
    for fewer, more in itertools.pairwise(hits):
        assert (fewer <= more).all()


def test_claims_of_many_seeds_and_other_steps_hold():
    cells, table = simulated(SCENARIO, {"items": [10, 3_000], "K": [1, 2, 3]}, seeds=range(5))
    found = by_id(SCENARIO, cells, table)
    assert [claim for claim in found.values() if not claim.passed] == []
    assert {"enough-items-k-1", "enough-items-k-2", "enough-items-k-3"} <= set(found)
    assert "zero-hits-items-10-k-1" in found
    assert found["zero-hits-items-10-k-1"].observed.endswith("of 45")


def test_claims_fail_on_scores_that_are_off(default):
    cells, table = default
    exact = (pl.col("metric") == "exact_match") & (pl.col("n_items") == 1000)
    score = pl.when(exact & (pl.col("scale") < 5e9)).then(0.0).otherwise(pl.col("score"))
    found = by_id(SCENARIO, cells, ScoreTable(table.frame.with_columns(score.alias("score"))))
    assert not found["zero-hits-items-1000"].passed
    assert not found["exact-match"].passed
    assert found["zero-hits-items-100"].passed


def test_charts_are_the_log_axis_and_the_default(default):
    assert [figure.name for figure in charts(*default)] == ["resolution", "scores"]


def test_claims_need_the_cells_they_speak_of():
    found = by_id(SCENARIO, *simulated(SCENARIO, {"sizes": [1e9, 2e9, 4e9], "items": [10]}))
    assert "items-for-a-hit" not in found
    found = by_id(SCENARIO, *simulated(SCENARIO, {"K": [60], "items": [10]}))
    assert not any(id.startswith("enough-items") for id in found)  # 10^63 items


def test_certain_and_hopeless_models():
    cells, table = simulated(SCENARIO, {"sizes": [1.0, 1e9, 1e60], "items": [20]})
    exact = table.frame.filter(pl.col("metric") == "exact_match")["score"].to_list()
    assert (exact[0], exact[-1]) == (0.0, 1.0)
    assert all(claim.passed for claim in claims(cells, table))


def test_threads_change_no_bit():
    cell = ResolutionParameters(items=700_000, K=2, sizes=(1e8, 1e9, 1e10))
    frames = [run(cell, Context(seed=1, threads=t)).frame for t in (1, 2)]
    assert frames[0].equals(frames[1])


def test_chart_holds_every_score_and_draws():
    import vl_convert

    cells, table = simulated(
        SCENARIO, {"items": [10, 1000], "K": [2, 5], "alpha": [-0.5, -0.4]}, seeds=(0, 1)
    )
    spec = resolution_figure(table).spec()
    points = spec["datasets"][spec["data"]["name"]]
    assert len(points) == len(cells) * 9
    panels = {point["panel"] for point in points}
    assert panels == {"K=2", "K=5", "K=2, alpha=-0.4", "K=5, alpha=-0.4"}
    assert set(spec["facet"]["sort"]) == panels
    zeros = [point for point in points if point["score"] == 0]
    assert zeros
    assert all(0 < point["low"] <= point["y"] <= point["high"] for point in points)
    assert all(point["y"] == point["high"] for point in zeros)
    svg = vl_convert.vegalite_to_svg(spec)
    assert "1,000 items" in svg
    assert "K=5, alpha=-0.4" in svg


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"items": [0]}, "--items 0: "),
        ({"items": [1.5]}, "--items 1.5: "),
        ({"K": [0]}, "--K 0: "),
        ({"sizes": [1e9, 2e9]}, "a curve needs at least 3 sizes; got 2"),
        ({"alpha": [0.0]}, "--alpha 0.0: "),
    ],
)
def test_bad_input_is_one_line_that_names_it(given, message):
    with pytest.raises(UsageError, match=message):
        grid(ResolutionParameters, given)
