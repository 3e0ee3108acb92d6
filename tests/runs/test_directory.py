"""Run directories: whole files, a status that never lies, runs found again."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from simlab.atomic import write_atomic
from simlab.claims.claim import Claim, within
from simlab.errors import DataError, UsageError
from simlab.runs import directory
from simlab.runs.directory import RunDirectory, list_runs, read_manifest
from simlab.table import ScoreTable


def made(out: Path, *, name: str = "toy", key: Any = 1) -> RunDirectory:
    return RunDirectory.create(
        out,
        key=key,
        kind="scenario",
        name=name,
        title="Toy",
        argv=["run", "toy"],
        passed={},
        cells=[{}],
        seed=0,
        seeds=1,
        threads=1,
        git={"commit": None, "dirty": None},
        versions={},
        machine={},
        kernel_hash="0" * 12,
        inputs={},
    )


def test_a_new_run_says_that_it_is_running(tmp_path: Path) -> None:
    run = made(tmp_path / "deep" / "runs")
    manifest = json.loads((run.path / "manifest.json").read_text())
    assert manifest["status"] == "running"
    assert manifest["schema_version"] == 1
    assert manifest["id"] == run.path.name
    assert run.path.name.split("-")[1] == "toy"
    assert len(run.path.name.split("-")[2]) == 8


def test_the_name_holds_a_hash_of_the_key(tmp_path: Path) -> None:
    first, same, other = (made(tmp_path, key=k) for k in ({"K": 1}, {"K": 1}, {"K": 2}))
    hashes = [r.path.name.split("-")[2] for r in (first, same, other)]
    assert hashes[0] == hashes[1] != hashes[2]
    assert first.path != same.path


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    run = made(tmp_path)
    table = ScoreTable.from_columns(
        {"family": "f", "scale": [1.0, 2.0], "metric": "m", "score": [0.1, None]}
    )
    claim = within("x", "x is 1", observed=1.0, expected=1.0, tolerance=0.0, source="here")
    run.save_table(table)
    run.save_claims([claim])
    run.finish("complete", wall_seconds=1.5)
    again = RunDirectory.open(tmp_path, run.path.name[:12])
    found = again.table()
    assert found is not None
    assert found.frame.equals(table.frame)
    assert again.claims() == [claim]
    assert (again.manifest.status, again.manifest.claims_passed) == ("complete", 1)
    assert not list(run.path.glob(".*"))


def test_last_and_ambiguous_and_unknown_references(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run 'last'"):
        RunDirectory.open(tmp_path, "last")
    made(tmp_path, key=1)
    second = made(tmp_path, name="zoo", key=2)
    assert RunDirectory.open(tmp_path, "last").path == second.path
    assert RunDirectory.open(tmp_path, str(second.path)).path == second.path
    with pytest.raises(UsageError, match="fits 2 runs"):
        RunDirectory.open(tmp_path, second.path.name[:4])
    with pytest.raises(UsageError, match="no run 'nope'"):
        RunDirectory.open(tmp_path, "nope")


def test_a_damaged_run_hides_no_other(tmp_path: Path) -> None:
    good, bad = made(tmp_path, key=1), made(tmp_path, key=2)
    (bad.path / "manifest.json").write_text("{")
    (tmp_path / "stray").mkdir()
    assert [r.path for r in list_runs(tmp_path)] == [good.path]
    with pytest.raises(DataError, match="damaged"):
        RunDirectory.open(tmp_path, str(bad.path))
    (good.path / "claims.json").write_text('[{"id": 3}]')
    with pytest.raises(DataError, match=r"claims\.json"):
        good.claims()
    assert list_runs(tmp_path / "none") == []


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(DataError, match="--out"):
        made(tmp_path / "runs")
    with pytest.raises(DataError, match="--out"):
        made(tmp_path / "runs" / "below")


def test_a_full_disk_leaves_the_old_file_and_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scores"
    write_atomic(path, "old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["scores"]
    assert path.read_text() == "old"
    run_path = tmp_path
    with pytest.raises(DataError, match=r"cannot be written: No space left on device; free"):
        made(run_path)


def test_an_interrupt_while_writing_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "scores", b"new")
    assert list(tmp_path.iterdir()) == []


def test_claims_are_counted(tmp_path: Path) -> None:
    run = made(tmp_path)
    claims = [
        within(str(i), "s", observed=x, expected=0.0, tolerance=0.5, source="t")
        for i, x in enumerate([0.0, 1.0, float("nan")])
    ]
    run.save_claims(claims)
    assert (run.manifest.claims_passed, run.manifest.claims_failed) == (1, 2)
    assert all(isinstance(c, Claim) for c in run.claims())
    assert run.claims()[2].observed is None


def test_what_to_do_with_a_run_without_scores(tmp_path: Path) -> None:
    run = made(tmp_path)
    with pytest.raises(DataError, match="is running and has no scores; wait for its end"):
        run.scores()
    run.release()
    with pytest.raises(DataError, match="has no scores; 'simlab runs resume' goes on with it"):
        run.scores()
    run.finish("complete", wall_seconds=1.0)
    with pytest.raises(DataError, match="is complete and has no scores; run it again"):
        run.scores()


def test_a_manifest_of_any_size_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made(tmp_path)
    run.save_claims([])
    monkeypatch.setattr(directory, "MOST_BYTES", 1)
    with pytest.raises(DataError, match=r"claims\.json: it has 2 bytes, 1 are read"):
        run.claims()
    with pytest.raises(
        DataError, match=r"manifest\.json: it has [\d,]+ bytes, 1 are read; the run"
    ):
        read_manifest(run.path)
    assert list_runs(tmp_path) == []
    monkeypatch.undo()
    (run.path / "claims.json").unlink()
    os.mkfifo(run.path / "claims.json")
    assert run.claims() == []
    (run.path / "manifest.json").unlink()
    os.mkfifo(run.path / "manifest.json")
    with pytest.raises(DataError, match="it is no file"):
        read_manifest(run.path)
