"""Kill runs at random moments until they are complete, and check what every kill leaves behind.

The suite kills ten times. The long form: ``python -m tests.sweep.killing --kills 200``.
"""

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from simlab.runs.directory import PARTS, RunDirectory
from simlab.sweep.cell_index import INDEX
from simlab.sweep.parts import SUFFIX, read_parts
from simlab.table import ScoreTable
from tests.sweep.faulty_package import install_faults
from tests.sweep.processes import gone

SEEDS, PAUSE = 100, 0.03
ENGINES = ("here", "workers", "local cluster", "cluster")
VICTIMS = {
    "here": ("parent",),
    "workers": ("parent", "worker"),
    "local cluster": ("parent", "worker"),
    "cluster": ("parent", "worker", "scheduler"),
}
_PATIENCE = 120
"""Seconds after which a run that should be ending counts as hanging."""
_MAIN = "from simlab.cli import main; main()"


class Cluster:
    """A scheduler and two workers, each a process of its own, that a test may kill."""

    def __init__(self, environment: dict[str, str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        dask = [str(Path(sys.executable).with_name("dask"))]
        loopback = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
        quiet: Any = {
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            "env": environment,
        }
        port = self.address.rpartition(":")[2]
        self.scheduler = subprocess.Popen([*dask, "scheduler", "--port", port, *loopback], **quiet)
        worker = [*dask, "worker", self.address, *loopback, "--nthreads", "1", "--no-nanny"]
        self.workers = [subprocess.Popen(worker, **quiet) for _ in range(2)]

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


class Killing:
    """Runs in one folder, what was killed so far, and what went wrong."""

    def __init__(self, folder: Path, faults: Path, seed: int) -> None:
        self.folder, self.random = folder, random.Random(seed)
        self.environment = {
            "PYTHONFAULTHANDLER": "1",
            **{k: v for k, v in os.environ.items() if not k.startswith("SIMLAB_") or "CACHE" in k},
            "PYTHONPATH": os.pathsep.join([str(faults), *filter(None, sys.path)]),
        }
        self.kills: Counter[tuple[str, str]] = Counter()
        self.runs = self.survived = self.kept = 0
        out = folder / "whole"
        process = self._start("here", None, out)
        err = _end(process)
        assert process.returncode == 0, err
        self.whole = self._only(out)

    def until_complete(self, engine: str, victims: list[str]) -> None:
        """Start a run, kill it once for each victim, resuming it between, and let it end."""
        self.runs += 1
        out = self.folder / f"run{self.runs}"
        for victim in victims:
            with self._cluster(engine) as cluster:
                self._kill_once(engine, victim, out, cluster)
            if out.is_dir() and any(out.iterdir()):
                engine = self.random.choice([e for e in ENGINES if victim in VICTIMS[e]])
        process = self._start("here", None, out)
        err = _end(process)
        assert process.returncode == 0, err
        run = RunDirectory.open(out, "last")
        assert run.manifest.status == "complete"
        assert len(list(out.iterdir())) == 1
        assert self._only(out).frame.equals(self.whole.frame)
        assert (run.path / INDEX).is_file()
        assert not list(run.path.rglob(".*"))

    def _kill_once(self, engine: str, victim: str, out: Path, cluster: Cluster | None) -> None:
        begun = time.monotonic()
        process = self._start(engine, cluster, out)
        if self.random.random() < 0.7:
            self._wait_for_cells(process, out)
        time.sleep(self.random.uniform(0.0, 0.5))
        before, target = self._on_disk(out), self._find(process, victim, cluster)
        children = self._children(process)
        if target is None or process.poll() is not None:
            _end(process)
        else:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(target).send_signal(signal.SIGKILL)
            self.kills[engine, victim] += 1
        err = _end(process)
        self.survived += process.returncode == 0
        self.kept += bool(before) and process.returncode != 0
        assert "Traceback" not in err, err
        assert all(map(gone, children)), "a worker outlived its run"
        self._check(out, before, process.returncode, err, victim)
        assert time.monotonic() - begun < 150

    def _wait_for_cells(self, process: "subprocess.Popen[str]", out: Path) -> None:
        """Wait until one to three more parts are on disk, or the run has ended."""
        wanted = len(list(out.glob(f"*/{PARTS}/*{SUFFIX}"))) + self.random.randint(1, 3)
        while process.poll() is None:
            if len(list(out.glob(f"*/{PARTS}/*{SUFFIX}"))) >= wanted:
                return
            time.sleep(0.01)

    def _check(self, out: Path, before: set[bytes], code: int, err: str, victim: str) -> None:
        """What is on disk is whole, and nothing that was there is lost."""
        if victim == "parent" and code != 0:
            assert code == -signal.SIGKILL, (code, err)
        elif code != 0:
            assert code == 4, (code, err)
            assert err.count("\n") == 1, err
            assert err.startswith("simlab: "), err
        runs = list(out.iterdir()) if out.is_dir() else []
        for path in runs:
            if not (path / "manifest.json").exists():  # killed before its first file
                assert not list(path.glob("*"))
                continue
            manifest = json.loads((path / "manifest.json").read_text())
            if code == 0 or manifest["status"] == "complete":  # killed when all was written
                assert manifest["status"] == "complete"
                assert (path / "report.html").is_file()
                assert self._only(out).frame.equals(self.whole.frame)
            assert not RunDirectory.open(out, str(path)).is_held()
            if (path / "scores.parquet").exists():
                ScoreTable.read(path / "scores.parquet")
        if code != 0 and not any((path / INDEX).exists() for path in runs):
            assert before <= self._on_disk(out)

    def _start(self, engine: str, cluster: Cluster | None, out: Path) -> "subprocess.Popen[str]":
        """Begin the run, or go on with it."""
        more = {
            "here": [],
            "workers": ["--workers", "2"],
            "local cluster": ["--cluster", "local", "--workers", "2"],
            "cluster": ["--cluster", cluster.address if cluster else ""],
        }[engine]
        run = ["run", "faults", "--seeds", str(SEEDS), "--pause", str(PAUSE)]
        if any(out.glob("*/manifest.json")):
            run = ["runs", "resume", "last"]
        elif out.is_dir():
            for path in out.iterdir():  # killed before its manifest: an empty folder
                for left in path.iterdir():
                    left.unlink()
                path.rmdir()
        return subprocess.Popen(
            [sys.executable, "-c", _MAIN, *run, *more, "--out", str(out), "--quiet"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _find(
        self, process: "subprocess.Popen[str]", victim: str, cluster: Cluster | None
    ) -> int | None:
        if victim == "parent":
            return process.pid
        if victim == "scheduler":
            assert cluster is not None
            return cluster.scheduler.pid
        if cluster is not None:
            return self.random.choice(cluster.workers).pid
        return self.random.choice(self._children(process) or [None])

    def _children(self, process: "subprocess.Popen[str]") -> list[int]:
        """Return the workers of a run: processes of Python below it."""
        found = []
        with suppress(psutil.Error):
            for child in psutil.Process(process.pid).children(recursive=True):
                with suppress(psutil.Error):
                    words = " ".join(child.cmdline())
                    if "simlab.sweep.worker" in words or "spawn_main" in words:
                        found.append(child.pid)
        return found

    def _on_disk(self, out: Path) -> set[bytes]:
        found: set[bytes] = set()
        for path in out.glob(f"*/{PARTS}"):
            assert all(p.suffix == SUFFIX or p.name[0] == "." for p in path.iterdir())
            for keys, heights, frame in read_parts(path):
                assert len(keys) == len(heights)
                assert sum(heights) == frame.height
                found.update(keys)
        return found

    def _only(self, out: Path) -> ScoreTable:
        table = RunDirectory.open(out, "last").table()
        assert table is not None
        return table

    @contextmanager
    def _cluster(self, engine: str) -> Iterator[Cluster | None]:
        if engine != "cluster":
            yield None
            return
        cluster = Cluster(self.environment)
        try:
            yield cluster
        finally:
            cluster.close()

    def told(self) -> str:
        """Return the counts as lines."""
        lines = [f"{n:5} {engine}: {victim}" for (engine, victim), n in sorted(self.kills.items())]
        total = sum(self.kills.values())
        return "\n".join(
            [
                *lines,
                f"{total:5} kills in {self.runs} runs, each complete in the end, bit for bit",
                f"{self.kept:5} of them found finished cells on disk, none was lost",
                f"{self.survived:5} came when the run was ending, or hit what it could do without",
            ]
        )


def _end(process: "subprocess.Popen[str]") -> str:
    """Wait for the end, and return what was said; one that hangs says where."""
    try:
        return process.communicate(timeout=_PATIENCE)[1]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        raise AssertionError(process.communicate()[1]) from None


def main() -> None:
    """The long form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "site").mkdir()
        killing = Killing(folder, install_faults(folder / "site"), given.seed)
        while sum(killing.kills.values()) < given.kills:
            engine = killing.random.choice(given.engines)
            n = killing.random.randint(1, 4)
            victim = killing.random.choice(VICTIMS[engine])
            killing.until_complete(engine, [victim] * n)
            print(f"{sum(killing.kills.values())} kills", file=sys.stderr, flush=True)
        print(killing.told())


if __name__ == "__main__":
    main()
