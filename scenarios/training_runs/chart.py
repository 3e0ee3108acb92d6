"""Charts of the scenario ``training-runs``."""

from typing import Any

import altair as alt
import polars as pl

from scenarios.training_runs.parameters import TrainingRunsParameters
from scenarios.training_runs.study import APPROACHES, run_study
from simlab.charts.envelope import envelope_figure
from simlab.charts.figure import Figure
from simlab.charts.isoflop import frontier_figure, isoflop_figure, log_axis, named_colours
from simlab.charts.loss_contours import contour_figure
from simlab.charts.style import CONFIG
from simlab.fitting.chinchilla_frontier import frontier_of
from simlab.laws.chinchilla import BESIROGLU
from simlab.table import ScoreTable

_PANELS = {
    "size_coverage": "coverage of 90% intervals",
    "log_size_error": "mean ln(size / true size)",
}


def study_figures(cell: TrainingRunsParameters, table: ScoreTable, level: float) -> list[Figure]:
    """Return the pictures of the first study of ``cell``: one an approach, and all together."""
    seed = min(table.frame["seed"].to_list())
    study = run_study(cell, seed * cell.studies)
    runs = study.curves.final_runs()
    figures = []
    points = {}
    if study.envelope is not None:
        figures.append(envelope_figure(study.curves, study.envelope))
    if study.isoflop is not None:
        figures.append(isoflop_figure(runs, study.isoflop))
        points["approach 2"] = [(p.flops, p.n_params) for p in study.isoflop.used]
    if study.chinchilla is not None and "approach 3" in study.frontiers:
        figures.append(contour_figure(runs, study.chinchilla.constants))
    if study.frontiers:
        truth = frontier_of(BESIROGLU, max(cell.budgets))
        figures.append(
            frontier_figure(dict(study.frontiers), points, level=level, at=[1e24], truth=truth)
        )
    return figures


def coverage_figure(table: ScoreTable) -> Figure:
    """Return coverage and bias of the predicted size against compute: a row a cell."""
    rows = table.frame.filter(pl.col("metric").is_in(list(_PANELS)))
    rows = rows.filter(pl.col("seed") == pl.col("seed").min())
    x = log_axis("scale", "flops", rows["scale"].to_list())
    names = [a for a in APPROACHES if a in set(rows["family"])]
    lines = []
    for cell in rows["subtask"].unique(maintain_order=True):
        panels = []
        for metric, title in _PANELS.items():
            here = rows.filter(pl.col("subtask") == cell, pl.col("metric") == metric)
            values = here.select("family", "scale", "score", "low", "high").to_dicts()
            panels.append(_panel(values, x, names, title, cell, here["expected"][0]))
        lines.append({"hconcat": panels, "spacing": 30})
    chart = alt.VConcatChart.from_dict(
        {"vconcat": lines, "spacing": 24, "config": CONFIG}, validate=False
    )
    return Figure(
        name="coverage",
        title="Do the intervals hold the truth, and how far off are the sizes?",
        caption="Left: share of studies whose 90% interval of the compute-optimal size holds the "
        "truth, with its 95% interval. Right: mean error of the size on a log scale, two standard "
        "errors. Dashed: as it should be. Beyond the largest budget, sizes are extrapolated.",
        chart=chart,
    )


def _panel(
    values: list[dict[str, Any]], x: dict[str, Any], names: list[str], title: str, cell: str,
    expected: float,
) -> dict[str, Any]:  # fmt: skip
    share = title.startswith("coverage")
    y = {
        "field": "score", "type": "quantitative", "title": title,
        "scale": {"domain": [0, 1]} if share else {"zero": True},
    }  # fmt: skip
    place = {"x": x, "y": y, "color": named_colours("family", names, None)}
    return {
        "width": 330,
        "height": 210,
        "title": {"text": cell, "anchor": "start", "fontSize": 12},
        "data": {"values": values},
        "layer": [
            {
                "data": {"values": [{"y": expected}]},
                "mark": {"type": "rule", "strokeDash": [5, 4], "color": "#6b7280"},
                "encoding": {"y": {"field": "y", "type": "quantitative"}},
            },
            {
                "mark": {"type": "rule", "opacity": 0.5},
                "encoding": place | {"y": y | {"field": "low"}, "y2": {"field": "high"}},
            },
            {"mark": {"type": "line", "strokeWidth": 1.6}, "encoding": place},
            {"mark": {"type": "point", "filled": True, "size": 30, "opacity": 1},
             "encoding": place},
        ],
    }  # fmt: skip
