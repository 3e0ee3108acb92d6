"""A metric in a process of its own: what hangs or ends there is told, and takes nothing with it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from simlab.claims.metric.apart import Request, examine_apart
from simlab.claims.metric.examine import examine
from simlab.claims.metric.report import RETURNS
from simlab.claims.metric.token_metric import token_metric
from simlab.errors import UsageError

SOURCE = """
import ctypes, os, signal, subprocess, time

def loops(outcomes):
    while len(outcomes) == 2:
        pass
    return sum(outcomes) / len(outcomes)

def sticks(outcomes):
    if len(outcomes) == 2:
        ctypes.PyDLL(None).sleep(1000)  # it keeps Python's lock
    return sum(outcomes) / len(outcomes)

def starts(outcomes):
    child = subprocess.Popen(["sleep", "1000"])
    open("child", "w").write(str(child.pid))
    child.wait()

def holds(outcomes):
    if not os.fork():
        time.sleep(1000)  # with all that is open
    os._exit(0)

def crashes(outcomes):
    os.kill(os.getpid(), signal.SIGSEGV)

def leaves(outcomes):
    os._exit(3)

def late(outcomes):
    while len(outcomes) == 8:
        pass
    return sum(outcomes) / len(outcomes)

def sleeps(outcomes):
    open("pid", "w").write(str(os.getpid()))
    time.sleep(1000)

def shouts(predicted, reference):
    os.system("echo loud")
    return float(predicted == reference)
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Request]:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(SOURCE)
    return lambda name, **more: Request(
        metric=f"mine.py:{name}", **{"kind": "outcomes", "examples": 10, "seconds": 1.0, **more}
    )


@pytest.mark.parametrize("name", ["loops", "sticks"])
def test_no_answer(mine: Callable[..., Request], name: str) -> None:
    report = examine_apart(mine(name))
    (line,) = report.broken
    assert line.startswith(f"mine.py:{name}: outcomes = [")
    assert line.count("True") + line.count("False") == 2
    assert line.endswith("]: no answer within 1 s (--time-limit)")
    assert report.finding(RETURNS).verdict == "no"


def test_what_was_found_before_is_kept(mine: Callable[..., Request]) -> None:
    stages: list[float] = []
    report = examine_apart(mine("late"), progress=lambda done, total: stages.append(done / total))
    names = [finding.property for finding in report.properties]
    assert names[:3] == ["gives a finite number", "deterministic", "leaves its input alone"]
    assert all(finding.holds for finding in report.properties[:3])
    assert names[-1] == RETURNS
    assert stages[:2] == [0, 1 / 6]
    assert stages[-1] < 1


@pytest.mark.parametrize(
    ("name", "how"), [("crashes", "by SIGSEGV"), ("leaves", "with exit code 3"),
                      ("holds", "with exit code 0")]
)  # fmt: skip
def test_a_metric_that_ends_its_process(mine: Callable[..., Request], name: str, how: str) -> None:
    line = f"mine.py:{name}: outcomes = [False]: ends the process {how}"
    assert examine_apart(mine(name)).broken == [line]


def test_what_the_metric_started_ends_with_it(mine: Callable[..., Request]) -> None:
    assert "no answer" in examine_apart(mine("starts")).broken[0]
    assert gone(int(Path("child").read_text()))


def test_the_same_findings_as_in_this_process(
    mine: Callable[..., Request], capfd: pytest.CaptureFixture[str]
) -> None:
    request = mine("shouts", kind="tokens", seconds=0)
    there = examine_apart(request)
    here = examine(
        token_metric(request.metric, lambda a, b: float(a == b)), examples=request.examples
    )
    assert there == here
    assert capfd.readouterr().out == ""


def test_an_import_that_hangs(mine: Callable[..., Request]) -> None:
    Path("hangs.py").write_text("while True: pass")
    with pytest.raises(UsageError) as caught:
        examine_apart(Request(metric="hangs:f", seconds=1))
    assert str(caught.value) == "metric: importing hangs:f: no answer within 1 s (--time-limit)"


def test_the_process_ends_with_its_parent(mine: Callable[..., Request]) -> None:
    words = ["claims", "metric", "mine.py:sleeps", "--kind", "outcomes", "--time-limit", "0"]
    code = f"from simlab.cli import main; main({words})"
    parent = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    while not (Path("pid").is_file() and Path("pid").read_text()):
        assert parent.poll() is None
        time.sleep(0.05)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert gone(int(Path("pid").read_text()))


def gone(pid: int) -> bool:
    """Return whether a process ends within a while; an orphan may wait for its burial."""
    for _ in range(600):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False
