"""Matrix products on one thread each, so that runs and not products share the cores.

Products inside kernels go to the OpenBLAS of SciPy, those of `numpy.linalg` to that of NumPy.
Both split a product over all cores unless told otherwise. For the small products of a training
step that is slow, and the split would make the order of sums depend on the number of cores.
"""

import ctypes
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

_NAMES = ("scipy_openblas_{}_num_threads{}", "openblas_{}_num_threads{}")
_ENDS = ("64_", "", "_64_")


class _Pool(NamedTuple):
    """How to read and set the number of threads of one loaded OpenBLAS."""

    get: Callable[[], int]
    set: Callable[[int], None]


_lock = threading.Lock()
_users = 0
_before: list[int] = []


@contextmanager
def single_thread_products() -> Iterator[None]:
    """Within the block, a matrix product uses the thread that asks for it and no other.

    The setting holds for the whole process, so the first to enter sets it and the last to leave
    takes it back. A BLAS that is not OpenBLAS is left alone.

    >>> with single_thread_products():
    ...     set(blas_threads()) <= {1}
    True
    """
    global _users, _before
    with _lock:
        _users += 1
        if _users == 1:
            _before = blas_threads()
            for pool in _pools():
                pool.set(1)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                for pool, n in zip(_pools(), _before, strict=True):
                    pool.set(n)


def blas_threads() -> list[int]:
    """Return the number of threads of each OpenBLAS that NumPy and SciPy have loaded."""
    return [pool.get() for pool in _pools()]


@cache
def _pools() -> tuple[_Pool, ...]:
    import scipy.linalg.cython_blas  # noqa: F401 - loads the library that kernels call

    found = (_pool(path) for path in _libraries())
    return tuple(pool for pool in found if pool is not None)


def _libraries() -> list[Path]:
    """Return the files of the OpenBLAS libraries that this process has loaded."""
    maps = Path("/proc/self/maps")
    if maps.is_file():
        lines = (line.split(maxsplit=5) for line in maps.read_text().splitlines())
        loaded = {Path(parts[5]) for parts in lines if len(parts) == 6}
        return sorted(path for path in loaded if "openblas" in path.name)
    folders = (
        Path(str(sys.modules[name].__file__)).parent / place
        for name in ("numpy", "scipy")
        for place in (".dylibs", f"../{name}.libs")
    )
    return [path for folder in folders for path in sorted(folder.glob("*openblas*"))]


def _pool(path: Path) -> _Pool | None:
    try:
        library = ctypes.CDLL(str(path))
    except OSError:
        return None
    for name in _NAMES:
        for end in _ENDS:
            get = getattr(library, name.format("get", end), None)
            put = getattr(library, name.format("set", end), None)
            if get is not None and put is not None:
                get.restype, put.restype, put.argtypes = ctypes.c_int, None, [ctypes.c_int]
                return _Pool(get, put)
    return None
