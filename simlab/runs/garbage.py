"""Runs that nobody needs any more: which they are, and how they are deleted.

Only a folder that `simlab.runs.directory.RunDirectory.create` made is ever touched: a direct
child of the runs folder, no link, with the name of a run and a manifest that bears this name.
"""

import os
import re
import shutil
import stat
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from simlab.errors import DataError
from simlab.runs.directory import MANIFEST, RunDirectory, list_runs

QUIET_SECONDS = 86_400.0
"""A run that says "running" is given up once none of its files has changed for a day."""

_RUN = re.compile(r"\d{8}T\d{6}Z-.+-[0-9a-f]{8}(-\d+)?")
_LEAVING = ".deleting-"


class Garbage(NamedTuple):
    """One run that may go."""

    path: Path
    status: str
    reason: str
    n_bytes: int


def find_garbage(
    out: Path,
    *,
    older_than: float | None = None,
    keep: int | None = None,
    now: float | None = None,
) -> list[Garbage]:
    """Return the runs below ``out`` that may go, oldest first.

    Runs that failed, were interrupted or were given up while they ran always may. Complete ones
    may if ``older_than`` or ``keep`` is given, and both allow it. What a killed deletion has left
    comes first.

    Parameters
    ----------
    out : Path
        Folder of runs.
    older_than : float, optional
        Days since a run began; younger runs stay, whatever their status.
    keep : int, optional
        Complete runs of each name that stay, the latest ones.
    now : float, optional
        Seconds since the epoch; default: the clock.
    """
    now = time.time() if now is None else now
    runs = [run for run in list_runs(out) if _is_run(out, run)]
    latest: dict[str, list[str]] = defaultdict(list)
    for run in runs:
        if run.manifest.status == "complete":
            latest[run.manifest.name].append(run.manifest.id)
    last = {i for ids in latest.values() for i in ids[len(ids) - (keep or 0) :]} if keep else set()
    found = _half_deleted(out)
    for run in runs:
        days = (now - (_started(run) or now)) / 86_400.0
        if older_than is not None and not days > older_than:
            continue
        reason = _reason(run, now)
        if run.manifest.status == "complete" and (older_than is not None or keep is not None):
            if run.manifest.id in last:
                continue
            reasons = []
            if older_than is not None:
                reasons.append(f"{days:.0f} days old")
            if keep is not None:
                reasons.append(f"not among the last {keep} of {run.manifest.name}")
            reason = ", ".join(reasons)
        if reason:
            found.append(Garbage(run.path, run.manifest.status, reason, _size(run.path)))
    return found


def delete_run(out: Path, garbage: Garbage) -> None:
    """Delete one run; a link is removed and never followed, here and further below.

    The folder first gets another name, so that a deletion that is cut off leaves no half run that
    passes for a whole one; `find_garbage` finds the rest. Raises DataError if it cannot go, or is
    no longer what it was.
    """
    path = garbage.path
    if path.parent != out or not _is_folder(path):
        raise DataError(f"{path}: is no folder of {out} any more; nothing was deleted here")
    leaving = path
    try:
        if not path.name.startswith(_LEAVING):
            leaving = out / f"{_LEAVING}{path.name}"
            os.rename(path, leaving)
        shutil.rmtree(leaving)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be deleted: {error.strerror}; delete {leaving} yourself"
        ) from None


def _is_run(out: Path, run: RunDirectory) -> bool:
    named = _RUN.fullmatch(run.path.name) and run.manifest.id == run.path.name
    return bool(named and _started(run) is not None and _is_folder(run.path))


def _is_folder(path: Path) -> bool:
    """Return whether ``path`` is a folder and not a link to one."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _half_deleted(out: Path) -> list[Garbage]:
    found = sorted(out.glob(f"{_LEAVING}*")) if out.is_dir() else []
    return [
        Garbage(path, "deleting", "a deletion was cut off", _size(path))
        for path in found
        if _is_folder(path) and _RUN.fullmatch(path.name.removeprefix(_LEAVING))
    ]


def _started(run: RunDirectory) -> float | None:
    """Return when a run began, in seconds since the epoch, from its name; None if it says none."""
    try:
        stamp = datetime.strptime(run.path.name[:16], "%Y%m%dT%H%M%SZ")
    except ValueError:
        return None
    return stamp.replace(tzinfo=UTC).timestamp()


def _reason(run: RunDirectory, now: float) -> str:
    status = run.manifest.status
    if status in ("failed", "interrupted"):
        return status
    if status == "running" and now - _last_change(run.path) > QUIET_SECONDS and not run.is_held():
        return "says that it runs, and nothing has changed for a day"
    return ""


def _last_change(path: Path) -> float:
    return max(
        (entry.stat(follow_symlinks=False).st_mtime for entry in _entries(path)),
        default=(path / MANIFEST).stat().st_mtime,
    )


def _size(path: Path) -> int:
    return sum(entry.stat(follow_symlinks=False).st_size for entry in _entries(path))


def _entries(path: Path) -> list[os.DirEntry[str]]:
    """Return all files below a folder, links as themselves."""
    found: list[os.DirEntry[str]] = []
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                found += _entries(Path(entry.path))
            else:
                found.append(entry)
    return found
