"""The data inside a page."""

import polars as pl
import pytest

from simlab.emergence.score import emergence_scores
from simlab.report.embedded import embedded
from simlab.table import ScoreTable
from tests.charts.conftest import compounding, suite


def _decoded(data: dict, name: str) -> list[object]:
    (column,) = [c for c in data["columns"] if c["name"] == name]
    if "values" in column:
        return column["values"]
    if "runs" in column:
        runs = column["runs"]
        pairs = zip(runs[::2], runs[1::2], strict=True)
        return [column["levels"][code] for code, n in pairs for _ in range(n)]
    if "codes" in column:
        return [None if c is None else column["levels"][c] for c in column["codes"]]
    return [column["value"]] * data["height"]


@pytest.mark.parametrize("table", [compounding(), compounding(seeds=(0, 1)), suite()])
def test_columns_hold_the_whole_table(table: ScoreTable) -> None:
    data = embedded(table.frame, emergence_scores(table))
    assert data["height"] == len(table)
    for name in table.frame.columns:
        assert _decoded(data, name) == table.frame[name].to_list()


def test_odd_columns_become_text() -> None:
    frame = compounding().frame.head(3)
    frame = frame.with_columns(
        pl.Series("tags", [["a"], ["b", "c"], None]),
        pl.Series("day", ["2020-01-01", None, "2020-01-03"]).str.to_date(),
    )
    data = embedded(frame, emergence_scores(compounding()))
    assert _decoded(data, "tags") == ["['a']", "['b', 'c']", None]
    assert _decoded(data, "day") == ["2020-01-01", None, "2020-01-03"]


def test_curves_point_at_their_rows_by_scale() -> None:
    table = compounding(seeds=(0, 1))
    frame = table.frame.sample(fraction=1.0, shuffle=True, seed=1)
    explore = embedded(frame, emergence_scores(table))["explore"]
    assert [f["name"] for f in explore["factors"]] == ["subtask"]
    assert explore["factors"][0]["values"] == ["K=1", "K=4", "K=8"]
    assert {m["name"]: m["lower"] for m in explore["metrics"]} == {
        "exact_match": False,
        "edit_distance": True,
    }
    assert sorted(row for c in explore["curves"] for row in c["rows"]) == list(range(len(frame)))
    for curve in explore["curves"]:
        rows = frame[curve["rows"]]
        assert rows["scale"].is_sorted()
        assert rows["metric"].unique().to_list() == [explore["metrics"][curve["metric"]]["name"]]
        assert rows["subtask"].unique().to_list() == [f"K={(1, 4, 8)[curve['at'][0]]}"]
        means = rows.group_by("scale", maintain_order=True).agg(pl.col("score").mean())
        assert curve["mean"]["x"] == means["scale"].to_list()
        assert curve["mean"]["y"] == pytest.approx(means["score"].to_list())


def test_one_run_has_no_means_and_missing_scores_no_points() -> None:
    columns = {"family": "f", "scale": [1e8, 1e9, 1e10], "metric": "a", "score": [0.1, None, 0.3]}
    table = ScoreTable.from_columns(columns)
    (curve,) = embedded(table.frame, emergence_scores(table))["explore"]["curves"]
    assert (curve["rows"], curve["mean"], curve["at"]) == ([0, 2], None, [])


def test_many_tasks_are_a_list_that_starts_at_the_most_emergent() -> None:
    table = suite(n_tasks=30)
    explore = embedded(table.frame, emergence_scores(table))["explore"]
    family, task = explore["factors"]
    assert explore["metrics"][explore["start"]]["name"] == "accuracy"
    assert (family["single"], task["single"]) == (False, True)
    assert task["values"][task["start"]] == "task_29"


def test_null_and_the_word_for_it_are_two_values() -> None:
    columns = {"family": "f", "scale": 1e9, "subtask": [None, "aggregate"], "metric": "a"}
    table = ScoreTable.from_columns({**columns, "score": [0.1, 0.2]})
    curves = embedded(table.frame, emergence_scores(table))["explore"]["curves"]
    assert [c["at"] for c in curves] == [[0], [1]]


def test_repeated_numbers_of_a_long_table_are_coded() -> None:
    table = suite(n_tasks=200)
    assert len(table) > 1000
    data = embedded(table.frame, emergence_scores(table))
    columns = {c["name"]: c for c in data["columns"]}
    assert len(columns["scale"]["levels"]) == 6
    assert len(columns["scale"]["codes"]) == len(table)
    assert columns["task"]["runs"][:4] == [0, 12, 1, 12]
    for name in table.frame.columns:
        assert _decoded(data, name) == table.frame[name].to_list()
