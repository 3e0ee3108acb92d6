"""The emergence scores of very many curves: a histogram a metric, rising above falling ones."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.charts.axes import log_ticks
from simlab.charts.colours import HUES, NEUTRAL
from simlab.charts.curves import FACTORS, value_name
from simlab.charts.style import CONFIG, INK

N_BINS = 56
_WIDTH, _LANE = 430.0, 44.0
_LABEL_WIDTH, _TEXT_WIDTH = 220.0, 215.0
_TALLEST = 0.44
"""Of a lane: the highest bar of a row."""
_RISES, _FALLS = "rises with scale", "falls with scale"


def spread_chart(
    ok: pl.DataFrame, metrics: Sequence[str], straight: float | None
) -> alt.LayerChart:
    """Return the chart: a row a metric, bars for the share of its curves in each bin of size.

    Parameters
    ----------
    ok : polars.DataFrame
        Curves with an emergence score that is not 0; ``metric`` as it is shown.
    metrics : sequence of str
        Those that are drawn, from top to bottom.
    straight : float or None
        What a straight line scores, if all curves have equally many scales.
    """
    held = ok.filter(pl.col("metric").is_in(metrics)).select(
        *FACTORS, "metric", "emergence_score", size=pl.col("emergence_score").abs()
    )
    edges = bin_edges(held["size"].to_numpy())
    bars = binned(held, edges)
    place = {metric: i for i, metric in enumerate(metrics)}
    sizes = [float(edges[0]), float(edges[-1])] + ([straight] if straight else [])
    ends = min(sizes) / 1.15, max(sizes) * 1.15
    x_scale = alt.Scale(type="log", domain=list(ends), nice=False, clamp=True)

    def x(field: str) -> alt.X:
        return alt.X(
            field=field,
            type="quantitative",
            title="emergence score (size)",
            scale=x_scale,
            axis=alt.Axis(values=log_ticks(*ends), format="~g", labelOverlap=True),
        )

    def y(field: str) -> alt.Y:
        domain = [len(metrics) - 0.5, -0.5]
        return alt.Y(
            field=field,
            type="quantitative",
            axis=None,
            scale=alt.Scale(domain=domain, nice=False, zero=False),
        )

    colour = alt.Color(
        field="direction",
        type="nominal",
        scale=alt.Scale(domain=[_RISES, _FALLS], range=[HUES[0], HUES[1]]),
        legend=alt.Legend(title=None, orient="top", symbolType="square"),
    )
    layers: list[tuple[alt.Chart, list[dict[str, Any]]]] = []

    def add(mark: alt.Chart, rows: list[dict[str, Any]], **channels: Any) -> None:
        mark.encoding = alt.FacetedEncoding(**channels)
        layers.append((mark, rows))

    lines = [{"y": place[m], "low": sizes[0], "high": max(sizes)} for m in metrics]
    add(
        alt.Chart().mark_rule(stroke="#d1d5db", strokeWidth=1),
        lines,
        x=x("low"),
        x2=alt.X2(field="high"),
        y=y("y"),
    )
    if straight:
        dashed = alt.Chart().mark_rule(stroke=NEUTRAL, strokeDash=[5, 4])
        add(dashed, [{"at": straight}], x=x("at"))
    add(
        alt.Chart().mark_rect(opacity=0.85),
        _bar_rows(bars, edges, place),
        x=x("low"),
        x2=alt.X2(field="high"),
        y=y("y"),
        y2=alt.Y2(field="y2"),
        color=colour,
        tooltip=[
            alt.Tooltip(field="metric", type="nominal"),
            alt.Tooltip(field="bin", type="nominal", title="emergence score (size)"),
            alt.Tooltip(field="direction", type="nominal"),
            alt.Tooltip(field="n", type="quantitative", title="curves", format=","),
            alt.Tooltip(field="share", type="nominal", title="share of the metric's"),
        ],
    )
    largest = _largest_rows(held, place)
    add(
        alt.Chart().mark_point(filled=True, size=34, opacity=1, stroke="#ffffff"),
        largest,
        x=x("size"),
        y=y("y"),
        color=colour,
        tooltip=[
            alt.Tooltip(field="metric", type="nominal"),
            alt.Tooltip(field="curve", type="nominal", title="largest"),
            alt.Tooltip(field="score", type="quantitative", title="emergence score", format=".5~g"),
        ],
    )
    style: dict[str, Any] = {"baseline": "middle", "fontSize": 11}
    for field, words, place_of_text in (
        (
            "metric",
            alt.Chart().mark_text(align="right", limit=_LABEL_WIDTH, color="#4b5563", **style),
            alt.value(-8),
        ),
        (
            "said",
            alt.Chart().mark_text(align="left", dx=8, limit=_TEXT_WIDTH, color=INK, **style),
            alt.value("width"),
        ),
    ):
        text = alt.Text(field=field, type="nominal")
        add(words, largest, x=place_of_text, y=y("y"), text=text)
    chart = alt.LayerChart(layer=[mark for mark, _ in layers])
    for layer, (_, rows) in zip(chart.layer, layers, strict=True):
        layer.data = {"values": rows}  # set last: composing charts copies their data
    chart.width, chart.height = _WIDTH, _LANE * len(metrics)
    chart.config = CONFIG
    longest = max(len(metric) for metric in metrics)
    chart.usermeta = {"margin": round(min(_LABEL_WIDTH, 6.6 * longest) + _TEXT_WIDTH) + 40}
    return chart


def bin_edges(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the edges of `N_BINS` bins, equally wide on a log axis.

    They span all but the largest thousandth, which the last bin takes in, so that one curve whose
    steps are nearly all equal does not press all others into one bin.
    """
    low, high = float(sizes.min()), float(np.quantile(sizes, 0.999, method="higher"))
    if high <= low:
        high = 1.1 * low
    return np.geomspace(low, high, N_BINS + 1)


