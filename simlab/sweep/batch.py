"""A batch of cells as bytes: what a worker is sent, what it computes, what it returns.

Both ways are MessagePack, and frames are Arrow IPC, so that every engine carries the same bytes
and nothing but a function's name is ever unpickled.
"""

import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
import polars as pl

from simlab.errors import SimlabError
from simlab.scenario import Context
from simlab.sweep.frames import Encoded, decoded, encoded
from simlab.sweep.task import Task, code_versions, find_task

C = TypeVar("C")

Watch = Callable[[int, float, str], None]
"""Takes the place of a cell in its batch, the share of it that is done, and its status."""


class Request(msgspec.Struct, frozen=True):
    """Cells of one task, and the code that must compute them."""

    task: str
    code: dict[str, str]
    threads: int
    cells: list[bytes]


class Failure(msgspec.Struct, frozen=True):
    """Why the cells of a batch from ``cell`` on have no frame."""

    kind: str
    """Name of the exception's class; empty if the worker has other code."""
    message: str
    trace: str
    cell: int
    where: str = ""
    """The worker, where an engine has named ones."""


class Reply(msgspec.Struct, frozen=True):
    """Frames of the first cells of a batch, all of them unless there was a failure."""

    frames: list[Encoded]
    seconds: float
    failure: Failure | None = None


def pack(task: Task[C], cells: Sequence[C], *, threads: int) -> bytes:
    """Return the request for ``cells``."""
    code = {**code_versions(), **task.code()}
    return msgspec.msgpack.encode(Request(task.name, code, threads, [*map(task.pack, cells)]))


def unpack(data: bytes) -> tuple[list[pl.DataFrame], float, Failure | None]:
    """Return the frames of a reply, the seconds that they took, and what ended them early."""
    reply = msgspec.msgpack.decode(data, type=Reply)
    return decoded(reply.frames), reply.seconds, reply.failure


def run_batch(
    data: bytes, watch: Watch = lambda place, share, status: None, where: str = ""
) -> bytes:
    """Compute the cells of a request, one after the other, up to the first that fails."""
    request = msgspec.msgpack.decode(data, type=Request)
    frames: list[pl.DataFrame] = []
    failure, started = None, time.perf_counter()
    try:
        task = find_task(request.task)
        failure = _other_code(request, task)
        if failure is None:
            for i, cell in enumerate(request.cells):
                watch(i, 0.0, "")
                frames.append(_run(task, task.unpack(cell), request.threads, i, watch))
    except Exception as error:
        failure = _failure_of(error, len(frames))
    if failure is not None:
        failure = msgspec.structs.replace(failure, where=where)
    seconds = time.perf_counter() - started
    return msgspec.msgpack.encode(Reply(encoded(frames), seconds, failure))


def _failure_of(error: Exception, cell: int) -> Failure:
    if isinstance(error, SimlabError):
        return Failure(type(error).__name__, str(error), "", cell)
    message = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return Failure("Exception", message, traceback.format_exc(), cell)


def _run(task: Task[C], cell: C, threads: int, place: int, watch: Watch) -> pl.DataFrame:
    at, words = 0.0, ""

    def progress(share: float) -> None:
        nonlocal at
        at = share
        watch(place, at, words)

    def status(text: str) -> None:
        nonlocal words
        words = text
        watch(place, at, words)

    return task.run(cell, Context(threads=threads, progress=progress, status=status))


def _other_code(request: Request, task: Task[Any]) -> Failure | None:
    own = {**code_versions(), **task.code()}
    other = [
        f"{name} {own.get(name, 'none')} instead of {wanted}"
        for name, wanted in request.code.items()
        if own.get(name) != wanted
    ]
    if not other:
        return None
    message = f"has other code: {', '.join(other)}; install the same versions there and here"
    return Failure("", message, "", 0)
