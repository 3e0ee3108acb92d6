"""The emergence score of every curve, a row a metric."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from simlab.charts.colours import NEUTRAL, colours_of, in_order
from simlab.charts.curves import DEFAULT_MAX_CURVES, FACTORS, largest, with_names
from simlab.charts.emergence_spread import spread_chart
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG

_WIDTH, _LABEL_WIDTH = 420.0, 220.0
_LANE = 10
"""Pixels between the dots of two curves in the row of a metric."""
_JITTER = 5
"""Lanes over which dots are strewn where curves are too many for a lane each."""
_MAX_METRICS = 24
MAX_DOTS = 2000
"""Curves up to which each is a dot; of more, histograms are drawn."""


def emergence_figures(
    scores: pl.DataFrame, *, max_curves: int = DEFAULT_MAX_CURVES
) -> list[Figure]:
    """Return one figure: a dot a curve, a row a metric, the emergence score on a log axis.

    Of more than `MAX_DOTS` curves, histograms are drawn (`simlab.charts.emergence_spread`).
    A curve that falls with scale has a negative score; it stands at the score's size, as a hollow
    triangle. Curves without a score are counted in the caption by their status.

    Parameters
    ----------
    scores : polars.DataFrame
        What `simlab.emergence.score.emergence_scores` returns.
    max_curves : int
        Curves (or else families) that get a colour each, at most.

    Returns
    -------
    list of Figure
        Empty if no curve has an emergence score.
    """
    scored = (pl.col("status") == "ok") & (pl.col("emergence_score") != 0)
    if not scores.select(scored.any()).item():
        return []
    scores = with_names(scores, ["metric"], "metric title")
    scores = scores.with_columns(metric="metric title").drop("metric title")
    ok = scores.filter(scored)
    metrics, _ = largest(ok.with_columns(score=0.0), "metric", _MAX_METRICS, scores)
    n_scales = ok["n_scales"].unique().to_list()
    straight = float(n_scales[0] - 1) if len(n_scales) == 1 else None
    if ok.height > MAX_DOTS:
        chart: alt.TopLevelMixin = spread_chart(ok, metrics, straight)
        n_metrics = ok["metric"].n_unique()
        caption = _spread_caption(scores, ok, straight, len(metrics), n_metrics)
    else:
        drawn, colours, lanes = _dots(ok, metrics, max_curves)
        chart = _chart(_rows(drawn, colours, lanes), metrics, colours, straight)
        caption = _caption(scores, ok.height, drawn, straight)
    return [
        Figure(
            name="emergence",
            title="Emergence score of every curve",
            caption=caption,
            chart=chart,
        )
    ]


def _dots(
    ok: pl.DataFrame, metrics: Sequence[str], max_curves: int
) -> tuple[pl.DataFrame, list[str], bool]:
    """Return the curves that are drawn, the names of colours, and whether each has a lane."""
    varying = [c for c in FACTORS if ok[c].n_unique() > 1]
    named = with_names(ok, varying, "curve")
    lanes = named["curve"].n_unique() <= max_curves
    by = varying if lanes else [c for c in varying if c == "family"]
    named = with_names(named, by, "colour")
    drawn = named.filter(pl.col("metric").is_in(metrics))
    drawn = drawn.sort(pl.col("emergence_score").abs(), descending=True, maintain_order=True)
    colours = in_order(named["colour"].unique(maintain_order=True).to_list())
    if len(colours) > max_curves:
        drawn, colours = drawn.with_columns(colour=pl.lit("")), [""]
    return drawn, colours, lanes


def _rows(drawn: pl.DataFrame, colours: Sequence[str], lanes: bool) -> list[dict[str, Any]]:
    """Return one row a dot; its lane is that of its colour, or else the next one in turn."""
    seen: Counter[str] = Counter()
    rows = []
    for row in drawn.iter_rows(named=True):
        score, metric = row["emergence_score"], row["metric"]
        seen[metric] += 1
        rows.append(
            {
                "metric": metric,
                "curve": row["curve"],
                "colour": row["colour"],
                "size": abs(score),
                "score": score,
                "direction": "rises" if score > 0 else "falls",
                "scales": row["n_scales"],
                "lane": colours.index(row["colour"]) if lanes else seen[metric] * 2 % _JITTER,
            }
        )
    return rows


def _chart(
    rows: list[dict[str, Any]],
    metrics: Sequence[str],
    colours: Sequence[str],
    straight: float | None,
) -> alt.TopLevelMixin:
    sizes = [row["size"] for row in rows] + ([straight] if straight else [])
    domain = [min(sizes) / 1.15, max(sizes) * 1.15]
    falls = any(row["direction"] == "falls" for row in rows)
    lanes = list(range(max(row["lane"] for row in rows) + 1))
    x = alt.X(
        field="size",
        type="quantitative",
        title="emergence score (size)" if falls else "emergence score",
        scale=alt.Scale(type="log", domain=domain, nice=False),
        axis=alt.Axis(format="~g", labelOverlap=True),
    )
    dots = alt.Chart(height=alt.Step(_LANE)).mark_point(size=42, filled=True)
    dots.encoding = alt.FacetedEncoding(
        x=x,
        y=alt.Y(
            field="metric",
            type="nominal",
            sort=list(metrics),
            title=None,
            axis=alt.Axis(labelLimit=_LABEL_WIDTH, grid=True, tickBand="extent", ticks=False),
        ),
        yOffset=alt.YOffset(field="lane", type="ordinal", scale=alt.Scale(domain=lanes)),
        color=alt.Color(
            field="colour",
            type="nominal",
            scale=alt.Scale(domain=list(colours), range=colours_of(colours)),
            legend=alt.Legend(title=None, orient="top", symbolType="circle", labelLimit=240)
            if len(colours) > 1
            else None,
        ),
        shape=alt.Shape(
            field="direction",
            type="nominal",
            scale=alt.Scale(domain=["rises", "falls"], range=["circle", "triangle-down"]),
            legend=alt.Legend(title=None, orient="top") if falls else None,
        ),
        tooltip=[
            alt.Tooltip(field="curve", type="nominal"),
            alt.Tooltip(field="metric", type="nominal"),
            alt.Tooltip(field="score", type="quantitative", title="emergence score", format=".5~g"),
            alt.Tooltip(field="scales", type="quantitative", title="scales"),
        ],
    )
    layers = [dots]
    if straight:
        rule = alt.Chart({"values": [{"size": straight}]})
        rule = rule.mark_rule(stroke=NEUTRAL, strokeDash=[5, 4])
        rule.encoding = alt.FacetedEncoding(x=x)
        layers.insert(0, rule)
    chart = alt.LayerChart(layer=layers)
    chart.layer[-1].data = {"values": rows}  # set last: composing charts copies their data
    chart.width = _WIDTH
    chart.config = CONFIG
    longest = max(len(metric) for metric in metrics)
    chart.usermeta = {"margin": round(min(_LABEL_WIDTH, 6.6 * longest)) + 40}
    return chart


def _caption(scores: pl.DataFrame, n_ok: int, drawn: pl.DataFrame, straight: float | None) -> str:
    """Return what the marks mean, and how many curves are not among them for which reason."""
    said = ["One dot a curve."]
    if (drawn["emergence_score"] < 0).any():
        said.append("Triangles: curves that fall with scale.")
    if straight:
        said.append(f"Dashed: {straight:g}, what a straight line of as many scales scores.")
    if drawn.height < n_ok:
        said.append(f"Shown: the {drawn.height:,} largest of {n_ok:,}.")
    return " ".join([*said, *_without(scores)])


def _spread_caption(
    scores: pl.DataFrame, ok: pl.DataFrame, straight: float | None, drawn: int, n_metrics: int
) -> str:
    said = [
        f"All {ok.height:,} curves with a score"
        if drawn == n_metrics
        else f"Shown: the {drawn} metrics with the largest score of {n_metrics}",
        "counted by the size of their emergence score: upward those that rise with scale, "
        "downward those that fall; noise alone would look alike on both sides. Heights are shares "
        "of the metric's curves, in each row up to its highest bar; the last bar holds the "
        "largest thousandth. Point: the largest score, at the edge where it lies beyond.",
    ]
    if straight:
        said.append(f"Dashed: {straight:g}, what a straight line of as many scales scores.")
    return ", ".join(said[:2]) + " ".join(["", *said[2:], *_without(scores)])


def _without(scores: pl.DataFrame) -> list[str]:
    """Return in words how many curves have no score, and why."""
    without = scores.filter((pl.col("status") != "ok") | (pl.col("emergence_score") == 0))
    if without.is_empty():
        return []
    counts = (
        without["status"].value_counts(sort=False).sort("count", "status", descending=[True, False])
    )
    reasons = ", ".join(f"{status} {count:,}" for status, count in counts.iter_rows())
    return [f"Without a score: {without.height:,} of {scores.height:,} curves ({reasons})."]
