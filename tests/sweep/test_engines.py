"""Every engine gives the same bits, and says in one line what went wrong."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from simlab import registry
from simlab.errors import DataError, SimlabError, UsageError
from simlab.lab import InterruptedRunError, run
from simlab.runs.directory import RunDirectory
from simlab.sweep import batch
from simlab.sweep.cells import Cell, ScenarioTask, cells_of
from simlab.sweep.engine import Engine, EngineChoice, LostWorkerError
from simlab.sweep.executors import CellError
from tests.sweep.processes import gone

pytestmark = pytest.mark.usefixtures("faults")
GRID = {"slope": [0.1, 0.25]}


def table(**engine: Any) -> pl.DataFrame:
    return run("faults", GRID, seeds=20, out=None, **engine).table.frame


def test_every_engine_gives_the_same_table() -> None:
    expected = table()
    assert expected["draw"].null_count() == expected.height / 2
    with ThreadPoolExecutor(3) as pool:
        others = [table(workers=2), table(executor=pool), table(threads=2)]
    for other in others:
        assert other.schema == expected.schema
        assert other.equals(expected)


def test_real_kernels_on_workers() -> None:
    given = {"K": [1, 4], "items": [2000]}
    here = run("compounding", given, seeds=3, out=None)
    there = run("compounding", given, seeds=3, out=None, workers=2)
    assert there.table.frame.equals(here.table.frame)
    assert there.scores.equals(here.scores)
    assert there.claims == here.claims


def test_the_manifest_says_where_cells_were_computed(tmp_path: Path) -> None:
    seen: list[tuple[float, int]] = []
    words: set[str] = set()
    notes = tmp_path / "notes"
    notes.mkdir()
    result = run(
        "faults",
        {"pause": [0.3], "notes": [str(notes)]},
        seeds=4,
        workers=2,
        out=tmp_path,
        progress=lambda done, n: seen.append((done, n)),
        status=words.add,
    )
    assert result.directory is not None
    manifest = result.directory.manifest
    assert (manifest.engine, manifest.threads) == ("2 local workers", 1)
    assert (manifest.status, manifest.n_cells_done) == ("complete", 4)
    assert seen[-1] == (4.0, 4)
    assert any(done % 1 == 0.5 for done, _ in seen), "the share of cells under way"
    assert words
    assert words <= {f"half of {seed}" for seed in range(4)}
    processes = {int(path.name) for path in notes.glob("[0-9]*")}
    assert len(processes) == 2
    assert os.getpid() not in processes


@pytest.mark.parametrize("engine", [{}, {"workers": 2}])
def test_the_error_of_a_cell(tmp_path: Path, engine: dict[str, Any]) -> None:
    with pytest.raises(DataError, match=r"^the toy broke; mend it$"):
        run("faults", {"trouble": ["data"]}, seeds=40, out=tmp_path, **engine)
    kept = RunDirectory.open(tmp_path, "last")
    assert (kept.manifest.status, kept.manifest.error) == ("failed", "the toy broke; mend it")
    scores = kept.table()
    assert scores is not None
    assert 5 not in set(scores.frame["seed"])
    if not engine:  # other workers may be slow
        assert set(scores.frame["seed"]) == set(range(5))
    assert kept.manifest.n_cells_done == scores.frame["seed"].n_unique()


def test_a_bug_names_its_cell() -> None:
    with pytest.raises(CellError) as caught:
        run("faults", {"trouble": ["bug"]}, seeds=8, out=None, workers=1)
    assert str(caught.value) == "ZeroDivisionError: by zero (in the cell trouble=bug, seed 5)"
    assert "faults.py" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("trouble", "how"), [("kill", r"ended by SIGKILL"), ("exit", "ended with exit code 7")]
)
def test_a_worker_that_dies(tmp_path: Path, trouble: str, how: str) -> None:
    with pytest.raises(LostWorkerError, match=how) as caught:
        run("faults", {"trouble": [trouble]}, seeds=30, out=tmp_path, workers=2)
    assert caught.value.exit_code == 4
    assert f"in the cell trouble={trouble}, seed 5; run again" in str(caught.value)
    kept = RunDirectory.open(tmp_path, "last")
    assert kept.manifest.status == "failed"
    assert f"{kept.manifest.n_cells_done} finished cells are in {kept.path}" in str(caught.value)


def test_ctrl_c_keeps_what_is_done_and_ends_the_workers(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()

    def interrupt(done: float, n: int) -> None:
        if done >= 5:
            signal.raise_signal(signal.SIGINT)

    given = {"trouble": ["hang"], "pause": [0.05], "notes": [str(notes)]}
    with pytest.raises(InterruptedRunError, match="finished cells are in") as caught:
        run("faults", given, seeds=8, out=tmp_path / "runs", workers=2, progress=interrupt)
    assert caught.value.exit_code == 130
    kept = RunDirectory.open(tmp_path / "runs", "last")
    assert kept.manifest.status == "interrupted"
    scores = kept.table()
    assert scores is not None
    assert scores.frame["seed"].n_unique() == kept.manifest.n_cells_done >= 5
    assert all(gone(int(path.name)) for path in notes.glob("[0-9]*"))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"workers": 0}, "--workers 0: give at least 1"),
        ({"cluster": "here"}, "--cluster 'here': give the address of a Dask scheduler"),
        ({"cluster": "tcp://127.0.0.1:1", "workers": 2}, "has workers of its own"),
        ({"executor": object(), "workers": 2}, "give one"),
    ],
)
def test_engines_that_make_no_sense(tmp_path: Path, words: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        run("faults", out=tmp_path, **words)
    assert list(tmp_path.iterdir()) == []


def test_without_the_package_distributed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'simlab\[dask\]'"):
        EngineChoice(cluster="local").open()


def _answer(change: Callable[[batch.Request], batch.Request]) -> batch.Failure | None:
    scenario = registry.load(registry.SCENARIOS, "faults")
    cells = cells_of([scenario.parameters()], seed=0, seeds=2)
    packed = batch.pack(ScenarioTask(scenario), cells, threads=1)
    request = msgspec.msgpack.decode(packed, type=batch.Request)
    reply = batch.run_batch(msgspec.msgpack.encode(change(request)), where="worker w")
    return batch.unpack(reply)[2]


@pytest.mark.parametrize("name", ["simlab", "kernels", "numba", "scenario faults"])
def test_a_worker_with_other_code_computes_nothing(name: str) -> None:
    assert _answer(lambda request: request) is None
    failure = _answer(lambda r: msgspec.structs.replace(r, code={**r.code, name: "another"}))
    assert failure is not None
    assert (failure.kind, failure.where) == ("", "worker w")
    assert f"{name} " in failure.message
    assert " instead of another; install the same versions" in failure.message


def test_an_engine_of_ones_own_needs_only_submit() -> None:
    class Late:
        """Computes a batch when its result is asked for."""

        def __init__(self, call: Callable[[], Any]) -> None:
            self.call = call

        def add_done_callback(self, then: Callable[[Any], None]) -> None:
            then(self)

        def result(self) -> Any:
            return self.call()

    class Executor:
        def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Late:
            return Late(lambda: function(*arguments))

    assert table(executor=Executor()).equals(table())


def test_cells_are_named_by_what_differs() -> None:
    parameters = registry.load(registry.SCENARIOS, "faults").parameters
    assert str(Cell(parameters(slope=0.5), 3)) == "slope=0.5, seed 3"
    assert str(Cell(parameters(), 3)) == "seed 3"
    assert isinstance(EngineChoice().open(), Engine)
    assert issubclass(LostWorkerError, SimlabError)
