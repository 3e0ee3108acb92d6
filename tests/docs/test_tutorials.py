"""The tutorials run as they stand there, each in an empty folder, and print what they show."""

import re
import sys
from pathlib import Path

import pytest

from tests.docs.page_blocks import blocks, run_page

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "tutorials"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md"))}
FILE = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_there_is_a_page_for_each_kind_of_user() -> None:
    assert PAGES.keys() >= {"teacher", "researcher", "evaluation-engineer", "developer"}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_runs(name: str, tmp_path: Path) -> None:
    for file, text in FILE.findall(PAGES[name]):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    left_out = run_page(PAGES[name], tmp_path, binaries=Path(sys.executable).parent, data=False)
    assert left_out == 0, "a tutorial needs nothing but simlab"


@pytest.mark.parametrize("name", PAGES)
def test_most_blocks_show_what_they_print(name: str) -> None:
    shown = [block.shown is not None for block in blocks(PAGES[name])]
    assert sum(shown) > len(shown) / 2


@pytest.mark.parametrize("name", PAGES)
def test_pictures_exist(name: str) -> None:
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAGES[name]):
        assert (FOLDER / picture).stat().st_size < 100_000
