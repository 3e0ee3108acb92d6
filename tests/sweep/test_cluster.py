"""A Dask cluster on loopback: the same bits, and one line for whatever breaks."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from simlab.errors import DataError, UsageError
from simlab.lab import run
from simlab.runs.directory import RunDirectory
from simlab.sweep.engine import EngineChoice, LostWorkerError

pytest.importorskip("distributed", reason="the extra dask is not installed")

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "cluster.md"
BLOCKS = re.findall(r"^```sh run\n(.*?)^```$", PAGE.read_text(), re.M | re.S)


@pytest.fixture(scope="module")
def cluster(faults_path: Path) -> Iterator[Any]:
    """Two workers that know the scenario of faults, and of which none may die."""
    from simlab.sweep.cluster import _local_cluster

    sys.path.insert(0, str(faults_path))
    try:
        found = _local_cluster(2, 1)
    finally:
        sys.path.remove(str(faults_path))
    with found:
        yield found


@pytest.mark.usefixtures("faults")
def test_runs_on_a_cluster(cluster: Any, tmp_path: Path) -> None:
    address = cluster.scheduler_address
    assert address.startswith("tcp://127.0.0.1:")
    grid = {"slope": [0.1, 0.25]}
    here = run("faults", grid, seeds=20, out=None).table.frame
    found = run("faults", grid, seeds=20, out=tmp_path, cluster=address)
    assert found.table.frame.schema == here.schema
    assert found.table.frame.equals(here)
    assert found.directory is not None
    assert found.directory.manifest.engine == f"Dask, {address}, 2 slots"

    with pytest.raises(DataError, match=r"^worker tcp://\S+: the toy broke; mend it$"):
        run("faults", {"trouble": ["data"]}, seeds=8, out=tmp_path, cluster=address)
    kept = RunDirectory.open(tmp_path, "last").table()
    assert kept is not None  # replicate 5 is begun when others have come back
    assert set(kept.frame["seed"]) <= {0, 1, 2, 3, 4, 6, 7}
    n_kept = RunDirectory.open(tmp_path, "last").manifest.n_cells_done
    assert kept.frame["seed"].n_unique() == n_kept

    with pytest.raises(LostWorkerError, match=r"run again; \d+ finished cells are in") as caught:
        run("faults", {"trouble": ["kill"]}, seeds=8, out=tmp_path, cluster=address)
    assert re.search(r"the worker tcp://\S+ ended in .*trouble=kill, seed \d", str(caught.value))


def test_a_local_cluster_listens_on_loopback_only(cluster: Any) -> None:
    import psutil

    own = psutil.Process()
    addresses = [
        connection.laddr.ip
        for process in [own, *own.children(recursive=True)]
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(addresses) >= 5  # of the scheduler, and of each worker and its nanny
    assert set(addresses) == {"127.0.0.1"}


@pytest.mark.usefixtures("faults")
def test_a_cluster_that_ends_before_the_run(faults_path: Path) -> None:
    from simlab.sweep.cluster import _local_cluster

    own = _local_cluster(1, 1)
    with pytest.raises(LostWorkerError, match=f"the scheduler {own.scheduler_address} is gone"):
        run(
            "compounding",
            {"K": [1], "items": [200_000]},
            seeds=2000,
            out=None,
            cluster=own.scheduler_address,
            progress=lambda done, n: own.close() if done > 1 else None,
        )


def test_no_scheduler_and_no_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from distributed import LocalCluster

    from simlab.sweep import cluster

    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 1)
    monkeypatch.setattr(cluster, "_NO_WORKER_SECONDS", 1)
    with pytest.raises(LostWorkerError, match="no scheduler answers"):
        run("compounding", out=tmp_path, cluster=f"tcp://127.0.0.1:{_free_port()}")
    with (
        LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None) as empty,
        pytest.raises(LostWorkerError, match="the scheduler has no workers; start some with"),
    ):
        EngineChoice(cluster=empty.scheduler_address).open()
    assert list(tmp_path.iterdir()) == []


def test_a_worker_with_another_simlab(tmp_path: Path) -> None:
    """A copy of simlab with one more comment in a kernel's file is another simlab."""
    copy = tmp_path / "other"
    for package in ("simlab", "scenarios", "replay"):
        shutil.copytree(
            ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    with (copy / "simlab" / "simulators" / "compounding.py").open("a") as file:
        file.write("# edited\n")
    port = str(_free_port())
    address = f"tcp://127.0.0.1:{port}"
    dask = [str(Path(sys.executable).with_name("dask"))]
    loopback = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen([*dask, "scheduler", "--port", port, *loopback], **quiet)
    worker = subprocess.Popen(
        [*dask, "worker", address, *loopback, "--nthreads", "1", "--no-nanny"],
        env={**os.environ, "PYTHONPATH": str(copy)},
        cwd=tmp_path,
        **quiet,
    )
    try:
        with pytest.raises(UsageError, match=r"^worker tcp://\S+ has other code: kernels \w+ inst"):
            run("compounding", {"items": [1000]}, out=None, cluster=address)
    finally:
        for process in (worker, scheduler):
            process.kill()
            process.wait()


@pytest.mark.parametrize("block", BLOCKS, ids=["workers", "local", "scheduler", "tls", "killed"])
def test_the_commands_of_the_page(block: str, tmp_path: Path) -> None:
    if "kill -9" in block:
        here = run("compounding", {"K": [1, 4], "items": [200_000]}, seeds=150, out=None)
    else:
        here = run("compounding", {"K": [1, 4, 8], "items": [20_000]}, seeds=3, out=None)
    with (tmp_path / "log").open("w") as log:
        shell = subprocess.Popen(
            ["bash", "-ec", _on_free_ports(block)],
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            code = shell.wait(timeout=120)
        finally:  # Dask's parts take their time to say farewell
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
    assert code == 0, (tmp_path / "log").read_text()
    found = RunDirectory.open(tmp_path / "runs", "last")
    assert found.manifest.status == "complete"
    scores = found.table()
    assert scores is not None
    assert scores.frame.equals(here.table.frame)
    assert found.manifest.engine != "in process"


def test_the_page_names_the_python_that_it_shows() -> None:
    """The examples that were not run are at least Python, and call what exists here."""
    import inspect

    blocks = re.findall(r"^```python no-run\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    assert len(blocks) == 3
    for block in blocks:
        compile(block, "cluster.md", "exec")
        assert "cluster=cluster.scheduler_address" in block
    assert "cluster" in inspect.signature(run).parameters


def _on_free_ports(block: str) -> str:
    return block.replace("8786", str(_free_port())).replace(":8787", ":0")


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
