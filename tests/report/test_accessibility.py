"""No barrier that axe-core calls serious or critical, on any page and with its controls in use.

Skips where npm has not installed axe-core; `make test` does so where there is npm.
"""

from pathlib import Path
from typing import Any

import pytest

from simlab.report.set_page import build_set_page
from tests.charts.conftest import compounding, suite
from tests.report.browser import Opener, Visit
from tests.report.conftest import CLAIMS, FAILED, report_of

pytestmark = pytest.mark.page

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.is_file():
        pytest.skip(f"no axe-core: {AXE} is missing; npm ci --prefix tests installs it")
    return AXE.read_text(encoding="utf-8")


def barriers(seen: Visit, axe: str) -> list[str]:
    """Return what axe-core finds serious or critical, each with the first place."""
    seen.page.evaluate(axe)  # not through the page's policy, which would refuse it
    found: dict[str, Any] = seen.page.evaluate("axe.run()")
    assert len(found["passes"]) > 10
    return [
        f"{rule['impact']} {rule['id']}: {rule['help']}: {rule['nodes'][0]['html'][:200]}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
    ]


def test_axe_finds_a_barrier_that_is_there(visit: Opener, axe: str) -> None:
    seen = visit(report_of(compounding()))
    seen.page.evaluate("document.querySelector('input[type=range]').removeAttribute('aria-label')")
    seen.page.evaluate("document.querySelector('p').style.color = '#ddd'")
    assert {b.split(":")[0] for b in barriers(seen, axe)} >= {"serious color-contrast"}


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_of_a_run_has_no_barrier(visit: Opener, axe: str, width: int) -> None:
    seen = visit(report_of(compounding(), claims=(*CLAIMS, FAILED)), width=width)
    assert barriers(seen, axe) == []
    seen.slide("K", 1)
    seen.slide("Test items", 3)
    seen.follow(seen.page.get_by_label("ln(−ln score) beside it").click)
    seen.page.locator(".more > details summary").click()
    seen.page.locator("figure.spec summary").first.click()
    assert barriers(seen, axe) == []


def test_the_page_of_several_runs_has_no_barrier(visit: Opener, axe: str) -> None:
    reports = [
        report_of(compounding(), manifest={"id": "one"}),
        report_of(suite(n_tasks=20), manifest={"id": "two"}, claims=(FAILED,)),
        report_of(suite(n_tasks=20), manifest={"id": "three"}, claims=()),
    ]
    assert barriers(visit(build_set_page(reports)), axe) == []
