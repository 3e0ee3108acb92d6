"""Charts of the scenario ``subset``: sets against single images, and where errors cluster."""

from typing import Any

import altair as alt
import polars as pl

from scenarios.subset.published import LENET_ACCURACIES, LENET_SIZES, PAPER
from simlab.charts.axes import log_ticks, scale_domain
from simlab.charts.colours import NEUTRAL, colours_of
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG
from simlab.table import ScoreTable

_MOST_L = 4
_FLOOR = 1e-4
_SETS = {"random": "#1f5fa8", "one class": "#d1495b", "different classes": "#2a9d66"}


def subset_figure(table: ScoreTable) -> Figure:
    """Return all-of-L against width for random sets, beside the published accuracies and a^L."""
    rows = _first_cell(table).filter(pl.col("sets") == "random")
    sizes = _chosen(sorted(rows["L"].unique()))
    names = {L: f"L={L}" for L in sizes}
    ours = [
        {"x": w, "y": y, "low": low, "high": high, "expected": e, "curve": names[L]}
        for w, y, low, high, e, L in rows.filter(pl.col("L").is_in(sizes))
        .select("scale", "score", "low", "high", "expected", "L")
        .iter_rows()
    ]
    theirs = [
        {"x": i, "y": a**L, "curve": names[L]}
        for i, a in enumerate(LENET_ACCURACIES, 1)
        for L in sizes
    ]
    low, high = scale_domain(min(p["x"] for p in ours), max(p["x"] for p in ours), log=True)
    width = {
        "field": "x",
        "type": "quantitative",
        "title": "hidden units",
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": {"values": log_ticks(low, high), "format": "d", "grid": False},
    }
    rank = {
        "field": "x",
        "type": "quantitative",
        "title": "model, from the smallest to the largest",
        "scale": {"domain": [0.5, 14.5], "nice": False},
        "axis": {"values": [1, 5, 10, 14], "format": "d", "grid": False},
    }
    y: dict[str, Any] = {
        "field": "y",
        "type": "quantitative",
        "title": "sets of L right throughout",
        "scale": {"domain": [0, 1.02], "nice": False},
        "axis": {"tickCount": 5},
    }
    colour = {
        "field": "curve",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(names.values()), "range": colours_of(list(names.values()))},
        "legend": {"orient": "right", "symbolType": "circle", "symbolOpacity": 1},
    }
    own = {"x": width, "y": y, "color": colour}
    other = {"x": rank, "y": y | {"title": None}, "color": colour}
    smallest, largest = (f"{n:,.0f}" for n in LENET_SIZES)
    chart = alt.HConcatChart.from_dict(
        {
            "hconcat": [
                {
                    "title": {"text": str(rows["family"][0]), "fontSize": 12},
                    "width": 330,
                    "height": 260,
                    "data": {"values": ours},
                    "layer": [
                        {
                            "mark": {"type": "area", "opacity": 0.15},
                            "encoding": own
                            | {"y": y | {"field": "low"}, "y2": {"field": "high"}},
                        },
                        {
                            "mark": {"type": "line", "strokeWidth": 1.5},
                            "encoding": own | {"y": y | {"field": "expected"}},
                        },
                        {
                            "mark": {"type": "point", "filled": True, "size": 34, "opacity": 1},
                            "encoding": own,
                        },
                    ],
                },
                {
                    "title": {"text": "LeNet on MNIST, published accuracies", "fontSize": 12},
                    "width": 330,
                    "height": 260,
                    "data": {"values": theirs},
                    "layer": [
                        {"mark": {"type": "line", "strokeWidth": 1.5}, "encoding": other},
                        {
                            "mark": {"type": "point", "filled": True, "size": 44, "opacity": 1,
                                     "shape": "diamond"},
                            "encoding": other,
                            "transform": [{"filter": "datum.curve == 'L=1'"}],
                        },
                    ],
                },
            ],
            "config": CONFIG,
        },
        validate=False,
    )  # fmt: skip
    return Figure(
        name="all-of-l",
        title="One right, or all of L",
        caption=(
            "Left: points: share of random sets of L test images that are right throughout; lines: "
            "a^L of the accuracy a; shaded: from the interval of a. Right: the accuracies of 14 "
            f"LeNets of {smallest} to {largest} parameters (diamonds; {PAPER}) and what a^L makes "
            "of them."
        ),
        chart=chart,
    )


