"""Charts of an audit: how many curves of each verdict, p-values, and curves beside smooth ones."""

import math
from typing import Any

import altair as alt
import numpy as np
import polars as pl

from simlab.audit.audit import Audit
from simlab.audit.smooth_null.link import smooth_accuracy
from simlab.charts.axes import SCALE_AXES, log_ticks
from simlab.charts.colours import NEUTRAL
from simlab.charts.curves import value_name
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG, INK
from simlab.intervals import wilson

VERDICT_COLOURS = {
    "survives": "#c2410c",
    "metric_artefact": "#7c3aed",
    "resolution_limited": "#b08900",
    "smooth": "#2563a8",
    "no_improvement": "#6b7280",
    "undecided": "#c4c9d1",
}
_FIT, _AHEAD = "#1f2937", "#0f766e"
_WIDTH, _HEIGHT, _COLUMNS, _MOST_PANELS = 205.0, 135.0, 3, 12
_BESIDE = 62  # pixels for ticks and titles: panels stand in line whatever these say
_BINS = 20
_DECIDED = ("survives", "metric_artefact", "resolution_limited", "smooth")
_NAMES = ("family", "task", "subtask", "shots", "metric")


def audit_figures(found: Audit, *, alpha: float) -> list[Figure]:
    """Return the figures of an audit, those without data left out.

    Parameters
    ----------
    found : Audit
    alpha : float
        The false discovery rate, named in captions.
    """
    figures = [_verdict_figure(found)]
    if found.n_tested:
        figures.append(_p_value_figure(found))
    chosen, survivors = _chosen(found)
    if chosen.height:
        figures.append(_curves_figure(found, chosen, survivors, alpha))
        figures.append(_coordinate_figure(found, chosen))
    return figures


def _chosen(found: Audit) -> tuple[pl.DataFrame, int]:
    """Return the curves to draw: survivors, then the sharpest of the others, and how many survive.

    Without three survivors the panels are filled up to six.
    """
    rows = found.verdicts.with_row_index("curve").filter(
        pl.col("p_sharp").is_not_null() & pl.col("verdict").is_in(_DECIDED)
    )
    rank = {verdict: i for i, verdict in enumerate(_DECIDED)}
    order = pl.col("verdict").replace_strict(rank, return_dtype=pl.Int64).clip(upper_bound=3)
    rows = rows.sort(order, "q_sharp", "p_sharp", "p_improvement", maintain_order=True)
    survivors = int((rows["verdict"] == "survives").sum())
    return rows.head(min(_MOST_PANELS, max(6, survivors))), survivors


def _verdict_figure(found: Audit) -> Figure:
    values = [{"verdict": v, "curves": n} for v, n in found.counts.items()]
    top = max(found.counts.values())
    x = alt.X(
        field="curves", type="quantitative", title="curves",
        scale=alt.Scale(domain=[0, max(top * 1.12, 1)], nice=False),
        axis=alt.Axis(tickMinStep=1, tickCount=6),
    )  # fmt: skip
    names = list(VERDICT_COLOURS)
    y = alt.Y(field="verdict", type="nominal", sort=names, title=None, axis=alt.Axis(ticks=False))
    bars = alt.Chart().mark_bar(height=15)
    bars.encoding = alt.FacetedEncoding(
        x=x,
        y=y,
        color=alt.Color(
            field="verdict",
            type="nominal",
            scale=alt.Scale(domain=names, range=list(VERDICT_COLOURS.values())),
            legend=None,
        ),
    )
    words = alt.Chart().mark_text(align="left", dx=4, fontSize=11, color=INK)
    words.encoding = alt.FacetedEncoding(
        x=x, y=y, text=alt.Text(field="curves", type="quantitative", format=",")
    )
    chart = alt.LayerChart(layer=[bars, words])
    for layer in chart.layer:
        layer.data = {"values": values}
    chart.width, chart.height = 440.0, alt.Step(24)
    chart.config = CONFIG
    return Figure(
        name="verdicts",
        title="Verdicts",
        caption=f"{found.verdicts.height:,} curves, each with one verdict; the sentence behind it "
        "is in the file verdicts.csv.",
        chart=chart,
    )


