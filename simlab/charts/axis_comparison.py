"""The same task against each axis of scale, side by side (Wei et al. 2022, figures 4, 11, 12)."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from simlab.axes import FAMILY_ON, axes_of, on_axis
from simlab.charts.axes import SCALE_AXES, format_scale, log_ticks, scale_domain, score_domain
from simlab.charts.colours import colours_of, in_order
from simlab.charts.curves import with_names
from simlab.charts.figure import Figure
from simlab.charts.style import CONFIG, INK
from simlab.table import ScoreTable

DEFAULT_MAX_PANELS = 4
"""Tasks, one row of panels each."""
DEFAULT_MAX_CURVES = 8

_WIDTH, _HEIGHT = 215.0, 165.0
_LEGEND_COLUMNS = 6
_PANEL = ("task", "subtask", "shots", "metric")
_CURVE = ("family", "seed")


def axis_figures(
    table: ScoreTable,
    *,
    scores: pl.DataFrame,
    max_panels: int = DEFAULT_MAX_PANELS,
    max_curves: int = DEFAULT_MAX_CURVES,
) -> list[Figure]:
    """Return one figure: a row a task, a column an axis, the same scores in all columns.

    Drawn are the tasks with the largest median emergence score, among those that at least half as
    many curves have as the commonest one, and in all of them the families with most scales.

    Parameters
    ----------
    table : ScoreTable
        With columns named params, flops, tokens, ... beside its scale; see `simlab.axes`.
    scores : polars.DataFrame
        What `simlab.emergence.score.emergence_scores` returns for the table.
    max_panels, max_curves : int
        Rows of panels, and curves in a panel, at most.

    Returns
    -------
    list of Figure
        Empty if the table has one axis only, or no curve has an emergence score.
    """
    kinds = axes_of(table)
    regrouped = [kind for kind in kinds if FAMILY_ON + kind in table.frame.columns]
    ok = scores.filter(pl.col("status") == "ok")
    if len(kinds) < 2 or ok.is_empty():
        return []
    panels = (
        ok.group_by(_PANEL, maintain_order=True)
        .agg(pl.len().alias("n"), pl.col("emergence_score").median())
        .with_columns(common=pl.col("n") * 2 >= pl.col("n").max())
        .sort("common", "emergence_score", descending=True, maintain_order=True)
    )
    chosen = panels.head(max_panels).select(_PANEL)
    by_axis = {kind: _points(table, kind, chosen) for kind in kinds}
    own_axes = [kind for kind in kinds if kind not in regrouped]
    families = _families(pl.concat([by_axis[kind] for kind in own_axes]))
    drawn = _some(families, max_curves)
    points = pl.concat(
        [
            held.join(
                drawn if kind in own_axes else _some(_families(held), max_curves),
                on=_CURVE,
                how="semi",
                nulls_equal=True,
            )
            for kind, held in by_axis.items()
        ]
    )
    varying = [c for c in _CURVE if points[c].n_unique() > 1] or ["family"]
    points = with_names(points, varying, "curve")
    own = points.filter(pl.col("axis").is_in(own_axes))
    names = in_order(own["curve"].unique(maintain_order=True).to_list())
    colours = dict(zip(names, colours_of(names), strict=True))
    others = points.filter(~pl.col("curve").is_in(names)).group_by("curve").agg(pl.col("own").min())
    more = others.sort("own", "curve")["curve"].to_list()
    colours |= dict(zip(more, colours_of(more), strict=True)) if more else {}
    rows = []
    for key in chosen.iter_rows(named=True):
        cells = [_cell(points, key, kind) for kind in kinds]
        y = _y([y for cell in cells for y in cell["score"]])
        panels_of_row = [
            _panel(cell, key, kind, colours, y, first=i == 0)
            for i, (kind, cell) in enumerate(zip(kinds, cells, strict=True))
        ]
        rows.append(alt.hconcat(*panels_of_row, spacing=18))
    chart = alt.vconcat(*rows, spacing=22)
    chart.config = {**CONFIG, "legend": {**CONFIG["legend"], "columns": _LEGEND_COLUMNS}}
    return [
        Figure(
            name="axes",
            title="The same scores against each axis of scale",
            caption=_caption(
                panels.height, chosen.height, families.height, drawn.height, kinds, regrouped
            ),
            chart=chart,
        )
    ]


def _points(table: ScoreTable, kind: str, chosen: pl.DataFrame) -> pl.DataFrame:
    """Return the points of the chosen panels on one axis."""
    held = on_axis(table, kind).frame.filter(pl.col("score").is_not_null())
    held = held.join(chosen, on=_PANEL, how="semi", nulls_equal=True)
    own = table.frame["scale_kind"][0]  # on_axis keeps the scale that a row had in this column
    columns = (*_PANEL, *_CURVE, "model", "scale", "score")
    return held.select(*columns, pl.lit(kind).alias("axis"), pl.col(own).alias("own"))


def _y(scores: list[float]) -> alt.Y:
    """Return the axis of a row's scores: logarithmic for those that span powers of ten."""
    low, high = min(scores), max(scores)
    axis: dict[str, Any] = {"tickCount": 4, "minExtent": 30}
    if low > 0 and high > max(100.0, 1000 * low):  # perplexities, not shares
        ends = scale_domain(low, high, log=True)
        scale = alt.Scale(type="log", domain=list(ends), nice=False)
        axis |= {"values": log_ticks(*ends, most=5), "format": "~s"}
    else:
        scale = alt.Scale(domain=list(score_domain(scores)), nice=False, zero=False)
    return alt.Y(field="y", type="quantitative", title=None, scale=scale, axis=alt.Axis(**axis))


