"""Runs that are taken up again, or that earlier ones have computed a part of."""

import errno
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from simlab import atomic
from simlab.errors import DataError, UsageError
from simlab.lab import InterruptedRunError, replay, resume, run
from simlab.result import Result
from simlab.runs.directory import PARTS, RunDirectory
from simlab.sweep import parts

pytestmark = pytest.mark.usefixtures("faults")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write every cell when it is there."""
    monkeypatch.setattr(parts, "_MOST_CELLS", 1)


def computed(notes: Path) -> list[int]:
    """Return the seeds that were computed since the last call."""
    found = sorted(int(path.name.removeprefix("seed")) for path in notes.glob("seed*"))
    for path in notes.iterdir():
        path.unlink()
    return found


def cut_off(tmp_path: Path, notes: Path, *, at: int = 5, seeds: int = 8) -> RunDirectory:
    """Interrupt a run once ``at`` cells are done."""

    def interrupt(done: float, n: int) -> None:
        if done >= at:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(InterruptedRunError, match="'simlab runs resume' goes on from there"):
        run("faults", given(notes), seeds=seeds, out=tmp_path / "runs", progress=interrupt)
    assert computed(notes) == list(range(at))
    return RunDirectory.open(tmp_path / "runs", "last")


def given(notes: Path, **more: Any) -> dict[str, Any]:
    return {"notes": [str(notes)], **more}


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    return tmp_path / "notes"


def whole(notes: Path, seeds: int = 8, **more: Any) -> Result:
    found = run("faults", given(notes, **more), seeds=seeds, out=None)
    computed(notes)
    return found


@pytest.mark.parametrize("engine", [{}, {"workers": 2}])
def test_a_run_goes_on_where_it_was_cut_off(
    tmp_path: Path, notes: Path, engine: dict[str, Any]
) -> None:
    directory = cut_off(tmp_path, notes)
    seen: list[float] = []
    found = resume(out=tmp_path / "runs", progress=lambda done, n: seen.append(done), **engine)
    assert isinstance(found, Result)
    assert computed(notes) == [5, 6, 7]
    assert seen[0] == 5.0
    assert found.table.frame.equals(whole(notes).table.frame)
    assert found.directory is not None
    again = RunDirectory.open(tmp_path / "runs", "last")
    assert again.path == found.directory.path == directory.path
    manifest = again.manifest
    assert (manifest.status, manifest.error, manifest.n_cells_done) == ("complete", None, 8)
    assert (manifest.n_cells_reused, manifest.reused_from) == (5, [directory.path.name])
    assert len(manifest.resumed) == 1
    names = {path.name for path in again.path.iterdir()}
    assert names == {
        "manifest.json", "scores.parquet", "cells.msgpack", "claims.json", "charts", "report.html",
        "report.json",
    }  # fmt: skip
    left = resume(out=tmp_path / "runs")
    assert isinstance(left, RunDirectory)
    assert computed(notes) == []


def test_the_same_command_again_computes_what_is_missing(tmp_path: Path, notes: Path) -> None:
    first = cut_off(tmp_path, notes)
    second = run("faults", given(notes), seeds=8, out=tmp_path / "runs")
    assert computed(notes) == [5, 6, 7]
    assert second.table.frame.equals(whole(notes).table.frame)
    assert second.directory is not None
    assert second.directory.manifest.reused_from == [first.path.name]
    third = run("faults", given(notes), seeds=8, out=tmp_path / "runs")
    assert computed(notes) == []
    assert third.table.frame.equals(second.table.frame)
    fresh = run("faults", given(notes), seeds=8, out=tmp_path / "runs", reuse=False)
    assert computed(notes) == list(range(8))
    assert fresh.table.frame.equals(second.table.frame)


def test_a_wider_grid_takes_what_fits(tmp_path: Path, notes: Path) -> None:
    run("faults", given(notes, slope=[0.1, 0.3]), seeds=4, out=tmp_path / "runs")
    assert computed(notes) == [0, 1, 2, 3]
    wide = {"slope": [0.1, 0.2, 0.3], "pause": [0.0]}
    found = run("faults", given(notes, **wide), seeds=6, seed=1, out=tmp_path / "runs")
    assert computed(notes) == [1, 2, 3, 4, 5, 6]  # of slope 0.2, and the new seeds of all
    assert found.directory is not None
    assert found.directory.manifest.n_cells_reused == 2 * 3
    expected = run("faults", given(notes, **wide), seeds=6, seed=1, out=None)
    assert found.table.frame.equals(expected.table.frame)


def test_a_run_that_failed_goes_on_once_it_is_mended(tmp_path: Path, notes: Path) -> None:
    words = given(notes, trouble=["data"])
    with pytest.raises(DataError, match="the toy broke"):
        run("faults", words, seeds=8, out=tmp_path / "runs")
    assert computed(notes) == [0, 1, 2, 3, 4, 5]
    with pytest.raises(DataError, match="the toy broke"):
        resume(out=tmp_path / "runs")
    assert computed(notes) == [5]
    manifest = RunDirectory.open(tmp_path / "runs", "last").manifest
    assert (manifest.status, manifest.n_cells_done) == ("failed", 5)


def test_what_cannot_be_resumed(tmp_path: Path, notes: Path) -> None:
    out = tmp_path / "runs"
    with pytest.raises(UsageError, match="no run 'last'"):
        resume(out=out)
    replay("mirage", out=out)
    with pytest.raises(UsageError, match="is a run of the source 'mirage'; 'simlab replay mirage'"):
        resume(out=out)
    directory = cut_off(tmp_path, notes)
    directory.hold()
    with pytest.raises(UsageError, match="another process is writing this run"):
        resume(directory.path.name, out=out)
    directory.release()
    manifest = json.loads((directory.path / "manifest.json").read_text())
    for change, complaint in (
        ({"seeds": 9}, "not those that it began with; 'simlab run faults' begins anew"),
        ({"cells": [{"slope": "steep"}]}, "the parameters are not those of faults as it is now"),
        ({"cells": [{"gone": 1}]}, "the parameters are not those of faults as it is now"),
        ({"name": "fault"}, "no scenario 'fault'; did you mean 'faults'"),
    ):
        (directory.path / "manifest.json").write_text(json.dumps({**manifest, **change}))
        with pytest.raises((DataError, UsageError), match=complaint):
            resume(directory.path.name, out=out)
        assert not RunDirectory.open(out, str(directory.path)).is_held()


def test_damaged_parts_are_computed_anew(tmp_path: Path, notes: Path) -> None:
    directory = cut_off(tmp_path, notes)
    held = sorted((directory.path / PARTS).iterdir())
    assert len(held) == 5
    held[0].write_bytes(b"")
    held[1].write_bytes(held[2].read_bytes()[:-1])
    left = directory.path / PARTS / f".x.part.1-2{atomic.UNFINISHED}"
    left.write_bytes(b"a killed process left this")
    found = resume(out=tmp_path / "runs")
    assert isinstance(found, Result)
    assert len(computed(notes)) == 5
    assert found.table.frame.equals(whole(notes).table.frame)
    assert not (directory.path / PARTS).exists()


def test_a_disk_that_fills_up_in_the_middle(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, n = os.replace, 0

    def full(source: Path, target: Path) -> None:
        nonlocal n
        n += Path(target).suffix == ".part"
        if n > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(DataError, match=r"\.part: cannot be written: No space left on device"):
            run("faults", given(notes), seeds=8, out=tmp_path / "runs")
    assert computed(notes) == [0, 1, 2, 3]
    directory = RunDirectory.open(tmp_path / "runs", "last")
    assert (directory.manifest.status, directory.is_held()) == ("running", False)
    assert [p.name for p in directory.path.rglob(f"*{atomic.UNFINISHED}")] == []
    found = resume(out=tmp_path / "runs")
    assert isinstance(found, Result)
    assert computed(notes) == [3, 4, 5, 6, 7]
    assert found.table.frame.equals(whole(notes).table.frame)


def test_a_folder_that_becomes_read_only(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = cut_off(tmp_path, notes)
    system = os.open

    def read_only(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        """Stand in for a file system that was mounted anew; root may write anywhere else."""
        if flags & os.O_CREAT and str(path).startswith(str(directory.path)):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return system(path, flags, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", read_only)
        with pytest.raises(DataError, match="cannot be written: Read-only file system; free the"):
            resume(out=tmp_path / "runs")
    assert computed(notes) == []
    assert isinstance(resume(out=tmp_path / "runs"), Result)


def test_a_clock_that_jumps(tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that began in the future, by a clock since set back, is found and goes on."""
    import datetime as dates

    from simlab.runs import directory as module

    class Future(dates.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Future":
            return cls(2099, 1, 1, tzinfo=tz)

    with monkeypatch.context() as patch:
        patch.setattr(module, "datetime", Future)
        early = cut_off(tmp_path, notes)
    assert early.path.name.startswith("20990101")
    found = run("faults", given(notes), seeds=9, out=tmp_path / "runs")
    assert computed(notes) == [5, 6, 7, 8]
    assert found.table.frame.equals(whole(notes, seeds=9).table.frame)
    assert isinstance(resume(early.path.name, out=tmp_path / "runs"), Result)
    assert computed(notes) == []
