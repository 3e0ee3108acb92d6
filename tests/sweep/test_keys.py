"""Keys of cells: equal for what gives equal bits, and for nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab import registry
from simlab.errors import UsageError
from simlab.parameters import grid
from simlab.scenario import Scenario
from simlab.sweep import task
from simlab.sweep.cells import Cell, ScenarioTask, cells_of
from simlab.sweep.keys import N_BYTES, cell_keys
from simlab.sweep.task import find_task, source_hash


def compounding() -> Scenario:
    found: Scenario = registry.load(registry.SCENARIOS, "compounding")
    return found


def keys(scenario: Scenario | None = None, seeds: int = 3, **given: Any) -> list[bytes]:
    scenario = scenario or compounding()
    cells = cells_of(grid(scenario.parameters, given), seed=0, seeds=seeds)
    return cell_keys(ScenarioTask(scenario), cells)


def test_a_wider_grid_holds_the_keys_of_the_narrower() -> None:
    narrow, wide = keys(K=[1, 4]), keys(K=[1, 2, 4, 8], seeds=5)
    assert len({*wide}) == 20
    assert set(narrow) <= set(wide)
    assert {len(key) for key in wide} == {N_BYTES}


def test_what_moves_a_key() -> None:
    own = set(keys())
    assert own.isdisjoint(keys(items=[999]))
    assert own.isdisjoint(keys(replace(compounding(), version=99)))
    assert own.isdisjoint(keys(replace(compounding(), name="another")))


@pytest.mark.parametrize("name", ["kernels", "numba", "numpy"])
def test_other_code_has_other_keys(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = keys()
    changed = {**task.code_versions(), name: "another"}
    monkeypatch.setattr("simlab.sweep.keys.code_versions", lambda: changed)
    assert set(own).isdisjoint(keys())


def test_the_content_of_a_file_counts(tmp_path: Path) -> None:
    file = tmp_path / "data"
    scenario = replace(compounding(), files=lambda parameters: [file])
    file.write_text("a")
    first = keys(scenario)
    assert keys(scenario) == first
    file.write_text("b")
    assert set(keys(scenario)).isdisjoint(first)


@given(st.integers(-(2**63), 2**63 - 1), st.integers(1, 2**40), st.integers(1, 1000))
def test_a_packed_cell_comes_back(seed: int, items: int, k: int) -> None:
    scenario = compounding()
    held = ScenarioTask(scenario)
    try:
        parameters = grid(scenario.parameters, {"K": [k], "items": [items]})[0]
    except UsageError:
        return
    cell = Cell(parameters, seed)
    assert held.unpack(held.pack(cell)) == cell


def test_the_sources_that_count(faults: Path) -> None:
    registry.load(registry.SCENARIOS, "faults")
    before = source_hash("simlab_faults")
    source_hash.cache_clear()
    with (faults / "simlab_faults.py").open("a") as file:
        file.write("\n# edited\n")
    assert source_hash("simlab_faults") != before
    source_hash.cache_clear()
    assert source_hash("no_such_module") == ""


def test_only_tasks_are_found() -> None:
    assert find_task("scenario compounding").name == "scenario compounding"
    for name in ("os:system", "simlab.table:ScoreTable", "simlab.no:no", "simlab.sweep.task:Task"):
        with pytest.raises(UsageError, match="no task"):
            find_task(name)
