"""What a reader of BIG-bench score files must know, as sentences and tables."""

import polars as pl

from replay.bigbench_rows import LEFT_OUT, USED, ScoreRows
from replay.bigbench_table import SIZES, Placed
from replay.published import load
from simlab.cells import listed
from simlab.formatted import formatted
from simlab.table import ScoreTable

FAMILIES = "Families"
METRICS = "Metrics"
PROBLEMS = "Files with a problem"

_SHOWN = 5


def with_unplaced(found: ScoreRows, placed: Placed, scale: str) -> pl.DataFrame:
    """Return all problems: those of files, and models that have no place on the axis."""
    others = [name for name in SIZES if name != scale]
    absent = placed.unplaced.select(
        file="path",
        problem=formatted(
            f"no {SIZES[scale]} is stated for {{}} {{}}; try --scale {' or '.join(others)}",
            "family",
            "model",
        ),
        outcome=pl.lit(LEFT_OUT),
    )
    return pl.concat([found.problems, absent]).sort("file", maintain_order=True)


def cell_counts(table: ScoreTable) -> pl.DataFrame:
    """Return one row a curve: its key, its numbers of scores, and what they span.

    The tables below are made of it, since a million scores make few hundred thousand curves.
    """
    groups, frame = table.curve_rows(), table.frame
    least, most = groups.span(frame["score"])
    counts = pl.DataFrame(
        {
            "scores": groups.counts(),
            "missing": groups.counts(frame["score"].is_null()),
            "least": least,
            "most": most,
            "preferred": groups.counts(frame["preferred"]) > 0,
        }
    )
    known = pl.col("missing") < pl.col("scores")
    ends = (pl.when(known).then(pl.col(c)).alias(c) for c in ("least", "most"))
    return groups.keys.hstack(counts.with_columns(ends))


def family_table(counts: pl.DataFrame, files: pl.DataFrame, size: str) -> pl.DataFrame:
    """Return one row a family: models, tasks, shots, scores and how many of them are missing.

    Parameters
    ----------
    counts : polars.DataFrame
        From `cell_counts`.
    files : polars.DataFrame
        `replay.bigbench_rows.ScoreRows.files`.
    size : str
        Its column that is the scale.
    """
    shots = pl.col("shots").drop_nulls().unique().sort().cast(pl.String).str.join(", ")
    models = (
        files.drop_nulls(size)
        .group_by("family")
        .agg(
            models=pl.col("model").n_unique(),
            smallest=pl.col(size).min(),
            largest=pl.col(size).max(),
        )
    )
    return (
        counts.group_by("family")
        .agg(
            tasks=pl.col("task").n_unique(),
            shots=shots,
            scores=pl.col("scores").sum(),
            missing=pl.col("missing").sum(),
        )
        .join(models, on="family")
        .select("family", "models", "tasks", "shots", "scores", "missing", "smallest", "largest")
        .sort("family")
    )


def metric_table(counts: pl.DataFrame, *, normalise: bool) -> pl.DataFrame:
    """Return one row a metric: where it is preferred, its direction and range, missing scores.

    ``counts`` are from `cell_counts`.
    """
    known = load("bigbench_metrics")
    hundred = known.filter("renormalised")["metric"].to_list()
    directions = known.select("metric", "higher_is_better")
    return (
        counts.group_by("metric", maintain_order=True)
        .agg(
            tasks=pl.col("task").n_unique(),
            preferred_in=pl.col("task").filter("preferred").n_unique(),
            least=pl.col("least").min(),
            most=pl.col("most").max(),
            scores=pl.col("scores").sum(),
            missing=pl.col("missing").sum(),
        )
        .join(directions, on="metric", how="left", maintain_order="left")
        .select(
            "metric", "tasks", "preferred_in", "higher_is_better", "least", "most", "scores",
            "missing", times_100=pl.col("metric").is_in(hundred) & normalise,
        )
        .sort("scores", descending=True, maintain_order=True)
    )  # fmt: skip


def notes_of(
    found: ScoreRows,
    placed: Placed,
    problems: pl.DataFrame,
    counts: pl.DataFrame,
    metrics: pl.DataFrame,
    *,
    scale: str,
    normalise: bool,
) -> list[str]:
    """Return the sentences, the most important first.

    Parameters
    ----------
    found, placed
        What was read, and the table made of it.
    problems, counts, metrics : polars.DataFrame
        From `with_unplaced`, `cell_counts` and `metric_table`.
    scale, normalise
        The options of `replay.bigbench_table.score_table`.
    """
    cells = placed.table.frame
    n_left_out = found.problems.filter(outcome=LEFT_OUT)["file"].len()
    notes = [
        f"{found.files.height + n_left_out} score files: {counts['family'].n_unique()} families, "
        f"{found.files.select('family', 'model').n_unique()} models, {counts['task'].n_unique()} "
        f"tasks, {cells.height} scores"
    ]
    for outcome, what in (
        (LEFT_OUT, "cannot be used and are left out"),
        (USED, "are used in spite of a problem"),
    ):
        bad = problems.filter(outcome=outcome)
        if bad.height:
            named = [f"{row['file']}: {row['problem']}" for row in bad.head(_SHOWN).to_dicts()]
            more = f"; and {bad.height - _SHOWN} more" if bad.height > _SHOWN else ""
            notes.append(
                f"{bad['file'].n_unique()} files {what} (table {PROBLEMS}): "
                f"{'; '.join(named)}{more}"
            )
    notes += _missing_note(found, cells)
    computed = cells.filter("computed").select("task", "shots", "family", "model").n_unique()
    if computed:
        notes.append(
            f"{computed} scores of whole tasks are stated by no file: they are means over "
            "subtasks, as bigbench computes them (column computed)"
        )
    repeated = found.slots.filter("repeated").select("task", "subtask").unique()
    if repeated.height:
        names = [f"{task}: {subtask}" for task, subtask in repeated.sort("task", "subtask").rows()]
        notes.append(
            f"{repeated.height} subtasks repeat another of their file and are numbered: "
            f"{listed(names[:_SHOWN])}{', ...' if len(names) > _SHOWN else ''}"
        )
    unknown = metrics.filter(pl.col("higher_is_better").is_null())["metric"].to_list()
    if unknown:
        notes.append(f"whether higher is better is unknown for {listed(unknown)}")
    notes.append(
        "eight metrics are multiplied by 100, as bigbench's loader does (table Metrics)"
        if normalise
        else "scores are as in the files: most metrics from 0 to 1, bleu, rouge and "
        "normalized_aggregate_score in percent"
    )
    notes.append(
        f"the scale is {SIZES[scale]}; chance is low_score where multiple_choice_grade is preferred"
    )
    return notes


def _missing_note(found: ScoreRows, cells: pl.DataFrame) -> list[str]:
    n_missing = cells["score"].null_count()
    if not n_missing:
        return []
    n_computed = cells.filter("computed")["score"].null_count()
    text = f"{n_missing} of {cells.height} scores are NaN, infinite or null, and are left empty"
    if n_computed:
        text += f"; {n_computed} of them are means over such scores"
    return [text]
