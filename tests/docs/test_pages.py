"""Every code block of README and documentation runs as it stands there, or says why it does not."""

import hashlib
import re
import shutil
import sys
from pathlib import Path

import pytest

from simlab.data.origin import address_of
from simlab.data.pins import DATA_SETS
from tests.docs.own_files import write_own_files
from tests.docs.page_blocks import blocks, infos, run_page, unexplained

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        *ROOT.glob("*.md"),
        *(p for p in ROOT.glob("docs/**/*.md") if "_" not in p.relative_to(ROOT).as_posix()),
        ROOT / "examples" / "README.md",
        ROOT / "tests" / "benchmarks" / "README.md",
    )
}
ELSEWHERE = {
    "CONTRIBUTING.md": "tests/test_contributing.py",
    "docs/cluster.md": "tests/sweep/test_cluster.py",
    "docs/tutorials": "tests/docs/test_tutorials.py",
}
"""Pages whose blocks another test runs."""
NOT_RUN = {
    "README.md": 2,  # sets up an environment; a clone of BIG-bench
    "docs/calibration.md": 1,  # 15,600 audits
    "docs/cluster.md": 3,  # SSH, Slurm, Kubernetes
    "docs/index.md": 1,  # install
    "docs/streams.md": 1,  # dieharder
    "docs/tutorials/developer.md": 2,  # install
    "docs/tutorials/evaluation-engineer.md": 1,
    "docs/tutorials/researcher.md": 1,
    "docs/tutorials/teacher.md": 1,
}
"""Blocks that nobody runs; each section says why."""
KNOWN = re.compile(
    r"(sh|python) (run|run data|no-run)|(python|toml) file=\S+|text|\{[a-z-]+\}( \S+)?"
)


def here(name: str) -> bool:
    return not name.startswith(tuple(ELSEWHERE))


RUN = {name: [*blocks(page)] for name, page in PAGES.items() if here(name)}


@pytest.mark.parametrize("name", [n for n, found in RUN.items() if found])
def test_the_page_runs(name: str, tmp_path: Path) -> None:
    write_own_files(tmp_path)
    run_page(PAGES[name], tmp_path, binaries=Path(sys.executable).parent, data=False)


@pytest.mark.parametrize(
    "name", [n for n, found in RUN.items() if any(b.needs_data for b in found)]
)
def test_what_needs_published_data_runs(name: str, tmp_path: Path, data: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    write_own_files(folder)
    shutil.copy(data / "bigbench" / "bigg_t0_items.csv", folder)
    run_page(
        PAGES[name], folder, binaries=Path(sys.executable).parent, data=True,
        SIMLAB_DATA=str(tmp_path / "fetched"), SIMLAB_DATA_BASE=str(mirror(data, tmp_path)),
    )  # fmt: skip


def mirror(data: Path, tmp_path: Path) -> Path:
    """Return a folder that stands in for GitHub; published files are known by their checksums."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    files = {hashlib.sha256(p.read_bytes()).hexdigest(): p for p in data.rglob("*.csv")}
    for data_set in DATA_SETS.values():
        if data_set.sha256 in files:
            place = Path(address_of(data_set, folder))
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(files[data_set.sha256], place)
    return folder


@pytest.mark.parametrize("name", PAGES)
def test_every_block_is_marked(name: str) -> None:
    assert [info for info in infos(PAGES[name]) if not KNOWN.fullmatch(info)] == []


def test_what_is_not_run_is_counted_and_explained() -> None:
    counted = {
        name: sum(info.endswith(" no-run") for info in infos(page)) for name, page in PAGES.items()
    }
    assert {name: n for name, n in counted.items() if n} == NOT_RUN
    assert {name: lines for name, page in PAGES.items() if (lines := unexplained(page))} == {}


def test_the_tests_of_other_pages_exist() -> None:
    for page, test in ELSEWHERE.items():
        assert Path(page).name in (ROOT / test).read_text(encoding="utf-8")
