"""Worker processes of this machine.

Each is a fresh Python (no fork: threads of kernels and of polars do not survive one), with a
socket for batches, a small shared file in which it writes where it stands, and a pipe that it
never writes to: the pipe closes when this process ends, however it ends, and then so does it.
"""

import mmap
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from simlab.sweep.engine import LostWorkerError
from simlab.sweep.executors import ExecutorEngine

PLACE = struct.Struct("=qd240p")
"""Of the shared file: the cell's place in its batch, the share of it that is done, its status."""
_THREADS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "SIMLAB_THREADS",
)
_END_SECONDS = 2.0


class WorkerEndedError(Exception):
    """A worker process ended by itself."""

    def __init__(self, how: str, place: int) -> None:
        super().__init__(how)
        self.place = place


class _Worker:
    """One process, and the thread that hands it batches."""

    def __init__(self, jobs: "queue.SimpleQueue[_Job]", *, threads: int) -> None:
        self.jobs = jobs
        ours, theirs = socket.socketpair()
        lifeline, self.alive = os.pipe()
        with tempfile.TemporaryFile() as file:
            file.truncate(PLACE.size)
            self.state = mmap.mmap(file.fileno(), PLACE.size)
            passed = (theirs.fileno(), lifeline, file.fileno())
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "simlab.sweep.worker", *map(str, passed)],
                pass_fds=passed,
                stdin=subprocess.DEVNULL,
                stdout=2,  # stdout carries data
                env=_environment(threads),
                process_group=0,  # Ctrl-C is this process's business
            )
        os.close(lifeline)
        theirs.close()
        self.connection = Connection(ours.detach())
        self.busy = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while (job := self.jobs.get()) is not None:
            request, future = job
            if not future.set_running_or_notify_cancel():
                continue
            PLACE.pack_into(self.state, 0, 0, 0.0, b"")
            self.busy = True
            try:
                self.connection.send_bytes(request)
                reply = self.connection.recv_bytes()
            except (EOFError, OSError):
                how, place = _ending(self.process.wait()), PLACE.unpack_from(self.state)[0]
                future.set_exception(WorkerEndedError(how, place))
                return
            finally:
                self.busy = False
            future.set_result(reply)

    def place(self) -> tuple[float, str]:
        """Return how many cells of its batch are done, and its status."""
        if not self.busy:
            return 0.0, ""
        cell, share, status = PLACE.unpack_from(self.state)
        return cell + share, status.decode(errors="replace")

    def close(self, *, early: bool) -> None:
        """End the process, and wait until it is gone."""
        if early:
            self.process.kill()
        os.close(self.alive)
        try:
            self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.thread.join()
        self.connection.close()
        self.state.close()


_Job = tuple[bytes, "Future[bytes]"] | None


class ProcessEngine(ExecutorEngine):
    """Computes batches in ``workers`` processes; they end with this one."""

    overhead = 0.0005

    def __init__(self, workers: int, *, threads: int) -> None:
        super().__init__(None, threads=threads, slots=workers)
        self.name = f"{workers} local workers" if workers > 1 else "1 local worker"
        self.jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self.workers: list[_Worker] = []
        try:
            for _ in range(workers):
                self.workers.append(_Worker(self.jobs, threads=threads))
        except OSError as error:
            self.close(early=True)
            raise LostWorkerError(f"a worker cannot be started: {error.strerror}") from None

    def submit(self, request: bytes) -> "Future[bytes]":
        """Begin a batch, and return the future of its reply."""
        future: Future[bytes] = Future()
        self.jobs.put((request, future))
        return future

    def under_way(self) -> tuple[float, str]:
        """Return how many cells of unfinished batches are done, and what one says of itself."""
        places = [worker.place() for worker in self.workers]
        words = [status for _, status in places if status]
        return sum(done for done, _ in places), words[0] if words else ""

    def lost(self, error: BaseException, cells: Sequence[Any]) -> BaseException:
        """Return the line on a worker that ended, with the cell that it was at."""
        if not isinstance(error, WorkerEndedError):
            return super().lost(error, cells)
        return LostWorkerError(f"a worker {error} in the cell {cells[error.place]}; run again")

    def close(self, *, early: bool = False) -> None:
        """End all workers."""
        workers, self.workers = self.workers, []
        if early:
            for worker in workers:
                with suppress(ProcessLookupError):
                    worker.process.kill()
        for _ in workers:
            self.jobs.put(None)
        for worker in workers:
            worker.close(early=early)


def _environment(threads: int) -> dict[str, str]:
    """Return this process's environment, with the threads of numeric libraries and our path."""
    path = os.pathsep.join(map(os.path.abspath, sys.path))
    return {**os.environ, **dict.fromkeys(_THREADS, str(threads)), "PYTHONPATH": path}


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name
    why = " (out of memory?)" if name == "SIGKILL" else ""
    return f"was ended by {name}{why}"