def _p_value_figure(found: Audit) -> Figure:
    p = found.verdicts["p_sharp"].drop_nulls().to_list()
    heights = [0] * _BINS
    for value in p:
        heights[min(int(value * _BINS), _BINS - 1)] += 1
    values = [
        {"low": i / _BINS, "high": (i + 1) / _BINS, "curves": n, "zero": 0}
        for i, n in enumerate(heights)
    ]
    even = len(p) / _BINS
    x = alt.X(
        field="low", type="quantitative", title="p of sharpness beyond a smooth curve",
        scale=alt.Scale(domain=[0, 1], nice=False),
    )  # fmt: skip
    top = max(max(heights), even) * 1.08
    y = alt.Y(
        field="curves", type="quantitative", title="curves",
        scale=alt.Scale(domain=[0, top], nice=False), axis=alt.Axis(tickMinStep=1, tickCount=5),
    )  # fmt: skip
    bars = alt.Chart({"values": values}).mark_rect(color="#9db7d5", stroke="#ffffff")
    bars.encoding = alt.FacetedEncoding(x=x, x2=alt.X2(field="high"), y=y, y2=alt.Y2(field="zero"))
    rule = alt.Chart({"values": [{"curves": even}]}).mark_rule(
        stroke=INK, strokeDash=[5, 4], strokeWidth=1.2
    )
    rule.encoding = alt.FacetedEncoding(y=y)
    chart = alt.LayerChart(layer=[bars, rule])
    chart.width, chart.height = 440.0, 170.0
    chart.config = CONFIG
    return Figure(
        name="p-values",
        title="How sharp the curves are: p-values",
        caption=f"Each of the {len(p):,} tested curves against simulated smooth ones. Were all "
        "curves smooth, the bars would lie near the dashed line, or below it at the left, as the "
        "test is cautious where counts are few.",
        chart=chart,
    )


def _curves_figure(found: Audit, chosen: pl.DataFrame, survivors: int, alpha: float) -> Figure:
    panels = []
    for row in chosen.iter_rows(named=True):
        points = found.points.filter(pl.col("curve") == row["curve"]).sort("scale")
        panels.append(_panel(points, row))
    chart = _grid(panels)
    shown = min(survivors, chosen.height)
    if survivors:
        title = "Curves that survive" + (
            ", and the sharpest of the others" * (shown < chosen.height)
        )
        said = f"{survivors:,} curves survive at a false discovery rate of {alpha:g}"
        said += f"; the {shown} sharpest are drawn. " if shown < survivors else ". "
    else:
        title = "No curve survives: what comes nearest"
        said = f"No curve is called sharp at a false discovery rate of {alpha:g}. "
    return Figure(
        name="curves",
        title=title,
        caption=said + "Points: scores, turned so that more is better, with 95% intervals of as "
        "many independent items. Dark line: the smooth fit. Green: forecast of the largest scales "
        "from the smaller ones, with its 90% interval. Dashed: chance. Shaded: the interval of "
        "the breakpoint, where it can be told.",
        chart=chart,
    )


def _coordinate_figure(found: Audit, chosen: pl.DataFrame) -> Figure:
    panels = []
    for row in chosen.iter_rows(named=True):
        points = found.points.filter(pl.col("curve") == row["curve"]).sort("scale")
        panels.append(_coordinate_panel(points, row))
    return Figure(
        name="coordinate",
        title="The same curves where a mirage is a straight line",
        caption="ln(-ln a) against the scale, a the score above chance over what is left above "
        "chance, axis downward, so that up is better. If the loss per token is a power law and "
        "every token must be right, the points lie on a straight line, whatever the number of "
        "tokens (its slope is the exponent). Triangles: no right answer above chance, or "
        "none wrong, at the place of half an item. Bars: 95% intervals. Dark line: the smooth fit, "
        "which bends where "
        "difficulty varies between items, or below a ceiling.",
        chart=_grid(panels),
    )


def _grid(panels: list[alt.LayerChart]) -> alt.VConcatChart:
    rows = [
        alt.hconcat(*panels[i : i + _COLUMNS], spacing=_BESIDE, bounds="flush")
        for i in range(0, len(panels), _COLUMNS)
    ]
    chart = alt.vconcat(*rows, spacing=16)
    chart.config = CONFIG
    return chart


