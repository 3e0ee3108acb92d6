"""Bytes behind their sha256: what is damaged is not read."""

import hashlib
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")

_SUM = 32


def sealed(data: bytes) -> bytes:
    """Return data behind its checksum.

    >>> unsealed(sealed(b"cells")), unsealed(sealed(b"cells")[:-1])
    (b'cells', None)
    """
    return hashlib.sha256(data).digest() + data


def unsealed(whole: bytes) -> bytes | None:
    """Return the data, or None if the checksum is not theirs."""
    data = whole[_SUM:]
    return data if hashlib.sha256(data).digest() == whole[:_SUM] else None


def read_sealed(path: Path, kind: type[T]) -> T | None:
    """Return the record of a file; None if the file is missing, unreadable or damaged."""
    try:
        data = unsealed(path.read_bytes())
    except OSError:
        return None
    return None if data is None else msgspec.msgpack.decode(data, type=kind)
