"""Which conclusions stand: a row a choice, a column a conclusion, a colour a verdict."""

from typing import Any

import altair as alt
import polars as pl

from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG, INK
from simlab.emergence.sensitivity import FAILS, HOLDS, NO_DATA, OPEN
from simlab.formatted import formatted

_COLOURS = {HOLDS: "#8fceab", OPEN: "#e9ecef", FAILS: "#f0a3a9", NO_DATA: "#ffffff"}
_COLUMN, _ROW, _LABEL_WIDTH = 92.0, 19.0, 330.0


def sensitivity_figure(rows: pl.DataFrame) -> list[Figure]:
    """Return one figure of what `simlab.emergence.sensitivity.sensitivity` returns; or none."""
    if rows.is_empty():
        return []
    ids = rows["conclusion"].unique(maintain_order=True).to_list()
    labelled = rows.with_columns(formatted("{}: {}", "dimension", "choice").alias("label"))
    labels = labelled["label"].unique(maintain_order=True).to_list()
    values: list[dict[str, Any]] = [
        {
            "conclusion": row["conclusion"],
            "label": row["label"],
            "verdict": row["verdict"],
            "said": "" if row["estimate"] is None else f"{row['estimate']:.2f}",
            "statement": row["statement"],
            "interval": "none" if row["low"] is None else f"{row['low']:.3f} to {row['high']:.3f}",
            "n": row["n"],
        }
        for row in labelled.iter_rows(named=True)
    ]
    x = alt.X(
        field="conclusion",
        type="nominal",
        sort=ids,
        title=None,
        axis=alt.Axis(
            orient="top",
            labelAngle=-28,
            ticks=False,
            domain=False,
            labelLimit=200,
            labelFontSize=12,
        ),
    )
    y = alt.Y(
        field="label",
        type="nominal",
        sort=labels,
        title=None,
        axis=alt.Axis(labelLimit=_LABEL_WIDTH, ticks=False, domain=False),
    )
    verdicts = [v for v in _COLOURS if any(row["verdict"] == v for row in values)]
    cells = alt.Chart().mark_rect(stroke="#ffffff", strokeWidth=1.5)
    cells.encoding = alt.FacetedEncoding(
        x=x,
        y=y,
        color=alt.Color(
            field="verdict",
            type="nominal",
            scale=alt.Scale(domain=verdicts, range=[_COLOURS[v] for v in verdicts]),
            legend=alt.Legend(title=None, orient="bottom", symbolType="square",
                              symbolStrokeColor="#9ca3af", symbolStrokeWidth=0.6),
        ),
        tooltip=[
            alt.Tooltip(field="statement", type="nominal"),
            alt.Tooltip(field="label", type="nominal", title="choice"),
            alt.Tooltip(field="said", type="nominal", title="value"),
            alt.Tooltip(field="interval", type="nominal"),
            alt.Tooltip(field="n", type="quantitative"),
        ],
    )  # fmt: skip
    words = alt.Chart().mark_text(fontSize=11, color=INK)
    words.encoding = alt.FacetedEncoding(x=x, y=y, text=alt.Text(field="said", type="nominal"))
    chart = alt.LayerChart(layer=[cells, words])
    for layer in chart.layer:
        layer.data = {"values": values}
    chart.width, chart.height = alt.Step(_COLUMN), alt.Step(_ROW)
    chart.config = {**CONFIG, "view": {"stroke": None}}
    said = rows.group_by("conclusion", "statement", "bound", maintain_order=True).len()
    sentences = " ".join(f"{c}: {s}." for c, s in said.select("conclusion", "statement").rows())
    return [
        Figure(
            name="sensitivity",
            title="Which conclusions stand, whatever is chosen",
            caption="Each row changes one choice of the first row. Green: the 95% interval (tasks "
            "resampled) lies on the conclusion's side of its bound; red: on the other side; grey: "
            "across it, or too few tasks for an interval. Few-metrics and two-metrics are counts "
            "and have no interval. " + sentences,
            chart=chart,
        )
    ]
