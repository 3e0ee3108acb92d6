"""Prediction 2 of Schaeffer et al. 2023: change the metric, keep the outputs, see the curve change.

Two curves are about the same outputs if they agree in everything but the metric: family, task,
subtask, shots, seed, kind of scale, and every scale, and if both metrics are over the same items.
Of each pair the difference of the emergence scores is taken; pairs of one task stay together when
they are resampled.

Scores have heavy tails (a curve whose steps are nearly all equal scores in the thousands), so
that a mean difference may rest on one curve. Beside it stand the ratio of the geometric means,
how often each metric is the sharper, and a sign test in which each task has one vote.
"""

import math
from collections.abc import Sequence

import numpy as np
import polars as pl

from simlab.emergence.cluster_bootstrap import (
    DEFAULT_REPLICATES,
    LEAST_CLUSTERS,
    Interval,
    percentile_interval,
    ratio_replicates,
    share_interval,
)
from simlab.emergence.zero_medians import Treatment
from simlab.metrics.kinds import ALL_OR_NOTHING, GRADED, part_of
from simlab.schema import CURVE_KEY
from simlab.streams import seed_key

SAME_OUTPUTS = (*(c for c in CURVE_KEY if c != "metric"), "scale_set")
SIDES = ("metric", "kind", "status", "emergence_score", "dropped", "emergent", "smallest-step")
"""What is told of each of the two curves of a pair."""


def same_outputs(curves: pl.DataFrame) -> pl.DataFrame:
    """Return one row for every two curves of the same outputs under two metrics.

    Parameters
    ----------
    curves : polars.DataFrame
        What `simlab.emergence.scored_curves.scored_curves` returns; a further column ``input``
        keeps curves of several tables apart. Curves of other statuses than ok and zero_median are
        left out.

    Returns
    -------
    polars.DataFrame
        `SAME_OUTPUTS`, ``n_scales``, and metric, kind, status, emergence_score and the treatments
        with the endings ``_a`` and ``_b``. Where one metric is all-or-nothing and the other
        graded, the former is a; else a comes first in the alphabet.
    """
    key = [c for c in ("input", *SAME_OUTPUTS) if c in curves.columns]
    moving = curves.filter(pl.col("status").is_in(["ok", "zero_median"]))
    group = moving.group_by(key, maintain_order=True).agg(pl.len().alias("n"))
    group = group.filter(pl.col("n") > 1).drop("n").with_row_index("outputs")
    held = moving.join(group, on=key, nulls_equal=True, maintain_order="left")
    pairs = sides_in_order(held, ["outputs"], [*key, "n_scales"])
    return pairs.select(*key, "n_scales", *(f"{c}_{side}" for side in "ab" for c in SIDES))


def sides_in_order(held: pl.DataFrame, on: list[str], shared: list[str]) -> pl.DataFrame:
    """Return every two curves that agree in ``on``: all-or-nothing before graded as a and b.

    Metrics over different parts of the items (`simlab.metrics.kinds.part_of`) make no pair.
    The columns ``shared`` are those of a; b's have the ending ``_of_b``.
    """
    rank = pl.col("kind").replace_strict(
        {ALL_OR_NOTHING: "0", GRADED: "2"}, default="1", return_dtype=pl.String
    )
    parts = {metric: part_of(metric) for metric in held["metric"].unique()}
    held = held.with_columns(
        (rank + pl.col("metric")).alias("order"),
        pl.col("metric").replace_strict(parts, return_dtype=pl.String).alias("part"),
    )
    on = [*on, "part"]
    a = held.select(*on, *shared, "order", *(pl.col(c).alias(f"{c}_a") for c in SIDES))
    b = held.select(*on, *shared, "order", *(pl.col(c).alias(f"{c}_b") for c in SIDES))
    pairs = a.join(b, on=on, maintain_order="left_right", suffix="_of_b")
    return pairs.filter(pl.col("order") < pl.col("order_of_b"))


def metric_pairs(
    pairs: pl.DataFrame,
    *,
    treatment: Treatment = "dropped",
    seed: int = 0,
    replicates: int = DEFAULT_REPLICATES,
) -> pl.DataFrame:
    """Return, for every two metrics, how their scores differ on the same outputs.

    Parameters
    ----------
    pairs : polars.DataFrame
        What `same_outputs` returns, or some of its rows.
    treatment : {"dropped", "emergent", "smallest-step"}
        What becomes of curves whose median step is 0. An infinite score is the sharper one, but
        takes no part in ``difference`` and ``ratio``.
    seed, replicates : int
        Of the bootstrap over tasks.

    Returns
    -------
    polars.DataFrame
        One row for ``metric_a`` and ``metric_b`` with ``kind_a``, ``kind_b``, ``n_pairs`` and
        ``n_tasks`` that have a value under both; ``median_a``, ``median_b``; the mean
        ``difference`` a - b, the ``ratio`` of geometric means (of the ``n_positive`` pairs that
        are positive under both), and ``share_a_sharper`` (ties count half), each with the ends
        ``_low`` and ``_high`` of a 95% interval over resampled tasks, null with fewer than 5
        tasks; ``tasks_a``, ``tasks_b`` where the one or the other is mostly sharper, and the
        two-sided ``sign_test`` over these.
    """
    a, b = pl.col(f"{treatment}_a"), pl.col(f"{treatment}_b")
    held = pairs.with_columns(a.alias("a"), b.alias("b")).drop_nulls(["a", "b"])
    rows = []
    for (metric_a, metric_b), both in held.group_by("metric_a", "metric_b", maintain_order=True):
        key = seed_key(seed, "metric-pairs", str(metric_a), str(metric_b))
        rows.append(
            {
                "metric_a": metric_a,
                "metric_b": metric_b,
                "kind_a": both["kind_a"][0],
                "kind_b": both["kind_b"][0],
                **_compare(both, key, replicates),
            }
        )
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


