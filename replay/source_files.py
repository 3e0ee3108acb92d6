"""The files below a path, and a list of those that cannot be read."""

import os
import stat
from pathlib import Path

import polars as pl

from simlab.errors import DataError

MOST_BYTES = 1 << 30
"""Of one file that is read as a whole."""

_SHOWN = 5


def files_below(path: Path, endings: tuple[str, ...]) -> list[Path]:
    """Return the files with one of these endings at any depth, in order of their names.

    A path that is a file is the only one, whatever its ending. Links to folders are not followed.
    Raises DataError if there is nothing at ``path``.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise DataError(f"{path}: no such file or folder")
    found = []
    for folder, below, names in os.walk(path):
        below.sort()
        found += [Path(folder, name) for name in sorted(names) if name.endswith(endings)]
    return found


def below(path: Path, root: Path) -> str:
    """Return the name of a file as seen from ``root``, with forward slashes."""
    return path.name if path == root else path.relative_to(root).as_posix()


class Unreadable:
    """What cannot be read: collected file by file, or, if ``strict``, an error at the first one."""

    def __init__(self, root: Path, *, strict: bool) -> None:
        self.folder = root.parent if root.is_file() else root
        self.strict = strict
        self.problems: list[tuple[str, str]] = []

    def add(self, file: str, error: DataError) -> None:
        """Take the error of ``file``, seen from the root; its message starts with that name."""
        if self.strict:
            raise DataError(f"{self.folder}/{error}; without --strict the rest is used") from None
        self.problems.append((file, str(error).removeprefix(file).removeprefix(": ")))

    def notes(self, n_files: int) -> list[str]:
        """Return a sentence that counts and names the files, and nothing where there is none."""
        if not self.problems:
            return []
        files = dict.fromkeys(file for file, _ in self.problems)
        named = "; ".join(f"{file}: {what}" for file, what in self.problems[:_SHOWN])
        more = len(self.problems) - _SHOWN
        return [
            f"{len(files)} of {n_files} files cannot be read, in whole or in part: {named}"
            + (f"; and {more} more places" if more > 0 else "")
        ]

    def table(self) -> pl.DataFrame:
        """Return one row a problem: file and what is wrong where."""
        return pl.DataFrame(self.problems, {"file": pl.String, "problem": pl.String}, orient="row")


def read_bytes(path: Path, origin: str) -> bytes:
    """Return the bytes of a file; raise DataError if the system does not give them, or too many.

    What is no file, such as a pipe, would keep its reader waiting, and is refused.
    """
    try:
        held = path.stat()
        if not stat.S_ISREG(held.st_mode):
            raise DataError(f"{origin}: is no file")
        if held.st_size > MOST_BYTES:
            raise DataError(f"{origin}: has {held.st_size:,} bytes, more than {MOST_BYTES:,}")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{origin}: {error.strerror or 'cannot be read'}") from None
