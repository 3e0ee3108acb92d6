"""Charts of the scenario ``calibration``: level, power as ROC curves, verdicts, coverage."""

from typing import Any

import altair as alt
import polars as pl

from scenarios.calibration.parameters import NULL_KINDS, SHARP_KINDS
from scenarios.calibration.rates import (
    AUDIT_METRICS,
    SCORE_METRICS,
    level_metric,
    mean_rates,
    roc,
    threshold_metric,
)
from simlab.audit.verdict import VERDICTS
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG
from simlab.formatted import formatted
from simlab.table import ScoreTable

_OURS, _BARE, _BAND = "#1f5fa8", "#c77800", "#d9e2ec"
_AUDIT, _SCORE = "audit, p ≤ 5%", "emergence score > 10"
_COLOUR = {
    "field": "reading",
    "type": "nominal",
    "title": None,
    "scale": {"domain": [_AUDIT, _SCORE], "range": [_OURS, _BARE]},
    "legend": {"orient": "top", "symbolOpacity": 1},
}
_SHADES = {
    "survives": "#d1495b",
    "metric_artefact": "#8e5ea2",
    "resolution_limited": "#b58900",
    "smooth": "#1f5fa8",
    "no_improvement": "#9aa5b1",
    "undecided": "#dfe5ec",
}
_PERCENT = {"format": "%"}


def calibration_figures(table: ScoreTable) -> list[Figure]:
    """Return the figures that the run's cells allow."""
    frame = table.frame.with_columns(
        panel=formatted("{}, {} items", "task", pl.col("scale").cast(pl.Int64))
        + pl.when(pl.col("subtask") == "chance=0")
        .then(pl.lit(""))
        .otherwise(formatted(", {}", "subtask"))
    )
    panels = list(dict.fromkeys(frame.sort("scale", maintain_order=True)["panel"]))
    return [*_level(frame, panels), *_roc(frame), *_verdicts(frame, panels), *_coverage(frame)]


def _facets(
    rows: list[dict[str, Any]], panels: list[str], spec: dict[str, Any], columns: int = 2
) -> Any:
    return alt.FacetChart.from_dict(
        {
            "data": {"values": rows},
            "facet": {
                "field": "panel",
                "type": "nominal",
                "title": None,
                "sort": panels,
                "header": {
                    "labelFontSize": 12,
                    "labelFontWeight": "bold",
                    "labelExpr": "split(datum.label, '|')",
                },
            },
            "columns": columns,
            "spec": spec,
            "config": CONFIG,
        },
        validate=False,
    )


