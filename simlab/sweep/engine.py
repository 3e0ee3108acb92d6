"""Where the cells of a run are computed: here, in processes, on a cluster, or on any executor."""

import re
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Protocol

from simlab.errors import EXIT_LOST, SimlabError, UsageError
from simlab.runs.manifest import IN_PROCESS
from simlab.scenario import Scenario
from simlab.sweep.cells import Cell, Keep, compute
from simlab.threads import default_threads

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
        scenario: Scenario,
        cells: Sequence[Cell],
        *,
        keep: Keep,
        progress: Callable[[float], None] = lambda done: None,
        status: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Hand the table of each cell to ``keep``; see `simlab.sweep.cells.compute`."""
        compute(scenario, cells, keep=keep, threads=self.threads, progress=progress, status=status)

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


def open_engine(
    *,
    workers: int | None = None,
    cluster: str | None = None,
    executor: Executor | None = None,
    threads: int | None = None,
) -> Engine:
    """Return the engine that is asked for; its cells use one thread if there are workers.

    Raises UsageError for arguments that do not go together, and LostWorkerError if there is no
    such cluster.

    >>> open_engine(threads=2).threads, open_engine(workers=3).threads
    (2, 1)
    """
    if workers is not None and workers < 1:
        raise UsageError(f"--workers {workers}: give at least 1")
    if executor is not None:
        from simlab.sweep.executors import ExecutorEngine

        if workers is not None or cluster is not None:
            raise UsageError("an executor takes the place of workers and cluster: give one")
        return ExecutorEngine(executor, threads=threads or 1)
    if cluster is not None:
        from simlab.sweep.cluster import ClusterEngine

        if cluster != "local" and not _ADDRESS.fullmatch(cluster):
            raise UsageError(
                f"--cluster {cluster!r}: give the address of a Dask scheduler, such as "
                "tcp://127.0.0.1:8786, or local"
            )
        if cluster != "local" and workers is not None:
            raise UsageError(f"--workers {workers}: the cluster has workers of its own; leave one")
        return ClusterEngine(cluster, workers=workers, threads=threads or 1)
    if workers is not None:
        from simlab.sweep.processes import ProcessEngine

        return ProcessEngine(workers, threads=threads or 1)
    return Engine(threads=threads or default_threads())