def clusters_figure(table: ScoreTable) -> list[Figure]:
    """Return the largest L: all three kinds of sets against accuracy, with the curve a^L."""
    rows = _first_cell(table)
    clustered = rows.filter(pl.col("sets") != "random")
    if clustered.is_empty():
        return []
    L = int(clustered["L"].max())  # type: ignore[arg-type]
    points = [
        {"x": a, "y": max(y, _FLOOR), "sets": sets, "model": model, "share": y}
        for a, y, sets, model in rows.filter(pl.col("L") == L)
        .select("accuracy", "score", "sets", "model")
        .iter_rows()
    ]
    start = _FLOOR ** (1.0 / L)
    grid = [start + (1.0 - start) * i / 100 for i in range(101)]
    curve = [{"x": a, "y": a**L} for a in grid]
    x: dict[str, Any] = {
        "field": "x",
        "type": "quantitative",
        "title": "accuracy a on single images",
        "scale": {"domain": [0, 1]},
        "axis": {"tickCount": 5},
    }
    y: dict[str, Any] = {
        "field": "y",
        "type": "quantitative",
        "title": f"sets of L={L} right throughout",
        "scale": {"type": "log", "domain": [_FLOOR, 1.0], "nice": False},
        "axis": {"values": log_ticks(_FLOOR, 1.0), "format": "~g"},
    }
    kinds = [k for k in _SETS if any(p["sets"] == k for p in points)]
    colour = {
        "field": "sets",
        "type": "nominal",
        "title": "sets",
        "scale": {"domain": kinds, "range": [_SETS[k] for k in kinds]},
        "legend": {"orient": "right", "symbolType": "circle", "symbolOpacity": 1},
    }
    said = [{"field": f, "type": "nominal"} for f in ("model", "sets", "x", "share")]
    chart = alt.LayerChart.from_dict(
        {
            "width": 420,
            "height": 300,
            "layer": [
                {
                    "data": {"values": curve},
                    "mark": {"type": "line", "color": NEUTRAL, "strokeDash": [5, 4]},
                    "encoding": {"x": x, "y": y},
                },
                {
                    "data": {"values": points},
                    "mark": {"type": "point", "filled": True, "size": 46, "opacity": 0.85},
                    "encoding": {"x": x, "y": y, "color": colour, "tooltip": said},
                },
            ],
            "config": CONFIG,
        },
        validate=False,
    )
    return [
        Figure(
            name="clusters",
            title="Where a^L fails: errors cluster by class",
            caption=(
                f"Each width's sets of L={L} against its accuracy; dashed: a^L. Random sets follow "
                "it. A set from one class is right more often, since some classes are known and "
                "others not; a set of different classes is right less often. What lies below "
                f"{_FLOOR:g} is drawn there."
            ),
            chart=chart,
        )
    ]


def _first_cell(table: ScoreTable) -> pl.DataFrame:
    rows = table.frame.filter(pl.col("score").is_not_null())
    if rows.is_empty():
        rows = table.frame.with_columns(pl.col("score", "accuracy", "expected").fill_null(0.0))
    first = rows.row(0, named=True)
    return rows.filter(pl.col("cell") == first["cell"], pl.col("seed") == first["seed"])


def _chosen(sizes: list[int]) -> list[int]:
    """Return at most four sizes, from the smallest to the largest, spread evenly on a log axis."""
    if len(sizes) <= _MOST_L:
        return sizes
    ratio = (sizes[-1] / sizes[0]) ** (1 / (_MOST_L - 1))
    wanted = [sizes[0] * ratio**i for i in range(_MOST_L)]
    return sorted({min(sizes, key=lambda s: abs(s - w)) for w in wanted})
