"""The data inside a page: the table by columns, and its curves for the chart a reader steers."""

from typing import Any

import polars as pl

from simlab.audit.bounded_metrics import COUNT, MEAN, bounds_of
from simlab.axes import FAMILY_ON, axes_of, on_axis
from simlab.charts.axes import SCALE_AXES
from simlab.charts.colours import HUES
from simlab.charts.curves import FACTORS, value_name
from simlab.errors import DataError
from simlab.formatted import formatted
from simlab.report.grid_factors import factor, places, with_parameters
from simlab.table import ScoreTable

RUN = "run"
"""Column of a page over several runs: which of them a row is of."""

_MANY = 1000
"""Rows above which repeated numbers are coded as repeated names are."""

_ROW, _AXIS = "page row", "page axis"


def embedded(
    frame: pl.DataFrame,
    scores: pl.DataFrame,
    verdicts: pl.DataFrame | None = None,
    *,
    by_run: bool = False,
) -> dict[str, Any]:
    """Return what a page embeds as JSON: ``height`` and ``columns``, and ``explore``.

    ``columns`` hold the rows, for the download and the chart's points; a column is its one
    ``value``, its ``values``, or ``codes`` into its ``levels``; ``runs`` are codes, each followed
    by the number of rows that it holds for. ``explore`` holds the ``factors``
    and ``metrics`` that a reader chooses by, and the ``curves`` with the numbers of their rows.
    ``verdicts`` are an audit's, see `simlab.report.report.Report`. With ``by_run`` the first factor
    is the column `RUN` of all frames.
    """
    return {
        "height": frame.height,
        "columns": [_column(frame[name]) for name in frame.columns],
        "explore": _explore(frame, scores, verdicts, by_run),
    }


def _column(series: pl.Series) -> dict[str, Any]:
    """Return one column in the shortest of its forms."""
    name = series.name
    if series.dtype.is_nested():
        series = pl.Series(name, [None if v is None else str(v) for v in series.to_list()])
    elif not (series.dtype.is_numeric() or series.dtype == pl.Boolean):
        series = series.cast(pl.String)
    many = len(series) > _MANY
    levels = series.unique(maintain_order=True)
    if len(levels) <= 1:
        return {"name": name, "value": levels[0] if len(levels) else None}
    if (series.dtype == pl.String or many) and 2 * len(levels) <= len(series):
        codes = series.replace_strict(levels, range(len(levels)), return_dtype=pl.Int64)
        coded = {"name": name, "levels": levels.to_list()}
        runs = codes.rle() if many else None
        if runs is not None and 4 * len(runs) < len(codes):
            pairs = zip(runs.struct.field("value"), runs.struct.field("len"), strict=True)
            return {**coded, "runs": [number for pair in pairs for number in pair]}
        return {**coded, "codes": codes.to_list()}
    return {"name": name, "values": series.to_list()}


def _explore(
    frame: pl.DataFrame, scores: pl.DataFrame, verdicts: pl.DataFrame | None, by_run: bool
) -> dict[str, Any]:
    """Return factors, metrics and curves; a curve's place in each is an index."""
    points, axes = _points(frame)
    points, parameters = with_parameters(points)
    beside = [*([RUN] if by_run else []), *(c for c in FACTORS if c not in ("subtask", "shots"))]
    names = [c for c in (*beside, *parameters, "shots") if points[c].n_unique() > 1]
    known = {name: places(points[name]) for name in (*names, "metric")}
    start = _start(points, scores, by_run)
    factors = [factor(name, known[name], start.get(name)) for name in names]
    lists = any(f["kind"] == "list" for f in factors)  # then the page starts at one curve
    key = [*([RUN] if by_run else []), *FACTORS, *(p for p in parameters if p not in FACTORS)]
    hue: dict[tuple[Any, ...], int] = {}
    audited = _audited(_curves(points, key), verdicts)
    words = {
        said: i for i, said in enumerate(audited["said"].drop_nulls().unique(maintain_order=True))
    }
    curves = [
        {
            "at": [known[name].get(curve[name]) for name in names],
            "metric": known["metric"][curve["metric"]],
            "hue": hue.setdefault(tuple(curve[name] for name in names), len(hue)),
            "kind": curve["scale_kind"],
            "rows": curve[_ROW],
            **({"axis": curve[_AXIS]} if curve[_AXIS] else {}),
            **({"verdict": words[curve["said"]]} if curve["said"] else {}),
        }
        for curve in audited.iter_rows(named=True)
    ]
    return {
        "start": known["metric"].get(start.get("metric"), 0) if lists or by_run else 0,
        "factors": factors,
        "metrics": [_metric(points, metric) for metric in known["metric"]],
        "axis": start.get("scale_kind") or next(iter(axes), None),
        "axes": axes,
        "curves": sorted(curves, key=lambda c: [-1 if at is None else at for at in c["at"]]),
        "verdicts": [
            dict(zip(("verdict", "reason"), said.split("\n", 1), strict=True)) for said in words
        ],
        "hues": HUES,
    }


