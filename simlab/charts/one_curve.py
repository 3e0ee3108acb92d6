"""Figure of a law of one variable: points, the fitted curve, its interval, its extrapolation."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from simlab.charts.colours import SINGLE
from simlab.charts.figure import Figure
from simlab.charts.isoflop import log_axis
from simlab.charts.style import CONFIG
from simlab.fitting.curve_fit import CurveData, CurveDraws, CurveFit

_POINTS = 200


def curve_figure(
    data: CurveData,
    fit: CurveFit,
    draws: CurveDraws | None,
    *,
    first: int,
    level: float,
    at: Sequence[float] = (),
) -> Figure:
    """Return the curve of ``fit`` on log axes; the first points were fitted, others are hollow."""
    low, high = min([float(data.x[0]), *at]), max([float(data.x[-1]), *at])
    grid = np.geomspace(low, high, _POINTS)
    law = fit.predict(grid)
    rows: list[dict[str, Any]] = [
        {"x": a, "y": b} for a, b in zip(grid.tolist(), law.tolist(), strict=True)
    ]
    if draws is not None:
        ends = np.quantile(draws.predict(grid), [(1 - level) / 2, (1 + level) / 2], axis=0)
        for row, below, above in zip(rows, *ends.tolist(), strict=True):
            row["low"], row["high"] = below, above
    points = [
        {"x": a, "y": b, "fitted": i < first}
        for i, (a, b) in enumerate(zip(data.x.tolist(), data.y.tolist(), strict=True))
    ]
    x = log_axis("x", "params", [low, high]) | {"title": "x"}
    y = log_axis("y", "loss", [*data.y.tolist(), *law.tolist()]) | {"title": "y"}
    place = {"x": x, "y": y}
    band = {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}}
    layers: list[dict[str, Any]] = [
        {"data": {"values": rows}, "mark": {"type": "line", "color": SINGLE, "strokeWidth": 2},
         "encoding": place},
        {"data": {"values": [p for p in points if p["fitted"]]},
         "mark": {"type": "point", "filled": True, "color": SINGLE, "size": 36, "opacity": 1},
         "encoding": place},
        {"data": {"values": [p for p in points if not p["fitted"]]},
         "mark": {"type": "point", "color": SINGLE, "size": 46, "opacity": 1},
         "encoding": place},
    ]  # fmt: skip
    if draws is not None:
        layers.insert(0, {"data": {"values": rows}, "encoding": band,
                          "mark": {"type": "area", "color": SINGLE, "opacity": 0.16,
                                   "clip": True}})  # fmt: skip
    said = "Points: the curve" + ("; hollow: not fitted" if first < len(points) else "")
    shaded = f"; shaded: the {level:.0%} interval of the law" if draws is not None else ""
    return Figure(
        name=fit.law,
        title=f"Fit of {fit.law}",
        caption=f"{said}; line: the fitted law{shaded}.",
        chart=alt.LayerChart.from_dict(
            {"width": 520, "height": 340, "layer": layers, "config": CONFIG}, validate=False
        ),
    )