def _x(points: pl.DataFrame, row: dict[str, Any]) -> alt.X:
    axis = SCALE_AXES[row["scale_kind"]]
    low, high = float(points["scale"].min()), float(points["scale"].max())  # type: ignore[arg-type]
    slack = (high / low) ** 0.05
    low, high = low / slack, high * slack
    return alt.X(
        field="scale", type="quantitative", title=axis.title,
        scale=alt.Scale(type="log", domain=[low, high], nice=False, reverse=axis.reverse),
        axis=alt.Axis(values=log_ticks(low, high), labelExpr=axis.label_expr, labelOverlap=True,
                      grid=False),
    )  # fmt: skip


def _finish(chart: alt.LayerChart, row: dict[str, Any]) -> alt.LayerChart:
    name = " · ".join(
        value_name(c, row[c]) for c in ("task", "subtask", "shots") if row[c] is not None
    )
    p, q = row["p_sharp"], row["q_sharp"]
    chart.width, chart.height = _WIDTH, _HEIGHT
    chart.title = alt.TitleParams(
        text=name,
        subtitle=[
            f"{value_name('family', row['family'])} · {value_name('metric', row['metric'])}",
            f"{row['verdict']} (p {p:.2g}, q {q:.2g})",
        ],
        anchor="start",
        fontSize=11,
        color=INK,
        subtitleColor=VERDICT_COLOURS[row["verdict"]],
        subtitleFontSize=11,
        limit=_WIDTH + 38,
    )
    return chart


def smooth_curve(points: pl.DataFrame, row: dict[str, Any], n: int = 61) -> list[dict[str, Any]]:
    """Return the smooth fit of a curve at many scales, as ``scale`` and ``y``; [] without a fit."""
    if row["location"] is None:
        return []
    sign = -1.0 if row["scale_kind"] == "loss" else 1.0
    x = sign * points["scale"].log().to_numpy()
    fine = np.linspace(x.min(), x.max(), n)
    y = smooth_accuracy(
        row["location"] - row["smooth_slope"] * (fine - x.mean()),
        theta=row["theta"],
        chance=row["chance"],
        ceiling=row["ceiling"],
    )
    ends = zip(np.exp(sign * fine), y, strict=True)
    return [{"scale": float(scale), "y": float(share)} for scale, share in ends]


def _panel(points: pl.DataFrame, row: dict[str, Any]) -> alt.LayerChart:
    """Return one curve with its smooth fit, forecast and breakpoint."""
    low, high = wilson(points["share"] * points["items"], points["items"])
    held = points.with_columns(pl.Series("low", low), pl.Series("high", high))
    top = max(
        1e-9, float(held.select(pl.max_horizontal("high", "fitted", "predicted_high").max()).item())
    )
    x = _x(points, row)
    scale = alt.Scale(domain=[0, min(1.03, top * 1.05)], nice=False)

    def y(field: str) -> alt.Y:
        return alt.Y(field=field, type="quantitative", title=None, scale=scale,
                     axis=alt.Axis(tickCount=4, minExtent=30, format="~g"))  # fmt: skip

    values = held.to_dicts()
    layers = []
    told = row["breakpoint_low"] is not None and row["breakpoint_high"] is not None
    if told and row["verdict"] in ("survives", "metric_artefact"):
        band = alt.Chart(
            {"values": [{"scale": row["breakpoint_low"], "end": row["breakpoint_high"]}]}
        ).mark_rect(color=VERDICT_COLOURS["survives"], opacity=0.12)
        band.encoding = alt.FacetedEncoding(x=x, x2=alt.X2(field="end"))
        layers.append(band)
    if row["chance"]:
        chance = alt.Chart({"values": [{"y": row["chance"]}]}).mark_rule(
            stroke=NEUTRAL, strokeDash=[4, 4], strokeWidth=1
        )
        chance.encoding = alt.FacetedEncoding(y=y("y"))
        layers.append(chance)
    ahead = [v for v in values if v["predicted"] is not None]
    if ahead:
        spread = alt.Chart({"values": ahead}).mark_rule(color=_AHEAD, strokeWidth=7, opacity=0.25)
        spread.encoding = alt.FacetedEncoding(
            x=x, y=y("predicted_low"), y2=alt.Y2(field="predicted_high")
        )
        middle = alt.Chart({"values": ahead}).mark_tick(
            color=_AHEAD, thickness=2, width=9, orient="horizontal"
        )
        middle.encoding = alt.FacetedEncoding(x=x, y=y("predicted"))
        layers += [spread, middle]
    fit = alt.Chart({"values": smooth_curve(points, row)}).mark_line(color=_FIT, strokeWidth=1.3)
    fit.encoding = alt.FacetedEncoding(x=x, y=y("y"))
    layers.append(fit)
    colour = VERDICT_COLOURS[row["verdict"]]
    bars = alt.Chart({"values": values}).mark_rule(color=colour, strokeWidth=1.1, opacity=0.7)
    bars.encoding = alt.FacetedEncoding(x=x, y=y("low"), y2=alt.Y2(field="high"))
    dots = alt.Chart({"values": values}).mark_point(filled=True, size=26, color=colour, opacity=1)
    dots.encoding = alt.FacetedEncoding(
        x=x,
        y=y("share"),
        tooltip=[
            alt.Tooltip(field="scale", type="quantitative", format=".3~g"),
            alt.Tooltip(field="share", type="quantitative", format=".4~g"),
            alt.Tooltip(field="items", type="quantitative", format=".4~g"),
            alt.Tooltip(field="fitted", type="quantitative", title="smooth", format=".4~g"),
        ],
    )
    return _finish(alt.LayerChart(layer=[*layers, bars, dots]), row)


