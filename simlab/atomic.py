"""Whole files or none: write under a temporary name, then rename."""

import os
from pathlib import Path

UNFINISHED = ".unfinished"
"""Ending of temporary names; a process that is killed leaves its file behind."""


def write_atomic(path: Path, data: bytes | str) -> None:
    """Write ``data`` to ``path`` so that a reader sees the old file or the new one, never a part.

    Raises OSError if the folder cannot be written or is full; the temporary file is then gone.
    """
    held = data.encode() if isinstance(data, str) else data
    # a process number alone is not enough where two machines write to one disk
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}{UNFINISHED}")
    try:
        temporary.write_bytes(held)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
