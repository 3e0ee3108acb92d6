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
    assert [(f["name"], f["kind"]) for f in explore["factors"]] == [("K", "slider")]
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


def test_missing_scores_are_no_points() -> None:
    columns = {"family": "f", "scale": [1e8, 1e9, 1e10], "metric": "a", "score": [0.1, None, 0.3]}
    table = ScoreTable.from_columns(columns)
    (curve,) = embedded(table.frame, emergence_scores(table))["explore"]["curves"]
    assert (curve["rows"], curve["at"]) == ([0, 2], [])


def test_many_tasks_are_a_list_that_starts_at_the_most_emergent() -> None:
    table = suite(n_tasks=30)
    explore = embedded(table.frame, emergence_scores(table))["explore"]
    family, task = explore["factors"]
    assert explore["metrics"][explore["start"]]["name"] == "accuracy"
    assert (family["kind"], task["kind"]) == ("boxes", "list")
    assert task["values"][task["start"]] == "task_29"
    assert explore["metrics"][explore["start"]]["name"] == "accuracy"


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


def test_metrics_say_whether_they_are_shares_of_items() -> None:
    columns = {"family": "f", "scale": [1e8, 1e9], "score": [0.0, 1.0], "n_items": 10}
    names = ("accuracy", "step_accuracy", "brier_score", "token_edit_distance", "made up")
    table = ScoreTable.concat([ScoreTable.from_columns(columns | {"metric": m}) for m in names])
    told = embedded(table.frame, emergence_scores(table))["explore"]["metrics"]
    assert [m["share"] for m in told] == [True, True, False, False, False]
    assert [m["items"] for m in told] == [m["share"] for m in told]
    without = table.frame.with_columns(n_items=pl.lit(None, pl.Int64), score=pl.col("score") * 100)
    told = embedded(without, emergence_scores(table))["explore"]["metrics"]
    assert not any(m["share"] or m["items"] for m in told)


def test_a_table_with_several_scales_offers_each_of_them() -> None:
    columns = {
        "family": ["step 1", "step 1", "step 2", "step 2"],
        "model": ["small", "large", "small", "large"],
        "scale": [1e8, 1e9, 1e8, 1e9],
        "metric": "accuracy",
        "score": [0.1, 0.2, 0.3, 0.4],
        "steps": [1, 1, 2, None],
        "family_on_steps": ["small", "large", "small", "large"],
    }
    table = ScoreTable.from_columns(columns)
    explore = embedded(table.frame, emergence_scores(table))["explore"]
    assert explore["axis"] == "params"
    assert {k: a["regrouped"] for k, a in explore["axes"].items()} == {
        "params": False,
        "steps": True,
    }
    curves = [(c.get("axis"), c["rows"]) for c in explore["curves"]]
    assert curves == [(None, [0, 1]), (None, [2, 3]), ("steps", [0, 2]), ("steps", [1])]
    (family,) = explore["factors"]
    assert family["values"] == ["step 1", "step 2", "small", "large"]
    constant = table.frame.drop("steps", "family_on_steps").with_columns(width=pl.lit(64))
    assert list(embedded(constant, emergence_scores(table))["explore"]["axes"]) == ["params"]
    words = table.frame.with_columns(loss=pl.Series(["bad", "x", None, "y"]))
    assert list(embedded(words, emergence_scores(table))["explore"]["axes"]) == ["params"]


def test_a_page_of_several_runs_begins_with_what_most_runs_have() -> None:
    one = suite(n_tasks=30)
    frame = pl.concat([one.frame.with_columns(run=pl.lit(r)) for r in ("a", "b")])
    own = one.frame.with_columns(run=pl.lit("a"), task=pl.lit("own"), score=pl.col("scale"))
    scores = emergence_scores(one)
    both = pl.concat([scores.with_columns(run=pl.lit(r)) for r in ("a", "b")])
    alone = scores.head(1).with_columns(
        run=pl.lit("a"), task=pl.lit("own"), emergence_score=pl.lit(1e9)
    )
    explore = embedded(pl.concat([frame, own.head(6)]), pl.concat([both, alone]), by_run=True)[
        "explore"
    ]
    run, _, task = explore["factors"]
    assert (run["name"], run["values"]) == ("Run", ["a", "b"])
    assert task["values"][task["start"]] == "task_29"
    assert explore["metrics"][explore["start"]]["name"] == "accuracy"


def test_an_audits_verdicts_stand_beside_their_curves() -> None:
    table = compounding()
    keys = table.curve_rows().keys.drop("seed")
    verdicts = keys.head(2).with_columns(
        verdict=pl.lit("smooth"), reason=pl.Series(["p = 0.5", None])
    )
    explore = embedded(table.frame, emergence_scores(table), verdicts)["explore"]
    assert explore["verdicts"] == [
        {"verdict": "smooth", "reason": "p = 0.5"},
        {"verdict": "smooth", "reason": ""},
    ]
    told = {(c["at"][0], c["metric"]): c["verdict"] for c in explore["curves"] if "verdict" in c}
    assert told == {(0, 0): 0, (0, 1): 1}  # K=1 under both metrics
    assert embedded(table.frame, emergence_scores(table))["explore"]["verdicts"] == []
