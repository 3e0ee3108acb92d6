"""Charts of the published scaling laws: loss against size, and what each fit recommends."""

from typing import Any

import altair as alt
import numpy as np
import polars as pl

from simlab.charts.axes import SCALE_AXES, log_ticks
from simlab.charts.colours import HUES, NEUTRAL
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG, INK
from simlab.laws.chinchilla import (
    BESIROGLU,
    HOFFMANN_TEX,
    ChinchillaConstants,
    chinchilla_loss,
    compute_optimum,
)
from simlab.laws.kaplan import PF_DAY, kaplan_loss, kaplan_optimum

MARKED = (("GPT-2", 1.5e9), ("Chinchilla", 70e9), ("GPT-3", 175e9))
"""Parameters of three models."""

_LAWS = {
    "Kaplan, L(N), data without limit": HUES[1],
    "Hoffmann, data without limit": HUES[0],
    "Hoffmann, 20 tokens a parameter": HUES[5],
    "Besiroglu, data without limit": HUES[4],
    "Besiroglu, 20 tokens a parameter": HUES[2],
}


def loss_figure() -> Figure:
    """Return L(N) from 10M to 1T parameters with GPT-2, GPT-3 and Chinchilla marked."""
    sizes = np.geomspace(1e7, 1e12, 101)
    rows = [
        {"law": law, "n": float(n), "loss": float(y)}
        for law in _LAWS
        for n, y in zip(sizes, _loss(law, sizes), strict=True)
    ]
    points = [
        {"law": law, "n": n, "loss": float(_loss(law, np.array([n]))[0]), "model": model}
        for law in _LAWS
        for model, n in MARKED
    ]
    names = [{"n": n, "model": model, "loss": 5.4} for model, n in MARKED]
    x = _log_axis("n", "parameters N", 1e7, 1e12, "params")
    y = {
        "field": "loss",
        "type": "quantitative",
        "title": "loss (nats per token)",
        "scale": {"type": "log", "domain": [1.35, 5.6], "nice": False},
        "axis": {"values": [1.5, 1.75, 2, 2.5, 3, 3.5, 4, 5]},
    }
    layers = [
        {
            "data": {"values": names},
            "mark": {"type": "rule", "color": NEUTRAL, "strokeDash": [3, 3]},
            "encoding": {"x": x},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {"x": x, "y": y, "color": _colour("law", _LAWS)},
        },
        {
            "data": {"values": points},
            "mark": {"type": "point", "filled": True, "size": 46, "opacity": 1},
            "encoding": {
                "x": x,
                "y": y,
                "color": _colour("law", _LAWS),
                "tooltip": [
                    {"field": f, "type": t}
                    for f, t in (("model", "nominal"), ("law", "nominal"), ("loss", "quantitative"))
                ],
            },
        },
        _names(names, x, y),
    ]
    return Figure(
        name="loss-against-size",
        title="L(N) from 10M to 1T parameters",
        caption=(
            "Kaplan's law is a straight line without a floor: a factor 10 in size takes 16% off "
            "the loss at any size. The Chinchilla laws bend towards their irreducible loss, with "
            "data without limit or with 20 tokens a parameter. Points: GPT-2 (1.5B), Chinchilla "
            "(70B), GPT-3 (175B), by size alone. Kaplan's N is without embeddings and its corpus "
            "is another one, so levels are not to be compared, only slopes."
        ),
        chart=_chart(layers, 520, 340),
    )


def _loss(law: str, sizes: Any) -> Any:
    if law.startswith("Kaplan"):
        return kaplan_loss(sizes)
    constants = HOFFMANN_TEX if law.startswith("Hoffmann") else BESIROGLU
    tokens = 20 * sizes if "20" in law else np.inf
    return chinchilla_loss(sizes, tokens, constants=constants)


def allocation_figure(budgets: pl.DataFrame) -> Figure:
    """Return the optimal size against compute by every approach, printed and in closed form."""
    c = np.geomspace(1e18, 1e26, 81)
    laws: dict[str, Any] = {
        "Kaplan": kaplan_optimum(c / PF_DAY).n_params,
        "approach 3, rounded": _optimum(c, "rounded"),
        "approach 3, unrounded": _optimum(c, "unrounded"),
        "Besiroglu": _optimum(c, "besiroglu"),
    }
    colours = dict(zip(laws, (HUES[1], HUES[5], HUES[0], HUES[2]), strict=True))
    rows = [
        {"law": law, "c": float(x), "n": float(y)}
        for law, n in laws.items()
        for x, y in zip(c, n, strict=True)
        if 3e7 <= y <= 3e13
    ]
    shapes = {
        "approach 1, table 3": "circle",
        "approach 2, table A3": "square",
        "approach 3, table A3": "triangle-up",
    }
    points = [
        {"printed": list(shapes)[row["approach"] - 1], "c": row["flops"], "n": row["n_params"]}
        for row in budgets.filter(pl.col("flops") < 1e26).iter_rows(named=True)
    ]
    x = _log_axis("c", "training FLOPs", 1e18, 1e26, "flops")
    y = _log_axis("n", "optimal parameters", 3e7, 3e13, "params")
    shape = {
        "field": "printed",
        "type": "nominal",
        "title": "as printed",
        "scale": {"domain": list(shapes), "range": list(shapes.values())},
        "legend": {"symbolStrokeColor": INK, "labelLimit": 300},
    }
    layers = [
        {
            "data": {"values": rows},
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {"x": x, "y": y, "color": _colour("law", colours, title="closed form")},
        },
        {
            "data": {"values": points},
            "mark": {"type": "point", "filled": False, "size": 44, "color": INK},
            "encoding": {"x": x, "y": y, "shape": shape},
        },
    ]
    return Figure(
        name="optimal-size",
        title="Optimal size against compute, by every approach",
        caption=(
            "Lines: closed forms. Marks: tables 3 and A3 as printed. One triangle lies far off "
            "its line: 175B of approach 3 is printed with 1.26e24 FLOPs, a tenth of 6 N D."
        ),
        chart=_chart(layers, 520, 340),
    )


