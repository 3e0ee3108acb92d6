"""Example files: all of them are copied, or none."""

import shutil
from pathlib import Path

import pytest

from simlab.data import examples
from simlab.data.examples import copy_examples, examples_folder
from simlab.errors import DataError, UsageError


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_all_files_are_copied(tmp_path: Path) -> None:
    place = tmp_path / "new" / "mine"
    files = copy_examples(place)
    assert names(place) == names(examples_folder()) >= {"README.md"}
    assert {path.relative_to(place).as_posix() for path in files} == names(place)
    assert (place / "README.md").read_bytes() == (examples_folder() / "README.md").read_bytes()
    assert [path.name for path in place.parent.iterdir()] == ["mine"]


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(UsageError, match="mine: is here already; give another FOLDER"):
        copy_examples(tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_copy_that_breaks_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Path] = []

    def copy(origin: Path, place: Path) -> None:
        if len(done) == 3:
            raise OSError(28, "No space left on device", str(place))
        done.append(place)
        place.write_bytes(b"")

    monkeypatch.setattr(shutil, "copyfile", copy)
    with pytest.raises(OSError, match="No space left"):
        copy_examples(tmp_path / "mine")
    assert len(done) == 3
    assert list(tmp_path.iterdir()) == []


def test_an_installation_without_examples_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "_PLACES", (tmp_path / "a", tmp_path / "b"))
    with pytest.raises(DataError, match=r"no examples in .*; install simlab from its wheel"):
        copy_examples(tmp_path / "mine")