SCHEMA = {
    **dict.fromkeys(("metric_a", "metric_b", "kind_a", "kind_b"), pl.String),
    **dict.fromkeys(("n_pairs", "n_tasks", "n_positive"), pl.Int64),
    **dict.fromkeys(("median_a", "median_b"), pl.Float64),
    **{
        f"{name}{end}": pl.Float64
        for name in ("difference", "ratio", "share_a_sharper")
        for end in ("", "_low", "_high")
    },
    **dict.fromkeys(("tasks_a", "tasks_b"), pl.Int64),
    "sign_test": pl.Float64,
}
"""Columns of `metric_pairs`, in order."""


def _compare(both: pl.DataFrame, key: np.uint64, replicates: int) -> dict[str, object]:
    """Return the numbers of one pair of metrics."""
    a, b = pl.col("a"), pl.col("b")
    finite = a.is_finite() & b.is_finite()
    positive = finite & (a > 0) & (b > 0)
    sharper = (a > b).cast(pl.Float64) + 0.5 * (a == b).cast(pl.Float64)
    tasks = both.group_by("task", maintain_order=True).agg(
        (a - b).filter(finite).sum().alias("difference"),
        finite.sum().cast(pl.Float64).alias("n_difference"),
        (a.log() - b.log()).filter(positive).sum().alias("ratio"),
        positive.sum().cast(pl.Float64).alias("n_ratio"),
        sharper.sum().alias("share_a_sharper"),
        pl.len().cast(pl.Float64).alias("n_share_a_sharper"),
        ((a > b).sum().cast(pl.Int64) - (a < b).sum().cast(pl.Int64)).alias("vote"),
    )
    names = ("difference", "ratio", "share_a_sharper")
    intervals = _intervals(tasks, names, key, replicates)
    wins, losses = int((tasks["vote"] > 0).sum()), int((tasks["vote"] < 0).sum())
    found: dict[str, object] = {
        "n_pairs": both.height,
        "n_tasks": tasks.height,
        "n_positive": int(tasks["n_ratio"].sum()),
        "median_a": _finite(both["a"]),
        "median_b": _finite(both["b"]),
    }
    for name, interval in zip(names, intervals, strict=True):
        if name == "ratio":
            interval = Interval(*(None if end is None else math.exp(end) for end in interval))
        found |= {
            name: interval.estimate,
            f"{name}_low": interval.low,
            f"{name}_high": interval.high,
        }
    return {**found, "tasks_a": wins, "tasks_b": losses, "sign_test": sign_test(wins, losses)}


def _intervals(
    tasks: pl.DataFrame, names: Sequence[str], key: np.uint64, replicates: int
) -> list[Interval]:
    """Return ratios of sums over tasks with their intervals, all from the same draws."""
    top = tasks.select(names).to_numpy().T
    bottom = tasks.select(f"n_{name}" for name in names).to_numpy().T
    with np.errstate(invalid="ignore"):
        estimates = top.sum(axis=1) / bottom.sum(axis=1)
    if tasks.height < LEAST_CLUSTERS:
        return [Interval(float(e) if np.isfinite(e) else None, None, None) for e in estimates]
    drawn = ratio_replicates(top, bottom, key, replicates=replicates)
    found = [percentile_interval(float(e), drawn[:, i]) for i, e in enumerate(estimates)]
    found[-1] = share_interval(top[-1], bottom[-1], drawn[:, -1])
    return found


def sign_test(wins: int, losses: int) -> float | None:
    """Return the two-sided p of ``wins`` against ``losses`` at even odds; None without any.

    >>> sign_test(5, 0), sign_test(3, 3), sign_test(0, 0)
    (0.0625, 1.0, None)
    """
    n = wins + losses
    if not n:
        return None
    tail = sum(math.comb(n, k) for k in range(min(wins, losses) + 1))
    return float(min(1.0, 2 * tail / (1 << n)))


def _finite(values: pl.Series) -> float | None:
    middle = values.median()
    return middle if isinstance(middle, float) and math.isfinite(middle) else None
