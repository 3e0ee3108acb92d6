"""The gallery: a card a run, relative links, no script."""

from pathlib import Path

import pytest

from simlab.lab import run
from simlab.report.gallery import Card, build_gallery
from simlab.report.written import write_gallery
from simlab.table import ScoreTable
from tests.charts.conftest import compounding
from tests.report.browser import Opener
from tests.report.conftest import FAILED, HOSTILE, NASTY, hostile_table, report_of
from tests.report.test_accessibility import axe as axe
from tests.report.test_accessibility import barriers
from tests.report.test_page import Page


def _cards() -> list[Card]:
    empty = ScoreTable.from_columns({"family": "f", "scale": [1e8], "metric": "a", "score": [None]})
    return [
        Card(report_of(compounding(), title="Steps", manifest={"name": "steps"}), "steps/a b.html"),
        Card(report_of(hostile_table(), title=HOSTILE, summary=NASTY[2], claims=(FAILED,)), "x"),
        Card(report_of(empty, title="Empty", claims=()), "javascript:alert(1)"),
    ]


def test_each_card_has_its_verdict_picture_and_way() -> None:
    page = Page(build_gallery(_cards()))
    text = page.text
    order = ["Claims fail in 1 of 2 experiments", "All 2 claims hold", "The claim fails"]
    places = [text.index(words) for words in [*order, "No claims were made"]]
    assert places == sorted(places)
    links = [a["href"] for tag, a in page.tags if tag == "a"]
    assert links == ["x", "steps/a%20b.html", "x", "javascript%3Aalert%281%29"]
    pictures = [a for tag, a in page.tags if tag == "img"]
    assert next(a["alt"] for a in pictures) == "exact_match against parameters, 3 curves"
    assert len(pictures) == 2  # the third table has no score
    assert all((a["src"] or "").startswith("data:image/svg+xml;base64,") for a in pictures)


def test_a_run_without_curves_shows_its_first_figure() -> None:
    columns = {"family": ["a", "b"], "scale": 200.0, "metric": "accuracy", "score": [0.2, 0.9]}
    report = report_of(ScoreTable.from_columns(columns))
    page = Page(build_gallery([Card(report, "x")]))
    (picture,) = [a for tag, a in page.tags if tag == "img"]
    assert picture["alt"] == report.figures[0].title == "Score against parameters"
    bare = report_of(ScoreTable.from_columns(columns), figures=[])
    page = Page(build_gallery([Card(bare, "x")]))
    (picture,) = [a for tag, a in page.tags if tag == "img"]
    assert picture["alt"] == "accuracy against parameters, 2 curves"


def test_it_has_no_script_and_may_run_none() -> None:
    page = Page(build_gallery(_cards()))
    assert page.scripts == []
    assert "script-src 'none'" in page.policy()
    assert not [name for _, a in page.tags for name in a if name.startswith("on")]
    assert build_gallery(_cards()) == build_gallery(_cards())


@pytest.mark.page
@pytest.mark.parametrize("width", [390, 1280])
def test_it_opens_from_a_file_and_leads_to_the_pages(
    visit: Opener, tmp_path: Path, axe: str, width: int
) -> None:
    folder = tmp_path / "runs"
    result = run("compounding", {"K": [1, 4], "items": [100]}, out=folder)
    assert result.directory is not None
    written = result.directory.path / "report.html"
    written.unlink()  # an interrupted run has none
    assert write_gallery([result.directory], folder / "gallery.html")
    seen = visit(folder / "gallery.html", width=width)
    assert seen.page.locator("img").evaluate("image => image.naturalWidth") > 100
    seen.check_layout()
    assert barriers(seen, axe) == []
    seen.check_quiet()
    seen.page.unroute_all()
    seen.page.get_by_role("link", name="K steps, all of which must be right").click()
    seen.page.wait_for_selector("#explore .main[data-drawn] svg")
    assert seen.page.url == written.as_uri()
    assert seen.complaints == []
