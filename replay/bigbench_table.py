"""From what BIG-bench score files hold to a ScoreTable: axis, units, chance, directions, items."""

import math
from typing import Any, NamedTuple

import polars as pl

from replay.bigbench_aggregate import MULTIPLE_CHOICE
from replay.bigbench_items import item_counts, most_items
from replay.bigbench_rows import ScoreRows
from replay.published import load
from simlab.row_groups import RowGroups, first_seen, row_groups
from simlab.schema import COLUMNS, CURVE_KEY
from simlab.table import ScoreTable

SIZES = {
    "flop-matched": "flop_matched_params",
    "total": "total_params",
    "non-embedding": "non_embedding_params",
}
"""Values of ``--scale`` and the column that each means."""

_INFINITE = [math.inf, -math.inf]
_OWN = ("preferred", "low_score", "high_score", "computed")


class Placed(NamedTuple):
    """A table with what had to be left out of it."""

    table: ScoreTable
    unplaced: pl.DataFrame
    """``path``, ``family``, ``model`` of files whose model has no such size."""


def score_table(
    found: ScoreRows,
    *,
    scale: str,
    normalise: bool,
    tasks: pl.DataFrame | None,
    source: str,
) -> Placed:
    """Return the scores of files as a table, one row a score.

    Beside the columns of a ScoreTable there are ``total_params``, ``non_embedding_params`` and
    ``flop_matched_params``; ``preferred`` (the entry's preferred metric); ``low_score`` and
    ``high_score`` of that metric, as its author set them; ``computed`` (see `ScoreRows`).

    Parameters
    ----------
    found : ScoreRows
        The files.
    scale : {"flop-matched", "total", "non-embedding"}
        Which number of parameters is the scale.
    normalise : bool
        Multiply eight metrics that lie in 0 .. 1 by 100, and ``low_score`` and ``high_score``
        where one of them is preferred, as bigbench's loader does. Chance is multiplied with them.
    tasks : polars.DataFrame or None
        From `replay.bigbench_items.read_task_table`: numbers of items, and chance where no
        ``low_score`` tells it.
    source : str
        For the column ``source``.
    """
    size = SIZES[scale]
    placed = found.files[size].is_not_null()
    rows = found.rows
    if not placed.all():
        rows = rows.filter(placed.gather(rows["file"]))
    slots = _slots(found.slots, normalise)
    files = found.files.drop("path")
    limits: list[int] = []
    if tasks is not None:
        most = most_items(files["family"].unique().to_list())
        limits = sorted(set(most.values()))
        slots = _with_items(slots, tasks, limits)
        own = pl.col("family").replace_strict(most, default=None, return_dtype=pl.Int64)
        files = files.with_columns(most=own)
    # indexing takes half the time of gather expressions
    of_slots = slots.drop("preferred_metric", "repeated")[rows["slot"]]
    frame = of_slots.hstack([rows["score"], *files[rows["file"]].get_columns()])
    frame = frame.with_columns(scale=pl.col(size))
    if normalise:
        score = pl.when("times_100").then(pl.col("score") * 100.0).otherwise("score")
        frame = frame.with_columns(score.alias("score"))
        if not frame.select(pl.col("score").is_finite().all()).item():  # 1e307 times 100
            frame = frame.with_columns(pl.col("score").replace(_INFINITE, None))
    if tasks is not None:
        frame = frame.with_columns(n_items=_asked(limits))
    constants: dict[str, Any] = {"scale_kind": "params", "source": source}
    frame = frame.with_columns(
        pl.lit(constants.get(name), dtype).alias(name)
        for name, dtype in COLUMNS.items()
        if name not in frame.columns
    )
    # no row can break a rule of the schema here, and to check a million takes longer than to read
    frame = frame.select(*COLUMNS, *SIZES.values(), *_OWN)
    table = ScoreTable(frame, _curve_rows(frame, rows, found))
    return Placed(table, found.files.filter(~placed).select("path", "family", "model"))


def _curve_rows(frame: pl.DataFrame, rows: pl.DataFrame, found: ScoreRows) -> RowGroups:
    """Return the curve of each row out of its slot and file, of which there are few."""
    slots = row_groups(found.slots, ["task", "subtask", "shots", "metric"])
    families = row_groups(found.files, ["family"])
    n = families.keys.height
    code = slots.of_row[rows["slot"].to_numpy()] * n + families.of_row[rows["file"].to_numpy()]
    first, of_row = first_seen(code, slots.keys.height * n)
    return RowGroups(frame.select(CURVE_KEY)[first], of_row)


def _slots(slots: pl.DataFrame, normalise: bool) -> pl.DataFrame:
    """Return slots with factor, direction, chance, and whether each is the preferred metric."""
    known = load("bigbench_metrics")
    hundred = known.filter("renormalised")["metric"].to_list() if normalise else []

    factor = pl.when(pl.col("preferred_metric").is_in(hundred)).then(100.0).otherwise(1.0)
    ends = [pl.col(name) * factor for name in ("low_score", "high_score")]
    preferred = pl.col("metric") == pl.col("preferred_metric")
    grade = preferred & (pl.col("metric") == MULTIPLE_CHOICE)
    directions = dict(known.select("metric", "higher_is_better").rows())
    return slots.with_columns(
        *(pl.when(end.is_finite()).then(end) for end in ends),
        times_100=pl.col("metric").is_in(hundred),
        preferred=preferred,
        higher_is_better=pl.col("metric").replace_strict(
            directions, default=None, return_dtype=pl.Boolean
        ),
    ).with_columns(chance=pl.when(grade).then("low_score"))


def _with_items(slots: pl.DataFrame, tasks: pl.DataFrame, limits: list[int]) -> pl.DataFrame:
    """Return slots with the items of each limit, and with chance where no low_score tells it."""
    for limit in (None, *limits):
        counts = item_counts(tasks, limit).rename({"n_items": f"n_items_{limit}"})
        slots = slots.join(
            counts if limit is None else counts.drop("chance_grade"),
            on=["task", "subtask"],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
    share = pl.col("chance_grade")
    grade = pl.when(pl.col("metric") == MULTIPLE_CHOICE).then(
        pl.when("times_100").then(share * 100.0).otherwise(share)
    )
    return slots.with_columns(chance=pl.coalesce("chance", grade)).drop("chance_grade")


def _asked(limits: list[int]) -> pl.Expr:
    """Return the number of items at the limit of the row's family."""
    chosen = pl.col("n_items_None")
    for limit in limits:
        own = pl.col(f"n_items_{limit}")
        chosen = pl.when(pl.col("most") == limit).then(own).otherwise(chosen)
    return chosen
