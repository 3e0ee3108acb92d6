"""Compute the cells of a scenario that are missing, on an engine, and keep them as they come.

Used by a new run and by one that is taken up again.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from simlab import registry
from simlab.charts.bundle import start_bundle
from simlab.emergence.score import emergence_scores
from simlab.errors import DataError
from simlab.keeping import Ending, provenance_of, write_run
from simlab.parameters import Parameters
from simlab.result import Result
from simlab.runs.directory import PARTS, RunDirectory, key_digest
from simlab.runs.manifest import Manifest
from simlab.scenario import Scenario
from simlab.sweep.cell_index import INDEX, index_of
from simlab.sweep.cells import Cell, ScenarioTask, cells_of
from simlab.sweep.earlier import Earlier, find_cells
from simlab.sweep.engine import Engine, EngineChoice
from simlab.sweep.finished import Finished
from simlab.sweep.interrupts import Interrupts
from simlab.sweep.keys import cell_keys
from simlab.sweep.parts import Parts

Progress = Callable[[float, int], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run computes."""

    scenario: Scenario
    grid: Sequence[Parameters]
    passed: Mapping[str, Sequence[Any]]
    """Parameters as the user gave them."""
    seed: int
    seeds: int

    @property
    def key(self) -> list[Any]:
        """What the name of the run directory is a hash of."""
        return [self.scenario.name, self.scenario.version, self.builtins, self.seed, self.seeds]

    @property
    def builtins(self) -> list[dict[str, Any]]:
        """The grid as plain values."""
        return [msgspec.to_builtins(cell) for cell in self.grid]

    def cells(self) -> list[Cell]:
        """Return all cells, in the order of the table."""
        return cells_of(self.grid, seed=self.seed, seeds=self.seeds)


def plan_of(manifest: Manifest, path: Path) -> Plan:
    """Return what the run of a manifest was to compute.

    Raises UsageError if there is no such scenario, and DataError if the manifest's cells are not
    those that it was made with.
    """
    scenario: Scenario = registry.load(registry.SCENARIOS, manifest.name)
    try:
        cells = msgspec.convert(manifest.cells, list[scenario.parameters])  # type: ignore[name-defined]
    except msgspec.ValidationError as error:
        raise DataError(
            f"{path}: the parameters are not those of {manifest.name} as it is now ({error}); "
            f"'simlab run {manifest.name}' begins anew"
        ) from None
    plan = Plan(
        scenario=scenario,
        grid=cells,
        passed=manifest.passed,
        seed=manifest.seed,
        seeds=manifest.seeds,
    )
    name, _, *rest = plan.key
    if key_digest([name, manifest.version, *rest]) not in manifest.id:
        raise DataError(
            f"{path}: the parameters in its manifest are not those that it began with; "
            f"'simlab run {manifest.name}' begins anew"
        )
    return plan


def compute_run(
    plan: Plan,
    choice: EngineChoice,
    *,
    out: Path | None,
    again: RunDirectory | None = None,
    reuse: bool = True,
    charts: Sequence[str] = ("json",),
    progress: Progress = lambda done, total: None,
    status: Callable[[str], None] = lambda text: None,
) -> Result:
    """Compute what is missing of a run, and fill its directory.

    Parameters
    ----------
    plan : Plan
    choice : EngineChoice
        Where cells are computed; nothing is started if none is missing.
    out : Path or None
        Folder of runs; None writes nothing, and reuses nothing.
    again : RunDirectory, optional
        The run that is taken up again; default: a new one.
    reuse : bool
        Whether cells that runs below ``out`` have computed with the same code are taken from there.
    charts, progress, status
        As for `simlab.lab.run`.

    Errors are those of `simlab.lab.run`.
    """
    started = time.perf_counter()
    task, cells = ScenarioTask(plan.scenario), plan.cells()
    keys = cell_keys(task, cells) if out else []
    earlier = list(find_cells(out, plan.scenario.name, keys)) if out and reuse else []
    finished = Finished()
    for block in (block for run in earlier for block in run.blocks):
        finished.keep_block(block)
    n_found = len(finished)
    missing = _missing(earlier, len(cells))
    with choice.open() if missing else choice.idle() as engine:
        if out:
            start_bundle()
        directory = _directory(plan, out, again, engine, _inputs(task, plan)) if out else None
        if directory:
            directory.manifest.n_cells_reused = n_found
            directory.manifest.reused_from = [run.run for run in earlier]
            directory.save_manifest()
        parts = Parts(directory.path / PARTS, keys) if directory else None

        def keep(i: int, frame: pl.DataFrame) -> None:
            finished.keep(missing[i], frame)
            if parts:
                parts.keep(missing[i], frame)

        with Ending(directory, finished, started, parts):
            with Interrupts() as interrupts:

                def done(n: float) -> None:
                    interrupts.check()
                    progress(n_found + n, len(cells))

                done(0.0)
                engine.compute(
                    task, [cells[i] for i in missing], keep=keep, progress=done, status=status
                )
                engine.close(early=False)
            table = finished.table()
            claims = plan.scenario.claims(plan.grid, table)
            result = Result(table, emergence_scores(table), claims, directory=directory)
            if directory:
                draw = plan.scenario.charts
                figures = draw(plan.grid, table) if draw else None
                write_run(
                    result, plan.scenario, figures, charts, len(cells), started,
                    extra={INDEX: lambda scores: index_of(finished.blocks(), keys, table, scores)},
                )  # fmt: skip
    return result


def _missing(earlier: Iterable[Earlier], n_cells: int) -> list[int]:
    """Return the places of the cells that no earlier run has."""
    found = bytearray(n_cells)
    for run in earlier:
        for block in run.blocks:
            n = len(block.heights)
            found[block.place : block.place + n] = b"\x01" * n
    return [place for place in range(n_cells) if not found[place]]


def _inputs(task: ScenarioTask, plan: Plan) -> dict[str, str]:
    found: dict[str, str] = {}
    for parameters in plan.grid:
        found |= task.inputs(Cell(parameters, plan.seed))
    return found


def _directory(
    plan: Plan, out: Path, again: RunDirectory | None, engine: Engine, inputs: dict[str, str]
) -> RunDirectory:
    """Return a new run directory, or the one that is taken up, with a manifest of this attempt."""
    known = provenance_of(
        "scenario", plan.scenario, plan.passed, plan.builtins, plan.seed, plan.seeds,
        engine.threads, inputs, engine=engine.name,
    )  # fmt: skip
    if again is None:
        return RunDirectory.create(out, key=plan.key, **known)
    for name, value in known.items():
        setattr(again.manifest, name, value)
    again.manifest.status, again.manifest.error = "running", None
    again.manifest.resumed.append(datetime.now(UTC).isoformat(timespec="seconds"))
    return again
