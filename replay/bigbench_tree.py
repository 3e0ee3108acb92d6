"""Score files below a folder: ``*/results/scores_*.json`` at any depth."""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from replay.bigbench_rows import Collector
from simlab.source import Progress, no_progress

MOST_BYTES = 64 << 20
"""A larger score file is refused; most published ones have some kilobytes."""


def too_large(size: int) -> str:
    """Return the problem of a file that is larger than any score file."""
    return f"has {size:,} bytes, more than the {MOST_BYTES:,} of a score file"


class Listed(NamedTuple):
    """A file as the folder lists it."""

    path: str
    """Below the root, with forward slashes."""
    size: int
    modified: int
    """Nanoseconds since 1970, as the writer may set it."""
    changed: int
    """Nanoseconds since 1970, as the system sets it at every change."""
    inode: int
    problem: str
    """Why it cannot be read; empty if nothing is known."""


def is_score_file(name: str) -> bool:
    """Return whether a file has the name of one that holds scores.

    >>> is_score_file("scores_PaLM_8b.json"), is_score_file("full-log_PaLM_8b.json")
    (True, False)
    """
    return name.startswith("scores_") and name.endswith(".json")


def listing(root: Path) -> list[Listed]:
    """Return the score files of a folder in order of their paths.

    Links are followed, but no folder is entered twice. A root that is itself named ``results``
    may hold score files. What cannot be listed or is no file comes with its problem.
    """
    found: list[Listed] = []
    entered: set[tuple[int, int]] = set()
    top = root.resolve()
    todo = [(str(top), "", top.name == "results")]
    while todo:
        folder, below, holds = todo.pop()
        try:
            held = os.stat(folder)
            if (held.st_dev, held.st_ino) in entered:
                continue
            entered.add((held.st_dev, held.st_ino))
            with os.scandir(folder) as entries:
                inside = sorted(entries, key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            found.append(_unread(below.rstrip("/") or ".", error))
            continue
        for entry in inside:
            path = below + entry.name
            try:
                if holds and is_score_file(entry.name):
                    found.append(_listed(path, entry.stat()))
                elif entry.is_dir():
                    todo.append((entry.path, f"{path}/", entry.name == "results"))
            except OSError as error:
                found.append(_unread(path, error))
    return sorted(found)


def collect(
    root: Path, files: list[Listed], into: Collector, *, progress: Progress = no_progress
) -> None:
    """Read listed files, in order, and hand them to a collector.

    ``progress`` takes the bytes of the files that were read, and those in all.
    """
    here, total = 0, sum(file.size for file in files)
    top = root.resolve()
    parents = "/".join(top.parts[-2:]).lstrip("/") + "/"
    start = f"{top}/"
    for file in files:
        shown = file.path
        if not shown.isascii():  # it may be no UTF-8
            shown = os.fsencode(shown).decode("utf-8", "backslashreplace")
        if file.problem:
            into.problem(shown, file.problem)
            continue
        try:
            data = _read(start + file.path, file.size)
        except OSError as error:
            into.problem(shown, error.strerror or "cannot be read")
            continue
        into.add(shown, data, above=parents)
        here += len(data)
        progress(here, total)


def _read(path: str, size: int) -> bytes:
    """Return the bytes of a file; two system calls where ``size`` is still right."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        data = os.read(descriptor, size + 1)
        if len(data) != size:  # it changed since it was listed
            while len(data) <= MOST_BYTES and (piece := os.read(descriptor, 1 << 20)):
                data += piece
            if len(data) > MOST_BYTES:
                raise OSError(0, too_large(len(data)))
        return data
    finally:
        os.close(descriptor)


def _listed(path: str, held: os.stat_result) -> Listed:
    problem = ""
    if not stat.S_ISREG(held.st_mode):
        problem = "is no file"
    elif held.st_size > MOST_BYTES:
        problem = too_large(held.st_size)
    return Listed(path, held.st_size, held.st_mtime_ns, held.st_ctime_ns, held.st_ino, problem)


def _unread(path: str, error: OSError) -> Listed:
    return Listed(path, 0, 0, 0, 0, error.strerror or "cannot be read")
