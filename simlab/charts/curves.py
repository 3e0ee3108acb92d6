"""Which columns of a table tell panels apart, which tell curves apart, and what both are called."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from simlab.charts.axes import SCALE_AXES
from simlab.charts.printable import printable
from simlab.formatted import formatted
from simlab.row_groups import first_seen, row_groups
from simlab.table import ScoreTable

FACTORS = ("family", "task", "subtask", "shots")
"""What a curve is of, beside its metric and seed."""

DEFAULT_MAX_CURVES = 10
DEFAULT_MAX_PANELS = 24


class Layout(NamedTuple):
    """The columns that name a panel beside its metric, and those that name a curve in it."""

    panel: tuple[str, ...]
    curve: tuple[str, ...]


def layout(frame: pl.DataFrame, *, max_curves: int) -> Layout:
    """Choose panels and curves: a panel a metric if its curves are few, else a panel a task.

    The curves of a task's panel are the families (with their numbers of shots, where each family
    has one), or else the first of shots, subtasks and tasks of which there are few; what varies
    beside that goes into the panel.
    """
    varying = tuple(c for c in FACTORS if frame[c].n_unique() > 1)
    if not varying or frame.select(varying).unique().height <= max_curves:
        return Layout((), varying)
    n = {c: frame[c].n_unique() for c in varying}
    order = [c for c in ("family", "shots", "subtask", "task") if c in n]
    chosen: tuple[str, ...] = (next((c for c in order if n[c] <= max_curves), order[0]),)
    if chosen == ("family",) and frame.select("family", "shots").unique().height == n["family"]:
        chosen = tuple(c for c in ("family", "shots") if c in n)
    return Layout(tuple(c for c in varying if c not in chosen), chosen)


def value_name(column: str, value: object) -> str:
    """Return how a value of a factor or a metric reads, on one line.

    Line ends must go: Vega-Lite writes names into expressions, where even U+2028 is an error.

    >>> value_name("shots", 3), value_name("subtask", None), value_name("task", "two\\nlines")
    ('3-shot', 'aggregate', 'two lines')
    """
    if value is None:
        return {"subtask": "aggregate", "shots": "shots n/a"}.get(column, "n/a")
    name = printable(re.sub(r"\s+", " ", str(value)))
    return {"shots": f"{name}-shot", "seed": f"seed {name}"}.get(column, name)


def with_names(frame: pl.DataFrame, columns: Sequence[str], name: str) -> pl.DataFrame:
    """Return the frame with a column ``name``: the values of ``columns``, joined for a reader.

    Two different combinations never get one name: a later one is numbered.
    """
    return _named(frame, columns, name, _joined)


def with_panels(frame: pl.DataFrame, plan: Layout) -> pl.DataFrame:
    """Return the frame with a column ``panel``: a title of one line or two.

    The metric is in it unless there is only one metric and something else to name the panel by.
    A metric that is better when lower says so.
    """
    lower = pl.col("higher_is_better").eq(False).any().over("metric").fill_null(False)
    said = pl.when(lower).then(pl.lit(" (lower is better)")).otherwise(pl.lit(""))
    frame = frame.with_columns((pl.col("metric") + said).alias("metric title"))
    columns = list(plan.panel)
    if not columns or frame["metric"].n_unique() > 1:
        columns.append("metric title")

    return _named(frame, columns, "panel", _lines).drop("metric title")


def _named(
    frame: pl.DataFrame,
    columns: Sequence[str],
    name: str,
    join: Callable[[Sequence[str]], pl.Expr],
) -> pl.DataFrame:
    if not columns:
        return frame.with_columns(pl.lit("").alias(name))
    groups = row_groups(frame, columns)
    words = pl.DataFrame([_value_names(groups.keys[c]) for c in columns])
    texts = words.select(join(columns).alias(name))
    nth = pl.int_range(1, pl.len() + 1).over(name)
    told = pl.when(nth == 1).then(pl.col(name)).otherwise(formatted("{} ({})", name, nth))
    return frame.with_columns(texts.select(told.alias(name)).to_series()[groups.of_row])


def _value_names(values: pl.Series) -> pl.Series:
    """Return how each value reads; every different one is put into words once."""
    known = values.unique(maintain_order=True)
    words = [value_name(values.name, value) for value in known]
    table = pl.DataFrame({"value": known, "word": pl.Series(words, dtype=pl.String)})
    held = values.to_frame("value").join(
        table, on="value", how="left", nulls_equal=True, maintain_order="left"
    )
    return held["word"].alias(values.name)


def _joined(parts: Sequence[str]) -> pl.Expr:
    return pl.concat_str(parts, separator=" · ")


def _lines(parts: Sequence[str]) -> pl.Expr:
    """Return the first part above the others; a line without a letter is left out."""
    first = pl.col(parts[0])
    rest = _joined(parts[1:]) if len(parts) > 1 else pl.lit("")
    both = pl.concat_str(first, pl.lit("\n"), rest)
    return pl.when(first == "").then(rest).when(rest == "").then(first).otherwise(both)


def spans(table: ScoreTable, scores: pl.DataFrame | None) -> pl.DataFrame:
    """Return one row for each curve of a table that has a point to draw.

    Parameters
    ----------
    table : ScoreTable
    scores : polars.DataFrame or None
        `simlab.emergence.score.emergence_scores` of the table.

    Returns
    -------
    polars.DataFrame
        The columns of `simlab.schema.CURVE_KEY`; ``higher_is_better`` (false where a row says
        so), ``range`` of its scores, ``size`` of its emergence score (with ``scores`` only), and
        ``curve_row``, its place in ``table.curve_rows().keys``.
        Scores at scale 0 have no place on a log axis and do not count. The order is that of
        the first points.
    """
    groups, frame = table.curve_rows(), table.frame
    log = [kind for kind, axis in SCALE_AXES.items() if axis.log]
    at_zero = (frame["scale"] == 0) & groups.of_each(groups.keys["scale_kind"].is_in(log))
    placed = frame["score"].is_not_null() & ~at_zero
    own = groups.of_row if placed.all() else groups.of_row[placed.to_numpy()]
    first, _ = first_seen(own, groups.keys.height)
    place = own[first]
    score = frame["score"]
    if not (placed | score.is_null()).all():
        score = score.zip_with(placed, pl.Series([None], dtype=pl.Float64))
    least, most = groups.span(score)
    lower = groups.counts(placed & frame["higher_is_better"].eq(False)) > 0
    points = pl.DataFrame(
        {
            "curve_row": place,
            "range": most[place] - least[place],
            "higher_is_better": ~lower[place],
        }
    )
    if scores is not None:
        size = scores["emergence_score"].abs().alias("size")
        points = points.with_columns(size[place])
    keys = groups.keys
    return (keys if np.array_equal(place, np.arange(keys.height)) else keys[place]).hstack(points)


def largest(
    frame: pl.DataFrame, by: str, limit: int, scores: pl.DataFrame | None
) -> tuple[list[str], str]:
    """Return at most ``limit`` values of column ``by``, and in words by what they were chosen.

    Chosen are those with the largest emergence score (in size) of any curve; ties and curves
    without one by the range of their scores. All of them, if they fit, keep their order.

    Parameters
    ----------
    frame : polars.DataFrame
        With the column ``by``: rows of a table, or one row a curve (`spans`).
    scores : polars.DataFrame or None
        What `simlab.emergence.score.emergence_scores` returns for the table.
    """
    names = frame[by].unique(maintain_order=True).to_list()
    if len(names) <= limit:
        return names, ""
    curves = frame if "range" in frame.columns else _curves(frame, by, scores)
    reason = "emergence score"
    if "size" not in curves.columns:
        reason, curves = "range of scores", curves.with_columns(pl.lit(0.0).alias("size"))
    best = (
        curves.group_by(by, maintain_order=True)
        .agg(pl.col("size").max(), pl.col("range").max())
        .sort("size", "range", descending=True, nulls_last=True, maintain_order=True)
    )
    return best[by].head(limit).to_list(), reason


def _curves(frame: pl.DataFrame, by: str, scores: pl.DataFrame | None) -> pl.DataFrame:
    """Return one row a curve of rows of a table, with range and, if known, size."""
    key = [*FACTORS, "metric", "seed", "scale_kind"]
    span = (pl.col("score").max() - pl.col("score").min()).alias("range")
    curves = frame.group_by(*dict.fromkeys([by, *key]), maintain_order=True).agg(span)
    if scores is None:
        return curves
    size = pl.col("emergence_score").abs().alias("size")
    return curves.join(scores.select(*key, size), on=key, how="left", nulls_equal=True)
