"""BIG-bench as published: 200 tasks by 55 models from 2 million to 535 billion parameters.

What PATH is decides how it is read: a folder, an archive, an address or a single file of score
files by `replay.bigbench_source`, and the table of 24 Lite tasks by `replay.bigbench_lite`.
"""

from pathlib import Path
from typing import Annotated, Literal

from replay.bigbench_archive import is_archive
from replay.bigbench_items import read_task_table
from replay.bigbench_lite_reading import lite_claims, read_lite
from replay.bigbench_notes import (
    FAMILIES,
    METRICS,
    PROBLEMS,
    cell_counts,
    family_table,
    metric_table,
    notes_of,
    with_unplaced,
)
from replay.bigbench_rows import LEFT_OUT, ScoreRows
from replay.bigbench_source import read_address, read_archive, read_file, read_folder
from replay.bigbench_table import SIZES, score_table
from simlab.errors import DataError, UsageError
from simlab.parameters import Meta, Parameters
from simlab.source import Progress, Reading, Source, no_progress

SCORE_FILES = "BIG-bench score files"
"""Column ``source`` of rows from score files."""


class Options(Parameters, frozen=True, kw_only=True):
    """Options of ``simlab replay bigbench``."""

    scale: Annotated[
        Literal["flop-matched", "total", "non-embedding", "nominal"],
        Meta(
            description="Size of a model: non-embedding parameters at matched FLOPs, all "
            "parameters, non-embedding ones, or the number that its name states. Score files "
            "state the first three; the Lite table knows the first for BIG-G, and the last."
        ),
    ] = "flop-matched"
    normalise: Annotated[
        bool,
        Meta(
            description="Multiply eight metrics by 100, as bigbench's loader does, or leave the "
            "scores of score files as they stand there",
            extra={"off": "raw"},
        ),
    ] = False
    metrics: Annotated[
        str,
        Meta(
            description="Table of tasks for score files: task, subtask, n_examples and, if known, "
            "chance_grade. It gives the number of items behind each score"
        ),
    ] = ""
    strict: Annotated[
        bool, Meta(description="Stop at a score file that is damaged or odd (exit code 3)")
    ] = False
    cache: Annotated[
        bool,
        Meta(
            description="Keep what score files hold, and read them again only if their list "
            "(sizes, times) has changed"
        ),
    ] = True


def read(path: Path | None, options: Options, *, progress: Progress = no_progress) -> Reading:
    """Return the scores at ``path`` with sizes, metrics, chance levels, and what is missing.

    ``progress`` is told the bytes of score files, or of the archive, that were read.

    Raises
    ------
    UsageError
        An option is for another kind of path.
    DataError
        There is nothing that can be read, or, with ``strict``, a file is damaged or odd; the
        message names it.
    """
    assert path is not None
    if path.is_dir():
        return _of_score_files(
            read_folder(path, cache=options.cache, progress=progress), path, options
        )
    if path.is_file() and is_archive(path):
        return _of_score_files(
            read_archive(path, cache=options.cache, progress=progress), path, options
        )
    if path.is_file() and path.suffix == ".json":
        return _of_score_files(read_file(path), path, options)
    if options.scale not in ("flop-matched", "nominal"):
        raise UsageError(f"--scale {options.scale}: the Lite table states no sizes; use nominal")
    if options.normalise or options.metrics:
        raise UsageError("--normalise and --metrics are for score files, not for the Lite table")
    return read_lite(path, scale=options.scale)


def read_from(address: str, options: Options, *, progress: Progress = no_progress) -> Reading:
    """Return the scores of the archive at an http(s) address; errors as for `read`."""
    return _of_score_files(read_address(address, progress=progress), address, options)


def _of_score_files(found: ScoreRows, origin: str | Path, options: Options) -> Reading:
    if options.scale == "nominal":
        raise UsageError("--scale nominal: score files state sizes; use flop-matched or total")
    if options.strict and found.problems.height:
        first = found.problems.row(0, named=True)
        more = f" (and {found.problems.height - 1} more)" if found.problems.height > 1 else ""
        raise DataError(
            f"{origin}: {first['file']}: {first['problem']}{more}; without --strict it is "
            f"{first['outcome']}"
        )
    tasks = read_task_table(Path(options.metrics)) if options.metrics else None
    placed = score_table(
        found, scale=options.scale, normalise=options.normalise, tasks=tasks, source=SCORE_FILES
    )
    problems = with_unplaced(found, placed, options.scale)
    if not len(placed.table):
        first = problems.filter(outcome=LEFT_OUT).row(0, named=True)
        raise DataError(f"{origin}: {first['file']}: {first['problem']}; no score is left")
    counts = cell_counts(placed.table)
    metrics = metric_table(counts, normalise=options.normalise)
    notes = notes_of(
        found, placed, problems, counts, metrics, scale=options.scale, normalise=options.normalise
    )
    if tasks is not None:
        notes.append(
            f"numbers of items are from {options.metrics}; BIG-G was asked 1024 items of a task at "
            "most, GPT and PaLM 1000 (inferred)"
        )
    families = family_table(counts, found.files, SIZES[options.scale])
    tables = {FAMILIES: families, METRICS: metrics, PROBLEMS: problems}
    return Reading(
        placed.table,
        notes=tuple(notes),
        tables={title: frame for title, frame in tables.items() if frame.height},
        digest=found.digest,
    )


SOURCE = Source(
    name="bigbench",
    title="BIG-bench: score files of 200 tasks and 55 models, or the Lite table",
    summary="Scores of BIG-G, GPT-3, PaLM, Gopher and T0 models. PATH is a clone of BIG-bench, any "
    "folder that holds */results/scores_*.json, a .tar.gz of one, the http(s) address of such an "
    "archive, or the Lite table, to which sizes, metrics and chance levels are added. Look at "
    "which curves have a large emergence score, and at how many have none because half of their "
    "steps are zero.",
    citations=(
        "A. Srivastava et al. (2022). Beyond the imitation game: quantifying and extrapolating "
        "the capabilities of language models. arXiv 2206.04615.",
        "google/BIG-bench, bigbench/benchmark_tasks (Apache-2.0).",
        "smolix/benchmark-selection, data/bigbench.csv (Apache-2.0).",
    ),
    origin="github.com/google/BIG-bench (simlab data fetch bigbench), or "
    "github.com/smolix/benchmark-selection, data/bigbench.csv (simlab data fetch bigbench-lite)",
    licence="Apache-2.0",
    path="required",
    read=read,
    options=Options,
    read_address=read_from,
    tells_progress=True,
    claims=lite_claims,
)
