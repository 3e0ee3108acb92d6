"""Bytes behind their sha256: what is damaged is not read."""

import hashlib

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
