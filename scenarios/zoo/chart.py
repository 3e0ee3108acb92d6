"""Charts of the scenario ``zoo``: small multiples of all kinds, and what a threshold calls them."""

from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import numpy as np
import polars as pl

from scenarios.zoo.parameters import GROUPS, ZooParameters, name
from simlab.charts.axes import SCALE_AXES, format_scale, log_ticks, scale_domain
from simlab.charts.colours import HUES, NEUTRAL
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG
from simlab.simulators.zoo.kinds import kind_of
from simlab.simulators.zoo.simulate import expected_scores
from simlab.table import ScoreTable

_TRUTH_POINTS = 121
_BREAKS = "#d1495b"
_SHADES = {"smooth": "#1f5fa8", "metric only": "#c77800", "too steep": "#8e5ea2", "breaks": _BREAKS}
"""What a kind is, and its colour where kinds are compared."""

Row = dict[str, Any]


def zoo_figures(cells: Sequence[ZooParameters], table: ScoreTable) -> list[Figure]:
    """Return all kinds as small multiples, other metrics of the same outcomes, and shares."""
    seed = int(table.frame["seed"].to_numpy().min())
    frame = table.frame.filter(pl.col("seed") == seed)
    firsts = _firsts(cells)
    figures = [_multiples(firsts, frame)]
    others = _other_metrics(firsts, frame)
    return [*figures, *([others] if others else []), _beyond(firsts, frame)]


def what(kind_name: str) -> str:
    """Return what a kind is, in a word or two."""
    truth = kind_of(kind_name).truth
    if truth.breaks == "yes":
        return "breaks"
    if truth.breaks == "metric":
        return "metric only"
    return "too steep" if truth.sharp else "smooth"


def _firsts(cells: Sequence[ZooParameters]) -> list[ZooParameters]:
    """Return the first cell of each kind and chance: other axes of a grid would overlap."""
    held: dict[tuple[str, float], ZooParameters] = {}
    for cell in cells:
        held.setdefault((cell.kind, cell.chance), cell)
    return list(held.values())


def _rows_of(cell: ZooParameters, metric: str, frame: pl.DataFrame) -> pl.DataFrame:
    subtask = ", ".join([name(cell), GROUPS[metric]]) if metric in GROUPS else name(cell)
    return frame.filter(
        pl.col("task") == cell.kind,
        pl.col("subtask") == subtask,
        pl.col("metric") == ("accuracy" if metric in GROUPS else metric),
    )


def _panel_rows(cell: ZooParameters, metric: str, frame: pl.DataFrame, panel: str) -> Iterable[Row]:
    """Yield the rows of one curve: its truth, its points and intervals, and the break."""
    colour = f"chance {cell.chance:g}"
    x = np.linspace(cell.log_scales[0], cell.log_scales[-1], _TRUTH_POINTS)
    truth = expected_scores(cell.kind, x, chance=cell.chance, metric=metric)
    for scale, expected in zip(np.exp(x).tolist(), truth.tolist(), strict=True):
        yield {"panel": panel, "colour": colour, "x": scale, "expected": expected}
    for row in _rows_of(cell, metric, frame).iter_rows(named=True):
        yield {
            "panel": panel,
            "colour": colour,
            "x": row["scale"],
            "score": row["score"],
            "low": row["low"],
            "high": row["high"],
            "model": row["model"],
        }
    kind = kind_of(cell.kind)
    at = kind.truth.break_at if metric == kind.metrics[0] else None
    if at is not None and cell.smallest < at < cell.largest:
        yield {"panel": panel, "colour": colour, "at": at}


def _multiples(cells: Sequence[ZooParameters], frame: pl.DataFrame) -> Figure:
    rows: list[Row] = []
    for cell in cells:
        rows += _panel_rows(cell, kind_of(cell.kind).metrics[0], frame, _panel(cell.kind))
    panels = list(dict.fromkeys(_panel(cell.kind) for cell in cells))
    items = {cell.items for cell in cells}
    return Figure(
        name="zoo",
        title="A zoo of curves whose truth is known",
        caption=(
            f"Points: one simulated curve on {' or '.join(f'{n:,}' for n in sorted(items))} items "
            "with 95% Wilson intervals; lines: the truth. Dashed: where the ability, or only the "
            "metric, breaks. Beside each name stands what is true of it."
        ),
        chart=_facets(rows, panels, cells, "score", [0.0, 1.0]),
    )


def _other_metrics(cells: Sequence[ZooParameters], frame: pl.DataFrame) -> Figure | None:
    rows: list[Row] = []
    panels: list[str] = []
    for cell in cells:
        for metric in kind_of(cell.kind).metrics[1:]:
            panel = f"{cell.kind}: {GROUPS.get(metric, metric.replace('_', ' '))}"
            rows += _panel_rows(cell, metric, frame, panel)
            panels.append(panel)
    if not rows:
        return None
    return Figure(
        name="other-metrics",
        title="Other metrics of the same outcomes",
        caption=(
            "The same simulated items as in the first figure under metrics that do not jump, and "
            "in groups of items whose opposite trends cancel. Edit distance and Brier score are "
            "better when lower."
        ),
        chart=_facets(rows, list(dict.fromkeys(panels)), cells, "score", None),
    )


def _panel(kind_name: str) -> str:
    at = kind_of(kind_name).truth.break_at
    where = f" at {format_scale(float(f'{at:.2g}'), 'params')}" if at is not None else ""
    return f"{kind_name}: {what(kind_name)}{where}"