def _level(frame: pl.DataFrame, panels: list[str]) -> list[Figure]:
    names = {level_metric(0.05): _AUDIT, threshold_metric(10): _SCORE}
    rows = frame.filter(pl.col("metric").is_in(list(names)), pl.col("family").is_in(NULL_KINDS))
    if rows.is_empty():
        return []
    kinds = [kind for kind in NULL_KINDS if kind in set(rows["family"])]
    points = [
        {
            "panel": row["panel"],
            "kind": row["family"],
            "reading": names[row["metric"]],
            "share": row["score"],
            "low": row["low"],
            "high": row["high"],
        }
        for row in rows.iter_rows(named=True)
    ]
    x = {
        "field": "share",
        "type": "quantitative",
        "title": "smooth curves that are called sharp",
        "axis": _PERCENT,
        "scale": {"domain": [0, 1]},
    }
    y = {"field": "kind", "type": "nominal", "title": None, "sort": kinds}
    layers = [
        {
            "mark": {"type": "rule", "color": "#52606d", "strokeDash": [4, 3]},
            "encoding": {"x": {"datum": 0.05, "type": "quantitative"}},
        },
        {
            "mark": {"type": "rule", "opacity": 0.6},
            "encoding": {
                "x": x | {"field": "low"},
                "x2": {"field": "high"},
                "y": y,
                "color": _COLOUR,
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
            "encoding": {
                "x": x,
                "y": y,
                "color": _COLOUR,
                "tooltip": [{"field": f, "type": "nominal"} for f in ("kind", "reading", "share")],
            },
        },
    ]
    chart = _facets(points, panels, {"width": 300, "height": 20 * len(kinds), "layer": layers})
    return [
        Figure(
            name="level",
            title="Smooth curves called sharp",
            caption=(
                "Each point: the share of simulated smooth curves that is called sharp, with its "
                "95% interval; dashed: 5%. The audit lies below its level where models do not "
                "scatter about their curve, since few scales cannot rule scatter out."
            ),
            chart=chart,
        )
    ]


def _roc(frame: pl.DataFrame) -> list[Figure]:
    rows, panels = [], []
    own = frame.filter(pl.col("subtask") == "chance=0")
    for cell in own.select("task", "scale", "panel").unique(maintain_order=True).iter_rows():
        part = own.filter(pl.col("task") == cell[0], pl.col("scale") == cell[1])
        for kind in SHARP_KINDS:
            areas = []
            for reading, metrics in ((_AUDIT, AUDIT_METRICS), (_SCORE, SCORE_METRICS)):
                sharp = mean_rates(part, (kind,), metrics)
                smooth = mean_rates(part, NULL_KINDS, metrics)
                if sharp is None or smooth is None:
                    break
                x, y, area = roc(sharp, smooth)
                areas.append((reading, x, y, area))
            if len(areas) < 2:
                continue
            title = f"{kind}, {cell[2]}|area {areas[0][3]:.3f}, score {areas[1][3]:.3f}"
            panels.append(title)
            for reading, x, y, _ in areas:
                rows += [
                    {"panel": title, "reading": reading.split(",")[0].split(" >")[0], "order": i}
                    | {"x": float(a), "y": float(b)}
                    for i, (a, b) in enumerate(zip(x, y, strict=True))
                ]
    if not rows:
        return []
    axis = {"type": "quantitative", "axis": _PERCENT, "scale": {"domain": [0, 1]}}
    colour = _COLOUR | {
        "scale": {"domain": ["audit", "emergence score"], "range": [_OURS, _BARE]},
        "legend": {"orient": "top", "symbolType": "stroke", "symbolStrokeWidth": 3},
    }
    spec = {
        "width": 210,
        "height": 210,
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {
            "x": axis | {"field": "x", "title": "smooth curves called sharp"},
            "y": axis | {"field": "y", "title": "these curves called sharp"},
            "order": {"field": "order", "type": "quantitative"},
            "color": colour,
        },
    }
    chart = _facets(rows, panels, spec, columns=3)
    return [
        Figure(
            name="roc",
            title="Sharp curves told from smooth ones",
            caption=(
                "ROC curves over all smooth kinds at chance 0, one panel a sharp kind; the title "
                "gives the areas under the audit's curve and under that of the emergence score, "
                "read with its undefined values as the largest."
            ),
            chart=chart,
        )
    ]


def _verdicts(frame: pl.DataFrame, panels: list[str]) -> list[Figure]:
    rows = frame.filter(pl.col("metric").str.starts_with("verdict "))
    kinds = list(dict.fromkeys([*NULL_KINDS, *SHARP_KINDS, *rows["family"]]))
    kinds = [kind for kind in kinds if kind in set(rows["family"])]
    means = rows.group_by("panel", "family", "metric").agg(pl.col("score").mean())
    values = [
        {
            "panel": row["panel"],
            "kind": row["family"],
            "verdict": row["metric"].removeprefix("verdict "),
            "share": row["score"],
            "order": list(_SHADES).index(row["metric"].removeprefix("verdict ")),
        }
        for row in means.sort("panel", "family", "metric").iter_rows(named=True)
        if row["score"] > 0
    ]
    spec = {
        "width": 300,
        "height": 20 * len(kinds),
        "mark": {"type": "bar"},
        "encoding": {
            "x": {
                "field": "share",
                "type": "quantitative",
                "title": "curves",
                "axis": _PERCENT,
                "scale": {"domain": [0, 1]},
                "stack": "zero",
            },
            "y": {"field": "kind", "type": "nominal", "title": None, "sort": kinds},
            "order": {"field": "order", "type": "quantitative"},
            "color": {
                "field": "verdict",
                "type": "nominal",
                "title": None,
                "scale": {"domain": list(VERDICTS), "range": [_SHADES[v] for v in VERDICTS]},
                "legend": {"orient": "top", "columns": 3},
            },
        },
    }
    return [
        Figure(
            name="verdicts",
            title="What the audit says of each kind of curve",
            caption=(
                "Shares of verdicts, every curve audited alone at 5%. Above: smooth kinds; below: "
                "kinds that are sharp. Curves of the same kind differ only by chance."
            ),
            chart=_facets(values, panels, spec),
        )
    ]


def _coverage(frame: pl.DataFrame) -> list[Figure]:
    names = {"break covered": "breakpoint", "forecast covered": "forecast of the largest model"}
    rows = frame.filter(pl.col("metric").is_in(list(names)), pl.col("n_items") >= 5)
    forecast_of_null = (pl.col("metric") != "forecast covered") | pl.col("family").is_in(NULL_KINDS)
    rows = rows.filter(forecast_of_null)
    if rows.is_empty():
        return []
    points = [
        {
            "panel": names[row["metric"]],
            "cell": f"{row['family']}, {row['panel']}",
            "share": row["score"],
            "low": row["low"],
            "high": row["high"],
        }
        for row in rows.sort("metric", "family", "panel").iter_rows(named=True)
    ]
    x = {
        "field": "share",
        "type": "quantitative",
        "title": "90% intervals that cover the truth",
        "axis": _PERCENT,
        "scale": {"domain": [0, 1]},
    }
    y = {"field": "cell", "type": "nominal", "title": None, "sort": None} | {
        "axis": {"labelLimit": 320}
    }
    layers = [
        {
            "mark": {"type": "rule", "color": "#52606d", "strokeDash": [4, 3]},
            "encoding": {"x": {"datum": 0.9, "type": "quantitative"}},
        },
        {
            "mark": {"type": "rule", "opacity": 0.6, "color": _OURS},
            "encoding": {"x": x | {"field": "low"}, "x2": {"field": "high"}, "y": y},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1, "color": _OURS},
            "encoding": {"x": x, "y": y},
        },
    ]
    chart = alt.FacetChart.from_dict(
        {
            "data": {"values": points},
            "facet": {
                "field": "panel",
                "type": "nominal",
                "title": None,
                "header": {"labelFontSize": 12, "labelFontWeight": "bold"},
            },
            "columns": 1,
            "spec": {"width": 380, "height": {"step": 17}, "layer": layers},
            "resolve": {"scale": {"y": "independent"}},
            "config": CONFIG,
        },
        validate=False,
    )
    return [
        Figure(
            name="coverage",
            title="Intervals that cover the truth",
            caption=(
                "Share of 90% intervals that cover the true breakpoint, of curves that the test "
                "calls sharp and whose break can be located, and the score of the largest model, "
                "forecast from the smaller three quarters of the scales; dashed: 90%."
            ),
            chart=chart,
        )
    ]
