"""Compute cells in batches on anything that has ``submit``."""

import queue
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from typing import Any, NamedTuple, TypeVar

from simlab.errors import DataError, SimlabError, UsageError
from simlab.sweep.batch import Failure, pack, run_batch, unpack
from simlab.sweep.batch_sizes import BatchSizes
from simlab.sweep.engine import Engine, Executor, Keep, LostWorkerError
from simlab.sweep.task import Task
from simlab.threads import default_threads

_POLL_SECONDS = 0.1
_GRACE_SECONDS = 1.0
"""How long batches that are under way may go on when a run ends early."""
C = TypeVar("C")
_KINDS: dict[str, type[SimlabError]] = {"UsageError": UsageError, "DataError": DataError}


class CellError(Exception):
    """A cell raised what is no error of the user; its traceback on the worker is a note."""


class _Running(NamedTuple):
    future: Any
    start: int
    cells: Sequence[Any]


class ExecutorEngine(Engine):
    """Hands batches of cells to an executor.

    Parameters
    ----------
    executor : Executor
        Such as a `concurrent.futures.ThreadPoolExecutor`, or one of mpi4py. It stays open.
    threads : int
        Threads that a cell may use.
    slots : int, optional
        Batches that it computes at once. Default: what the executor says, else all cores.
    """

    overhead = 0.002
    """Seconds that scheduling one batch costs."""

    def __init__(
        self, executor: Executor | None, *, threads: int, slots: int | None = None
    ) -> None:
        super().__init__(threads=threads)
        self.executor = executor
        self.slots = slots or getattr(executor, "_max_workers", None) or default_threads()
        self.name = f"{type(executor).__name__}, {self.slots} at once"

    def submit(self, request: bytes) -> Any:
        """Begin a batch, and return the future of its reply."""
        assert self.executor is not None
        return self.executor.submit(run_batch, request)

    def check(self) -> None:
        """Raise LostWorkerError if nothing can come any more."""

    def under_way(self) -> tuple[float, str]:
        """Return how many cells of unfinished batches are done, and what one says of itself."""
        return 0.0, ""

    def lost(self, error: BaseException, cells: Sequence[Any]) -> BaseException:
        """Return what to raise when the future of a batch holds an error."""
        if isinstance(error, CancelledError | OSError):
            return LostWorkerError(f"a worker was lost in {span(cells)}; run again")
        return error

    def compute(
        self,
        task: Task[C],
        cells: Sequence[C],
        *,
        keep: Keep,
        progress: Callable[[float], None] = lambda done: None,
        status: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Hand the frame of each cell to ``keep`` as it comes, in any order.

        Raises the first error of a cell that comes back, after the batches that end within a
        second; LostWorkerError if a worker ends.
        """
        sizes = BatchSizes(overhead=self.overhead, slots=self.slots)
        finished: queue.SimpleQueue[int] = queue.SimpleQueue()
        running: dict[int, _Running] = {}
        begun = n_done = 0
        try:
            while n_done < len(cells):
                while begun < len(cells) and len(running) < 2 * self.slots:
                    batch = cells[begun : begun + sizes.next(len(cells) - begun)]
                    future = self.submit(pack(task, batch, threads=self.threads))
                    running[begun] = _Running(future, begun, batch)
                    future.add_done_callback(lambda _, start=begun: finished.put(start))
                    begun += len(batch)
                try:
                    start = finished.get(timeout=_POLL_SECONDS)
                except queue.Empty:
                    self.check()
                else:
                    n_done += self._take(running[start], keep, sizes)
                    del running[start]
                share, words = self.under_way()
                if words:
                    status(words)
                progress(min(n_done + share, len(cells)))
        except BaseException:
            self._keep_what_ends_soon(list(running.values()), keep, sizes)
            raise

    def _take(self, batch: _Running, keep: Keep, sizes: BatchSizes) -> int:
        """Keep the frames of a batch, then raise what ended it early; return their number."""
        try:
            data = batch.future.result()
        except (Exception, CancelledError) as error:
            raise self.lost(error, batch.cells) from error
        frames, seconds, failure = unpack(data)
        for i, frame in enumerate(frames, batch.start):
            keep(i, frame)
        if failure is not None:
            raise error_of(failure, batch.cells)
        sizes.measured(len(frames), seconds)
        return len(frames)

    def _keep_what_ends_soon(
        self, running: Sequence[_Running], keep: Keep, sizes: BatchSizes
    ) -> None:
        """Give batches that are under way a moment, so that no finished cell is lost."""
        until = time.monotonic() + _GRACE_SECONDS
        held = [batch for batch in running if not batch.future.cancel() or batch.future.done()]
        while held and time.monotonic() < until:
            for batch in [batch for batch in held if batch.future.done()]:
                held.remove(batch)
                try:
                    self._take(batch, keep, sizes)
                except (Exception, CancelledError):
                    continue  # the first error is the one that is told
            time.sleep(0.01)


def span(cells: Sequence[Any]) -> str:
    """Return a name of the cells of a batch."""
    if len(cells) == 1:
        return f"the cell {cells[0]}"
    return f"one of the {len(cells)} cells from {cells[0]} to {cells[-1]}"


def error_of(failure: Failure, cells: Sequence[Any]) -> Exception:
    """Return the error of a cell as it would be in this process."""
    if not failure.kind:
        return UsageError(f"{failure.where or 'a worker'} {failure.message}")
    message = f"{failure.where}: {failure.message}" if failure.where else failure.message
    if failure.kind != "Exception":
        return _KINDS.get(failure.kind, SimlabError)(message)
    error = CellError(f"{message} (in the cell {cells[failure.cell]})")
    error.add_note(failure.trace)
    return error
