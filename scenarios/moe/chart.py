"""Charts of the scenario ``moe``: load and drops over training, and the load of every expert."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from scenarios.moe.parameters import MoeParameters, name, router_of
from simlab.charts.colours import NEUTRAL, colours_of
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG
from simlab.table import ScoreTable

_SHOWN = {
    "busiest_expert": "busiest expert over even load",
    "dropped_share": "share of choices dropped",
    "earned": "earned per choice",
}


def training_figure(table: ScoreTable) -> Figure:
    """Return three measures against the router's updates, one colour an alpha, one row a preset."""
    frame = table.frame.filter(
        pl.col("metric").is_in(list(_SHOWN)), pl.col("seed") == pl.col("seed").min()
    )
    names = frame["subtask"].unique(maintain_order=True).to_list()
    rest = {label: ", ".join(label.split(", ")[1:]) for label in names}
    points = [
        {"family": r["family"], "cell": rest[r["subtask"]], "measure": _SHOWN[r["metric"]],
         "step": r["scale"], "y": r["score"]}
        for r in frame.iter_rows(named=True)
    ]  # fmt: skip
    cells = list(dict.fromkeys(rest.values()))
    most = max(frame["scale"])
    ticks = [t for t in (0, 1, 10, 100, 1_000, 10_000) if t <= most]
    header = {"labelFontSize": 12, "labelFontWeight": "bold"}
    spec = {
        "data": {"values": points},
        "facet": {
            "row": {"field": "family", "type": "nominal", "title": None, "header": header,
                    "sort": frame["family"].unique(maintain_order=True).to_list()},
            "column": {"field": "measure", "type": "nominal", "title": None, "header": header,
                       "sort": list(_SHOWN.values())},
        },
        "spec": {
            "width": 240, "height": 170,
            "mark": {"type": "line", "point": {"size": 26}},
            "encoding": {
                "x": {"field": "step", "type": "quantitative", "title": "updates of the router",
                      "scale": {"type": "symlog", "constant": 1}, "axis": {"values": ticks}},
                "y": {"field": "y", "type": "quantitative", "title": None,
                      "scale": {"zero": False}},
                "color": {"field": "cell", "type": "nominal", "title": None,
                          "scale": {"domain": cells, "range": colours_of(cells)}},
            },
        },
        "resolve": {"scale": {"y": "independent"}},
        "config": CONFIG,
    }  # fmt: skip
    return Figure(
        name="routing",
        title="A router learns, with and without a balance loss",
        caption=(
            "Left: tokens of the busiest expert over an even share. Middle: choices that find "
            "their expert full. Right: what a choice earns, 0 if it drops. First seed."
        ),
        chart=alt.FacetChart.from_dict(spec, validate=False),
    )


def load_figure(cells: Sequence[MoeParameters], table: ScoreTable) -> Figure:
    """Return the share of each expert after the last update, sorted, with its capacity."""
    last = table.frame.filter(
        pl.col("metric") == "busiest_expert", pl.col("seed") == pl.col("seed").min()
    ).filter(pl.col("scale") == pl.col("scale").max().over("subtask"))
    shares = dict(last.select("subtask", "shares").iter_rows())
    bars, rules = [], []
    for cell in cells:
        values = [float(x) * cell.n_experts for x in shares[name(cell)].split()]
        panel = name(cell).removeprefix("preset=")
        bars += [{"panel": panel, "expert": i + 1, "load": v} for i, v in enumerate(values)]
        factor = router_of(cell).capacity_factor
        rules.append({"panel": panel, "at": 1.0, "what": "even load"})
        if factor:
            rules.append({"panel": panel, "at": factor, "what": "capacity"})
    few = max(cell.n_experts for cell in cells) <= 16
    spec = {
        "data": {"values": bars + rules},
        "facet": {"field": "panel", "type": "nominal", "title": None,
                  "sort": list(dict.fromkeys(b["panel"] for b in bars)),
                  "header": {"labelFontSize": 12, "labelFontWeight": "bold"}},
        "columns": 4,
        "spec": {
            "width": 170, "height": 120,
            "layer": [
                {
                    "transform": [{"filter": "isValid(datum.expert)"}],
                    "mark": {"type": "bar", "color": colours_of(["load"])[0]},
                    "encoding": {
                        "x": {"field": "expert", "type": "ordinal",
                              "title": "experts, busiest first",
                              "axis": {"labels": few, "ticks": few, "labelAngle": 0}},
                        "y": {"field": "load", "type": "quantitative",
                              "title": "load over even load"},
                    },
                },
                {
                    "transform": [{"filter": "isValid(datum.at)"}],
                    "mark": {"type": "rule", "strokeWidth": 1.4},
                    "encoding": {
                        "y": {"field": "at", "type": "quantitative"},
                        "strokeDash": {"field": "what", "type": "nominal", "title": None,
                                       "scale": {"domain": ["even load", "capacity"],
                                                 "range": [[2, 3], [7, 3]]}},
                        "color": {"value": NEUTRAL},
                    },
                },
            ],
        },
        "config": CONFIG,
    }  # fmt: skip
    return Figure(
        name="expert-load",
        title="Load of every expert after training",
        caption=(
            "Choices that fall on each expert, over an even share, before capacity cuts them. An "
            "expert without a bar has fallen out of use. First seed."
        ),
        chart=alt.FacetChart.from_dict(spec, validate=False),
    )
