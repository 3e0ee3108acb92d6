"""The page in a browser without a network: it draws, keeps to itself, and fits its window.

Runs where a Chromium or Chrome is found, and skips where none is.
"""

import csv
import math
from pathlib import Path

import polars as pl
import pytest

from simlab.charts.axes import format_scale, log_ticks, score_domain
from simlab.charts.figure import Figure
from simlab.charts.labels import spread
from simlab.intervals import wilson
from tests.charts.conftest import compounding, suite
from tests.report.browser import Opener
from tests.report.conftest import HOSTILE, NASTY, hostile_table, report_of

pytestmark = pytest.mark.page


def test_it_draws_every_chart_and_keeps_quiet(visit: Opener) -> None:
    seen = visit(report_of(compounding()))
    assert seen.page.locator("figure.spec .chart svg.marks").count() == 2
    assert {"K=1", "K=4", "K=8", "parameters", "exact_match", "10M", "1B"} <= set(seen.words())
    points = seen.page.locator("#explore .main svg .mark-symbol path")
    assert points.count() == 18
    assert seen.page.get_by_role("status").inner_text() == "18 scores on 3 curves."
    seen.check_layout()
    seen.check_quiet()


def test_a_script_as_a_name_is_text(visit: Opener) -> None:
    report = report_of(hostile_table(), title=HOSTILE, notes=NASTY, citations=NASTY)
    seen = visit(report)
    assert seen.page.inner_text("h1") == HOSTILE
    assert seen.page.title() == HOSTILE
    assert HOSTILE in seen.words()
    assert HOSTILE in seen.page.locator("#scores td").all_inner_texts()
    boxes = seen.page.get_by_role("group", name="Task", exact=True).locator("label")
    assert boxes.all_inner_texts()[:2] == [HOSTILE, NASTY[1]]
    seen.page.locator("#explore .main svg .mark-symbol path").nth(3).hover()
    tooltip = seen.page.locator("#vg-tooltip-element")
    tooltip.wait_for()
    assert HOSTILE in tooltip.inner_text()
    assert seen.page.locator("img").count() == 0
    seen.choose("Task", HOSTILE)
    seen.check_quiet()


def test_no_dialog_opens_and_no_name_turns_the_text_around_it(visit: Opener) -> None:
    """Every name in the table is hostile, also those of figures, notes, tables and provenance."""
    table = hostile_table()
    named = {HOSTILE: pl.DataFrame({NASTY[2]: list(NASTY)})}
    seen = visit(
        report_of(table, title=HOSTILE, notes=NASTY, tables=named, manifest={NASTY[1]: list(NASTY)})
    )
    for i in range(seen.page.locator("figure.spec svg .mark-symbol path").count()):
        seen.page.locator("figure.spec svg .mark-symbol path").nth(i).dispatch_event("mousemove")
    for name in (*NASTY[1:3], NASTY[5]):
        seen.choose("Task", name)
    shown = seen.page.evaluate("document.documentElement.innerText + document.title")
    assert "\\u202e" in shown
    assert not set(shown) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\x1b")
    assert "\u202e" not in "".join(seen.page.locator("svg").all_text_contents())
    assert seen.page.locator("img, iframe, object, embed, a[href^='javascript']").count() == 0
    seen.check_quiet()


def test_an_injected_script_cannot_run_or_load(visit: Opener) -> None:
    seen = visit(report_of(compounding()))
    seen.page.evaluate(
        """() => {
          const holder = document.createElement("div");
          document.body.append(holder);
          holder.innerHTML = '<img src="https://example.org/a.png" onerror="alert(1)">';
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
        }"""
    )
    seen.page.wait_for_timeout(100)
    assert seen.page.evaluate("window.ran === undefined")
    assert (
        seen.page.evaluate("document.body.lastElementChild.previousSibling.firstChild.naturalWidth")
        == 0
    )
    assert len(seen.complaints) == 3  # the picture, its handler, the script
    assert all("Content Security Policy" in said for said in seen.complaints)


def test_tables_sort_by_number_and_name(visit: Opener) -> None:
    report = report_of(compounding())
    seen = visit(report)
    heading = seen.page.locator("#scores th", has_text="emergence score")
    column = seen.page.locator("#scores tbody td:nth-child(4)")
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    rising = [float(v) for v in column.evaluate_all("cells => cells.map(c => c.dataset.value)")]
    assert rising == sorted(report.scores["emergence_score"])
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    falling = [float(v) for v in column.evaluate_all("cells => cells.map(c => c.dataset.value)")]
    assert falling == rising[::-1]


def test_the_table_can_be_taken_away(visit: Opener) -> None:
    table = hostile_table()
    seen = visit(report_of(table))
    with seen.page.expect_download() as download:
        seen.page.get_by_role("button", name="Download the scores as CSV").click()
    assert download.value.suggested_filename == "scores.csv"
    with open(download.value.path(), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["task"] for row in rows] == table.frame["task"].to_list()
    assert [float(row["score"]) for row in rows] == table.frame["score"].to_list()
    assert {row["chance"] for row in rows} == {""}


