"""The process of a search: ``python -m simlab.claims.metric.apart_process REQUEST PIPE PLACE``.

The time limit is an alarm whose action is the system's: it ends the process whatever the process
is at, also if Python has no turn, and also if nobody listens any more.
"""

import dataclasses
import os
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from simlab.claims.metric.apart import (
    PLACE_BYTES,
    Ended,
    Found,
    Message,
    Refused,
    Request,
    Stage,
)
from simlab.claims.metric.examine import examine
from simlab.claims.metric.outcome_metric import outcome_metric
from simlab.claims.metric.probability_metric import probability_metric
from simlab.claims.metric.subject import Subject
from simlab.claims.metric.token_metric import token_metric
from simlab.claims.metric.user_function import load_function
from simlab.errors import UsageError


def main(words: list[str]) -> None:
    """Search, and tell the parent what is found as soon as it is."""
    request = msgspec.json.decode(words[0], type=Request)
    pipe, place = Connection(int(words[1]), readable=False), int(words[2])
    threading.Thread(target=_end_with, args=(pipe.fileno(),), daemon=True).start()

    def tell(message: Message) -> None:
        pipe.send_bytes(msgspec.msgpack.encode(message))

    try:
        with _limit(request.seconds):
            function = load_function(request.metric)
        tell(Stage(0, 6))
        report = examine(
            _limited(_subject(request, function), request.seconds, place),
            examples=request.examples,
            seed=request.seed,
            n_scales=request.n_scales,
            progress=lambda done, total: tell(Stage(done, total)),
            found=lambda finding: tell(Found(finding)),
        )
        tell(Ended(report.traces))
    except UsageError as error:
        tell(Refused(str(error), traceback.format_exc()))


def _subject(request: Request, function: Callable[..., Any]) -> Subject:
    if request.kind == "outcomes":
        return outcome_metric(request.metric, function)
    make = probability_metric if request.kind == "probabilities" else token_metric
    return make(request.metric, function, batch=request.batch)


def _limited(subject: Subject, seconds: float, place: int) -> Subject:
    """Return the subject with calls that have a limit, and that are told in the shared file."""

    def call(*arguments: Any) -> Any:
        pairs = zip(subject.argument_names, arguments, strict=True)
        text = ", ".join(f"{name} = {value!r}" for name, value in pairs).encode()
        os.pwrite(place, text[:PLACE_BYTES].ljust(PLACE_BYTES, b"\0"), 0)
        with _limit(seconds):
            return subject.function(*arguments)

    return dataclasses.replace(subject, function=call)


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _end_with(pipe: int) -> None:
    """Wait until the parent's end of the pipe is closed, by the parent or by its death."""
    watch = select.poll()
    watch.register(pipe, 0)
    watch.poll()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
