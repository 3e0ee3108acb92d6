"""The page in a browser without a network: it draws, obeys its reader, and keeps to itself.

Runs where a Chromium or Chrome is found, and skips where none is.
"""

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, sync_playwright

from simlab.charts.axes import format_scale, log_ticks, score_domain
from simlab.charts.labels import spread
from simlab.report.page import Report, build_page
from simlab.table import ScoreTable
from tests.charts.conftest import compounding, suite
from tests.report.conftest import HOSTILE, NASTY, hostile_table, report_of

pytestmark = pytest.mark.page

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


class Visit:
    """A page opened from a file, with all that it asked for, logged, or popped up."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.own = path.as_uri()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("popup", lambda popup: self.complaints.append(f"popup: {popup.url}"))
        page.on("dialog", self._dialog)
        page.route("**/*", self._route)
        page.goto(self.own)
        page.wait_for_selector("#explore .chart[data-drawn] svg")
        page.wait_for_function(
            "() => [...document.querySelectorAll('figure.spec .chart')]"
            ".every(chart => chart.querySelector('svg'))"
        )

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _route(self, route: Route) -> None:
        if route.request.url == self.own:
            route.continue_()
        else:
            route.abort()

    def choose(self, group: str, label: str) -> None:
        """Click a choice beside the explorer and wait until its chart has followed."""
        box = self.page.get_by_role("group", name=group, exact=True)
        self.follow(box.get_by_label(label, exact=True).click)

    def follow(self, action: Callable[[], object]) -> None:
        """Do something that draws the explorer anew, and wait for it."""
        before = self.page.get_attribute("#explore .chart", "data-drawn")
        action()
        self.page.wait_for_function(
            "before => document.querySelector('#explore .chart').dataset.drawn !== before",
            arg=before,
        )

    def drawing(self) -> str:
        return self.page.inner_html("#explore .chart svg")

    def words(self) -> list[str]:
        """Return the words in the explorer's chart."""
        return self.page.eval_on_selector_all(
            "#explore .chart svg text", "nodes => nodes.map(node => node.textContent)"
        )

    def check_quiet(self) -> None:
        assert self.requests == [self.own]
        assert self.complaints == []

    def check_layout(self) -> None:
        """Check that no chart cuts off a word, and that no word lies over another."""
        troubles = self.page.evaluate(
            """() => [...document.querySelectorAll(".chart svg")].flatMap((svg) => {
              const frame = svg.getBoundingClientRect();
              const texts = [...svg.querySelectorAll("text")]
                .map((node) => ({ word: node.textContent, box: node.getBoundingClientRect() }))
                .filter(({ word, box }) => word && box.width > 0);
              const cut = texts.filter(({ box }) => box.left < frame.left - 1
                || box.right > frame.right + 1 || box.top < frame.top - 1
                || box.bottom > frame.bottom + 1).map(({ word }) => `cut: ${word}`);
              const over = texts.flatMap((a, i) => texts.slice(i + 1).filter((b) =>
                Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left) > 1 &&
                Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top) > 4
              ).map((b) => `${a.word} over ${b.word}`));
              return [...cut, ...over];
            })"""
        )
        assert troubles == []
        width, inner = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= inner


