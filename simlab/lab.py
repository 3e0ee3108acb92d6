"""Run a scenario or replay a source: table, scores, claims, run directory, page.

>>> result = run("compounding", {"K": [1, 4], "items": [1000]}, out=None)
>>> sorted(result.table.frame["subtask"].unique())
['K=1, items=1000', 'K=4, items=1000']
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from simlab import registry
from simlab.data import resolve
from simlab.emergence.score import emergence_scores
from simlab.errors import UsageError
from simlab.keeping import Ending, InterruptedRunError, provenance_of, write_run
from simlab.parameters import Parameters, grid, single
from simlab.result import Result
from simlab.runs import provenance
from simlab.runs.directory import RunDirectory
from simlab.scenario import Scenario
from simlab.scenario_run import Plan, compute_run, plan_of
from simlab.source import Progress as BytesRead
from simlab.source import Reading, Source, no_progress
from simlab.sweep.engine import EngineChoice, Executor
from simlab.sweep.finished import Finished

Progress = Callable[[float, int], None]

__all__ = ["InterruptedRunError", "Result", "keep", "replay", "resume", "run"]


def run(
    name: str,
    parameters: Mapping[str, Sequence[Any]] | None = None,
    *,
    seed: int = 0,
    seeds: int = 1,
    threads: int | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    executor: Executor | None = None,
    out: str | Path | None = "runs",
    reuse: bool = True,
    charts: Sequence[str] = ("json",),
    progress: Progress = lambda done, total: None,
    status: Callable[[str], None] = lambda text: None,
) -> Result:
    """Run the scenario ``name`` over the grid of ``parameters``.

    Parameters
    ----------
    name : str
        A registered scenario; ``simlab list`` shows them.
    parameters : mapping of str to sequence, optional
        Values of each parameter; several values of a scalar one become an axis.
    seed, seeds : int
        First seed and number of replicates; replicate r has seed ``seed + r``.
    threads : int, optional
        Threads of a cell; the result does not depend on it. Default: all cores of this process,
        or 1 where workers compute.
    workers : int, optional
        Compute the cells in that many processes of this machine.
    cluster : str, optional
        Compute them on a Dask cluster: the address of its scheduler, or "local" for one on this
        machine with ``workers`` workers.
    executor : Executor, optional
        Compute them on any object with ``submit``, such as an executor of mpi4py. It stays open.
    out : path, optional
        Folder of the run directories; None writes nothing.
    reuse : bool
        Take cells that runs below ``out`` have computed, with the same code, from there.
    charts : sequence of {"json", "png", "svg", "html"}
        Formats in which each figure is written under ``charts/``.
    progress : callable
        Takes cells done (fractional, reused ones among them) and cells in all.
    status : callable
        Takes a few words on where the cell at work stands, such as its loss.

    Raises
    ------
    UsageError
        Unknown name or parameter, or a value out of its range.
    DataError
        The folder cannot be written.
    LostWorkerError
        A worker or the cluster cannot be reached, or is gone; finished cells are kept.
    InterruptedRunError
        Ctrl-C; finished cells are kept.
    """
    scenario: Scenario = registry.load(registry.SCENARIOS, name)
    if seeds < 1:
        raise UsageError(f"--seeds {seeds}: give at least 1")
    passed = dict(parameters or {})
    plan = Plan(
        scenario=scenario,
        grid=grid(scenario.parameters, {**scenario.grid, **passed}),
        passed=passed,
        seed=seed,
        seeds=seeds,
    )
    return compute_run(
        plan,
        EngineChoice(workers=workers, cluster=cluster, executor=executor, threads=threads),
        out=Path(out) if out else None,
        reuse=reuse,
        charts=charts,
        progress=progress,
        status=status,
    )


def resume(
    reference: str = "last",
    *,
    threads: int | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    executor: Executor | None = None,
    out: str | Path = "runs",
    charts: Sequence[str] = ("json",),
    progress: Progress = lambda done, total: None,
    status: Callable[[str], None] = lambda text: None,
) -> Result | RunDirectory:
    """Go on with a run that was killed, interrupted or failed: compute what is missing.

    Parameters
    ----------
    reference : str
        A path, an id or its start, or "last".
    threads, workers, cluster, executor, out, charts, progress, status
        As for `run`; the engine may be another one than before.

    Returns the run directory alone if the run is complete: there is nothing to do.

    Raises
    ------
    UsageError
        There is no such run, it is not one of a scenario, or another process is writing it.
    DataError
        Its manifest is damaged, or holds parameters that are not those of the scenario.
    LostWorkerError, InterruptedRunError
        As for `run`.
    """
    choice = EngineChoice(workers=workers, cluster=cluster, executor=executor, threads=threads)
    directory = RunDirectory.open(Path(out), reference)
    manifest = directory.manifest
    if manifest.kind != "scenario":
        raise UsageError(
            f"{directory.path}: is a run of the source {manifest.name!r}; "
            f"'simlab replay {manifest.name}' reads it anew"
        )
    if manifest.status == "complete":
        return directory
    plan = plan_of(manifest, directory.path)
    directory.hold()
    return compute_run(
        plan, choice, out=directory.path.parent, again=directory, charts=charts,
        progress=progress, status=status,
    )  # fmt: skip


def replay(
    name: str,
    path: str | Path | None = None,
    parameters: Mapping[str, Sequence[Any]] | None = None,
    *,
    out: str | Path | None = "runs",
    charts: Sequence[str] = ("json",),
    progress: BytesRead = no_progress,
) -> Result:
    """Read the published source ``name`` (at ``path``, if it needs one) and score its curves.

    ``path`` may also be the name of a data set that ``simlab data fetch`` has fetched, or, for some
    sources, an http(s) address. Arguments and errors are those of `run`; ``parameters`` are the
    source's options, and ``progress`` takes the bytes that were read, and those in all or None.
    """
    source: Source = registry.load(registry.SOURCES, name)
    passed = dict(parameters or {})
    options = single(source.options, passed)
    if source.path == "required" and path is None:
        raise UsageError(f"replay {name}: give the PATH of its data ({source.origin})")
    started = time.perf_counter()
    told = {"progress": progress} if source.tells_progress else {}
    if path is not None and "://" in str(path):
        if source.read_address is None:
            raise UsageError(f"replay {name}: PATH is a file or a folder, not an address")
        reading = source.read_address(str(path), options, **told)
        inputs = {str(path): reading.digest}
    else:
        file = resolve(path) if path is not None else None
        reading = source.read(file, options, **told)
        inputs = provenance.inputs_of(file, reading.files, digest=reading.digest)
    return keep(
        source, reading, options, passed=passed, inputs=inputs, out=out, charts=charts,
        started=started,
    )  # fmt: skip


def keep(
    source: Source,
    reading: Reading,
    options: Parameters,
    *,
    passed: Mapping[str, Sequence[Any]],
    inputs: dict[str, str],
    out: str | Path | None,
    charts: Sequence[str] = ("json",),
    seed: int = 0,
    started: float | None = None,
    frames: Mapping[str, pl.DataFrame] | None = None,
) -> Result:
    """Score what a source has read, check its claims, and write its run directory.

    Parameters
    ----------
    source : Source
    reading : Reading
        What ``source.read`` returned with ``options``.
    passed : mapping
        The options that the user gave.
    inputs : mapping of str to str
        Files that were read, with their sha256.
    out, charts
        As for `run`.
    seed : int
        Of analyses that resample.
    started : float, optional
        `time.perf_counter` before reading.
    frames : mapping of str to polars.DataFrame, optional
        Further files of the run directory by name, .parquet or .csv.
    """
    started = time.perf_counter() if started is None else started
    builtins = [msgspec.to_builtins(options)]
    directory = out and RunDirectory.create(
        Path(out),
        key=[
            source.name,
            builtins,
            seed,
            sorted(digest or name for name, digest in inputs.items()),
        ],
        **provenance_of("source", source, passed, builtins, seed, 1, 1, inputs),
    )
    finished = Finished()
    finished.keep(0, reading.table.frame)
    with Ending(directory or None, finished, started):
        claims = source.claims(reading) if source.claims else []
        result = Result(
            reading.table,
            emergence_scores(reading.table),
            claims,
            reading.notes,
            reading.tables,
            directory or None,
            reading.items,
            reading.headline,
        )
        if directory and reading.items is not None:
            directory.save_items(reading.items)
        if directory:
            for name, frame in (frames or {}).items():
                directory.save_frame(name, frame)
            figures = source.charts(reading) if source.charts else None
            write_run(result, source, figures, charts, 1, started)
    return result
