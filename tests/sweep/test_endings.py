"""However a run ends, its workers end: Ctrl-C at a terminal, kill, kill -9."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simlab.runs.directory import RunDirectory
from tests.sweep.processes import gone

ENGINES = {"processes": ["--workers", "2"], "cluster": ["--cluster", "local", "--workers", "2"]}


@pytest.mark.parametrize(
    ("engine", "how"),
    [
        ("processes", signal.SIGINT),
        ("processes", signal.SIGTERM),
        ("processes", signal.SIGKILL),
        ("cluster", signal.SIGINT),
        ("cluster", signal.SIGTERM),
        ("cluster", signal.SIGKILL),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_no_worker_outlives_its_run(
    faults_path: Path, tmp_path: Path, engine: str, how: signal.Signals
) -> None:
    if engine == "cluster" and importlib.util.find_spec("distributed") is None:
        pytest.skip("the extra dask is not installed")
    notes = tmp_path / "notes"
    notes.mkdir()
    words = [
        "--seeds",
        "8",
        "--trouble",
        "hang",
        "--pause",
        "0.2",
        "--notes",
        str(notes),
        *ENGINES[engine],
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", "from simlab.cli import main; main()", "run", "faults", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(faults_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    begun = [f"seed{seed}" for seed in range(8)]
    while time.monotonic() < until and process.poll() is None:
        if all((notes / name).exists() for name in begun):
            break
        time.sleep(0.02)
    workers = [int(path.name) for path in notes.glob("[0-9]*")]
    assert workers
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does, to all processes of the run
    else:
        process.send_signal(how)
    out, err = process.communicate(timeout=30)
    assert out == ""
    assert all(map(gone, workers))
    kept = RunDirectory.open(tmp_path / "runs", "last")
    if how == signal.SIGKILL:
        assert process.returncode == -how
        assert kept.manifest.status == "running"
        assert not kept.is_held()
        return
    said = {signal.SIGINT: "interrupted", signal.SIGTERM: "ended by SIGTERM"}[how]
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[how], err
    assert err.startswith(f"simlab: {said}; ")
    assert err.endswith(
        "finished cells are in "
        f"{kept.path.relative_to(tmp_path)}, 'simlab runs resume' goes on from there\n"
    )
    assert err.count("\n") == 1
    assert kept.manifest.status == "interrupted"
    assert kept.manifest.n_cells_done >= 5
