"""The figure of emergence scores."""

from typing import Any

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from simlab.charts.emergence import emergence_figures
from simlab.charts.emergence_spread import N_BINS, bin_edges, binned
from simlab.emergence.score import emergence_scores
from simlab.table import ScoreTable
from tests.charts.conftest import compounding, suite


def _dots(spec: dict[str, Any]) -> list[dict[str, Any]]:
    name = spec["layer"][-1]["data"]["name"]
    return spec["datasets"][name]  # type: ignore[no-any-return]


def test_a_dot_a_curve_at_the_size_of_its_score() -> None:
    scores = emergence_scores(compounding())
    (figure,) = emergence_figures(scores)
    drawn = {(d["metric"], d["curve"]): d["score"] for d in _dots(figure.spec())}
    assert drawn == {
        (m, k): b for m, k, b in scores.select("metric", "subtask", "emergence_score").rows()
    }
    encoding = figure.spec()["layer"][-1]["encoding"]
    assert encoding["x"]["scale"]["type"] == "log"
    assert encoding["color"]["scale"]["domain"] == ["K=1", "K=4", "K=8"]
    figure.chart.to_dict(validate=True)


def test_the_score_of_a_straight_line_is_marked() -> None:
    (figure,) = emergence_figures(emergence_scores(compounding()))
    rule = figure.spec()["layer"][0]
    assert rule["mark"]["strokeDash"]
    assert figure.spec()["datasets"][rule["data"]["name"]] == [{"size": 5.0}]
    assert "Dashed: 5, what a straight line" in figure.caption


def test_falling_curves_are_triangles() -> None:
    table = compounding(lower=False)  # a distance taken as better when higher: it falls
    (figure,) = emergence_figures(emergence_scores(table))
    falls = {d["metric"]: d["direction"] for d in _dots(figure.spec())}
    assert falls == {"exact_match": "rises", "edit_distance": "falls"}
    assert all(d["size"] > 0 for d in _dots(figure.spec()))
    assert "Triangles: curves that fall with scale." in figure.caption


def test_curves_without_a_score_are_counted_by_status() -> None:
    columns = {"family": ["a"] * 4 + ["b"] * 4 + ["c"] * 4, "scale": [1e7, 1e8, 1e9, 1e10] * 3}
    score = [0.1, 0.2, 0.4, 0.9, 0.0, 0.0, 0.0, 0.5, 0.3, 0.3, 0.3, 0.3]
    scores = emergence_scores(ScoreTable.from_columns({**columns, "metric": "m", "score": score}))
    (figure,) = emergence_figures(scores)
    assert "Without a score: 2 of 3 curves (constant 1, zero_median 1)." in figure.caption
    assert emergence_figures(scores.filter(pl.col("status") != "ok")) == []


def test_many_metrics_are_cut_to_the_largest() -> None:
    columns = {"family": "f", "scale": [1e7, 1e8, 1e9, 1e10] * 30}
    score = [v for i in range(30) for v in (0.0, 0.1, 0.2, 0.3 + 0.1 * i)]
    metric = [f"m{i}" for i in range(30) for _ in range(4)]
    scores = emergence_scores(
        ScoreTable.from_columns({**columns, "metric": metric, "score": score})
    )
    (figure,) = emergence_figures(scores)
    assert {d["metric"] for d in _dots(figure.spec())} == {f"m{i}" for i in range(6, 30)}
    assert "Shown: the 24 largest of 30." in figure.caption


def test_thousands_of_curves_are_counted_not_drawn() -> None:
    table = suite(n_tasks=1200)
    scores = emergence_scores(table)
    (figure,) = emergence_figures(scores)
    spec = figure.spec()
    held = spec["datasets"]
    bars = next(rows for rows in held.values() if "share" in rows[0])
    assert sum(bar["n"] for bar in bars) == scores.height == 2400
    assert len(bars) <= 2 * 2 * N_BINS
    for metric in ("bleu", "accuracy"):
        own = scores.filter(pl.col("metric") == metric)["emergence_score"]
        assert sum(bar["n"] for bar in bars if bar["metric"] == metric) == len(own)
        (largest,) = [r for rows in held.values() for r in rows
                      if r.get("metric") == metric and "curve" in r]  # fmt: skip
        assert largest["score"] == own.max()
        assert largest["said"].startswith("1,200 curves, 100% rise, largest ")
    assert figure.caption.startswith("All 2,400 curves with a score, counted by the size")
    figure.chart.to_dict(validate=True)


@given(st.lists(st.floats(1.0, 1e6).map(lambda v: round(v, 3)), min_size=1, max_size=60),
       st.randoms())  # fmt: skip
def test_bins_hold_what_a_loop_counts(sizes: list[float], draw: Any) -> None:
    signs = [draw.choice((-1.0, 1.0)) for _ in sizes]
    metrics = [draw.choice("ab") for _ in sizes]
    held = pl.DataFrame({"metric": metrics, "size": sizes}).with_columns(
        emergence_score=pl.Series(sizes) * pl.Series(signs)
    )
    edges = bin_edges(held["size"].to_numpy())
    counts: dict[tuple[str, int, bool], int] = {}
    for metric, size, sign in zip(metrics, sizes, signs, strict=True):
        place = max(i for i in range(N_BINS) if i == 0 or edges[i] <= size)
        key = (metric, place, sign > 0)
        counts[key] = counts.get(key, 0) + 1
    found = binned(held, edges)
    assert {row[:3]: row[3] for row in found.select("metric", "bin", "rises", "n").rows()} == counts
    for metric in set(metrics):
        assert abs(found.filter(pl.col("metric") == metric)["share"].sum() - 1) < 1e-12


def test_a_bin_takes_in_the_largest_thousandth() -> None:
    sizes = np.concatenate([np.linspace(1.0, 10.0, 4999), [1e12]])
    edges = bin_edges(sizes)
    assert edges[0] == 1.0
    assert edges[-1] < 10.01
