"""Figures of compute-optimal sizes: isoFLOP valleys, and the frontier of each approach."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np

from simlab.charts.axes import SCALE_AXES, format_scale, log_ticks, scale_domain, score_domain
from simlab.charts.colours import NEUTRAL, colours_of
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG, INK
from simlab.fitting.frontier import Frontier, FrontierDraws
from simlab.fitting.isoflop import IsoflopFit, powers
from simlab.fitting.runs import TrainingRuns

_LINE_POINTS = 60
_WIDTH, _HEIGHT = 520, 340


def isoflop_figure(runs: TrainingRuns, fit: IsoflopFit) -> Figure:
    """Return loss against parameters, one colour a budget, with each curve and its minimum."""
    names = [format_scale(float(f"{p.flops:.4g}"), "flops") for p in fit.profiles]
    points, lines, minima = [], [], []
    for profile, name in zip(fit.profiles, names, strict=True):
        n, loss = runs.n_params[profile.rows], runs.loss[profile.rows]
        points += [{"budget": name, "n": a, "loss": b} for a, b in zip(n, loss, strict=True)]
        if not profile.coefficients:
            continue
        grid = np.geomspace(n.min(), n.max(), _LINE_POINTS)
        u = np.log(grid) - profile.centre
        curve = powers(u, len(profile.coefficients) - 1) @ np.array(profile.coefficients)
        curve = np.exp(curve) if fit.of == "log-loss" else curve
        kind = "refused" if profile.refused else "curve"
        lines += [
            {"budget": name, "n": a, "loss": b, "kind": kind}
            for a, b in zip(grid.tolist(), curve.tolist(), strict=True)
        ]
        if not profile.refused:
            minima.append({"budget": name, "n": profile.n_params, "loss": profile.loss})
    x = log_axis("n", "params", runs.n_params)
    low, high = score_domain([row["loss"] for row in (*points, *lines)])
    y = {
        "field": "loss", "type": "quantitative", "title": "loss (nats per token)",
        "scale": {"domain": [low, high], "zero": False, "nice": False},
    }  # fmt: skip
    colour = named_colours("budget", names, "FLOPs", ordered=True)
    place = {"x": x, "y": y, "color": colour}
    said = [{"field": f, "type": "nominal"} for f in ("budget", "n", "loss")]
    layers = [
        _layer(lines, {"type": "line", "strokeWidth": 1.8}, place, "datum.kind == 'curve'"),
        _layer(
            lines, {"type": "line", "strokeWidth": 1.4, "strokeDash": [4, 4]}, place,
            "datum.kind == 'refused'",
        ),
        _layer(
            points, {"type": "point", "filled": True, "size": 26, "opacity": 0.75},
            place | {"tooltip": said},
        ),
        _layer(
            minima,
            {"type": "point", "shape": "diamond", "filled": True, "size": 110, "opacity": 1,
             "stroke": INK, "strokeWidth": 1.2},
            place,
        ),
    ]  # fmt: skip
    refused = sum(bool(p.refused) for p in fit.profiles)
    dashed = f" Dashed: {refused} refused, without a minimum between its sizes." if refused else ""
    return Figure(
        name="isoflop",
        title="IsoFLOP profiles",
        caption=f"Points: runs; lines: the {fit.curve} of each budget in ln N; diamonds: their "
        f"minima, the compute-optimal sizes.{dashed}",
        chart=_chart(layers),
    )


def frontier_figure(
    frontiers: Mapping[str, tuple[Frontier, FrontierDraws | None]],
    points: Mapping[str, Sequence[tuple[float, float]]],
    *,
    level: float,
    at: Sequence[float] = (),
    truth: Frontier | None = None,
) -> Figure:
    """Return compute-optimal parameters against compute: lines, intervals and points by approach.

    Parameters
    ----------
    frontiers : mapping
        Approach -> its frontier, and draws for the band or None.
    points : mapping
        Approach -> (FLOPs, parameters) that the line was fitted to, if any.
    level : float
        Coverage of the bands.
    at : sequence of float
        Budgets in FLOPs that the axis must hold.
    truth : Frontier, optional
        Drawn as a dashed line.
    """
    names = list(frontiers)
    seen = [c for held in points.values() for c, _ in held]
    seen += [frontier.c0 for frontier, _ in frontiers.values()]
    low, high = min([*seen, *at]), max([*(100 * c for c in seen), *at])
    grid = np.geomspace(low, high, _LINE_POINTS)
    lines: list[dict[str, Any]] = []
    for name, (frontier, draws) in frontiers.items():
        n = frontier.optimum(grid).n_params
        for c, middle in zip(grid.tolist(), n.tolist(), strict=True):
            row = {"approach": name, "c": c, "n": middle, "kind": "fit"}
            if draws is not None:
                row["low"], row["high"] = draws.optimum_interval(c, level)
            lines.append(row)
    true: list[dict[str, Any]] = []
    if truth is not None:
        true = [
            {"c": c, "n": n}
            for c, n in zip(grid.tolist(), truth.optimum(grid).n_params.tolist(), strict=True)
        ]
    marks = [{"approach": k, "c": c, "n": n} for k, held in points.items() for c, n in held]
    x = log_axis("c", "flops", np.array([low, high]))
    ends = [v for row in (*lines, *true, *marks) for v in (row["n"], row.get("low"),
                                                         row.get("high")) if v]  # fmt: skip
    y = log_axis("n", "params", np.array(ends)) | {"title": "compute-optimal parameters"}
    place = {"x": x, "y": y, "color": named_colours("approach", names, None)}
    band = {k: v for k, v in place.items() if k != "y"}
    band |= {"y": y | {"field": "low"}, "y2": {"field": "high"}}
    layers = [
        _layer(lines, {"type": "area", "opacity": 0.16}, band, "datum.low > 0"),
        _layer(lines, {"type": "line", "strokeWidth": 2}, place),
        _layer(
            true, {"type": "line", "color": NEUTRAL, "strokeDash": [6, 4], "strokeWidth": 2},
            {"x": x, "y": y},
        ),
        _layer(marks, {"type": "point", "filled": True, "size": 40, "opacity": 1}, place),
    ]  # fmt: skip
    said = ["Lines: compute-optimal parameters"]
    if any(draws is not None for _, draws in frontiers.values()):
        said.append(f"shaded: the {level:.0%} interval")
    if marks:
        said.append("points: the optima that the line goes through")
    if truth is not None:
        said.append("dashed: the truth")
    return Figure(
        name="frontier",
        title="Compute-optimal size: every approach",
        caption="; ".join(said) + ". Beyond the points a line is an extrapolation.",
        chart=_chart([layer for layer in layers if layer["data"]["values"]]),
    )


def log_axis(field: str, kind: str, values: Any) -> dict[str, Any]:
    """Return the encoding of a log axis over ``values`` of a kind of scale."""
    low, high = scale_domain(float(np.min(values)), float(np.max(values)), log=True)
    return {
        "field": field,
        "type": "quantitative",
        "title": SCALE_AXES[kind].title,
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": {
            "values": log_ticks(low, high, most=8),
            "labelExpr": SCALE_AXES[kind].label_expr,
            "labelOverlap": True,
        },
    }


def named_colours(
    field: str, names: Sequence[str], title: str | None, *, ordered: bool = False
) -> dict[str, Any]:
    """Return the encoding of colour for names; a sequence of colours if they are in an order."""
    colours = colours_of([str(i) for i in range(len(names))] if ordered else list(names))
    return {
        "field": field,
        "type": "nominal",
        "title": title,
        "scale": {"domain": list(names), "range": colours},
        "legend": {"orient": "right", "symbolOpacity": 1} if len(names) > 1 else None,
    }


def _layer(
    rows: Sequence[dict[str, Any]],
    mark: dict[str, Any],
    encoding: dict[str, Any],
    keep: str | None = None,
) -> dict[str, Any]:
    layer = {"data": {"values": list(rows)}, "mark": mark | {"clip": True}, "encoding": encoding}
    return layer if keep is None else layer | {"transform": [{"filter": keep}]}


def _chart(layers: Sequence[dict[str, Any]]) -> alt.LayerChart:
    return alt.LayerChart.from_dict(
        {"width": _WIDTH, "height": _HEIGHT, "layer": list(layers), "config": CONFIG},
        validate=False,
    )
