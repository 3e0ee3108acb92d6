"""Results of lm-evaluation-harness: a folder of its files at any depth, or a single one.

Old and current formats may be mixed. Sample logs beside the results give per-item outcomes and
further scores of the same answers.
"""

from pathlib import Path
from typing import Annotated

import polars as pl

from replay.chance_levels import chance_level
from replay.harness_metrics import base_metric
from replay.item_counts import with_item_counts
from replay.lm_eval_items import Logged, read_logs
from replay.lm_eval_notes import notes_of, task_table
from replay.lm_eval_results import Results, read_results, sample_log_of
from replay.model_axis import AXIS_HELP, SCALE_MAP_HELP, Axis, place_models, read_scale_map
from replay.run_rows import (
    ROW,
    Run,
    model_notes,
    model_table,
    newest,
    repeat_notes,
    runs_frame,
    some,
)
from replay.score_intervals import with_intervals
from replay.source_files import Unreadable, below, files_below, read_bytes
from replay.task_groups import task_places
from simlab.axes import FAMILY_ON
from simlab.errors import DataError
from simlab.items import item_table
from simlab.parameters import Meta, Parameters
from simlab.source import Reading, Source
from simlab.table import ScoreTable

_COLUMNS = (
    *("family", "model", "scale", "scale_kind", "task", "subtask", "shots", "metric", "score"),
    *("low", "high", "chance", "higher_is_better", "n_items", "stderr", "source"),
    *("params", "steps", "tokens", "flops", "aggregate", "version", "n_items_from"),
)
_ITEM_PLACE = ("family", "model", "scale", "scale_kind", "task", "subtask", "shots", "metric")


class Options(Parameters, frozen=True, kw_only=True):
    """Options of ``simlab replay lm-eval``."""

    scale: Annotated[Axis, Meta(description=AXIS_HELP)] = "params"
    scale_map: Annotated[str, Meta(description=SCALE_MAP_HELP)] = ""
    samples: Annotated[
        bool, Meta(description="Read the sample logs (samples_*.jsonl) beside the results")
    ] = True
    strict: Annotated[
        bool, Meta(description="Stop at the first file that cannot be read (exit code 3)")
    ] = False


def read(path: Path | None, options: Options) -> Reading:
    """Return the scores below ``path``, with sizes, steps, items, intervals and chance levels.

    Each row of the table has the columns ``params``, ``steps``, ``tokens`` and ``flops`` (null
    where unknown), ``aggregate`` (true for a group of tasks) and ``n_items_from``.

    Raises
    ------
    DataError
        There is no results file, or none of a model with a known scale; with ``strict``, a file is
        damaged.
    """
    assert path is not None
    scale_map = read_scale_map(options.scale_map)
    unreadable = Unreadable(path, strict=options.strict)
    files = _files(path)
    names, results, n_other = _read_results(files, path, unreadable)
    placed = place_models([r.identity for r in results], axis=options.scale, scale_map=scale_map)
    if not placed.places:
        what = "size" if options.scale == "params" else options.scale
        raise DataError(
            f"{path}: nothing states the {what} of {some(placed.unknown)}; give a --scale-map"
        )
    runs = runs_frame(
        [
            Run(r.identity, name, r.limited, r.stamp, r.date)
            for name, r in zip(names, results, strict=True)
        ],
        placed.places,
    ).with_columns(scale_kind=pl.lit(options.scale))
    tasks = task_places((row.name for r in results for row in r.rows), (r.groups for r in results))
    first = newest(_rows(results, runs, tasks))
    logged, n_lost = _read_logs(
        files, path, first.rows, names, results, unreadable, options.samples
    )
    found = newest(pl.concat([first.rows, _placed(logged.rows, runs, tasks)], how="diagonal"))
    rows = with_item_counts(_filled(found.rows, logged))
    replaced = rows.filter(pl.col("stderr") == 0).height
    rows = with_intervals(rows)
    columns = rows.select(*_COLUMNS, *_families(rows, options.scale))
    table = ScoreTable.from_frame(columns, origin=str(path))
    odd = [(name, line) for name, r in zip(names, results, strict=True) for line in r.odd]
    tables = {
        "Models": model_table(rows, axis=options.scale),
        "Tasks": task_table(rows),
        "Files that cannot be read, or in part": unreadable.table(),
        "Values that are no score": pl.DataFrame(
            odd, {"file": pl.String, "value": pl.String}, orient="row"
        ),
        "Scores that differ between files": first.differing,
    }
    notes = [
        *notes_of(rows, len(results), n_other, n_lost, replaced, odd, logged),
        *unreadable.notes(len(files)),
        *model_notes(placed, rows, options.scale),
        *repeat_notes(first),
        *logged.notes,
    ]
    return Reading(
        table,
        notes=tuple(notes),
        tables={title: held for title, held in tables.items() if len(held)},
        items=_item_table(logged, rows, path),
        files=tuple(files),
    )


def _families(rows: pl.DataFrame, axis: Axis) -> list[pl.Expr]:
    """Return the families on the other axes, where they are others (see `simlab.axes`)."""
    if rows["steps"].null_count() == rows.height:
        return []
    by_size = axis in ("params", "flops")
    name = "over_training" if by_size else "over_sizes"
    others = ("steps", "tokens") if by_size else ("params", "flops")
    return [pl.col(name).alias(FAMILY_ON + kind) for kind in others]