def log_minus_log(share: float, chance: float) -> float | None:
    """Return ln(-ln a), a the share above chance over 1 - chance; None where a is not in (0, 1).

    >>> round(log_minus_log(math.exp(-1), 0.0), 9), log_minus_log(0.25, 0.25)
    (0.0, None)
    """
    a = (share - chance) / (1.0 - chance)
    return math.log(-math.log(a)) if 0.0 < a < 1.0 else None


def _coordinate_panel(points: pl.DataFrame, row: dict[str, Any]) -> alt.LayerChart:
    """Return one curve as ln(-ln a) against scale."""
    chance = row["chance"] or 0.0
    low, high = wilson(points["share"] * points["items"], points["items"])
    values = []
    for point, least, most in zip(points.iter_rows(named=True), low, high, strict=True):
        half = 0.5 / point["items"] * (1.0 - chance)
        inner = min(max(point["share"], chance + half), 1.0 - half)
        at = "inner"
        if inner != point["share"]:
            at = "bottom" if inner > point["share"] else "top"
        values.append(
            {
                "scale": point["scale"],
                "y": log_minus_log(inner, chance),
                "low": log_minus_log(min(max(float(least), chance + half), 1.0 - half), chance),
                "high": log_minus_log(min(max(float(most), chance + half), 1.0 - half), chance),
                "share": point["share"],
                "at": at,
            }
        )
    fits = [
        {"scale": at["scale"], "y": log_minus_log(at["y"], chance)}
        for at in smooth_curve(points, row)
    ]
    fits = [at for at in fits if at["y"] is not None]
    x = _x(points, row)
    ends = [v[k] for v in values for k in ("y", "low", "high")]
    domain = [max(ends) + 0.2, min(ends) - 0.2]

    def y(field: str) -> alt.Y:
        return alt.Y(field=field, type="quantitative", title="ln(-ln a)",
                     scale=alt.Scale(domain=domain, nice=False),
                     axis=alt.Axis(tickCount=5, minExtent=30))  # fmt: skip

    colour = VERDICT_COLOURS[row["verdict"]]
    fit = alt.Chart({"values": fits}).mark_line(color=_FIT, strokeWidth=1.3, clip=True)
    fit.encoding = alt.FacetedEncoding(x=x, y=y("y"))
    bars = alt.Chart({"values": values}).mark_rule(color=colour, strokeWidth=1.1, opacity=0.6)
    bars.encoding = alt.FacetedEncoding(x=x, y=y("low"), y2=alt.Y2(field="high"))
    layers = [fit, bars]
    shapes = {"inner": "circle", "bottom": "triangle-down", "top": "triangle-up"}
    for kind, shape in shapes.items():
        some = [v for v in values if v["at"] == kind]
        if some:
            dots = alt.Chart({"values": some}).mark_point(
                filled=True,
                size=26 if kind == "inner" else 34,
                color=colour,
                shape=shape,
                opacity=1,
            )
            dots.encoding = alt.FacetedEncoding(
                x=x,
                y=y("y"),
                tooltip=[
                    alt.Tooltip(field="scale", type="quantitative", format=".3~g"),
                    alt.Tooltip(field="share", type="quantitative", format=".4~g"),
                ],
            )
            layers.append(dots)
    return _finish(alt.LayerChart(layer=layers), row)
