"""Cells of earlier runs: found whole, and never those of other scores."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.runs.directory import PARTS, SCORES
from simlab.sweep.cell_index import INDEX, index_of
from simlab.sweep.earlier import find_cells
from simlab.sweep.finished import Block, Finished
from simlab.sweep.keys import N_BYTES
from simlab.sweep.parts import Parts
from tests.sweep.test_finished import cell

KEYS = [i.to_bytes(N_BYTES, "big") for i in range(60)]
RUN = "20260101T00000{}Z-toy-0123abcd"


def complete(out: Path, kinds: dict[int, str], n: int = 0) -> Path:
    """Write a run with the cells of these numbers."""
    path = out / RUN.format(n)
    path.mkdir(parents=True)
    finished = Finished()
    for place, (number, kind) in enumerate(kinds.items()):
        finished.keep(place, cell(number, kind).frame)
    table = finished.table()
    table.write(path / SCORES)
    own = [KEYS[number] for number in kinds]
    index = index_of(finished.blocks(), own, table, (path / SCORES).read_bytes())
    (path / INDEX).write_bytes(index)
    return path


def singles(blocks: list[Block]) -> dict[int, pl.DataFrame]:
    found = [cell for block in blocks for cell in block.cells()]
    assert len({block.place for block in found}) == len(found)
    return {block.place: block.frame for block in found}


def _of(path: Path) -> list[Block]:
    """Return what is found where there is one run."""
    (run,) = find_cells(path.parent, "toy", KEYS)
    return run.blocks


KINDS = st.dictionaries(
    st.integers(0, 19), st.sampled_from(["plain", "plain", "whole", "real", "other"]), min_size=1
)


@given(kinds=KINDS, wanted=st.lists(st.integers(0, 25), unique=True))
def test_cells_come_back_as_they_were(
    kinds: dict[int, str], wanted: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("runs")
    complete(out, kinds)
    found = list(find_cells(out, "toy", [KEYS[number] for number in wanted]))
    cells = singles([block for run in found for block in run.blocks])
    for place, frame in cells.items():
        expected = cell(wanted[place], kinds[wanted[place]]).frame
        assert frame.schema == expected.schema
        assert frame.equals(expected)
    assert {wanted[place] for place in cells} == set(kinds) & set(wanted)


def test_columns_that_lose_their_type_are_computed_anew(tmp_path: Path) -> None:
    path = tmp_path / RUN.format(0)
    path.mkdir()
    values = ([2**53 + 1, 7], [0.5, 1.5], [3, 4], ["a", "b"])
    frames = [cell(i, "plain").frame.with_columns(x=pl.Series(v)) for i, v in enumerate(values)]
    for kinds, back in (((0, 1), [1]), ((2, 1), [0, 1]), ((2, 3), [1])):
        finished = Finished()
        for place, kind in enumerate(kinds):
            finished.keep(place, frames[kind])
        table = finished.table()
        table.write(path / SCORES)
        scores = (path / SCORES).read_bytes()
        (path / INDEX).write_bytes(index_of(finished.blocks(), KEYS[:2], table, scores))
        found = singles(_of(path))
        assert sorted(found) == back
        assert all(found[place].equals(frames[kinds[place]]) for place in back)


def test_neighbours_come_as_one_block(tmp_path: Path) -> None:
    complete(tmp_path, dict.fromkeys(range(10), "plain"))
    (run,) = find_cells(tmp_path, "toy", [KEYS[i] for i in (50, 3, 4, 5, 51, 0, 1, 9, 8)])
    assert [(b.place, len(b.heights)) for b in run.blocks] == [(5, 2), (1, 3), (8, 1), (7, 1)]


def test_the_latest_run_comes_first_and_only_its_own_name_counts(tmp_path: Path) -> None:
    complete(tmp_path, {1: "plain", 2: "plain"}, 1)
    complete(tmp_path, {2: "plain", 3: "plain"}, 2)
    other = complete(tmp_path, {4: "plain"}, 3)
    other.rename(tmp_path / "20260101T000003Z-toy-two-0123abcd")
    found = list(find_cells(tmp_path, "toy", KEYS))
    assert [run.run for run in found] == [RUN.format(2), RUN.format(1)]
    assert [sorted(singles(run.blocks)) for run in found] == [[2, 3], [1]]
    assert list(find_cells(tmp_path / "none", "toy", KEYS)) == []


def test_parts_of_a_run_that_was_cut_off_count(tmp_path: Path) -> None:
    path = complete(tmp_path, {1: "plain", 2: "plain"})
    parts = Parts(path / PARTS, KEYS)
    for number in (2, 3):
        parts.keep(number, cell(number, "whole").frame)
    parts.flush()
    assert sorted(singles(_of(path))) == [1, 2, 3]
    (run,) = find_cells(tmp_path, "toy", KEYS)
    assert sorted(singles(run.blocks)) == [1, 2, 3]


def test_a_cell_that_stands_twice_counts_once(tmp_path: Path) -> None:
    path = tmp_path / RUN.format(0)
    for first in (0, 3):
        parts = Parts(path / PARTS, [*KEYS[:5], KEYS[4]])
        for place in range(first, 6):
            parts.keep(place, cell(min(place, 4), "plain").frame)
        parts.flush()
    assert len(list((path / PARTS).iterdir())) == 2
    found = singles(_of(path))
    assert sorted(found) == [0, 1, 2, 3, 4]
    assert all(frame.equals(cell(place, "plain").frame) for place, frame in found.items())


@pytest.mark.parametrize("damage", ["scores", "no scores", "index", "no index"])
def test_an_index_of_other_scores_says_nothing(damage: str, tmp_path: Path) -> None:
    path = complete(tmp_path, {1: "plain", 2: "plain"})
    file = path / (SCORES if "scores" in damage else INDEX)
    if damage.startswith("no "):
        file.unlink()
    elif damage == "scores":
        cell(2, "plain").write(file)
    else:
        file.write_bytes(file.read_bytes()[:-1])
    assert list(find_cells(tmp_path, "toy", KEYS)) == []
