"""``--workers`` and ``--cluster`` of ``simlab run``."""

import json

import pytest

from tests.cli.conftest import Simlab

RUN = ("run", "compounding", "--K", "1", "4", "--items", "2000", "--seeds", "4")


def test_workers_change_nothing_but_the_time(simlab: Simlab) -> None:
    here = simlab(*RUN, "--format", "csv")
    there = simlab(*RUN, "--format", "csv", "--workers", "2", "--fresh")
    assert (here.code, there.code) == (0, 0), there.err
    assert there.out == here.out
    runs = json.loads(simlab("runs", "--format", "json").out)["runs"]
    assert [run["engine"] for run in runs] == ["in process", "2 local workers"]
    assert runs[1]["threads"] == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--workers", "0"], "--workers"),
        (["--cluster", "127.0.0.1:8786"], "such as tcp://127.0.0.1:8786, or local"),
        (["--cluster", "tcp://127.0.0.1:8786", "--workers", "2"], "has workers of its own"),
    ],
)
def test_what_makes_no_sense_is_one_line(simlab: Simlab, words: list[str], complaint: str) -> None:
    code, out, err = simlab(*RUN, *words)
    assert (code, out) == (2, "")
    assert complaint in err
    assert err.startswith("simlab: ")
    assert err.count("\n") == 1