def _points(frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return the rows with a score, and the axes of scale that they can be drawn against.

    Where an axis makes other families of the rows (`simlab.axes`), its rows come once more, with
    the name of that axis beside them.
    """
    points = frame.with_row_index(_ROW).filter(pl.col("score").is_not_null())
    table = ScoreTable(points)
    own = points["scale_kind"].unique(maintain_order=True).to_list()
    parts = [points.with_columns(pl.lit(None, pl.String).alias(_AXIS))]
    axes = {}
    for kind in axes_of(table) if points.height else []:
        regrouped = FAMILY_ON + kind in points.columns
        if kind not in own or regrouped:
            try:
                placed = on_axis(table, kind).frame
            except DataError:  # the column is named like a kind of scale, and holds none
                continue
            if kind not in own and placed["scale"].n_unique() < 2:
                continue
            if regrouped:
                parts.append(placed.select(points.columns).with_columns(pl.lit(kind).alias(_AXIS)))
        axes[kind] = {**SCALE_AXES[kind]._asdict(), "regrouped": regrouped}
    return pl.concat(parts, how="vertical_relaxed"), axes


def _start(points: pl.DataFrame, scores: pl.DataFrame, by_run: bool) -> dict[str, Any]:
    """Return the factors of the curve with the largest emergence score, taken apart as points are.

    Of several runs it is the largest among the curves that most runs have.
    """
    if by_run and scores.height:
        same = ["task", "subtask", "metric"]
        scores = scores.with_columns(pl.col(RUN).n_unique().over(same).alias("in runs"))
        scores = scores.filter(pl.col("in runs") == pl.col("in runs").max())
    best = scores.sort(pl.col("emergence_score").abs(), descending=True, nulls_last=True)
    if not best.height:
        return {}
    first = best.row(0, named=True)
    of_subtask = points.filter(pl.col("subtask").eq_missing(pl.lit(first["subtask"], pl.String)))
    return (of_subtask.row(0, named=True) if of_subtask.height else {}) | first


def _metric(points: pl.DataFrame, metric: str) -> dict[str, Any]:
    """Return what the page knows of a metric; ``share``: a mean over items, from 0 to 1."""
    rows = points.filter(pl.col("metric") == metric)
    bounds = bounds_of(metric)
    lower = bool(rows["higher_is_better"].eq(False).any())
    unit = bounds.kind in (COUNT, MEAN) and (bounds.low, bounds.high) == (0.0, 1.0)
    share = (
        unit
        and not lower
        and bounds.higher_is_better is not False
        and bool(rows["score"].is_between(0.0, 1.0).all())
    )
    return {
        "name": value_name("metric", metric),
        "lower": lower,
        "share": share,
        "items": share and rows["n_items"].null_count() < rows.height,
    }


def _curves(points: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return one row a curve: the numbers of its rows, by scale."""
    return points.group_by(*key, "scale_kind", "metric", _AXIS, maintain_order=True).agg(
        pl.col(_ROW).sort_by("scale", maintain_order=True)
    )


def _audited(curves: pl.DataFrame, verdicts: pl.DataFrame | None) -> pl.DataFrame:
    """Return the curves with the column ``said``: verdict and reason on two lines, or null."""
    if verdicts is None:
        return curves.with_columns(pl.lit(None, pl.String).alias("said"))
    key = [c for c in (RUN, *FACTORS, "metric", "scale_kind") if c in verdicts.columns]
    said = verdicts.select(
        *key, formatted("{}\n{}", "verdict", pl.col("reason").fill_null("")).alias("said")
    )
    return curves.join(
        said.unique(key, keep="first", maintain_order=True),
        on=key,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