class Opener:
    """Opens reports in a browser that is offline."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser = browser
        self.folder = folder
        self.contexts: list[BrowserContext] = []

    def __call__(self, report: Report, *, width: int = 1280, height: int = 900) -> Visit:
        path = self.folder / "report.html"
        path.write_text(build_page(report), encoding="utf-8")
        context = self.browser.new_context(
            offline=True, viewport={"width": width, "height": height}, locale="en-US"
        )
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        return Visit(context.new_page(), path)


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    opener = Opener(browser, tmp_path)
    yield opener
    for context in opener.contexts:
        context.close()


def test_it_draws_every_chart_and_keeps_quiet(visit: Opener) -> None:
    seen = visit(report_of(compounding()))
    assert seen.page.locator("figure.spec .chart svg.marks").count() == 2
    assert {"K=1", "K=4", "K=8", "parameters", "exact_match", "10M", "1B"} <= set(seen.words())
    points = seen.page.locator("#explore .chart svg .mark-symbol path")
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
    seen.page.locator("#explore .chart svg .mark-symbol path").nth(3).hover()
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


def test_the_reader_switches_the_metric(visit: Opener) -> None:
    seen = visit(report_of(compounding()))
    before = seen.drawing()
    seen.choose("Metric", "edit_distance (lower is better)")
    assert seen.drawing() != before
    assert "edit_distance (lower is better)" in seen.words()
    assert "exact_match" not in seen.words()
    seen.choose("Metric", "exact_match")
    assert "exact_match" in seen.words()
    seen.check_quiet()


def test_the_reader_picks_curves(visit: Opener) -> None:
    seen = visit(report_of(compounding()))
    seen.choose("Subtask", "K=4")
    assert "K=4" not in seen.words()
    assert {"K=1", "K=8"} <= set(seen.words())
    assert seen.page.get_by_role("status").inner_text() == "12 scores on 2 curves."
    seen.choose("Subtask", "K=1")
    seen.choose("Subtask", "K=8")
    assert seen.page.get_by_role("status").inner_text() == "No score fits this choice."
    assert seen.page.locator("#explore .chart svg").count() == 0
    seen.choose("Subtask", "K=8")
    assert seen.page.locator("#explore .chart svg .mark-symbol path").count() == 6
    seen.check_quiet()


def test_the_reader_switches_the_axes(visit: Opener) -> None:
    table = compounding()
    seen = visit(report_of(table))
    assert {"10M", "1B"} <= set(seen.words())
    seen.choose("Scale axis", "linear")
    linear = seen.words()
    assert {"0", "200B", "1T"} <= set(linear)
    assert "10M" not in linear
    seen.choose("Scale axis", "log")
    seen.choose("Score axis", "log")
    at_zero = table.frame.filter(metric="exact_match")["score"].le(0).sum()
    said = seen.page.get_by_role("status").inner_text()
    assert at_zero == 1
    assert "1 score at or below 0 left out" in said
    assert {"0.1", "0.01"} <= set(seen.words())
    seen.check_layout()
    seen.check_quiet()


def test_metrics_that_a_choice_lacks_are_closed(visit: Opener) -> None:
    seen = visit(report_of(suite(n_tasks=14)))
    metric = seen.page.get_by_role("group", name="Metric", exact=True)
    assert seen.page.get_by_label("Task", exact=True).input_value() == "13"
    assert metric.get_by_label("accuracy").is_checked()
    assert metric.get_by_label("bleu").is_disabled()
    assert seen.page.get_by_role("status").inner_text().startswith("Task: task_13. ")
    seen.follow(lambda: seen.page.get_by_label("Task", exact=True).select_option("task_10"))
    assert metric.get_by_label("bleu").is_checked()
    assert metric.get_by_label("accuracy").is_disabled()
    assert "bleu" in seen.words()


def test_a_choice_closes_what_it_does_not_have(visit: Opener) -> None:
    parts = suite(n_tasks=14).frame.with_columns(subtask=pl.format("part of {}", "task"))
    seen = visit(report_of(ScoreTable.from_frame(parts)))
    subtask = seen.page.get_by_label("Subtask", exact=True)
    chosen = "list => list.selectedOptions[0].textContent"
    assert subtask.evaluate(chosen) == "part of task_13"
    seen.follow(lambda: seen.page.get_by_label("Task", exact=True).select_option("task_4"))
    assert subtask.evaluate(chosen) == "part of task_4"
    open_ones = "list => [...list.options].filter((o) => !o.disabled).map((o) => o.textContent)"
    assert subtask.evaluate(open_ones) == ["part of task_4"]
    assert seen.page.locator("#explore .chart svg .mark-symbol path").count() == 12
    seen.check_quiet()


def test_few_curves_are_all_drawn_at_first_and_many_are_not(visit: Opener) -> None:
    seen = visit(report_of(suite(n_tasks=6)))
    tasks = seen.page.get_by_role("group", name="Task", exact=True).get_by_role("checkbox")
    assert all(box.is_checked() for box in tasks.all())
    assert seen.page.get_by_role("status").inner_text() == "36 scores on 6 curves."
    seen = visit(report_of(suite(n_tasks=7)))
    boxes = seen.page.get_by_role("group", name="Task", exact=True).get_by_role("checkbox")
    assert [box.is_checked() for box in boxes.all()] == [False] * 6 + [True]
    seen.check_layout()


def test_controls_obey_the_keyboard(visit: Opener) -> None:
    seen = visit(report_of(compounding()))
    seen.page.get_by_role("group", name="Metric", exact=True).get_by_label("exact_match").focus()
    seen.follow(lambda: seen.page.keyboard.press("ArrowDown"))
    assert "edit_distance (lower is better)" in seen.words()
    seen.page.keyboard.press("Tab")
    seen.follow(lambda: seen.page.keyboard.press("Space"))
    assert "K=1" not in seen.words()


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
    assert seen.page.locator("#explore .chart svg .mark-symbol path").count() == 12
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
    for scale in (1.3e9, 1e7, 350.0, 2e12):
        assert page.evaluate("scaleText", scale) == format_scale(scale, "params")
    assert page.evaluate("scaleText", 5.76e23) == format_scale(5.76e23, "flops")
