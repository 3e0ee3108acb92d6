"""Charts of the scenario ``parity``: what is seen and what is hidden, and the cost against n."""

import math
from typing import Any

import altair as alt
import polars as pl

from simlab.charts.axes import log_ticks, scale_domain
from simlab.charts.colours import NEUTRAL, colours_of
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG
from simlab.table import ScoreTable

_MOST_CELLS = 3
_ROWS = (
    ("accuracy", "accuracy", {"domain": [0.4, 1.02], "nice": False}, 0.5),
    ("relevant_weight_ratio", "weights, relevant / other", {"type": "log", "nice": False}, 1.0),
)
_COLOURS = {"accuracy": "#1f5fa8", "relevant_weight_ratio": "#2a9d66"}


def jump_figure(table: ScoreTable) -> Figure:
    """Return accuracy above the ratio of weights, a line a network, for the hardest cells."""
    frame = table.frame
    largest = frame.filter(pl.col("n") == frame["n"].max())
    shown = largest["subtask"].unique(maintain_order=True).to_list()[-_MOST_CELLS:]
    # a log axis of ratios needs one domain for all its panels
    ratios = frame.filter(
        pl.col("subtask").is_in(shown), pl.col("metric") == "relevant_weight_ratio"
    )["score"]
    low, high = scale_domain(min(ratios.min(), 1.0), max(ratios.max(), 2.0), log=True)  # type: ignore[type-var,arg-type]
    columns = []
    for subtask in shown:
        rows = largest.filter(pl.col("subtask") == subtask)
        panels = []
        for metric, title, scale, at in _ROWS:
            held = rows.filter(pl.col("metric") == metric)
            values = [
                {"steps": s, "y": y, "network": f"{f}, seed {seed}"}
                for s, y, f, seed in held.select("scale", "score", "family", "seed").iter_rows()
            ]
            scale = scale | {"domain": [low, high]} if "type" in scale else scale
            ticks = {"values": log_ticks(low, high)} if "type" in scale else {"tickCount": 4}
            y: dict[str, Any] = {
                "field": "y",
                "type": "quantitative",
                "title": title if subtask == shown[0] else None,
                "scale": scale,
                "axis": ticks | {"minExtent": 34, "format": "~g"},
            }
            panels.append(
                {
                    "width": 230,
                    "height": 140,
                    "title": {"text": subtask if metric == "accuracy" else "", "fontSize": 12},
                    "layer": [
                        {
                            "data": {"values": [{"y": at}]},
                            "mark": {"type": "rule", "color": NEUTRAL, "strokeDash": [4, 4]},
                            "encoding": {"y": y},
                        },
                        {
                            "data": {"values": values},
                            "mark": {
                                "type": "line",
                                "strokeWidth": 1.2,
                                "opacity": 0.75,
                                "color": _COLOURS[metric],
                            },
                            "encoding": {
                                "x": {
                                    "field": "steps",
                                    "type": "quantitative",
                                    "title": "training steps" if metric != "accuracy" else None,
                                    "axis": {"tickCount": 4, "format": ",d", "grid": False},
                                },
                                "y": y,
                                "detail": {"field": "network", "type": "nominal"},
                            },
                        },
                    ],
                }
            )
        columns.append({"vconcat": panels})
    chart = alt.HConcatChart.from_dict({"hconcat": columns, "config": CONFIG}, validate=False)
    return Figure(
        name="hidden-progress",
        title="Flat, then a jump; underneath, steady growth",
        caption=(
            "Above: accuracy of each network on the same test items; dashed: guessing. Below: mean "
            "norm of the weights that leave a relevant bit, over that of the other bits, on a log "
            "axis; dashed: as at the start. It rises well before accuracy does."
        ),
        chart=chart,
    )


def steps_figure(table: ScoreTable) -> list[Figure]:
    """Return inputs seen at 99% against n, a colour a k, with the information needed below."""
    rows = (
        table.frame.filter(pl.col("metric") == "accuracy")
        .group_by("subtask", "family", "seed", maintain_order=True)
        .agg(pl.col("n", "k", "batch", "steps_to_99").first())
        .filter(pl.col("steps_to_99") > 0)
        .with_columns(inputs=pl.col("steps_to_99") * pl.col("batch"))
    )
    if rows["n"].n_unique() < 2:
        return []
    names = {k: f"k={k}" for k in sorted(rows["k"].unique())}
    points = [
        {"n": n, "y": y, "curve": names[k]} for n, k, y in rows.select("n", "k", "inputs").rows()
    ]
    medians = rows.group_by("n", "k").agg(pl.col("inputs").median()).sort("n")
    lines = [{"n": n, "y": y, "curve": names[k]} for n, k, y in medians.rows()]
    needed = [
        {"n": n, "y": math.log2(math.comb(n, k)), "curve": names[k]}
        for n, k, _ in medians.rows()
        if k < n
    ]
    sizes = sorted(rows["n"].unique())
    x = {
        "field": "n",
        "type": "quantitative",
        "title": "bits of an input, n",
        "scale": {"type": "log", "domain": list(scale_domain(sizes[0], sizes[-1], log=True)),
                  "nice": False},
        "axis": {"values": sizes, "format": "d", "grid": False},
    }  # fmt: skip
    y_low, y_high = scale_domain(
        min(p["y"] for p in needed or points), max(p["y"] for p in points), log=True
    )
    y = {
        "field": "y",
        "type": "quantitative",
        "title": "training inputs",
        "scale": {"type": "log", "domain": [y_low, y_high], "nice": False},
        "axis": {"values": log_ticks(y_low, y_high), "format": "~s"},
    }
    colour = {
        "field": "curve",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(names.values()), "range": colours_of(list(names.values()))},
        "legend": {"orient": "right", "symbolType": "circle", "symbolOpacity": 1},
    }
    place = {"x": x, "y": y, "color": colour}
    layers = [
        {
            "data": {"values": needed},
            "mark": {"type": "line", "strokeDash": [5, 4], "point": False},
            "encoding": place,
        },
        {"data": {"values": lines}, "mark": {"type": "line"}, "encoding": place},
        {
            "data": {"values": points},
            "mark": {"type": "point", "filled": True, "size": 26, "opacity": 0.6},
            "encoding": place,
        },
    ]
    chart = alt.LayerChart.from_dict(
        {"width": 420, "height": 280, "layer": layers, "config": CONFIG}, validate=False
    )
    return [
        Figure(
            name="inputs-against-n",
            title="What it takes, and what would be enough",
            caption=(
                "Points: fresh inputs that each network has seen when it first reaches 99%; lines: "
                "their median. Dashed: log2 C(n, k), the labels that tell all parities of k bits "
                "apart. The distance is the statistical-computational gap."
            ),
            chart=chart,
        )
    ]
