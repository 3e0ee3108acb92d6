"""Ten kills; `tests.sweep.killing` has the long form."""

import importlib.util
from pathlib import Path

import pytest

from tests.sweep.killing import VICTIMS, Killing


@pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="the extra dask is not installed"
)
def test_killed_runs_lose_nothing(faults_path: Path, tmp_path: Path) -> None:
    killing = Killing(tmp_path, faults_path, seed=7)
    killing.until_complete("here", ["parent"] * 3)
    killing.until_complete("workers", ["worker", "parent", "worker"])
    killing.until_complete("cluster", ["scheduler", "worker"])
    killing.until_complete("local cluster", ["parent", "worker"])
    while sum(killing.kills.values()) < 10:  # some came when a run had ended
        killing.until_complete("workers", ["parent", "worker"])
    assert {victim for _, victim in killing.kills} <= {v for vs in VICTIMS.values() for v in vs}
