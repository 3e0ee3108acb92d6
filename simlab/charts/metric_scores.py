"""Emergence scores per metric at a glance (after figure 5A of Schaeffer et al. 2023)."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from simlab.charts.colours import HUES, NEUTRAL
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG, INK
from simlab.metrics.kinds import ALL_OR_NOTHING, GRADED, UNKNOWN

KIND_COLOURS = {ALL_OR_NOTHING: HUES[1], GRADED: HUES[0], UNKNOWN: NEUTRAL}
TICK_LABEL = "abs(datum.value) < 1000 ? format(datum.value, '~g') : format(datum.value, '~s')"
TICKS = (-1000, -100, -10, -3, 0, 3, 10, 30, 100, 300, 1000, 10000, 100000)

_WIDTH, _ROW, _LABEL_WIDTH, _TEXT_WIDTH = 430.0, 24.0, 210.0, 150.0
_MAX_METRICS = 40


def metric_figure(shares: pl.DataFrame, *, threshold: float) -> list[Figure]:
    """Return one figure: a row a metric, the spread of its curves' emergence scores.

    Parameters
    ----------
    shares : polars.DataFrame
        What `simlab.emergence.metric_shares.metric_shares` returns.
    threshold : float
        Drawn as a dashed line.

    Returns
    -------
    list of Figure
        Empty if no metric has a scored curve.
    """
    drawn = shares.filter(pl.col("q50").is_not_null()).head(_MAX_METRICS)
    if drawn.is_empty():
        return []
    values = [
        {
            **{k: row[k] for k in ("metric", "kind", "largest", "largest_task", "n_scored")},
            "q05": _or(row["q05"], row["q25"], row["q50"]),
            "q25": _or(row["q25"], row["q50"]),
            "q50": row["q50"],
            "q75": _or(row["q75"], row["q50"]),
            "q95": _or(row["q95"], row["largest"], row["q75"]),
            "said": f"{row['n_above']:,} of {row['n_scored']:,} above ({row['share_above']:.0%})",
        }
        for row in drawn.iter_rows(named=True)
    ]
    left_out = shares.height - drawn.height
    n_zero = int(shares["n_zero_median"].sum())
    caption = (
        f"Thick: the middle half of a metric's curves; thin: 5% to 95%; line: median; point: the "
        f"largest. Dashed: the threshold {threshold:g}; the paper states none. A straight line of "
        "K points scores K - 1, whatever the metric, and a falling curve is negative."
    )
    if n_zero:
        caption += f" {n_zero:,} curves with a zero median have no score."
    if left_out:
        what = "metric" if left_out == 1 else "metrics"
        caption += f" Not shown: {left_out} {what}, those without a scored curve first."
    return [
        Figure(
            name="metric-scores",
            title="Prediction 1: emergence scores under each metric",
            caption=caption,
            chart=_chart(values, threshold),
        )
    ]


def _or(*values: float | None) -> float | None:
    return next((v for v in values if v is not None), None)


def score_scale(values: Sequence[float]) -> tuple[list[float], list[int]]:
    """Return the ends of an axis of scores, linear near 0 and logarithmic beyond, and its ticks."""
    low, high = min(0.0, *values), max(values)
    ends = [1.35 * low - 0.2, 1.35 * high + 0.2]
    return ends, [t for t in TICKS if ends[0] <= t <= ends[1]]


def _chart(values: list[dict[str, Any]], threshold: float) -> alt.LayerChart:
    seen = [v[q] for v in values for q in ("q05", "q95", "largest") if v[q] is not None]
    domain, ticks = score_scale([*seen, threshold])
    metrics = [v["metric"] for v in values]
    y = alt.Y(
        field="metric",
        type="nominal",
        sort=metrics,
        title=None,
        axis=alt.Axis(labelLimit=_LABEL_WIDTH, ticks=False, domain=False),
    )
    kinds = [k for k in KIND_COLOURS if any(v["kind"] == k for v in values)]
    colour = alt.Color(
        field="kind",
        type="nominal",
        scale=alt.Scale(domain=kinds, range=[KIND_COLOURS[k] for k in kinds]),
        legend=alt.Legend(title=None, orient="top", symbolType="circle"),
    )
    tooltip = [
        alt.Tooltip(field="metric", type="nominal"),
        alt.Tooltip(field="q50", type="quantitative", title="median", format=".4~g"),
        alt.Tooltip(field="largest", type="quantitative", format=".5~g"),
        alt.Tooltip(field="largest_task", type="nominal", title="largest in"),
        alt.Tooltip(field="said", type="nominal", title="threshold"),
    ]

    def x(field: str) -> alt.X:
        return alt.X(
            field=field,
            type="quantitative",
            title="emergence score",
            scale=alt.Scale(type="symlog", constant=1, domain=domain, nice=False),
            axis=alt.Axis(values=ticks, labelExpr=TICK_LABEL, labelOverlap=True),
        )

    def layer(mark: str, start: str, end: str | None = None, **style: Any) -> alt.Chart:
        held = getattr(alt.Chart(), f"mark_{mark}")(**style)
        channels: dict[str, Any] = {"x": x(start), "y": y, "color": colour, "tooltip": tooltip}
        if end:
            channels["x2"] = alt.X2(field=end)
        held.encoding = alt.FacetedEncoding(**channels)
        return held  # type: ignore[no-any-return]

    limit = alt.Chart({"values": [{"at": threshold}]}).mark_rule(
        stroke=NEUTRAL, strokeDash=[5, 4], strokeWidth=1.2
    )
    limit.encoding = alt.FacetedEncoding(x=x("at"))
    said = alt.Chart().mark_text(align="left", dx=8, fontSize=11, color=INK)
    said.encoding = alt.FacetedEncoding(
        x=alt.value(_WIDTH), y=y, text=alt.Text(field="said", type="nominal")
    )
    chart = alt.LayerChart(
        layer=[
            limit,
            layer("rule", "q05", "q95", strokeWidth=1.2, opacity=0.8),
            layer("bar", "q25", "q75", height=9, opacity=0.45),
            layer("tick", "q50", thickness=2.2, size=15),
            layer("point", "largest", filled=True, size=38, opacity=1),
            said,
        ]
    )
    for held in chart.layer[1:]:
        held.data = {"values": values}
    chart.width, chart.height = _WIDTH, alt.Step(_ROW)
    chart.config = CONFIG
    chart.usermeta = {"margin": round(_LABEL_WIDTH + _TEXT_WIDTH) + 40}
    return chart
