"""Runs from end to end: what is kept when one is interrupted, fails, or cannot write."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest

from simlab import registry
from simlab.claims.claim import Claim, holds
from simlab.errors import DataError, UsageError
from simlab.lab import InterruptedRunError, replay, run
from simlab.parameters import Meta, Parameters
from simlab.runs.directory import RunDirectory
from simlab.scenario import Context, Scenario
from simlab.source import Reading, Source
from simlab.table import ScoreTable


class ToyParameters(Parameters):
    slope: Annotated[float, Meta(description="rise per scale")] = 0.1
    trouble: Annotated[str, Meta(description="what goes wrong")] = "none"


def toy_run(p: ToyParameters, context: Context) -> ScoreTable:
    if p.trouble == "interrupt" and context.seed == 2:
        raise KeyboardInterrupt
    if p.trouble == "error" and context.seed == 2:
        raise DataError("the toy broke; mend it")
    if p.trouble == "hang":
        time.sleep(0.2)
    scale = [1e6, 1e7, 1e8, 1e9]
    return ScoreTable.from_columns(
        {
            "family": "toy",
            "scale": scale,
            "task": f"slope {p.slope}",
            "metric": "score",
            "score": [p.slope * i for i in range(4)],
            "seed": context.seed,
        }
    )


def toy_claims(cells: list[ToyParameters], table: ScoreTable) -> list[Claim]:
    passed = all(cell.slope > 0 for cell in cells)
    return [holds("up", "It rises", passed=passed, observed="", expected="up", source="toy")]


TOY = Scenario(
    name="toy",
    title="A toy",
    summary="Straight lines.",
    citations=(),
    parameters=ToyParameters,
    run=toy_run,
    claims=toy_claims,
    grid={"slope": (0.1, 0.2)},
)

TOY_SOURCE = Source(
    name="toy",
    title="A toy source",
    summary="One row a scale.",
    citations=(),
    origin="nowhere",
    licence="none",
    path="required",
    read=lambda path, options: Reading(ScoreTable.read(path or ""), ("a note",)),
)


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    held = {registry.SCENARIOS: TOY, registry.SOURCES: TOY_SOURCE}

    class Point:
        def __init__(self, group: str) -> None:
            self.group = group

        def load(self) -> Any:
            return held[self.group]

    monkeypatch.setattr(registry, "_points", lambda group: {"toy": Point(group)})


def test_a_complete_run(tmp_path: Path) -> None:
    seen: list[tuple[float, int]] = []
    result = run("toy", seeds=3, seed=5, out=tmp_path, progress=lambda d, n: seen.append((d, n)))
    assert result.passed
    assert result.directory is not None
    manifest = json.loads((result.directory.path / "manifest.json").read_text())
    assert manifest["status"] == "complete"
    assert manifest["n_cells_done"] == 6
    assert manifest["cells"] == [
        {"slope": 0.1, "trouble": "none"},
        {"slope": 0.2, "trouble": "none"},
    ]
    assert seen[-1] == (6.0, 6)
    names = {p.name for p in result.directory.path.iterdir()}
    assert names == {
        "manifest.json",
        "scores.parquet",
        "cells.msgpack",
        "claims.json",
        "charts",
        "report.html",
        "report.json",
    }
    assert sorted(set(result.table.frame["seed"])) == [5, 6, 7]
    assert result.scores["emergence_score"].round(9).to_list() == [3.0] * 6


def test_an_interrupted_run_keeps_what_is_done(tmp_path: Path) -> None:
    with pytest.raises(InterruptedRunError, match="2 finished cells are in") as caught:
        run("toy", {"slope": [0.1], "trouble": ["interrupt"]}, seeds=5, out=tmp_path)
    assert caught.value.exit_code == 130
    directory = RunDirectory.open(tmp_path, "last")
    assert directory.manifest.status == "interrupted"
    table = directory.table()
    assert table is not None
    assert sorted(set(table.frame["seed"])) == [0, 1]
    assert not (directory.path / "report.html").exists()


def test_a_failed_run_says_why(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the toy broke"):
        run("toy", {"trouble": ["error"]}, seeds=5, out=tmp_path)
    manifest = RunDirectory.open(tmp_path, "last").manifest
    assert (manifest.status, manifest.error) == ("failed", "the toy broke; mend it")


def test_nothing_is_written_without_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("toy", out=None)
    assert result.directory is None
    assert list(tmp_path.iterdir()) == []


def test_a_usage_error_makes_no_folder(tmp_path: Path) -> None:
    for words in ({"slop": [1]}, {"slope": []}):
        with pytest.raises(UsageError):
            run("toy", words, out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_replay_notes_its_input(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("family,scale,metric,score\nf,1,m,0\nf,2,m,1\nf,3,m,3\n")
    result = replay("toy", path, out=tmp_path / "runs")
    assert result.directory is not None
    assert list(result.directory.manifest.inputs) == [str(path)]
    assert result.notes == ("a note",)
    assert result.scores["emergence_score"].to_list() == [pytest.approx(3 / 2.5**0.5)]
    with pytest.raises(UsageError, match="give the PATH"):
        replay("toy", out=None)
    path.write_text("family,scale,metric,score\nf,1,m,x\n")
    with pytest.raises(DataError, match="'x' is not a number"):
        replay("toy", path, out=tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_equal_runs_give_equal_tables() -> None:
    first, second = (run("toy", out=None, threads=t).table.frame for t in (1, 2))
    assert first.equals(second)
    assert isinstance(first, pl.DataFrame)


def test_ctrl_c_in_a_real_process(tmp_path: Path) -> None:
    """SIGINT in the middle of a run: exit 130, one line, an interrupted manifest."""
    words = ["run", "compounding", "--seeds", "100000", "--items", "2000", "--out", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-c", "from simlab.cli import main; main()", *words],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("*/manifest.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(2.0)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    assert err.startswith("simlab: interrupted; ")
    assert err.count("\n") == 1
    directory = RunDirectory.open(tmp_path, "last")
    assert directory.manifest.status == "interrupted"
    table = directory.table()
    done = directory.manifest.n_cells_done
    assert (table is None) == (done == 0)  # a slow machine may not have finished its first cell
    assert table is None or table.frame["seed"].n_unique() == -(-done // 3)
