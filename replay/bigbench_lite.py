"""The table of BIG-bench Lite: one row a model, one column a task, 24 tasks by 55 models.

The published file holds a column ``model`` ("GPT GPT-3 13B": family, then name) and the scores,
and nothing else. What it lacks is added from `replay.published`: sizes and shots per model; per
task the preferred metric, the chance level, the number of items, and which subtask it gives.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from replay.published import load
from simlab.cells import listed, shown
from simlab.errors import DataError, did_you_mean
from simlab.formatted import formatted
from simlab.schema import UNIT_METRICS
from simlab.table import ScoreTable

_SIZE = re.compile(r"(.+) (\S*?(?<![0-9.])([0-9]{1,4}(?:\.[0-9]{1,4})?)([kmbt]))", re.IGNORECASE)
"""A model's name that ends in its size, such as "Pythia pythia-6.9b"."""
_UNITS = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}


class LiteTable(NamedTuple):
    """A BIG-bench Lite table with what is known about its cells."""

    table: ScoreTable
    guessed: tuple[str, ...]
    """Models that the published table lacks; their size is the one that their name states."""
    skipped: tuple[str, ...]
    """Models left out, as nothing states their size."""


def lite_table(frame: pl.DataFrame, *, scale: str, source: str, path: Path) -> LiteTable:
    """Return the scores of a table of models by tasks; empty cells are rows without a score.

    Parameters
    ----------
    frame : polars.DataFrame
        (n_models, 1 + n_tasks): a column ``model`` and tasks in any order, as text or numbers.
    scale : {"flop-matched", "nominal"}
        Which number of parameters of the BIG-G models to use; other families have one.
    source : str
        For the table's column ``source``.
    path : Path
        The file, for error messages.

    Raises
    ------
    DataError
        An unknown or repeated task, a model without a name or one that stands twice, no model of
        known size, or a cell that is no score.
    """
    _check_header(frame.columns, path)
    tasks = [c for c in frame.columns if c != "model"]
    labels = _labels(frame["model"], path)
    models, guessed, skipped = _models(labels.to_list())
    if models.is_empty():
        raise DataError(
            f"{path}: row 1, column model: {shown(labels[0])} states no size, and no other "
            "model does; name models as the published table does, such as 'GPT GPT-3 13B'"
        )
    size = pl.col("nominal_params")
    if scale == "flop-matched":
        size = pl.coalesce("flop_matched_params", size)
    rows = (
        frame.select(_scores(frame[task], labels, path) for task in tasks)
        .with_columns(label=labels)
        .unpivot(tasks, index="label", variable_name="task", value_name="score")
        .join(models, on="label", maintain_order="left")
        .join(_tasks(models), on=["family", "task"], maintain_order="left")
        .select(
            "family",
            "task",
            "subtask",
            "shots",
            "metric",
            "score",
            "chance",
            "total_params",
            model="name",
            scale=size.cast(pl.Float64),
            higher_is_better=True,
            n_items=pl.when(pl.col("max_items").is_not_null()).then(
                pl.min_horizontal("n_items", pl.col("max_items") // pl.col("n_subtasks"))
            ),
        )
    )
    table = ScoreTable.from_frame(rows, source=source, origin=str(path))
    return LiteTable(table, guessed, skipped)


def _check_header(columns: Sequence[str], path: Path) -> None:
    known = sorted(set(load("bigbench_lite_tasks")["task"]))
    tasks = [c for c in columns if c != "model"]
    if not set(tasks) & set(known):
        raise DataError(
            f"{path}: header: no task of BIG-bench Lite beside the column model, but "
            f"{listed(tasks)}; the published table has one column a task"
        )
    for name in tasks:
        if name not in known:
            raise DataError(
                f"{path}: header: column {shown(name)} is not one of the {len(known)} tasks of "
                f"BIG-bench Lite{did_you_mean(name, known)}; correct or drop it, or read the "
                "table with 'simlab replay table'"
            )


def _labels(column: pl.Series, path: Path) -> pl.Series:
    """Return the names of the models, each present and unique."""
    if column.dtype != pl.String:
        raise DataError(f"{path}: column model: {column.dtype} is no text; give names of models")
    names = column.str.strip_chars().str.replace_all(r"\s+", " ")
    for row, name in enumerate(names, start=1):
        if not name:
            raise DataError(f"{path}: row {row}, column model: is empty; name the model")
    twice = names.is_duplicated().arg_true()
    if len(twice):
        name = names[twice[0]]
        first, second = (i + 1 for i in names.eq(name).arg_true().head(2))
        raise DataError(
            f"{path}: rows {first} and {second}, column model: {shown(name)} stands twice; drop one"
        )
    return names


def _scores(column: pl.Series, labels: pl.Series, path: Path) -> pl.Series:
    """Return a task's column as numbers within the range of its metric."""
    held = column.str.strip_chars() if column.dtype == pl.String else column
    if not (held.dtype == pl.String or held.dtype.is_numeric() or held.dtype == pl.Null):
        raise DataError(f"{path}: column {column.name}: {column.dtype} is no score; give numbers")
    scores = held.cast(pl.Float64, strict=False)
    metric = load("bigbench_lite_tasks").filter(task=column.name)["metric"][0]
    most = 1.0 if metric in UNIT_METRICS else 100.0
    good = scores.is_between(-1e-9, most + 1e-9)  # false for NaN and infinity
    bad = (column.is_not_null() & ~good.fill_null(False)).arg_true()
    if len(bad):
        i = bad[0]
        place = f"row {i + 1} ({shown(labels[i])[1:-1]}), column {column.name}"
        raise DataError(
            f"{path}: {place}: {shown(column[i])} is no {metric} from 0 to {most:g}; "
            "correct it, or leave it empty if it is missing"
        )
    return scores


def _models(labels: Sequence[str]) -> tuple[pl.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """Return what is known of each model, and which are guessed or skipped."""
    known = load("bigbench_models").with_columns(label=formatted("{} {}", "family", "name"))
    new = [label for label in labels if label not in set(known["label"])]
    guesses: dict[str, tuple[str, str, int]] = {}
    for label in new:
        found = _SIZE.fullmatch(label)
        if found and (size := round(float(found[3]) * _UNITS[found[4].lower()])):
            guesses[label] = (found[1], found[2], size)
    guessed = pl.DataFrame(
        [(label, *guess) for label, guess in guesses.items()],
        schema={c: known.schema[c] for c in ("label", "family", "name", "nominal_params")},
        orient="row",
    )
    models = pl.concat([known.filter(pl.col("label").is_in(labels)), guessed], how="diagonal")
    return models, tuple(guesses), tuple(label for label in new if label not in guesses)


def _tasks(models: pl.DataFrame) -> pl.DataFrame:
    """Return one row per family and task: rows for a family come before those for all."""
    facts = load("bigbench_lite_tasks").drop("note")
    families = models.select("family").unique()
    own = facts.join(families, on="family")
    rest = facts.filter(pl.col("family").is_null()).drop("family").join(families, how="cross")
    return pl.concat([own, rest.select(own.columns)]).unique(["family", "task"], keep="first")
