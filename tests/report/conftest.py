"""Reports that the tests of the page build, and the browser that opens them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from simlab.charts.emergence import emergence_figures
from simlab.charts.scores import score_figures
from simlab.claims.claim import Claim, holds, within
from simlab.emergence.score import emergence_scores
from simlab.report.page import Report
from simlab.table import ScoreTable
from tests.charts.conftest import compounding
from tests.report.browser import Opener, a_browser

HOSTILE = "<script>alert(1)</script>"
NASTY = (
    HOSTILE,
    "</script><script>alert(2)</script>",
    '"><img src=x onerror=alert(3)>',
    "<!-- & ${title} \u2028 \u202e \u4e2d\u6587",
    "bell\x07 null\x00",
    "javascript:alert(4)",
)
"""Names of tasks that a page must show as they are."""

CLAIMS = (
    within(
        "power", "p^K holds.", observed=0.501, expected=0.5, tolerance=0.01, source="closed form"
    ),
    holds("rises", "It rises.", passed=True, observed="1 < 2", expected="rising", source="a paper"),
)
FAILED = within("off", "It is off.", observed=0.7, expected=0.5, tolerance=0.1, source="a table")


def report_of(table: ScoreTable, *, claims: tuple[Claim, ...] = CLAIMS, **rest: object) -> Report:
    """Return a report of a table with its default figures."""
    scores = emergence_scores(table)
    held = {
        "title": "Toy steps",
        "kind": "scenario",
        "summary": "Steps that must all be right.",
        "claims": claims,
        "scores": scores,
        "table": table,
        "figures": [*score_figures(table, scores=scores), *emergence_figures(scores)],
        "notes": ("Sizes are nominal.",),
        "citations": ("A paper, https://example.org/paper",),
        "manifest": {"seed": 0, "versions": {"numpy": "2"}, "argv": ["run", "toy"], "git": None},
    }
    return Report(**{**held, **rest})  # type: ignore[arg-type]


def hostile_table() -> ScoreTable:
    """Return a table whose tasks bear the names of `NASTY`; the scripts are emergent."""
    rows: dict[str, list[object]] = {c: [] for c in ("family", "scale", "task", "metric", "score")}
    for n, task in enumerate(NASTY):
        for i, scale in enumerate((1e8, 1e9, 1e10, 1e11)):
            score = 0.1 * i + (0.05 * (len(NASTY) - n) if i == 3 else 0.0)
            for name, value in zip(
                rows, (HOSTILE, scale, task, "<b>accuracy</b>", score), strict=True
            ):
                rows[name].append(value)
    return ScoreTable.from_columns(rows)


@pytest.fixture
def report() -> Report:
    return report_of(compounding())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    opener = Opener(browser, tmp_path)
    yield opener
    for context in opener.contexts:
        context.close()
