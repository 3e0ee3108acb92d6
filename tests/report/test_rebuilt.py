"""A page made anew from a run directory, also an old one or one from elsewhere."""

import dataclasses
import json
from pathlib import Path

import polars as pl
import pytest

from simlab.charts.figure import Figure
from simlab.errors import DataError
from simlab.lab import replay, run
from simlab.report.kept import FILE, keep_words, read_figures, read_words
from simlab.report.page import build_page
from simlab.report.rebuilt import report_of
from simlab.runs.directory import RunDirectory
from simlab.table import ScoreTable
from tests.charts.conftest import compounding
from tests.report.conftest import NASTY
from tests.report.conftest import report_of as a_report

GRID = {"K": [1, 4], "items": [1000]}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    result = run("compounding", GRID, out=tmp_path_factory.mktemp("runs"))
    assert result.directory is not None
    return result.directory


def _copy(directory: RunDirectory, folder: Path) -> RunDirectory:
    for file in directory.path.rglob("*"):
        if file.is_file():
            target = folder / file.relative_to(directory.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    return RunDirectory.open(folder, str(folder))


def _as_written(page: str) -> str:
    """Leave out the two cells of the manifest that are written after the page."""
    return "\n".join(line for line in page.splitlines() if "wall_seconds" not in line)


def test_the_page_of_a_run_is_the_one_that_it_wrote(simulated: RunDirectory) -> None:
    written = (simulated.path / "report.html").read_text(encoding="utf-8")
    assert _as_written(build_page(report_of(simulated))) == _as_written(written)


def test_notes_and_tables_of_a_source_come_back(tmp_path: Path) -> None:
    result = replay("wei2022", out=tmp_path)
    assert result.directory is not None
    report = report_of(result.directory)
    assert report.notes == result.notes
    assert report.tables.keys() == result.tables.keys()
    for title, frame in result.tables.items():
        assert report.tables[title].rows() == frame.rows()
    written = (result.directory.path / "report.html").read_text(encoding="utf-8")
    assert _as_written(build_page(report)) == _as_written(written)


def test_an_old_run_is_drawn_by_its_scenario(simulated: RunDirectory, tmp_path: Path) -> None:
    result = run("resolution", {"items": [10, 1000]}, out=tmp_path)
    assert result.directory is not None
    whole = report_of(result.directory)
    (result.directory.path / FILE).unlink()
    old = report_of(result.directory)
    assert [f.name for f in old.figures] == [f.name for f in whole.figures]
    assert (old.summary, old.citations) == (whole.summary, whole.citations)
    result.directory.manifest.version += 1  # another version may draw what is not in the table
    newer = [figure.name for figure in report_of(result.directory).figures]
    assert newer == ["scores", "emergence"]
    result.directory.manifest.cells = [{"unknown": 1}]
    assert report_of(result.directory).figures


def test_a_run_of_a_package_that_is_gone(simulated: RunDirectory, tmp_path: Path) -> None:
    old = _copy(simulated, tmp_path / "copy")
    (old.path / FILE).unlink()
    old.manifest.name = "gone"
    report = report_of(old)
    assert report.title == old.manifest.title
    assert (report.summary, report.citations) == ("", ())
    assert [figure.name for figure in report.figures] == ["scores", "emergence"]
    assert len(report.claims) == 4
    old.manifest.kind = "source"
    assert "not in it" in report_of(old).notes[0]


def test_an_old_audit_still_counts_its_verdicts(simulated: RunDirectory, tmp_path: Path) -> None:
    old = _copy(simulated, tmp_path / "copy")
    (old.path / FILE).unlink()
    table = old.table()
    assert table is not None
    verdicts = (
        table.curve_rows()
        .keys.head(3)
        .with_columns(verdict=pl.Series(["smooth", "survives", "smooth"]), reason=pl.lit("why"))
    )
    old.save_frame("verdicts.parquet", verdicts)
    old.save_claims([])
    report = report_of(old)
    assert report.headline == "Audit: 2 smooth, 1 survives"
    assert report.verdicts is not None
    assert report.verdicts["reason"].to_list() == ["why"] * 3
    (old.path / "verdicts.parquet").write_bytes(b"damaged")
    assert report_of(old).headline == ""


def test_a_run_without_scores_says_so(simulated: RunDirectory, tmp_path: Path) -> None:
    broken = _copy(simulated, tmp_path / "copy")
    (broken.path / "scores.parquet").unlink()
    with pytest.raises(DataError, match="has no scores; run it again"):
        report_of(broken)


def test_damaged_words_are_named(simulated: RunDirectory, tmp_path: Path) -> None:
    broken = _copy(simulated, tmp_path / "copy")
    (broken.path / FILE).write_text('{"summary": 3}')
    with pytest.raises(DataError, match=r"report\.json: Expected `str`, got `int`"):
        report_of(broken)


@pytest.mark.parametrize(
    "evil",
    [
        {"data": {"url": "https://example.org/data.csv"}, "mark": "point"},
        {"layer": [{"encoding": {"href": {"value": "https://example.org"}}}]},
        {"usermeta": {"embedOptions": {"ast": False}}},
    ],
)
def test_a_figure_that_leads_out_is_drawn_anew(
    simulated: RunDirectory, tmp_path: Path, evil: dict[str, object]
) -> None:
    foreign = _copy(simulated, tmp_path / "copy")
    path = foreign.path / "charts" / "scores.json"
    path.write_text(json.dumps(evil))
    words = read_words(foreign.path)
    assert words is not None
    assert read_figures(words, foreign.path) is None
    page = build_page(report_of(foreign))
    assert "example.org" not in page
    assert [f.name for f in report_of(foreign).figures] == ["scores", "emergence"]


@pytest.mark.parametrize("text", ["", "[1]", '{"mark": NaN}', '{"a":' * 100_000])
def test_a_damaged_figure_is_drawn_anew(simulated: RunDirectory, tmp_path: Path, text: str) -> None:
    foreign = _copy(simulated, tmp_path / "copy")
    (foreign.path / "charts" / "scores.json").write_text(text)
    assert [f.name for f in report_of(foreign).figures] == ["scores", "emergence"]


def test_figures_written_as_pictures_only_are_drawn_anew(tmp_path: Path) -> None:
    result = run("compounding", GRID, out=tmp_path, charts=("svg",))
    assert result.directory is not None
    assert [f.name for f in report_of(result.directory).figures] == ["scores", "emergence"]


def test_odd_words_are_kept(tmp_path: Path) -> None:
    table = pl.DataFrame(
        {
            "name": [NASTY[0], None],
            "share": [0.5, float("nan")],
            "n": [1, 2],
            "list": [["a"], []],
            "day": pl.Series(["2026-01-01", None]).str.to_date(),
            "empty": [None, None],
        }
    )
    spec = {"mark": "point", "data": {"values": []}}
    figure = Figure(name="../odd name", title=NASTY[1], caption=NASTY[2], chart=spec)
    report = a_report(compounding(), notes=NASTY, tables={NASTY[3]: table}, figures=[figure])
    keep_words(report, tmp_path)
    words = read_words(tmp_path)
    assert words is not None
    assert words.notes == NASTY
    held = words.frames()[NASTY[3]]
    assert held.drop("share", "day").rows() == table.drop("share", "day").rows()
    assert held["share"].to_list() == [0.5, None]
    assert held["day"].to_list() == ["2026-01-01", None]
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "odd-name.json").write_text(json.dumps(spec))
    assert read_figures(words, tmp_path) == [figure]


def test_words_need_a_folder(tmp_path: Path) -> None:
    report = dataclasses.replace(a_report(compounding()), tables={})
    with pytest.raises(DataError, match="cannot be written"):
        keep_words(report, tmp_path / "none")
    assert read_words(tmp_path) is None


def test_the_table_of_an_interrupted_run_is_enough(simulated: RunDirectory, tmp_path: Path) -> None:
    part = _copy(simulated, tmp_path / "copy")
    table = part.table()
    assert table is not None
    part.save_table(ScoreTable(table.frame.head(5)))
    for name in (FILE, "claims.json"):
        (part.path / name).unlink()
    report = report_of(part)
    assert report.claims == []
    assert "5 scores on 1 curve" in build_page(report)
