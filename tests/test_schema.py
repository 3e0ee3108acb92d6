"""Every rule of the schema, with the exact sentence that a user reads."""

import inspect
import math
from typing import Any

import polars as pl
import pytest

from simlab.errors import DataError
from simlab.schema import COLUMNS, CURVE_KEY, REQUIRED, SCALE_KINDS, UNIT_METRICS, check_shares
from simlab.table import ScoreTable

GOOD: dict[str, list[Any]] = {
    "family": ["toy", "toy", "toy"],
    "scale": [1e6, 1e7, 1e8],
    "metric": ["accuracy"] * 3,
    "score": [0.0, 0.25, 0.5],
}


def frame(**changes: Any) -> pl.DataFrame:
    return pl.DataFrame(GOOD | changes)


def error(table: pl.DataFrame, **options: str) -> str:
    with pytest.raises(DataError) as caught:
        ScoreTable.from_frame(table, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


INTERVAL = "low and high are the ends of the score's interval"
FINITE = "is not finite; leave it empty (null) if the value is missing"
NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metric": ["a", None, "a"]}, "row 2, column metric: is empty; every row needs one"),
        ({"metric": ["a", None, " "]}, "row 2, column metric: is empty (and 1 more rows); every"),
        ({"scale": [1e6, 1e7, None]}, "row 3, column scale: is empty; every row needs one"),
        (
            {"family": ["toy", None, "toy"]},
            "row 2, column family: is empty; every row needs a family or a model",
        ),
        (
            {"family": ["toy", None, None], "model": [None, "a", ""]},
            "row 3, column family: is empty; every row needs a family or a model",
        ),
        ({"score": [0.0, NAN, 0.5]}, f"row 2, column score: nan {FINITE}"),
        ({"score": [0.0, NAN, -INF]}, "row 2, column score: nan is not finite (and 1 more rows);"),
        ({"score": [0.0, 0.25, INF]}, f"row 3, column score: inf {FINITE}"),
        ({"scale": [1e6, 1e7, INF]}, f"row 3, column scale: inf {FINITE}"),
        ({"low": [NAN, None, None]}, f"row 1, column low: nan {FINITE}"),
        ({"high": [None, NAN, None]}, f"row 2, column high: nan {FINITE}"),
        ({"chance": [None, NAN, None]}, f"row 2, column chance: nan {FINITE}"),
        ({"stderr": [None, None, NAN]}, f"row 3, column stderr: nan {FINITE}"),
        (
            {"scale_kind": ["params", "flop", "params"]},
            "row 2, column scale_kind: 'flop' is unknown; use one of params, flops, tokens, steps, "
            "loss, width, items",
        ),
        (
            {"scale": [0.0, 1e7, 1e8]},
            "row 1, column scale: 0.0 is not positive; a scale is a count or a loss above 0 "
            "(steps, tokens, flops may be 0)",
        ),
        (
            {"scale": [-1.0, 1e7, 1e8], "scale_kind": ["steps"] * 3},
            "row 1, column scale: -1.0 is not positive; a scale is a count or a loss above 0 "
            "(steps, tokens, flops may be 0)",
        ),
        (
            {"n_items": [10, 0, 10]},
            "row 2, column n_items: 0 is below 1; leave it empty if unknown",
        ),
        (
            {"shots": [0, -1, 5]},
            "row 2, column shots: -1 is negative; leave it empty if unknown",
        ),
        (
            {"stderr": [0.0, -0.1, 0.1]},
            "row 2, column stderr: -0.1 is negative; leave it empty if unknown",
        ),
        (
            {"low": [0.0, 0.26, 0.5]},
            f"row 2, column low: 0.26 lies above the score; {INTERVAL}",
        ),
        (
            {"high": [0.0, 0.24, 0.5]},
            f"row 2, column high: 0.24 lies below the score; {INTERVAL}",
        ),
        (
            {"score": [0.0, None, 0.5], "low": [0.0, 0.3, 0.5], "high": [0.0, 0.2, 0.5]},
            f"row 2, column low: 0.3 lies above high; {INTERVAL}",
        ),
        (
            {"scale": [1e6, 1e7, 1e6]},
            "rows 1 and 3, column scale: 1e+06 stands twice in one curve ('toy', 'all', "
            "'accuracy'); give runs of one model a seed column, or drop one row",
        ),
        (
            {"score": ["0.5", "half", "0.5"]},
            "row 2, column score: 'half' is not a number; correct it, or leave it empty if the "
            "value is missing",
        ),
        (
            {"shots": [0, 1, 2.5]},
            "row 3, column shots: 2.5 is not a whole number; correct it, or leave it empty if the "
            "value is missing",
        ),
        (
            {"higher_is_better": ["true", "up", "false"]},
            "row 2, column higher_is_better: 'up' is not true or false; correct it, or leave it "
            "empty if the value is missing",
        ),
        (
            {"score": [[0.0], [0.1], [0.2]]},
            "column score holds List: each cell must be a number; use text or numbers",
        ),
    ],
)
def test_rules(changes: dict[str, Any], message: str) -> None:
    text = error(pl.DataFrame(GOOD | changes, strict=False))
    assert text.startswith("table: " + message)
    if "more rows" not in message:
        assert text == "table: " + message
    assert error(pl.DataFrame(GOOD | changes, strict=False), origin="a.csv").startswith("a.csv: ")


