"""Score files inside a .tar.gz, on a disk or at an http(s) address, without unpacking it.

The archive is read once from front to back; of its members only score files are held, one at a
time. Nothing is written, so a path in it can do no harm; one that no honest archive has is still
not read.
"""

from pathlib import Path
from urllib.parse import urlsplit

from replay.bigbench_rows import Collector
from replay.bigbench_tree import MOST_BYTES, is_score_file, too_large
from simlab.data.tar_stream import Limits, Member, TarStream
from simlab.data.transfer import PATIENCE, Patience, Transfer
from simlab.errors import DataError, UsageError
from simlab.source import Progress, no_progress

_MOST_FILES = 500_000
_MOST_TOTAL = 4 << 30
_MOST_RATIO = 200
"""Unpacked bytes over packed ones; that of text is below 30, of gzip's densest about 1000."""
_SMALL = 64 << 20


def is_archive(path: Path) -> bool:
    """Return whether a file is a .tar.gz, by its name or by its first bytes."""
    if path.name.lower().endswith((".tar.gz", ".tgz")):
        return True
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def check_address(address: str) -> None:
    """Raise UsageError for an address that is not http(s), or that holds a user's name."""
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        good = False
    if not good or not address.isascii() or any(c <= " " for c in address):
        raise UsageError(f"{address}: give a path, or an http(s) address of a .tar.gz")
    if "@" in parts.netloc:
        raise UsageError("the address holds a user name; simlab sends no credentials")


def collect_archive(
    address: str | Path,
    into: Collector,
    *,
    patience: Patience = PATIENCE,
    progress: Progress = no_progress,
) -> None:
    """Hand the score files of an archive to a collector, in the archive's order.

    Members that are links or devices, too large, or at an unsafe path come as problems.

    Parameters
    ----------
    address : str or Path
        An http(s) address, or a file.
    into : Collector
        Takes the files.
    patience : Patience
        Time-outs and attempts.
    progress : callable
        Takes the bytes of the archive that were read, and those in all or None.

    Raises
    ------
    DataError
        The archive cannot be reached, is damaged, ends too early, or is a bomb: too many files,
        too many bytes, or a ratio of unpacked to packed bytes that no text has.
    """
    n_files = total = 0
    with Transfer(address, patience=patience, progress=progress) as transfer:
        source = _Started(transfer)
        limits = Limits()
        if transfer.total is not None:
            densest = max(_SMALL, _MOST_RATIO * transfer.total)
            limits = Limits(unpacked_bytes=min(limits.unpacked_bytes, densest))
        archive = TarStream(source, origin=str(address), limits=limits)
        for member in archive:
            parts = member.path.split("/")
            if member.is_folder or parts[-2:-1] != ["results"] or not is_score_file(parts[-1]):
                continue
            n_files += 1
            shown = member.path.encode("utf-8", "surrogateescape")
            path = shown.decode("utf-8", "backslashreplace").removeprefix("./")
            problem = _problem(member, parts)
            if problem:
                into.problem(path, problem)
                continue
            total += member.size
            if n_files > _MOST_FILES or total > _MOST_TOTAL:
                raise DataError(
                    f"{address}: more than {_MOST_FILES:,} score files, or {_MOST_TOTAL:,} bytes "
                    "of them; it is refused"
                )
            into.add(path, b"".join(archive.pieces(member)))


def _problem(member: Member, parts: list[str]) -> str:
    if not member.is_file:
        return "is a link, a device or sparse, and is not followed"
    if ".." in parts or not parts[0] or "\\" in member.path:
        return "its path leads out of the archive"
    return too_large(member.size) if member.size > MOST_BYTES else ""


class _Started:
    """A transfer of which the first piece was read, so that its size is known."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self._first = transfer.read()

    def read(self, n: int, /) -> bytes:
        """Return up to ``n`` bytes, none at the end."""
        if self._first:
            piece, self._first = self._first[:n], self._first[n:]
            return piece
        return self._transfer.read(n)
