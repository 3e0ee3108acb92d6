"""Figure of approach 1: training curves against compute, and their lower envelope."""

from typing import Any

import altair as alt
import numpy as np

from simlab.charts.figure import Figure
from simlab.charts.isoflop import log_axis
from simlab.charts.style import CONFIG, INK
from simlab.fitting.curves import TrainingCurves
from simlab.fitting.envelope import EnvelopeFit

_MOST_POINTS = 60  # of a curve
_MOST_CURVES = 120


def envelope_figure(curves: TrainingCurves, fit: EnvelopeFit) -> Figure:
    """Return the losses of all runs along training, coloured by size, under their envelope."""
    rows: list[dict[str, Any]] = []
    every = -(-len(curves) // _MOST_CURVES)
    for run in range(0, len(curves), every):
        start, end = curves.offsets[run : run + 2]
        places = np.unique(np.linspace(start, end - 1, _MOST_POINTS).astype(int))
        rows += [
            {"run": run, "n": float(curves.n_params[run]), "c": c, "loss": loss}
            for c, loss in zip(
                curves.flops[places].tolist(), curves.loss[places].tolist(), strict=True
            )
        ]
    won = np.flatnonzero(fit.winner >= 0)
    won = won[np.unique(np.linspace(0, len(won) - 1, 400).astype(int))]
    lowest = [
        {"c": float(fit.flops[i]), "loss": float(fit.loss[i]), "used": bool(fit.used[i]),
         "n": float(curves.n_params[fit.winner[i]])}
        for i in won
    ]  # fmt: skip
    losses = np.array([row["loss"] for row in rows])
    x = log_axis("c", "flops", curves.flops)
    y = log_axis("loss", "loss", [losses.min(), np.quantile(losses, 0.995)])
    n = log_axis("n", "params", curves.n_params)
    colour = {
        "field": "n", "type": "quantitative", "title": "parameters",
        "scale": {"type": "log", "scheme": "viridis",
                  "domain": [float(curves.n_params.min()), float(curves.n_params.max())]},
        "legend": {"labelExpr": n["axis"]["labelExpr"], "values": n["axis"]["values"]},
    }  # fmt: skip
    curve = {"x": x, "y": y, "color": colour, "detail": {"field": "run", "type": "nominal"}}
    layers = [
        {
            "data": {"values": rows},
            "mark": {"type": "line", "strokeWidth": 0.9, "opacity": 0.6, "clip": True},
            "encoding": curve,
        },
        {
            "data": {"values": lowest},
            "mark": {"type": "line", "color": INK, "strokeWidth": 1, "strokeDash": [2, 2]},
            "encoding": {"x": x, "y": y},
        },
        {
            "data": {"values": [row for row in lowest if row["used"]]},
            "mark": {"type": "point", "filled": True, "color": INK, "size": 9, "opacity": 1},
            "encoding": {"x": x, "y": y},
        },
    ]
    left = f" Drawn: every {every}th curve." if every > 1 else ""
    return Figure(
        name="envelope",
        title="Training curves and their envelope",
        caption="Lines: loss of each run along its training, coloured by size; dashed: the lowest "
        "loss at each compute; dots on it: the part that the fit uses, where neither the smallest "
        f"nor the largest size wins.{left}",
        chart=alt.LayerChart.from_dict(
            {"width": 520, "height": 340, "layer": layers, "config": CONFIG}, validate=False
        ),
    )
