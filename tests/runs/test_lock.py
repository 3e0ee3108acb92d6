"""The lock of a run directory, between processes."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simlab.errors import UsageError
from simlab.runs.directory import RunDirectory
from simlab.runs.lock import NAME, is_locked, lock
from tests.runs.test_directory import made

HOLD = """
import sys, time
from pathlib import Path
from simlab.runs.lock import lock
held = lock(Path(sys.argv[1]))
print(held is not None, flush=True)
time.sleep(600)
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        assert is_locked(tmp_path)
        assert lock(tmp_path) is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not is_locked(tmp_path)
    held = lock(tmp_path)
    assert held is not None
    held.release()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_whose_file_was_just_removed_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    first = lock(tmp_path)
    assert first is not None
    flock, calls = fcntl.flock, []

    def late(descriptor: int, how: int) -> None:
        """The first holder ends between the opening and the locking of the file."""
        calls.append(descriptor)
        if len(calls) == 1:
            first.release()
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    second = lock(tmp_path)
    assert second is not None
    assert len(calls) == 2
    monkeypatch.undo()
    assert is_locked(tmp_path)
    assert (tmp_path / NAME).exists()
    second.release()


def test_a_run_is_written_by_one_process(tmp_path: Path) -> None:
    run = made(tmp_path)
    assert run.is_held()
    with pytest.raises(UsageError, match="another process is writing this run"):
        RunDirectory.open(tmp_path, "last").hold()
    run.finish("failed", wall_seconds=1.0)
    assert not run.is_held()
    again = RunDirectory.open(tmp_path, "last")
    again.hold()
    again.release()
