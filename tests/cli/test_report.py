"""``simlab report``: pages out of the folders of runs."""

from pathlib import Path

import pytest

from simlab import registry
from tests.cli.conftest import Simlab


@pytest.fixture
def runs(simlab: Simlab, tmp_path: Path) -> list[str]:
    assert simlab("run", "compounding", "--K", "1", "4", "--items", "100", "-q").code == 0
    assert simlab("replay", "mirage", "-q").code == 0
    return sorted(path.name for path in (tmp_path / "runs").iterdir())


def test_one_run_gets_its_page_again(simlab: Simlab, tmp_path: Path, runs: list[str]) -> None:
    page = tmp_path / "runs" / runs[1] / "report.html"
    page.unlink()
    told = simlab("report")
    assert (told.code, told.err) == (0, "")
    assert told.out.strip() == str(page.relative_to(tmp_path))
    assert "Mirage figure 3" in page.read_text()
    told = simlab("report", tmp_path / "runs" / runs[0], "--to", "deep/page.html")
    assert told.out == "deep/page.html\n"
    assert "All 3 claims hold" in (tmp_path / "deep" / "page.html").read_text()


def test_several_runs_make_one_page(simlab: Simlab, tmp_path: Path, runs: list[str]) -> None:
    told = simlab("report", runs[0], "last")
    assert (told.code, told.out) == (0, "runs/report.html\n")
    page = (tmp_path / "runs" / "report.html").read_text()
    assert "All 9 claims of 2 runs hold" in page
    assert all(run in page for run in runs)
    assert len(simlab("runs", "--format", "csv").out.splitlines()) == 3  # the page is no run


def test_a_gallery_of_runs(simlab: Simlab, tmp_path: Path, runs: list[str]) -> None:
    told = simlab("report", "--gallery", *runs)
    assert (told.code, told.out) == (0, "runs/gallery.html\n")
    page = (tmp_path / "runs" / "gallery.html").read_text()
    assert all(f'href="{run}/report.html"' in page for run in runs)
    claims = tmp_path / "runs" / runs[0] / "claims.json"
    claims.write_text(claims.read_text().replace('"passed": true', '"passed": false', 1))
    told = simlab("report", "--gallery", *runs, "--to", "elsewhere/page.html")
    assert (told.code, told.out) == (1, "elsewhere/page.html\n")
    page = (tmp_path / "elsewhere" / "page.html").read_text()
    assert f'href="../runs/{runs[1]}/report.html"' in page
    assert "Claims fail in 1 of 2 experiments" in page


def test_a_gallery_runs_every_scenario(
    simlab: Simlab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "names", lambda group: ["compounding", "resolution"])
    told = simlab("report", "--gallery", "--quiet")
    assert (told.code, told.out, told.err) == (0, "runs/gallery.html\n", "")
    page = (tmp_path / "runs" / "gallery.html").read_text()
    assert page.count("<li>") == 2
    assert "From zero to a smooth curve" in page


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["report", "nothing"], 2, "no run 'nothing' in runs"),
        (["report", "--to", "taken/page.html"], 3, "taken/page.html: cannot be written"),
        (["report", "--to", "runs"], 2, "'runs' is a directory"),
        (["report", "--out", "empty"], 2, "no run 'last' in empty"),
    ],
)
def test_errors_are_one_line(
    simlab: Simlab, tmp_path: Path, runs: list[str], words: list[str], code: int, said: str
) -> None:
    (tmp_path / "taken").touch()
    told = simlab(*words)
    assert told.code == code
    assert said in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_a_damaged_run_is_named(simlab: Simlab, tmp_path: Path, runs: list[str]) -> None:
    (tmp_path / "runs" / runs[0] / "scores.parquet").write_bytes(b"no table")
    told = simlab("report", runs[0], "last")
    assert told.code == 3
    assert f"{runs[0]}/scores.parquet: cannot be read" in told.err
