"""A lock on a run directory that ends with its process, however that ends."""

import fcntl
import os
from pathlib import Path

NAME = ".lock"


class Lock:
    """A held lock."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor

    def release(self) -> None:
        """Give it up, and remove its file."""
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def lock(folder: Path) -> Lock | None:
    """Return the lock of a folder, or None if another process holds it.

    On a file system without locks everyone gets it. Raises OSError if the folder cannot be written.
    """
    path = folder / NAME
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError:
            return Lock(path, descriptor)
        if _is(path, descriptor):
            return Lock(path, descriptor)
        os.close(descriptor)  # its last holder has just removed it


def is_locked(folder: Path) -> bool:
    """Return whether a process holds the lock of a folder."""
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _is(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False