def _facets(
    rows: list[Row],
    panels: list[str],
    cells: Sequence[ZooParameters],
    title: str,
    domain: list[float] | None,
) -> alt.TopLevelMixin:
    x, colour = _sizes(cells), _colour(cells)
    y: Row = {"field": "score", "type": "quantitative", "title": title}
    y |= {"axis": {"tickCount": 4}}
    y |= {"scale": {"domain": domain, "nice": False} if domain else {"zero": True}}
    place = {"x": x, "color": colour}
    layers = [
        {
            "mark": {"type": "rule", "color": NEUTRAL, "strokeDash": [4, 3]},
            "encoding": {"x": x | {"field": "at"}},
            "transform": [{"filter": "isValid(datum.at)"}],
        },
        {
            "mark": {"type": "line", "strokeWidth": 1.3},
            "encoding": place | {"y": y | {"field": "expected"}},
            "transform": [{"filter": "isValid(datum.expected)"}],
        },
        {
            "mark": {"type": "rule", "opacity": 0.6},
            "encoding": place | {"y": y | {"field": "low"}, "y2": {"field": "high"}},
            "transform": [{"filter": "isValid(datum.low)"}],
        },
        {
            "mark": {"type": "point", "filled": True, "size": 24, "opacity": 1},
            "encoding": place
            | {"y": y, "tooltip": [{"field": f, "type": "nominal"} for f in ("model", "score")]},
            "transform": [{"filter": "isValid(datum.score)"}],
        },
    ]
    facet = {
        "field": "panel",
        "type": "nominal",
        "title": None,
        "sort": panels,
        "header": {"labelFontSize": 12, "labelFontWeight": "bold"},
    }
    spec: Row = {
        "data": {"name": "rows"},
        "facet": facet,
        "columns": 4 if len(panels) > 6 else min(3, len(panels)),
        "spec": {"width": 215, "height": 135, "layer": layers},
        "config": CONFIG,
    }
    if domain is None:
        spec["resolve"] = {"scale": {"y": "independent"}}
    chart = alt.FacetChart.from_dict(spec, validate=False)
    chart.data = {"values": rows}  # set last: validating single rows takes seconds
    return chart


def _sizes(cells: Sequence[ZooParameters]) -> Row:
    low, high = scale_domain(
        min(c.smallest for c in cells), max(c.largest for c in cells), log=True
    )
    axis = {"values": log_ticks(low, high, most=5), "grid": False}
    return {
        "field": "x",
        "type": "quantitative",
        "title": "parameters",
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": axis | {"labelExpr": SCALE_AXES["params"].label_expr},
    }


def _colour(cells: Sequence[ZooParameters]) -> Row:
    names = [f"chance {c:g}" for c in dict.fromkeys(cell.chance for cell in cells)]
    return {
        "field": "colour",
        "type": "nominal",
        "title": None,
        "scale": {"domain": names, "range": [HUES[i % len(HUES)] for i in range(len(names))]},
        "legend": {"orient": "top", "symbolType": "circle", "symbolOpacity": 1}
        if len(names) > 1
        else None,
    }


def _beyond(cells: Sequence[ZooParameters], frame: pl.DataFrame) -> Figure:
    chance = cells[0].chance
    shares = []
    for cell in cells:
        if cell.chance == chance:
            held = _rows_of(cell, kind_of(cell.kind).metrics[0], frame)
            shares.append(
                (cell.kind, what(cell.kind), held["beyond_10"][0], held["zero_median"][0])
            )
    shares.sort(key=lambda row: (list(_SHADES).index(row[1]), -row[2] - row[3]))
    parts = ("above 10", "undefined")
    rows = [
        {"kind": kind, "what": shade, "part": part, "order": i, "share": float(share)}
        for kind, shade, *both in shares
        for i, (part, share) in enumerate(zip(parts, both, strict=True))
    ]
    chart = alt.Chart.from_dict(
        {
            "data": {"values": rows},
            "width": 460,
            "height": {"step": 17},
            "mark": {"type": "bar", "height": 11},
            "encoding": {
                "y": {
                    "field": "kind",
                    "type": "nominal",
                    "title": None,
                    "sort": [kind for kind, *_ in shares],
                    "axis": {"labelLimit": 220},
                },
                "x": {
                    "field": "share",
                    "type": "quantitative",
                    "title": "share of curves",
                    "scale": {"domain": [0, 1]},
                    "axis": {"format": "%", "tickCount": 5},
                },
                "order": {"field": "order", "type": "quantitative"},
                "color": {
                    "field": "what",
                    "type": "nominal",
                    "title": None,
                    "scale": {"domain": list(_SHADES), "range": list(_SHADES.values())},
                    "legend": {"orient": "top"},
                },
                "opacity": {
                    "field": "part",
                    "sort": ["above 10", "undefined"],
                    "type": "nominal",
                    "title": "emergence score",
                    "scale": {"domain": list(parts), "range": [1.0, 0.35]},
                    "legend": {
                        "orient": "bottom",
                        "titleOrient": "left",
                        "titleFontWeight": "normal",
                    },
                },
                "tooltip": [
                    {"field": "kind", "type": "nominal"},
                    {"field": "part", "type": "nominal", "title": "score"},
                    {"field": "share", "type": "quantitative", "format": ".1%"},
                ],
            },
            "config": CONFIG,
        },
        validate=False,
    )
    curves = max(cell.curves for cell in cells)
    return Figure(
        name="beyond-10",
        title="What an emergence score above 10 would call emergent",
        caption=(
            f"Share of {curves:,} simulated curves a kind, chance {chance:g}, on "
            f"{cells[0].n_scales} scales; pale: the median step is 0 and the score undefined. "
            "Where smooth kinds exceed 10 as often as breaking ones, the score tells nothing."
        ),
        chart=chart,
    )
