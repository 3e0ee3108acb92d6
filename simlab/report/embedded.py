"""The data inside a page: the table by columns, and its curves for the chart a reader steers."""

from typing import Any

import polars as pl

from simlab.charts.axes import SCALE_AXES
from simlab.charts.colours import HUES, colours_of, in_order
from simlab.charts.curves import FACTORS, value_name

_CHECKBOXES = 12
"""Values of a factor up to this number are check boxes; more are a list to choose one from."""

_MANY = 1000
"""Rows above which repeated numbers are coded as repeated names are."""

_CURVE = (*FACTORS, "scale_kind", "metric")


def embedded(frame: pl.DataFrame, scores: pl.DataFrame) -> dict[str, Any]:
    """Return what a page embeds as JSON: ``height`` and ``columns``, and ``explore``.

    ``columns`` hold the rows, for the download and the chart's points; a column is its one
    ``value``, its ``values``, or ``codes`` into its ``levels``; ``runs`` are codes, each followed
    by the number of rows that it holds for. ``explore`` holds the ``factors``
    and ``metrics`` that a reader chooses by, and the ``curves`` with the numbers of their rows.
    """
    return {
        "height": frame.height,
        "columns": [_column(frame[name]) for name in frame.columns],
        "explore": _explore(frame, scores),
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


def _explore(frame: pl.DataFrame, scores: pl.DataFrame) -> dict[str, Any]:
    """Return factors, metrics and curves; a curve's place in each is an index."""
    points = frame.with_row_index("row").filter(pl.col("score").is_not_null())
    varying = [name for name in (*FACTORS, "scale_kind") if points[name].n_unique() > 1]
    places = {name: _places(points[name]) for name in (*varying, "metric")}
    best = scores.sort(pl.col("emergence_score").abs(), descending=True, nulls_last=True)
    start = best.row(0, named=True) if best.height else {}
    hue: dict[tuple[Any, ...], int] = {}
    lower = set(points.filter(pl.col("higher_is_better").eq(False))["metric"])
    factors = [_factor(name, places[name], start.get(name)) for name in varying]
    listed = any(factor["single"] for factor in factors)  # then the page starts at one curve
    return {
        "start": places["metric"].get(start.get("metric"), 0) if listed else 0,
        "factors": factors,
        "metrics": [
            {"name": value_name("metric", m), "lower": m in lower} for m in places["metric"]
        ],
        "curves": [
            {
                "at": [places[name][curve[name]] for name in varying],
                "metric": places["metric"][curve["metric"]],
                "hue": hue.setdefault(tuple(curve[name] for name in varying), len(hue)),
                "kind": curve["scale_kind"],
                "rows": [row for at in curve["row"] for row in at],
                "mean": {"x": curve["scale"], "y": curve["score"]}
                if any(len(at) > 1 for at in curve["row"])
                else None,
            }
            for curve in _curves(points).iter_rows(named=True)
        ],
        "axes": {
            kind: SCALE_AXES[kind]._asdict()
            for kind in points["scale_kind"].unique(maintain_order=True)
        },
        "hues": HUES,
    }


def _curves(points: pl.DataFrame) -> pl.DataFrame:
    """Return one row a curve: its scales, the mean score at each, and the rows behind each."""
    return (
        points.group_by(*_CURVE, "scale", maintain_order=True)
        .agg("row", pl.col("score").mean())
        .group_by(_CURVE, maintain_order=True)
        .agg(pl.col("row", "scale", "score").sort_by("scale", maintain_order=True))
    )


def _places(series: pl.Series) -> dict[Any, int]:
    """Return the place of each value: by number if the values are numbered, else as they come."""
    values = series.unique(maintain_order=True).to_list()
    names = [value_name(series.name, value) for value in values]
    if len(set(names)) == len(names):
        rank = {name: i for i, name in enumerate(in_order(names))}
        values = sorted(values, key=lambda value: rank[value_name(series.name, value)])
    return {value: i for i, value in enumerate(values)}


def _factor(name: str, places: dict[Any, int], start: Any) -> dict[str, Any]:
    """Return one choice of a reader; ``start`` is the value chosen first where it is one of many.

    Kinds of scale are chosen one at a time, because they do not share an axis.
    """
    values = [value_name(name, value) for value in places]
    return {
        "name": name,
        "values": values,
        "single": name == "scale_kind" or len(values) > _CHECKBOXES,
        "start": places.get(start, 0),
        "colours": colours_of(values),
    }
