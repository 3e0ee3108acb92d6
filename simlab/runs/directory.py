"""A run directory: ``runs/<UTC>-<name>-<hash8>/`` with manifest, scores, claims, charts, page.

Every file is written under a temporary name and renamed. The manifest says "running" from the
start and "complete" only after everything else is in place, so that a run that was cut off can
never be taken for a finished one.
"""

import hashlib
import io
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from simlab.atomic import UNFINISHED, write_atomic
from simlab.claims.claim import Claim
from simlab.errors import DataError, UsageError, did_you_mean
from simlab.runs.lock import Lock, is_locked, lock
from simlab.runs.manifest import Manifest
from simlab.table import ScoreTable

MANIFEST, SCORES, ITEMS, CLAIMS, PAGE, CHARTS, PARTS = (
    "manifest.json",
    "scores.parquet",
    "items.parquet",
    "claims.json",
    "report.html",
    "charts",
    "parts",
)

MOST_BYTES = 1 << 28
"""Size of the largest manifest or list of claims that is read; a million cells take less."""


class RunDirectory:
    """One run on disk. `create` makes a new one, `open` finds an old one."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._lock: Lock | None = None

    @classmethod
    def create(cls, out: Path, *, key: Any, **manifest: Any) -> "RunDirectory":
        """Make a directory below ``out``; ``key`` is what the eight hex digits are a hash of.

        Raises DataError if ``out`` cannot be written.
        """
        now = datetime.now(UTC)
        stem = f"{now:%Y%m%dT%H%M%SZ}-{manifest['name']}-{key_digest(key)}"
        for attempt in range(1, 1000):
            path = out / (stem if attempt == 1 else f"{stem}-{attempt}")
            try:
                path.mkdir(parents=True)
            except FileExistsError:
                if not out.is_dir():
                    raise DataError(f"{out}: is a file; give another folder with --out") from None
                continue
            except OSError as error:
                raise DataError(
                    f"{out}: cannot make a run folder: {error.strerror}; "
                    "give another folder with --out"
                ) from None
            break
        run = cls(
            path, Manifest(id=path.name, started=now.isoformat(timespec="milliseconds"), **manifest)
        )
        run.hold()
        run.save_manifest()
        return run

    @classmethod
    def open(cls, out: Path, reference: str) -> "RunDirectory":
        """Return the run that ``reference`` names: a path, an id, its start, or "last"."""
        direct = Path(reference)
        if (direct / MANIFEST).is_file():
            return cls(direct, read_manifest(direct))
        ids = [run.manifest.id for run in list_runs(out)]
        if reference == "last" and ids:
            return cls.open(out, str(out / ids[-1]))
        found = [i for i in ids if i == reference] or [i for i in ids if i.startswith(reference)]
        if len(found) == 1:
            return cls.open(out, str(out / found[0]))
        if found:
            raise UsageError(f"run {reference!r} fits {len(found)} runs; give more of its name")
        raise UsageError(
            f"no run {reference!r} in {out}{did_you_mean(reference, ids)}; "
            "'simlab runs' lists them, --out names another folder"
        )

    def hold(self) -> None:
        """Lock the run against other processes, until `finish` or the end of this one.

        Raises UsageError if another process is at it.
        """
        try:
            self._lock = lock(self.path)
        except OSError as error:
            raise _unwritable(self.path, error) from None
        if self._lock is None:
            raise UsageError(
                f"{self.path}: another process is writing this run; wait for its end, or end it"
            )

    def release(self) -> None:
        """Give up the lock, if this process holds it."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def is_held(self) -> bool:
        """Return whether a process is writing this run."""
        return is_locked(self.path)

    def save_manifest(self) -> None:
        """Write ``manifest.json``."""
        self._write(MANIFEST, msgspec.json.format(msgspec.json.encode(self.manifest)))

    def save_table(self, table: ScoreTable) -> bytes:
        """Write ``scores.parquet``, and return it."""
        data = _parquet(table.frame)
        self._write(SCORES, data)
        return data

    def save_bytes(self, name: str, data: bytes) -> None:
        """Write a file."""
        self._write(name, data)

    def clear(self) -> None:
        """Delete what only a run that goes on needs: its parts, and what a killed one left."""
        for path in (self.path / PARTS).glob("*"):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            (self.path / PARTS).rmdir()
        for path in self.path.rglob(f".*{UNFINISHED}"):
            path.unlink(missing_ok=True)

    def save_items(self, items: pl.DataFrame) -> None:
        """Write ``items.parquet``: see `simlab.items.item_table`."""
        self._write(ITEMS, _parquet(items))

    def save_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Write a frame beside the scores; ``name`` ends in .parquet or .csv."""
        self._write(name, frame.write_csv() if name.endswith(".csv") else _parquet(frame))

    def save_claims(self, claims: list[Claim]) -> None:
        """Write ``claims.json`` and count them in the manifest."""
        self.manifest.claims_passed = sum(c.passed for c in claims)
        self.manifest.claims_failed = len(claims) - self.manifest.claims_passed
        self._write(CLAIMS, msgspec.json.format(msgspec.json.encode(claims)))

    def save_page(self, page: str) -> Path:
        """Write ``report.html`` and return its path."""
        self._write(PAGE, page)
        return self.path / PAGE

    def finish(self, status: str, *, wall_seconds: float, error: str | None = None) -> None:
        """Write how the run ended: "complete", "interrupted" or "failed"."""
        self.manifest.status = status
        self.manifest.wall_seconds = round(wall_seconds, 3)
        self.manifest.error = error
        self.save_manifest()
        self.release()

    def table(self) -> ScoreTable | None:
        """Read ``scores.parquet``; None if the run never came that far."""
        path = self.path / SCORES
        return ScoreTable.read(path) if path.is_file() else None

    def scores(self) -> ScoreTable:
        """Read ``scores.parquet``; raise DataError if the run never came that far."""
        table = self.table()
        if table is None:
            status, remedy = self.manifest.status, "run it again"
            if self.is_held():
                remedy = "wait for its end"
            elif status != "complete" and self.manifest.kind == "scenario":
                remedy = "'simlab runs resume' goes on with it"
            raise DataError(f"{self.path}: the run is {status} and has no scores; {remedy}")
        return table

    def claims(self) -> list[Claim]:
        """Read ``claims.json``; empty if the run never came that far."""
        path = self.path / CLAIMS
        if not path.is_file():
            return []
        try:
            return msgspec.json.decode(_read(path), type=list[Claim])
        except (OSError, msgspec.DecodeError) as error:
            raise DataError(f"{path}: {error}; the file is damaged, run again") from None

    def _write(self, name: str, data: bytes | str) -> None:
        try:
            write_atomic(self.path / name, data)
        except OSError as error:
            raise _unwritable(self.path / name, error) from None


def key_digest(key: Any) -> str:
    """Return the eight hex digits in the name of a run."""
    return hashlib.sha256(msgspec.json.encode(key, order="sorted")).hexdigest()[:8]


def _unwritable(path: Path, error: OSError) -> DataError:
    return DataError(
        f"{path}: cannot be written: {error.strerror}; "
        "free the disk or give another folder with --out"
    )


def _parquet(frame: pl.DataFrame) -> bytes:
    held = io.BytesIO()
    frame.write_parquet(held)
    return held.getvalue()


def _read(file: Path) -> bytes:
    """Return a file of at most `MOST_BYTES`; raise OSError if it is none, or larger."""
    held = file.stat()
    if not stat.S_ISREG(held.st_mode):
        raise OSError("it is no file")
    if held.st_size > MOST_BYTES:
        raise OSError(f"it has {held.st_size:,} bytes, {MOST_BYTES:,} are read")
    return file.read_bytes()


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of the run directory ``path``; raise DataError if it is damaged."""
    file = path / MANIFEST
    try:
        return msgspec.json.decode(_read(file), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise DataError(f"{file}: {error}; the run is damaged, delete its folder") from None


def names_run(out: Path, reference: str) -> bool:
    """Return whether a run below ``out`` has this id, or one that begins so, or is the "last"."""
    return any(reference == "last" or r.path.name.startswith(reference) for r in list_runs(out))


def list_runs(out: Path) -> list[RunDirectory]:
    """Return all runs below ``out`` that have a readable manifest, oldest first."""
    if not out.is_dir():
        return []
    found = []
    for path in sorted(out.iterdir()):
        if (path / MANIFEST).is_file():
            try:
                found.append(RunDirectory(path, read_manifest(path)))
            except DataError:
                continue  # one damaged run must not hide the others
    return sorted(found, key=lambda r: (r.path.name[:16], r.manifest.started, r.path.name))
