"""The key of a cell: a hash of its task, its code, its files, its parameters and its seed.

Equal keys mean equal bits, so a kept cell may stand for one that is to be computed.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from simlab.sweep.task import Task, code_versions

C = TypeVar("C")

N_BYTES = 16


def cell_keys(task: Task[C], cells: Sequence[C]) -> list[bytes]:
    """Return the key of each cell, `N_BYTES` bytes.

    Raises DataError if a file that a cell reads cannot be read.
    """
    code = [task.name, sorted({**code_versions(), **task.code()}.items())]
    start = hashlib.blake2b(msgspec.msgpack.encode(code), digest_size=N_BYTES)
    keys = []
    for cell in cells:
        own = start.copy()
        own.update(task.pack(cell))
        if inputs := task.inputs(cell):
            own.update(msgspec.msgpack.encode(sorted(inputs.items())))
        keys.append(own.digest())
    return keys


def split_keys(joined: bytes) -> list[bytes]:
    """Return the keys that stand one behind the other."""
    return [joined[i : i + N_BYTES] for i in range(0, len(joined), N_BYTES)]
