"""A worker process: ``python -m simlab.sweep.worker SOCKET LIFELINE STATE``, three descriptors."""

import gc
import mmap
import os
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection

from simlab.sweep.batch import run_batch
from simlab.sweep.processes import PLACE


def main(words: list[str]) -> None:
    """Compute batches until the socket closes; end at once when the parent ends."""
    connection, lifeline, file = Connection(int(words[0])), int(words[1]), int(words[2])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the parent's business; the lifeline ends this one
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    gc.set_threshold(1_000_000, 20, 20)
    state = mmap.mmap(file, PLACE.size)

    def watch(place: int, share: float, status: str) -> None:
        PLACE.pack_into(state, 0, place, share, status.encode()[:239])

    with suppress(EOFError, OSError):
        while True:
            connection.send_bytes(run_batch(connection.recv_bytes(), watch))


def _end_with(lifeline: int) -> None:
    """Wait until the parent's end of the pipe is closed, by the parent or by its death."""
    os.read(lifeline, 1)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
