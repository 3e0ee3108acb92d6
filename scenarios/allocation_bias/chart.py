"""Charts of the scenario ``allocation-bias``: a map of each approach's error over designs."""

from typing import Any

import altair as alt
import polars as pl

from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG, INK
from simlab.table import ScoreTable

_FAR = 1e24
_X = {"tilt": "tilt of the middle sizes", "centre": "middle size / optimal size"}


def bias_figures(table: ScoreTable) -> list[Figure]:
    """Return two maps, a panel an approach: error of the exponent against the tilt of the design,
    and of an extrapolated size against its centre."""
    frame = table.frame.filter(pl.col("seed") == pl.col("seed").min())
    centre = min(frame["centre"].to_list(), key=lambda c: abs(c - 1))
    tilt = min(frame["tilt"].to_list(), key=abs)
    tilted = frame.filter(pl.col("metric") == "exponent_error", pl.col("centre") == centre)
    moved = frame.filter(
        pl.col("metric") == "log_size_error", pl.col("scale") == _FAR, pl.col("tilt") == tilt
    )
    return [
        _figure("exponent-map", tilted, "tilt", "Error of the exponent a", "error of a"),
        _figure(
            "size-map", moved, "centre", "Error of the size predicted at 1e24 FLOPs",
            "ln(size / true size)",
        ),
    ]  # fmt: skip


def _figure(key: str, rows: pl.DataFrame, across: str, title: str, legend: str) -> Figure:
    """Return a map of one error over the span and ``across``."""
    named = r"^span=[^,]*, centre=[^,]*, tilt=[^,]*(, )?"
    rest = rows.select(pl.col("subtask").str.replace(named, ""))
    panels = rows.with_columns(
        panel=pl.concat_str([pl.col("family"), rest["subtask"]], separator=" ").str.strip_chars()
    )
    values = panels.select("panel", "span", across, "score").to_dicts()
    largest = max(max(abs(row["score"]) for row in values), 1e-6)
    for row in values:
        row["text"] = "0" if abs(row["score"]) < 5e-5 else f"{row['score']:+.2g}"
        row["dark"] = abs(row["score"]) > 0.6 * largest
    x = {"field": across, "type": "ordinal", "title": _X[across],
         "axis": {"labelAngle": 0, "labelExpr": "format(datum.value, '~g')"}}  # fmt: skip
    y = {"field": "span", "type": "ordinal", "title": "largest size / middle size",
         "sort": "descending"}  # fmt: skip
    colour = {
        "field": "score", "type": "quantitative", "title": legend,
        "scale": {"scheme": "blueorange", "domain": [-largest, largest], "domainMid": 0},
    }  # fmt: skip
    n = len({row[across] for row in values})
    said: list[dict[str, Any]] = [
        {"field": f, "type": "quantitative", "format": ".4~g"} for f in ("span", across, "score")
    ]
    chart = alt.FacetChart.from_dict(
        {
            "data": {"values": values},
            "facet": {
                "field": "panel", "type": "nominal", "title": None,
                "sort": sorted(set(panels["panel"])),
                "header": {"labelFontSize": 12, "labelFontWeight": "bold"},
            },
            "columns": 2,
            "spec": {
                "width": max(50 * n, 210),
                "height": 34 * len({row["span"] for row in values}) + 20,
                "layer": [
                    {"mark": {"type": "rect"},
                     "encoding": {"x": x, "y": y, "color": colour, "tooltip": said}},
                    {"mark": {"type": "text", "fontSize": 10},
                     "encoding": {
                         "x": x, "y": y, "text": {"field": "text", "type": "nominal"},
                         "color": {"condition": {"test": "datum.dark", "value": "white"},
                                   "value": INK}}},
                ],
            },
            "config": CONFIG,
        },
        validate=False,
    )  # fmt: skip
    return Figure(
        name=key,
        title=title,
        caption="Each field is a design of runs: how far sizes go from the middle one (upwards: "
        "wider), and where the middle lies. At tilt 0 the exponent has "
        "no bias, and the size the same at any compute. Empty fields: the approach refuses the "
        "runs, as their curves have no minimum inside the sizes.",
        chart=chart,
    )