def binned(held: pl.DataFrame, edges: NDArray[np.float64]) -> pl.DataFrame:
    """Return the number of curves by metric, bin and direction, and their share of the metric's.

    ``held`` has ``metric``, ``size`` and ``emergence_score``; a bin holds its lower edge, and the
    last one all that is beyond.
    """
    place = np.searchsorted(edges, held["size"].to_numpy(), side="right") - 1
    return (
        held.select("metric", rises=pl.col("emergence_score") > 0)
        .with_columns(bin=pl.Series(np.clip(place, 0, len(edges) - 2)))
        .group_by("metric", "bin", "rises")
        .agg(n=pl.len().cast(pl.Int64))
        .with_columns(share=pl.col("n") / pl.col("n").sum().over("metric"))
        .sort("metric", "bin", "rises")
    )


def _bar_rows(
    bars: pl.DataFrame, edges: NDArray[np.float64], place: dict[str, int]
) -> list[dict[str, Any]]:
    """Return one row a bar; the highest bar of a metric has the height `_TALLEST`."""
    tallest = dict(bars.group_by("metric").agg(pl.col("share").max()).rows())
    last = len(edges) - 2
    rows = []
    for metric, i, rises, n, share in bars.iter_rows():
        height = _TALLEST * share / tallest[metric]
        beyond = "beyond" if i == last else f"to {edges[i + 1]:.3g}"
        rows.append(
            {
                "metric": metric,
                "direction": _RISES if rises else _FALLS,
                "low": float(f"{edges[i]:.5g}"),
                "high": float(f"{edges[i + 1]:.5g}"),
                "y": place[metric],
                "y2": round(place[metric] + (-height if rises else height), 4),
                "n": n,
                "share": f"{share:.2%}",
                "bin": f"{edges[i]:.3g} {beyond}",
            }
        )
    return rows


def _short(size: float) -> str:
    return f"{size:,.0f}" if 1000 <= size < 1e6 else f"{size:.3g}"


def _largest_rows(held: pl.DataFrame, place: dict[str, int]) -> list[dict[str, Any]]:
    """Return one row a metric: its largest score, and its numbers in words."""
    top = pl.col("size").arg_max()
    rows = held.group_by("metric", maintain_order=True).agg(
        *(pl.col(c).get(top) for c in (*FACTORS, "emergence_score", "size")),
        n=pl.len(),
        rise=(pl.col("emergence_score") > 0).mean(),
    )
    return [
        {
            "metric": row["metric"],
            "direction": _RISES if row["emergence_score"] > 0 else _FALLS,
            "size": row["size"],
            "score": row["emergence_score"],
            "curve": " · ".join(value_name(c, row[c]) for c in FACTORS),
            "said": f"{row['n']:,} curves, {row['rise']:.0%} rise, largest {_short(row['size'])}",
            "y": place[row["metric"]],
        }
        for row in rows.iter_rows(named=True)
    ]
