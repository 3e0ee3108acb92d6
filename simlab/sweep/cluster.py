"""Workers of a Dask cluster."""

import logging
import os
import signal
import time
from collections.abc import Sequence
from concurrent.futures import CancelledError
from importlib.metadata import version
from multiprocessing import resource_tracker
from typing import Any

from simlab.errors import UsageError
from simlab.sweep.batch import run_batch
from simlab.sweep.engine import LostWorkerError
from simlab.sweep.executors import ExecutorEngine, span
from simlab.sweep.tls import security_for
from simlab.threads import default_threads

_CONNECT_SECONDS = 30
_NO_WORKER_SECONDS = 60.0
"""How long a cluster may be without any worker: batch systems start new ones."""
_LOOK_SECONDS = 2.0


def run_batch_there(request: bytes) -> bytes:
    """Compute a batch on a worker of a cluster, which is named in what it cannot compute."""
    from distributed import get_worker

    return run_batch(request, where=f"worker {get_worker().address}")


class ClusterEngine(ExecutorEngine):
    """Computes batches on a Dask cluster.

    Parameters
    ----------
    address : str
        Of the scheduler; or "local" for a cluster on this machine, reachable from it alone, that
        ends with this process.
    workers : int, optional
        Workers of a local cluster. Default: one a core.
    threads : int
        Threads that a cell may use.

    Raises
    ------
    UsageError
        The package distributed is not installed.
    LostWorkerError
        No scheduler answers, or it has no workers.
    """

    overhead = 0.01

    def __init__(self, address: str, *, workers: int | None, threads: int) -> None:
        try:
            import distributed
        except ImportError as error:
            raise UsageError(
                f"--cluster {address}: the package distributed is missing ({error}); "
                "pip install 'simlab[dask]'"
            ) from None
        self.address = address
        self._own: Any = None
        _silence()
        if address == "local":
            try:
                self._own = _local_cluster(workers or default_threads(), threads)
            except RuntimeError as error:
                raise LostWorkerError(f"--cluster local: {error}") from None
            address = self._own.scheduler_address
        try:
            self.client: Any = distributed.Client(
                address,
                timeout=_CONNECT_SECONDS,
                set_as_default=False,
                security=security_for(address),
            )
        except (OSError, TimeoutError, ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise LostWorkerError(
                f"--cluster {address}: no scheduler answers ({reason}); start one with "
                "'dask scheduler', or compare tcp or tls and the certificates, see docs/cluster.md"
            ) from None
        try:
            self.client.wait_for_workers(1, timeout=_NO_WORKER_SECONDS)
            slots = self._n_slots()
        except TimeoutError:
            self.close()
            raise LostWorkerError(
                f"--cluster {address}: the scheduler has no workers; start some with "
                f"'dask worker {address}', see docs/cluster.md"
            ) from None
        except (OSError, CancelledError):
            self.close()
            raise LostWorkerError(f"the scheduler {address} is gone; run again") from None
        self._looked = self._had_workers = time.monotonic()
        super().__init__(None, threads=threads, slots=slots)
        self.name = f"Dask, {self.address}, {self.slots} slots"

    def _n_slots(self) -> int:
        return sum(self.client.nthreads().values())

    def submit(self, request: bytes) -> Any:
        """Begin a batch, and return the future of its reply."""
        return self.client.submit(run_batch_there, request, pure=False)

    def check(self) -> None:
        """Raise LostWorkerError if the scheduler is gone, or has no worker for a minute."""
        if self.client.status != "running":
            raise LostWorkerError(f"the scheduler {self.address} is gone; run again")
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        try:
            slots = self._n_slots()
        except (OSError, TimeoutError, CancelledError):
            return  # the next look finds the client's status changed
        if slots:
            self._had_workers, self.slots = now, slots
        elif now - self._had_workers > _NO_WORKER_SECONDS:
            raise LostWorkerError(f"the scheduler {self.address} has no workers left; run again")

    def lost(self, error: BaseException, cells: Sequence[Any]) -> BaseException:
        """Return the line on a batch that no worker could compute."""
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            worker = getattr(error.last_worker, "address", "")
            return LostWorkerError(f"the worker {worker} ended in {span(cells)}; run again")
        if isinstance(error, ImportError | AttributeError):
            return UsageError(
                f"a worker of {self.address} cannot import simlab ({error}); install simlab "
                f"{version('simlab')} there"
            )
        if isinstance(error, CancelledError | OSError) or self.client.status != "running":
            return LostWorkerError(f"the scheduler {self.address} is gone; run again")
        return error

    def close(self, *, early: bool = False) -> None:
        """Leave the cluster; end it if it is our own."""
        client, own, self._own = getattr(self, "client", None), self._own, None
        if client is not None and client.status != "closed":
            client.close(timeout=2)
        if own is not None:
            own.close(timeout=5)


def _silence() -> None:
    """Keep Dask's log off stderr: what goes wrong is told in one line."""
    for name in ["distributed", *logging.root.manager.loggerDict]:
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _local_cluster(workers: int, threads: int) -> Any:
    """Start workers on this machine; one that dies is an error, not a reason to try again.

    Threads and processes that begin while Ctrl-C is held back never get one: the workers end
    with this process, and print nothing.
    """
    import dask
    from distributed import LocalCluster

    names = ("OMP", "MKL", "OPENBLAS", "NUMBA")
    environment = {f"{name}_NUM_THREADS": str(threads) for name in names}
    environment |= dict.fromkeys(("POLARS_MAX_THREADS", "SIMLAB_THREADS"), str(threads))
    # The tracker and the workers start where the user stands, and import nothing from there.
    environment["PYTHONSAFEPATH"] = os.environ["PYTHONSAFEPATH"] = "1"
    settings = {
        "distributed.scheduler.allowed-failures": 0,
        "distributed.nanny.pre-spawn-environ": environment,
    }
    resource_tracker.ensure_running()  # its start would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with dask.config.set(settings):
            return LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",  # None would listen on all interfaces
                worker_dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