@pytest.mark.parametrize(
    "changes",
    [
        {"scale": [0.0, 1e7, 1e8], "scale_kind": ["steps"] * 3},
        {"scale": [0.0, 1e7, 1e8], "scale_kind": ["tokens"] * 3},
        {"scale": [0.0, 1e7, 1e8], "scale_kind": ["flops"] * 3},
        {"scale": [0.5, 1.5, 2.5], "scale_kind": ["loss"] * 3},
        {"score": [0.0, None, 0.5]},
        {"score": [None, None, None]},
        {"score": [-3.0, 1e300, -1e300]},
        {"low": [0.0, 0.25 + 1e-12, 0.5], "high": [0.0, 0.25 - 1e-12, 0.5]},
        {"low": [None, 0.2, None], "high": [0.1, None, None]},
        {"scale": [1e6, 1e6, 1e6], "seed": [0, 1, 2]},
        {"scale": [1e6, 1e6, 1e6], "seed": [0, None, 2]},
        {"scale": [1e6, 1e6, 1e6], "model": ["a", "b", "c"]},
        {"scale": [1e6, 1e6, 1e6], "task": ["a", "b", "c"]},
        {"scale": [1e6, 1e6, 1e6], "subtask": ["a", "b", None]},
        {"scale": [1e6, 1e6, 1e6], "shots": [0, 1, None]},
        {"scale": [1e6, 1e6, 1e6], "scale_kind": ["params", "flops", "tokens"]},
        {"n_items": [1, None, 10**12]},
        {"shots": [0, None, 5]},
    ],
)
def test_rows_that_keep_the_rules(changes: dict[str, Any]) -> None:
    assert len(ScoreTable.from_frame(frame(**changes))) == 3


def test_duplicates_with_null_keys_are_found() -> None:
    twice = frame(scale=[1e6, 1e7, 1e7], shots=[3, None, None], subtask=[None, None, None])
    assert error(twice).startswith("table: rows 2 and 3, column scale: 1e+07 stands twice")
    names = frame(scale=[1.0] * 3, model=["x", "a\nb" * 50, "a\nb" * 50])
    assert error(names).startswith("table: rows 2 and 3, column scale: 1 stands twice")


def test_missing_columns() -> None:
    table = frame()
    remedy = "rename one, or read it by 'simlab replay table --column {}=NAME'"
    assert error(table.drop("score")) == (
        "table: header: no column score; it has family, scale, metric; " + remedy.format("score")
    )
    assert error(table.rename({"scale": "scales"})) == (
        "table: header: no column scale; did you mean 'scales'?; it has family, scales, metric, "
        "score; " + remedy.format("scale")
    )
    assert error(table.select("scale")) == (
        "table: header: no column family (or model), metric, score; it has scale; "
        + remedy.format("family")
    )
    assert error(pl.DataFrame()) == (
        "table: header: no column family (or model), scale, metric, score; it has none; "
        + remedy.format("family")
    )
    assert error(table.clear()) == "table: it has a header and no row; give at least one score"
    wide = pl.DataFrame({f"column {i}\n": [1] for i in range(500)})
    assert len(error(wide)) < 500


def test_defaults() -> None:
    table = ScoreTable.from_frame(frame(), source="paper").frame
    assert table.schema == pl.Schema(COLUMNS)
    assert table.row(0, named=True) == {
        "family": "toy",
        "model": "toy 1000000.0",
        "scale": 1e6,
        "scale_kind": "params",
        "task": "all",
        "subtask": None,
        "shots": None,
        "metric": "accuracy",
        "score": 0.0,
        "low": None,
        "high": None,
        "chance": None,
        "higher_is_better": None,
        "n_items": None,
        "stderr": None,
        "seed": None,
        "source": "paper",
    }
    only_model = ScoreTable.from_frame(frame(model=["a", "b", "c"]).drop("family")).frame
    assert only_model["family"].to_list() == ["all"] * 3
    assert only_model["model"].to_list() == ["a", "b", "c"]
    assert only_model["source"].to_list() == ["unknown"] * 3


