"""Charts of the scenario ``autoencoder``: one error, smooth as a mean, sharp as a count."""

from typing import Any

import altair as alt
import polars as pl

from scenarios.autoencoder.parameters import TEST, TRAINING
from scenarios.autoencoder.published import FIGURE_7, PAPER
from simlab.charts.axes import log_ticks, scale_domain
from simlab.charts.colours import NEUTRAL, colours_of
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG
from simlab.table import ScoreTable

_TEST, _TRAIN, _FLOOR = "test error", "training error", "principal components (training)"
_MSE_COLOURS = {_TEST: "#1f5fa8", _TRAIN: "#8ab4dd", _FLOOR: NEUTRAL}


def autoencoder_figures(table: ScoreTable) -> list[Figure]:
    """Return a figure a cell: the error above, Reconstruction_c below, published ends beside."""
    errors = table.frame.filter(pl.col("metric") == "mse", pl.col("task") == TEST)
    cells = errors.select("subtask", "seed").unique(maintain_order=True).rows()
    return [_figure(table.frame, i, *cell) for i, cell in enumerate(cells)]


def _figure(frame: pl.DataFrame, number: int, cell: str, seed: int) -> Figure:
    rows = frame.filter(
        pl.col("seed") == seed, pl.col("subtask") == cell, pl.col("score").is_not_null()
    )
    own = rows.filter(pl.col("metric") == "mse")
    counts = rows.filter(pl.col("metric") != "mse")
    widths = own["scale"].to_list()
    low, high = scale_domain(min([*widths, 1.0]), max([*widths, 1024.0]), log=True)
    x: dict[str, Any] = {
        "field": "width",
        "type": "quantitative",
        "title": None,
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": {"values": [2**k for k in range(0, 11, 2)], "format": "d", "grid": False},
    }
    if high > 2048:
        x["axis"]["values"] = log_ticks(low, high)
    chart = alt.VConcatChart.from_dict(
        {
            "vconcat": [
                {"width": 460, "height": 170, "layer": _error_layers(own, x)},
                {
                    "width": 460,
                    "height": 170,
                    "layer": _count_layers(counts, x | {"title": "width of the bottleneck"}),
                },
            ],
            "resolve": {"scale": {"color": "independent"}},
            "config": CONFIG,
        },
        validate=False,
    )
    return Figure(
        name="autoencoder" if number == 0 else f"autoencoder-{number + 1}",
        title=f"A smooth error, a metric that jumps: {cell}" + (f", seed {seed}" if seed else ""),
        caption=(
            "Above: mean squared error over the variance of a value, on test and training images, "
            "with what principal components leave. Below: share of test images whose mean squared "
            "error is below c, with its interval. Diamonds: values of another family on other "
            f"images, {PAPER} (CIFAR-100; errors as published), of which the ends are known."
        ),
        chart=chart,
    )


def _error_layers(own: pl.DataFrame, x: dict[str, Any]) -> list[dict[str, Any]]:
    test, train = (own.filter(pl.col("task") == task) for task in (TEST, TRAINING))
    values = [
        {"width": w, "y": y / variance, "curve": curve}
        for curve, rows, column in (
            (_FLOOR, train, "floor"),
            (_TRAIN, train, "score"),
            (_TEST, test, "score"),
        )
        for w, y, variance in rows.select("scale", column, "variance").iter_rows()
    ]
    y = {
        "field": "y",
        "type": "quantitative",
        "title": "error / variance",
        "scale": {"domain": [0, 1], "nice": False},
        "axis": {"tickCount": 5, "minExtent": 34},
    }
    colour = {
        "field": "curve",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(_MSE_COLOURS), "range": list(_MSE_COLOURS.values())},
        "legend": {"orient": "right", "symbolType": "stroke", "symbolStrokeWidth": 3,
                   "labelLimit": 240},
    }  # fmt: skip
    place = {"x": x, "y": y, "color": colour}
    return [
        {
            "data": {"values": values},
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": place
            | {
                "strokeDash": {
                    "condition": {"test": f"datum.curve == '{_FLOOR}'", "value": [4, 3]},
                    "value": [1, 0],
                }
            },
        },
        {
            "data": {"values": [v for v in values if v["curve"] == _TEST]},
            "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1},
            "encoding": place,
        },
        _diamonds("mse", x, y),
    ]


def _count_layers(counts: pl.DataFrame, x: dict[str, Any]) -> list[dict[str, Any]]:
    levels = sorted(counts["c"].unique())
    names = {c: f"c={c:.3g}" for c in levels}
    values = [
        {"width": w, "y": y, "low": low, "high": high, "curve": names[c]}
        for w, y, low, high, c in counts.select("scale", "score", "low", "high", "c").iter_rows()
    ]
    y = {
        "field": "y",
        "type": "quantitative",
        "title": "Reconstruction_c",
        "scale": {"domain": [0, 1.02], "nice": False},
        "axis": {"tickCount": 5, "minExtent": 34},
    }
    colour = {
        "field": "curve",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(names.values()), "range": colours_of(list(names.values()))},
        "legend": {"orient": "right", "symbolType": "circle", "symbolOpacity": 1},
    }
    place = {"x": x, "y": y, "color": colour}
    data = {"values": values}
    return [
        {
            "data": data,
            "mark": {"type": "area", "opacity": 0.15},
            "encoding": place | {"y": y | {"field": "low"}, "y2": {"field": "high"}},
        },
        {"data": data, "mark": {"type": "line", "strokeWidth": 2}, "encoding": place},
        {
            "data": data,
            "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1},
            "encoding": place,
        },
        _diamonds("reconstruction", x, y),
    ]


def _diamonds(metric: str, x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    """Return the published values of a metric as a layer."""
    values = [
        {"width": p.width, "y": p.score, "said": PAPER + (f", c = {p.c:g}" if p.c else "")}
        for p in FIGURE_7
        if p.metric == metric
    ]
    said = [{"field": "said", "type": "nominal", "title": "published"}]
    return {
        "data": {"values": values},
        "mark": {"type": "point", "shape": "diamond", "size": 70, "color": "#d1495b"},
        "encoding": {"x": x, "y": y, "tooltip": said},
    }
