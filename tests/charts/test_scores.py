"""The default figures: what is drawn, where, and what the caption says."""

from itertools import pairwise
from typing import Any

import altair as alt
import polars as pl
import pytest

from simlab.charts.figure import Figure
from simlab.charts.marks import LABEL_GAP
from simlab.charts.scores import score_figures
from simlab.emergence.score import emergence_scores
from simlab.table import ScoreTable
from tests.charts.conftest import SIZES, compounding, suite


def _rows(figure: Figure) -> list[dict[str, Any]]:
    (rows,) = figure.spec()["datasets"].values()
    return rows  # type: ignore[no-any-return]


def _of(figure: Figure, kind: str, panel: str | None = None) -> list[dict[str, Any]]:
    return [
        r for r in _rows(figure) if r["kind"] == kind and (panel is None or r["panel"] == panel)
    ]


def _layer(figure: Figure, kind: str) -> dict[str, Any]:
    (layer,) = [
        layer
        for layer in figure.spec()["spec"]["layer"]
        if layer["transform"] == [{"filter": {"field": "kind", "equal": kind}}]
    ]
    return layer  # type: ignore[no-any-return]


@pytest.fixture
def figure(table: ScoreTable) -> Figure:
    (figure,) = score_figures(table)
    return figure


def test_one_panel_a_metric_with_scores_as_they_are(figure: Figure, table: ScoreTable) -> None:
    points = _of(figure, "point")
    drawn = {(r["panel"].split(" ")[0], r["curve"], r["x"]): r["y"] for r in points}
    given = {
        (r["metric"], r["subtask"], r["scale"]): r["score"]
        for r in table.frame.iter_rows(named=True)
    }
    assert drawn == given
    assert figure.title == "Score against parameters"


def test_scale_axis_is_logarithmic_with_round_numbers(figure: Figure) -> None:
    x = _layer(figure, "point")["encoding"]["x"]
    assert x["field"] == "x"
    assert x["title"] == "parameters"
    assert x["scale"]["type"] == "log"
    assert x["scale"]["domain"][0] < SIZES[0] < SIZES[-1] < x["scale"]["domain"][1]
    assert x["axis"]["values"] == SIZES
    assert "'G', 'B'" in x["axis"]["labelExpr"]
    assert figure.spec()["resolve"]["scale"] == {"y": "independent"}


def test_chance_is_one_dashed_line_where_there_is_chance(figure: Figure) -> None:
    assert _layer(figure, "chance")["mark"]["strokeDash"]
    assert [(r["panel"], r["y"]) for r in _of(figure, "chance")] == [("exact_match", 0.1)] * 2
    assert "Dashed: chance." in figure.caption


def test_chance_that_differs_follows_each_curve() -> None:
    columns = {"family": ["a", "a", "b", "b"], "scale": [1e8, 1e9] * 2, "metric": "accuracy"}
    table = ScoreTable.from_columns(
        {**columns, "score": [0.3, 0.4, 0.6, 0.7], "chance": [0.25, 0.25, 0.5, 0.5]}
    )
    (figure,) = score_figures(table)
    assert not _of(figure, "chance")
    assert [(r["curve"], r["y"]) for r in _of(figure, "curve chance")] == [
        ("a", 0.25),
        ("a", 0.25),
        ("b", 0.5),
        ("b", 0.5),
    ]


def test_a_closed_form_replaces_the_line_of_its_curve(figure: Figure, table: ScoreTable) -> None:
    expected = table.frame.filter(pl.col("metric") == "exact_match")
    drawn = {(r["curve"], r["x"]): r["y"] for r in _of(figure, "expected")}
    assert drawn == dict(
        zip(expected.select("subtask", "scale").iter_rows(), expected["expected"], strict=True)
    )
    assert {r["panel"] for r in _of(figure, "line")} == {"edit_distance (lower is better)"}
    assert _layer(figure, "expected")["mark"]["strokeWidth"] < 1.5
    assert "thin lines: their closed form" in figure.caption


