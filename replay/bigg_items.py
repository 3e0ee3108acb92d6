"""BIG-G item by item: right or wrong on the same items at 12 sizes, for tasks of BIG-bench.

Aggregates hide which items a model gets right. Here each task's items are the same at every size
(``sample=common``), so that scores of two sizes can be compared in pairs and items can be
resampled jointly over all sizes. Tasks without common items are left out unless asked for: their
sizes were scored on different items.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl

from replay.damaged_rows import DamagedRows, typed
from simlab.cells import listed
from simlab.errors import DataError
from simlab.formatted import formatted
from simlab.intervals import wilson
from simlab.items import item_table
from simlab.parameters import Meta, Parameters
from simlab.source import Reading, Source
from simlab.table import ScoreTable, read_frame

SIZE = "flop_matched_non_embedding_params"
COMMON, UNPAIRED = "common", "unpaired"

_TYPES = {
    "model_family": pl.String,
    "model_name": pl.String,
    SIZE: pl.Float64,
    "number_of_shots": pl.Int64,
    "task": pl.String,
    "metric": pl.String,
    "chance": pl.Float64,
    "sample": pl.String,
    "n": pl.Int64,
    "n_correct": pl.Int64,
    "accuracy": pl.Float64,
    "correct_bits": pl.String,
}
_NEEDED = [c for c in _TYPES if c != "chance"]
_KEY = ["model_family", "model_name", "task", "metric", "number_of_shots", "sample"]


class Options(Parameters, frozen=True, kw_only=True):
    """Options of ``simlab replay bigg-items``."""

    unpaired: Annotated[
        bool, Meta(description="Read the tasks too whose items differ from size to size")
    ] = False
    strict: Annotated[bool, Meta(description="Stop at the first damaged row")] = False


def read(path: Path | None, options: Options) -> Reading:
    """Return the accuracy of each task and size, with Wilson's interval, and all item bits.

    Raises
    ------
    DataError
        A column is missing, or no row can be used.
    """
    assert path is not None
    if path.is_dir():
        raise DataError(f"{path}: found a folder; give the file of item bits")
    frame = read_frame(path)
    damaged = DamagedRows(path.name, strict=options.strict)
    held = typed(frame, _TYPES, damaged, needed=_NEEDED)
    for row, reason in _contradictions(held):
        damaged.add(row, reason)
    held = held.filter(~pl.col("row").is_in(list(damaged.problems)))
    wanted = [COMMON, UNPAIRED] if options.unpaired else [COMMON]
    chosen = held.filter(pl.col("sample").is_in(wanted))
    if chosen.is_empty():
        raise DataError(f"{path}: no row has sample {' or '.join(wanted)} and is whole")
    low, high = wilson(chosen["n_correct"].to_numpy(), chosen["n"].to_numpy())
    rows = chosen.with_columns(
        family=pl.col("model_family"),
        model=formatted("{} {}", "model_family", "model_name"),
        scale=pl.col(SIZE),
        shots=pl.col("number_of_shots"),
        subtask=pl.when(pl.col("sample") != COMMON).then("sample"),
        metric=pl.lit("accuracy"),
        score=pl.col("n_correct") / pl.col("n"),
        low=pl.Series(low),
        high=pl.Series(high),
        n_items=pl.col("n"),
        higher_is_better=pl.lit(True),
        scored_by=pl.col("metric"),
    )
    facts = ["family", "model", "scale", "task", "subtask", "shots", "metric"]
    table = ScoreTable.from_frame(
        rows.select(
            *facts, "score", "low", "high", "chance", "higher_is_better", "n_items", "scored_by"
        ),
        source="BIG-G item bits",
        origin=str(path),
    )
    items = (
        rows.select(
            *facts,
            pl.col("correct_bits").str.split("").alias("value"),
            pl.int_ranges(0, pl.col("n")).alias("item"),
        )
        .explode("value", "item")
        .with_columns(pl.col("item").cast(pl.String), pl.col("value").cast(pl.Float64))
    )
    return Reading(
        table,
        notes=tuple(_notes(held, wanted) + damaged.notes(frame.height)),
        items=item_table(items, origin=str(path)),
    )


def _contradictions(held: pl.DataFrame) -> list[tuple[int, str]]:
    """Return rows whose numbers contradict each other, with what is wrong."""
    bits = pl.col("correct_bits")
    checks = [
        (pl.col("n") < 1, formatted("column n: {} is not above 0", "n")),
        (pl.col(SIZE) <= 0, formatted(f"column {SIZE}: {{}} is not above 0", SIZE)),
        (pl.col("number_of_shots") < 0, pl.lit("column number_of_shots is negative")),
        (~bits.str.contains("^[01]*$"), pl.lit("column correct_bits holds more than 0 and 1")),
        (
            bits.str.len_bytes() != pl.col("n"),
            formatted("column correct_bits: {} bits, but n is {}", bits.str.len_bytes(), "n"),
        ),
        (
            bits.str.count_matches("1") != pl.col("n_correct"),
            formatted(
                "column n_correct: {}, but {} bits are 1", "n_correct", bits.str.count_matches("1")
            ),
        ),
        (
            (pl.col("accuracy") - pl.col("n_correct") / pl.col("n")).abs() > 1e-5,
            formatted("column accuracy: {} is not n_correct / n", "accuracy"),
        ),
        (
            ~pl.col("chance").is_between(0.0, 1.0),
            formatted("column chance: {} lies outside 0 .. 1", "chance"),
        ),
        (
            pl.struct(_KEY).is_duplicated(),
            formatted("column task: {} stands twice at {}", "task", "model_name"),
        ),
        (
            (pl.col("sample") == COMMON) & (pl.col("n") != pl.col("n").mode().min().over(_KEY[2:])),
            formatted("column n: {} common items, other sizes have another number", "n"),
        ),
    ]
    return [
        (row, reason)
        for bad, what in checks
        for row, reason in held.filter(bad).select("row", what.alias("reason")).iter_rows()
    ]


def _notes(held: pl.DataFrame, wanted: list[str]) -> list[str]:
    """Return what a reader of the scores must know."""
    paired = held.filter(pl.col("sample") == COMMON)["task"].n_unique()
    rest = held.filter(~pl.col("sample").is_in(wanted))
    unpaired = rest.filter(pl.col("sample") == UNPAIRED)["task"].unique(maintain_order=True)
    n_other = rest.filter(pl.col("sample") != UNPAIRED).height
    guess = held.filter(pl.col("chance").is_null())["task"].n_unique()
    notes = [
        f"{paired} tasks have the same items at every size; tasks on which the largest model is "
        "near chance were left out by the author of the data",
        f"chance is unknown (null) for {guess} tasks that are answered in free text",
        "accuracy is the share of right items, pooled over a task's subtasks; BIG-bench's own "
        "aggregate is a mean over subtasks",
    ]
    if len(unpaired):
        notes.append(
            f"left out, as their items differ from size to size: {listed(unpaired.to_list())} "
            "(--unpaired reads them)"
        )
    if n_other:
        notes.append(f"left out: {n_other} rows of items that only the largest model answered")
    sizes = held.filter(pl.col("sample") == COMMON).group_by("task").agg(pl.col(SIZE).n_unique())
    few = sizes.filter(pl.col(SIZE) < sizes[SIZE].max())
    if few.height:
        notes.append(f"tasks that lack a size: {listed(sorted(few['task']))}")
    n = held.filter(pl.col("sample") == COMMON)["n"]
    notes.append(
        f"{int(n.min() or 0)} to {int(n.max() or 0)} items a task, median {np.median(n):g}: "  # type: ignore[arg-type]
        "half of the steps of a small task are ties, and a zero median has no emergence score"
    )
    return notes


SOURCE = Source(
    name="bigg-items",
    title="BIG-G item bits: right or wrong on the same items at 12 sizes",
    summary="82 tasks of BIG-bench, 3-shot, at 12 sizes of BIG-G from 2 million to 128 billion "
    "parameters, with the outcome of every item. Look at how wide the intervals are beside the "
    "jumps, and at the emergence scores that have none because of ties.",
    citations=(
        "A. Srivastava et al. (2022). Beyond the imitation game. arXiv 2206.04615.",
        "github.com/wschella/lass: the selection of tasks and items.",
    ),
    origin="BIG-bench logs of BIG-G T=0, as wschella/lass selects them",
    licence="Apache-2.0 (the logs; wschella/lass has no licence file)",
    path="required",
    read=read,
    options=Options,
)
