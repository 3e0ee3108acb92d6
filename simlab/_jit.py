"""The one place for Numba options and for the folder of compiled kernels.

Numba's on-disk cache notices an edit in the file of a function but not in a helper that the
function calls from another file: the caller goes on running the old helper. So the cache folder
is named by a hash over the sources of all kernels; an edit anywhere gives a new, empty folder.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

from simlab.cache import cache_root as cache_root

F = TypeVar("F", bound=Callable[..., Any])

_ROOT = Path(__file__).resolve().parent
_KEPT_FOLDERS = 4


def kernel_hash() -> str:
    """Return 12 hex digits that change when the source of any kernel of simlab changes.

    A kernel source is a file of simlab, scenarios or replay that imports this module. A number
    that a kernel takes from elsewhere is frozen into it, so it must stand in such a file as well.
    """
    digest = hashlib.sha256()
    for package in (_ROOT, _ROOT.parent / "scenarios", _ROOT.parent / "replay"):
        for path in sorted(package.rglob("*.py")):
            text = path.read_bytes()
            if b"_jit import" in text:
                digest.update(path.relative_to(_ROOT.parent).as_posix().encode() + b"\0" + text)
    return digest.hexdigest()[:12]


def _is_own(folder: Path) -> bool:
    """Return whether only this user can write into the folder; what Numba loads there is run."""
    if os.name != "posix":
        return True
    held = folder.stat()
    if held.st_uid == os.geteuid() and held.st_mode & 0o022:
        folder.chmod(0o700)  # made by an earlier simlab, under a generous umask
    return held.st_uid == os.geteuid()


def _open_cache() -> str:
    """Return this source's folder, or "" where none can be written; drop long unused others."""
    try:
        kernels = cache_root() / "kernels"
        folder = kernels / kernel_hash()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_own(folder):
            return ""
        tempfile.TemporaryFile(dir=folder).close()  # Numba cannot use a folder that is read-only
        os.utime(folder)
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder
        return ""
    with suppress(FileNotFoundError):  # another process is at it
        for path in sorted(kernels.iterdir(), key=lambda p: p.stat().st_mtime)[:-_KEPT_FOLDERS]:
            shutil.rmtree(path, ignore_errors=True)
    return str(folder.resolve())


_FOLDER = _open_cache()


def kernel(function: F) -> F:
    """Compile ``function`` with Numba on its first call; compiled code is kept on disk.

    Without a folder that can be written, each process compiles anew. ``error_model="numpy"`` keeps
    a division by zero from stopping vectorisation. ``nogil`` lets threads run kernels side by side.
    ``fastmath`` stays off: it reorders sums, and then results differ between machines.
    """
    others = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    try:  # only for this function: other packages keep their own folder
        numba.config.CACHE_DIR = _FOLDER  # type: ignore[attr-defined]
        compiled = numba.njit(cache=bool(_FOLDER), nogil=True, error_model="numpy")(function)
    finally:
        numba.config.CACHE_DIR = others  # type: ignore[attr-defined]
    return cast(F, compiled)
