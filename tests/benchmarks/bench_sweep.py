"""Sweeps: two workers against one, and what a cell costs beside its own work.

Workers are started before the clock; that costs a run once, about as long as its imports.
"""

import atexit
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from simlab import registry
from simlab.emergence.score import emergence_scores
from simlab.keeping import InterruptedRunError
from simlab.parameters import Parameters, grid
from simlab.runs.directory import list_runs
from simlab.scenario import Context, Scenario
from simlab.scenario_run import Plan, compute_run
from simlab.sweep.cells import Cell, ScenarioTask, cells_of
from simlab.sweep.engine import Engine, EngineChoice
from simlab.sweep.finished import Finished
from simlab.table import ScoreTable
from tests.benchmarks.measure import Limit, SideBySide

_open: dict[str, Engine] = {}


def computed(engine: Engine, scenario: Scenario, cells: list[Cell]) -> pl.DataFrame:
    """Return the joined table of the cells, as a run joins it."""
    finished = Finished()
    engine.compute(ScenarioTask(scenario), cells, keep=finished.keep)
    return finished.table().frame


def on(name: str, scenario: Scenario, cells: list[Cell], **engine: Any) -> Callable[[], Any]:
    """Return a call that computes the cells on an engine, which is opened once and kept."""

    def call() -> pl.DataFrame:
        if name not in _open:
            _open[name] = EngineChoice(**engine).open()
            atexit.register(_open[name].close)
        return computed(_open[name], scenario, cells)

    return call


def equal(ours: pl.DataFrame, peers: pl.DataFrame) -> None:
    """Raise unless both tables are the same in every bit."""
    if not ours.equals(peers):
        raise AssertionError("engines differ")


def tiny_run(p: Parameters, context: Context) -> ScoreTable:
    """Return a table of eight rows, always the same but for its seed."""
    return ScoreTable(_TINY.with_columns(pl.lit(context.seed, pl.Int64).alias("seed")))


_TINY = ScoreTable.from_columns(
    {
        "family": "toy",
        "scale": [10.0**e for e in range(4, 12)],
        "metric": "score",
        "score": [0.1 * i for i in range(8)],
    }
).frame
TINY = Scenario(
    name="tiny",
    title="",
    summary="",
    citations=(),
    parameters=Parameters,
    run=tiny_run,
    claims=lambda cells, table: [],
)


def tiny_sweep(n_cells: int) -> tuple[float, float]:
    """Return the seconds that a sweep of tiny cells takes with its scores, and its cells alone."""
    cells = cells_of([Parameters()], seed=0, seeds=n_cells)
    start = time.perf_counter()
    frame = computed(Engine(threads=1), TINY, cells)
    emergence_scores(ScoreTable(frame))
    whole = time.perf_counter() - start
    start = time.perf_counter()
    for cell in cells:
        tiny_run(cell.parameters, Context(seed=cell.seed))
    return whole, time.perf_counter() - start


@cache
def killed_sweep(n_cells: int) -> Path:
    """Return a folder with a sweep of tiny cells that was cut off when all of them were there."""
    out = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, out)
    broken = replace(TINY, claims=_cut_off)
    with suppress(InterruptedRunError):
        compute_run(_plan(n_cells, broken), EngineChoice(threads=1), out=out)
    return out


def _cut_off(cells: Any, table: ScoreTable) -> list[Any]:
    raise KeyboardInterrupt


def _plan(n_cells: int, scenario: Scenario = TINY) -> Plan:
    return Plan(scenario=scenario, grid=[Parameters()], passed={}, seed=0, seeds=n_cells)


def resumed(n_cells: int) -> float:
    """Return the seconds that going on with it takes: all cells, their scores, the page."""
    return _again(killed_sweep(n_cells), n_cells)


def repeated(n_cells: int) -> float:
    """Return the seconds that the same run takes once it is complete."""
    out = killed_sweep(n_cells)
    if not any(run.manifest.status == "complete" for run in list_runs(out)):
        _again(out, n_cells)
    return _again(out, n_cells)


def _again(out: Path, n_cells: int) -> float:
    start = time.perf_counter()
    result = compute_run(_plan(n_cells), EngineChoice(threads=1), out=out)
    seconds = time.perf_counter() - start
    assert result.directory is not None
    assert result.directory.manifest.n_cells_reused == n_cells
    return seconds


def overhead() -> float:
    """Return the seconds that a tiny cell costs beside its own work."""
    whole, own = tiny_sweep(5_000)
    return (whole - own) / 5_000


def benchmarks(quick: bool) -> list[SideBySide | Limit]:
    """Return the benchmarks of sweeps."""
    scenario = registry.load(registry.SCENARIOS, "compounding")
    points = grid(scenario.parameters, {"K": (1, 4, 8)})
    cells = cells_of(points, seed=0, seeds=80 if quick else 200)
    n_tiny = 10_000 if quick else 100_000
    found: list[SideBySide | Limit] = []
    for engine, words in (("local", {}), ("Dask", {"cluster": "local"})):
        one, two = (on(f"{engine} {n}", scenario, cells, workers=n, **words) for n in (1, 2))
        found.append(
            SideBySide(
                name=f"sweep of {len(cells)} cells, two {engine} workers against one",
                unit="cell",
                ours=two,
                work=len(cells),
                peer=one,
                peer_name="one worker",
                peer_work=len(cells),
                goal=1.8,
                check=equal,
            )
        )
    found.append(
        SideBySide(
            name=f"sweep of {len(cells)} cells, one local worker against in process",
            unit="cell",
            ours=on("local 1", scenario, cells, workers=1),
            work=len(cells),
            peer=on("here", scenario, cells, threads=1),
            peer_name="in process",
            peer_work=len(cells),
            goal=0.95,
            check=equal,
        )
    )
    found.append(
        Limit(name="a cell beside its work, in process", unit="s", measure=overhead, goal=1e-3)
    )
    found.append(
        Limit(
            name=f"sweep of {n_tiny} tiny cells with its scores",
            unit="s",
            measure=lambda: tiny_sweep(n_tiny)[0],
            goal=60.0,
            rounds=1,
        )
    )
    for name, measure in (("killed", resumed), ("finished", repeated)):
        found.append(
            Limit(
                name=f"resume of a {name} sweep of {n_tiny} cells, with its scores and page",
                unit="s",
                measure=lambda measure=measure: measure(n_tiny),  # type: ignore[misc]
                goal=2.0,
                rounds=3,
            )
        )
    return found
