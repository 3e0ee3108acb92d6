"""Sweeps: two workers against one, and what a cell costs beside its own work.

Workers are started before the clock; that costs a run once, about as long as its imports.
"""

import atexit
import time
from collections.abc import Callable
from typing import Any

import polars as pl

from simlab import registry
from simlab.emergence.score import emergence_scores
from simlab.parameters import Parameters, grid
from simlab.scenario import Context, Scenario
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
    return found