def test_charts_can_be_saved_but_not_sent(visit: Opener) -> None:
    seen = visit(report_of(compounding()))
    seen.page.locator("figure.spec summary").first.click()
    links = seen.page.locator("figure.spec .vega-actions").first.locator("a")
    assert links.all_inner_texts() == ["Save as SVG", "Save as PNG"]
    with seen.page.expect_download() as download:
        links.first.click()
    assert download.value.suggested_filename == "scores.svg"
    assert "exact_match" in Path(download.value.path()).read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_nothing_overlaps_or_overflows(visit: Opener, width: int) -> None:
    for table in (compounding(seeds=(0, 1)), suite(n_tasks=30)):
        seen = visit(report_of(table), width=width)
        seen.check_layout()
        seen.check_quiet()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_large_run_is_an_excerpt_that_works(
    visit: Opener, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simlab.report.excerpt.MAX_ROWS", 240)
    table = suite(n_tasks=1200)
    seen = visit(report_of(table), width=width)
    assert "The page holds 240 of 14,400 rows" in seen.page.inner_text("#explore")
    assert seen.page.locator("#explore .main svg .mark-symbol path").count() == 12
    assert seen.page.get_by_label("Task", exact=True).locator("option").count() == 20
    seen.check_layout()
    with seen.page.expect_download() as download:
        seen.page.get_by_role("button", name="Download the scores as CSV").click()
    with open(download.value.path(), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    held = table.frame.filter(pl.col("task").is_in([row["task"] for row in rows]))
    assert [(r["family"], r["task"], float(r["scale"]), float(r["score"])) for r in rows] == (
        held.select("family", "task", "scale", "score").rows()
    )
    seen.check_quiet()


def test_figures_fold_when_the_window_narrows(visit: Opener) -> None:
    seen = visit(report_of(suite(n_tasks=12)))
    wide = seen.page.locator("figure.spec .chart svg").first.bounding_box()
    seen.page.set_viewport_size({"width": 390, "height": 800})
    seen.page.wait_for_function(
        "wide => document.querySelector('figure.spec .chart svg').clientHeight > 2 * wide",
        arg=wide["height"],
    )
    seen.check_quiet()


def test_the_script_reckons_like_the_package(visit: Opener) -> None:
    page = visit(report_of(compounding())).page
    for low, high in ((3e6, 2e9), (900.0, 4000.0), (1.1, 1.4), (1e18, 1e26)):
        assert page.evaluate("([a, b]) => logTicks(a, b)", [low, high]) == log_ticks(low, high)
    for scores in ([0.0], [0.3], [-2.0, -0.1], [0.1, 0.9], [70.0, 80.0]):
        got = page.evaluate("scores => scoreEnds(scores, false)", scores)
        assert got == pytest.approx(score_domain(scores), rel=1e-12)
    for wanted in ([10.0, 10.0, 50.0], [5.0] * 6, [199.0, 198.0, 3.0, 197.0]):
        got = page.evaluate("wanted => spread(wanted, 12, 200)", wanted)
        assert got == pytest.approx(spread(wanted, gap=12.0, low=0.0, high=200.0), rel=1e-12)
    for share, n in ((0.0, 10), (1.0, 10), (0.5, 1), (0.3, 1000), (1e-5, 10**6)):
        low, high = wilson(share * n, n)
        got = page.evaluate("([share, n]) => wilson(share, n)", [share, n])
        assert got == pytest.approx([float(low), float(high)], rel=1e-9, abs=1e-12)
        zero = page.evaluate("([share, n]) => readsZero(share, n)", [share, n])
        assert zero == ((1 - share) ** n > 0.5)
    assert page.evaluate("[0, 1].map(logLog)") == [None, None]
    assert page.evaluate("logLog(0.25)") == pytest.approx(math.log(-math.log(0.25)))
    for scale in (1.3e9, 1e7, 350.0, 2e12):
        assert page.evaluate("scaleText", scale) == format_scale(scale, "params")
    assert page.evaluate("scaleText", 5.76e23) == format_scale(5.76e23, "flops")


def test_figures_of_every_layout_stay_readable_on_a_phone(visit: Opener) -> None:
    part = {
        "width": 300,
        "height": 100,
        "mark": "point",
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
        },
    }
    data = {"data": {"values": [{"x": 1, "y": i, "panel": f"p{i}"} for i in range(4)]}}
    specs = {
        "beside": {**data, "hconcat": [part] * 3},
        "rows": {**data, "vconcat": [{"hconcat": [{"vconcat": [part] * 2}] * 3}, part]},
        "legend": {
            **data,
            **part,
            "encoding": {**part["encoding"], "color": {"field": "panel", "type": "nominal"}},
        },
        "panels": {**data, "facet": {"field": "panel"}, "columns": 4, "spec": part},
        "wide": {**data, **part, "width": 620},
    }
    figures = [Figure(name=n, title=n, caption="", chart=spec) for n, spec in specs.items()]
    for width, rows in ((390, 3), (1280, 1)):
        seen = visit(report_of(compounding(), figures=figures), width=width)
        shrunk = seen.page.locator("figure.spec svg.marks").evaluate_all(
            "all => all.map((svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)"
        )
        assert min(shrunk) > 0.9
        beside = seen.page.locator("figure[data-name=beside] svg.marks").bounding_box()
        assert beside is not None
        assert rows <= beside["height"] / 100 < rows + 2
        seen.check_quiet()
