"""Finished cells on disk while a run goes on: a folder of parts, each whole or not there.

A part holds cells with their keys, behind a checksum. It is named by its keys, so two processes
that compute the same cells write the same file.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import polars as pl

from simlab.atomic import write_atomic
from simlab.errors import DataError
from simlab.sweep.frames import Encoded, decoded, encoded
from simlab.sweep.keys import N_BYTES
from simlab.sweep.sealed import sealed, unsealed

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


def read_parts(folder: Path) -> Iterator[tuple[list[bytes], list[pl.DataFrame]]]:
    """Yield the keys and frames of each part; a damaged one is passed over."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            data = unsealed(path.read_bytes())
        except OSError:
            continue
        if data is None:
            continue
        part = msgspec.msgpack.decode(data, type=Part)
        keys = [part.keys[i : i + N_BYTES] for i in range(0, len(part.keys), N_BYTES)]
        yield keys, decoded(part.frames)