def steps_figure(steps: list[dict[str, Any]]) -> Figure:
    """Return the exponent of the optimal size after each correction: keys what, kind, exponent."""
    order = list(dict.fromkeys(row["what"] for row in steps))
    kinds = list(dict.fromkeys(row["kind"] for row in steps))
    lines = [{"at": 0.73, "name": "Kaplan et al."}, {"at": 0.5, "name": "Hoffmann et al."}]
    x = {"field": "exponent", "type": "quantitative", "title": "exponent a of N ~ C^a",
         "scale": {"domain": [0.45, 0.9]}}  # fmt: skip
    y = {"field": "what", "type": "nominal", "title": None, "sort": order,
         "axis": {"labelLimit": 400}}  # fmt: skip
    layers = [
        {
            "data": {"values": lines},
            "mark": {"type": "rule", "color": NEUTRAL, "strokeDash": [4, 3]},
            "encoding": {"x": x | {"field": "at"}},
        },
        {
            "data": {"values": lines},
            "mark": {"type": "text", "align": "left", "dx": 4, "y": 8, "color": INK},
            "encoding": {"x": x | {"field": "at"}, "text": {"field": "name", "type": "nominal"}},
        },
        {
            "data": {"values": steps},
            "mark": {"type": "point", "size": 70, "strokeWidth": 1.8},
            "encoding": {
                "x": x, "y": y, "color": _colour("kind", dict(zip(kinds, HUES, strict=False))),
                "shape": {"field": "kind", "type": "nominal", "title": None,
                          "scale": {"domain": kinds, "range": ["circle", "square", "cross"]}},
            },
        },
    ]  # fmt: skip
    return Figure(
        name="exponent-by-correction",
        title="From Kaplan's exponent to Chinchilla's, one correction at a time",
        caption=(
            "Each row keeps the corrections above it. Weighted fits on RefinedWeb: from the "
            "isoFLOP points, from the published optima, and as published. Dashed: the exponents "
            "that the two papers print."
        ),
        chart=_chart(layers, 420, 190),
    )


def break_figure(points: list[dict[str, Any]], curves: list[dict[str, Any]], edge: float) -> Figure:
    """Return loss against examples with fitted laws; keys x, y, law; ``edge`` ends the fit."""
    laws = dict(zip(dict.fromkeys(row["law"] for row in curves), HUES, strict=False))
    xs = [row["x"] for row in curves]
    x = {
        "field": "x", "type": "quantitative", "title": "training examples",
        "scale": {"type": "log", "domain": [min(xs), max(xs)], "nice": False},
        "axis": {"values": [200, 300, 400, 600, 800, 1000]},
    }  # fmt: skip
    y = {"field": "y", "type": "quantitative", "title": "loss (nats per token)",
         "scale": {"domain": [0, 2.4]}}  # fmt: skip
    layers = [
        {
            "data": {"values": [{"x": edge}]},
            "mark": {"type": "rule", "color": NEUTRAL, "strokeDash": [4, 3]},
            "encoding": {"x": x},
        },
        {
            "data": {"values": curves},
            "mark": {"type": "line", "strokeWidth": 2, "clip": True},
            "encoding": {"x": x, "y": y, "color": _colour("law", laws)},
        },
        {
            "data": {"values": points},
            "mark": {"type": "point", "filled": True, "size": 44, "color": INK, "opacity": 1},
            "encoding": {"x": x, "y": y},
        },
    ]  # fmt: skip
    return Figure(
        name="broken-law",
        title="4-digit addition: a law with a break, and one without",
        caption=(
            "Both laws are fitted to the points left of the dashed line. The law with one break "
            "meets the three points beyond it; a power law with a floor cannot."
        ),
        chart=_chart(layers, 460, 280),
    )


def _optimum(c: Any, name: str) -> Any:
    from simlab.laws.chinchilla import HOFFMANN_ROUNDED

    constants: dict[str, ChinchillaConstants] = {
        "rounded": HOFFMANN_ROUNDED,
        "unrounded": HOFFMANN_TEX,
        "besiroglu": BESIROGLU,
    }
    return compute_optimum(c, constants=constants[name]).n_params


def _colour(field: str, colours: dict[str, str], *, title: str | None = None) -> dict[str, Any]:
    return {
        "field": field,
        "type": "nominal",
        "title": title,
        "scale": {"domain": list(colours), "range": list(colours.values())},
        "legend": {"orient": "right", "labelLimit": 300},
    }


def _log_axis(field: str, title: str, low: float, high: float, kind: str) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": {"values": log_ticks(low, high, most=9), "labelExpr": SCALE_AXES[kind].label_expr},
    }


def _names(names: list[dict[str, Any]], x: Any, y: Any) -> dict[str, Any]:
    """Return the layer of model names at the top, turned so that near ones do not meet."""
    return {
        "data": {"values": names},
        "mark": {"type": "text", "angle": 270, "align": "right", "dy": -6, "color": INK},
        "encoding": {"x": x, "y": y, "text": {"field": "model", "type": "nominal"}},
    }


def _chart(layers: list[dict[str, Any]], width: int, height: int) -> alt.LayerChart:
    spec = {"width": width, "height": height, "layer": layers, "config": CONFIG}
    return alt.LayerChart.from_dict(spec, validate=False)
