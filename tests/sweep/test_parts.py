"""Parts of a run on disk, and what they give back after a fault."""

import errno
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import DataError
from simlab.sweep import parts
from simlab.sweep.keys import N_BYTES
from simlab.sweep.parts import Parts, read_parts
from tests.sweep.test_finished import cell

KEYS = [i.to_bytes(N_BYTES, "big") for i in range(40)]


def read(folder: Path) -> dict[bytes, pl.DataFrame]:
    found: dict[bytes, pl.DataFrame] = {}
    for keys, heights, frame in read_parts(folder):
        start = 0
        for key, height in zip(keys, heights, strict=True):
            found[key] = frame.slice(start, height)
            start += height
        assert start == frame.height
    return found


@given(
    kinds=st.lists(st.sampled_from(["plain", "whole", "real", "other"]), max_size=20),
    most=st.integers(1, 6),
    data=st.data(),
)
def test_what_is_written_is_read(
    kinds: list[str], most: int, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("parts") / "parts"
    frames = {i: cell(i, kind).frame for i, kind in enumerate(kinds)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "_MOST_CELLS", most)
        writer = Parts(folder, KEYS)
        for place in data.draw(st.permutations(sorted(frames))):
            writer.keep(place, frames[place])
    assert len(frames) - len(read(folder)) < most
    writer.flush()
    found = read(folder)
    assert set(found) == {KEYS[place] for place in frames}
    for place, frame in frames.items():
        assert found[KEYS[place]].equals(frame)
        assert found[KEYS[place]].schema == frame.schema


def written(folder: Path) -> Path:
    writer = Parts(folder, KEYS)
    for place in range(3):
        writer.keep(place, cell(place, "plain").frame)
    writer.flush()
    (path,) = folder.iterdir()
    return path


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_part_is_no_part(damage: str, tmp_path: Path) -> None:
    path = written(tmp_path)
    data = bytearray(path.read_bytes())
    if damage == "cut":
        del data[-7:]
    elif damage == "flip":
        data[len(data) // 2] ^= 4
    else:
        data.clear()
    path.write_bytes(data)
    assert read(tmp_path) == {}


def test_two_that_compute_the_same_write_the_same_file(tmp_path: Path) -> None:
    assert written(tmp_path) == written(tmp_path)


def test_a_full_disk_is_one_line_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Parts(tmp_path / "parts", KEYS)
    writer.keep(0, cell(0, "plain").frame)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(parts, "write_atomic", full)
        with pytest.raises(DataError, match=r"No space left on device; free the disk"):
            writer.flush()
    writer.flush()
    assert set(read(tmp_path / "parts")) == {KEYS[0]}


def test_how_long_a_cell_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    writer = Parts(tmp_path, KEYS)
    seen = []
    for seconds in (0.1, 0.3, 0.2, 99.4, 0.5, 0.6, 10_000.0, 4.9, 0.2):
        now += seconds
        writer.keep(0, cell(0, "plain").frame)
        seen.append(not writer._held)
    #  0.1    0.4    0.6   100   100.5  101.1  10101  +4.9   +5.1
    assert seen == [False, False, True, True, False, True, True, False, True]