def test_bands_span_low_to_high(figure: Figure, table: ScoreTable) -> None:
    bands = {
        (r["panel"].split(" ")[0], r["curve"], r["x"], r["y"], r["y2"]) for r in _of(figure, "band")
    }
    assert bands == set(table.frame.select("metric", "subtask", "scale", "low", "high").iter_rows())
    assert _layer(figure, "band")["mark"]["type"] == "area"


def test_intervals_of_some_points_are_bars() -> None:
    columns = {"family": "a", "scale": [1e8, 1e9, 1e10], "metric": "accuracy"}
    table = ScoreTable.from_columns(
        {**columns, "score": [0.1, 0.2, 0.3], "low": [0.0, None, 0.2], "high": [0.2, None, 0.4]}
    )
    (figure,) = score_figures(table)
    assert [(r["x"], r["y"], r["y2"]) for r in _of(figure, "interval")] == [
        (1e8, 0.0, 0.2),
        (1e10, 0.2, 0.4),
    ]
    assert "Bars: the interval of each score." in figure.caption


def test_labels_stand_apart_beside_the_last_point(figure: Figure) -> None:
    height = figure.spec()["spec"]["height"]
    for panel in ("exact_match", "edit_distance (lower is better)"):
        low, high = sorted(r["y"] for r in _of(figure, "frame", panel))
        labels = _of(figure, "label", panel)
        assert {r["curve"] for r in labels} == {"K=1", "K=4", "K=8"}
        places = sorted((r["y"] - low) / (high - low) * height for r in labels)
        assert all(b - a >= LABEL_GAP - 1e-6 for a, b in pairwise(places))
        assert places[0] >= -1e-6
        assert places[-1] <= height + 1e-6
        by_label = [r["curve"] for r in sorted(labels, key=lambda r: r["y"])]
        last = [r for r in _of(figure, "point", panel) if r["x"] == SIZES[-1]]
        assert by_label == [r["curve"] for r in sorted(last, key=lambda r: r["y"])]
    assert _layer(figure, "point")["encoding"]["color"]["legend"] is None


def test_numbered_curves_are_coloured_in_order(figure: Figure) -> None:
    scale = _layer(figure, "line")["encoding"]["color"]["scale"]
    assert scale["domain"] == ["K=1", "K=4", "K=8"]
    assert len(set(scale["range"])) == 3


def test_replicates_show_their_mean_and_each_seed() -> None:
    table = compounding(seeds=(0, 1, 2))
    (figure,) = score_figures(table)
    assert len(_of(figure, "replicate")) == len(table)
    means = table.frame.group_by("metric", "subtask", "scale").agg(pl.col("score").mean())
    drawn = {(r["panel"].split(" ")[0], r["curve"], r["x"]): r["y"] for r in _of(figure, "point")}
    for metric, subtask, scale, score in means.iter_rows():
        assert drawn[metric, subtask, scale] == pytest.approx(score, rel=1e-12)
    assert len(drawn) == len(means)
    assert {r["run"] for r in _of(figure, "seed")} == {"0", "1", "2"}
    assert not _of(figure, "band")
    assert "mean of 3 seeds" in figure.caption


def test_of_many_replicates_some_are_drawn_and_all_are_averaged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = compounding(seeds=tuple(range(7)))
    (whole,) = score_figures(table)
    monkeypatch.setattr("simlab.charts.marks.MOST_REPLICATES", 3)
    monkeypatch.setattr("simlab.charts.scores.MOST_REPLICATES", 3)
    (figure,) = score_figures(table)
    assert {r["run"] for r in _of(figure, "seed")} == {"0", "1", "2"}
    assert len(_of(figure, "replicate")) * 7 == len(table) * 3
    assert _of(figure, "point") == _of(whole, "point")
    assert _of(figure, "line") == _of(whole, "line")
    assert "the first 3 of up to 7 replicates of a curve; lines: the mean of all" in figure.caption
    assert "replicates of a curve" not in whole.caption


