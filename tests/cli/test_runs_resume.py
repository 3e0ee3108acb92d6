"""``simlab runs resume``, and what ``simlab runs`` says of a run that was killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simlab.runs.directory import PARTS, RunDirectory
from tests.cli.conftest import Simlab

RUN = ("run", "compounding", "--K", "1", "4", "--items", "150000", "--seeds", "150")


def killed(folder: Path) -> RunDirectory:
    """Start a run in a process of its own, and kill it once cells are on disk."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from simlab.cli import main; main()", *RUN, "--quiet"],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if not k.startswith("SIMLAB_") or "CACHE" in k},
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        if any(folder.glob(f"runs/*/{PARTS}/*.part")):
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    return RunDirectory.open(folder / "runs", "last")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_a_killed_run_is_seen_and_resumed(simlab: Simlab, folder: Path) -> None:
    directory = killed(folder)
    assert directory.manifest.status == "running"
    (told,) = json.loads(simlab("runs", "--format", "json").out)["runs"]
    assert told["status"] == "cut off"
    assert "cut off" in simlab("runs").out

    expected = simlab(*RUN, "--format", "csv", "--out", "elsewhere")
    found = simlab("runs", "resume", "--format", "csv", "--workers", "2")
    assert found.code == expected.code == 0, found.err
    assert found.out == expected.out
    first, *_ = [line for line in found.err.splitlines() if "cells are taken" in line]
    assert first.endswith(" of 300 cells are taken from what this run had")
    n_kept = int(first.split()[0])
    assert 0 < n_kept < 300
    (told,) = json.loads(simlab("runs", "--format", "json").out)["runs"]
    assert (told["status"], told["n_cells_reused"]) == ("complete", n_kept)

    left = simlab("runs", "resume", told["id"])
    assert (left.code, left.out) == (0, "")
    assert left.err == f"runs/{told['id']} is complete: there is nothing left to do\n"


def test_the_help_and_a_name_that_is_none(simlab: Simlab) -> None:
    assert "Go on with a run" in simlab("runs", "resume", "--help").out
    missing = simlab("runs", "resume", "nothing")
    assert missing.code == 2
    assert missing.err.startswith("simlab: no run 'nothing' in runs")
    assert simlab("runs", "--out", "none", "resume").code == 2
