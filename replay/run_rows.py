"""Scores of many evaluation runs as one frame: the newest of each, placed on an axis.

A run is one results file or log. Its rows hold a task, a metric and a score; what they have in
common (model, source, time) is joined from a frame with one row a run.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from replay.model_axis import Identity, Place, Placed

ROW: dict[str, Any] = {
    "run": pl.Int64,
    "name": pl.String,
    "metric": pl.String,
    "score": pl.Float64,
    "stderr": pl.Float64,
    "shots": pl.Int64,
    "n_items": pl.Int64,
    "higher_is_better": pl.Boolean,
    "version": pl.String,
}
"""Columns of a run's scores; ``name`` is the task as the file names it."""

_PLACE: dict[str, Any] = {
    "family": pl.String,
    "model": pl.String,
    "scale": pl.Float64,
    "params": pl.Float64,
    "steps": pl.Int64,
    "tokens": pl.Float64,
    "flops": pl.Float64,
    "size_from": pl.String,
    "over_sizes": pl.String,
    "over_training": pl.String,
}
_RUN: dict[str, Any] = {
    "run": pl.Int64,
    "source": pl.String,
    "limited": pl.Boolean,
    "stamp": pl.String,
    "date": pl.Float64,
    **_PLACE,
}
_SAME = ("model", "task", "subtask", "shots", "metric")
_AGE = ("unlimited", "stamp", "date", "source")


class Run(NamedTuple):
    """What the rows of a run have in common."""

    identity: Identity
    source: str
    limited: bool
    """Whether only some of the items were asked: such a run never replaces a whole one."""
    stamp: str
    """Time as a text that sorts; empty if unknown."""
    date: float
    """Seconds since 1970; 0 if unknown."""


class Newest(NamedTuple):
    """Each score once."""

    rows: pl.DataFrame
    n_repeated: int
    """Rows left out, because a newer file has the same score of the same model."""
    differing: pl.DataFrame
    """The repeated scores that differ: model, task, metric, and both scores with their files."""


def runs_frame(runs: Sequence[Run], places: Mapping[Identity, Place]) -> pl.DataFrame:
    """Return one row per run whose model has a place, with the columns of both."""
    rows = [
        (i, run.source, run.limited, run.stamp, run.date, *places[run.identity])
        for i, run in enumerate(runs)
        if run.identity in places
    ]
    return pl.DataFrame(rows, _RUN, orient="row")


def newest(rows: pl.DataFrame) -> Newest:
    """Return each score of a model once: that of the newest file, whole runs before limited ones.

    Where no file states a time, the last one by name counts as the newest.
    """
    ranked = rows.with_columns(unlimited=~pl.col("limited")).sort(_AGE, maintain_order=True)
    last = ranked.unique(_SAME, keep="last", maintain_order=True)
    rest = ranked.join(last.select("run", *_SAME), on=["run", *_SAME], how="anti", nulls_equal=True)
    used = last.select(*_SAME, used="score", used_file="source")
    pairs = rest.join(used, on=_SAME, how="inner", nulls_equal=True)
    differing = pairs.filter(~pl.col("score").eq_missing(pl.col("used"))).select(
        "model",
        "task",
        "subtask",
        "metric",
        "used",
        "used_file",
        other="score",
        other_file="source",
    )
    kept = last.sort("run", maintain_order=True).drop("unlimited")
    return Newest(kept, len(rest), differing)


def model_table(rows: pl.DataFrame, *, axis: str) -> pl.DataFrame:
    """Return one row a model: its place, what states its size, and its scores."""
    columns = ["family", "model", "scale", "params", "steps", "tokens", "flops", "size_from"]
    order = ["family", "scale"] if axis in ("steps", "tokens") else ["steps", "family", "scale"]
    return rows.group_by(columns, maintain_order=True).agg(scores=pl.len()).sort(order)


def model_notes(placed: Placed, rows: pl.DataFrame, axis: str, n_scales: int = 3) -> list[str]:
    """Return sentences on models left out, on where sizes come from, and on short families."""
    notes = []
    if placed.unknown:
        what = "size" if axis == "params" else axis
        notes.append(
            f"{len(placed.unknown)} models are skipped, as nothing states their {what} (give a "
            f"--scale-map): {some(placed.unknown)}"
        )
    if placed.unused:
        notes.append(f"the scale map names models that no file is of: {some(placed.unused)}")
    named = rows.filter(pl.col("size_from") == "name")["model"].n_unique()
    if named:
        n_models = rows["model"].n_unique()
        notes.append(f"sizes of {named} of {n_models} models are nominal: what their names state")
    scales = rows.group_by("family", maintain_order=True).agg(pl.col("scale").n_unique())
    short = scales.filter(pl.col("scale") < n_scales)["family"].to_list()
    if short:
        notes.append(f"{len(short)} families have fewer than {n_scales} scales: {some(short)}")
    return notes


def repeat_notes(found: Newest) -> list[str]:
    """Return a sentence on scores that stand in several files."""
    if not found.n_repeated:
        return []
    note = (
        f"{found.n_repeated} scores stand in several files, of which the newest is used "
        "(the last by name, where no time is stated)"
    )
    if len(found.differing):
        shown = [
            f"{r['model']} {r['subtask'] or r['task']} {r['metric']} {_number(r['used'])} in "
            f"{r['used_file']}, not {_number(r['other'])}"
            for r in found.differing.head(3).to_dicts()
        ]
        more = ", ..." if len(found.differing) > 3 else ""
        note += f"; {len(found.differing)} differ: {'; '.join(shown)}{more}"
    return [note]


def some(names: Sequence[str], most: int = 8) -> str:
    """Return the first names as one text.

    >>> some(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _number(value: float | None) -> str:
    return "empty" if value is None else f"{value:.4g}"
