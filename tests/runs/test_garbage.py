"""Runs that may go: which, and nothing else, whatever links and names say."""

import os
import shutil
from pathlib import Path

import pytest

from simlab.errors import DataError
from simlab.runs.directory import RunDirectory, read_manifest
from simlab.runs.garbage import QUIET_SECONDS, Garbage, delete_run, find_garbage
from tests.runs.test_directory import made

DAY = 86_400.0
NOW = 1_800_000_000.0  # 2027-01-15, 08:00 UTC


def run(out: Path, started: str, *, name: str = "toy", status: str = "complete") -> Path:
    """Make a run whose folder says when it began."""
    held = made(out, name=name)
    held.release()
    path = held.path.rename(out / f"{started}-{name}-0123abcd")
    held = RunDirectory(path, read_manifest(path))
    held.manifest.id = path.name
    held.finish(status, wall_seconds=1.0)
    os.utime(path / "manifest.json", (NOW, NOW))
    return path


def names(found: list[Garbage]) -> list[str]:
    return [garbage.path.name for garbage in found]


def test_failed_and_interrupted_runs_may_go_and_others_stay(tmp_path: Path) -> None:
    run(tmp_path, "20270101T000000Z")
    failed = run(tmp_path, "20270102T000000Z", status="failed")
    stopped = run(tmp_path, "20270103T000000Z", status="interrupted")
    run(tmp_path, "20270104T000000Z", status="running")
    found = find_garbage(tmp_path, now=NOW)
    assert names(found) == [failed.name, stopped.name]
    assert [g.reason for g in found] == ["failed", "interrupted"]
    assert found[0].n_bytes == (failed / "manifest.json").stat().st_size


def test_a_run_that_says_running_goes_after_a_quiet_day(tmp_path: Path) -> None:
    path = run(tmp_path, "20270104T000000Z", status="running")
    assert not find_garbage(tmp_path, now=NOW + QUIET_SECONDS - 1)
    assert names(find_garbage(tmp_path, now=NOW + QUIET_SECONDS + 1)) == [path.name]
    (path / "cells").mkdir()
    (path / "cells" / "3").write_text("")
    os.utime(path / "cells" / "3", (NOW + DAY, NOW + DAY))
    assert not find_garbage(tmp_path, now=NOW + QUIET_SECONDS + 1)


def test_age_and_keep_must_both_allow_it(tmp_path: Path) -> None:
    old = [run(tmp_path, f"2027010{i}T080000Z").name for i in (1, 2, 3)]
    zoo = run(tmp_path, "20270101T090000Z", name="zoo").name
    new = run(tmp_path, "20270114T080000Z").name
    broken = run(tmp_path, "20270114T090000Z", status="failed").name

    def may_go(**rules: object) -> list[str]:
        return names(find_garbage(tmp_path, now=NOW, **rules))  # type: ignore[arg-type]

    assert may_go() == [broken]
    assert may_go(older_than=5.0) == [old[0], zoo, *old[1:]]
    assert may_go(older_than=12.5) == [old[0], zoo, old[1]]
    assert may_go(keep=1) == [*old, broken]
    assert may_go(keep=0) == sorted([*old, zoo, new, broken])
    assert may_go(keep=2) == [*old[:2], broken]
    assert may_go(keep=9, older_than=0.0) == [broken]
    assert may_go(keep=2, older_than=12.5) == old[:2]


def test_only_folders_of_runs_are_found(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "runs", tmp_path / "elsewhere"
    good = run(elsewhere, "20270101T000000Z", status="failed")
    out.mkdir()
    (out / good.name).symlink_to(good)
    other = run(out, "20270102T000000Z", status="failed")
    for name in ("mine", "20270103T000000Z-toy", "20279903T000000Z-toy-0123abcd"):
        shutil.copytree(other, out / name)  # its manifest has another name, or its date is none
    changed = (other / "manifest.json").read_text().replace(other.name, "mine")
    (out / "mine" / "manifest.json").write_text(changed)
    (out / "20270104T000000Z-toy-0123abcd").mkdir()
    (out / "20270105T000000Z-toy-0123abcd").write_text("a file")
    assert names(find_garbage(out, now=NOW)) == [other.name]
    assert find_garbage(tmp_path / "none") == []


def test_links_below_a_run_are_removed_and_not_followed(tmp_path: Path) -> None:
    out, precious = tmp_path / "runs", tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis").write_text("x" * 1000)
    path = run(out, "20270101T000000Z", status="failed")
    (path / "charts").symlink_to(precious)
    (path / "scores.parquet").symlink_to(precious / "thesis")
    (garbage,) = find_garbage(out, now=NOW)
    assert garbage.n_bytes < 1000
    delete_run(out, garbage)
    assert list(out.iterdir()) == []
    assert (precious / "thesis").read_text() == "x" * 1000


def test_what_is_no_run_any_more_is_left(tmp_path: Path) -> None:
    out, precious = tmp_path / "runs", tmp_path / "precious"
    path = run(out, "20270101T000000Z", status="failed")
    (garbage,) = find_garbage(out, now=NOW)
    path.rename(precious)
    path.symlink_to(precious)
    with pytest.raises(DataError, match="nothing was deleted"):
        delete_run(out, garbage)
    with pytest.raises(DataError, match="nothing was deleted"):
        delete_run(out, garbage._replace(path=precious))
    assert (precious / "manifest.json").is_file()


def test_a_deletion_that_was_cut_off_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = run(tmp_path, "20270101T000000Z", status="failed")
    (garbage,) = find_garbage(tmp_path, now=NOW)

    def stop(folder: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", stop)
        with pytest.raises(KeyboardInterrupt):
            delete_run(tmp_path, garbage)
    (rest,) = find_garbage(tmp_path, now=NOW)
    assert (rest.path.name, rest.status) == (f".deleting-{path.name}", "deleting")
    delete_run(tmp_path, rest)
    assert list(tmp_path.iterdir()) == []
