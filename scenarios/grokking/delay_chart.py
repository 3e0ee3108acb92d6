"""Chart of the scenario ``grokking``: steps to 99% against the axis that a run varies."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from scenarios.grokking.parameters import GrokkingParameters, name
from simlab.charts.axes import SCALE_AXES, log_ticks, scale_domain
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG
from simlab.table import ScoreTable

_AXES = {
    "fraction": ("share of pairs trained on", False),
    "width": ("hidden units", True),
    "weight_decay": ("weight decay", True),
    "p": ("modulus", True),
}
_COLOURS = {"trained on": "#c77800", "unseen": "#1f5fa8"}
_MOST_PANELS = 4


def delay_figures(cells: Sequence[GrokkingParameters], table: ScoreTable) -> list[Figure]:
    """Return steps to 99% on both sets against the numeric axis with most values, if there is one.

    A network that never got to 99% is a triangle at its last step.
    """
    values = {
        axis: sorted({getattr(cell, axis) for cell in cells} - ({0.0} if log else set()))
        for axis, (_, log) in _AXES.items()
    }
    axis = max(values, key=lambda axis: len(values[axis]))
    if len(values[axis]) < 2:
        return []
    points = _points(cells, table.frame, axis)
    panels = list(dict.fromkeys(point["panel"] for point in points))[:_MOST_PANELS]
    points = [point for point in points if point["panel"] in panels]
    title, log = _AXES[axis]
    x_low, x_high = scale_domain(values[axis][0], values[axis][-1], log=log)
    low, high = scale_domain(min(p["y"] for p in points), max(p["y"] for p in points), log=True)
    x = {
        "field": "x",
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log" if log else "linear", "domain": [x_low, x_high], "nice": False},
        "axis": {"values": values[axis], "format": "~g", "grid": False},
    }
    y = {
        "field": "y",
        "type": "quantitative",
        "title": "steps to 99%",
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": {"values": log_ticks(low, high), "labelExpr": SCALE_AXES["steps"].label_expr},
    }
    colour = {
        "field": "set",
        "type": "nominal",
        "title": "pairs",
        "scale": {"domain": list(_COLOURS), "range": list(_COLOURS.values())},
        "legend": {"orient": "right", "symbolType": "circle", "symbolOpacity": 1},
    }
    place = {"x": x, "y": y, "color": colour}
    layers: list[dict[str, Any]] = [
        {
            "transform": [
                {"filter": "datum.reached"},
                {
                    "aggregate": [{"op": "median", "field": "y", "as": "y"}],
                    "groupby": ["panel", "set", "x"],
                },
            ],
            "mark": {"type": "line", "strokeWidth": 1.5},
            "encoding": place,
        },
        {
            "transform": [{"filter": "datum.reached"}],
            "mark": {"type": "point", "filled": True, "size": 34, "opacity": 0.75},
            "encoding": place,
        },
        {
            "transform": [{"filter": "!datum.reached"}],
            "mark": {"type": "point", "shape": "triangle-up", "size": 60},
            "encoding": place,
        },
    ]
    chart = alt.FacetChart.from_dict(
        {
            "facet": {
                "field": "panel",
                "type": "nominal",
                "title": None,
                "sort": panels,
                "header": {"labelFontSize": 12, "labelFontWeight": "bold"},
            },
            "columns": 2,
            "spec": {"width": 300, "height": 240, "layer": layers},
            "config": CONFIG,
        },
        validate=False,
    )
    chart.data = {"values": points}  # set last: data in a dictionary would move to a shared place
    return [
        Figure(
            name="delay",
            title=f"The delay against {title}",
            caption=(
                "Steps at which each network first has 99% of the pairs trained on, and of the "
                "unseen ones; lines: medians. Triangles: networks that never did, at their last "
                "step."
            ),
            chart=chart,
        )
    ]


def _points(
    cells: Sequence[GrokkingParameters], frame: pl.DataFrame, axis: str
) -> list[dict[str, Any]]:
    """Return a point for each network and set of pairs, in a panel for all but ``axis``."""
    points = []
    for cell in cells:
        value = getattr(cell, axis)
        if _AXES[axis][1] and value <= 0:
            continue
        rows = frame.filter(pl.col("subtask") == name(cell), pl.col("metric") == "accuracy")
        panel = ", ".join(
            part.replace("_", " ")
            for part in name(cell).split(", ")
            if not part.startswith(f"{axis}=")
        )
        nets = rows.group_by("family", "seed", maintain_order=True).agg(
            pl.col("train_steps_to_99", "test_steps_to_99").first(), pl.col("scale").max()
        )
        for _, _, train, test, last in nets.iter_rows():
            for which, steps in (("trained on", train), ("unseen", test)):
                points.append(
                    {
                        "panel": panel or "all",
                        "x": value,
                        "y": last if steps is None else steps,
                        "set": which,
                        "reached": steps is not None,
                    }
                )
    return points
