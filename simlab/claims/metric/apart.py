"""A metric of the user's, searched in a process of its own.

A metric may loop for ever, also in code that is not Python's and lets nothing else of its process
run, or end its process. The search then ends with what has been found, and with the call that was
under way. This is no sandbox: the process may do whatever the user may.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import BinaryIO

import msgspec

from simlab.claims.metric.report import RETURNS, Finding, MetricReport
from simlab.errors import UsageError

PLACE_BYTES = 400
"""Of the shared file, which says in what call the process is."""
_LOOK_SECONDS = 0.1
_END_SECONDS = 5.0


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched."""

    metric: str
    """See `simlab.claims.metric.user_function.load_function`."""
    kind: str = "tokens"
    """Or "probabilities" or "outcomes"."""
    batch: bool = False
    examples: int = 200
    seed: int = 0
    n_scales: int = 8
    seconds: float = 60.0
    """Most that one call, or the import, may take; 0 for no limit."""


class Stage(msgspec.Struct, tag=True, frozen=True):
    """Message: ``done`` of ``total`` stages are done; the first comes when the code is imported."""

    done: float
    total: int


class Found(msgspec.Struct, tag=True, frozen=True):
    """Message: a property was searched."""

    finding: Finding


class Refused(msgspec.Struct, tag=True, frozen=True):
    """Message: there is nothing to search, for this reason."""

    reason: str
    trace: str


class Ended(msgspec.Struct, tag=True, frozen=True):
    """Message: the search has come to its end."""

    traces: list[str]


Message = Stage | Found | Refused | Ended
_messages = msgspec.msgpack.Decoder(Message)


def examine_apart(
    request: Request, *, progress: Callable[[float, int], None] = lambda done, total: None
) -> MetricReport:
    """Search a metric for its properties like `examine`, in a process that ends with the search.

    Where a call takes too long or ends the process, the report has the properties found so far,
    and one that says so. A metric that sets alarms of its own (``signal.alarm``) disarms ours for
    the rest of that call.

    Raises
    ------
    UsageError
        There is no such function, importing it raises or takes too long, or a number is out of its
        range. Its ``__notes__`` hold the traceback of the import.

    >>> request = Request(metric="statistics:fmean", kind="outcomes", examples=10)
    >>> examine_apart(request).finding("linear in p").verdict
    'yes'
    """
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as place, Connection(reading, writable=False) as messages:
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "simlab.claims.metric.apart_process",
                 msgspec.json.encode(request), str(writing), str(place.fileno())],
                pass_fds=(writing, place.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
                process_group=0,  # what the metric starts ends with it
            )  # fmt: skip
        finally:
            os.close(writing)
        try:
            return _listen(request, process, messages, place, progress)
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _listen(
    request: Request,
    process: "subprocess.Popen[bytes]",
    messages: Connection,
    place: BinaryIO,
    progress: Callable[[float, int], None],
) -> MetricReport:
    found: list[Finding] = []
    imported = False
    while (message := _next(process, messages)) is not None:
        match message:
            case Stage(done, total):
                imported = True
                progress(done, total)
            case Found(finding):
                found.append(finding)
            case Ended(traces):
                return _report(request, found, traces)
            case Refused(reason, trace):
                error = UsageError(reason)
                error.add_note(trace)
                raise error
    what = _ending(process.wait(_END_SECONDS), request.seconds)
    if not imported:
        raise UsageError(f"metric: importing {request.metric}: {what}")
    call = os.pread(place.fileno(), PLACE_BYTES, 0).rstrip(b"\0").decode(errors="replace")
    last = Finding(property=RETURNS, verdict="no", holds=False, counterexample=f"{call}: {what}")
    return _report(request, [*found, last], [])


def _next(process: "subprocess.Popen[bytes]", messages: Connection) -> Message | None:
    """Return the next message; None if there will be none.

    The pipe alone does not tell: what the metric has started may hold it open.
    """
    with suppress(EOFError):
        while not messages.poll(_LOOK_SECONDS):
            if process.poll() is not None and not messages.poll(0):
                return None
        message: Message = _messages.decode(messages.recv_bytes())
        return message
    return None


def _report(request: Request, found: list[Finding], traces: list[str]) -> MetricReport:
    return MetricReport(metric=request.metric, kind=request.kind, properties=found, traces=traces)


def _ending(code: int, seconds: float) -> str:
    if code == -signal.SIGALRM and seconds:
        return f"no answer within {seconds:g} s (--time-limit)"
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    return f"ends the process {how}"
