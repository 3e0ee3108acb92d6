"""Where the cells of a run are computed: here, in processes, on a cluster, or on any executor."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, TypeVar

import polars as pl

from simlab.errors import EXIT_LOST, SimlabError, UsageError
from simlab.runs.manifest import IN_PROCESS
from simlab.scenario import Context
from simlab.sweep.task import Task
from simlab.threads import default_threads

C = TypeVar("C")

Keep = Callable[[int, pl.DataFrame], None]
"""Takes the place of a cell among all cells, and its frame, as soon as that is there."""

_ADDRESS = re.compile(r"(tcp|tls|ucx|wss?)://\S+")


class Executor(Protocol):
    """What an executor must have; its futures have add_done_callback, done, result and cancel."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Any:
        """Begin ``function(*arguments)`` somewhere, and return its future."""


class LostWorkerError(SimlabError):
    """A worker or a cluster cannot be reached, or is gone; finished cells are kept (exit 4)."""

    exit_code = EXIT_LOST


class Engine:
    """Computes the cells of a run; this one in this process, one after the other."""

    name = IN_PROCESS
    """What the manifest calls it."""

    def __init__(self, *, threads: int) -> None:
        self.threads = threads
        """Threads that a cell may use."""

    def compute(
        self,
        task: Task[C],
        cells: Sequence[C],
        *,
        keep: Keep,
        progress: Callable[[float], None] = lambda done: None,
        status: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Hand the frame of each cell to ``keep``, in order.

        ``progress`` takes the number of cells done, ``status`` what a cell says of where it stands.
        """
        for i, cell in enumerate(cells):

            def within(share: float, done: int = i) -> None:
                progress(done + share)

            context = Context(threads=self.threads, progress=within, status=status)
            keep(i, task.run(cell, context))
            progress(i + 1.0)

    def close(self, *, early: bool = False) -> None:
        """End what this engine has begun; ``early`` if cells may still be under way."""

    def __enter__(self) -> "Engine":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(early=error is not None)


@dataclass(frozen=True, kw_only=True)
class EngineChoice:
    """Where cells are to be computed; nothing is started before `open`.

    Parameters
    ----------
    workers : int, optional
        Processes of this machine, or workers of a local cluster.
    cluster : str, optional
        Address of a Dask scheduler, or "local".
    executor : Executor, optional
        Takes the place of both.
    threads : int, optional
        Threads of a cell. Default: all cores in this process, one where there are workers.

    Raises UsageError for arguments that do not go together.

    >>> with EngineChoice(threads=2).open() as here, EngineChoice(workers=3).open() as there:
    ...     here.threads, there.threads
    (2, 1)
    """

    workers: int | None = None
    cluster: str | None = None
    executor: Executor | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        workers, cluster = self.workers, self.cluster
        if workers is not None and workers < 1:
            raise UsageError(f"--workers {workers}: give at least 1")
        if self.executor is not None and (workers is not None or cluster is not None):
            raise UsageError("an executor takes the place of workers and cluster: give one")
        if cluster is not None and cluster != "local":
            if not _ADDRESS.fullmatch(cluster):
                raise UsageError(
                    f"--cluster {cluster!r}: give the address of a Dask scheduler, such as "
                    "tcp://127.0.0.1:8786, or local"
                )
            if workers is not None:
                raise UsageError(
                    f"--workers {workers}: the cluster has workers of its own; leave one"
                )

    def idle(self) -> Engine:
        """Return an engine for nothing to compute: this process."""
        return Engine(threads=self.threads or default_threads())

    def open(self) -> Engine:
        """Start the engine; raise LostWorkerError if there is no such cluster."""
        if self.executor is not None:
            from simlab.sweep.executors import ExecutorEngine

            return ExecutorEngine(self.executor, threads=self.threads or 1)
        if self.cluster is not None:
            from simlab.sweep.cluster import ClusterEngine

            return ClusterEngine(self.cluster, workers=self.workers, threads=self.threads or 1)
        if self.workers is not None:
            from simlab.sweep.processes import ProcessEngine

            return ProcessEngine(self.workers, threads=self.threads or 1)
        return self.idle()
