"""Charts of accuracy on both sets against steps, with another measure below."""

from typing import Any, NamedTuple

import altair as alt
import polars as pl

from simlab.charts.axes import SCALE_AXES, log_ticks, scale_domain
from simlab.charts.colours import NEUTRAL
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG
from simlab.table import ScoreTable

_CURVES = {"train": "trained on", "test": "unseen"}
_COLOURS = {"trained on": "#c77800", "unseen": "#1f5fa8"}
_PROGRESS = "#2a9d66"
_SMALL = "datum.value < 1e-3 ? format(datum.value, '~e') : format(datum.value, '~g')"


class Below(NamedTuple):
    """What is drawn below accuracy."""

    metric: str
    title: str
    log: bool
    """A log axis for each cell, instead of 0 to 1."""


def grokking_figure(table: ScoreTable) -> Figure:
    """Return accuracy on both sets above the Fourier concentration, a line a network."""
    chart, said = accuracy_panels(
        table,
        Below("fourier_concentration", "concentration", log=False),
        columns=3,
        most=6,
        legend="pairs",
    )
    return Figure(
        name="grokking",
        title="Memorised early, understood late, learned all along",
        caption=(
            "Above: accuracy on the pairs trained on and on all others, a line a network; dashed: "
            "guessing. Below: Fourier concentration of the embeddings, the share of spectral power "
            f"at each unit's strongest frequency.{said}"
        ),
        chart=chart,
    )


def accuracy_panels(
    table: ScoreTable, below: Below, *, columns: int, most: int, legend: str
) -> tuple[alt.VConcatChart, str]:
    """Return two panels a cell (subtask), and what the caption must say of cells left out."""
    frame = table.frame.filter(pl.col("scale") > 0)
    cells = frame["subtask"].unique(maintain_order=True).to_list()
    shown = cells[:most]
    panels = [
        _cell(i, cell, frame.filter(pl.col("subtask") == cell), below, i % columns == 0, legend)
        for i, cell in enumerate(shown)
    ]
    rows = [{"hconcat": panels[i : i + columns]} for i in range(0, len(panels), columns)]
    chart = alt.VConcatChart.from_dict({"vconcat": rows, "config": CONFIG}, validate=False)
    chart.data = {"values": _points(frame, shown, below)}  # last: from_dict walks what it is given
    left_out = len(cells) > len(shown)
    return chart, f" The first {len(shown)} of {len(cells)} cells." if left_out else ""


def _points(frame: pl.DataFrame, shown: list[str], below: Below) -> list[dict[str, Any]]:
    rows = frame.filter(
        pl.col("subtask").is_in(shown),
        pl.col("metric").is_in(["accuracy", below.metric]),
        pl.col("score").is_not_null(),
    )
    if below.log:
        rows = rows.filter((pl.col("metric") == "accuracy") | (pl.col("score") > 0))
    return [
        {
            "cell": shown.index(subtask),
            "metric": metric,
            "set": _CURVES.get(task, task),
            "x": step,
            "y": score,
            "line": f"{task}, {family}, {seed}",
        }
        for subtask, metric, task, step, score, family, seed in rows.select(
            "subtask", "metric", "task", "scale", "score", "family", "seed"
        ).iter_rows()
    ]


def _cell(
    i: int, cell: str, rows: pl.DataFrame, below: Below, first: bool, legend: str
) -> dict[str, Any]:
    """Return the two panels of the ``i``-th cell; its points are found by a filter."""
    x = _x(rows)
    colour = {
        "field": "set",
        "type": "nominal",
        "title": legend,
        "scale": {"domain": list(_COLOURS), "range": list(_COLOURS.values())},
        "legend": {"orient": "right", "symbolType": "stroke", "symbolOpacity": 1},
    }
    bare = x | {"title": None, "axis": x["axis"] | {"labels": False, "ticks": False}}
    y = _share("accuracy" if first else None)
    layers = [_lines(i, "accuracy", {"x": bare, "y": y, "color": colour})]
    chance = rows.filter(pl.col("metric") == "accuracy")["chance"][0]
    if chance is not None:
        level = {"datum": chance, "type": "quantitative", "scale": y["scale"], "title": y["title"]}
        rule = {"type": "rule", "color": NEUTRAL, "strokeDash": [4, 4]}
        layers.insert(0, {"mark": rule, "encoding": {"y": level}})
    held = rows.filter(pl.col("metric") == below.metric)
    title = below.title if first else None
    under = {"x": x, "y": _log(held, title) if below.log else _share(title)}
    both = held["task"].n_unique() > 1
    more = {"color": colour} if both else {"color": {"value": _PROGRESS}}
    return {
        "vconcat": [
            {
                "title": {"text": cell.replace("_", " "), "fontSize": 12},
                "width": 240,
                "height": 130,
                "layer": layers,
            },
            {"width": 240, "height": 70, "layer": [_lines(i, below.metric, under | more)]},
        ],
        "spacing": 8,
    }


def _x(rows: pl.DataFrame) -> dict[str, Any]:
    low, high = scale_domain(1.0, max(float(rows["scale"].max()), 2.0), log=True)  # type: ignore[arg-type]
    return {
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


def _share(title: str | None) -> dict[str, Any]:
    return {
        "field": "y",
        "type": "quantitative",
        "title": title,
        "scale": {"domain": [-0.02, 1.04], "nice": False},
        "axis": {"values": [0, 0.5, 1], "minExtent": 34, "format": "~g"},
    }


def _log(rows: pl.DataFrame, title: str | None) -> dict[str, Any]:
    values = rows.filter(pl.col("score") > 0)["score"]
    least, most = (float(v) for v in (values.min(), values.max()))  # type: ignore[arg-type]
    low, high = scale_domain(max(least, 1e-6 * most), most, log=True)
    return {
        "field": "y",
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": {"values": log_ticks(low, high, most=3), "minExtent": 34, "labelExpr": _SMALL},
    }


def _lines(i: int, metric: str, encoding: dict[str, Any]) -> dict[str, Any]:
    return {
        "transform": [{"filter": f"datum.cell == {i} && datum.metric == '{metric}'"}],
        "mark": {"type": "line", "strokeWidth": 1.3, "opacity": 0.8, "clip": True},
        "encoding": encoding | {"detail": {"field": "line", "type": "nominal"}},
    }
