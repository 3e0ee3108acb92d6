"""A page in a headless browser without a network, and all that it asks for, logs, or pops up."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, sync_playwright

from simlab.report.page import build_page
from simlab.report.report import Report

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


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Start a browser; skip the test where there is none."""
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
        if page.locator("#explore").count():
            page.wait_for_selector("#explore .main[data-drawn] svg")
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
        before = self.page.get_attribute("#explore .main", "data-drawn")
        action()
        self.page.wait_for_function(
            "before => document.querySelector('#explore .main').dataset.drawn !== before",
            arg=before,
        )

    def slide(self, title: str, stop: int) -> None:
        """Move a slider to a stop and wait until the chart has followed."""
        slider = self.page.get_by_role("slider", name=title, exact=True)
        self.follow(lambda: slider.fill(str(stop)))

    def status(self) -> str:
        """Return the words below the explorer's chart."""
        return self.page.get_by_role("status").inner_text()

    def drawing(self) -> str:
        return self.page.inner_html("#explore .main svg")

    def words(self) -> list[str]:
        """Return the words in the explorer's chart."""
        return self.page.eval_on_selector_all(
            "#explore .main svg text", "nodes => nodes.map(node => node.textContent)"
        )

    def check_quiet(self) -> None:
        assert self.requests == [self.own]
        assert self.complaints == []

    def check_layout(self) -> None:
        """Check that no chart cuts off a word, and that no word lies over another."""
        troubles = self.page.evaluate(
            """() => [...document.querySelectorAll(".chart svg, .small svg")].flatMap((svg) => {
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

    def __call__(
        self, report: Report | str | Path, *, width: int = 1280, height: int = 900
    ) -> Visit:
        """Open the page of a report, a page as it is, or a file."""
        if isinstance(report, Path):
            path = report
        else:
            path = self.folder / "report.html"
            page = report if isinstance(report, str) else build_page(report)
            path.write_text(page, encoding="utf-8")
        context = self.browser.new_context(
            offline=True, viewport={"width": width, "height": height}, locale="en-US"
        )
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        return Visit(context.new_page(), path)
