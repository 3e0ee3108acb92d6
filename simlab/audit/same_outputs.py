"""Curves of the same outputs under another metric: the partner that a metric swap looks at."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.audit.bounded_metrics import bounds_of
from simlab.audit.count_curves import AUDIT_KEY
from simlab.metrics.declared import all_properties
from simlab.metrics.kinds import ALL_OR_NOTHING, GRADED, kind_of
from simlab.table import ScoreTable

OUTPUTS = [c for c in AUDIT_KEY if c != "metric"]
_LINEAR = (
    "token_edit_distance",
    "token_accuracy",
    "digit_accuracy",
    "step_accuracy",
    "edit_distance",
)
"""Linear in per-token success, as Schaeffer et al. 2023 take them to be."""


def swap_rank(metric: str) -> int | None:
    """Return how well a metric serves as a partner, 0 best; None if it gives all or nothing.

    0: linear in per-token success; 1: continuous in it; 2: partial credit of another kind.

    >>> swap_rank("token_edit_distance"), swap_rank("brier_score"), swap_rank("rougeLsum")
    (0, 1, 2)
    >>> swap_rank("exact_match") is None
    True
    """
    name = metric.partition(",")[0]
    declared = all_properties().get(name)
    if kind_of(name) == ALL_OR_NOTHING:
        return None
    if name in _LINEAR:
        return 0
    if kind_of(name) != GRADED and declared is None:
        return None
    return 1 if declared is not None and declared.continuous else 2


def partners(table: ScoreTable) -> pl.DataFrame:
    """Return, for each curve of an all-or-nothing metric, its partner on the same outputs.

    The two agree in family, task, subtask, shots and kind of scale, and have scores of the same
    models and seeds. Of several partners the best by `swap_rank` is taken, then the first by name.

    Returns
    -------
    polars.DataFrame
        `AUDIT_KEY`, ``partner`` (its metric) and ``rank``.

    >>> table = ScoreTable.from_columns({"family": "toy", "scale": [1.0, 2.0] * 3,
    ...     "metric": ["exact_match"] * 2 + ["rouge_l"] * 2 + ["token_edit_distance"] * 2,
    ...     "score": [0.0, 0.1, 0.2, 0.3, 4.0, 3.0]})
    >>> partners(table).select("metric", "partner").rows()
    [('exact_match', 'token_edit_distance')]
    """
    ranks = {m: swap_rank(m) for m in table.frame["metric"].unique()}
    known = table.frame.filter(pl.col("score").is_not_null()).select(
        *AUDIT_KEY, pl.struct("model", "scale", "seed").hash().alias("run")
    )
    curves = known.group_by(AUDIT_KEY, maintain_order=True).agg(
        pl.col("run").n_unique().alias("runs"), pl.col("run").unique().sort().hash().sum()
    )
    curves = curves.with_columns(
        pl.col("metric").replace_strict(ranks, return_dtype=pl.Int64).alias("rank"),
        pl.col("metric")
        .replace_strict({m: kind_of(m) == GRADED for m in ranks}, return_dtype=pl.Boolean)
        .alias("graded"),
    )
    on = [*OUTPUTS, "runs", "run"]
    best = (
        curves.filter(pl.col("rank").is_not_null())
        .sort("rank", "metric")
        .unique(on, keep="first", maintain_order=True)
        .select(*on, pl.col("metric").alias("partner"), "rank")
    )
    harsh = curves.filter(pl.col("rank").is_null() & ~pl.col("graded")).drop("rank", "graded")
    held = harsh.join(best, on=on, how="inner", nulls_equal=True, maintain_order="left")
    return held.select(*AUDIT_KEY, "partner", "rank")


def oriented_means(table: ScoreTable, keys: pl.DataFrame, *, number: str = "pair") -> pl.DataFrame:
    """Return scores of curves by ln scale, more is better, replicates of a scale as their mean.

    Parameters
    ----------
    table : ScoreTable
    keys : polars.DataFrame
        `AUDIT_KEY` and a column ``number`` that names each curve.

    Returns
    -------
    polars.DataFrame
        ``number``, ``x`` (ln scale, minus that of a loss, -inf at scale 0), ``score``, ``stderr``
        (of the mean, null where one is unknown), sorted by number and x.
    """
    names = {m: bounds_of(m).higher_is_better for m in keys["metric"].unique()}
    by_name = pl.col("metric").replace_strict(names, return_dtype=pl.Boolean)
    up = pl.coalesce("higher_is_better", by_name, pl.lit(True))
    sign = pl.when(up).then(1.0).otherwise(-1.0)
    rows = table.frame.filter(pl.col("score").is_not_null()).join(
        keys.select(*AUDIT_KEY, number), on=list(AUDIT_KEY), nulls_equal=True
    )
    ln = pl.col("scale").log()
    x = pl.when(pl.col("scale_kind") == "loss").then(-ln).otherwise(ln)
    square = pl.col("stderr").pow(2)
    error = pl.when(square.null_count() == 0).then(square.sum().sqrt() / pl.len())
    return (
        rows.with_columns((pl.col("score") * sign).alias("score"), x.alias("x"))
        .sort(number, "x", "seed", "model", nulls_last=False)
        .group_by(number, "x", maintain_order=True)
        .agg(pl.col("score").mean(), error.first().alias("stderr"))
    )


def step_shares(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what share of the sum of all rises each step of each curve holds; 0 for a step down.

    >>> step_shares(np.array([[0.0, 1.0, 0.5, 3.5]])).tolist()
    [[0.25, 0.0, 0.75]]
    """
    rises = np.maximum(np.diff(curves, axis=1), 0.0)
    total = rises.sum(axis=1, keepdims=True)
    return np.asarray(rises / np.where(total > 0, total, 1.0))
