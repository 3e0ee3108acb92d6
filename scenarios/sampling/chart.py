"""Charts of the scenario ``sampling``: failure against k, and accuracy against FLOPs."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from scenarios.sampling.parameters import SamplingParameters, name, success_of
from simlab.charts.axes import SCALE_AXES, log_ticks
from simlab.charts.colours import HUES, NEUTRAL
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG
from simlab.simulators.success_distributions import miss_asymptote
from simlab.table import ScoreTable

_METRICS = {
    "pass_at_k": "coverage, pass@k",
    "best_of_n": "the verifier's best of k",
    "majority_vote": "majority of k",
}
_LOWEST = 1e-5  # a curve that falls geometrically would stretch the axis without end
_HEADER = {"labelFontSize": 12, "labelFontWeight": "bold"}


def coverage_figure(cells: Sequence[SamplingParameters], table: ScoreTable) -> Figure:
    """Return -log mean pass@k against k on log axes, one panel a cell, with its power law."""
    frame = _first(table).filter(pl.col("metric") == "-log_pass_at_k", pl.col("score") > 0)
    rows = [
        {"panel": _panel(r["subtask"]), "model": r["family"], "k": r["k"], "loss": r["score"],
         "closed": r["expected"]}
        for r in frame.iter_rows(named=True)
    ]  # fmt: skip
    lowest = max(min(r["loss"] for r in rows), _LOWEST)
    rows = [r for r in rows if r["loss"] >= lowest]
    models = dict(frame.select("n_params", "family").unique().sort("n_params").iter_rows())
    lines = []
    for cell in cells:
        if cell.floor:
            continue
        for n_params in cell.sizes:
            c, shape = miss_asymptote(success_of(cell, n_params))
            lines += [
                {"panel": _panel(name(cell)), "model": models[n_params], "k": k, "power": y}
                for k in (1, 4, 16, 64, 256, 1024, cell.samples)
                if k <= cell.samples and lowest / 2 < (y := c * k**-shape) < 10
            ]
    x = _log("k", "answers k", [1, max(r["k"] for r in rows)], "datum.value")
    y = _log("loss", "-ln of mean pass@k", [lowest * 0.8, max(r["loss"] for r in rows) * 1.2],
             "format(datum.value, datum.value < 0.01 ? '~e' : '~g')")  # fmt: skip
    colour = _colour("model", list(models.values()))
    layers = [
        {
            "transform": [{"filter": "isValid(datum.power)"}],
            "mark": {"type": "line", "strokeDash": [5, 4], "strokeWidth": 1.2, "clip": True},
            "encoding": {"x": x, "y": y | {"field": "power"}, "color": colour},
        },
        {
            "transform": [{"filter": "isValid(datum.closed)"}],
            "mark": {"type": "line", "strokeWidth": 1.4, "clip": True},
            "encoding": {"x": x, "y": y | {"field": "closed"}, "color": colour},
        },
        {
            "transform": [{"filter": "isValid(datum.loss)"}],
            "mark": {"type": "point", "filled": True, "size": 26, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour},
        },
    ]
    panels = list(dict.fromkeys(_panel(name(cell)) for cell in cells))
    return Figure(
        name="coverage",
        title="When coverage follows a power law",
        caption=(
            "Points: answers drawn, unbiased. Lines: closed forms. Dashed: the power law that a "
            "density ~ p^(shape-1) near 0 leads to. With a floor under the success of every item "
            "there is none: the curve bends down for good."
        ),
        chart=_facet(rows + lines, panels, {"width": 260, "height": 190, "layer": layers}),
    )


def cost_figure(table: ScoreTable) -> Figure:
    """Return coverage, the verifier's and the vote's accuracy against inference FLOPs."""
    frame = _first(table).filter(pl.col("metric").is_in(list(_METRICS)))
    cells = frame["subtask"].unique(maintain_order=True).to_list()
    first = frame.filter(pl.col("subtask") == cells[0])
    rows = [
        {"panel": _METRICS[r["metric"]], "model": r["family"], "flops": r["scale"],
         "score": r["score"], "k": r["k"]}
        for r in first.iter_rows(named=True)
    ]  # fmt: skip
    models = first.select("n_params", "family").unique().sort("n_params")["family"].to_list()
    ends = [min(r["flops"] for r in rows), max(r["flops"] for r in rows)]
    encoding = {
        "x": _log("flops", "inference FLOPs of an item", ends, SCALE_AXES["flops"].label_expr),
        "y": {"field": "score", "type": "quantitative", "title": "share of items",
              "scale": {"domain": [0, 1]}},
        "color": _colour("model", models),
        "tooltip": [{"field": f, "type": "nominal"} for f in ("model", "k", "score")],
    }  # fmt: skip
    mark = {"type": "line", "point": {"size": 26}, "strokeWidth": 1.8}
    return Figure(
        name="cost",
        title="A small model with many answers, a large one with few",
        caption=(
            f"First cell ({cells[0]}). Each line is a model at 1, 2, 4, ... answers; points above "
            "one another cost the same. Coverage assumes that right answers are recognised; a "
            "verifier that errs and a vote do not reach it."
        ),
        chart=_facet(rows, list(_METRICS.values()), {"width": 240, "height": 210, "mark": mark,
                                                      "encoding": encoding}),
    )  # fmt: skip


def _first(table: ScoreTable) -> pl.DataFrame:
    return table.frame.filter(pl.col("seed") == pl.col("seed").min())


def _panel(subtask: str) -> str:
    return subtask.removeprefix("distribution=")


def _colour(field: str, values: list[str]) -> dict[str, Any]:
    colours = [HUES[i % len(HUES)] for i in range(len(values))] or [NEUTRAL]
    return {"field": field, "type": "nominal", "title": "parameters",
            "scale": {"domain": values, "range": colours}}  # fmt: skip


def _log(field: str, title: str, ends: list[float], text: str) -> dict[str, Any]:
    return {
        "field": field, "type": "quantitative", "title": title,
        "scale": {"type": "log", "domain": ends, "nice": False},
        "axis": {"values": log_ticks(ends[0], ends[1], most=6), "labelExpr": text},
    }  # fmt: skip


def _facet(rows: list[dict[str, Any]], panels: list[str], spec: dict[str, Any]) -> alt.FacetChart:
    facet = {"field": "panel", "type": "nominal", "title": None, "sort": panels, "header": _HEADER}
    whole = {"data": {"values": rows}, "facet": facet, "columns": 3 if len(panels) == 3 else 2,
             "spec": spec, "config": CONFIG}  # fmt: skip
    return alt.FacetChart.from_dict(whole, validate=False)
