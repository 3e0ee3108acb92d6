"""Charts of the scenario ``icl``: error against the length of a prompt, and pairs of estimators."""

from typing import Any

import altair as alt
import polars as pl

from simlab.charts.axes import log_ticks
from simlab.charts.colours import HUES, NEUTRAL
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG
from simlab.formatted import formatted
from simlab.table import ScoreTable

_FIXED = {
    "zero": NEUTRAL,
    "average": "#c77800",
    "ols": "#d1495b",
    "ridge": "#1f5fa8",
    "bayes": "#111827",
    "lasso": "#8e5ea2",
}
_GREENS = ("#a9d8bd", "#63b98a", "#2a9d66", "#17613d")
_BLUES = ("#9adbe2", "#46b3c0", "#1596a6", "#0d5a64")
_FLOOR, _CEILING = 1e-3, 20.0  # what stands beyond would flatten the rest


def error_figure(table: ScoreTable) -> Figure:
    """Return the error of every estimator against the examples, a panel a kind of task."""
    rows = table.frame.filter(
        pl.col("metric") == "squared_error", pl.col("seed") == pl.col("seed").min()
    )
    names = rows["family"].unique(maintain_order=True).to_list()
    several = rows["subtask"].n_unique() > 1
    panel = formatted("{}, {}", "task", "subtask") if several else pl.col("task")
    rows = rows.with_columns(panel=panel, y=pl.col("score").clip(_FLOOR, _CEILING))
    points = rows.select("panel", "family", "y", "score", n="scale").to_dicts()
    x = {
        "field": "n",
        "type": "quantitative",
        "title": "examples in the prompt",
        "axis": {"tickCount": 5, "grid": False},
        "scale": {"nice": False},
    }
    y = {
        "field": "y",
        "type": "quantitative",
        "title": "squared error / d",
        "scale": {"type": "log", "domain": [_FLOOR, _CEILING], "nice": False},
        "axis": {"values": log_ticks(_FLOOR, _CEILING), "format": "~g"},
    }
    colour = {
        "field": "family",
        "type": "nominal",
        "title": None,
        "scale": {"domain": names, "range": _colours(names)},
        "legend": {"orient": "right", "symbolType": "stroke", "symbolStrokeWidth": 3},
    }
    dash = {
        "condition": {"test": "datum.family == 'bayes'", "value": [3, 3]},
        "value": [1, 0],
    }
    said = [
        {"field": field, "type": "nominal", "title": title}
        for field, title in (("family", "estimator"), ("n", "examples"), ("score", "error"))
    ]
    spec: dict[str, Any] = {
        "facet": {
            "field": "panel",
            "type": "nominal",
            "title": None,
            "sort": rows["panel"].unique(maintain_order=True).to_list(),
            "header": {"labelFontSize": 12, "labelFontWeight": "bold"},
        },
        "columns": 3,
        "spec": {
            "width": 260,
            "height": 260,
            "mark": {"type": "line", "strokeWidth": 1.8, "clip": True},
            "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash, "tooltip": said},
        },
        "config": CONFIG,
    }
    chart = alt.Chart.from_dict(spec, validate=False)
    chart.data = {"values": points}  # set last: data in a dictionary would move to a shared place
    return Figure(
        name="error",
        title="What each estimator makes of a prompt",
        caption=(
            "Mean squared error over d on the next point; predicting 0 has 1. Bayes (dashed) lies "
            f"on ridge. Cut at {_FLOOR:g} and {_CEILING:g}: least squares has no finite expected "
            "error with as many examples as dimensions, one more or one less."
        ),
        chart=chart,
    )


def difference_figure(table: ScoreTable) -> Figure:
    """Return the squared prediction difference of all pairs at three lengths of a prompt."""
    rows = table.frame.filter(pl.col("metric") == "squared_prediction_difference")
    first = rows.row(0, named=True)
    rows = rows.filter(
        pl.col("task") == first["task"],
        pl.col("subtask") == first["subtask"],
        pl.col("seed") == first["seed"],
    )
    d, longest = first["d"], int(rows["scale"].max())  # type: ignore[arg-type]
    lengths = sorted({min(max(n, 1), longest) for n in (d // 2, d, 3 * d)})
    names = list(dict.fromkeys([*rows["first"].to_list(), *rows["second"].to_list()]))
    cells = []
    for a, b, n, y in rows.select("first", "second", "scale", "score").iter_rows():
        if n in lengths:
            shown = "0" if y < 1e-16 else f"{y:.1g}" if y < 0.095 else f"{y:.2g}"
            pair = {"panel": f"{n:.0f} examples", "y": max(y, 1e-4), "text": shown}
            cells += [pair | {"a": a, "b": b}, pair | {"a": b, "b": a}]
    place = {
        axis: {"field": field, "type": "nominal", "title": None, "sort": names,
               "axis": {"labelAngle": angle}}
        for axis, field, angle in (("x", "a", -60), ("y", "b", 0))
    }  # fmt: skip
    colour = {
        "field": "y",
        "type": "quantitative",
        "title": "difference",
        "scale": {"type": "log", "domain": [1e-4, 10.0], "scheme": "viridis", "clamp": True},
        "legend": {"orient": "right", "format": "~g", "values": [1e-4, 1e-3, 0.01, 0.1, 1, 10]},
    }
    said = [
        {"field": field, "type": "nominal", "title": title}
        for field, title in (("a", "one"), ("b", "other"), ("text", "difference"))
    ]
    spec = {
        "facet": {
            "field": "panel",
            "type": "nominal",
            "title": None,
            "sort": [f"{n} examples" for n in lengths],
            "header": {"labelFontSize": 12, "labelFontWeight": "bold"},
        },
        "columns": 3,
        "spec": {
            "width": 250,
            "height": 250,
            "mark": {"type": "rect"},
            "encoding": place | {"color": colour, "tooltip": said},
        },
        "config": CONFIG,
    }
    chart = alt.Chart.from_dict(spec, validate=False)
    chart.data = {"values": cells}
    return Figure(
        name="differences",
        title="Which estimators predict the same",
        caption=(
            f"Squared prediction difference over d between all pairs, {first['task']} tasks, "
            f"d = {d}, with half as many examples as dimensions, as many, and three times as many. "
            "Dark is alike: ridge and Bayes are the same, and from d on gradient descent and least "
            "squares come together as steps or examples grow."
        ),
        chart=chart,
    )


def _colours(names: list[str]) -> list[str]:
    """Return a colour a name: steps of one method share a hue."""
    gd = [n for n in names if n.startswith("gd_")]
    newton = [n for n in names if n.startswith("newton_")]
    found = dict(_FIXED)
    for group, shades in ((gd, _GREENS), (newton, _BLUES)):
        for i, n in enumerate(group):
            found[n] = shades[min(len(shades) - 1, i + (len(group) < len(shades)))]
    return [found.get(n, HUES[7]) for n in names]
