"""Score files from whatever a path is: a folder, an archive, an address, a single file."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from replay.bigbench_archive import check_address, collect_archive
from replay.bigbench_cache import through_cache
from replay.bigbench_rows import LEFT_OUT, Collector, ScoreRows
from replay.bigbench_tree import Listed, collect, listing
from simlab.data.transfer import PATIENCE, Patience
from simlab.errors import DataError
from simlab.source import Progress, no_progress


def read_folder(
    root: Path, *, cache: bool = True, hashed: bool = True, progress: Progress = no_progress
) -> ScoreRows:
    """Return what the score files below a folder hold; see `replay.bigbench_tree`.

    Parameters
    ----------
    root : Path
        The folder.
    cache : bool
        Whether to take what an earlier call kept, and to keep it.
    hashed : bool
        Whether to hash the files where there is no cache.
    progress : callable
        Takes the bytes that were read, and those in all.

    Raises
    ------
    DataError
        There is no score file below it, or none that can be read.
    """
    files = listing(root)
    known = [str(root.resolve()), *files]
    newest = max((file.changed for file in files), default=0)

    def fill(into: Collector) -> None:
        collect(root, files, into, progress=progress)

    return _used(_read(known, newest, fill, cache, hashed), str(root), "*/results/scores_*.json")


def read_archive(path: Path, *, cache: bool = True, progress: Progress = no_progress) -> ScoreRows:
    """Return what the score files of a .tar.gz hold; see `replay.bigbench_archive`.

    ``progress`` takes the bytes of the archive that were read, and those in all.

    Raises
    ------
    DataError
        The archive is damaged or refused, or holds no score file that can be read.
    """
    held = path.stat()
    known = ["archive", str(path.resolve()), held.st_size, held.st_mtime_ns, held.st_ctime_ns]

    def fill(into: Collector) -> None:
        collect_archive(path, into, progress=progress)

    found = _read([*known, held.st_ino], held.st_ctime_ns, fill, cache)
    return _used(found, str(path), "*/results/scores_*.json")


def read_address(
    address: str, *, patience: Patience = PATIENCE, progress: Progress = no_progress
) -> ScoreRows:
    """Return what the score files of a .tar.gz at an http(s) address hold; never cached.

    Parameters
    ----------
    address : str
        Its server need not know ranges, but a broken transfer goes on if it does.
    patience : Patience
        Time-outs and attempts.
    progress : callable
        Takes the bytes that arrived, and those in all, or None if the server does not say.

    Raises
    ------
    UsageError
        It is no such address.
    DataError
        The archive cannot be reached, is damaged or refused, or holds no score file.
    """
    check_address(address)
    into = Collector(hashed=True)
    collect_archive(address, into, patience=patience, progress=progress)
    return _used(into.rows(), address, "*/results/scores_*.json")


def read_file(path: Path) -> ScoreRows:
    """Return what a single score file holds; never cached.

    Raises
    ------
    DataError
        It cannot be read.
    """
    held = path.stat()
    into = Collector(hashed=True)
    collect(path.parent, [Listed(path.name, held.st_size, 0, 0, 0, "")], into)
    return _used(into.rows(), str(path.parent), "score file")


def _read(
    known: Sequence[object],
    newest: int,
    fill: Callable[[Collector], None],
    cache: bool,
    hashed: bool = True,
) -> ScoreRows:
    def read() -> ScoreRows:
        into = Collector(hashed=cache or hashed)
        fill(into)
        return into.rows()

    return through_cache(known, newest, read) if cache else read()


def _used(found: ScoreRows, origin: str, expected: str) -> ScoreRows:
    """Return what was found; raise DataError if it is nothing."""
    if found.files.height:
        return found
    bad = found.problems.filter(outcome=LEFT_OUT)
    if bad.is_empty():
        raise DataError(
            f"{origin}: holds no {expected}; give a clone of BIG-bench, a folder or archive of its "
            "score files, or the BIG-bench Lite table"
        )
    first = bad.row(0, named=True)
    more = f" (and {bad.height - 1} more files)" if bad.height > 1 else ""
    raise DataError(
        f"{os.path.join(origin, first['file'])}: {first['problem']}{more}; no file can be read"
    )
