"""Figure of approach 3: contours of the fitted loss over compute and size."""

from typing import Any

import altair as alt
import numpy as np

from simlab.charts.figure import Figure
from simlab.charts.isoflop import log_axis
from simlab.charts.style import CONFIG, INK
from simlab.fitting.runs import TrainingRuns
from simlab.laws.chinchilla import ChinchillaConstants, chinchilla_loss, compute_optimum

_LEVELS = 9
_POINTS = 400


def contour_figure(runs: TrainingRuns, constants: ChinchillaConstants) -> Figure:
    """Return runs, contours of equal loss, and the frontier of lowest loss for a budget.

    A contour is exact: at a size N the loss L is reached with D = (B / (L - E - A / N^alpha))^
    (1 / beta) tokens, which cost 6 N D. As figure 4 of Hoffmann et al. 2022.
    """
    E, A, B, alpha, beta = constants
    c = 6 * runs.n_params * runs.n_tokens
    x = log_axis("c", "flops", [c.min(), c.max() * 10])
    y = log_axis("n", "params", [runs.n_params.min() / 1.5, runs.n_params.max() * 1.5])
    (c_low, c_high), (n_low, n_high) = x["scale"]["domain"], y["scale"]["domain"]
    sizes = np.geomspace(n_low, n_high, _POINTS)
    best = compute_optimum(np.geomspace(c_low, c_high, _POINTS), constants=constants)
    lowest = chinchilla_loss(*best, constants=constants)
    # evenly spaced above the floor on a log axis, between the ends of the frontier
    levels = E + np.geomspace(lowest[-1] - E, max(runs.loss.max(), lowest[0]) - E, _LEVELS + 1)
    contours: list[dict[str, Any]] = []
    for level in levels[1:]:
        rest = level - E - A / sizes**alpha
        n = sizes[rest > 0]
        with np.errstate(over="ignore"):
            cost = 6 * n * (B / rest[rest > 0]) ** (1 / beta)
        inside = (cost > c_low / 10) & (cost < c_high * 100)
        contours += [
            {"level": f"{level:.3g}", "loss": float(level), "n": a, "c": b}
            for a, b in zip(n[inside].tolist(), cost[inside].tolist(), strict=True)
        ]
    frontier = [
        {"c": float(6 * n * d), "n": float(n)}
        for n, d in zip(best.n_params, best.n_tokens, strict=True)
        if n_low <= n <= n_high
    ]
    points = [
        {"c": a, "n": b, "loss": loss, "tokens": d}
        for a, b, loss, d in zip(
            c.tolist(), runs.n_params.tolist(), runs.loss.tolist(), runs.n_tokens.tolist(),
            strict=True,
        )
    ]  # fmt: skip
    colour = {
        "field": "loss", "type": "quantitative", "title": "loss",
        "scale": {"scheme": "viridis", "reverse": True,
                  "domain": [float(levels[0]), float(levels[-1])]},
    }  # fmt: skip
    place = {"x": x, "y": y, "color": colour}
    said = [{"field": f, "type": "quantitative", "format": ".4~g"}
            for f in ("n", "tokens", "c", "loss")]  # fmt: skip
    layers = [
        {
            "data": {"values": contours},
            "mark": {"type": "line", "strokeWidth": 1.2, "clip": True},
            "encoding": place | {"detail": {"field": "level", "type": "nominal"},
                                 "order": {"field": "n", "type": "quantitative"}},
        },
        {
            "data": {"values": points},
            "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1,
                     "stroke": "white", "strokeWidth": 0.4},
            "encoding": place | {"tooltip": said},
        },
        {
            "data": {"values": frontier},
            "mark": {"type": "line", "color": INK, "strokeWidth": 2.2, "clip": True},
            "encoding": {"x": x, "y": y, "order": {"field": "c", "type": "quantitative"}},
        },
    ]  # fmt: skip
    return Figure(
        name="contours",
        title="Loss over compute and size",
        caption="Points: runs, coloured by their loss; thin lines: equal loss under the fitted "
        "law; thick line: the efficient frontier, the size of lowest loss at each compute.",
        chart=alt.LayerChart.from_dict(
            {"width": 520, "height": 380, "layer": layers, "config": CONFIG}, validate=False
        ),
    )
