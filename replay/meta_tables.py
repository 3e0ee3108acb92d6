"""Tables of a meta-analysis as readers see them, and published numbers beside recomputed ones."""

from collections.abc import Sequence

import polars as pl

from replay.meta_inputs import MetaInput
from replay.published import load
from simlab.axes import axes_of
from simlab.emergence.batch import STATUSES
from simlab.formatted import formatted


def published_maxima(shares: pl.DataFrame, labels: Sequence[str]) -> pl.DataFrame:
    """Return the maxima of figure 5A beside those found here, with the reason for a difference.

    An empty published maximum lies below 50.
    """
    found = shares.select(
        "metric", pl.col("largest").alias("recomputed"), "largest_task", "n_scored"
    )
    rows = load("mirage_figure5a").rename({"maximum": "published"})
    both = rows.join(found, on="metric", how="left", maintain_order="left")
    other = f"other models, tasks and shots than the paper's: {', '.join(labels)}"
    reason = (
        pl.when(pl.col("n_scored").is_null())
        .then(pl.lit("cannot be recomputed: no table given here has this metric"))
        .when(pl.col("recomputed").is_null())
        .then(pl.lit("cannot be recomputed: no curve of it has a score"))
        .otherwise(pl.lit(other))
    )
    shown = both.with_columns(reason.alias("reason"), pl.col("published").cast(pl.Float64))
    return shown.select(
        "metric", "published", "recomputed", "largest_task", "n_scored", "reason"
    ).sort("published", "recomputed", descending=True, nulls_last=True, maintain_order=True)


def about(inputs: Sequence[MetaInput], own: pl.DataFrame) -> pl.DataFrame:
    """Return one row a table: its curves, those with a score, metrics, tasks and axes."""
    counts = own.group_by("input", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("curves"),
        *((pl.col("status") == s).sum().cast(pl.Int64).alias(s)
          for s in STATUSES),
        pl.col("metric").n_unique().cast(pl.Int64).alias("metrics"),
        pl.col("task").n_unique().cast(pl.Int64).alias("tasks"),
        pl.col("family").n_unique().cast(pl.Int64).alias("families"),
    )  # fmt: skip
    axes = pl.Series("axes", [", ".join(axes_of(held.table)) for held in inputs])
    return counts.with_columns(axes).rename({"input": "table"})


def with_intervals(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame for readers, in which a number and the ends of its interval are one text.

    >>> with_intervals(pl.DataFrame({"share": [0.5], "share_low": [0.25], "share_high": [0.75]}))[
    ...     "share"].to_list()
    ['0.5 [0.25, 0.75]']
    """
    for name in frame.columns:
        first = name in ("share_above", "estimate", "emergence_score", "difference")
        ends = [f"{name}_low", f"{name}_high"]
        ends = ["low", "high"] if first and ends[0] not in frame.columns else ends
        if all(end in frame.columns for end in ends):
            texts = [_with_interval(*row) for row in frame.select(name, *ends).iter_rows()]
            frame = frame.with_columns(pl.Series(name, texts, pl.String)).drop(ends)
    return frame


def _with_interval(value: float | None, low: float | None, high: float | None) -> str | None:
    if low is None and high is None:
        return None if value is None else f"{value:.3g}"
    ends = ", ".join("?" if end is None else f"{end:.3g}" for end in (low, high))
    return f"{'none' if value is None else format(value, '.3g')} [{ends}]"


def verdicts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row a choice and one column a conclusion: its value and verdict."""
    said = (
        pl.when(pl.col("estimate").is_null())
        .then(pl.lit(""))
        .otherwise(formatted("{} {}", pl.col("estimate").round(2), "verdict"))
    )
    return rows.with_columns(said.alias("said")).pivot(
        "conclusion", index=["dimension", "choice"], values="said"
    )