def test_two_models_of_one_size_are_two_points_and_one_line() -> None:
    table = ScoreTable.from_columns(
        {
            "family": "f",
            "model": ["m1", "m2", "m3"],
            "scale": [1e8, 1e8, 1e9],
            "metric": "accuracy",
            "score": [0.1, 0.3, 0.4],
        }
    )
    (figure,) = score_figures(table)
    assert len(_of(figure, "point")) == 3
    assert [(r["x"], r["y"]) for r in _of(figure, "line")] == [(1e8, 0.2), (1e9, 0.4)]


def test_many_tasks_become_panels_of_the_largest_emergence_scores() -> None:
    table = suite(n_tasks=40)
    (figure,) = score_figures(table, scores=emergence_scores(table), max_panels=24)
    panels = list(dict.fromkeys(r["panel"] for r in _rows(figure)))
    assert len(panels) == 24
    assert panels[0].startswith("task_39\n")
    assert "Shown: 24 of 40 panels, those with the largest emergence score" in figure.caption
    legend = _layer(figure, "point")["encoding"]["color"]["legend"]
    assert legend["orient"] == "top"
    assert not _of(figure, "label")
    assert {r["text"] for r in _of(figure, "subtitle")} == {"bleu", "accuracy"}


def test_too_many_families_are_cut_to_the_largest() -> None:
    table = suite(n_tasks=1, families=tuple(f"family {c}" for c in "abcdefghijklmnop"))
    (figure,) = score_figures(table, max_curves=6)
    assert len({r["curve"] for r in _of(figure, "line")}) == 6
    assert "Shown: 6 of 16 curves a panel, those with the largest range of scores" in figure.caption


def test_scale_zero_and_missing_scores_are_left_out_and_said() -> None:
    columns = {"family": "f", "scale": [0, 10, 100, 1000], "scale_kind": "steps", "metric": "loss"}
    table = ScoreTable.from_columns({**columns, "score": [9.0, 5.0, None, 3.0]})
    (figure,) = score_figures(table)
    assert [r["x"] for r in _of(figure, "point")] == [10, 1000]
    assert "Left out: 1 score at scale 0" in figure.caption
    assert "Missing: 1 score." in figure.caption
    assert figure.title == "Score against training steps"


def test_loss_runs_from_high_to_low_on_a_linear_axis() -> None:
    columns = {"family": ["a", "a", "b", "b"], "scale": [3.0, 2.0] * 2, "scale_kind": "loss"}
    table = ScoreTable.from_columns({**columns, "metric": "accuracy", "score": [0, 0.9, 0, 0.5]})
    (figure,) = score_figures(table)
    scale = _layer(figure, "line")["encoding"]["x"]["scale"]
    assert (scale["type"], scale["reverse"]) == ("linear", True)
    assert {r["x"] for r in _of(figure, "label")} == {scale["domain"][0]}


def test_one_figure_a_kind_of_scale() -> None:
    columns = {"family": "f", "scale": [1e8, 1e9, 1e20, 1e21], "metric": "accuracy"}
    table = ScoreTable.from_columns(
        {**columns, "score": [0.1, 0.2, 0.1, 0.2], "scale_kind": ["params"] * 2 + ["flops"] * 2}
    )
    assert [(f.name, f.title) for f in score_figures(table)] == [
        ("scores-params", "Score against parameters"),
        ("scores-flops", "Score against training FLOPs"),
    ]


def test_no_score_no_figure() -> None:
    table = ScoreTable.from_columns({"family": "f", "scale": [1e8], "metric": "a", "score": [None]})
    assert score_figures(table) == []


@pytest.mark.parametrize(
    "table",
    [
        compounding(),
        compounding(seeds=(0, 1)),
        suite(),
        ScoreTable.from_columns({"family": "f", "scale": [1e8], "metric": "a", "score": [0.5]}),
        ScoreTable.from_columns(
            {"family": "f", "scale": [1e8, 1e9], "metric": "a", "score": [0, 0]}
        ),
    ],
    ids=["compounding", "seeds", "suite", "single point", "constant"],
)
def test_figures_are_valid_vega_lite(table: ScoreTable) -> None:
    for figure in score_figures(table):
        assert isinstance(figure.chart, alt.TopLevelMixin)
        figure.chart.to_dict(validate=True)
