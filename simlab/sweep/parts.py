"""Finished cells on disk while a run goes on: a folder of parts, each whole or not there.

A part holds cells with their keys, behind a checksum. It is named by its keys, so two processes
that compute the same cells write the same file.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

import msgspec
import polars as pl

from simlab.atomic import write_atomic
from simlab.errors import DataError
from simlab.sweep.engine import Engine
from simlab.sweep.frames import Encoded, encoded, joined
from simlab.sweep.keys import cell_keys, split_keys
from simlab.sweep.sealed import read_sealed, sealed
from simlab.sweep.task import Task

C = TypeVar("C")

SUFFIX = ".part"
_MOST_CELLS = 1000
_SECONDS = (0.5, 5.0)
_SHARE = 0.01


class Part(msgspec.Struct, frozen=True):
    """Cells of one file."""

    keys: bytes
    """Keys of the cells, one behind the other."""
    frames: list[Encoded]


class Parts:
    """Writes the cells of a run as they come.

    A cell is on disk half a second after it was finished, in a long run after 1% of the time that
    the run has taken so far, and after 5 s at the latest.

    Parameters
    ----------
    folder : Path
        It is made with the first part.
    keys : sequence of bytes
        The key of each cell of the run, by its place.
    """

    def __init__(self, folder: Path, keys: Sequence[bytes]) -> None:
        self.folder, self.keys = folder, keys
        self._held: dict[int, pl.DataFrame] = {}
        self._begun = self._written = time.monotonic()

    def keep(self, place: int, frame: pl.DataFrame) -> None:
        """Take the frame of the cell at ``place``; raise DataError if it cannot be written."""
        self._held[place] = frame
        now = time.monotonic()
        least, most = _SECONDS
        wait = min(max(least, _SHARE * (now - self._begun)), most)
        if len(self._held) >= _MOST_CELLS or now - self._written >= wait:
            self.flush()

    def flush(self) -> None:
        """Write what is not yet on disk; raise DataError if that cannot be."""
        held = dict(self._held)
        if not held:
            return
        keys = b"".join(self.keys[place] for place in held)
        path = self.folder / f"{hashlib.sha256(keys).hexdigest()[:24]}{SUFFIX}"
        data = msgspec.msgpack.encode(Part(keys, encoded(list(held.values()))))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomic(path, sealed(data))
        except OSError as error:
            raise DataError(
                f"{path}: cannot be written: {error.strerror}; "
                "free the disk or give another folder with --out"
            ) from None
        for place in held:
            del self._held[place]
        self._written = time.monotonic()


def compute_kept(
    task: Task[C],
    cells: Sequence[C],
    engine: Engine,
    *,
    folder: Path | None,
    progress: Callable[[float], None] = lambda done: None,
) -> list[pl.DataFrame]:
    """Return the frame of each cell; those that a folder of parts holds are not computed.

    Parameters
    ----------
    task : Task
    cells : sequence
    engine : Engine
    folder : Path or None
        What is computed is kept there, whatever ends the work early; None keeps nothing.
    progress : callable
        Takes the number of cells that are there.

    Errors are those of the engine and of `Parts`.
    """
    keys = cell_keys(task, cells) if folder else []
    found: dict[bytes, pl.DataFrame] = {}
    for own, heights, frame in read_parts(folder) if folder else ():
        for key, n, end in zip(own, heights, accumulate(heights), strict=True):
            found[key] = frame.slice(end - n, n)
    frames: list[pl.DataFrame | None] = [None] * len(cells)
    if folder:
        frames = [found.get(key) for key in keys]
    missing = [place for place, frame in enumerate(frames) if frame is None]
    writer = Parts(folder, keys) if folder else None

    def keep(i: int, frame: pl.DataFrame) -> None:
        frames[missing[i]] = frame
        if writer:
            writer.keep(missing[i], frame)

    def done(n: float) -> None:
        progress(len(cells) - len(missing) + n)

    try:
        engine.compute(task, [cells[i] for i in missing], keep=keep, progress=done)
    except BaseException:
        if writer:
            with suppress(DataError):  # the first error is the one that is told
                writer.flush()
        raise
    return [frame for frame in frames if frame is not None]


def read_parts(folder: Path) -> Iterator[tuple[list[bytes], list[int], pl.DataFrame]]:
    """Yield cells with equal columns: their keys, how many rows each has, and the rows.

    A damaged part is passed over.
    """
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        part = read_sealed(path, Part)
        if part is None:
            continue
        keys = split_keys(part.keys)
        start = 0
        for frame, heights in joined(part.frames):
            yield keys[start : start + len(heights)], heights, frame
            start += len(heights)