def _files(path: Path) -> list[Path]:
    """Return results and sample logs; with one results file come the logs beside it."""
    if path.is_file() and path.suffix == ".json":
        beside = [f for f in sorted(path.parent.glob("samples_*.jsonl")) if sample_log_of(f.name)]
        return [path, *beside]
    return files_below(path, (".json", ".jsonl"))


def _read_results(
    files: list[Path], root: Path, unreadable: Unreadable
) -> tuple[list[str], list[Results], int]:
    names, results, n_other = [], [], 0
    for file in files:
        if file.suffix == ".jsonl":
            continue
        name = below(file, root)
        try:
            one = read_results(read_bytes(file, name), origin=name)
        except DataError as error:
            unreadable.add(name, error)
            continue
        if one is None:
            n_other += 1
        else:
            names.append(name)
            results.append(one)
    if not any(one.rows for one in results):
        hint = f"; {'; '.join(unreadable.notes(len(files)))}" if unreadable.problems else ""
        raise DataError(
            f"{root}: no results of lm-evaluation-harness among {len(files)} files: expected JSON "
            f"with the key 'results'{hint}"
        )
    return names, results, n_other


def _rows(results: list[Results], runs: pl.DataFrame, tasks: pl.DataFrame) -> pl.DataFrame:
    columns = list(zip(*(row for one in results for row in one.rows), strict=True))
    index = [i for i, one in enumerate(results) for _ in one.rows]
    held = dict(zip(ROW, (index, *columns), strict=True))
    return _placed(pl.DataFrame(held, ROW), runs, tasks)


def _placed(rows: pl.DataFrame, runs: pl.DataFrame, tasks: pl.DataFrame) -> pl.DataFrame:
    bases = {metric: base_metric(metric) for metric in rows["metric"].unique()}
    return (
        rows.join(runs, on="run", how="inner", maintain_order="left")
        .join(tasks, on="name", how="left", maintain_order="left")
        .with_columns(base_metric=pl.col("metric").replace_strict(bases, return_dtype=pl.String))
    )


def _read_logs(
    files: list[Path],
    root: Path,
    rows: pl.DataFrame,
    names: list[str],
    results: list[Results],
    unreadable: Unreadable,
    wanted: bool,
) -> tuple[Logged, int]:
    """Return what the sample logs of the rows' runs hold, and how many logs have no results."""
    runs = {
        (name.rpartition("/")[0], r.stamp): i
        for i, (name, r) in enumerate(zip(names, results, strict=True))
        if r.stamp
    }
    logs: dict[tuple[int, str], tuple[Path, str]] = {}
    n_lost = 0
    for file in files if wanted else []:
        key = sample_log_of(file.name)
        if key is None:
            continue
        name = below(file, root) if root.is_dir() else file.name
        run = runs.get((name.rpartition("/")[0], key[1]))
        if run is not None:
            logs[run, key[0]] = (file, name)
        elif root.is_dir():
            n_lost += 1
    pairs = rows.select("run", "name").unique(maintain_order=True).rows()
    return read_logs(pairs, results, logs, unreadable), n_lost


def _filled(rows: pl.DataFrame, logged: Logged) -> pl.DataFrame:
    """Return rows with what sample logs say where the results files are silent, and with chance."""
    rows = rows.join(logged.filled, on=["run", "name", "metric"], how="left", maintain_order="left")
    pairs = rows.select("name", "metric").unique()
    levels = pairs.with_columns(
        chance=pl.Series([chance_level(*pair) for pair in pairs.rows()], dtype=pl.Float64)
    )
    return rows.join(levels, on=["name", "metric"], how="left", maintain_order="left").with_columns(
        n_items=pl.coalesce("n_items", "n_logged"),
        stderr=pl.coalesce("stderr", "stderr_logged"),
        chance=pl.coalesce("chance_logged", "chance"),
    )


def _item_table(logged: Logged, rows: pl.DataFrame, path: Path) -> pl.DataFrame | None:
    if logged.items.is_empty():
        return None
    place = rows.select("run", "name", *_ITEM_PLACE)
    items = logged.items.join(
        place, on=["run", "name", "metric"], how="inner", maintain_order="left"
    )
    return item_table(items.drop("run", "name"), origin=f"items of {path}")


SOURCE = Source(
    name="lm-eval",
    title="Results of lm-evaluation-harness",
    summary="Scores of language models over sizes or over training steps, from a folder of results "
    "files in the old or the current format. Sample logs beside them add, on the same items, "
    "log-likelihoods, Brier scores and edit distances, and outcomes item by item.",
    citations=(
        "S. Biderman, H. Schoelkopf, L. Sutawika, L. Gao et al. (2024). Lessons from the trenches "
        "on reproducible evaluation of language models. arXiv 2405.14782.",
    ),
    origin="files that lm_eval --output_path writes; also EleutherAI/pythia, evals/",
    licence="that of the files",
    path="required",
    read=read,
    options=Options,
)