def test_defaults_fill_single_cells() -> None:
    table = ScoreTable.from_frame(
        frame(
            family=["a", None, "c"],
            model=[None, "m", ""],
            scale_kind=["flops", "", None],
            task=[None, "t", "  "],
            source=["s", None, "s"],
        ),
        source="file",
    ).frame
    assert table["family"].to_list() == ["a", "all", "c"]
    assert table["model"].to_list() == ["a 1000000.0", "m", "c 100000000.0"]
    assert table["scale_kind"].to_list() == ["flops", "params", "params"]
    assert table["task"].to_list() == ["all", "t", "all"]
    assert table["source"].to_list() == ["s", "file", "s"]


def test_defaults_of_a_filtered_frame_in_parts() -> None:
    """Tables of several sources are joined and filtered; an empty part is left of the first."""
    parts = [
        pl.DataFrame(
            {
                "family": [name] * n,
                "scale": [float(i) for i in range(1, n + 1)],
                "metric": ["accuracy"] * n,
                "score": [0.5] * n,
            }
        )
        for name, n in (("a", 72), ("b", 2000))
    ]
    left = pl.concat(parts)
    left = left.filter(left["family"] == "b")
    left = left.with_columns(left["family"].rechunk())
    assert left["scale"].n_chunks() == 2
    assert ScoreTable.from_frame(left).frame["model"].head(2).to_list() == ["b 1.0", "b 2.0"]


def test_extra_columns_follow_as_they_are() -> None:
    table = ScoreTable.from_frame(frame(note=["<script>", None, "é"], rank=[3, 1, 2])).frame
    assert table.columns == [*COLUMNS, "note", "rank"]
    assert table["note"].to_list() == ["<script>", None, "é"]
    assert table["rank"].to_list() == [3, 1, 2]


def test_types_are_cast() -> None:
    table = ScoreTable.from_frame(
        frame(
            scale=["1e6", " 1E7", "100000000"],
            score=[0, 1, 0],
            shots=[0.0, None, 3.0],
            higher_is_better=[1, 0, None],
            task=[1, 2, 3],
        )
    ).frame
    assert table.schema == pl.Schema(COLUMNS)
    assert table["scale"].to_list() == [1e6, 1e7, 1e8]
    assert table["shots"].to_list() == [0, None, 3]
    assert table["higher_is_better"].to_list() == [True, False, None]
    assert table["task"].to_list() == ["1", "2", "3"]


@pytest.mark.parametrize("metric", sorted(UNIT_METRICS))
def test_shares_given_as_percentages(metric: str) -> None:
    table = ScoreTable.from_frame(frame(metric=[metric] * 3, score=[0.0, 1.0, 50.0]))
    with pytest.raises(DataError) as caught:
        check_shares(table.frame, origin="a.csv")
    assert str(caught.value) == (
        "a.csv: row 3, column score: 50.0 lies outside 0 .. 1 for a metric that is a share; if the "
        "table holds percentages, say --percent"
    )


def test_shares() -> None:
    def checked(**changes: Any) -> None:
        check_shares(ScoreTable.from_frame(frame(**changes)).frame, origin="t")

    checked(score=[0.0, None, 1.0 + 1e-12], chance=[0.25, None, 0.0])
    checked(metric=["token_edit_distance"] * 3, score=[-5.0, 0.0, 80.0], chance=[25.0, None, None])
    with pytest.raises(DataError, match=r"^t: row 2, column score: -0\.01 lies outside 0 \.\. 1"):
        checked(score=[0.0, -0.01, 1.0])
    with pytest.raises(DataError, match=r"^t: row 1, column chance: 25\.0 lies outside 0 \.\. 1"):
        checked(chance=[25.0, None, None])


def test_the_schema_itself() -> None:
    assert set(REQUIRED) <= set(COLUMNS)
    assert set(CURVE_KEY) <= set(COLUMNS)
    assert SCALE_KINDS[0] == "params"
    rows = (inspect.getdoc(ScoreTable) or "").split("\n===")[2].split("\n")[1:]
    names = [line.split("  ")[0] for line in rows if line and line[0] != " "]
    assert ", ".join(names).split(", ") == list(COLUMNS)
