"""What a user waits for: help, a run, and the very first run, which compiles its kernels."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.measure import Limit

SIMLAB = str(Path(sys.executable).with_name("simlab"))
HELP = ("--help",)
RUN = ("run", "compounding", "--K", "1", "4", "8")


def wall_time(arguments: tuple[str, ...], *, cache: str, folder: str) -> float:
    """Seconds that ``simlab ARGUMENTS`` takes, from the start of its process to its end."""
    start = time.perf_counter()
    done = subprocess.run(
        [SIMLAB, *arguments],
        cwd=folder,
        env={**os.environ, "SIMLAB_CACHE": cache},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise RuntimeError(f"simlab {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
    return seconds


@contextmanager
def _fresh_folder() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="simlab-benchmark-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def cold(arguments: tuple[str, ...]) -> float:
    """With an empty cache of kernels."""
    with _fresh_folder() as folder:
        return wall_time(arguments, cache=f"{folder}/cache", folder=folder)


def warm(arguments: tuple[str, ...]) -> float:
    """The second of two calls that share a cache, or any of help, which compiles nothing."""
    with _fresh_folder() as folder:
        wall_time(arguments, cache=f"{folder}/cache", folder=folder)
        return wall_time(arguments, cache=f"{folder}/cache", folder=folder)


def benchmarks(quick: bool) -> list[Limit]:
    few = 1 if quick else 5
    return [
        Limit(
            name="simlab --help", unit="s", measure=lambda: warm(HELP), goal=0.15, rounds=2 * few
        ),
        Limit(
            name="simlab run compounding --K 1 4 8",
            unit="s",
            measure=lambda: warm((*RUN, "--fresh")),
            goal=1.0,
            rounds=few,
        ),
        Limit(
            name="the same, its cells taken from an earlier run",
            unit="s",
            measure=lambda: warm(RUN),
            goal=1.0,
            rounds=few,
        ),
        Limit(
            name="the same with an empty cache",
            unit="s",
            measure=lambda: cold(RUN),
            goal=6.0,
            rounds=few,
        ),
    ]
