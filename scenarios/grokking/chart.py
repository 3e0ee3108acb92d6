"""Chart of the scenario ``grokking``: accuracy against steps, the measure of progress below."""

from typing import Any

import altair as alt
import polars as pl

from simlab.charts.axes import SCALE_AXES, log_ticks, scale_domain
from simlab.charts.colours import NEUTRAL
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG
from simlab.table import ScoreTable

_MOST_CELLS = 6
_COLUMNS = 3
_CURVES = {"train": "trained on", "test": "unseen"}
_COLOURS = {"trained on": "#c77800", "unseen": "#1f5fa8"}
_PROGRESS = "#2a9d66"


def grokking_figure(table: ScoreTable) -> Figure:
    """Return accuracy on both sets above the Fourier concentration, a line a network."""
    frame = table.frame.filter(pl.col("scale") > 0)
    cells = frame["subtask"].unique(maintain_order=True).to_list()
    shown = cells[:_MOST_CELLS]
    low, high = scale_domain(1.0, float(frame["scale"].max()), log=True)  # type: ignore[arg-type]
    x = {
        "field": "x",
        "type": "quantitative",
        "title": "training steps",
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": {
            "values": log_ticks(low, high),
            "labelExpr": SCALE_AXES["steps"].label_expr,
            "grid": False,
        },
    }
    panels = [
        _cell(i, cell, float(frame.filter(pl.col("subtask") == cell)["chance"].max()), x)  # type: ignore[arg-type]
        for i, cell in enumerate(shown)
    ]
    rows = [{"hconcat": panels[i : i + _COLUMNS]} for i in range(0, len(panels), _COLUMNS)]
    chart = alt.VConcatChart.from_dict({"vconcat": rows, "config": CONFIG}, validate=False)
    chart.data = {"values": _points(frame, shown)}  # set last: from_dict walks all it is given
    left_out = len(cells) - len(shown)
    return Figure(
        name="grokking",
        title="Memorised early, understood late, learned all along",
        caption=(
            "Above: accuracy on the pairs trained on and on all others, a line a network; dashed: "
            "guessing. Below: Fourier concentration of the embeddings, the share of spectral power "
            "at each unit's strongest frequency."
            + (f" The first {len(shown)} of {len(cells)} cells." if left_out else "")
        ),
        chart=chart,
    )


def _points(frame: pl.DataFrame, shown: list[str]) -> list[dict[str, Any]]:
    kinds = {"accuracy": "accuracy", "fourier_concentration": "concentration"}
    rows = frame.filter(pl.col("subtask").is_in(shown), pl.col("metric").is_in(list(kinds)))
    return [
        {
            "cell": shown.index(subtask),
            "kind": kinds[metric],
            "set": _CURVES.get(task, task),
            "x": step,
            "y": score,
            "line": f"{task}, {family}, {seed}",
        }
        for subtask, metric, task, step, score, family, seed in rows.select(
            "subtask", "metric", "task", "scale", "score", "family", "seed"
        ).iter_rows()
    ]


def _cell(i: int, cell: str, guess: float, x: dict[str, Any]) -> dict[str, Any]:
    """Return the two panels of the ``i``-th cell; its points are found by a filter."""
    first = i % _COLUMNS == 0
    colour = {
        "field": "set",
        "type": "nominal",
        "title": "pairs",
        "scale": {"domain": list(_COLOURS), "range": list(_COLOURS.values())},
        "legend": {"orient": "right", "symbolType": "stroke", "symbolOpacity": 1},
    }
    bare = x | {"title": None, "axis": x["axis"] | {"labels": False, "ticks": False}}
    y = _y("accuracy", first)
    level = {"datum": guess, "type": "quantitative", "scale": y["scale"], "title": y["title"]}
    return {
        "vconcat": [
            {
                "title": {"text": cell.replace("_", " "), "fontSize": 12},
                "width": 240,
                "height": 130,
                "layer": [
                    {
                        "mark": {"type": "rule", "color": NEUTRAL, "strokeDash": [4, 4]},
                        "encoding": {"y": level},
                    },
                    _lines(i, "accuracy", {"x": bare, "y": y, "color": colour}),
                ],
            },
            {
                "width": 240,
                "height": 70,
                "layer": [
                    _lines(i, "concentration", {"x": x, "y": _y("concentration", first)}, _PROGRESS)
                ],
            },
        ],
        "spacing": 8,
    }


def _y(title: str, first: bool) -> dict[str, Any]:
    return {
        "field": "y",
        "type": "quantitative",
        "title": title if first else None,
        "scale": {"domain": [-0.02, 1.04], "nice": False},
        "axis": {"values": [0, 0.5, 1], "minExtent": 34, "format": "~g"},
    }


def _lines(
    i: int, kind: str, encoding: dict[str, Any], colour: str | None = None
) -> dict[str, Any]:
    mark = {"type": "line", "strokeWidth": 1.3, "opacity": 0.8}
    return {
        "transform": [{"filter": f"datum.cell == {i} && datum.kind == '{kind}'"}],
        "mark": mark | ({"color": colour} if colour else {}),
        "encoding": encoding | {"detail": {"field": "line", "type": "nominal"}},
    }