def _families(points: pl.DataFrame) -> pl.DataFrame:
    """Return the families (and seeds) that have points, those with most scales first."""
    return (
        points.group_by(_CURVE, maintain_order=True)
        .agg(pl.struct("axis", "scale").n_unique().alias("scales"), pl.len().alias("n"))
        .sort("scales", "n", descending=True, maintain_order=True)
    )


def _some(families: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return at most ``most`` families.

    Of more than that with equally many scales, such as the steps of a training, every n-th is
    taken, from the first to the last.
    """
    alike = families.filter(pl.col("scales") == pl.col("scales").max())
    if alike.height <= most:
        return families.head(most).select(_CURVE)
    named = with_names(alike, _CURVE, "curve")
    order = in_order(named["curve"].to_list())
    wanted = [order[round(i * (len(order) - 1) / max(most - 1, 1))] for i in range(most)]
    return named.filter(pl.col("curve").is_in(wanted)).select(_CURVE)


def _cell(points: pl.DataFrame, key: dict[str, Any], kind: str) -> pl.DataFrame:
    """Return the points of one panel, in the order of their scales."""
    here = pl.all_horizontal(pl.col(c).eq_missing(pl.lit(value)) for c, value in key.items())
    log = SCALE_AXES[kind].log
    placed = (pl.col("scale") > 0) if log else pl.lit(True)
    return points.filter(here & (pl.col("axis") == kind) & placed).sort("scale")


def _panel(
    cell: pl.DataFrame,
    key: dict[str, Any],
    kind: str,
    colours: Mapping[str, str],
    y: alt.Y,
    *,
    first: bool,
) -> alt.Chart:
    axis = SCALE_AXES[kind]
    low, high = (cell["scale"].min(), cell["scale"].max()) if cell.height else (1.0, 10.0)
    domain = scale_domain(float(low), float(high), log=axis.log)  # type: ignore[arg-type]
    title = [key["task"], " · ".join(_parts(key))] if first else ["", ""]
    heading = alt.TitleParams(
        text=title[0],
        subtitle=title[1],
        anchor="start",
        fontSize=12,
        color=INK,
        subtitleColor=INK,
    )
    chart: alt.Chart = alt.Chart(width=_WIDTH, height=_HEIGHT, title=heading).mark_line(
        point=alt.OverlayMarkDef(size=26), strokeWidth=1.8
    )
    chart.data = {
        "values": [
            {
                "curve": r["curve"],
                "model": r["model"],
                "x": r["scale"],
                "y": r["score"],
                "scale": format_scale(r["scale"], kind),
            }
            for r in cell.iter_rows(named=True)
        ]
    }
    chart.encoding = alt.FacetedEncoding(
        x=alt.X(
            field="x",
            type="quantitative",
            title=axis.title,
            scale=alt.Scale(
                type="log" if axis.log else "linear",
                domain=list(domain),
                nice=False,
                zero=alt.Undefined if axis.log else False,
                reverse=axis.reverse,
            ),
            axis=alt.Axis(
                values=log_ticks(*domain) if axis.log else alt.Undefined,
                labelExpr=axis.label_expr,
                labelOverlap=True,
                grid=False,
            ),
        ),
        y=y,
        color=alt.Color(
            field="curve",
            type="nominal",
            scale=alt.Scale(domain=list(colours), range=list(colours.values())),
            legend=alt.Legend(title=None, orient="top", symbolType="circle", labelLimit=240)
            if len(colours) > 1
            else None,
        ),
        tooltip=[
            alt.Tooltip(field="curve", type="nominal"),
            alt.Tooltip(field="model", type="nominal"),
            alt.Tooltip(field="scale", type="nominal"),
            alt.Tooltip(field="y", type="quantitative", title="score"),
        ],
    )
    return chart


def _parts(key: dict[str, Any]) -> list[str]:
    shots = None if key["shots"] is None else f"{key['shots']}-shot"
    return [part for part in (key["subtask"], shots, key["metric"]) if part]


def _caption(
    n_tasks: int,
    drawn: int,
    n_curves: int,
    n_drawn: int,
    kinds: Sequence[str],
    regrouped: Sequence[str],
) -> str:
    which = f"Shown: {drawn} of {n_tasks} tasks" if n_tasks > drawn else ""
    curves = ""
    if n_curves > n_drawn:
        curves = f"{n_drawn} of {n_curves} families, those with most scales"
    titles = ", ".join(SCALE_AXES[kind].title for kind in kinds)
    shown = ", ".join(part for part in (which, curves) if part)
    said = f"{shown}{'. ' if shown else ''}The same scores against {titles}. "
    if regrouped:
        axes = " and ".join(SCALE_AXES[kind].title for kind in regrouped)
        said += f"Against {axes} a curve is one model over its training. "
    return said + (
        "An emergence score sees only the order of the models: it differs between two axes "
        "where an axis lacks a model, puts two at one place, or orders them otherwise; how steep "
        "a curve looks differs all the same."
    )
